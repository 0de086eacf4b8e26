"""One row → one Create shape with warnings, or all the problems of its cells at once."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from matchmaker.contact_data import without_contacts
from matchmaker.ingest import places
from matchmaker.ingest.columns import COLUMNS, Bound, Layout
from matchmaker.ingest.contract_rows import ContractRows, Fault
from matchmaker.ingest.explained import explained
from matchmaker.ingest.fields import ImportKind
from matchmaker.ingest.identifiers import is_running_number
from matchmaker.ingest.money import CellError, ForeignColumn, amount
from matchmaker.ingest.optional import is_optional, kept_as_keyword, text_home, trimmed
from matchmaker.ingest.reading import Reading
from matchmaker.ingest.report import CellProblem
from matchmaker.ingest.row_amounts import money_values
from matchmaker.ingest.values import Several, broken, is_blank, plain, words_kept
from matchmaker.ingest.watching import RowRefused
from matchmaker.models.achievement import AchievementCreate
from matchmaker.models.broker import BrokerageCreate, BrokerCreate
from matchmaker.models.contract_shapes import ContractCreate
from matchmaker.models.contract_words import ContractCategory, SigningType
from matchmaker.models.labels import Confidentiality, PosterType, PriceMode
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
_SHOWN_WORDS = 12
_WORDS = re.compile(r"[\u4e00-\u9fffA-Za-z]")
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


@dataclass(frozen=True)
class ReadRow:
    """What a row says. `create` is None where `problems` send it back; `warnings` do not."""

    create: BaseModel | None
    problems: list[CellProblem] = field(default_factory=list)
    warnings: list[CellProblem] = field(default_factory=list)


class RowReader:
    """Turns the rows of one file into Create shapes. `title_only` counts the needs that are nothing but a title;
    `kept_back` those that nothing says may be public; `unmapped` how often each word stood in a column whose list does not have it, by heading and word.
    """

    def __init__(self, kind: ImportKind, layout: Layout, source: str) -> None:
        self.kind = kind
        self.title_only = 0
        self.kept_back = 0
        self.unmapped: Counter[tuple[str, str]] = Counter()
        self._layout = layout
        self._source = source
        self._shape = SHAPES[kind]
        self._headings = {column.field: column.heading for column in reversed(COLUMNS[kind])}
        self._form_asks_problem = "problem" in layout.fields
        self._contracts = ContractRows(layout.fields) if kind is ImportKind.CONTRACTS else None

    def read(self, cells: Sequence[Any]) -> ReadRow:
        """The Create shape of the row with what was not understood in it, or every problem of every cell in it."""
        reading = self.reading(cells)
        self._complete(reading)
        if self._contracts is not None:
            for fault in self._contracts.complete(reading.values, reading.bad):
                self._note_fault(reading, cells, fault)
        create = self._create(reading, cells)
        return ReadRow(create, [] if create is not None else reading.problems, reading.warnings)

    def reading(self, cells: Sequence[Any]) -> Reading:
        """What each cell says by itself, with the problems and warnings of single cells."""
        reading = Reading()
        for bound in self._layout.bound:
            cell = cells[bound.position]
            if broken(cell) is not None or bound.column.reads_blank or not is_blank(cell):
                self._take(reading, bound, cell)
        return reading

    def notes(self) -> list[str]:
        """What was taken for granted in the rows so far, for the report."""
        words: dict[str, list[str]] = {}
        for (heading, word), count in self.unmapped.most_common():
            words.setdefault(heading, []).append(f"{word or '（空）'}（{count} 行）")
        unmapped = [
            f"“{heading}”有 {len(known)} 种写法不在列表中：{'、'.join(known[:_SHOWN_WORDS])}{'等' if len(known) > _SHOWN_WORDS else ''}；"
            "每种写法对应一次即可：--value 列名:写法=列表中的词"
            for heading, known in words.items()
        ]
        if self.kept_back:
            unmapped.append(f"有 {self.kept_back} 行没有写明可以公开，都按不公开导入；可以公开的请写“公开”后重新导入")
        return [*unmapped, *(self._contracts.notes() if self._contracts is not None else [])]

    def refusal(self, cells: Sequence[Any], refused: RowRefused) -> CellProblem:
        """The refusal of a row as the problem of the cell it is about, if the file has that column."""
        bound = next((one for one in self._layout.bound if one.column.field == refused.field), None)
        if bound is None:
            return CellProblem("", "", refused.reason, refused.repair)
        return self._problem(bound, cells[bound.position], refused.reason, refused.repair)

    def _take(self, reading: Reading, bound: Bound, cell: Any) -> None:
        name, column = bound.column.field, bound.column
        try:
            if (fault := broken(cell)) is not None:
                raise fault.refusal()
            value: Any = None
            if column.money:
                value = money_values(name, amount(cell, bound.heading, bound.unit, by_hand=bound.unit_by_hand))
            value = column.read(cell) if value is None else value
            self._put(reading, bound, value if isinstance(value, Several) else {name: value})
        except CellError as error:
            if isinstance(error, ForeignColumn) or not is_optional(self.kind, name):
                reading.problems.append(self._problem(bound, cell, error.reason, error.repair))
                reading.bad.update((name, *_FIELDS_OF.get(name, ())))
            else:
                self._keep(reading, bound, cell, error)

    def _put(self, reading: Reading, bound: Bound, values: Mapping[str, Any]) -> None:
        for name, value in values.items():
            reading.put(bound, name, value)

    def _keep(self, reading: Reading, bound: Bound, cell: Any, error: CellError) -> None:
        """An optional cell that was not understood: a warning, and what can be kept of it."""
        reading.warnings.append(self._problem(bound, cell, error.reason, error.repair))
        name = bound.column.field
        kept = {key or name: value for key, value in error.kept.items()}
        if name == "status":
            # Nobody knows whether it may be published: officials look at it first.
            kept = {"status": "pending"}
        if name == "confidentiality":
            # What nobody can read is not known to be public.
            kept.setdefault(name, Confidentiality.DIRECTED)
            self.kept_back += 1
        # Unless another column has said it more clearly.
        with suppress(CellError):
            self._put(reading, bound, {key: value for key, value in kept.items() if key in self._known})
        if error.is_code:
            self.unmapped.update((bound.heading, _shown(word)) for word in error.words or [plain(cell)])
        # Digits alone, without their unit, would only mislead.
        if error.as_text and not (bound.column.money and not _WORDS.search(plain(cell))):
            reading.remarks.append((name, f"{bound.heading}：{plain(cell)}"))

    @property
    def _known(self) -> frozenset[str]:
        return frozenset(self._shape.model_fields) | self._layout.fields

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
        if (written := values.get("source_id")) and is_running_number(str(written)):
            del values["source_id"]
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
        low, high = values.get("budget_min_fen"), values.get("budget_max_fen")
        if low is not None and high is not None and low > high:
            for name in ("budget_min_fen", "budget_max_fen"):
                del values[name]
            heading = reading.origin["budget_min_fen"].heading
            reading.warnings.append(CellProblem(heading, "", "预算下限高于上限，都没有导入", "请核对两个数和单位"))
        has_content = any(values.get(name) or name in reading.bad for name in _CONTENT)
        if not has_content and not self._form_asks_problem and values.get("title"):
            # A list of titles, each naming object and problem, is a usable list: the title is the description.
            values["description"] = values["title"]
            reading.origin["description"] = reading.origin["title"]
            self.title_only += 1

    def _remark(self, reading: Reading) -> None:
        """Words of cells that were not understood go where people read them."""
        for name, remark in reading.remarks:
            home = text_home(self.kind, name)
            if home is not None:
                held = reading.values.get(home) or ""
                reading.values[home] = f"{held}\n{remark}" if held else remark
        for warning in trimmed(self.kind, self._shape, reading.values):
            bound = reading.origin.get(warning.column)
            heading = bound.heading if bound is not None else self._headings.get(warning.column, warning.column)
            reading.warnings.append(CellProblem(heading, "", warning.reason, warning.repair))

    def _create(self, reading: Reading, cells: Sequence[Any]) -> BaseModel | None:
        """The shape; else None, with the problems noted. What is bad is replaced and checked again: all are found."""
        self._remark(reading)
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
                    rejected = values.pop(name, None)
                    if is_optional(self.kind, name):
                        if kept_as_keyword(name) and isinstance(rejected, str):
                            values["keywords"] = [*values.get("keywords", []), *words_kept([rejected])]
                    elif name in required or name in _CONTENT:
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
            reason, repair = explained(error, self._headings.get(name, name))
            bound = reading.origin.get(name)
            noted = CellProblem(self._headings.get(name, name), "", reason, repair)
            if bound is not None:
                noted = self._problem(bound, cells[bound.position], reason, repair)
                if kept_as_keyword(name):
                    self.unmapped[bound.heading, noted.value] += 1
            is_warning = bool(name) and is_optional(self.kind, name)
            (reading.warnings if is_warning else reading.problems).append(noted)
            bad.add(name)
        return bad - {""}

    def _problem(self, bound: Bound, cell: Any, reason: str, repair: str) -> CellProblem:
        is_private = bound.column.field.rpartition(".")[2] in PRIVATE_FIELDS
        shown = _HIDDEN_VALUE if is_private else _shown(plain(cell))
        return CellProblem(bound.heading, shown, without_contacts(reason), repair)


def _shown(text: str) -> str:
    """A cell in a message: short, and without the telephone number that somebody wrote into the wrong column."""
    return without_contacts(text if len(text) <= _SHOWN_LENGTH else text[:_SHOWN_LENGTH] + "…")


_FIELDS_OF = {
    "budget": ("budget_min_fen", "budget_max_fen"),
    "budget_min": ("budget_min_fen",),
    "budget_max": ("budget_max_fen",),
    "price": ("price_fen",),
    "owner": ("owner_name",),
}


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
