"""Making a report, keeping it as it was handed in, and who may read it."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlalchemy.orm import defer
from sqlmodel import Session, col, func, select

from matchmaker.audit import record_event
from matchmaker.classification import classification
from matchmaker.database import session_scope
from matchmaker.errors import MalformedRequest, NotAllowed, NotFound, ToolNotInstalled, UnreadableFile
from matchmaker.models.account import Role
from matchmaker.models.audit import AuditAction
from matchmaker.models.contract_words import DateBasis
from matchmaker.models.reporting import ReportDocument, ReportTemplate, TurnoverSnapshot
from matchmaker.period import Period
from matchmaker.records import ACTOR
from matchmaker.reports.annex import annex
from matchmaker.reports.context import title_of
from matchmaker.reports.counting import Behind, Scope, rows_behind
from matchmaker.reports.facts import facts_of
from matchmaker.reports.frozen import counted
from matchmaker.reports.office_templates import content_of, template_in_use
from matchmaker.reports.pdf import pdf_of
from matchmaker.reports.pictures import pictures_of
from matchmaker.reports.shapes import ReportFacts
from matchmaker.reports.word import render
from matchmaker.rights import Actor, Right
from matchmaker.snapshots import take_snapshot
from matchmaker.visibility import today

# Nobody looks further back in a list to choose from.
_OFFERED = 100


@dataclass(frozen=True)
class Prepared:
    """A report that is written but not yet kept. `missing` says what could not be made, and the repair."""

    facts: ReportFacts
    template: ReportTemplate | None
    word: bytes
    annex: bytes
    pdf: bytes | None
    missing: list[str]


def make_report(
    session: Session,
    *,
    year: int,
    region_code: str,
    by: Actor,
    snapshot: TurnoverSnapshot | None = None,
    note: str = "",
) -> ReportDocument:
    """The report of a year, with a new snapshot unless one is given; everything in this session.

    Raises NotAllowed, MalformedRequest (also for a year to come), UnreadableFile (the office's template cannot be filled).
    """
    check_may_make(region_code, by)
    _check_begun(year)
    if snapshot is None:
        snapshot = _new_snapshot(session, year, region_code, by, note)
    return keep(session, prepare(session, year=year, region_code=region_code, snapshot=snapshot), by=by)


def make_report_apart(
    database: Engine, *, year: int, region_code: str, by: Actor, snapshot_id: int | None = None, note: str = ""
) -> int:
    """The same in transactions of its own, for requests: nobody waits for the second in which files are drawn.

    Returns the document's id. Raises as `make_report`, and NotFound for a snapshot that is not there.
    """
    check_may_make(region_code, by)
    _check_begun(year)
    if snapshot_id is None:
        with session_scope(database) as session:
            session.info[ACTOR] = by
            snapshot_id = _new_snapshot(session, year, region_code, by, note).id
    with Session(database) as session:
        snapshot = session.get(TurnoverSnapshot, snapshot_id)
        if snapshot is None or snapshot.region_code != region_code:
            raise NotFound("没有这个统计快照，或它不属于所选地区", "请重新选择快照")
        prepared = prepare(session, year=year, region_code=region_code, snapshot=snapshot)
    with session_scope(database) as session:
        session.info[ACTOR] = by
        document_id = keep(session, prepared, by=by).id
        assert document_id is not None  # noqa: S101 — flushed
        return document_id


def prepare(session: Session, *, year: int, region_code: str, snapshot: TurnoverSnapshot) -> Prepared:
    """Write the files; only reads. What cannot be made here is left out and said. Raises as above."""
    facts = facts_of(session, year=year, region_code=region_code, snapshot=snapshot)
    scope = scope_of(facts)
    missing: list[str] = []
    charts: Mapping[str, bytes] = {}
    try:
        charts = pictures_of(facts)
    except ToolNotInstalled as error:
        missing.append(str(error))
    template = template_in_use(session)
    word = render(content_of(template), facts, charts)
    pdf = None
    try:
        pdf = pdf_of(word)
    except (ToolNotInstalled, UnreadableFile) as error:
        missing.append(str(error))
    contracts = counted(session, snapshot, facts.caliber)
    rows = {what: rows_behind(session, what, scope) for what in Behind}
    return Prepared(facts, template, word, annex(facts, contracts, rows), pdf, list(dict.fromkeys(missing)))


def keep(session: Session, prepared: Prepared, *, by: Actor) -> ReportDocument:
    """Store the report as it is. Raises NotAllowed."""
    facts = prepared.facts
    check_may_make(facts.region_code, by)
    snapshot = session.get(TurnoverSnapshot, facts.snapshot.id)
    document = ReportDocument(
        title=title_of(facts),
        year=facts.year,
        region_code=facts.region_code,
        snapshot_id=facts.snapshot.id,
        template_id=prepared.template.id if prepared.template is not None else None,
        facts=facts.model_dump(mode="json"),
        word=prepared.word,
        annex=prepared.annex,
        pdf=prepared.pdf,
        missing=prepared.missing,
        made_by_id=by.account_id,
        is_demo=snapshot is not None and snapshot.is_demo,
    )
    session.add(document)
    session.flush()
    record_event(session, AuditAction.ADDED, record=document, reason=f"编制报告：{document.title}")
    return document


def check_may_make(region_code: str, by: Actor) -> None:
    """Raise NotAllowed unless she may make reports of this region, MalformedRequest for none of the city's."""
    if not by.may(Right.MAKE_REPORTS):
        raise NotAllowed("您没有“编制报告”的权限", "请联系市科技局")
    city = classification().city
    if region_code != city.code and region_code not in city.districts:
        raise MalformedRequest(f"“{region_code}”不是本市或本市的区县", f"全市请填 {city.code}")
    if not by.oversees_everything and region_code != by.region_code:
        raise NotAllowed("只能编制本区县的报告", "全市的报告由市科技局编制")


def _check_begun(year: int) -> None:
    if year > today().year:
        raise MalformedRequest(f"{year}年还没有开始，没有可以报告的数据", "请填写今年或以前的年份")


def reports(session: Session, *, reader: Actor, offset: int = 0, limit: int = 20) -> tuple[list[ReportDocument], int]:
    """The reports she may read without their files, the latest first, and how many there are. Raises NotAllowed."""
    if not reader.may(Right.MAKE_REPORTS):
        raise NotAllowed("您没有“编制报告”的权限", "请联系市科技局")
    table = ReportDocument
    conditions = [] if reader.oversees_everything else [col(table.region_code) == (reader.region_code or "")]
    files = (defer(table.word), defer(table.annex), defer(table.pdf))  # type: ignore[arg-type]
    wanted = select(table).where(*conditions).options(*files).order_by(col(table.id).desc())
    found = session.exec(wanted.offset(offset).limit(limit)).all()
    return list(found), session.exec(select(func.count()).select_from(table).where(*conditions)).one()


def report_by_id(session: Session, document_id: int, *, reader: Actor) -> ReportDocument:
    """The report; a district official knows her district's only. Raises NotAllowed, NotFound."""
    if not reader.may(Right.MAKE_REPORTS):
        raise NotAllowed("您没有“编制报告”的权限", "请联系市科技局")
    found = session.get(ReportDocument, document_id)
    if found is None or (reader.role is Role.DISTRICT_OFFICIAL and found.region_code != reader.region_code):
        raise NotFound(f"没有编号为 {document_id} 的报告，或它不属于您的辖区", "请从“工作报告”重新进入")
    return found


def scope_of(facts: ReportFacts) -> Scope:
    """What the numbers of a report count: the days its figures reach to."""
    return Scope(facts.year, facts.region_code, facts.until)


def facts_in(document: ReportDocument) -> ReportFacts:
    """The facts the document was written from."""
    return ReportFacts.model_validate(document.facts)


def snapshots_of(session: Session, *, reader: Actor) -> list[TurnoverSnapshot]:
    """Snapshots a report may rest on: from the first of January on, of a region she may report of, the latest first."""
    table = TurnoverSnapshot
    conditions = [] if reader.oversees_everything else [col(table.region_code) == (reader.region_code or "")]
    found = session.exec(select(table).where(*conditions).order_by(col(table.id).desc()).limit(_OFFERED))
    return [one for one in found if (one.first.month, one.first.day) == (1, 1) and one.last.year == one.first.year]


def _new_snapshot(session: Session, year: int, region_code: str, by: Actor, note: str) -> TurnoverSnapshot:
    return take_snapshot(
        session,
        name=f"{Scope(year, region_code).region_name}{year}年度（报告）",
        period=Period.of_year(year),
        region_code=region_code,
        date_basis=DateBasis.REGISTERED,
        by=by,
        note=note,
    )
