"""What a year brought besides contracts: needs, achievements, registrations of the province, signings at events.

A number and the rows behind it come from the same conditions.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, SQLColumnExpression, case
from sqlmodel import Session, col, func, select

from matchmaker.classification import classification
from matchmaker.models.achievement import Achievement
from matchmaker.models.contract_words import SigningType
from matchmaker.models.labels import AchievementStatus, Confidentiality, Labelled, NeedStatus, PosterType
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.party import Institution
from matchmaker.models.target import AchievementRegistration, Signing
from matchmaker.period import Period, day_of

_LISTED = (Confidentiality.PUBLIC, Confidentiality.SUMMARY)
_NEVER_PUBLISHED = (AchievementStatus.DRAFT, AchievementStatus.PENDING, AchievementStatus.RETURNED)
# Codes of towns and parks begin with the six digits of their district.
_DISTRICT_DIGITS = 6
UNDISCLOSED = "（未公开的需求）"
_TOLD_FIRST = (SigningType.PLATFORM, SigningType.CONTRACT, SigningType.STRATEGIC, SigningType.INTENT)
# Titles that go on where the names of the two sides end.
_VERBS = ("共建", "合作", "联合", "共同", "签订", "签署")


class Behind(Labelled):
    """What can be listed row by row."""

    NEEDS = "needs", "征集的技术需求"
    ACHIEVEMENTS = "achievements", "发布的科技成果"
    REGISTRATIONS = "registrations", "登记的科技成果"
    SIGNINGS = "signings", "现场签约项目"


@dataclass(frozen=True)
class Scope:
    """A year in a region: the whole city or one district. `until`: the last day that counts, where the year goes on."""

    year: int
    region_code: str
    until: date | None = None

    @property
    def period(self) -> Period:
        whole = Period.of_year(self.year)
        return Period(whole.first, min(self.until or whole.last, whole.last))

    @property
    def is_city(self) -> bool:
        return self.region_code == classification().city.code

    @property
    def region_name(self) -> str:
        city = classification().city
        return city.name if self.is_city else classification().region_name(self.region_code)

    def lies_in(self, column: SQLColumnExpression[str | None]) -> list[ColumnElement[bool]]:
        """Condition that a region lies in this one; everything is the city's, also what states no region."""
        return [] if self.is_city else [column.startswith(self.region_code[:_DISTRICT_DIGITS], autoescape=True)]


