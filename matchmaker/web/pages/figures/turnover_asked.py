"""What the pages of the turnover are asked, as it stands in their addresses, and the addresses that ask it."""

from dataclasses import replace
from datetime import date
from urllib.parse import urlencode

from pydantic import BaseModel, Field
from sqlmodel import Session

from matchmaker.classification import classification
from matchmaker.dashboard import usual_kind
from matchmaker.errors import MalformedRequest
from matchmaker.models.contract_words import Caliber, DateBasis, Measure
from matchmaker.period import Period
from matchmaker.rights import Actor
from matchmaker.turnover import Dimension, TurnoverQuery, counted_region
from matchmaker.visibility import today

_DIMENSIONS = {one.value: one for one in Dimension}


class AskedTurnover(BaseModel):
    """The fields of the form; empty ones are as good as missing ones, but an empty `by` asks for no groups.

    `filter` is `dimension:code`, with an empty code for what is not stated; several of them narrow together.
    """

    year: str = Field(default="", pattern="^(20[0-9]{2})?$")
    quarter: str = Field(default="", pattern="^(1-2|1-3|[1-4])?$")
    first: str = Field(default="", max_length=10, alias="from")
    last: str = Field(default="", max_length=10, alias="to")
    measure: Measure = Measure.CONTRACT_VALUE
    # Where not chosen, as the year's target is set: the page then says the same as the dashboard.
    caliber: Caliber | None = None
    basis: DateBasis | None = None
    region: str = Field(default="", max_length=12)
    by: str | None = Field(default=None, max_length=40)
    filter: list[str] = Field(default=[], max_length=len(Dimension))
    # The days the form was shown with, as `days` says them.
    shown: str = Field(default="", max_length=21)

    @property
    def days(self) -> str:
        """The days given, as one word; empty without any."""
        return f"{self.first}/{self.last}" if self.first or self.last else ""

    @property
    def is_by_days(self) -> bool:
        """Are the days what is asked for? Those that stood in the form already give way to a year or quarter chosen now."""
        return bool(self.days) and not (self.days == self.shown and (self.year or self.quarter))

    def query(self, session: Session, reader: Actor) -> TurnoverQuery:
        """The question, if she may ask it. Raises NotAllowed, MalformedRequest."""
        region = self.region or counted_region(reader)
        asked = TurnoverQuery(
            period=self.period(),
            measure=self.measure,
            caliber=self.caliber or Caliber.OUTFLOW,
            date_basis=self.basis or DateBasis.REGISTERED,
            region_code=region,
            group_by=self._group_by(region),
            filters=dict(_filter(one) for one in self.filter),
        ).for_reader(reader)
        if self.caliber and self.basis:
            return asked
        usual = usual_kind(session, self.measure, asked.period.first.year, region, reader=reader)
        return replace(asked, caliber=self.caliber or usual.caliber, date_basis=self.basis or usual.date_basis)

    def period(self) -> Period:
        """The days or the year asked for, no further than today."""
        if self.is_by_days:
            try:
                asked = Period(date.fromisoformat(self.first), date.fromisoformat(self.last))
            except ValueError as error:
                raise MalformedRequest("起止日期不完整或不是日期", "请同时填写起止日期，如 2026-01-01") from error
            if asked.last < asked.first:
                raise MalformedRequest("截止日期早于起始日期", "请把两个日期对调")
        else:
            asked = Period.of_part(int(self.year or today().year), self.quarter)
        return asked.until(today())

    def _group_by(self, region: str) -> Dimension | None:
        if self.by is None:
            return Dimension.DISTRICT if region == classification().city.code else Dimension.MONTH
        return _dimension(self.by) if self.by else None


class AskedContracts(AskedTurnover):
    """The same, and which group of `by`: empty is what is not stated, none the whole figure."""

    group: str | None = Field(default=None, max_length=200)

    def _group_by(self, region: str) -> Dimension | None:
        return super()._group_by(region) if self.group is not None and self.by else None


def parameters(asked: TurnoverQuery) -> list[tuple[str, str]]:
    """The question as parameters of an address."""
    return [
        ("from", asked.period.first.isoformat()),
        ("to", asked.period.last.isoformat()),
        ("measure", asked.measure.value),
        ("caliber", asked.caliber.value),
        ("basis", asked.date_basis.value),
        ("region", asked.region_code),
        ("by", asked.group_by.value if asked.group_by else ""),
        *(("filter", f"{by.value}:{code}") for by, code in asked.filters.items()),
    ]


def address(asked: TurnoverQuery) -> str:
    """The page that shows the answer."""
    return f"/turnover?{urlencode(parameters(asked))}"


def behind(asked: TurnoverQuery, group: str | None = None) -> str:
    """The page with the contracts behind the figure, or behind one of its groups."""
    given = parameters(asked if group is not None else replace(asked, group_by=None))
    return f"/turnover/contracts?{urlencode([*given, *([('group', group)] if group is not None else [])])}"


def narrowed(asked: TurnoverQuery, code: str, then: Dimension) -> TurnoverQuery:
    """The question about one of its groups, divided by something else."""
    kept = {**asked.filters, asked.group_by: code} if asked.group_by else asked.filters
    return replace(asked, filters=kept, group_by=then)


def without(asked: TurnoverQuery, dimension: Dimension) -> TurnoverQuery:
    """The question without one of its filters."""
    return replace(asked, filters={by: code for by, code in asked.filters.items() if by is not dimension})


def _filter(written: str) -> tuple[Dimension, str]:
    name, colon, code = written.partition(":")
    if not colon or len(code) > 200:
        raise MalformedRequest(f"筛选条件“{written[:60]}”写法不对", "写法为 项目:代码，如 district:990102")
    return _dimension(name), code


def _dimension(written: str) -> Dimension:
    if written not in _DIMENSIONS:
        raise MalformedRequest(f"没有“{written[:40]}”这一分组", f"可用：{'、'.join(_DIMENSIONS)}")
    return _DIMENSIONS[written]
