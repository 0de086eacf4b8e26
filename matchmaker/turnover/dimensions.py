"""By what the turnover can be divided, and what the groups are called."""

from collections.abc import Callable, Iterable
from datetime import date

from sqlmodel import Session, col, select

from matchmaker.classification import Vocabulary, classification
from matchmaker.models.broker import Broker, Brokerage
from matchmaker.models.contract_shapes import country_name
from matchmaker.models.contract_words import ContractCategory, ContractIp, ContractKind
from matchmaker.models.labels import Labelled
from matchmaker.models.party import Institution
from matchmaker.money import in_wan
from matchmaker.period import Period
from matchmaker.registration_rules import rules

MISSING = "未填写"
# Below these cities of a province's rank lie districts only: each is one partner region.
MUNICIPALITIES = ("11", "12", "31", "50")


class Dimension(Labelled):
    """What groups are made of."""

    MONTH = "month", "月份"
    QUARTER = "quarter", "季度"
    CATEGORY = "category", "合同类别"
    KIND = "kind", "合同类型"
    TECHNOLOGY_FIELD = "technology_field", "技术领域"
    INDUSTRY = "industry", "国民经济行业"
    CITY_INDUSTRY = "city_industry", "本市产业"
    INDUSTRY_TIER = "industry_tier", "产业层次"
    DISTRICT = "district", "县市区"
    PARK = "park", "园区"
    SELLER_KIND = "seller_kind", "卖方性质"
    BUYER_KIND = "buyer_kind", "买方性质"
    IP_TYPE = "ip_type", "知识产权"
    PLAN_SOURCE = "plan_source", "计划来源"
    BROKER = "broker", "技术经纪人"
    BROKERAGE = "brokerage", "经纪机构"
    PARTNER_INSTITUTION = "partner_institution", "合作院所"
    PARTNER_REGION = "partner_region", "合作地区"
    FLOW = "flow", "技术流向"
    RELATED_PARTY = "related_party", "关联交易"
    SIZE = "size", "金额规模"


_NATURE_GROUPS = {
    "government": "机关",
    "research": "科研机构",
    "university": "高等院校",
    "medical": "医疗卫生机构",
    "institution": "其他事业单位",
    "association": "社团",
    "enterprise": "企业",
    "person": "个体、自然人",
    "foreign": "境外机构",
}
_FLOWS = {
    "inner": "本地区内",
    "out_city": "输出到市内其他县市区",
    "out_province": "输出到省内其他市",
    "out_country": "输出到外省",
    "out_abroad": "技术出口",
    "out_unknown": "输出，买方地区未填写",
    "in_city": "吸纳自市内其他县市区",
    "in_province": "吸纳自省内其他市",
    "in_country": "吸纳自外省",
    "in_abroad": "技术进口",
    "in_unknown": "吸纳，卖方地区未填写",
}
_RELATED = {"yes": "是", "no": "否"}
_QUARTERS = {"Q1": "第一季度", "Q2": "第二季度", "Q3": "第三季度", "Q4": "第四季度"}
# Records that some groups are named after, and what is written where none is linked: nothing is missing there.
_NAMED: dict[Dimension, tuple[type[Broker | Brokerage | Institution], str]] = {
    Dimension.BROKER: (Broker, "无经纪人"),
    Dimension.BROKERAGE: (Brokerage, "无经纪机构"),
    Dimension.PARTNER_INSTITUTION: (Institution, "未关联院所"),
}


def group_label(session: Session, dimension: Dimension, code: str) -> str:
    """The name of one group."""
    return group_labels(session, dimension, [code])[code]


def group_labels(session: Session, dimension: Dimension, codes: Iterable[str]) -> dict[str, str]:
    """The names of groups by code, in Chinese. A code that no list knows any more is its own name."""
    wanted = list(codes)
    if dimension not in _NAMED:
        return {code: _LABELS[dimension](code) if code else MISSING for code in wanted}
    table, unlinked = _NAMED[dimension]
    ids = [int(one) for one in wanted if one.isascii() and one.isdecimal() and len(one) < 10]
    found = session.exec(select(table.id, table.name).where(col(table.id).in_(ids)))
    named = {str(number): name for number, name in found}
    return {code: named.get(code, f"编号 {code}") if code else unlinked for code in wanted}


