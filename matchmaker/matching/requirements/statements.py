"""What a text asserts, denies, or merely plans: clauses with their polarity.

`不含苯系溶剂` denies, `并非无法处理` asserts, `计划于明年认证` and `若增设…预计可低于` promise; a promise never counts as met.
"""

import re
from dataclasses import dataclass
from enum import Enum
from functools import cache

from matchmaker.matching.requirements.lexicon import lines_of


class Standing(Enum):
    """How a clause stands to what it says."""

    STATED = "stated"
    PLANNED = "planned"
    CONDITIONAL = "conditional"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True)
class Clause:
    """A stretch of text between two stops, in the places of the field's text; `sentence` numbers the sentence."""

    text: str
    start: int
    end: int
    sentence: int
    standing: Standing


# Longer than what people write between two stops, and in a sentence.
_LONGEST_CLAUSE, _LONGEST_SENTENCE = 200, 600
_STOPS = "，。；！\n"
_SENTENCE_ENDS = "。！\n；"

# A plan, a forecast, a design value: not yet so. Words that also name a thing done (设计) need their whole form.
_PLANS = re.compile(
    r"预计|预期|预测将|拟于|拟在|拟建|拟开|拟申|拟进|拟采|拟取|拟通|拟达|计划|规划|打算|有望|可望|力争|争取|即将|将于|将在|将可|将达|将实现|将通过|将取得|将完成|将建|将进|尚在|正在(?:申请|办理|进行|开展|准备|认证|送检|审核|审查|建设|筹|验证|测试|受理|评审|推进|试制|研发|联系|补充|整改|复核|对接|洽谈|编制)|申请中|审核中|认证中|办理中|审查中|受理中|评审中|建设中|送审|送检|待(?:取得|通过|认证|验证|建|审|批|完成|检|定|用户|确认|进一步|后续|复核|测试|验收|开展)|理论(?:上|值|计算|推算|寿命|可达|最大|能达|预测|\))|推算|外推|模型预测|预测(?:值|可达|可|为|结果)|推测|设计值|设计指标|设计目标|目标值|目标为|目标是|(?<!多)目标(?=[^，。、的识跟检]{0,5}(?:率|度|成本|价|产能|产量|寿命|能耗|参数|性能|指标))|设计(?=[^，。、]{0,4}(?:率|寿命|纯度|精度|去除|节能|能耗|排放))|仿真(?:结果|表明|显示|值|得|计算)|模拟(?:结果|表明|显示|值|计算)|(?:模拟|仿真|流体力学)[^，。]{0,12}(?:可达|可至|可到|能达|预计)|下一步|后续(?:将|拟|计划|可)|明年|未来|远期|期望|希望|预研|筹建|在建|已受理|已提交申请|已递交|提交申请|申报中|申报材料|实质审查|公开阶段|初审|可协助|可配合|可申请|可办理|可另行|估计(?:可|能)|推算可|外推|有待|尚待|仍待|待遇到|planned|expected to|will be|is being|target of|in progress|pending"
)
_CONDITIONS = re.compile(
    r"^(?:但|而)?(?:若|如果|如需|如能|如再|如增|如配|如采|如将|倘若|假如|假设|一旦|只有|除非|在[^，。]{0,16}(?:前提|条件)下(?:才|方))|若(?:再|能|采用|配|增|将|按|改|使用|后端)|另(?:外)?加装|增设[^，。]{0,12}后|加装[^，。]{0,12}后|须?另(?:行|配|加|购)|需另|选配[^，。]{0,10}后|if "
)
# What others or former things are like: no statement on this achievement.
_ELSEWHERE = re.compile(
    r"传统(?:工艺|方法|产品|技术|方案|设备|的|上)|常规(?:工艺|方法|产品|技术|方案|设备|机型|材料)|改造前|原(?:有)?(?:工艺|方案|系统|设备|来)(?!的?基础)(?=[^，。]{0,8}(?:为|达|约|高|的))|国外(?:同类|产品|进口)|同类(?:产品|技术|设备)|市售|市面|市场上|对照(?:组|品|样)|行业(?:平均|水平|一般|内)|文献|竞品|进口(?:产品|设备|机|同类)|现行标准|国家标准要求|标准要求|标准规定|国标(?:要求|规定|限值)|限值为|一般(?:工艺|方法|产品|设备)(?:为|需|要)|目前国内|以往|过去|普通(?:产品|钢|材料|设备|机型|水泥|混凝土)(?:的|为|仅|约)|替代|取代|代替|相比|相较|较之|与[^，。]{1,12}(?:相比|比较)|不同于|区别于|解决了?|针对|克服了?|避免了?|改变了?传统"
)
_COMPARED = re.compile(
    r"(?:替代|取代|代替|相比|相较|较之|不同于|区别于|解决了?|针对|克服了?|避免了?|改变了?传统|与[^，。]{1,12}(?:相比|比较))"
)


