"""Yearly reports and their templates: the city's for the city, a district's for its own official too."""

from sqlmodel import Session

from matchmaker.models.account import Role
from matchmaker.models.contract_words import DateBasis
from matchmaker.models.reporting import ReportDocument, ReportTemplate
from matchmaker.period import Period
from matchmaker.reports.facts import facts_of
from matchmaker.reports.word import shipped_template
from matchmaker.rights import PLATFORM
from matchmaker.snapshots import take_snapshot
from tests.matchmaker.web.route_rights import OFFICIALS, Row, each, only
from tests.matchmaker.web.route_rights.world import DISTRICT, World

CITY = (Role.CITY_OFFICIAL, Role.ADMINISTRATOR)
YEAR = 2025


def prepare(session: Session, world: World) -> None:
    """A report of the city, one of the district, and a template of the office."""
    for name, region in (("report", "990100"), ("district_report", DISTRICT)):
        snapshot = take_snapshot(
            session,
            name=f"{YEAR}年度",
            period=Period.of_year(YEAR),
            region_code=region,
            date_basis=DateBasis.REGISTERED,
            by=PLATFORM,
        )
        session.flush()
        facts = facts_of(session, year=YEAR, region_code=region, snapshot=snapshot)
        document = ReportDocument(
            title=f"{facts.region_name}{YEAR}年技术转移工作情况",
            year=YEAR,
            region_code=region,
            snapshot_id=snapshot.id or 0,
            facts=facts.model_dump(mode="json"),
            word=b"word",
            annex=b"annex",
            pdf=b"pdf",
        )
        session.add(document)
        session.flush()
        world.ids[name] = document.id or 0
    template = ReportTemplate(name="本局.docx", content=shipped_template(), sha256="0" * 64, is_active=False)
    session.add(template)
    session.flush()
    world.ids["report_template"] = template.id or 0


def of_region(route: str, path: str) -> list[Row]:
    """The city's report for the city; of the district's its own official learns too."""
    others = {Role.DISTRICT_OFFICIAL: 404, **dict.fromkeys(CITY, 200)}
    return [
        each(route, others, f"/reports/{{report}}{path}", others=403),
        only(route, OFFICIALS, f"/reports/{{district_report}}{path}"),
    ]


R = "GET /reports/{report_id:int}"
ROWS = [
    only("GET /reports", OFFICIALS),
    only("POST /reports", OFFICIALS, status=422, data={"year": "1"}),
    *of_region(R, ""),
    *of_region(f"{R}/behind/contracts", "/behind/contracts"),
    *of_region(f"{R}/behind/{{what}}", "/behind/needs"),
    *of_region(f"{R}/{{file}}", "/word"),
    only("GET /reports/templates", OFFICIALS),
    only("POST /reports/templates", OFFICIALS, status=422, data={"file": ""}),
    only("POST /reports/templates/use", CITY, status=303, data={"template": ""}),
    only("GET /reports/templates/current.docx", OFFICIALS),
    only("GET /reports/templates/shipped.docx", OFFICIALS),
    only("GET /reports/templates/{template_id:int}.docx", OFFICIALS, "/reports/templates/{report_template}.docx"),
]
