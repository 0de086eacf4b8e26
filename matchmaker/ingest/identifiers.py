"""Numbers that name something: ids of lists, credit codes, telephone and patent numbers. None may have lost a digit."""

import re
from typing import Any

from stdnum.cn import uscc

from matchmaker.ingest.money import CellError
from matchmaker.ingest.values import folded, line, plain

# Excel keeps 15 significant digits of a number: of a 16-digit one the last is lost, and nobody can tell which it was.
EXACT_BELOW = 10**15
_SCIENTIFIC = re.compile(r"\d(?:\.\d{1,20})?E\+?\d{1,3}", re.IGNORECASE)
# 1, 2, 3, 12、, （7）, 第3项, No.5: where a row stands in its list, not what it is called. Longer ones are ids of systems.
_RUNNING_NUMBER = re.compile(r"(?:第|no\.?|#|序号)?[(（]?\d{1,5}[)）]?[、.．]?(?:项|条|号)?", re.IGNORECASE)
_CODE_LABEL = re.compile(r"^(?:统一)?(?:社会)?(?:信用)?(?:代码|编码|证号|号码?)[:：]?")
_COPY_NUMBER = re.compile(r"\(\d{1,2}[-/—]\d{1,2}\)$")
_CODE_LENGTH = 18


def exact(cell: Any) -> Any:
    """The cell itself. Raises CellError for a number of 16 and more digits that was stored as a number."""
    is_long = isinstance(cell, float) and abs(cell) >= EXACT_BELOW
    if is_long or (isinstance(cell, str) and "e" in cell.lower() and _SCIENTIFIC.fullmatch(folded(cell[:40]))):
        raise CellError("编号在表格中存成了数字，末位已经丢失", "请把该列设为文本，再照原件重新填写完整的编号")
    return cell


def number(cell: Any) -> str:
    """An id as it is written. Raises CellError for one that has lost digits."""
    return line(exact(cell))


def exact_text(cell: Any) -> str:
    """Text that holds numbers, of telephones for one. Raises CellError for one that has lost digits."""
    return plain(exact(cell))


def is_running_number(written: str) -> bool:
    """Does this only count the rows of a list? Two lists have the same ones for different records."""
    return bool(_RUNNING_NUMBER.fullmatch(folded(written)[:20]))


def credit_code(cell: Any) -> str:
    """The 18 characters, without what people write around them: 代码：, an apostrophe, （1-1）. Raises CellError."""
    written = folded(exact(cell))[:60].strip("'’‘`\"“”*").upper()
    bare = _COPY_NUMBER.sub("", _CODE_LABEL.sub("", written)).replace("-", "").replace("－", "").rstrip(".。;；,，")
    if len(bare) == _CODE_LENGTH and bare.isascii() and uscc.is_valid(bare):
        return bare
    if bare.isdecimal() and len(bare) in (13, 15):
        raise CellError(f"“{plain(cell)}”是 {len(bare)} 位的注册号，不是统一社会信用代码", "请填 18 位统一社会信用代码")
    raise CellError(
        f"统一社会信用代码“{plain(cell)[:40]}”校验不通过", "应为 18 位且末位校验码正确，请核对营业执照后重填"
    )
