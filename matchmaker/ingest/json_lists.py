"""Objects of JSON as rows: one a line (jsonl), an array of them, or the first list of them in the answer of an API."""

import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from matchmaker.errors import MalformedRequest, UnreadableFile
from matchmaker.ingest.columns import column_for, layout
from matchmaker.ingest.encodings import encoding_of
from matchmaker.ingest.plain_text import open_text
from matchmaker.ingest.sheets import RowProblem, too_large
from matchmaker.ingest.tables import SourceRow, Table, Wanted, no_headings

# Unlike lines, a whole document is held in memory, as objects: many times its size.
_LARGEST_DOCUMENT = 40 * 1024**2
# {"data": {"page": {"rows": […]}}}
_DEEPEST_LIST = 5
_LOOKED_AT = 3
_MOST_FIELDS = 1_000
_UNFINISHED = ("最后一行不完整（文件可能没有传完）", "请重新导出或补全这一行")
_NO_OBJECT = ("这一行不是完整的 JSON 对象", "请改成每行一个 {…}，用英文引号，行尾没有逗号")


def open_json(path: Path, wanted: Wanted) -> Table:
    """The objects of the file as a table; the headings are all keys of all objects. Raises UnreadableFile."""
    if wanted.sheet is not None:
        raise MalformedRequest(f"“{path.name}”是文本文件，没有工作表", "请去掉 --sheet")
    encoding = encoding_of(path)
    listed = _listed(path, encoding, wanted)

    def rows() -> Iterator[tuple[int, Any, RowProblem]]:
        if listed is not None:
            return ((number, one, _NO_OBJECT) for number, one in enumerate(listed, start=1))
        return _of_lines(path, encoding)

    headings: dict[str, None] = {}
    for _, found, _ in rows():
        if isinstance(found, dict):
            headings.update(dict.fromkeys(found))
        if len(headings) > _MOST_FIELDS:
            raise UnreadableFile(f"“{path.name}”的对象有 {_MOST_FIELDS} 个以上不同的字段", "请导出为固定的几个字段")
    bound = layout(wanted.kind, list(headings), wanted.column_map)
    if wanted.needs_name and not {"title", "name"} & bound.fields:
        raise no_headings(path, wanted, list(headings))
    return Table(headings=list(headings), layout=bound, rows=lambda: _rows(rows(), list(headings)))


def _rows(found: Iterator[tuple[int, Any, RowProblem]], headings: Sequence[str]) -> Iterator[SourceRow]:
    for number, one, problem in found:
        if not isinstance(one, dict):
            yield SourceRow(number, [None] * len(headings), problem)
            continue
        cells = [one.get(heading) for heading in headings]
        faults = [heading for heading, cell in zip(headings, cells, strict=True) if not _is_sound(cell)]
        if faults:
            # What cannot be stored or printed is not repeated either.
            sound = [cell if heading not in faults else None for heading, cell in zip(headings, cells, strict=True)]
            reason = f"{'、'.join(map(_printable, faults))} 里有无穷大的数或断开的字符"
            yield SourceRow(number, sound, (reason, "请在源系统中改正后重新导出"))
        else:
            yield SourceRow(number, cells)


def _printable(text: str) -> str:
    return text.encode("utf-8", errors="replace").decode()


def _is_sound(value: Any) -> bool:
    """No infinite number, no half of a surrogate pair anywhere in it."""
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, str):
        return not any("\ud800" <= one <= "\udfff" for one in value) if not value.isascii() else True
    if isinstance(value, dict):
        return all(_is_sound(key) and _is_sound(one) for key, one in value.items())
    return all(map(_is_sound, value)) if isinstance(value, list) else True


def _listed(path: Path, encoding: str, wanted: Wanted) -> list[Any] | None:
    """The objects of a file that is one JSON value; None for one object a line."""
    with open_text(path, encoding, newline="\n") as file:
        lines = [line for line in (file.readline(_LARGEST_DOCUMENT) for _ in range(2)) if line.strip()]
    first = _value(lines[0]) if lines else None
    if isinstance(first, dict) and (len(lines) > 1 or _is_record(first, wanted)):
        return None
    if path.stat().st_size > _LARGEST_DOCUMENT:
        if first is None and not lines[0].lstrip().startswith(("[", "{")):
            return None
        raise too_large(path)
    with open_text(path, encoding, newline=None) as file:
        whole = _value(file.read())
    found = _objects(whole, wanted)
    if found is not None:
        return found
    if isinstance(whole, dict):
        return [whole]
    if isinstance(whole, list):
        raise UnreadableFile(f"“{path.name}”的 JSON 里没有对象的列表", "请改成对象的数组：[{…}, {…}]")
    if lines and lines[0].lstrip().startswith("["):
        raise UnreadableFile(f"“{path.name}”的 JSON 数组不完整（可能没有传完）", "请重新导出后再导入")
    return None


def _is_record(found: dict[str, Any], wanted: Wanted) -> bool:
    """An object with a name is a record, whatever lists there are in it."""
    columns = [column_for(wanted.kind, wanted.column_map.get(key) or key) for key in found]
    return any(column is not None and column.field in ("title", "name") for column in columns)


def _objects(value: Any, wanted: Wanted) -> list[Any] | None:
    """The value, if it is a list of objects, else such a list in it: the first of objects with a name, or the first."""
    level, lists = [value], []
    for _ in range(_DEEPEST_LIST):
        lists += [one for one in level if isinstance(one, list) and any(isinstance(item, dict) for item in one)]
        level = [inner for one in level if isinstance(one, dict) for inner in one.values()]
    named = (
        one for one in lists if any(_is_record(item, wanted) for item in one[:_LOOKED_AT] if isinstance(item, dict))
    )
    return next(named, lists[0] if lists else None)


def _value(text: str) -> Any:
    """None for what is no JSON. NaN, as some programs write it, is nothing."""
    try:
        return json.loads(text, parse_constant=lambda word: None if word == "NaN" else math.inf)
    except (ValueError, RecursionError):
        return None


def _of_lines(path: Path, encoding: str) -> Iterator[tuple[int, Any, RowProblem]]:
    with open_text(path, encoding, newline="\n") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                yield number, _value(line), _NO_OBJECT if line.endswith("\n") else _UNFINISHED