def standing_codes(dimension: Dimension, period: Period, region_code: str) -> list[str]:
    """Groups with an order of their own, shown with nothing in them too; none where the largest comes first."""
    city = classification().city
    match dimension:
        case Dimension.MONTH:
            months = range(_month_number(period.first), _month_number(period.last) + 1)
            return [f"{one // 12}-{one % 12 + 1:02}" for one in months]
        case Dimension.QUARTER:
            quarters = range(_month_number(period.first) // 3, _month_number(period.last) // 3 + 1)
            return [f"{one // 4}Q{one % 4 + 1}" for one in quarters]
        case Dimension.DISTRICT if region_code == city.code:
            return [one.code for one in city.districts.entries]
        case Dimension.DISTRICT if region_code in city.districts:
            return [region_code]
        case Dimension.CATEGORY:
            return [one.value for one in ContractCategory]
        case _:
            return []


def _month_number(day: date) -> int:
    return day.year * 12 + day.month - 1


def _of_enum(enum: type[Labelled]) -> Callable[[str], str]:
    return lambda code: next((one.label for one in enum if one == code), code)


def _of_list(of: Callable[[], Vocabulary]) -> Callable[[str], str]:
    # Asked for anew each time: a process may choose its city after this is read.
    return lambda code: of().label(code)


def _of_table(table: dict[str, str]) -> Callable[[str], str]:
    return lambda code: table.get(code, code)


def _district(code: str) -> str:
    city = classification().city
    return f"{city.name}（未分县市区）" if code == city.code else classification().region_name(code) or code


def _partner_region(code: str) -> str:
    """Country, municipality or city, as `expressions.py` cuts them."""
    lists = classification()
    if not code.isdecimal():
        return country_name(code)
    if lists.city.code.startswith(code):
        return lists.city.name
    full = code.ljust(6, "0")
    known = full if full in lists.regions else f"{code[:2]}0000"
    return "".join(lists.regions.label(part) for part in lists.region_path(known)) or code


def _size(code: str) -> str:
    """Large by the limits of the rules; where the limit changed, each with the day from which it holds."""
    if code != "large":
        return "其他" if code == "small" else code
    first, *later = rules().limits["large_technology_value_fen"]
    steps = [f"{in_wan(first.value)}以上", *(f"{one.effective_from} 起 {in_wan(one.value)}以上" for one in later)]
    return f"大额（技术交易额 {'，'.join(steps)}）"


def _month(code: str) -> str:
    year, _, month = code.partition("-")
    return f"{year}年{int(month)}月" if month.isdecimal() else code


def _quarter(code: str) -> str:
    return f"{code[:4]}年{_QUARTERS[code[4:]]}" if code[4:] in _QUARTERS else code


_LABELS: dict[Dimension, Callable[[str], str]] = {
    Dimension.MONTH: _month,
    Dimension.QUARTER: _quarter,
    Dimension.CATEGORY: _of_enum(ContractCategory),
    Dimension.KIND: _of_enum(ContractKind),
    Dimension.TECHNOLOGY_FIELD: _of_list(lambda: classification().technology_fields),
    Dimension.INDUSTRY: _of_list(lambda: classification().industries),
    Dimension.CITY_INDUSTRY: _of_list(lambda: classification().city.industries),
    Dimension.INDUSTRY_TIER: str,
    Dimension.DISTRICT: _district,
    Dimension.PARK: str,
    Dimension.SELLER_KIND: lambda code: _NATURE_GROUPS.get(code) or rules().natures.label(code),
    Dimension.BUYER_KIND: lambda code: _NATURE_GROUPS.get(code) or rules().natures.label(code),
    Dimension.IP_TYPE: _of_enum(ContractIp),
    Dimension.PLAN_SOURCE: _of_list(lambda: rules().plan_sources),
    Dimension.PARTNER_REGION: _partner_region,
    Dimension.FLOW: _of_table(_FLOWS),
    Dimension.RELATED_PARTY: _of_table(_RELATED),
    Dimension.SIZE: _size,
}
