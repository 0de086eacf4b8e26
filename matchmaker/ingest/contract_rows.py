"""What the cells of a contract's row say together: category and kind, amounts, days, parties; and which rows are none."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from matchmaker.contracts.numbers import has_odd_year
from matchmaker.ingest.values import folded
from matchmaker.models.contract_shapes import country_of
from matchmaker.models.contract_words import CATEGORY_OF, ContractCategory
from matchmaker.registration_rules import FOREIGN_NATURE, rules
from matchmaker.visibility import today

# Civil Code art. 863, in force on this day, separates licences from transfers. In older statistics 专利实施许可 is part
# of 技术转让, and stays there: figures that were reported then must come out the same (domain.md §2.1).
LICENCES_SINCE = date(2021, 1, 1)
_REQUIRED = ("seller_name", "buyer_name", "contract_value", "technology_value", "signed_on")


@dataclass(frozen=True)
class Fault:
    """What is wrong with a field once the whole row is known."""

    field: str
    reason: str
    repair: str


@dataclass
class ContractRows:
    """Completes the rows of one file. `columns`: the fields it has a column for."""

    columns: frozenset[str]
    _counted: Counter[str] = field(default_factory=Counter)

    def complete(self, values: dict[str, Any], bad: set[str]) -> Iterator[Fault]:
        """Fill in what follows from the values, and tell what does not fit. `bad`: fields whose cell is wrong already."""
        yield from self._missing(values, bad)
        yield from self._category(values, bad)
        yield from _amounts(values)
        yield from _days(values)
        yield from _parties(values)
        given, on = values.get("registration_number"), values.get("registered_on")
        self._counted["odd_number"] += bool(given and on and has_odd_year(given, on))
        if any(
            values.get(f"{side}_country", "CN") == "CN" and not values.get(f"{side}_region_code")
            for side in ("seller", "buyer")
        ):
            self._counted["no_region"] += 1

    def notes(self) -> list[str]:
        """What the reader of the report must know about the figures."""
        told = []
        if "technology_value" not in self.columns:
            told.append("表中没有“技术交易额”一列：技术交易额按合同成交额计，请核对后补填")
        if number := self._counted["as_transfer"]:
            told.append(f"{LICENCES_SINCE.year} 年前签订的专利实施许可等 {number} 份按当时的“四技”分类计入技术转让")
        if number := self._counted["as_licence"]:
            told.append(f"{number} 份许可合同原归在技术转让下，已按《民法典》的分类计入技术许可")
        if number := self._counted["odd_number"]:
            told.append(
                f"{number} 份的登记编号开头的年份与登记日期不符：请照登记证明核对，有误的请在合同页面“更正台账”"
            )
        if number := self._counted["no_region"]:
            told.append(f"{number} 行没有卖方或买方的行政区划：台账中查不到该单位地区时，不计入输出、吸纳统计")
        return told

    def _missing(self, values: dict[str, Any], bad: set[str]) -> Iterator[Fault]:
        if "technology_value" not in self.columns and "contract_value_fen" in values:
            values["technology_value_fen"] = values["contract_value_fen"]
        for column in _REQUIRED:
            name = f"{column}_fen" if column.endswith("_value") else column
            is_asked = column != "technology_value" or column in self.columns
            if is_asked and values.get(name) in (None, "") and not {column, name} & bad:
                yield Fault(column, "没有填写", _REPAIRS.get(column, "请照合同文本填写"))
        has_number, has_day = values.get("registration_number"), values.get("registered_on")
        if has_number and not has_day and "registered_on" not in bad:
            yield Fault("registered_on", "有登记编号而没有登记日期", "请补填登记日期；未登记的请删去登记编号")
        if has_day and not has_number and "registration_number" not in bad:
            yield Fault("registration_number", "有登记日期而没有登记编号", "请补填登记编号；未登记的请删去登记日期")

    def _category(self, values: dict[str, Any], bad: set[str]) -> Iterator[Fault]:
        kind, category = values.get("kind"), values.get("category")
        if kind is None or "category" in bad:
            values.pop("kind", None)
            return
        own = CATEGORY_OF[kind]
        signed_on = values.get("signed_on")
        if own is ContractCategory.LICENCE and category in (None, ContractCategory.TRANSFER):
            if signed_on is not None and signed_on < LICENCES_SINCE:
                values["category"] = ContractCategory.TRANSFER
                self._counted["as_transfer"] += 1
                return
            self._counted["as_licence"] += category is not None
            category = own
        values["category"] = category or own
        if values["category"] is not own:
            del values["kind"]
            yield Fault(
                "kind", f"“{kind.label}”不属于{values['category'].label}", f"请改填类别为{own.label}，或改填类型"
            )


_REPAIRS = {
    "technology_value": "请照登记证明填写技术交易额；没有非技术性费用时与成交额相同",
    "contract_value": "请填合同成交额；没有价款的填 0",
    "signed_on": "请填合同上的签订日期",
}


def _amounts(values: dict[str, Any]) -> Iterator[Fault]:
    whole, part = values.get("contract_value_fen"), values.get("technology_value_fen")
    if whole is not None and part is not None and part > whole:
        del values["technology_value_fen"]
        yield Fault(
            "technology_value", "技术交易额大于合同成交额", "请核对两个金额：技术交易额 = 成交额 − 非技术性费用"
        )
    currency = values.get("currency")
    if currency not in (None, "", "人民币", "元", "CNY", "RMB") and not (
        values.get("foreign_amount") and values.get("exchange_rate")
    ):
        yield Fault(
            "currency",
            "外币合同没有写明外币金额和折算汇率",
            "请补填“外币金额”“折算汇率”，成交额和技术交易额填折算后的人民币",
        )


def _days(values: dict[str, Any]) -> Iterator[Fault]:
    signed, registered = values.get("signed_on"), values.get("registered_on")
    if signed is not None and signed > today():
        yield Fault("signed_on", "签订日期晚于今天", "请核对日期")
    if registered is not None and registered > today():
        yield Fault("registered_on", "登记日期晚于今天", "请核对日期")
    elif signed is not None and registered is not None and registered < signed:
        yield Fault("registered_on", f"登记日期早于签订日期（{signed.isoformat()}）", "请核对两个日期")
    begins, ends = values.get("begins_on"), values.get("ends_on")
    if begins is not None and ends is not None and ends < begins:
        del values["ends_on"]
        yield Fault("ends_on", "合同有效期的结束早于开始", "请核对起止日期")


def _parties(values: dict[str, Any]) -> Iterator[Fault]:
    names = [folded(values.get(f"{side}_name", "")) for side in ("seller", "buyer")]
    codes = [values.get(f"{side}_credit_code") for side in ("seller", "buyer")]
    if (names[0] and names[0] == names[1]) or (codes[0] and codes[0] == codes[1]):
        yield Fault("buyer_name", "买方与卖方是同一单位", "请照合同文本核对双方名称和信用代码")
    abroad = [side for side in ("seller", "buyer") if _is_abroad(values.get(f"{side}_country"))]
    for side in abroad:
        if values.get(f"{side}_region_code"):
            yield Fault(f"{side}_country", "国别不是中国而又有行政区划", "境外单位请删去行政区划；境内单位国别填中国")
    foreign = rules().natures.entry(FOREIGN_NATURE)
    for side in ("seller", "buyer"):
        nature = values.get(f"{side}_nature")
        if foreign and side not in abroad and nature in (foreign.code, foreign.label, *foreign.aliases):
            yield Fault(
                f"{side}_country",
                "性质为境外机构，而国别为中国或没有填写",
                "在境外的请填国家或地区的名称，如 德国；在境内的请改性质",
            )
    if len(abroad) == 2:
        yield Fault("buyer_country", "双方都在境外", "技术合同由境内一方登记：请核对双方国别")


def _is_abroad(country: str | None) -> bool:
    """What is no country at all is told at its own cell."""
    written = country or "CN"
    return (country_of(written) or (written if written.isascii() else "CN")).upper() != "CN"
