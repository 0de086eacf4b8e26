"""What is typed into the forms, as it is typed, and the values of a shape it stands for. Both ways.

A draft keeps texts and lists of texts only: nothing that was typed is lost, however wrong it is.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from matchmaker.ingest.money import CellError, Unit, amount
from matchmaker.models.disclosure import Disclosure
from matchmaker.models.outbox import RecordKind
from matchmaker.models.parts import ELEMENT_LABELS
from matchmaker.money import FEN_PER_WAN, FEN_PER_YUAN
from matchmaker.posting.fields import AMOUNT_CONFIRMED, FORMS, Rows

Typed = Mapping[str, Any]

# The largest amount that is taken in 万元 without asking: a single development of more than 100 million yuan is rare,
# a number typed in 元 under “万元” is not (domain rule V16).
LARGEST_UNASKED_FEN = 10_000 * FEN_PER_WAN
# Far above the longest form (some 20,000 characters of text in 60 fields): beyond it somebody fills the database.
_LONGEST_TYPED = 200_000


@dataclass(frozen=True)
class Stated:
    """The values of a shape that a form states, and by field what cannot be read."""

    values: dict[str, Any]
    problems: dict[str, str]


def typed_from(kind: RecordKind, pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The fields of the form among the pairs, exactly as typed; what is no field of the form is left out.

    Fields that repeat (ticked boxes, columns of rows) are lists in the order of the page, blanks included.
    """
    form = FORMS[kind]
    single, repeated = form.single_names, form.repeated_names
    typed: dict[str, Any] = {}
    length = 0
    for name, value in pairs:
        length += len(value)
        if length > _LONGEST_TYPED:
            break
        if name in repeated:
            typed.setdefault(name, []).append(value)
        elif name in single:
            typed[name] = value
    return typed


def stated(kind: RecordKind, typed: Typed) -> Stated:
    """The values of a Create shape; a field that is not filled in is stated as empty."""
    form = FORMS[kind]
    values: dict[str, Any] = {name: _text(typed, name) for name in form.texts}
    problems: dict[str, str] = {}
    values |= {name: _text(typed, name) or None for name in form.choices}
    values |= {name: _text(typed, name) or default for name, default in form.defaulted.items()}
    values |= {name: bool(_text(typed, name)) for name in form.flags}
    values |= {name: [one for one in typed.get(name, []) if one] for name in form.ticked}
    values |= {name: _lines(_text(typed, name)) for name in form.lines}
    values |= {name: _words(_text(typed, name)) for name in form.words}
    values |= {rows.field: _rows(rows, typed) for rows in form.rows}
    values["elements"] = {name: _text(typed, f"element_{name}") for name in ELEMENT_LABELS}
    values["disclosure"] = {
        name: level
        for name in form.disclosable
        if (level := _text(typed, f"disclosure_{name}")) and level != Disclosure.PUBLIC
    }
    for name, field in form.money.items():
        _take(
            values,
            problems,
            name,
            field,
            lambda text: _fen(text, confirmed=bool(_text(typed, AMOUNT_CONFIRMED))),
            typed,
        )
    for name in form.dates:
        _take(values, problems, name, name, _date, typed)
    return Stated(values, problems)


def as_typed(kind: RecordKind, record: BaseModel) -> dict[str, Any]:
    """The form that states this record (or shape): `stated` of it gives the record's values again."""
    form = FORMS[kind]
    plain = record.model_dump(mode="json")
    typed: dict[str, Any] = {}
    for name in (*form.texts, *form.choices, *form.defaulted, *form.dates):
        typed[name] = "" if plain.get(name) is None else str(plain[name])
    typed |= {name: "1" for name in form.flags if plain[name]}
    typed |= {name: list(plain[name]) for name in form.ticked}
    typed |= {name: "\n".join(plain[name]) for name in form.lines}
    # The mark at the end keeps a single word of several parts (“PLC 控制”) in one piece.
    typed |= {name: "、".join(plain[name]) + ("、" if len(plain[name]) == 1 else "") for name in form.words}
    for rows in form.rows:
        typed |= {
            typed_name: ["" if one[column] is None else one[column] for one in plain[rows.field]]
            for column, typed_name in rows.columns.items()
        }
    typed |= {f"element_{name}": text for name, text in plain["elements"].items()}
    typed |= {f"disclosure_{name}": level for name, level in plain["disclosure"].items()}
    for name, field in form.money.items():
        typed[name] = "" if plain[field] is None else _wan(plain[field])
    if any((plain[field] or 0) > LARGEST_UNASKED_FEN for field in form.money.values()):
        typed[AMOUNT_CONFIRMED] = "1"
    return typed


def typed_rows(rows: Rows, typed: Typed) -> list[dict[str, str]]:
    """The rows of a repeated part as typed, one dictionary each; rows without a single character are left out."""
    columns = [typed.get(name, []) for name in rows.columns.values()]
    height = max((len(column) for column in columns), default=0)
    found = [
        {column: cells[row] if row < len(cells) else "" for column, cells in zip(rows.columns, columns, strict=True)}
        for row in range(height)
    ]
    # A choice alone says nothing: its first value stands there by itself.
    return [one for one in found if any(text.strip() for name, text in one.items() if name not in rows.choices)]


def _rows(rows: Rows, typed: Typed) -> list[dict[str, Any]]:
    return [
        {column: cell.strip() or None if column in rows.optional else cell.strip() for column, cell in row.items()}
        for row in typed_rows(rows, typed)
    ]


def _take(
    values: dict[str, Any],
    problems: dict[str, str],
    name: str,
    field: str,
    read: Callable[[str], Any],
    typed: Typed,
) -> None:
    text = _text(typed, name)
    try:
        values[field] = read(text) if text else None
    except ValueError as error:
        values[field] = None
        problems[name] = str(error)


def _fen(text: str, *, confirmed: bool) -> int:
    """An amount in 万元 unless another unit is written. Raises ValueError, also to ask back what looks typed in 元."""
    bare = re.fullmatch(r"[\d,，.\s]+", text) is not None
    try:
        read = amount(f"{text}万元" if bare else text, "金额", Unit.WAN)
    except CellError as error:
        raise ValueError(f"{error.reason}：请填一个数，单位为万元，如 80") from error
    if read.low is None or read.low != read.high:
        raise ValueError("请只填一个数，单位为万元，如 80；面议请勾选“面议”")
    if bare and read.low > LARGEST_UNASKED_FEN and not confirmed:
        number = read.low // FEN_PER_WAN
        raise ValueError(
            f"{number:,} 万元超过 1 亿元，像是按元填的：如是 {number:,} 元，请填 {_wan(number * FEN_PER_YUAN)}；"
            "金额确实如此，请勾选“金额无误”"
        )
    return read.low


def _wan(fen: int) -> str:
    """An amount in 万元 to the fen, as one would type it."""
    return f"{(Decimal(fen) / FEN_PER_WAN).normalize():f}"


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError("应为日期，如 2027-06-30") from error


def _text(typed: Typed, name: str) -> str:
    # A browser sends line ends as CR LF.
    return str(typed.get(name, "")).replace("\r\n", "\n").strip()


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _words(text: str) -> list[str]:
    """Words between 、，； or line ends; where there are none of these, between blanks."""
    separator = r"[、，,；;\n]" if re.search(r"[、，,；;\n]", text) else r"\s"
    return [word.strip() for word in re.split(separator, text) if word.strip()]
