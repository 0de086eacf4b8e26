"""Cells that only lists of contracts have: registration numbers, categories, party regions, days of a contract."""

import re
from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any

from matchmaker.classification import classification
from matchmaker.ingest import days, places
from matchmaker.ingest.identifiers import EXACT_BELOW
from matchmaker.ingest.money import CellError
from matchmaker.ingest.values import Several, folded, line, plain
from matchmaker.models.contract_shapes import country_of
from matchmaker.models.contract_words import ContractCategory, ContractKind

_SCIENTIFIC = re.compile(r"\d(?:\.\d{1,20})?E\+?\d{1,2}", re.IGNORECASE)
_NUMBER = re.compile(r"\d{16}|\d{14}")
_MONTH_ONLY = re.compile(r"\d{4}(?:年|[-/.])\d{1,2}月?")
_BETWEEN_DAYS = re.compile(r"至|到|~|—{1,4}|－|--|\s-\s")
_FIRST_PART = re.compile(r"[-—/、>＞:：()]+")
# What a registry's list says of a contract that counts; of anything else the row goes back.
_IN_FORCE = frozenset(
    [
        "已登记",
        "已认定",
        "已认定登记",
        "认定登记",
        "登记",
        "有效",
        "通过",
        "已通过",
        "审核通过",
        "已审核",
        "正常",
        "已签订",
        "签订",
        "已签",
        "已签约",
        "履行中",
    ]
)
_BETWEEN_RIGHTS = re.compile(r"[、，,；;\n]+")
_NO_RIGHT = frozenset(("", "无", "/", "-", "—", "——", "未涉及", "不涉及"))
_ABROAD = frozenset(("境外", "国外", "海外", "国(境)外", "境外地区"))


def registration_number(cell: Any) -> str:
    """The 16 (older: 14) digits, whatever width and blanks they are written with. Raises CellError."""
    if isinstance(cell, float) and cell >= EXACT_BELOW:
        raise _lost_digits()
    written = folded(cell).lstrip("'’`")
    if _SCIENTIFIC.fullmatch(written):
        raise _lost_digits()
    if _NUMBER.fullmatch(written):
        return written
    if not written.isdecimal():
        raise CellError("不是登记编号", "登记编号为 16 位数字（早年为 14 位），请照登记证明填写；未登记请留空")
    raise CellError(f"登记编号有 {len(written)} 位", "应为 16 位（早年为 14 位）：请照登记证明核对是否漏了或多了数字")


def _lost_digits() -> CellError:
    return CellError(
        "登记编号在表格中存成了数字，末位已经丢失",
        "请把该列设为文本，再照登记证明重新填写 16 位编号",
    )


def contract_words(cell: Any) -> Several:
    """Category, kind or both, of `技术开发`, `委托开发`, `技术转让（专利实施许可）`. Raises CellError."""
    written = folded(cell).removesuffix("合同")
    found = Several()
    if written in _words():
        return Several(_words()[written])
    for part in filter(None, _FIRST_PART.split(written)):
        known = _words().get(part.removesuffix("合同"))
        if known is None:
            break
        found.update(known)
    else:
        if found:
            return found
    raise CellError(
        f"“{plain(cell)}”不是技术合同的类别或类型",
        f"请填：{'、'.join(one.label for one in ContractCategory)}，或其下的类型，如 委托开发、技术秘密转让、技术培训",
    )


@cache
def _words() -> dict[str, dict[str, Any]]:
    known: dict[str, dict[str, Any]] = {}
    for field, enum in (("kind", ContractKind), ("category", ContractCategory)):
        for one in enum:
            known |= {folded(word): {field: one} for word in (one.value, one.label, *one.aliases)}
    return known


def exact_day(cell: Any) -> date:
    """A day; a month alone, which a contract cannot be signed or registered on, is refused. Raises CellError."""
    if _MONTH_ONLY.fullmatch(folded(cell)):
        raise CellError("只有年月，没有日", "请写全，如 2026-03-05 或 2026年3月5日")
    return days.day(cell)


def validity(cell: Any) -> Several:
    """`2026-03-05 至 2027-03-04` as two days. Raises CellError."""
    parts = [part.strip() for part in _BETWEEN_DAYS.split(plain(cell)) if part.strip()]
    if len(parts) != 2:
        raise CellError("看不出起止两个日期", "请写成 2026-03-05 至 2027-03-04，或分成“有效期起”“有效期止”两列")
    return Several(begins_on=exact_day(parts[0]), ends_on=exact_day(parts[1]))


def nature(cell: Any) -> str:
    """The nature of a party; of a code that Excel took for a number the lost zero in front is put back."""
    written = folded(cell)
    return written.zfill(3) if written.isdecimal() and len(written) < 3 else plain(cell)


def party_place(side: str) -> Callable[[Any], Any]:
    """A reader for a party's region that also takes the name of a country. Raises CellError."""

    def read(cell: Any) -> Any:
        written = folded(cell)
        if written in _ABROAD:
            raise CellError("没有写明哪个国家或地区", "请填国家或地区的名称，如 德国、中国香港")
        country = country_of(written)
        if country == "CN":
            raise CellError("只写到国家", "请填到县市区，如 江苏省南京市鼓楼区，或填六位行政区划代码")
        return Several({f"{side}_country": country}) if country else places.region(cell)

    return read


def own_park(cell: Any) -> Any:
    """A park of the city; that of a party elsewhere says nothing here."""
    written = line(cell)
    return written if written in classification().city.parks else Several()


def only_field(cell: Any) -> Several:
    """One technology field, not several. Raises CellError."""
    found = places.technology_field(cell)
    if "keywords" in found:
        raise CellError("填了多个技术领域", "一份合同只归入一个技术领域，请只留主要的一个")
    return found


def rights(cell: Any) -> list[dict[str, str]]:
    """The numbers of the rights a contract is about, each once; whatever says that there is none is none."""
    numbers = (part.strip() for part in _BETWEEN_RIGHTS.split(plain(cell)))
    return [{"number": one} for one in dict.fromkeys(numbers) if folded(one) not in _NO_RIGHT]


def registration_status(cell: Any) -> Several:
    """Nothing is taken over: the row's number and date say whether it is registered. Raises CellError for ended ones."""
    written = folded(cell)
    if written in _IN_FORCE:
        return Several()
    raise CellError(
        f"状态为“{plain(cell)}”，不能作为有效的合同导入",
        "已注销、撤销的请在合同页面记录；未通过登记的请删去这一行或登记编号和状态",
    )
