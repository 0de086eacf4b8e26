"""One cell → one value. Every reader raises CellError with the reason and the repair in the user's words."""

import json
import re
import unicodedata
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from matchmaker.ingest.money import CellError
from matchmaker.models.labels import MATURITY_LABELS, Labelled

L = TypeVar("L", bound=Labelled)

# What people write into a cell they have nothing to say in.
_NOTHING = frozenset(
    ("-", "--", "—", "——", "－", "/", "\\", "无", "暂无", "空", "不详", "未知", "n/a", "na", "null", "none", "未填")
)
_INVISIBLE = re.compile(r"_x000D_|[\x00-\x08\x0b\x0c\x0e-\x1f\u200b-\u200f\ufeff\ufffe]")
_LIST_MARKS = re.compile(r"[、；;,，/|\n]+")
_SENTENCE_MARKS = re.compile(r"[；;\n]+")
_NUMBERING = re.compile(r"^\s*(?:[（(]\d{1,2}[)）]|\d{1,2}[)）、]|\d{1,2}[.．](?!\d)|[①-⑳])\s*")
_TICKED = re.compile(r"[☑√✓✔■☒]\s*([^☑√✓✔■☒□☐\s、；;,，]+)")
_UNTICKED = re.compile("[□☐]")
_DAY = re.compile(r"(\d{4})(?:年|[-/.])(\d{1,2})(?:月|[-/.])(\d{1,2})日?(?:[T ]\d{1,2}:\d{2}.*)?|(\d{4})(\d{2})(\d{2})")
_MONTH = re.compile(r"(\d{4})(?:年|[-/.])(\d{1,2})月?")
_YEAR = re.compile(r"(\d{4})年?")
_NO_LIMIT = frozenset(("长期", "长期有效", "不限", "无期限"))
# Serial 1 is 1900-01-01 in Excel, which also counts a 29 February 1900 that never was: day 0 for all later dates.
_EXCEL_DAY_ZERO = date(1899, 12, 30)
_EXCEL_SERIALS = range(18264, 80000)  # 1950 to 2118: smaller numbers are years or typing slips
_YEARS = range(1950, 2101)
_DATE_REPAIR = "请写成 2027-06-30 或 2027年6月30日"


class Several(dict[str, Any]):
    """Values for several fields, from a cell that answers more than one question."""


def plain(cell: Any) -> str:
    """The cell as its author sees it: no control characters, 13800000000.0 without the point, dates as 2027-06-30."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, (list, tuple)):
        return "；".join(plain(one) for one in cell)
    if isinstance(cell, dict):
        return "；".join(f"{key}：{plain(value)}" for key, value in cell.items())
    text = str(cell).replace("\r\n", "\n").replace("\r", "\n")
    return _INVISIBLE.sub("", text).replace("\u00a0", " ").strip()


def is_blank(cell: Any) -> bool:
    """Nothing in it, or one of the marks people put where there is nothing to say."""
    if cell is None or cell == "":
        return True
    if not isinstance(cell, str):
        return isinstance(cell, (list, tuple, dict)) and not cell
    text = plain(cell)
    return not text or (len(text) <= 4 and text.lower() in _NOTHING)


def folded(cell: Any) -> str:
    """For comparing: full-width forms and blanks make no difference."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", plain(cell)))


def text(cell: Any) -> str:
    """Free text, as written."""
    return plain(cell)


def structured(cell: Any) -> Any:
    """The list or object of a data file, also where a returned table holds it as JSON text; None for other cells."""
    if isinstance(cell, str) and cell.lstrip().startswith(("[{", "{")):
        with suppress(ValueError, RecursionError):
            return json.loads(cell)
    return cell if isinstance(cell, (list, dict)) else None


def line(cell: Any) -> str:
    """A name or title: line breaks inside, which a narrow column makes people type, are dropped."""
    return re.sub(r"\s*\n\s*", "", plain(cell))


def words(cell: Any) -> Any:
    """Short words of a list: separated by 、；;,，/ or line breaks; by blanks when the words are Chinese."""
    if isinstance(cell, list):
        return cell
    written = plain(cell)
    parts = [part.strip() for part in _LIST_MARKS.split(written) if part.strip()]
    if len(parts) == 1 and (pieces := written.split()) and all(_has_chinese(piece) for piece in pieces):
        parts = pieces
    return list(dict.fromkeys(parts))


def sentences(cell: Any) -> Any:
    """Sentences of a list: separated by ；; or line breaks only, since a sentence has commas of its own."""
    if isinstance(cell, list):
        return cell
    return [part for raw in _SENTENCE_MARKS.split(plain(cell)) if (part := without_numbering(raw))]


def without_numbering(piece: str) -> str:
    """The piece without `1.`, `（2）`, `③` in front; `1.5倍` keeps its number."""
    return _NUMBERING.sub("", piece).strip()


