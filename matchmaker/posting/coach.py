"""The coach: what a need or an achievement does not say yet, why that would help, and how others put it.

Pure functions over what a form states; the same score stands on the form and on the page of the review.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from matchmaker.models.achievement import AchievementFields
from matchmaker.models.need import NeedFields
from matchmaker.models.parts import ELEMENT_LABELS, Elements
from matchmaker.posting.elements import suggested_elements
from matchmaker.posting.measures import Shape, has_contact, has_evidence, has_field, has_measure, has_price, plain_title

F = TypeVar("F", NeedFields, AchievementFields)


@dataclass(frozen=True)
class Finding:
    """One thing that is missing: the field it leads to, why it helps, an example, and what it would add."""

    field: str
    missing: str
    why: str
    example: str
    points: int


@dataclass(frozen=True)
class Coaching:
    """How complete the text is, 0 to 100, what is missing (the most useful first), and elements found in the text."""

    score: int
    findings: list[Finding]
    suggested: Elements

    @property
    def suggestions(self) -> list[tuple[str, str]]:
        """Label and text of every suggested element."""
        return [(ELEMENT_LABELS[name], text) for name, text in self.suggested.model_dump().items() if text]


@dataclass(frozen=True)
class Check(Generic[F]):
    """One question of the coach. `share` is how far it is answered, 0 to 1; `weight` what a full answer is worth."""

    field: str
    weight: int
    share: Callable[[F], float]
    missing: str
    why: str
    example: str


def coach(record: NeedFields | AchievementFields) -> Coaching:
    """What the record (or the shape of a form) does not say yet."""
    if isinstance(record, NeedFields):
        text = "。".join((record.title, record.problem, record.goal, record.key_technology, record.description))
        return _coached(record, NEED_CHECKS, text)
    text = "。".join((record.title, record.summary, record.principle, record.problem_solved))
    return _coached(record, ACHIEVEMENT_CHECKS, text)


def _coached(record: F, checks: Sequence[Check[F]], text: str) -> Coaching:
    reached = [(check, min(1.0, max(0.0, check.share(record)))) for check in checks]
    findings = [
        Finding(check.field, check.missing, check.why, check.example, points)
        for check, share in reached
        # Two characters short of enough is enough: what would add nothing is nothing to ask for.
        if (points := round(check.weight * (1 - share))) > 0
    ]
    score = round(sum(check.weight * share for check, share in reached))
    return Coaching(
        score=score,
        findings=sorted(findings, key=lambda one: -one.points),
        suggested=suggested_elements(text, record.elements),
    )


def _elements(record: Shape) -> float:
    given = list(record.elements.model_dump().values())
    return sum(1 for text in given if text) / len(given)


# Weights sum to 100. Title, problem and a measurable target weigh most: the matcher asks with the title and the text
# (`matching/matcher.py`), and refusals name unmet indicators first (domain.md §5.3). The terms a broker asks for on the
# first call (budget, deadline, mode, who decides) come next. Five elements: an incomplete need is the one that finds
# nothing (domain.md §5.2). The field only narrows a search that the words already narrow.
NEED_CHECKS: tuple[Check[NeedFields], ...] = (
    Check(
        "title",
        15,
        lambda need: plain_title(need.title),
        "名称没有写清“对象＋问题”，或过短、过长（宜 5–80 字）",
        "名称是检索和推荐的主要依据；“求合作”“急需技术”这类名称找不到对口成果",
        "玉米秸秆制备可降解包装材料的耐水性不足",
    ),
    Check(
        "problem",
        15,
        # Forty characters hold one full sentence with object, situation and effect.
        lambda need: max(len(need.problem), len(need.description)) / 40,
        "主要问题写得太简短",
        "写明现状、卡在哪里、造成什么影响，专家才能判断能不能做",
        "现用热压成型，托盘吸水率超过 20%，冷链运输中变形，退货率约 5%",
    ),
    Check(
        "goal",
        20,
        lambda need: float(
            any(has_measure(f"{one.target} {one.unit}") for one in need.key_indicators) or has_measure(need.goal)
        ),
        "没有可衡量的目标（数值＋单位）",
        "没有数值就无法判断成果是否达标，“指标不满足”是对接失败的首要原因",
        "吸水率 ≤ 8 %，抗压强度 ≥ 0.6 MPa",
    ),
    Check(
        "key_indicators",
        5,
        lambda need: float(any(one.current for one in need.key_indicators)),
        "没有写指标的现状值",
        "知道现在做到多少，才看得出差距有多大、要投入多少",
        "吸水率：现状 20 %",
    ),
    Check(
        "elements",
        15,
        _elements,
        "技术要素（材料、方法、功效、产品、应用）不全",
        "五个要素写全的需求更容易配到同一项成果",
        "材料：玉米秸秆；方法：模压；功效：耐水；产品：托盘；应用：冷链包装",
    ),
    Check(
        "budget_max",
        10,
        lambda need: float(
            need.budget_max_fen is not None or need.budget_min_fen is not None or need.budget_negotiable
        ),
        "没有预算，也没有勾选面议",
        "成果方据此判断合作规模，避免谈到最后才发现差距",
        "30–80 万元，或面议",
    ),
    Check(
        "deadline",
        5,
        lambda need: float(need.deadline is not None),
        "没有期望完成日期",
        "决定适合小试成果还是成熟产品",
        "2027-06-30",
    ),
    Check(
        "contact_name",
        5,
        has_contact,
        "没有写决策联系人",
        "联系人能拍板，洽谈才不会反复",
        "王工（技术部经理）",
    ),
    Check(
        "cooperation_modes",
        5,
        lambda need: float(bool(need.cooperation_modes)),
        "没有选择合作方式",
        "成果方的条件（转让、许可、合作开发）要与您的对得上",
        "合作开发、技术许可",
    ),
    Check(
        "technology_field",
        5,
        has_field,
        "没有选择技术领域或本市产业",
        "便于归口部门审核、经纪人按专业跟进",
        "新材料",
    ),
)

# Weights sum to 100. What firms ask of an offer: by how much it is better than the best existing solution and what it
# costs in comparison (domain.md §3.2, §5.1 “Weak listings”); then what it reaches, how far it is, and on which terms.
ACHIEVEMENT_CHECKS: tuple[Check[AchievementFields], ...] = (
    Check(
        "title",
        10,
        lambda one: plain_title(one.title),
        "名称没有写清“技术＋对象”，或过短、过长（宜 5–80 字）",
        "名称是检索和推荐的主要依据",
        "秸秆纤维耐水模塑成型技术",
    ),
    Check(
        "summary",
        10,
        # A first sentence and what follows from it: domain.md §3.2 asks for up to 300 characters.
        lambda one: len(one.summary) / 60,
        "简介太短",
        "先用一句话说清做什么、好在哪里，企业再决定是否往下看",
        "以秸秆纤维为主料模压成型，不加塑料内衬即可用于冷链托盘。",
    ),
    Check(
        "indicators",
        15,
        lambda one: float(any(has_measure(f"{row.value} {row.unit}") for row in one.indicators)),
        "没有带数值的技术指标",
        "企业按指标筛选，没有数值无法比较",
        "吸水率 6 %；抗压强度 0.8 MPa",
    ),
    Check(
        "indicators",
        15,
        lambda one: float(any(row.best_existing or row.comparison for row in one.indicators)),
        "没有与现有最好方案比较",
        "只说“先进”不能说服企业，要写清好多少",
        "吸水率：现有最好水平 15 %，本成果 6 %，降低六成",
    ),
    Check(
        "economic_comparison",
        10,
        lambda one: float(bool(one.economic_comparison)),
        "没有经济性对比",
        "企业要算账：投入、成本、回收期与现有方案相比如何",
        "单件成本 0.32 元，现用塑料托盘 0.35 元；改造一条线约 40 万元",
    ),
    Check(
        "maturity_level",
        10,
        has_evidence,
        "没有技术成熟度，或没有写依据",
        "企业按成熟度判断还要投入多少、多久能用",
        "TRL 6，2026 年在某包装厂完成中试",
    ),
    Check(
        "intellectual_property",
        10,
        lambda one: float(any(right.status is not None for right in one.intellectual_property)),
        "没有写知识产权及其状态",
        "权属清楚才能谈转让或许可",
        "发明专利，授权，权利人为本单位",
    ),
    Check("price_mode", 5, has_price, "没有价格方式", "让企业知道是定价、面议还是入股", "面议"),
    Check(
        "applied_cases",
        5,
        lambda one: float(bool(one.applied_cases)),
        "没有应用案例",
        "有人用过，是最有力的说明",
        "2025 年起在两家包装企业使用",
    ),
    Check("elements", 5, _elements, "技术要素不全", "便于与需求逐项对照", "材料：秸秆纤维；方法：模压；应用：冷链包装"),
    Check(
        "cooperation_modes",
        5,
        lambda one: float(bool(one.cooperation_modes)),
        "没有选择合作方式",
        "企业的合作意向要与您的对得上",
        "技术许可、合作开发",
    ),
)
