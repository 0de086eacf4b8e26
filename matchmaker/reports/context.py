"""What a template may name: one list of placeholders, their meaning, and their values of one report."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from matchmaker.money import FEN_PER_WAN
from matchmaker.period import day_of
from matchmaker.reports.shapes import CONTRACTS, Breakdown, Fact, Line, ReportFacts
from matchmaker.reports.wording import day_words, percent
from matchmaker.visibility import today


@dataclass(frozen=True)
class Placeholder:
    """One name of the template; `rows` are the names within each row of a table."""

    name: str
    meaning: str
    example: Any
    rows: tuple[str, ...] = ()


_ROW = {"名称": "澄东区", "项数": "12", "成交额": "2,400.00", "交易额": "2,100.00", "占比": "9.8%"}
_TABLE = {"标题": "按县市区", "表头": "县市区", "口径": "输出", "行": [_ROW], "合计": _ROW}


def _table(name: str) -> Placeholder:
    meaning = f"{name}分列的表：{name}.标题、{name}.表头、{name}.口径、{name}.行（逐行）、{name}.合计"
    return Placeholder(name, meaning, _TABLE, tuple(_ROW))


# Key of a breakdown → the name of its table; `图_<name>` is its chart.
TABLES = {
    "month": "按月",
    "district": "按县市区",
    "category": "按合同类别",
    "technology_field": "按技术领域",
    "partner_region": "按合作地区",
}
PLACEHOLDERS: tuple[Placeholder, ...] = (
    Placeholder("年份", "报告年度", "2025"),
    Placeholder("下一年", "报告年度的下一年", "2026"),
    Placeholder("地区", "全市或区县名称", "澄湖市"),
    Placeholder("截至", "年度未结束时，数据截至的日期；全年数据时为空", "2025年12月31日"),
    Placeholder("时段", "数据覆盖的时段；年度未结束时如“2026年1月1日至6月30日”", "2025年"),
    Placeholder("全年", "“全年”；年度未结束时为“年内”", "全年"),
    Placeholder("制表日期", "生成报告的日期", "2026年1月10日"),
    Placeholder("登记数值", "成果登记数，为 0 时可用于判断不写这一句", 615),
    Placeholder("合同数值", "合同项数，为 0 时可用于判断不写这一句", 186),
    Placeholder("需求数值", "需求数，为 0 时可用于判断不写这一句", 126),
    Placeholder("成果数值", "成果数，为 0 时可用于判断不写这一句", 1034),
    Placeholder("需求来源", "提出需求的各方", "企业和政府部门"),
    Placeholder("需求数", "征集的技术需求项数", "126"),
    Placeholder("需求数约", "同上，约数", "120多"),
    Placeholder("企业需求数", "其中企业提出的", "101"),
    Placeholder("政府部门需求数", "其中政府部门提出的", "20"),
    Placeholder("园区需求数", "其中园区提出的", "5"),
    Placeholder("来源院校", "发布成果最多的高校院所", "清华大学、上海交通大学、南京大学等高校院所"),
    Placeholder("成果数", "面向企业发布的科技成果项数", "1034"),
    Placeholder("成果数约", "同上，约数", "千余"),
    Placeholder("成果登记数", "省登记的科技成果项数", "615"),
    Placeholder(
        "成果登记比较", "与成果登记目标的比较，没有目标时为空", "超额完成年度工作计划确定的600项目标任务，完成率102.5%"
    ),
    Placeholder("成交额名称", "成交额的指标名称", "技术合同成交额"),
    Placeholder("成交额", "技术合同金额，按目标的指标和口径", "2.44亿元"),
    Placeholder("合同项数", "认定登记的技术合同项数", "186"),
    Placeholder("技术交易额", "其中的技术交易额", "2.05亿元"),
    Placeholder("统计口径", "指标、口径和日期依据", "合同成交额，输出，按登记日期"),
    Placeholder("目标值", "本年成交额目标", "1.8亿元"),
    Placeholder("目标来源", "目标由谁下达", "省科技厅下达"),
    Placeholder("完成率", "成交额占目标的百分比", "135.6%"),
    Placeholder("目标比较", "与目标的比较，没有可比目标时为空", "超额完成省科技厅下达的1.8亿元目标任务，完成率135.6%"),
    Placeholder("签约数", "现场签约项目数", "23"),
    Placeholder("签约数值", "同上，为 0 时可用于判断不写这一句", 23),
    Placeholder("签约活动", "签约最多的活动", "院所合作对接会"),
    Placeholder("签约构成", "各类签约各几项", "技术合同9项、共建平台6项"),
    Placeholder("签约举例", "几个项目及签约双方", "复旦大学与澄湖市人民政府共建电子信息联合创新研究中心"),
    Placeholder("下年目标", "下一年的各项目标，没有时为空", "技术合同交易额突破2.8亿元、登记科技成果800项以上"),
    Placeholder("下年增长", "完成下一年目标需要的增长", "按同一指标需增长36.6%。"),
    Placeholder("口径提示", "必须与数据一起阅读的提示，逐条", ["下一年目标以技术交易额表述，与本年不同"]),
    *(_table(name) for name in TABLES.values()),
    *(Placeholder(f"图_{name}", f"{name}的图；没有安装图表组件时为空", "") for name in TABLES.values()),
    Placeholder(
        "阶段", "从需求到到款各阶段，逐行；当年没有对接记录时为空", [{"名称": "需求", "数量": "126"}], ("名称", "数量")
    ),
    Placeholder(
        "来源",
        "报告中的每个数，逐行",
        [{"名称": "需求数", "内容": "126", "口径": "…", "来源": "快照第1号"}],
        ("名称", "内容", "口径", "来源"),
    ),
    Placeholder("快照编号", "统计快照的编号", "1"),
    Placeholder("快照名称", "统计快照的名称", "2025年度"),
    Placeholder("快照时间", "统计快照固定的日期", "2026年1月10日"),
    Placeholder("快照校验码", "统计快照校验码的前 12 位", "0f3a…"),
)


def context_of(facts: ReportFacts, pictures: Mapping[str, Any]) -> dict[str, Any]:
    """The values of all placeholders. `pictures`: key of a breakdown → what stands for its chart."""
    values: dict[str, Any] = {
        "年份": str(facts.year),
        "下一年": str(facts.year + 1),
        "地区": facts.region_name,
        "截至": day_words(facts.until) if facts.until and not facts.is_over else "",
        "时段": _span(facts),
        "全年": "全年" if facts.is_over else "年内",
        "制表日期": day_words(today()),
        "口径提示": list(facts.notices),
        "快照编号": str(facts.snapshot.id),
        "快照名称": facts.snapshot.name,
        "快照时间": day_words(day_of(facts.snapshot.taken_at)),
        "快照校验码": facts.snapshot.digest[:12],
        "阶段": [{"名称": one.label, "数量": f"{one.count:,}"} for one in facts.funnel],
        "来源": [
            {"名称": one.name, "内容": one.text, "口径": one.caliber, "来源": source_of(one, facts)}
            for one in facts.facts
            if one.value is not None
        ],
        "登记数值": facts.fact("registrations").value,
        "合同数值": facts.fact("contracts").value,
        "需求数值": facts.fact("needs").value,
        "成果数值": facts.fact("achievements").value,
        "签约数值": facts.fact("signings").value,
    }
    for fact in facts.facts:
        values[fact.name] = fact.text
        if fact.rounded:
            values[f"{fact.name}约"] = fact.rounded
    for key, name in TABLES.items():
        values[name] = _rows(facts.breakdown(key))
        values[f"图_{name}"] = pictures.get(key, "")
    return values


def source_of(fact: Fact, facts: ReportFacts) -> str:
    """Where a number comes from: figures of contracts from the snapshot, targets and counts from the records."""
    if fact.behind == CONTRACTS:
        return f"快照第{facts.snapshot.id}号"
    number, taken = facts.snapshot.id, day_of(facts.snapshot.taken_at)
    if facts.counted_on is None or facts.counted_on == taken:
        return f"平台记录，与快照第{number}号同日统计"
    return f"平台记录，{day_words(facts.counted_on)}统计（快照第{number}号固定于{day_words(taken)}）"


def title_of(facts: ReportFacts) -> str:
    """What the report is called; one of a year that goes on says until when."""
    reached = "" if facts.is_over or facts.until is None else f"（截至{facts.until.month}月{facts.until.day}日）"
    return f"{facts.region_name}{facts.year}年技术转移工作情况{reached}"


def _span(facts: ReportFacts) -> str:
    if facts.is_over or facts.until is None:
        return f"{facts.year}年"
    return f"{facts.year}年1月1日至{facts.until.month}月{facts.until.day}日"


def in_wan_exact(fen: int) -> str:
    """`2,400.00`: 万元 with two decimals, for columns of a table."""
    return f"{(Decimal(fen) / FEN_PER_WAN).quantize(Decimal('0.01'), ROUND_HALF_UP):,}"


def _rows(one: Breakdown) -> dict[str, Any]:
    whole = one.total.contract_value_fen
    return {
        "标题": one.title,
        "表头": one.head,
        "口径": one.caliber,
        "行": [_row(line, whole) for line in one.lines],
        "合计": _row(one.total, whole),
    }


def _row(line: Line, whole: int) -> dict[str, str]:
    return {
        "名称": line.label,
        "项数": f"{line.count:,}",
        "成交额": in_wan_exact(line.contract_value_fen),
        "交易额": in_wan_exact(line.technology_value_fen),
        "占比": percent(Fraction(line.contract_value_fen, whole) if whole else None),
    }
