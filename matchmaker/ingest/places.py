"""Codes from words: regions by full or short name, industries by code or label, fields, organisations by their name."""

import re
from functools import lru_cache
from typing import Any

from matchmaker.classification import Entry, classification, region_examples, regions_named
from matchmaker.ingest.money import CellError
from matchmaker.ingest.values import Several, folded, plain, words, words_kept
from matchmaker.models.labels import PosterType

_OTHER = frozenset(("其他", "其它", "其他领域", "其它领域"))
_INDUSTRY_CODE = re.compile(r"[A-Ta-t]?\d{2,4}|[A-Ta-t]")
_COMPANY = re.compile(
    r"(?:公司|集团|厂|会社|合作社|事务所|企业|中心店|商行|农场)$|\b(?:Co|Ltd|Inc|Corp|GmbH|LLC)\b", re.IGNORECASE
)
_INSTITUTION = re.compile(
    r"大学|学院|研究院|研究所|医院|科学院|科研所|研究中心|研发中心|实验室|学校|设计院|勘察院|监测站|推广站|(?:中心|总站|处)$"
)
_GOVERNMENT = re.compile(r"(?:局|厅|人民政府|委员会|办公室|政府|指挥部)$")
_PARK = re.compile(r"(?:管委会|管理委员会|园区|开发区|高新区)$")
_TAIL_IN_BRACKETS = re.compile(r"[（(][^（）()]*[)）]$")
_PERSON_LENGTH = 4
_WHOLE_CITY = frozenset(("本市", "全市", "市本级", "市直", "市级", "市辖区"))
_TOWN_CODE = re.compile(r"\d{9}(?:\d{3})?")
_BETWEEN_PLACES = re.compile(r"[-/\\,，、;；|>＞→—–·.。_()~]")
_SHORT = re.compile(
    r"(?:(?:壮族|回族|维吾尔|土家族|苗族|侗族|藏族|彝族|蒙古族){0,3}(?:自治区|自治州|自治县)|省|市|区|县)$"
)
_REGION_ENDINGS = ("省", "市", "区", "县", "州", "盟", "旗")
# What a name of a region may be followed by although it ends without 市 or 区: zones that have no code.
_ZONES = (
    "高新",
    "经开",
    "经济",
    "工业",
    "开发",
    "产业",
    "科技",
    "国家",
    "新区",
    "新城",
    "保税",
    "自贸",
    "自由",
    "园区",
    "化工",
    "空港",
)
# An address is longer, and begins with its place.
_LONGEST_PLACE = 60
# 中国科学院、水利部成都山地灾害与环境研究所 is one name: two bodies run one institute.
_BETWEEN_OWNERS = re.compile(r"[；;，,\n]|、(?!\S{2,6}部)")


def region(cell: Any) -> str:
    """The GB/T 2260 code for a code, a district of the city, or a name written as far as it is unambiguous.

    Raises CellError: unknown, or several places of that name (鼓楼区 lies in four cities); with what the name begins
    with as kept (合肥市 of 合肥市高新区, which has no code of its own).
    """
    written = folded(cell)[:_LONGEST_PLACE]
    if written in _WHOLE_CITY:
        return classification().city.code
    written = re.sub(r"^(?:中国|中华人民共和国)(?=.)", "", written)
    if _TOWN_CODE.fullmatch(written) and (codes := regions_named(written[:6])):
        return codes[0]
    joined = _BETWEEN_PLACES.sub("", written)
    for name in (written, joined):
        codes = regions_named(name)
        if len(codes) == 1:
            return codes[0]
        if codes:
            raise CellError(
                "有多个同名的地区",
                f"请写全称，如 {region_examples(codes)}，或填六位行政区划代码",
                is_code=True,
                as_text=True,
            )
    code, rest = _begins_with(joined, classification().city.code)
    if code and not rest:
        return code
    if code:
        raise CellError(
            f"“{rest[:30]}”没有单独的行政区划代码，按“{classification().region_name(code)}”",
            f"请填六位行政区划代码或名称，如 {region_examples()}",
            kept={"": code},
            is_code=True,
        )
    raise CellError(
        "不是已知的行政区划",
        f"请填六位行政区划代码或名称，如 {region_examples()}",
        is_code=True,
        as_text=True,
    )


@lru_cache(maxsize=4096)
def _begins_with(written: str, _city: str) -> tuple[str, str]:
    """The region that the text begins with, as far down as its parts are named, and what remains of the text.

    Nothing for a beginning that several regions share, or that a road is named after (北京路12号).
    """
    for end in range(len(written), 1, -1):
        codes = regions_named(written[:end]) or _own_districts_named(written[:end])
        if not codes:
            continue
        if len(codes) > 1:
            return "", written
        code, rest = codes[0], written[end:]
        while (part := _part_named(code, rest)) is not None:
            code, rest = part
        is_named_whole = written[: len(written) - len(rest)].endswith(_REGION_ENDINGS)
        if rest and not is_named_whole and not rest.startswith(_ZONES):
            return "", written
        return code, rest
    return "", written


