"""The form itself 征集表: labels on the left, what is filled in to the right; each form is one record.

Labels are known by the same dictionary as headings. A sheet may hold one form or several below each other.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from matchmaker.ingest.columns import column_for, is_ignored, joined, normalised
from matchmaker.ingest.fields import ImportKind
from matchmaker.ingest.sheets import NumberedRow
from matchmaker.ingest.values import is_blank, plain

# A longer cell is an answer, not a label.
_LONGEST_LABEL = 40
# Two characters (企业, 单位, 材料) may as well be an answer; so may what is ticked.
_SHORTEST_SURE = 3
_TICKS = ("□", "☐", "☑", "√", "✓", "✔", "■", "☒", "○", "●")
# Texts that have been looked up: the same firm stands in many rows.
_REMEMBERED = 5_000
_COLONS = (":", "：")
# The headings of a sheet that explains the fields of a form; two of them in a row say so.
_EXPLAINING = frozenset(
    (
        "列",
        "字段",
        "字段名",
        "字段名称",
        "必填",
        "是否必填",
        "怎样填",
        "说明",
        "填写说明",
        "填表说明",
        "字段说明",
        "填写要求",
        "示例",
        "样例",
        "可填内容",
    )
)
# Columns of a form, thin ones of its drawing included.
_WIDEST = 100
_LEAST_ROWS = _LEAST_FIELDS = 3


@dataclass
class Form:
    """One form: number of its first row, label → what is filled in; every label of it, filled in or not."""

    number: int
    values: dict[str, Any] = field(default_factory=dict)

    def put(self, label: str, value: Any) -> None:
        """A second answer to the same label is another one: `联系人（2）`."""
        held = self.values.get(label)
        if held in (None, "") or value in (None, "") or held == value:
            self.values[label] = value if held in (None, "") else held
            return
        number = 2
        while self.values.get(f"{label}（{number}）") not in (None, "", value):
            number += 1
        self.values[f"{label}（{number}）"] = value

    def add(self, label: str, more: Any) -> None:
        """Another cell of the same answer."""
        held = self.values.get(label)
        self.values[label] = more if held in (None, "") else f"{plain(held)} {plain(more)}"


@dataclass(frozen=True)
class FormSheet:
    """A sheet that holds forms: how many fields the best of its first rows answers, and whether its name is one.

    `is_sideways`: every label has several answers beside it; that is a list turned on its side, or an explanation of
    the form's fields, and read as neither.
    """

    recognised: int
    has_name: bool
    is_sideways: bool


class Labels:
    """What in a sheet is a label. `column_map` (label → field) adds to what is recognised."""

    def __init__(self, kind: ImportKind, column_map: Mapping[str, str], first: Iterable[Sequence[Any]]) -> None:
        self._kind = kind
        self._fields: dict[str, str] = {}
        self._named = {normalised(name): field for name, field in column_map.items()}
        counts: dict[int, int] = {}
        for row in first:
            for position, cell in enumerate(row[:_WIDEST]):
                if self.is_label(cell):
                    counts[position] = counts.get(position, 0) + 1
        self._columns = frozenset(position for position, count in counts.items() if count >= 2)

    def field(self, text: str) -> str:
        """The field the label asks for; empty for none."""
        if (known := self._fields.get(text)) is not None:
            return known
        column = column_for(self._kind, self._named.get(normalised(text)) or text)
        field = column.field if column is not None else ""
        if len(self._fields) < _REMEMBERED:
            self._fields[text] = field
        return field

    def is_label(self, cell: Any) -> bool:
        if not isinstance(cell, str) or not 0 < len(cell) <= _LONGEST_LABEL:
            return False
        text = plain(cell)
        if not text or text.startswith(_TICKS):
            return False
        return text.endswith(_COLONS) or bool(self.field(text)) or is_ignored(text)

    def is_sure(self, cell: Any, position: int) -> bool:
        """A label even where an answer is expected."""
        return self.is_label(cell) and (position in self._columns or len(normalised(cell)) >= _SHORTEST_SURE)

    def stands_among_labels(self, cell: Any, position: int) -> bool:
        """Not known, but in a column of labels."""
        text = plain(cell)
        return position in self._columns and isinstance(cell, str) and _might_label(text)


def leading_labels(labels: Labels, rows: Iterable[Sequence[Any]]) -> int:
    """How many of the rows begin with a label, each counted once."""
    first = (next((cell for cell in row if not is_blank(cell)), None) for row in rows)
    return len({normalised(cell) for cell in first if isinstance(cell, str) and labels.is_label(cell)})


def form_sheet(labels: Labels, rows: Iterable[NumberedRow]) -> FormSheet | None:
    """What the first rows are as a form; None when they are none: few labels, or all of them in a row or two."""
    first = list(rows)
    explains = any(sum(plain(cell) in _EXPLAINING for cell in cells) >= 2 for _, cells in first)
    label_rows = wide_rows = 0
    leading: set[str] = set()
    for _, cells in first:
        filled = [(position, cell) for position, cell in enumerate(cells[:_WIDEST]) if not is_blank(cell)]
        label_rows += any(labels.is_label(cell) or _inline(labels, cell) is not None for _, cell in filled)
        if filled and labels.is_label(filled[0][1]):
            answers = [cell for at, cell in filled[1:] if not labels.is_sure(cell, at)]
            wide_rows += 1 < len(answers) == len(filled) - 1 and not any(
                labels.stands_among_labels(cell, at) or plain(cell).startswith(_TICKS) for at, cell in filled[1:]
            )
            if len(normalised(plain(filled[0][1]))) >= _SHORTEST_SURE:
                leading.add(labels.field(plain(filled[0][1])))
    answered = [
        {labels.field(label) for label, value in form.values.items() if not is_blank(value)}
        for form in read_forms(labels, first)
    ]
    best = max((len((fields | leading) - {""}) for fields in answered), default=0)
    if label_rows < _LEAST_ROWS or best < _LEAST_FIELDS:
        return None
    known = {labels.field(label) for form in read_forms(labels, first) for label in form.values}
    is_sideways = explains or wide_rows * 2 > label_rows
    return FormSheet(best, bool(known & {"title", "name"}) and not is_sideways, is_sideways)


def read_forms(labels: Labels, rows: Iterable[NumberedRow]) -> Iterator[Form]:
    """The forms in these rows, one after the other. A form ends where its first label, or its name, is asked again.

    Where only the name is asked again (需求一, 需求二 of one firm), what stood before the first name holds for the next.
    """
    form: Form | None = None
    opening = above = ""
    common: dict[str, Any] = {}
    for number, cells in rows:
        pairs, above = _pairs(labels, cells, above)
        for label, answer, is_more in pairs:
            field = labels.field(label)
            is_name = field in ("title", "name")
            if form is not None and not is_more and label in form.values:
                is_again = is_name and not is_blank(form.values[label])
                if label == opening or is_again:
                    yield form
                    form = Form(number, dict(common)) if is_again and label != opening else None
            if form is None:
                if not field:
                    # Lines above the form: 填报单位（盖章）：
                    continue
                form, opening, common = Form(number), label, {}
            if is_name and label not in form.values:
                common = dict(form.values)
            if is_more:
                form.add(label, answer)
            else:
                form.put(label, answer)
    if form is not None:
        yield form


def _pairs(labels: Labels, cells: Sequence[Any], above: str) -> tuple[list[tuple[str, Any, bool]], str]:
    """Label and answer of each pair in the row, whether it goes on with an answer; and the label that fills the row.

    `above` is the label that filled the row before: its answer may be all there is in this one.
    """
    filled = [(position, cell) for position, cell in enumerate(cells[:_WIDEST]) if not is_blank(cell)]
    if len(filled) == 1 and not labels.is_label(filled[0][1]) and not _inline(labels, filled[0][1]):
        return ([(above, filled[0][1], True)] if above else []), above
    pairs: list[tuple[str, Any, bool]] = []
    group, asked, asked_at, last = "", "", 0, ""
    for index, (position, cell) in enumerate(filled):
        text = joined([plain(cell)])
        if not asked and (inline := _inline(labels, cell)):
            pairs.append((*inline, False))
            last = inline[0]
        elif asked and labels.field(asked + text) and not labels.field(text) and _might_label(text):
            # 拟投入资金 | 最低 | 50: the first of them is the group of the others.
            group, asked, asked_at = asked, joined([asked, text]), position
        elif not asked and group and labels.field(group + text) and _might_label(text):
            asked, asked_at = joined([group, text]), position
        elif asked and labels.is_sure(cell, position):
            pairs.append((asked, "", False))
            group, asked, asked_at = asked, text, position
        elif asked and position - asked_at >= 2 and labels.stands_among_labels(cell, position):
            pairs.append((asked, "", False))
            asked, asked_at = text, position
        elif asked:
            pairs.append((asked, cell, False))
            last, asked = asked, ""
        elif (
            labels.is_label(cell)
            or labels.stands_among_labels(cell, position)
            or (_might_label(text) and index + 1 < len(filled) and not labels.is_label(filled[index + 1][1]))
        ):
            asked, asked_at = text, position
        elif last:
            pairs.append((last, cell, True))
    if asked:
        pairs.append((asked, "", False))
    return pairs, asked if len(filled) == 1 else ""


def _inline(labels: Labels, cell: Any) -> tuple[str, str] | None:
    """Label and answer in one cell: `联系人：张三`."""
    if not isinstance(cell, str):
        return None
    text = plain(cell)
    label, _, answer = text.replace("：", ":", 1).partition(":")
    is_known = 0 < len(label) <= _LONGEST_LABEL and bool(labels.field(label))
    return (label, answer.strip()) if is_known and answer.strip() else None


def _might_label(text: str) -> bool:
    """Short, without digits or ticks: as labels are that nobody has told us of."""
    is_short = 0 < len(text) <= 14
    return is_short and not text.startswith(_TICKS) and not any(one.isdigit() for one in text)
