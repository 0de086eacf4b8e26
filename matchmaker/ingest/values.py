"""One cell → one value. Every reader raises CellError with the reason and the repair in the user's words."""

import json
import re
import unicodedata
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from math import isnan
from typing import Any, TypeVar

from matchmaker.contact_data import without_contacts
from matchmaker.ingest.money import CellError
from matchmaker.models.labels import MATURITY_LABELS, Labelled, Stage

L = TypeVar("L", bound=Labelled)

# What people write into a cell they have nothing to say in.
_NOTHING = frozenset(
    (
        "-",
        "--",
        "—",
        "——",
        "－",
        "/",
        "\\",
        "无",
        "暂无",
        "空",
        "不详",
        "未知",
        "n/a",
        "na",
        "null",
        "none",
        "未填",
        # What programs write for an empty cell.
        "nan",
        "nat",
        "<na>",
        "#n/a",
        "undefined",
        "nil",
        "(null)",
        "(空)",
        "#n/a n/a",
        "\\n",
    )
)
_LONGEST_NOTHING = max(map(len, _NOTHING))
_INVISIBLE = re.compile(r"_x000D_|[\x00-\x08\x0b\x0c\x0e-\x1f\u200b-\u200f\ufeff\ufffe\ud800-\udfff]")
_LIST_MARKS = re.compile(r"[、；;,，/|\n]+")
_SENTENCE_MARKS = re.compile(r"[；;\n]+")
_NUMBERING = re.compile(r"^\s{0,9}(?:[（(]\d{1,2}[)）]|\d{1,2}[)）、]|\d{1,2}[.．](?!\d)|[①-⑳])\s{0,9}")
_TICKED = re.compile(r"[☑√✓✔■☒]\s{0,9}([^☑√✓✔■☒□☐\s、；;,，]{1,60})")
_UNTICKED = re.compile("[□☐]")
# Boxes of the fonts Wingdings and Wingdings 2 as a file without its fonts holds them: private characters, or letters
# that are boxes only beside each other (R委托开发 £合作开发).
_PRIVATE_BOXES = str.maketrans(
    {"\uf052": "☑", "\uf0fe": "☑", "\uf0fd": "☑", "\uf0fc": "√", "\uf0a3": "□", "\uf06f": "□", "\uf0a8": "□", "¨": "□"}
)
_LETTER_BOXES = re.compile(r"(?<![A-Za-z0-9])([R£þ])(?=\s{0,3}[\u4e00-\u9fff])")

_LONGEST_KEYWORD = 40


class BrokenCell(str):
    """What stands in a cell that holds no value: an error of the table program, or a formula without its result."""

    def refusal(self) -> CellError:
        if self == FORMULA:
            return CellError(
                "公式没有保存计算结果", "请在 Excel 或 WPS 中打开、重新计算并保存，或把公式改成数值后再导入"
            )
        return CellError(f"单元格是错误值 {self}", "请改正公式或填入正确的内容")


FORMULA = "（公式）"
# The errors of table programs, where a csv holds them as text. #N/A is also what programs write for nothing.
_TABLE_ERRORS = frozenset(
    ("#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#GETTING_DATA", "Err:502")
)


def broken(cell: Any) -> BrokenCell | None:
    """The cell as a broken one, if it is."""
    if isinstance(cell, BrokenCell):
        return cell
    return BrokenCell(cell.strip()) if isinstance(cell, str) and cell.strip() in _TABLE_ERRORS else None


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
        return (isinstance(cell, float) and isnan(cell)) or (isinstance(cell, (list, tuple, dict)) and not cell)
    if len(cell) > _LONGEST_NOTHING and cell[0].isalnum():
        return False
    text = plain(cell)
    return not text or (len(text) <= _LONGEST_NOTHING and text.lower() in _NOTHING)


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
    return "".join(part.strip() for part in plain(cell).split("\n"))


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
    """A reader for one value of a closed vocabulary, by value, label, alias or ticked box. Raises CellError."""

    def read(cell: Any) -> L:
        chosen = _options(cell)
        if len(chosen) != 1:
            raise CellError(
                "只能选一项",
                f"请只填其中一项：{'、'.join(member.label for member in enum)}",
                is_code=True,
                as_text=True,
            )
        return _member(enum, chosen[0])

    return read


def some_of(enum: type[L]) -> Callable[[Any], Any]:
    """A reader for a list of values of a closed vocabulary. Raises CellError that keeps those it knows."""

    def read(cell: Any) -> list[L]:
        options = cell if isinstance(cell, list) else _options(cell, split=True)
        known: dict[L, None] = {}
        unknown: list[str] = []
        for option in map(plain, options):
            try:
                known[_member(enum, option)] = None
            except CellError:
                unknown.append(option)
        if unknown:
            raise CellError(
                f"“{'、'.join(unknown)}”不在可选范围内",
                f"请填：{'、'.join(member.label for member in enum)}",
                kept={**({"": list(known)} if known else {}), "keywords": words_kept(unknown)},
                is_code=True,
                words=unknown,
            )
        return list(known)

    return read


