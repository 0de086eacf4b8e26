"""Days as offices write them: exact ones, months, the ends of spans, and words that have one meaning (2027年底)."""

import re
import unicodedata
from calendar import monthrange
from datetime import date, datetime, timedelta
from typing import Any

from matchmaker.ingest.money import CellError
from matchmaker.ingest.numerals import plain_digits
from matchmaker.ingest.values import folded, plain
from matchmaker.visibility import today

_DAY = re.compile(r"(\d{4})(?:年|[-/.])(\d{1,2})(?:月|[-/.])(\d{1,2})日?(?:[T ]\d{1,2}:\d{2}.*)?|(\d{4})(\d{2})(\d{2})")
_MONTH = re.compile(r"(\d{4})(?:年|[-/.])(\d{1,2})月?")
_YEAR = re.compile(r"(\d{4})年?")
_SHORT_YEAR = re.compile(r"([2-4]\d)(?=[年./-]\d{1,2}[月./-]\d{1,2}日?$|年\d{1,2}月$)")
_ENGLISH = re.compile(
    r"(\d{1,2})-(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}-(\d{2}|\d{4})", re.IGNORECASE
)
_MONTH_NAMES = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_YEAR_LAST = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_NO_LIMIT = frozenset(("长期", "长期有效", "不限", "无期限", "永久", "无限期", "长期需求"))
# 6月30日前完成, 年底之前: what is due then is due on the day.
_BEFORE = re.compile(r"(?:之前|以前|前|止|截止|为止)?(?:完成|结题|交付|投产|解决|结束|验收|见效)?$")
_PART_OF_YEAR = (
    (re.compile(r"(\d{4})年?(?:年底|底|年末|末|年内|内|全年|下半年|第?四季度|第?4季度|q4)"), 12),
    (re.compile(r"(\d{4})年?(?:上半年|年中|中|第?二季度|第?2季度|q2)"), 6),
    (re.compile(r"(\d{4})年?(?:第?一季度|第?1季度|q1)"), 3),
    (re.compile(r"(\d{4})年?(?:第?三季度|第?3季度|q3)"), 9),
)
_PART_OF_MONTH = re.compile(r"(\d{4})[年./-](\d{1,2})月?(?:份)?(上旬|中旬|下旬|底|末|初|内)?")
_FIVE_YEARS = {"十四五": 2025, "十五五": 2030}
_SPAN = re.compile(
    r"(?:合同|需求|研发)?(?:期限|周期|时间)?(?:为|[:：])?(半|\d{1,2}|\d\.5)(个?半)?(年|个月|月|天|日|周|星期)半?(?:内|以内|之内|左右)?"
)
_YEARLIKE_TENTH = re.compile(r"(?:19|20)\d{2}\.1")
# Serial 1 is 1900-01-01 in Excel, which also counts a 29 February 1900 that never was: day 0 for all later dates.
_EXCEL_DAY_ZERO = date(1899, 12, 30)
_EXCEL_SERIALS = range(18264, 80000)  # 1950 to 2118: smaller numbers are years or typing slips
_YEARS = range(1950, 2101)
# No day is written with more characters.
_LONGEST = 60
_REPAIR = "请写成 2027-06-30 或 2027年6月30日"


def day(cell: Any) -> date:
    """A date; a month alone means its last day. Raises CellError for a year alone and for words like 2027年底."""
    found = _day_or_month(cell)
    if found is None:
        raise CellError("看不出是哪一天", _REPAIR, as_text=True)
    return found


def deadline(cell: Any) -> date | None:
    """The day something is due: as `day`, but a year or a part of it means its end, a span its end, 长期 no limit.

    `12个月` counts from today. Raises CellError; for `12个月` with the day as kept, since it is only as good as today.
    """
    written = folded(cell)
    if written in _NO_LIMIT:
        return None
    found = _day_or_month(cell)
    if found is not None:
        return found
    if len(written) > _LONGEST:
        raise CellError("看不出是哪一天", _REPAIR, as_text=True)
    plan = re.sub(r"(?:规划)?(?:期间|期末|末期|期|末|底)?$", "", written.strip("“”\"'")).strip("“”\"'")
    if plan in _FIVE_YEARS:
        return date(_FIVE_YEARS[plan], 12, 31)
    bare = plain_digits(_BEFORE.sub("", written.lower()).rstrip(".。;；,，") or written)
    return _due(bare)


