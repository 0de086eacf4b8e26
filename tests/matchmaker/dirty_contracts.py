"""A list of contracts as offices hand it in, 5,000 rows with every kind of dirt, and what has to become of each row.

Deterministic: the same rows at every call.
"""

import csv
import io
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
from stdnum.cn import uscc

ROWS = 5000
HEADINGS = (
    "序号",
    "合同登记编号",
    "项目名称",
    "合同类别",
    "合同类型",
    "卖方名称",
    "卖方统一社会信用代码",
    "卖方性质",
    "卖方国别",
    "卖方行政区划",
    "买方名称",
    "买方信用代码",
    "买方性质",
    "买方国别",
    "买方行政区划",
    "合同成交总额（元）",
    "其中：技术交易额（元）",
    "合同签订日期",
    "认定登记日期",
    "有效期起",
    "有效期止",
    "技术领域",
    "知识产权",
    "计划来源",
    "社会经济目标",
    "是否关联交易",
    "支付方式",
)
_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_EXCEL_DAY_ZERO = date(1899, 12, 30)
Cells = dict[str, Any]


@dataclass
class DirtyList:
    """`cells`: the lines of the sheet, headings and titles among them. The rest says what becomes of which line."""

    cells: list[list[Any]] = field(default_factory=list)
    accepted: dict[int, tuple[int, int]] = field(default_factory=dict)
    returned: dict[int, tuple[str, str]] = field(default_factory=dict)
    skipped: list[int] = field(default_factory=list)
    repeated: list[int] = field(default_factory=list)

    def add(self, cells: Sequence[Any]) -> int:
        """One more line; its number as Excel counts."""
        self.cells.append(list(cells))
        return len(self.cells)


def _credit_code(chance: random.Random) -> str:
    body = "91" + "341200" + "".join(chance.choice(_LETTERS) for _ in range(9))
    return body + str(uscc.calc_check_digit(body))


