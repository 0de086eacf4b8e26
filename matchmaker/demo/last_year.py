"""What the demo city collected and published in the year before, and what has become of it: over, one way or another.

None of it is open any more, so neither the index nor the matching meets it; the figures of the year do.
"""

import tomllib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from importlib.resources import files
from itertools import cycle, islice, product
from typing import Any

from sqlalchemy import insert, inspect
from sqlmodel import Session, col, func, select

from matchmaker.classification import classification
from matchmaker.models.achievement import Achievement
from matchmaker.models.base import Record
from matchmaker.models.labels import AchievementStatus, CooperationMode, NeedStatus, PosterType, Stage
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.party import Enterprise, Institution
from matchmaker.period import Period
from matchmaker.visibility import today

SOURCE = "demo"
# The report the demo city is modelled on speaks of “120多项” needs and “千余项” achievements in a year.
NEEDS, ACHIEVEMENTS = 124, 1036
# Every so many needs one comes from a government office.
_OFFICE = 9
_NEED_ENDS = (NeedStatus.FULFILLED, NeedStatus.EXPIRED, NeedStatus.FULFILLED, NeedStatus.CLOSED)
_ACHIEVEMENT_ENDS = (AchievementStatus.EXPIRED, AchievementStatus.EXPIRED, AchievementStatus.TRANSFERRED)
_OFFICES = ("农业农村局", "生态环境局", "卫生健康委员会", "城市管理局", "数据资源管理局", "市场监督管理局")
_STAGES = (Stage.PILOT, Stage.INDUSTRIAL, Stage.APPLIED)


def last_complete_year() -> int:
    """The year whose figures the demo city reports."""
    return today().year - 1


def add_last_year(session: Session) -> None:
    """As many needs and achievements of the year before as are missing to the numbers above."""
    themes = tomllib.loads(files("matchmaker.demo").joinpath("last_year.toml").read_text("utf-8"))
    enterprises: dict[str, list[Enterprise]] = {}
    for one in session.exec(select(Enterprise).where(col(Enterprise.is_demo)).order_by(col(Enterprise.id))):
        enterprises.setdefault(one.city_industry or "", []).append(one)
    institutions = session.exec(select(Institution).where(col(Institution.is_demo)).order_by(col(Institution.id))).all()
    missing = NEEDS - _published_in_year(session, TechnologyNeed)
    for number, (industry, thing, method) in enumerate(islice(_subjects(themes), max(missing, 0))):
        session.add(_need(number, (industry, thing, method), themes[industry]["field"], enterprises[industry]))
    found: list[dict[str, Any]] = []
    missing = ACHIEVEMENTS - _published_in_year(session, Achievement)
    for number, (industry, thing, method) in enumerate(islice(_subjects(themes), max(missing, 0))):
        found.append(_achievement(number, (industry, thing, method), themes[industry]["field"], institutions))
    insert_alike(session, Achievement, found)


def insert_alike(session: Session, table: type[Record], rows: Sequence[dict[str, Any]]) -> None:
    """Many rows at once, their other fields at the defaults: made one by one, a thousand take as long as the rest of the
    city. They leave no trail: they were there before anybody began to work.
    """
    if not rows:
        return
    usual = table.model_validate({"source": SOURCE, "is_demo": True, **rows[0]})
    columns = [one.key for one in inspect(table).columns if one.key != "id"]
    defaults = {name: getattr(usual, name) for name in columns}
    session.execute(insert(table), [defaults | row for row in rows])


def _subjects(themes: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Industry, thing and method, each combination once, neighbours from different industries."""
    each = [
        [(industry, thing, method) for method, thing in product(content["methods"], content["things"])]
        for industry, content in themes.items()
    ]
    for together in zip(*each, strict=True):
        yield from together


def _published_in_year(session: Session, table: type[TechnologyNeed] | type[Achievement]) -> int:
    year = Period.of_year(last_complete_year())
    within = (col(table.published_at) >= year.begin, col(table.published_at) < year.end)
    return session.exec(select(func.count()).select_from(table).where(col(table.is_demo), *within)).one()


def _day(number: int, of: int) -> datetime:
    """Spread over the year, in office hours."""
    first = Period.of_year(last_complete_year()).first + timedelta(days=10 + number * 340 // of)
    return datetime.combine(first, time(1 + number % 8, number * 7 % 60), UTC)


def _need(number: int, subject: tuple[str, str, str], field: str, enterprises: Sequence[Enterprise]) -> TechnologyNeed:
    industry, thing, method = subject
    enterprise = enterprises[number // 13 % len(enterprises)]
    districts = classification().city.districts.entries
    district = districts[number % len(districts)]
    at, status = _day(number, NEEDS), _NEED_ENDS[number % len(_NEED_ENDS)]
    is_office = number % _OFFICE == 0
    poster = f"{district.label}{_OFFICES[number // _OFFICE % len(_OFFICES)]}" if is_office else enterprise.name
    return TechnologyNeed(
        source=SOURCE,
        source_id=f"last-year-N{number + 1:03}",
        is_demo=True,
        title=f"{thing}急需成熟的{method}方案",
        problem=f"{poster}目前在{thing}这一环节主要靠人工经验，试过通用设备，效果不稳定，希望引入{method}并在现场试用一个季度。",
        goal=f"{method}在{thing}上稳定运行，现场可复核",
        cooperation_modes=[(CooperationMode.COMMISSIONED_DEVELOPMENT, CooperationMode.SERVICE)[number % 2]],
        budget_max_fen=(20 + number * 7 % 160) * 1_000_000,
        technology_field=field,
        city_industry=industry,
        industry_code=None if is_office else enterprise.industry_code,
        region_code=district.code if is_office else enterprise.region_code,
        park=None if is_office else enterprise.park,
        poster_type=PosterType.GOVERNMENT if is_office else PosterType.ENTERPRISE,
        poster_name=poster,
        enterprise_id=None if is_office else enterprise.id,
        status=status,
        created_at=at,
        updated_at=at + timedelta(days=120),
        published_at=at,
        last_confirmed_at=at,
        # Whatever else became of it, its time is over.
        valid_until=min((at + timedelta(days=180)).date(), today() - timedelta(days=1)),
    )


def _achievement(
    number: int, subject: tuple[str, str, str], field: str, institutions: Sequence[Institution]
) -> dict[str, Any]:
    industry, thing, method = subject
    institution = next(islice(cycle(institutions), number % len(institutions), None))
    at = _day(number, ACHIEVEMENTS)
    return {
        "source_id": f"last-year-A{number + 1:04}",
        "title": f"{thing}{method}技术",
        "summary": f"面向{thing}的{method}，由{institution.name}完成样机与现场试验，给出了适用条件、操作规程和主要指标。",
        "problem_solved": f"{thing}长期依赖人工判断，质量波动大",
        "stage": _STAGES[number % len(_STAGES)],
        "maturity_level": 5 + number % 4,
        "cooperation_modes": [(CooperationMode.TRANSFER, CooperationMode.LICENCE)[number % 2]],
        "technology_field": field,
        "city_industry": industry,
        "region_code": institution.region_code,
        "owner_name": institution.name,
        "institution_id": institution.id,
        "status": _ACHIEVEMENT_ENDS[number % len(_ACHIEVEMENT_ENDS)],
        "created_at": at,
        "updated_at": at + timedelta(days=200),
        "published_at": at,
        "last_confirmed_at": at,
        "valid_until": min((at + timedelta(days=200)).date(), today() - timedelta(days=1)),
    }
