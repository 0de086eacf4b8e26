"""One row → one Create shape, or all the problems of its cells at once."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from matchmaker.ingest import places
from matchmaker.ingest.columns import COLUMNS, Bound, Layout
from matchmaker.ingest.contract_rows import ContractRows, Fault
from matchmaker.ingest.fields import ImportKind
from matchmaker.ingest.money import Amount, CellError, amount
from matchmaker.ingest.reading import Reading
from matchmaker.ingest.report import CellProblem
from matchmaker.ingest.values import Several, is_blank, plain
from matchmaker.ingest.watching import RowRefused
from matchmaker.models.achievement import AchievementCreate
from matchmaker.models.broker import BrokerageCreate, BrokerCreate
from matchmaker.models.contract_shapes import ContractCreate
from matchmaker.models.contract_words import ContractCategory, SigningType
from matchmaker.models.labels import PosterType, PriceMode
from matchmaker.models.need import NeedCreate
from matchmaker.models.party import EnterpriseCreate, InstitutionCreate
from matchmaker.models.target import AchievementRegistrationCreate, SigningCreate

SHAPES: dict[ImportKind, type[BaseModel]] = {
    ImportKind.NEEDS: NeedCreate,
    ImportKind.ACHIEVEMENTS: AchievementCreate,
    ImportKind.ENTERPRISES: EnterpriseCreate,
    ImportKind.INSTITUTIONS: InstitutionCreate,
    ImportKind.BROKERS: BrokerCreate,
    ImportKind.BROKERAGES: BrokerageCreate,
    ImportKind.CONTRACTS: ContractCreate,
    ImportKind.ACHIEVEMENT_REGISTRATIONS: AchievementRegistrationCreate,
    ImportKind.SIGNINGS: SigningCreate,
}
# Whose cells are never shown in a message.
PRIVATE_FIELDS = frozenset({"contact", "contact_name", "contact_phone", "contact_email", "team", "address"})

_CONTENT = ("problem", "description", "goal", "key_technology", "key_indicators")
_SHOWN_LENGTH = 60
_HIDDEN_VALUE = "（不显示）"
# What stands for a bad required value, so that the rest of the row is checked too; the row goes back anyway.
_STAND_INS: dict[str, Any] = {
    "key_indicators": [],
    "category": ContractCategory.SERVICE,
    "signing_type": SigningType.INTENT,
    "signed_on": date(2000, 1, 1),
    "registered_on": date(2000, 1, 1),
    "registered_number": "待更正的编号",
}
_STAND_IN = "待更正"


class RowReader:
    """Turns the rows of one file into Create shapes. `title_only` counts the needs that are nothing but a title."""

    def __init__(self, kind: ImportKind, layout: Layout, source: str) -> None:
        self.kind = kind
        self.title_only = 0
        self._layout = layout
        self._source = source
        self._shape = SHAPES[kind]
        self._headings = {column.field: column.heading for column in reversed(COLUMNS[kind])}
        self._form_asks_problem = "problem" in layout.fields
        self._contracts = ContractRows(layout.fields) if kind is ImportKind.CONTRACTS else None

    def read(self, cells: Sequence[Any]) -> BaseModel | list[CellProblem]:
        """The Create shape of the row, or every problem of every cell in it."""
        reading = self.reading(cells)
        self._complete(reading)
        if self._contracts is not None:
            for fault in self._contracts.complete(reading.values, reading.bad):
                self._note_fault(reading, cells, fault)
        create = self._create(reading, cells)
        return create if create is not None else reading.problems

    def reading(self, cells: Sequence[Any]) -> Reading:
        """What each cell says by itself, with the problems of single cells."""
        reading = Reading()
        for bound in self._layout.bound:
            cell = cells[bound.position]
            if not is_blank(cell):
                self._take(reading, bound, cell)
        return reading

    def notes(self) -> list[str]:
        """What was taken for granted in the rows so far, for the report."""
        return self._contracts.notes() if self._contracts is not None else []

    def refusal(self, cells: Sequence[Any], refused: RowRefused) -> CellProblem:
        """The refusal of a row as the problem of the cell it is about, if the file has that column."""
        bound = next((one for one in self._layout.bound if one.column.field == refused.field), None)
        if bound is None:
            return CellProblem("", "", refused.reason, refused.repair)
        return self._problem(bound, cells[bound.position], refused.reason, refused.repair)

    def _take(self, reading: Reading, bound: Bound, cell: Any) -> None:
        name = bound.column.field
        try:
            value = _money(name, amount(cell, bound.heading, bound.unit)) if bound.column.money else None
            value = bound.column.read(cell) if value is None else value
            for key, part in value.items() if isinstance(value, Several) else [(name, value)]:
                reading.put(bound, key, part)
        except CellError as error:
            reading.problems.append(self._problem(bound, cell, error.reason, error.repair))
            reading.bad.update((name, *_FIELDS_OF.get(name, ())))

    def _note_fault(self, reading: Reading, cells: Sequence[Any], fault: Fault) -> None:
        bound = next((one for one in self._layout.bound if one.column.field == fault.field), None)
        if bound is None:
            heading = self._headings.get(fault.field, fault.field)
            reading.problems.append(CellProblem(heading, "", fault.reason, fault.repair))
        else:
            reading.problems.append(self._problem(bound, cells[bound.position], fault.reason, fault.repair))
        reading.bad.add(fault.field)

    def _complete(self, reading: Reading) -> None:
        """What several columns say together."""
        values = reading.values
        _gather(reading, "elements")
        for details in ("seller_details", "buyer_details"):
            _gather(reading, details)
        if self.kind is ImportKind.NEEDS:
            self._complete_need(reading)
        if self.kind is ImportKind.ACHIEVEMENTS:
            if owner := values.pop("owner", None):
                _fill(reading, "owner", places.owner(owner))
            if values.get("price_fen") is not None:
                values.setdefault("price_mode", PriceMode.FIXED)

    def _complete_need(self, reading: Reading) -> None:
        values = reading.values
        if poster := values.pop("poster", None):
            given = values.get("poster_type")
            _fill(reading, "poster", places.poster(poster, given if isinstance(given, PosterType) else None))
        has_content = any(values.get(name) or name in reading.bad for name in _CONTENT)
        if not has_content and not self._form_asks_problem and values.get("title"):
            # A list of titles, each naming object and problem, is a usable list: the title is the description.
            values["description"] = values["title"]
            reading.origin["description"] = reading.origin["title"]
            self.title_only += 1

    def _create(self, reading: Reading, cells: Sequence[Any]) -> BaseModel | None:
        """The shape; else None, with the problems noted. What is bad is replaced and checked again: all are found."""
        values = {**reading.values, "source": self._source}
        required = {name for name, info in self._shape.model_fields.items() if info.is_required()}
        for name in reading.bad & (required | (set(_CONTENT) if self.kind is ImportKind.NEEDS else set())):
            values[name] = _STAND_INS.get(name, _STAND_IN)
        if "key_indicators" in reading.bad:
            values.setdefault("problem", _STAND_IN)
        while True:
            try:
                create = self._shape.model_validate(values)
            except ValidationError as error:
                bad = self._note(error.errors(include_url=False), reading, cells)
                if not bad:
                    return None
                for name in bad:
                    values.pop(name, None)
                    if name in required or name in _CONTENT:
                        values[name] = _STAND_INS.get(name, _STAND_IN)
            else:
                return None if reading.problems else create

    def _note(self, errors: list[ErrorDetails], reading: Reading, cells: Sequence[Any]) -> set[str]:
        """Note each bad field once; return their names. A problem of the whole row has none."""
        bad: set[str] = set()
        for error in errors:
            name = str(error["loc"][0]) if error["loc"] else ""
            if name in bad:
                continue
            reason, repair = _explained(error, self._headings.get(name, name))
            bound = reading.origin.get(name)
            if bound is not None:
                reading.problems.append(self._problem(bound, cells[bound.position], reason, repair))
            else:
                reading.problems.append(CellProblem(self._headings.get(name, name), "", reason, repair))
            bad.add(name)
        return bad - {""}

    def _problem(self, bound: Bound, cell: Any, reason: str, repair: str) -> CellProblem:
        shown = plain(cell)
        if bound.column.field.rpartition(".")[2] in PRIVATE_FIELDS:
            shown = _HIDDEN_VALUE
        elif len(shown) > _SHOWN_LENGTH:
            shown = shown[:_SHOWN_LENGTH] + "…"
        return CellProblem(bound.heading, shown, reason, repair)


_FIELDS_OF = {
    "budget": ("budget_min_fen", "budget_max_fen"),
    "budget_min": ("budget_min_fen",),
    "budget_max": ("budget_max_fen",),
    "price": ("price_fen",),
    "owner": ("owner_name",),
}
# Amounts of contracts: one number each.
_EXACT = frozenset({"contract_value", "technology_value", "new_investment", "new_output"})


def _gather(reading: Reading, whole: str) -> None:
    """Columns that are parts of one field (`elements.material`) become that field."""
    parts = {key: reading.values.pop(key) for key in list(reading.values) if key.startswith(f"{whole}.")}
    if parts:
        given = reading.values.get(whole)
        stated = {key.partition(".")[2]: value for key, value in parts.items()}
        reading.values[whole] = {**stated, **(given if isinstance(given, Mapping) else {})}
        reading.origin.setdefault(whole, reading.origin[next(iter(parts))])


def _fill(reading: Reading, column: str, found: Mapping[str, Any]) -> None:
    bound = reading.origin[column]
    for name, value in found.items():
        if reading.values.get(name) in (None, ""):
            reading.values[name] = value
            reading.origin[name] = bound


def _money(name: str, said: Amount) -> Several:
    low, high = said.low, said.high
    if name in _EXACT:
        if low is None or low != high:
            raise CellError("应为一个确定的数", "请照合同文本填一个数")
        return Several({f"{name}_fen": low})
    if name == "price":
        if said.negotiable:
            return Several(price_mode=PriceMode.NEGOTIABLE)
        if low is None or low != high:
            raise CellError("价格应为一个数", "请填一个数，或填“面议”")
        return Several(price_fen=low)
    if said.negotiable:
        return Several(budget_negotiable=True)
    if low == 0 and high == 0:
        raise CellError("预算为 0", "预算应大于 0；还没有定请填“面议”")
    if low == high:
        # One number: the end its heading names; a total is the most they will spend.
        return Several(budget_min_fen=low) if name == "budget_min" else Several(budget_max_fen=high)
    ends = {"budget_min_fen": low, "budget_max_fen": high}
    return Several({end: fen for end, fen in ends.items() if fen is not None})


def _explained(error: ErrorDetails, label: str) -> tuple[str, str]:
    """A validation error in the user's words: never its input, which may be contact data."""
    kind, context = error["type"], error.get("ctx", {})
    if kind == "value_error":
        message = str(context["error"])
        for mark in ("，可填：", "：请", "：应为"):
            reason, found, rest = message.partition(mark)
            if found:
                return reason, f"{mark[1:] if mark != '，可填：' else '请填：'}{rest}"
        return message, "请按提示修改"
    if kind == "string_too_long":
        return f"超过 {context['max_length']} 个字", f"请缩短到 {context['max_length']} 个字以内"
    if kind == "missing" or (kind == "string_too_short" and not error["input"]):
        return "没有填写", f"请填写{label}"
    if kind == "string_too_short":
        return f"少于 {context['min_length']} 个字", f"请写完整，至少 {context['min_length']} 个字"
    if kind in ("greater_than_equal", "less_than_equal"):
        limit, word = (context["ge"], "小于") if "ge" in context else (context["le"], "大于")
        return f"{word} {limit}", "请核对数值和单位"
    if kind == "extra_forbidden":
        return f"有不认识的内容“{error['loc'][-1]}”", "请去掉它，或改用模板中的写法"
    return "内容的格式不对", "请对照导入模板的“填写说明”修改"