def one_of(enum: type[L]) -> Callable[[Any], Any]:
    """A reader for one value of a closed vocabulary, by value, label, alias or ticked box."""

    def read(cell: Any) -> L:
        chosen = _options(cell)
        if len(chosen) != 1:
            raise CellError("只能选一项", f"请只填其中一项：{'、'.join(member.label for member in enum)}")
        return _member(enum, chosen[0])

    return read


def some_of(enum: type[L]) -> Callable[[Any], Any]:
    """A reader for a list of values of a closed vocabulary."""

    def read(cell: Any) -> list[L]:
        options = cell if isinstance(cell, list) else _options(cell, split=True)
        return list(dict.fromkeys(_member(enum, plain(option)) for option in options))

    return read


def yes_no(cell: Any) -> bool:
    """是/否 and their kin. Raises CellError."""
    written = folded(cell).lower()
    if written in {"是", "有", "y", "yes", "true", "1", "√", "✓", "对"}:
        return True
    if written in {"否", "无", "没有", "n", "no", "false", "0", "×", "x", "非"}:
        return False
    raise CellError("应为“是”或“否”", "请填“是”或“否”")


def maturity(cell: Any) -> int:
    """A maturity level 1-9: `6`, `TRL6`, `6级`, `正样级`, `TRL 6 正样级`. Raises CellError."""
    written = folded(cell).upper()
    named = {label: level for level, label in MATURITY_LABELS.items()}
    found = re.fullmatch(r"(?:TRL)?-?([1-9])级?(?:\(?[\u4e00-\u9fff]{2}级\)?)?", written)
    if found:
        return int(found[1])
    if written in named:
        return named[written]
    chinese = re.fullmatch(r"第?([一二三四五六七八九])级", written)
    if chinese:
        return "一二三四五六七八九".index(chinese[1]) + 1
    raise CellError("不是技术成熟度等级", "请填 1 至 9 的一个整数，如 6（TRL 6 正样级）")


def day(cell: Any) -> date:
    """A date; a month alone means its last day. Raises CellError for a year alone and for words like 2027年底."""
    found = _day_or_month(cell)
    if found is None:
        raise CellError("看不出是哪一天", _DATE_REPAIR)
    return found


def deadline(cell: Any) -> date | None:
    """The day something is due: as `day`, but a year means its end, a span its end, 长期 no limit."""
    written = folded(cell)
    if written in _NO_LIMIT:
        return None
    found = _day_or_month(cell)
    if found is None and (year := _YEAR.fullmatch(written)) and int(year[1]) in _YEARS:
        return date(int(year[1]), 12, 31)
    if found is not None:
        return found
    for mark in ("至", "到", "~", "～", "—", "–", "-"):
        begin, found_mark, end = written.rpartition(mark)
        if found_mark and _is_date(begin.rstrip("-—~")) and _is_date(end):
            first, last = deadline(begin.rstrip("-—~")), deadline(end)
            if first and last and first > last:
                raise CellError("结束早于开始", "请核对起止时间，如 2026年1月至2027年6月")
            return last
    raise CellError("看不出是哪一天", _DATE_REPAIR)


def _is_date(written: str) -> bool:
    return bool(_DAY.fullmatch(written) or _MONTH.fullmatch(written) or _YEAR.fullmatch(written))


def _day_or_month(cell: Any) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    written = re.sub(r"\s*([年月日])\s*", r"\1", unicodedata.normalize("NFKC", plain(cell)))
    if re.fullmatch(r"\d{5}(\.\d+)?", written) and (serial := int(float(written))) in _EXCEL_SERIALS:
        return _EXCEL_DAY_ZERO + timedelta(days=serial)
    if found := _DAY.fullmatch(written):
        year, month, number = (int(part) for part in found.groups() if part)
        return _date(year, month, number)
    if found := _MONTH.fullmatch(written):
        year, month = int(found[1]), int(found[2])
        first = _date(year, month, 1)
        return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return None


def _date(year: int, month: int, number: int) -> date:
    if year not in _YEARS:
        raise CellError(f"年份 {year} 不在 {_YEARS[0]}—{_YEARS[-1]} 之间", "请核对年份，用四位数书写")
    try:
        return date(year, month, number)
    except ValueError:
        raise CellError("没有这一天", "请核对月份和日期") from None


def _options(cell: Any, *, split: bool = False) -> Sequence[str]:
    written = plain(cell)
    if _UNTICKED.search(written):
        # A form with boxes: only what is ticked counts.
        ticked = _TICKED.findall(written)
        if not ticked:
            raise CellError("没有勾选任何一项", "请勾选一项，或只写选中的那一项")
        return ticked
    written = re.sub("[☑√✓✔■]", "", written).strip()
    return [part.strip() for part in _LIST_MARKS.split(written) if part.strip()] if split else [written]


def _member(enum: type[L], option: str) -> L:
    for wanted in (option, folded(option)):
        try:
            return enum.parse(wanted)
        except ValueError:
            continue
    raise CellError(f"“{option}”不在可选范围内", f"请填：{'、'.join(member.label for member in enum)}")


def _has_chinese(piece: str) -> bool:
    return bool(re.search(r"[\u4e00-\u9fff]", piece))