def words_kept(unknown: Sequence[str]) -> list[str]:
    """Words outside of a list as keywords: each once, no sentences, no contacts."""
    short = (" ".join(word.split()) for word in unknown if len(word) <= _LONGEST_KEYWORD)
    # A telephone number in the wrong column is nothing to search for.
    return list(dict.fromkeys(word for word in short if word and without_contacts(word) == word))


def yes_no(cell: Any) -> bool:
    """是/否 and their kin. Raises CellError."""
    written = folded(cell).lower()
    if written in {"是", "有", "y", "yes", "true", "1", "√", "✓", "对"}:
        return True
    if written in {"否", "无", "没有", "n", "no", "false", "0", "×", "x", "非"}:
        return False
    raise CellError("应为“是”或“否”", "请填“是”或“否”")


def maturity(cell: Any) -> int:
    """A maturity level 1-9: `6`, `TRL6`, `6级`, `正样级`, `TRL 6 正样级`. Raises CellError; of a range with its begin."""
    written = folded(cell)[:40].upper()
    named = {label: level for level, label in MATURITY_LABELS.items()}
    found = re.fullmatch(r"(?:TRL|技术成熟度)?[-:]?(?:第)?([1-9])级?(?:\(?[\u4e00-\u9fff]{2}级\)?)?", written)
    if found:
        return int(found[1])
    if written in named:
        return named[written]
    chinese = re.fullmatch(r"第?([一二三四五六七八九])级", written)
    if chinese:
        return "一二三四五六七八九".index(chinese[1]) + 1
    levels = re.fullmatch(
        r"(?:TRL)?([1-9])级?(?:-|~|—|至|到|/|或){1,2}(?:TRL)?([1-9])级?|(?:TRL)?([1-9])级?(?:以上|及以上|起)", written
    )
    repair = "请填 1 至 9 的一个整数，如 6（TRL 6 正样级）"
    if levels:
        level = int(levels[1] or levels[3])
        raise CellError(f"写的不止一个等级，按 {level} 级", repair, kept={"": level})
    raise CellError("不是技术成熟度等级", repair, is_code=True, as_text=True)


def maturity_reached(cell: Any) -> Any:
    """Of an achievement: a level, or the stage that people write in its place (小试, 中试, 产业化). Raises CellError."""
    try:
        return maturity(cell)
    except CellError as error:
        if error.kept:
            raise
        try:
            return Several(stage=_stage_named(folded(cell)))
        except ValueError:
            raise error from None


def stage(cell: Any) -> Any:
    """The stage of an achievement, by word or by maturity level; of several ticked the furthest. Raises CellError."""
    chosen = _options(cell, split=True)
    try:
        return max((_stage_named(folded(one)) for one in chosen), key=list(Stage).index)
    except ValueError:
        pass
    with suppress(CellError):
        return Several(maturity_level=maturity(cell))
    return _member(Stage, plain(cell))


def _stage_named(written: str) -> Stage:
    """Raises ValueError."""
    bare = re.sub(r"^(?:已|处于|正在|完成|已完成|可|进入|已进入){0,3}|(?:阶段|期|完成|后|中){1,2}$", "", written[:40])
    try:
        return Stage.parse(bare)
    except ValueError:
        return Stage.parse(written)


def _options(cell: Any, *, split: bool = False) -> Sequence[str]:
    written = _boxes(plain(cell))
    if _UNTICKED.search(written):
        # A form with boxes: only what is ticked counts.
        ticked = _TICKED.findall(written)
        if not ticked:
            raise CellError("没有勾选任何一项", "请勾选一项，或只写选中的那一项")
        return ticked
    written = re.sub("[☑√✓✔■]", "", written).strip()
    return [part.strip() for part in _LIST_MARKS.split(written) if part.strip()] if split else [written]


def _boxes(written: str) -> str:
    """The text with boxes for what a box font made of them."""
    written = written.translate(_PRIVATE_BOXES)
    boxes = set(_LETTER_BOXES.findall(written))
    if "þ" in boxes or {"R", "£"} <= boxes or (boxes and _UNTICKED.search(written)):
        return _LETTER_BOXES.sub(lambda box: "□" if box[1] == "£" else "☑", written)
    return written


def _member(enum: type[L], option: str) -> L:
    for wanted in (option, folded(option), re.sub(r"^其他\(.*|^其它.*", "其他", folded(option))):
        try:
            return enum.parse(wanted)
        except ValueError:
            continue
    raise CellError(
        f"“{option[:60]}”不在可选范围内",
        f"请填：{'、'.join(member.label for member in enum)}",
        kept={"keywords": words_kept([option])},
        is_code=True,
    )


def _has_chinese(piece: str) -> bool:
    return bool(re.search(r"[\u4e00-\u9fff]", piece))