def _own_districts_named(written: str) -> tuple[str, ...]:
    """Districts of the city by their name without 区, 县, 市."""
    own = classification().city.districts.entries
    return tuple(entry.code for entry in own if len(written) >= 2 and _SHORT.sub("", entry.label) == written)


@lru_cache(maxsize=512)
def _parts_of(code: str, _city: str) -> tuple[Entry, ...]:
    """The regions directly inside, and inside these: 无锡梁溪 and 江苏梁溪区 both leave a step out."""
    entries = classification().regions.entries
    parts = [entry for entry in entries if entry.parent == code]
    inner = {entry.code for entry in parts}
    return (*parts, *(entry for entry in entries if entry.parent in inner))


def _part_named(code: str, rest: str) -> tuple[str, str] | None:
    """The part of a region that the text goes on with, and what remains; None where it names none or several."""
    parts = _parts_of(code, classification().city.code)
    for name_of in (lambda label: label, lambda label: _SHORT.sub("", label)):
        named = [(entry.code, name_of(entry.label)) for entry in parts if len(name_of(entry.label)) >= 2]
        found = [(one, name) for one, name in named if rest.startswith(name)]
        longest = max((len(name) for _, name in found), default=0)
        found = [(one, name) for one, name in found if len(name) == longest]
        if len(found) == 1:
            return found[0][0], rest[longest:]
    return None


def industry(cell: Any) -> str:
    """The GB/T 4754 code of `C26`, `C26 化学原料…`, a label, or the last part of `制造业/化学…`. Raises CellError."""
    written = plain(cell)
    industries = classification().industries
    if code := _INDUSTRY_CODE.match(written):
        return code[0].upper()
    for part in (written, *reversed(re.split(r"[/>＞、；;，,—-]+", written[:200]))):
        try:
            return industries.code_of(re.sub(r"[（(][^（()）]{0,60}[)）]|\s", "", part[:200]))
        except ValueError:
            continue
    raise CellError(
        f"“{written[:60]}”不在{industries.name}（{industries.edition}）中",
        "请填代码（如 C26）或大类名称（如 化学原料和化学制品制造业）",
        kept={"keywords": words_kept([written])},
        is_code=True,
    )


def industries(cell: Any) -> Any:
    """Several industries. Raises CellError that keeps those it knows."""
    if isinstance(cell, list):
        return cell
    try:
        return [industry(cell)]
    except CellError:
        known: list[str] = []
        unknown: list[str] = []
        for part in words(cell):
            try:
                known.append(industry(part))
            except CellError as error:
                unknown.append(part)
                last = error
        if unknown:
            raise CellError(
                last.reason,
                last.repair,
                kept={**({"": known} if known else {}), "keywords": words_kept(unknown)},
                is_code=True,
                words=unknown,
            ) from None
        return known


def technology_field(cell: Any) -> Several:
    """The technology field; further ones, which some forms allow, go to the keywords. Raises CellError that keeps both."""
    fields = classification().technology_fields
    written = plain(cell)
    candidates = [written] if _is_field(written) else words(cell)
    known = [fields.code_of(word) for word in candidates if word not in _OTHER and _is_field(word)]
    unknown = [word for word in candidates if word not in _OTHER and not _is_field(word)]
    found = Several(technology_field=known[0]) if known else Several()
    further = list(
        dict.fromkeys([*(fields.label(code) for code in known[1:] if code != known[0]), *words_kept(unknown)])
    )
    if further:
        found["keywords"] = further
    if unknown:
        raise CellError(
            f"“{'、'.join(unknown)[:80]}”不在{fields.name}（{fields.edition}）中",
            f"请填：{'、'.join(one.label for one in fields.entries)}",
            kept=found,
            is_code=True,
            words=unknown,
        )
    return found


def _is_field(word: str) -> bool:
    try:
        classification().technology_fields.code_of(word)
    except ValueError:
        return False
    return True


def poster(name: str, poster_type: PosterType | None) -> dict[str, Any]:
    """Which fields the name of the asking organisation belongs to: an enterprise is a party, a department is not."""
    if poster_type is None and _PARK.search(name):
        poster_type = PosterType.PARK
    if poster_type is None and _GOVERNMENT.search(name):
        poster_type = PosterType.GOVERNMENT
    if poster_type in (PosterType.GOVERNMENT, PosterType.PARK):
        return {"poster_name": name, "poster_type": poster_type}
    return {"enterprise_name": name}


def owner(name: str) -> dict[str, Any]:
    """Which fields the name of an achievement's owner belongs to; the first of several decides, all are kept.

    A person (a short name without any word for an organisation) is an owner but no party.
    """
    first, *others = [part.strip() for part in _BETWEEN_OWNERS.split(name) if part.strip()] or [name]
    fields: dict[str, Any] = {"owner_name": name} if others else {}
    core = _TAIL_IN_BRACKETS.sub("", first)
    if _COMPANY.search(core):
        return {**fields, "enterprise_name": first}
    if _INSTITUTION.search(core):
        return {**fields, "institution_name": first}
    if len(core) <= _PERSON_LENGTH or "·" in core:
        return {"owner_name": name}
    return {**fields, "enterprise_name": first}