@dataclass(frozen=True)
class Rows:
    """Rows behind a number: headings and cells as text, nothing that may not be handed on."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    total: int


def needs_by_poster(session: Session, scope: Scope) -> Counter[PosterType]:
    """Needs that came in during the year, by who asks."""
    poster = col(TechnologyNeed.poster_type)
    rows = session.exec(select(poster, func.count()).where(*_needs(scope)).group_by(poster))
    return Counter(dict(rows.all()))


def achievements_published(session: Session, scope: Scope) -> int:
    """Achievements published in the year that every enterprise may find."""
    return session.exec(select(func.count()).select_from(Achievement).where(*_achievements(scope))).one()


def leading_institutions(session: Session, scope: Scope, most: int) -> list[tuple[str, int]]:
    """The institutions with the most of them, and how many each; equal numbers in the order of the names."""
    number = func.count()
    rows = session.exec(
        select(Institution.name, number)
        .join(Achievement, col(Achievement.institution_id) == col(Institution.id))
        .where(*_achievements(scope))
        .group_by(col(Institution.id), col(Institution.name))
        .order_by(number.desc(), col(Institution.name))
        .limit(most)
    )
    return list(rows.all())


def registrations(session: Session, scope: Scope) -> int:
    """Achievements the province registered in the year."""
    return session.exec(select(func.count()).select_from(AchievementRegistration).where(*_registrations(scope))).one()


def signings_by_type(session: Session, scope: Scope) -> Counter[Labelled]:
    """Signings at events in the year, by what was signed."""
    kind = col(Signing.signing_type)
    rows = session.exec(select(kind, func.count()).where(*_signings(scope)).group_by(kind))
    return Counter(dict(rows.all()))


def signing_events(session: Session, scope: Scope) -> list[tuple[str, int]]:
    """The events at which something was signed and how often, the one with the most signings first."""
    number, name = func.count(), col(Signing.event_name)
    rows = session.exec(
        select(name, number).where(*_signings(scope), name != "").group_by(name).order_by(number.desc(), name)
    )
    return list(rows.all())


def signing_examples(session: Session, scope: Scope, most: int = 3) -> list[str]:
    """Signings worth naming, with who signed: one of each kind first, what was founded together in front."""
    found = session.exec(select(Signing).where(*_signings(scope)).order_by(col(Signing.signed_on), col(Signing.id)))
    seen: Counter[Labelled] = Counter()
    ranked = []
    for place, one in enumerate(found):
        ranked.append((seen[one.signing_type], _TOLD_FIRST.index(one.signing_type), place, _signed(one)))
        seen[one.signing_type] += 1
    return [words for _, _, _, words in sorted(ranked)[:most]]


def _signed(one: Signing) -> str:
    """`甲与乙共建丙中心`, `甲与乙的丁研发`; the title alone where it names them or nobody is known."""
    # A cell of a list may hold several lines; a sentence is one.
    title, *parties = (" ".join(text.split()) for text in (one.title, one.first_party, one.second_party))
    named = [name for name in parties if name]
    if not named or any(name in title for name in named):
        return title
    return f"{'与'.join(named)}{'' if title.startswith(_VERBS) else '的'}{title}"


def rows_behind(session: Session, what: Behind, scope: Scope, *, offset: int = 0, limit: int | None = None) -> Rows:
    """The very rows that a number counts, in the order of their day."""
    reader = {
        Behind.NEEDS: _need_rows,
        Behind.ACHIEVEMENTS: _achievement_rows,
        Behind.REGISTRATIONS: _registration_rows,
        Behind.SIGNINGS: _signing_rows,
    }[what]
    return reader(session, scope, offset, limit)


def _needs(scope: Scope) -> list[ColumnElement[bool]]:
    day = _came_in()
    return [
        col(TechnologyNeed.status) != NeedStatus.DRAFT,
        col(TechnologyNeed.duplicate_of_id).is_(None),
        day >= scope.period.begin,
        day < scope.period.end,
        *scope.lies_in(col(TechnologyNeed.region_code)),
    ]


def _came_in() -> ColumnElement[object]:
    """When a need was handed in; one from an older list was published before it was entered here."""
    created, published = col(TechnologyNeed.created_at), col(TechnologyNeed.published_at)
    return case((published < created, published), else_=created)


def _achievements(scope: Scope) -> list[ColumnElement[bool]]:
    published = col(Achievement.published_at)
    return [
        col(Achievement.status).not_in(_NEVER_PUBLISHED),
        col(Achievement.confidentiality).in_(_LISTED),
        col(Achievement.duplicate_of_id).is_(None),
        published >= scope.period.begin,
        published < scope.period.end,
        *scope.lies_in(col(Achievement.region_code)),
    ]


def _registrations(scope: Scope) -> list[ColumnElement[bool]]:
    day = col(AchievementRegistration.registered_on)
    within = [day >= scope.period.first, day <= scope.period.last]
    return [*within, *scope.lies_in(col(AchievementRegistration.region_code))]


def _signings(scope: Scope) -> list[ColumnElement[bool]]:
    day = col(Signing.signed_on)
    return [day >= scope.period.first, day <= scope.period.last, *scope.lies_in(col(Signing.region_code))]


def _need_rows(session: Session, scope: Scope, offset: int, limit: int | None) -> Rows:
    conditions = _needs(scope)
    page = session.exec(
        select(TechnologyNeed)
        .where(*conditions)
        .order_by(_came_in(), col(TechnologyNeed.id))
        .offset(offset)
        .limit(limit)
    )
    rows = [
        (
            str(one.id),
            # Reports are handed on: what may not be listed keeps its title to itself, and who asks stays unnamed.
            one.title if one.confidentiality in _LISTED else UNDISCLOSED,
            one.poster_type.label,
            _place(one.region_code),
            str(day_of(min(one.created_at, one.published_at or one.created_at))),
        )
        for one in page
    ]
    total = session.exec(select(func.count()).select_from(TechnologyNeed).where(*conditions)).one()
    return Rows(("编号", "需求名称", "提出方", "地区", "日期"), rows, total)


def _achievement_rows(session: Session, scope: Scope, offset: int, limit: int | None) -> Rows:
    conditions = _achievements(scope)
    page = session.exec(
        select(Achievement, Institution.name)
        .join(Institution, col(Institution.id) == col(Achievement.institution_id), isouter=True)
        .where(*conditions)
        .order_by(col(Achievement.published_at), col(Achievement.id))
        .offset(offset)
        .limit(limit)
    )
    rows = [
        (
            str(one.id),
            one.title,
            name or one.owner_name or "—",
            str(day_of(one.published_at)) if one.published_at else "—",
        )
        for one, name in page
    ]
    total = session.exec(select(func.count()).select_from(Achievement).where(*conditions)).one()
    return Rows(("编号", "成果名称", "完成单位", "发布日期"), rows, total)


def _registration_rows(session: Session, scope: Scope, offset: int, limit: int | None) -> Rows:
    table, conditions = AchievementRegistration, _registrations(scope)
    page = session.exec(
        select(table).where(*conditions).order_by(col(table.registered_on), col(table.id)).offset(offset).limit(limit)
    )
    rows = [(one.registered_number, one.title, one.owner_name or "—", str(one.registered_on)) for one in page]
    return Rows(("登记号", "成果名称", "完成单位", "登记日期"), rows, registrations(session, scope))


def _signing_rows(session: Session, scope: Scope, offset: int, limit: int | None) -> Rows:
    conditions = _signings(scope)
    page = session.exec(
        select(Signing).where(*conditions).order_by(col(Signing.signed_on), col(Signing.id)).offset(offset).limit(limit)
    )
    rows = [
        (
            one.title,
            one.event_name or "—",
            one.signing_type.label,
            one.first_party,
            one.second_party,
            str(one.signed_on),
        )
        for one in page
    ]
    total = session.exec(select(func.count()).select_from(Signing).where(*conditions)).one()
    return Rows(("项目", "活动", "类型", "甲方", "乙方", "签约日期"), rows, total)


def _place(code: str | None) -> str:
    return classification().region_name(code) if code else "未填写"