def clauses_of(written: str) -> tuple[Clause, ...]:
    """The clauses of a text that is written plainly (`characters.plain`), in order. Linear in its length.

    A stretch without stops is cut, so that nothing that looks at one clause or sentence grows with the text.
    """
    clauses: list[Clause] = []
    start = sentence = sentence_start = 0
    for place, char in enumerate(written):
        if char in _STOPS or (char == "," and not written[place + 1 : place + 2].isdigit()):
            _add(clauses, written, start, place, sentence)
            start = place + 1
            if char in _SENTENCE_ENDS or place - sentence_start > _LONGEST_SENTENCE:
                sentence += 1
                sentence_start = place + 1
        elif place - start >= _LONGEST_CLAUSE:
            _add(clauses, written, start, place, sentence)
            start, sentence, sentence_start = place, sentence + 1, place
    _add(clauses, written, start, len(written), sentence)
    return tuple(clauses)


def _add(clauses: list[Clause], text: str, start: int, end: int, sentence: int) -> None:
    piece = text[start:end]
    if not piece.strip():
        return
    standing = standing_of(piece)
    previous = clauses[-1] if clauses else None
    # A condition holds for what follows it in its sentence: 若后端再增设滤池，出水COD预计可低于20。
    if (
        standing is Standing.STATED
        and previous
        and previous.sentence == sentence
        and previous.standing is Standing.CONDITIONAL
    ):
        standing = Standing.CONDITIONAL
    clauses.append(Clause(piece, start, end, sentence, standing))


def standing_of(text: str) -> Standing:
    """Stated as a fact, planned, under a condition, or said of something else than the achievement."""
    if _CONDITIONS.search(text):
        return Standing.CONDITIONAL
    if _PLANS.search(text):
        return Standing.PLANNED
    if _ELSEWHERE.search(text) and not _COMPARED.search(text):
        return Standing.ELSEWHERE
    return Standing.STATED


@cache
def _polar() -> tuple[re.Pattern[str], frozenset[str]]:
    """The words of `words/negations.txt`, longest first, and those of them that deny nothing."""
    kinds: dict[str, set[str]] = {"affirmed": set(), "denied": set()}
    for line in lines_of("negations.txt"):
        kind, _, words = line.partition(":")
        kinds[kind].update(words.split())
    longest_first = sorted(kinds["affirmed"] | kinds["denied"], key=len, reverse=True)
    english = r"(?<![A-Za-z])(?:without|not|no|non|free of)(?![A-Za-z])"
    return re.compile("|".join([*map(re.escape, longest_first), english])), frozenset(kinds["affirmed"])


def negations(text: str) -> list[tuple[int, int]]:
    """The places of the words that deny in a clause; double negations and words like 不锈钢 are none."""
    pattern, affirmed = _polar()
    return [match.span() for match in pattern.finditer(text) if match[0] not in affirmed]


def is_denied(text: str) -> bool:
    """Does the clause as a whole deny what it speaks of? (an odd number of negations)"""
    return len(negations(text)) % 2 == 1
