"""The official's dashboard: turnover against targets, where it comes from, and what is on the way to a contract."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field
from sqlmodel import Session, col, func, select

from matchmaker.classification import classification
from matchmaker.dashboard import Asked, dashboard, usual_kind
from matchmaker.errors import MalformedRequest, NotAllowed
from matchmaker.funnel import Behind, Counting, Stage, rows_behind
from matchmaker.models.contract_words import Caliber, DateBasis, Measure
from matchmaker.models.target import AchievementRegistration
from matchmaker.rights import Actor, Right
from matchmaker.targets import registrations_of
from matchmaker.turnover import year_before
from matchmaker.visibility import today
from matchmaker.web.dependencies import Requires, SessionDep
from matchmaker.web.pages.figures.dashboard_view import figures_of, growth_words, value_words, zero_districts
from matchmaker.web.pages.figures.targets import place, row
from matchmaker.web.pages.figures.turnover_asked import behind
from matchmaker.web.pages.paging import Paging, paging
from matchmaker.web.templating import templates

router = APIRouter(include_in_schema=False, default_response_class=Response)

Reader = Annotated[Actor, Depends(Requires(Right.READ_TURNOVER))]
Pages = Annotated[Paging, Depends(paging)]


class Choice(BaseModel):
    """What the form of the dashboard asks for; empty fields are as good as missing ones."""

    year: str = Field(default="", pattern="^(20[0-9]{2})?$")
    quarter: str = Field(default="", pattern="^[1-4]?$")
    measure: Measure = Measure.CONTRACT_VALUE
    # Where not chosen, as the year's target is set: an official opens the page to see how far it has been reached.
    caliber: Caliber | None = None
    basis: DateBasis | None = None
    region: str = Field(default="", max_length=12)

    def asked(self, session: Session, reader: Actor) -> Asked:
        """The question, if she may ask it. Raises NotAllowed, MalformedRequest."""
        year, region = int(self.year or today().year), _region(self.region, reader)
        usual = usual_kind(session, self.measure, year, region, reader=reader)
        return Asked(
            year=year,
            quarter=int(self.quarter) if self.quarter else None,
            measure=self.measure,
            caliber=self.caliber or usual.caliber,
            date_basis=self.basis or usual.date_basis,
            region_code=region,
        )


class FunnelChoice(Choice):
    """The same, and which step of which funnel."""

    counting: Counting = Counting.COHORT
    stage: Stage = Stage.NEEDS


@router.get("/dashboard")
def read_dashboard(
    request: Request, session: SessionDep, reader: Reader, choice: Annotated[Choice, Query()]
) -> Response:
    """City officials see the city or one of its districts, a district official her own."""
    asked = choice.asked(session, reader)
    shown = dashboard(session, asked, reader=reader, today=today())
    city = classification().city
    context = {
        "shown": shown,
        "asked": asked,
        "years": range(today().year, today().year - 6, -1),
        "measures": list(Measure),
        "calibers": list(Caliber),
        "bases": list(DateBasis),
        "regions": [(city.code, f"全市（{city.name}）"), *((one.code, one.label) for one in city.districts.entries)]
        if reader.oversees_everything
        else [],
        "place": place(asked.region_code),
        "value": value_words(asked.measure, shown.value),
        "growth": growth_words(shown),
        "previous_link": behind(asked.query(year_before(asked.period.until(today())))) if shown.value_before else "",
        "zero_districts": zero_districts(shown),
        "link": behind(asked.query()) if shown.count else "",
        "targets": [row(line) for line in shown.targets],
        "registrations": [row(line) for line in shown.registrations],
        "tiers": [line.target.tier.label for line in shown.targets],
        "figures": figures_of(shown),
        "printed_on": today(),
    }
    return templates.TemplateResponse(request, "dashboard/dashboard.html", context)


@router.get("/dashboard/funnel")
def read_funnel_rows(
    request: Request,
    session: SessionDep,
    reader: Reader,
    choice: Annotated[FunnelChoice, Query()],
    pages: Pages,
) -> Response:
    """The needs, matches or contracts one step of the funnel counts."""
    asked = choice.asked(session, reader)
    wanted = Behind(choice.counting, choice.stage)
    rows, total = rows_behind(session, wanted, asked.period, asked.region_code, offset=pages.offset, limit=pages.size)
    context = {
        "behind": wanted,
        "asked": asked,
        "place": place(asked.region_code),
        "rows": rows,
        "total": total,
        "pages": pages.of(total),
    }
    return templates.TemplateResponse(request, "dashboard/funnel.html", context)


@router.get("/dashboard/registrations")
def read_registrations(
    request: Request, session: SessionDep, reader: Reader, choice: Annotated[Choice, Query()], pages: Pages
) -> Response:
    """The achievements the province registered in the year: what their target counts."""
    asked = choice.asked(session, reader)
    conditions = registrations_of(asked.year, asked.region_code)
    total = session.exec(select(func.count()).select_from(AchievementRegistration).where(*conditions)).one()
    newest = (col(AchievementRegistration.registered_on).desc(), col(AchievementRegistration.id).desc())
    found = select(AchievementRegistration).where(*conditions).order_by(*newest)
    context = {
        "asked": asked,
        "place": place(asked.region_code),
        "rows": session.exec(found.offset(pages.offset).limit(pages.size)).all(),
        "total": total,
        "pages": pages.of(total),
    }
    return templates.TemplateResponse(request, "dashboard/registrations.html", context)


def _region(code: str, reader: Actor) -> str:
    """The region asked for, by default all she may ask for. Raises NotAllowed, MalformedRequest."""
    city = classification().city
    if not reader.oversees_everything:
        own = reader.region_code or ""
        if code not in ("", own):
            raise NotAllowed("您只能查看本辖区的统计", "请去掉地区条件，或联系市科技局")
        return own
    if code and code != city.code and code not in city.districts:
        raise MalformedRequest("没有这个地区", f"请选择{city.name}或其县市区")
    return code or city.code
