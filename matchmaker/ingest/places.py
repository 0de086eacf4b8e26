"""Codes from words: regions by full or short name, industries by code or label, fields, organisations by their name."""

import re
from typing import Any

from matchmaker.classification import classification, region_examples, regions_named
from matchmaker.ingest.money import CellError
from matchmaker.ingest.values import Several, folded, plain, words
from matchmaker.models.labels import PosterType

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
# 中国科学院、水利部成都山地灾害与环境研究所 is one name: two bodies run one institute.
_BETWEEN_OWNERS = re.compile(r"[；;，,\n]|、(?!\S{2,6}部)")


def region(cell: Any) -> str:
    """The GB/T 2260 code for a code, a district of the city, or a name written as far as it is unambiguous.

    Raises CellError: unknown, or several places of that name (鼓楼区 lies in four cities).
    """
    codes = regions_named(folded(cell))
    if len(codes) == 1:
        return codes[0]
    if codes:
        raise CellError("有多个同名的地区", f"请写全称，如 {region_examples(codes)}，或填六位行政区划代码")
    raise CellError("不是已知的行政区划", f"请填六位行政区划代码或名称，如 {region_examples()}")


def industry(cell: Any) -> str:
    """The GB/T 4754 code of `C26`, `C26 化学原料…`, a label, or the last part of `制造业/化学…`. Raises CellError."""
    written = plain(cell)
    industries = classification().industries
    if code := _INDUSTRY_CODE.match(written):
        return code[0].upper()
    for part in (written, *reversed(re.split(r"[/>＞、；;，,—-]+", written))):
        try:
            return industries.code_of(re.sub(r"[（(].*?[)）]|\s", "", part))
        except ValueError:
            continue
    raise CellError(
        f"“{written}”不在{industries.name}（{industries.edition}）中",
        "请填代码（如 C26）或大类名称（如 化学原料和化学制品制造业）",
    )


def industries(cell: Any) -> Any:
    """Several industries. Raises CellError."""
    if isinstance(cell, list):
        return cell
    try:
        return [industry(cell)]
    except CellError:
        return [industry(part) for part in words(cell)]


def technology_field(cell: Any) -> Several:
    """The technology field; further ones, which some forms allow, go to the keywords. Raises CellError."""
    fields = classification().technology_fields
    written = plain(cell)
    if written == "其他":
        return Several()
    for candidates in ([written], words(written)):
        try:
            codes = [fields.code_of(one) for one in candidates if one != "其他"]
        except ValueError:
            continue
        found = Several(technology_field=codes[0])
        if len(codes) > 1:
            found["keywords"] = [fields.label(code) for code in codes[1:]]
        return found
    raise CellError(
        f"“{written}”不在{fields.name}（{fields.edition}）中", f"请填：{'、'.join(one.label for one in fields.entries)}"
    )


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