def _clean(index: int, chance: random.Random) -> Cells:
    signed = date(2025, 1, 2) + timedelta(days=chance.randrange(300))
    yuan = chance.randrange(2_000, 9_000_000)
    return {
        "合同登记编号": f"2025990100{index:06}",
        "项目名称": f"秸秆模塑成型工艺第{index}项",
        "合同类别": chance.choice(["技术开发", "技术转让", "技术许可", "技术咨询", "技术服务"]),
        "卖方名称": f"澄湖第{chance.randrange(300)}研究所",
        "卖方统一社会信用代码": _credit_code(chance),
        "卖方性质": chance.choice(["科研机构", "高等院校", "有限责任公司"]),
        "卖方行政区划": chance.choice(["990102", "990103", "江苏省南京市鼓楼区"]),
        "买方名称": f"澄湖第{chance.randrange(900)}制造有限公司",
        "买方性质": "有限责任公司",
        "买方国别": "中国",
        "买方行政区划": chance.choice(["990102", "990104", "990121"]),
        "合同成交总额（元）": yuan,
        "其中：技术交易额（元）": yuan - chance.randrange(yuan // 2),
        "合同签订日期": signed.isoformat(),
        "认定登记日期": (signed + timedelta(days=chance.randrange(60))).isoformat(),
        "有效期起": signed.isoformat(),
        "有效期止": (signed + timedelta(days=365)).isoformat(),
        "技术领域": "新材料及其应用",
        "知识产权": "技术秘密",
        "计划来源": "计划外",
        "社会经济目标": "工商业发展",
        "是否关联交易": "否",
        "支付方式": "分期支付",
    }


def _wide(text: str) -> str:
    return "".join(chr(ord(one) + 0xFEE0) if one.isdigit() else one for one in text)


def _amounts(row: Cells, whole: Any, part: Any) -> None:
    row["合同成交总额（元）"], row["其中：技术交易额（元）"] = whole, part


def _set(**values: Any) -> Callable[[Cells], None]:
    return lambda row: row.update(values)


def _unregistered(row: Cells) -> None:
    row.update(合同登记编号="", 认定登记日期="")


def _serials(row: Cells) -> None:
    for name in ("合同签订日期", "认定登记日期"):
        row[name] = float((date.fromisoformat(row[name]) - _EXCEL_DAY_ZERO).days)


def _dotted(row: Cells) -> None:
    day = date.fromisoformat(row["合同签订日期"])
    row["合同签订日期"] = f"{day.year}.{day.month}.{day.day}"


def _chinese(row: Cells) -> None:
    day = date.fromisoformat(row["合同签订日期"])
    row["合同签订日期"] = f"{_wide(str(day.year))}年{day.month}月{day.day}日"


def _spaced(row: Cells) -> None:
    for name in ("合同登记编号", "项目名称", "卖方名称", "合同类别", "合同签订日期"):
        row[name] = f" {row[name]}　 "


# What is done to a row that is still taken over; the amounts it then has in fen, where they change.
ACCEPTED: tuple[tuple[Callable[[Cells], None], tuple[int, int] | None], ...] = (
    (lambda row: row.update(合同登记编号=_wide(row["合同登记编号"])), None),
    (lambda row: _amounts(row, "1,234,567.89", "￥１，０００，０００"), (123_456_789, 100_000_000)),
    (lambda row: _amounts(row, "30万元", "28.5 万"), (30_000_000, 28_500_000)),
    (lambda row: _amounts(row, "12亿元", "1.2亿"), (120_000_000_000, 12_000_000_000)),
    (lambda row: _amounts(row, 0, 0), (0, 0)),
    (lambda row: _amounts(row, "500元", "500元"), (50_000, 50_000)),
    (_serials, None),
    (_dotted, None),
    (_chinese, None),
    (_spaced, None),
    (_unregistered, None),
    (_set(合同类别="技术开发合同"), None),
    (_set(合同类别="委托开发"), None),
    (_set(合同类别="技术转让", 合同类型="专利实施许可"), None),
    (_set(合同类别="技术转让（专利实施许可）", 合同签订日期="2019-05-06"), None),
    (_set(买方国别="德国", 买方行政区划="", 买方性质="境外机构"), None),
    (_set(买方国别="", 买方行政区划="美国"), None),
    (_set(卖方性质=21.0), None),
    (lambda row: row.update(合同登记编号=row["合同登记编号"][2:]), None),
)
# What sends a row back, at which heading, with which words.
RETURNED: tuple[tuple[Callable[[Cells], None], str, str], ...] = (
    (lambda row: row.update(合同登记编号=row["合同登记编号"][1:]), "合同登记编号", "15 位"),
    (lambda row: row.update(合同登记编号=float(row["合同登记编号"])), "合同登记编号", "请把该列设为文本"),
    (_set(合同登记编号="2.02599E+15"), "合同登记编号", "请把该列设为文本"),
    (_set(合同登记编号="待定"), "合同登记编号", "不是登记编号"),
    (lambda row: row.update(卖方统一社会信用代码="91341200MA2N00000X"), "卖方统一社会信用代码", "校验不通过"),
    (lambda row: _amounts(row, 100_000, 200_000), "其中：技术交易额（元）", "大于合同成交额"),
    (lambda row: _amounts(row, 30, 30), "合同成交总额（元）", "看起来是万元"),
    (lambda row: _amounts(row, 30_000_000_000, 20), "合同成交总额（元）", "过大"),
    (lambda row: _amounts(row, "面议", 100_000), "合同成交总额（元）", "确定的数"),
    (lambda row: _amounts(row, 100_000, ""), "其中：技术交易额（元）", "没有填写"),
    (lambda row: _amounts(row, "-5000", 1), "合同成交总额（元）", "不是金额"),
    (_set(合同类别="四技合同"), "合同类别", "不是技术合同的类别"),
    (_set(合同类别="技术服务", 合同类型="委托开发"), "合同类型", "不属于技术服务"),
    (lambda row: row.update(买方名称=row["卖方名称"]), "买方名称", "同一单位"),
    (_set(认定登记日期="2024-12-31"), "认定登记日期", "早于签订日期"),
    (_set(认定登记日期="2099-01-01"), "认定登记日期", "晚于今天"),
    (_set(合同签订日期="2025-02-30"), "合同签订日期", "没有这一天"),
    (_set(合同签订日期="2025年3月"), "合同签订日期", "只有年月"),
    (_set(合同签订日期=""), "合同签订日期", "没有填写"),
    (_set(认定登记日期=""), "认定登记日期", "没有登记日期"),
    (_set(合同登记编号=""), "合同登记编号", "没有登记编号"),
    (_set(卖方名称=" "), "卖方名称", "没有填写"),
    (_set(项目名称=""), "项目名称", "没有填写"),
    (_set(卖方行政区划="鼓楼区"), "卖方行政区划", "多个同名"),
    (_set(买方国别="", 买方行政区划="境外"), "买方行政区划", "哪个国家"),
    (_set(买方国别="德国"), "买方国别", "又有行政区划"),
    (_set(卖方国别="德国", 卖方行政区划="", 买方行政区划="法国", 买方国别=""), "买方国别", "双方都在境外"),
    (_set(买方国别="火星"), "买方国别", "不是国家或地区"),
    (_set(是否关联交易="也许"), "是否关联交易", "是"),
    (_set(卖方性质="不好说"), "卖方性质", "不在"),
    (_set(有效期止="2001-01-01"), "有效期止", "早于开始"),
    (_set(支付方式="赊账"), "支付方式", "不在可选范围内"),
)


def dirty_list(rows: int = ROWS) -> DirtyList:
    """The list, or the beginning of it."""
    chance = random.Random(2026)
    found = DirtyList()
    found.add(["澄湖市2025年度技术合同认定登记清单", *[""] * (len(HEADINGS) - 1)])
    found.add(["填报单位：澄湖市科技局", *[""] * (len(HEADINGS) - 2), "单位：元"])
    found.add(HEADINGS)
    index = 0
    while index < rows:
        index += 1
        row = _clean(index, chance)
        _amounts_of = _fen(row)
        kind = index % 10
        if kind < 5:
            found.accepted[found.add(_line(index, row))] = _amounts_of
        elif kind < 7:
            change, amounts = ACCEPTED[index // 10 % len(ACCEPTED)]
            change(row)
            found.accepted[found.add(_line(index, row))] = amounts or _amounts_of
        elif kind < 9:
            change_bad, heading, words = RETURNED[index // 10 % len(RETURNED)]
            change_bad(row)
            found.returned[found.add(_line(index, row))] = (heading, words)
        else:
            _other(found, index, row, chance)
            if index // 10 % 4 in (1, 2):
                # Two rows were added.
                index += 1
    return found


def _other(found: DirtyList, index: int, row: Cells, chance: random.Random) -> None:
    """Duplicates, blank lines, sums, headings again."""
    match index // 10 % 4:
        case 0:
            found.add([""] * len(HEADINGS))
            found.accepted[found.add(_line(index, row))] = _fen(row)
        case 1:
            # The same line twice: one contract.
            found.repeated.append(found.add(_line(index, row)))
            found.accepted[found.add(_line(index, row))] = _fen(row)
        case 2:
            # One number, two contracts: nobody here knows which is right.
            words = ("合同登记编号", "编号相同而内容不同")
            found.returned[found.add(_line(index, row))] = words
            found.returned[found.add(_line(index, {**row, "合同成交总额（元）": 9_999_999}))] = words
        case _:
            found.accepted[found.add(_line(index, row))] = _fen(row)
            if chance.random() < 0.5:
                found.skipped.append(found.add(["合  计", *[""] * 14, 123456789, 98765432, *[""] * 10]))
            else:
                found.skipped.append(found.add(HEADINGS))


def _line(index: int, row: Cells) -> list[Any]:
    return [index, *(row.get(heading, "") for heading in HEADINGS[1:])]


def _fen(row: Cells) -> tuple[int, int]:
    return row["合同成交总额（元）"] * 100, row["其中：技术交易额（元）"] * 100


def write_xlsx(found: DirtyList, path: Path) -> None:
    """As a workbook with a merged title; whole numbers and days as Excel keeps them."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for cells in found.cells:
        sheet.append([None if cell == "" else cell for cell in cells])
    sheet.merge_cells(start_row=1, end_row=1, start_column=1, end_column=len(HEADINGS))
    book.save(path)


def write_csv(found: DirtyList, path: Path) -> None:
    """As csv in GB18030; long numbers as Excel writes them."""
    text = io.StringIO()
    csv.writer(text).writerows([[_as_text(cell) for cell in cells] for cells in found.cells])
    path.write_bytes(text.getvalue().encode("gb18030"))


def _as_text(cell: Any) -> str:
    if isinstance(cell, float):
        return f"{cell:.5E}" if cell >= 10**11 else str(int(cell))
    return str(cell)
