"""What a text asserts, denies, or merely plans: clauses with their polarity.

`不含苯系溶剂` denies, `并非无法处理` asserts, `计划于明年认证` and `若增设…预计可低于` promise; a promise never counts as met.
"""

import re
from dataclasses import dataclass
from enum import Enum


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
    r"预计|预期|预测将|拟于|拟在|拟建|拟开|拟申|拟进|拟采|拟取|拟通|拟达|计划|规划|打算|有望|可望|力争|争取|即将|将于|将在|将可|将达|将实现|将通过|将取得|将完成|将建|将进|尚在|正在(?:申请|办理|进行|开展|准备|认证|送检|审核|审查|建设|筹|验证|测试|受理|评审|推进|试制|研发|联系|补充|整改|复核|对接|洽谈|编制)|申请中|审核中|认证中|办理中|审查中|受理中|评审中|建设中|送审|送检|待(?:取得|通过|认证|验证|建|审|批|完成|检|定|用户|确认|进一步|后续|复核|测试|验收|开展)|理论(?:上|值|计算|推算|寿命|可达|最大|能达|预测|\))|推算|外推|模型预测|预测(?:值|可达|可|为|结果)|推测|设计值|设计指标|设计目标|目标值|目标为|目标是|目标(?=成本|价|产能|产量|售价|寿命|效率|收率|精度|良率|能耗|参数|性能|指标)|仿真(?:结果|表明|显示|值|得|计算)|模拟(?:结果|表明|显示|值|计算)|下一步|后续(?:将|拟|计划|可)|明年|未来|远期|期望|希望|预研|筹建|在建|已受理|已提交申请|已递交|提交申请|申报中|申报材料|实质审查|公开阶段|初审|可协助|可配合|可申请|可办理|可另行|估计(?:可|能)|推算可|外推|有待|尚待|仍待|待遇到|planned|expected to|will be|is being|target of|in progress|pending"
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


# Two negations that make an assertion, and the other way round; read before single negations, longest first.
_AFFIRMED = (
    "非常", "免疫", "莫来石", "淹没", "没食子", "无极", "无烟煤", "无霜", "无水乙醇", "非织造", "非离子", "非均相", "非晶态", "未知", "不饱和", "不粘", "无功", "不倒翁", "不燃", "不透明", "不透水", "不透气", "不对称", "不可逆", "无定形", "无细胞", "无性", "无籽", "非编码", "无轨", "无碳", "不等", "不含税", "无量纲", "免费",
    "不得不", "难免", "不可避免", "难以避免", "无法避免", "避免不了", "不能避免", "不可缺", "以免", "未免", "不免", "无一不", "并非无法", "并非不能", "并非不可", "并不是不能", "不是不能", "并非没有", "不能不", "不会不", "不可不", "无不", "没有一处不", "没有一个不", "没有不", "离不开", "少不了", "免不了", "不可或缺", "不可缺少", "不能缺少", "必不可少", "未必不能", "不无", "未尝不", "无一不", "非不", "不仅", "不但", "不只", "不光", "无非", "不断", "不锈", "不同", "不等式", "不少", "不超过", "不低于", "不高于", "不大于", "不小于", "不少于", "不多于", "不足", "不到", "未来", "不得低于", "无论", "不论", "不管", "不限", "不饱和", "不定期", "不规则", "不确定度", "不良", "不均匀", "无线", "无人机", "无机", "无缝", "无纺", "无锡", "无刷", "无源", "无定形", "无水乙醇", "非线性", "非金属", "非晶", "非标", "非甲烷", "非遗", "无级", "不对称", "不平衡", "未经", "无菌", "无尘", "非洲", "别墅", "无花果", "除不锈", "莫不", "不乏", "不亚于", "不止", "没有停",
)  # fmt: skip
_DENIED = (
    "零排放", "零添加", "零污染", "零泄漏", "零废", "零外排", "零残留", "零缺陷", "零损", "零接触", "零甲醛", "零VOC", "零溶剂", "零事故", "零故障",
    "不得", "不能", "不可", "不应", "不会", "不需要", "不需", "不用", "不必", "不含", "不具备", "不支持", "不适用", "不适合", "不适宜", "不宜", "不符合", "不满足", "不提供", "不使用", "不采用", "不产生", "不影响", "不改变", "不依赖", "不依靠", "不接触", "不包括", "不包含", "不再", "不存在", "不允许", "不曾", "不添加", "不外排", "不排", "不动", "不变", "不损", "不借助", "不另", "不停", "无需", "无须", "无法", "无从", "无任何", "无外", "毋需", "毋须", "没有", "未做", "未取得", "未通过", "未获", "未能", "未完成", "未进行", "未开展", "未申请", "未达", "未见", "未使用", "未添加", "未经过", "尚无", "尚未", "仍未", "还未", "暂无", "暂未", "暂不", "从未", "并未", "并无", "并不", "并非", "禁止", "严禁", "杜绝", "避免", "免除", "取消", "去除了", "省去", "省掉", "免去", "免于", "除外", "以外", "缺少", "缺乏", "欠缺", "难以", "无法", "绝不", "毫无", "均不", "均未", "也不", "都不", "仍不", "既不", "免", "无", "未", "不", "没", "非", "莫", "勿", 
)  # fmt: skip
_POLAR = re.compile(
    "|".join(sorted(map(re.escape, {*_AFFIRMED, *_DENIED}), key=len, reverse=True))
    + r"|(?<![A-Za-z])(?:without|not|no|non|free of)(?![A-Za-z])",
)
_AFFIRMED_SET = frozenset(_AFFIRMED)


def negations(text: str) -> list[tuple[int, int]]:
    """The places of the words that deny in a clause; double negations and words like 不锈钢 are none."""
    return [
        match.span() for match in _POLAR.finditer(text) if match[0] not in _AFFIRMED_SET
    ]


def is_denied(text: str) -> bool:
    """Does the clause as a whole deny what it speaks of? (an odd number of negations)"""
    return len(negations(text)) % 2 == 1
