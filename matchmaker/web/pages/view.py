"""How a record looks on a page: amounts in 万元, local dates, Chinese labels. Only the public shape gets here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from matchmaker.classification import classification
from matchmaker.disclosure import shown_achievement, shown_need
from matchmaker.matching.highlight import Piece
from matchmaker.models.achievement import Achievement, AchievementPublic
from matchmaker.models.disclosure import Disclosure
from matchmaker.models.labels import MATURITY_LABELS, CooperationMode, PriceMode
from matchmaker.models.need import NeedPublic, TechnologyNeed
from matchmaker.models.outbox import RecordKind
from matchmaker.money import in_wan
from matchmaker.search import Entry, FoundBy
from matchmaker.visibility import CITY_TIME
from matchmaker.web.language import CHINESE, gettext, spoken

NOT_STATED = "未填写"
# Stated, but not to this reader: an empty value would say something wrong.
NOT_DISCLOSED = "未公开"


@dataclass(frozen=True)
class Kind:
    """How one kind of record is called and where it lives."""

    kind: RecordKind
    path: str
    name: str
    counterpart_path: str
    counterpart_name: str
    owner_label: str
    example: str


KINDS: dict[RecordKind, Kind] = {
    RecordKind.NEEDS: Kind(
        RecordKind.NEEDS,
        "/needs",
        RecordKind.NEEDS.label,
        "/achievements",
        RecordKind.ACHIEVEMENTS.label,
        "发布单位",
        "例如：高盐废水怎么处理、降低注塑件翘曲",
    ),
    RecordKind.ACHIEVEMENTS: Kind(
        RecordKind.ACHIEVEMENTS,
        "/achievements",
        RecordKind.ACHIEVEMENTS.label,
        "/needs",
        RecordKind.NEEDS.label,
        "完成单位",
        "例如：余热回收、可降解地膜、机器视觉检测",
    ),
}


@dataclass(frozen=True)
class Fact:
    """One line beside the text: `strong` for what decides, the amount."""

    label: str
    value: str
    strong: bool = False


@dataclass(frozen=True)
class Row:
    """A record in a list."""

    record_id: int
    path: str
    title: list[Piece]
    snippet: list[Piece]
    owner: str
    place: str
    type_label: str
    tags: list[str]
    amount: str
    maturity: str
    day: str
    is_demo: bool
    text_hidden: bool
    found_by: FoundBy = "words"


def record_kind(record: TechnologyNeed | Achievement | NeedPublic | AchievementPublic) -> RecordKind:
    return RecordKind.NEEDS if isinstance(record, TechnologyNeed | NeedPublic) else RecordKind.ACHIEVEMENTS


def public(
    record: TechnologyNeed | Achievement, reached: Disclosure = Disclosure.PUBLIC
) -> NeedPublic | AchievementPublic:
    """The record as a reader of that circle may read it; nothing else of it may reach a template."""
    return shown_need(record, reached) if isinstance(record, TechnologyNeed) else shown_achievement(record, reached)


def amount(fen: int) -> str:
    """An amount of money: in 万元, in yuan for those who read English."""
    return in_wan(fen) if spoken() == CHINESE else f"CNY {fen // 100:,}"


def budget(need: NeedPublic) -> str:
    """The budget as a person says it; 面议 and 未填写 are different answers."""
    if "budget_max_fen" in need.hidden_fields:
        return NOT_DISCLOSED
    low, high = need.budget_min_fen, need.budget_max_fen
    if low is not None and high is not None:
        return amount(low) if low == high else f"{amount(low).removesuffix(' 万元')}–{amount(high)}"
    if high is not None:
        return gettext("不超过 %s") % amount(high)
    if low is not None:
        return gettext("%s起") % amount(low)
    return "面议" if need.budget_negotiable else NOT_STATED


def price(achievement: AchievementPublic) -> str:
    """What is asked for it, as far as it is stated and open to this reader."""
    if "price_fen" in achievement.hidden_fields:
        return NOT_DISCLOSED
    if achievement.price_fen is not None:
        words = amount(achievement.price_fen)
        mode = achievement.price_mode
        return f"{words}（{gettext(mode.label)}）" if mode in (PriceMode.AUCTION, PriceMode.EQUITY) else words
    return achievement.price_mode.label if achievement.price_mode else NOT_STATED


def maturity(level: int | None) -> str:
    """`TRL 6 正样级`; nothing for an unknown level."""
    return f"TRL {level} {gettext(MATURITY_LABELS[level])}" if level else ""


def day(value: datetime | date | None) -> str:
    """The calendar day, in Shanghai for a moment in time."""
    if isinstance(value, datetime):
        value = value.astimezone(CITY_TIME).date()
    return value.isoformat() if value else ""


def moment(value: datetime | None) -> str:
    """Day and minute in Shanghai."""
    return value.astimezone(CITY_TIME).strftime("%Y-%m-%d %H:%M") if value else ""


def modes(values: Sequence[CooperationMode]) -> str:
    return gettext("、").join(gettext(value.label) for value in values)


def place(region_code: str | None, park: str | None = None) -> str:
    return " · ".join(part for part in (classification().region_name(region_code), park or "") if part)


def owner(record: NeedPublic | AchievementPublic) -> str:
    """Who asks or offers, as far as it is stated."""
    if isinstance(record, NeedPublic):
        return record.poster_name or gettext("%s（未具名）") % gettext(record.poster_type.label)
    return record.owner_name or "未填写完成单位"


def stage(record: NeedPublic | AchievementPublic) -> str:
    """How far it is developed, or has to be."""
    if isinstance(record, NeedPublic):
        return gettext("要求不低于 %s") % maturity(record.maturity_min) if record.maturity_min else ""
    return " · ".join(
        part for part in (gettext(record.stage.label) if record.stage else "", maturity(record.maturity_level)) if part
    )


def row(record: TechnologyNeed | Achievement, entry: Entry | None = None) -> Row:
    """The record in a list; with its search entry, title and snippet show the words that were found."""
    shown = public(record)
    lists = classification()
    type_of = shown.need_type if isinstance(shown, NeedPublic) else shown.stage
    start = "" if entry else (shown.problem or shown.goal if isinstance(shown, NeedPublic) else shown.summary)
    tags = (lists.technology_fields.label(shown.technology_field), lists.city.industries.label(shown.city_industry))
    return Row(
        record_id=shown.id,
        path=f"{KINDS[record_kind(shown)].path}/{shown.id}",
        title=entry.title if entry else [Piece(shown.title, False)],
        snippet=entry.snippet if entry else [Piece(start[:120] + ("…" if len(start) > 120 else ""), False)],
        owner=owner(shown),
        place=place(shown.region_code, shown.park if isinstance(shown, NeedPublic) else None),
        type_label=type_of.label if type_of else "",
        tags=list(dict.fromkeys(tag for tag in tags if tag)),
        amount=budget(shown) if isinstance(shown, NeedPublic) else price(shown),
        maturity=stage(shown) if isinstance(shown, NeedPublic) else maturity(shown.maturity_level),
        day=day(shown.published_at or shown.created_at),
        is_demo=shown.is_demo,
        text_hidden=shown.text_hidden,
        found_by=entry.found_by if entry else "words",
    )


def facts(record: NeedPublic | AchievementPublic) -> list[Fact]:
    """The terms and the classification, in the order a reader decides by; what is not stated is left out."""
    found = _need_facts(record) if isinstance(record, NeedPublic) else _achievement_facts(record)
    return [fact for fact in found if fact.value]


def _need_facts(need: NeedPublic) -> list[Fact]:
    return [
        Fact("预算", budget(need), strong=True),
        Fact("需求类型", need.need_type.label if need.need_type else ""),
        Fact("合作方式", modes(need.cooperation_modes)),
        Fact("期望完成", day(need.deadline)),
        Fact("紧急程度", need.urgency.label if need.urgency else ""),
        Fact("成熟度", stage(need)),
        Fact("地区", place(need.region_code, need.park)),
        *_classified(need, [need.industry_code] if need.industry_code else []),
        Fact("来源", need.posting_channel.label if need.posting_channel else ""),
        Fact("征集批次", need.campaign),
        *_published(need),
    ]


def _achievement_facts(achievement: AchievementPublic) -> list[Fact]:
    registered = " · ".join(
        part for part in (achievement.registered_number or "", day(achievement.registered_on)) if part
    )
    return [
        Fact("价格", price(achievement), strong=True),
        Fact("合作方式", modes(achievement.cooperation_modes)),
        Fact("成熟程度", stage(achievement)),
        Fact("完成日期", day(achievement.completed_on)),
        Fact("地区", place(achievement.region_code)),
        *_classified(achievement, achievement.industry_codes),
        Fact("权利状况", gettext("；").join(gettext(one) for one in _burdens(achievement))),
        Fact("成果登记", registered),
        Fact("获奖", "；".join(achievement.awards)),
        *_published(achievement),
    ]


def _burdens(achievement: AchievementPublic) -> list[str]:
    return [
        words
        for given, words in (
            (achievement.exclusive_licence_given, "已有独占许可"),
            (achievement.pledged, "已质押"),
        )
        if given
    ]


def _classified(record: NeedPublic | AchievementPublic, industry_codes: Sequence[str]) -> list[Fact]:
    lists = classification()
    return [
        Fact("技术领域", lists.technology_fields.label(record.technology_field)),
        Fact("高新领域", lists.hitech_fields.label(record.hitech_field)),
        Fact("新兴产业", lists.emerging_industries.label(record.emerging_industry)),
        Fact("本市产业", lists.city.industries.label(record.city_industry)),
        Fact("国民经济行业", "、".join(_industry(code) for code in industry_codes)),
    ]


def _industry(code: str) -> str:
    # Groups and classes below the division have no label of their own in the list: the division's stands for them.
    return f"{classification().industries.label(code[:3])} {code}"


def _published(record: NeedPublic | AchievementPublic) -> list[Fact]:
    return [
        Fact("发布日期", day(record.published_at)),
        Fact("更新日期", day(record.updated_at)),
        Fact("有效期至", day(record.valid_until)),
    ]
