"""In which encoding a text is written, where nothing in it says so."""

import codecs
from collections.abc import Iterable, Iterator
from pathlib import Path

from indexing.segmentation import folded
from matchmaker.errors import UnreadableFile

_CHUNK = 1 << 20
# Enough to tell one encoding from another.
_SAMPLE = 1 << 16
# Of what is written in Chinese more than this is among the 3,755 characters of everyday use (GB 2312, level 1);
# of the same bytes in a wrong encoding less than half.
_PLAUSIBLE = 0.6
_SURE = 0.85


def encoding_of(path: Path) -> str:
    """utf-8 and utf-16 with or without their mark, else gb18030 or big5, whichever gives a text of common characters.

    Raises UnreadableFile if none does.
    """
    with path.open("rb") as file:
        sample = file.read(_SAMPLE)
    for encoding in _candidates(sample):
        if _decodes(_chunks(path), encoding) and _is_plausible(sample, encoding):
            return encoding
    raise _unclear(path)


def text_of(path: Path, content: bytes, declared: str = "") -> str:
    """All of the content as text; what it declares itself to be is believed if it can be. Raises UnreadableFile."""
    sample = content[:_SAMPLE]
    try:
        known = [codecs.lookup(declared).name] if declared else []
    except LookupError:
        known = []
    # What calls itself gb2312 or gbk is written in the larger set all the same.
    known = ["gb18030" if one in ("gb2312", "gbk") else one for one in known]
    for encoding in [*known, *_candidates(sample)]:
        if _decodes([content], encoding) and _is_plausible(sample, encoding):
            return content.decode(encoding, errors="replace")
    raise _unclear(path)


def _candidates(sample: bytes) -> list[str]:
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ["utf-16"]
    if sample.startswith(codecs.BOM_UTF8):
        return ["utf-8-sig"]
    if b"\x00" in sample:
        # Separators and line ends have a zero byte in utf-16, behind them or before them.
        behind, before = sample[1::2].count(0), sample[::2].count(0)
        return ["utf-16-le", "utf-16-be"] if behind >= before else ["utf-16-be", "utf-16-le"]
    by_likelihood = sorted(("gb18030", "big5hkscs"), key=lambda encoding: _share_of_common(sample, encoding))
    return ["utf-8", *reversed(by_likelihood)]


def _is_plausible(sample: bytes, encoding: str) -> bool:
    """UTF-8 is never right by chance; for the others the characters tell."""
    return encoding.startswith("utf-8") or _share_of_common(sample, encoding) >= _PLAUSIBLE


def _share_of_common(sample: bytes, encoding: str) -> float:
    """How many of the characters beyond ASCII are everyday ones, traditional counted as simplified; 1 without any."""
    text = sample.decode(encoding, errors="replace")
    beyond = [one for one in text if one > "\x7f"]
    if not beyond:
        return 1.0
    share = sum(map(_is_common, beyond)) / len(beyond)
    if share >= _SURE:
        return share
    # Only now: the table of traditional characters takes a moment to load.
    return sum(map(_is_common, folded("".join(beyond)))) / len(beyond)


def _is_common(character: str) -> bool:
    """Punctuation and the first level of GB 2312, which is ordered by use up to row 55 (D7)."""
    try:
        code = character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return code[0] in range(0xA1, 0xA4) or code[0] in range(0xB0, 0xD8) or len(code) == 1


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _decodes(chunks: Iterable[bytes], encoding: str) -> bool:
    """A half line at the end may stop inside a character: that is the row's problem, not the file's."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for chunk in chunks:
            decoder.decode(chunk)
    except UnicodeError:
        return False
    return True


def _unclear(path: Path) -> UnreadableFile:
    return UnreadableFile(
        f"“{path.name}”的文字编码无法识别（试过 UTF-8、UTF-16、GB18030 和 Big5）",
        "请在 Excel 中另存为 xlsx 或“CSV UTF-8”后再导入",
    )