def _due(written: str) -> date | None:
    if (year := _YEAR.fullmatch(written)) and int(year[1]) in _YEARS:
        return date(int(year[1]), 12, 31)
    if (found := _day_or_month(written)) is not None:
        return found
    for part, month in _PART_OF_YEAR:
        if (year := part.fullmatch(written)) and int(year[1]) in _YEARS:
            return date(int(year[1]), month, monthrange(int(year[1]), month)[1])
    if (part_of := _PART_OF_MONTH.fullmatch(written)) and int(part_of[1]) in _YEARS and 1 <= int(part_of[2]) <= 12:
        last = {"上旬": 10, "初": 10, "中旬": 20}.get(part_of[3] or "", 31)
        return date(int(part_of[1]), int(part_of[2]), min(last, monthrange(int(part_of[1]), int(part_of[2]))[1]))
    if span := _SPAN.fullmatch(written):
        ends = _after(span[1], bool(span[2]) or written.rstrip("内以之左右").endswith("年半"), span[3])
        raise CellError(
            f"没有写明从哪天算起，按导入之日起算至 {ends.isoformat()}", _REPAIR, kept={"": ends}, as_text=True
        )
    return _end_of_range(written)


def _end_of_range(written: str) -> date | None:
    """2026-2028, 2026年6月至2027年底: both ends must be dates, and the last is meant."""
    for mark in ("至", "到", "~", "～", "—", "–", "-"):
        begin, found_mark, end = written.rpartition(mark)
        begin = begin.rstrip("-—~")
        if not found_mark or not _is_date(begin):
            continue
        # Of 2026-2028 the end is no month of 2026.
        first, last = _due(begin), _due(end)
        if first and last and first > last:
            raise CellError("结束早于开始", "请核对起止时间，如 2026年1月至2027年6月")
        return last
    raise CellError("看不出是哪一天", _REPAIR, as_text=True)


def _after(number: str, and_a_half: bool, unit: str) -> date:
    """Today and this long on."""
    count = 0.5 if number == "半" else float(number) + (0.5 if and_a_half else 0)
    start = today()
    if unit in ("天", "日"):
        return start + timedelta(days=round(count))
    if unit in ("周", "星期"):
        return start + timedelta(days=round(count * 7))
    months = start.month - 1 + round(count * (12 if unit == "年" else 1))
    year, month = start.year + months // 12, months % 12 + 1
    return date(year, month, min(start.day, monthrange(year, month)[1]))


def _is_date(written: str) -> bool:
    return bool(_DAY.fullmatch(written) or _MONTH.fullmatch(written) or _YEAR.fullmatch(written))


def _day_or_month(cell: Any) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, float) and _YEARLIKE_TENTH.fullmatch(str(cell)):
        year = int(cell)
        raise CellError(
            f"在表格中存成了数字 {cell}：看不出是 {year} 年 1 月还是 10 月",
            f"请把这一格设为文本，写成 {year}年10月 或 {year}年1月",
        )
    written = re.sub(r"\s{0,20}([年月日])\s{0,20}", r"\1", unicodedata.normalize("NFKC", plain(cell)[: 2 * _LONGEST]))
    if re.fullmatch(r"\d{5}(\.\d{1,20})?", written) and (serial := int(float(written))) in _EXCEL_SERIALS:
        return _EXCEL_DAY_ZERO + timedelta(days=serial)
    written = _SHORT_YEAR.sub(r"20\1", written, count=1) if written[2:3] in tuple("年./-") else written
    if found := _DAY.fullmatch(written):
        year, month, number = (int(part) for part in found.groups() if part)
        return _date(year, month, number)
    if found := _MONTH.fullmatch(written):
        year, month = int(found[1]), int(found[2])
        first = _date(year, month, 1)
        return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    if found := _ENGLISH.fullmatch(written):
        year = int(found[3]) + (2000 if len(found[3]) == 2 else 0)
        return _date(year, _MONTH_NAMES.index(found[2].lower()) + 1, int(found[1]))
    if found := _YEAR_LAST.fullmatch(written):
        first_part, second_part, year = (int(part) for part in found.groups())
        if first_part <= 12 and second_part <= 12 and first_part != second_part:
            raise CellError("看不出哪个是月、哪个是日", _REPAIR, as_text=True)
        month, number = (second_part, first_part) if first_part > 12 else (first_part, second_part)
        return _date(year, month, number)
    return None


def _date(year: int, month: int, number: int) -> date:
    if year not in _YEARS:
        raise CellError(f"年份 {year} 不在 {_YEARS[0]}—{_YEARS[-1]} 之间", "请核对年份，用四位数书写")
    try:
        return date(year, month, number)
    except ValueError:
        raise CellError("没有这一天", "请核对月份和日期") from None
