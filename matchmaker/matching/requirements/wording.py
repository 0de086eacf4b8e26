"""A requirement of words against the clauses of an achievement: the same thing asserted, denied, or not said."""

import math
import re
from dataclasses import dataclass

from matchmaker.matching.requirements.clause_reading import ClauseReading
from matchmaker.matching.requirements.demands import LEAST_WEIGHT, Demand, coverage, demands_of
from matchmaker.matching.requirements.evidence import Evidence, Statement
from matchmaker.matching.requirements.lexicon import compositions
from matchmaker.matching.requirements.quantities import Quantity
from matchmaker.matching.requirements.requirements import Requirement
from matchmaker.matching.requirements.statements import Standing
from matchmaker.models.match import Span, Verdict

# So much of what a demand names must stand in one clause, or in its whole sentence, to count as said; so much to look
# at the clause at all. Two thirds of a name (认证 of GMP认证) is another thing, hence not lower.
_SAID, _SAID_AROUND, _TOUCHED = 0.8, 0.95, 0.6
# Of what is banned so much must stand in the clause that denies it, the rest around it (制冷剂为CO2，未充注氟利昂).
_BANNED_HERE = 0.4
# Of what has a property: more where it supports than where it contradicts, for a false “met” is the worse error.
_SUPPORTED, _CONTRADICTED = 0.75, 0.5
# What only the sentence names counts a little less than what the clause itself names.
_AROUND = 0.98

# What stays as it is goes on being used (原热压机不变).
_UNCHANGED = re.compile(r"不变|不动|不改|不换|不需?更换|无需?更换|不增加")
# Possible only after something else has been done first.
_AFTER_FIRST = re.compile(r"(?:须|需|要|必须|只有)[^，。]{0,28}(?:才能|方能|方可|才可|才会|后再|后才)")
_AT_ONCE = re.compile(r"直接|即可")
_DONE = re.compile(
    r"无一|逐台|均|已|获|取得|通过|完成|建成|拥有|持有|累计|投产|投用|投入|在[^，。]{1,16}(?:应用|使用|运行|示范|推广)|批量|经[^，。]{0,14}(?:检测|检验|认证|评审|鉴定|测试|认定|验证)|齐全|具有|具备|为[^，。]{0,8}级|达到?[^，。]{0,6}级|服务|供货|销售|量产|授权|符合|均有|出具|配有|附有|列入|入选|持"
)
# A standard followed, a test of one's own, a part of the whole: near to it, not it.
_NOT_QUITE = re.compile(
    r"参照|按照|按[^，。]{0,14}(?:设计|要求|标准|规范|指南|方法)|依据|依照|自测|自检|送检|对标|参考|等同|相当于|接近|类似|满足申请|具备[^，。]{0,8}条件|条件(?:下)?可|可(?:协助|配合|申请|办理)|大部分|部分|个别|少数|多数|有时|基本上|原则上|尚可|视[^，。]{0,12}(?:而定|确定)|协商|待定|另行|可能|也许|或许|不一定|未必|不保证|需(?:另|用户|进一步)"
)
_ENOUGH = re.compile(r"即可|就能|就可|只需|仅需")
_TIME = (("s", 1),)
_ALL = re.compile(r"无一|没有[^，。]{0,6}不|无不|没有一|没有哪|均|全|都|所有|100%|各|每|纯|皆|只用|仅用|逐")
_OFFERED_TOO = re.compile(r"另有|可选|选配|也(?:可|能|支持|有)|还(?:可|能|支持|有)|同时提供|亦可|可切换|两种|均可|兼")
_GETS_RID = re.compile(
    r"减少|降低|削减|消除|治理|净化|去除|替代|取代|防止|抑制|(?<!可)(?<!难以)(?<!无法)避免(?!不了)|回收|回用|处理(?!后|,|，|$)|解决|用于|适用|针对"
)
# So far before a thing stands the word that says what is done about it.
_NEAR = 10
# Asked for and not yet given.
_PENDING = re.compile(
    r"申请|受理|审查|公开|办理|报批|送审|报审|准备|报送|递交|提交|上报|申报|等待|待批|在审|正在(?!运行|使用|应用|供货|生产|销售|服役|推广|服务)"
)
_GIVEN = re.compile(r"授权|获|取得|通过|批准|拿到|颁发|核发|下发")
_ONLY = re.compile(r"仅|只|目前|现为")
# Of these the first grade is the best one; of all others (等保三级, 三类证) more is better.
_FIRST_IS_BEST = re.compile(r"能效|防火|耐水|甲|乙|燃烧|阻燃|能耗|洁净|一级品|附着")
_ANY_ACTION = frozenset({"use", "emit", "need", "change", "affect", "stop", "contact", "leave"})


@dataclass(frozen=True)
class _Finding:
    verdict: Verdict
    statement: Statement | None = None


_NOTHING = _Finding(Verdict.UNKNOWN)


def judged_by_words(requirement: Requirement, evidence: Evidence) -> tuple[Verdict, Span | None, str]:
    """The verdict, the place of the deciding clause, and its words.

    Met only where every demand of the requirement is said, unmet where one is denied; unknown otherwise.
    """
    findings = [_any_of(demands, evidence) for demands in demands_of(requirement.text)]
    deciding = next((finding for finding in findings if finding.verdict is Verdict.UNMET), None)
    if deciding is None and findings and all(finding.verdict is Verdict.MET for finding in findings):
        deciding = findings[0]
    if deciding is None or deciding.statement is None:
        return Verdict.UNKNOWN, None, ""
    statement = deciding.statement
    span = Span(field=statement.field, start=statement.clause.start, end=statement.clause.end)
    return deciding.verdict, span, statement.clause.text.strip()


def _any_of(demands: tuple[Demand, ...], evidence: Evidence) -> _Finding:
    """Of alternatives (TS16949或IATF16949) one is enough; broken is only what breaks all of them."""
    findings = [_judged(demand, evidence) for demand in demands]
    met = next((finding for finding in findings if finding.verdict is Verdict.MET), None)
    if met is None and any(finding.verdict is not Verdict.UNMET for finding in findings):
        return _NOTHING
    return met or findings[0]


def _judged(demand: Demand, evidence: Evidence) -> _Finding:
    if demand.properties:
        findings = [_property(demand, *wanted, evidence) for wanted in demand.properties]
        return next((finding for finding in findings if finding.verdict is not Verdict.MET), findings[0])
    if demand.weight < LEAST_WEIGHT:
        return _NOTHING
    if demand.is_ban:
        return _banned(demand, evidence)
    return _event(demand, evidence) if demand.is_event or demand.levels else _asserted(demand, evidence)


def _decided(met: Statement | None, unmet: Statement | None) -> _Finding:
    """Both sides said is nothing said."""
    if met is not None and unmet is None:
        return _Finding(Verdict.MET, met)
    return _Finding(Verdict.UNMET, unmet) if unmet is not None and met is None else _NOTHING


def _is_certain(demand: Demand, statement: Statement) -> bool:
    """Is it stated as a fact, wholly, under the conditions that are asked for?"""
    reading = statement.reading
    return (
        statement.clause.standing is Standing.STATED
        and not _NOT_QUITE.search(reading.text)
        and _under_conditions(demand, reading)
        and (not demand.is_total or bool(_ALL.search(reading.text)))
    )


def _under_conditions(demand: Demand, reading: ClauseReading) -> bool:
    """Does the clause hold under the conditions the demand names (-20℃, 3个以上)?"""
    return all(
        any(_is_as_good(demand, condition, stated) for stated in _alike(condition, reading))
        for condition in demand.conditions
    )


def _falls_short(demand: Demand, reading: ClauseReading) -> bool:
    """Does the clause state less than the number that the demand asks for (仅1个案例, 三人操作)?"""
    for condition in demand.conditions:
        stated = _alike(condition, reading)
        if not (condition.unit.is_counter or condition.unit.dimensions == _TIME):
            continue
        if stated and all(one.is_exact and not _is_as_good(demand, condition, one) for one in stated):
            return True
    return False


def _alike(condition: Quantity, reading: ClauseReading) -> list[Quantity]:
    """The numbers of the clause that can be held against the condition; counters count alike."""
    return [
        quantity
        for quantity in reading.quantities
        if quantity.unit.comparable(condition.unit) or (quantity.unit.is_counter and condition.unit.is_counter)
    ]


def _is_as_good(demand: Demand, condition: Quantity, stated: Quantity) -> bool:
    """Colder, hotter or more is as good; of what is enough (一人即可) less is."""
    if condition.unit.offset and condition.high < condition.unit.offset:
        return stated.low <= condition.low
    if _ENOUGH.search(demand.text) or math.isinf(condition.low):
        return stated.high <= condition.high
    bound = condition.low if math.isfinite(condition.low) else condition.high
    return stated.high >= bound


def _property(demand: Demand, concept: str, side: str, evidence: Evidence) -> _Finding:
    """What must have (or not have) a property that has an opposite: 水性 / 溶剂型."""
    support: list[tuple[float, Statement]] = []
    contra: list[tuple[float, Statement]] = []
    for statement in evidence.statements:
        reading = statement.reading
        if statement.clause.standing is not Standing.STATED:
            continue
        for hit in reading.properties:
            if hit.meaning[:-1] != concept:
                continue
            is_turned = reading.is_denied_at(hit.start, hit.end) != reading.is_removed_at(hit.start, hit.end)
            # What something is made without (无磷) is said of the whole.
            topic = 1.0 if concept in compositions() else _topic(demand, statement, evidence)
            if (hit.meaning[-1] == side) != is_turned:
                if topic >= _SUPPORTED and _is_certain(demand, statement):
                    support.append((topic, statement))
            elif topic >= _CONTRADICTED:
                contra.append((topic, statement))
    best = max(support, key=lambda pair: pair[0], default=None)
    worst = max(contra, key=lambda pair: pair[0], default=None)
    if best and worst and (_OFFERED_TOO.search(best[1].reading.text) or best[0] > worst[0]):
        worst = None
    return _decided(best[1] if best else None, worst[1] if worst else None)


def _topic(demand: Demand, statement: Statement, evidence: Evidence) -> float:
    """How much of what is to have the property the clause or its sentence names."""
    if demand.weight < LEAST_WEIGHT:
        return 1.0
    own = coverage(demand.tokens, statement.reading)
    if own >= _SUPPORTED:
        return own
    return max(own, _AROUND * coverage(demand.tokens, evidence.sentence_reading(statement)))


def _banned(demand: Demand, evidence: Evidence) -> _Finding:
    """What must not be: met where the text denies it, unmet where it does it."""
    met: Statement | None = None
    actions = (demand.actions - {"need"} or _ANY_ACTION) | {"need"}
    for statement in evidence.statements:
        reading = statement.reading
        own = coverage(demand.tokens, reading)
        if statement.clause.standing is Standing.ELSEWHERE or own < _BANNED_HERE:
            continue
        if own < _SAID and coverage(demand.tokens, evidence.sentence_reading(statement)) < _SAID:
            continue
        start, end = demand.place_in(reading)
        if reading.is_denied_at(start, end):
            met = met or (statement if _is_certain(demand, statement) else None)
        elif reading.is_removed_at(start) or _GETS_RID.search(reading.text[max(0, start - _NEAR) : start]):
            continue
        elif own >= _SAID and (reading.actions & actions or not demand.actions):
            return _Finding(Verdict.UNMET, statement)
    return _decided(met, None)


def _event(demand: Demand, evidence: Evidence) -> _Finding:
    """What is there once it has been done: a plan or an application for it says that it is not."""
    unmet: Statement | None = None
    met: tuple[float, Statement] | None = None
    for statement in evidence.statements:
        reading, standing = statement.reading, statement.clause.standing
        covered = max(coverage(demand.tokens, reading), coverage(demand.other_name, reading))
        if standing is Standing.ELSEWHERE:
            continue
        if _ONLY.search(reading.text) and _names_another_grade(demand, reading):
            unmet = unmet or statement
            continue
        if covered < _TOUCHED:
            continue
        is_pending = _PENDING.search(reading.text) and not _GIVEN.search(reading.text)
        is_planned = standing in {Standing.PLANNED, Standing.CONDITIONAL}
        if is_planned or is_pending or reading.is_denied_at(*demand.place_in(reading)):
            if covered >= _SAID or demand.names_main_thing(reading):
                unmet = unmet or statement
            continue
        level = _level(demand, reading)
        if covered < _SAID or level is Verdict.UNKNOWN:
            continue
        if level is Verdict.UNMET or _falls_short(demand, reading):
            unmet = unmet or statement
        elif not _under_conditions(demand, reading):
            continue
        elif _DONE.search(reading.text) and not _NOT_QUITE.search(reading.text) and (not met or covered > met[0]):
            met = covered, statement
    return _Finding(Verdict.MET, met[1]) if met else _decided(None, unmet)


def _names_another_grade(demand: Demand, reading: ClauseReading) -> bool:
    """Is a name with a grade (ASIL-D) stated with another one (ASIL-B)?"""
    asked = [token.text for token in demand.tokens if token.is_name and len(token.text) > 2]
    return any(
        name not in reading.names
        and any(len(other) == len(name) and other[:-1] == name[:-1] for other in reading.names)
        for name in asked
    )


def _level(demand: Demand, reading: ClauseReading) -> Verdict:
    """二级 where 三级 is asked for; better than asked is met, no grade stated is unknown."""
    for kind, number in demand.levels:
        stated = reading.levels.get(kind)
        if stated is None:
            return Verdict.UNKNOWN
        if stated != number and (stated < number) != bool(_FIRST_IS_BEST.search(demand.text)):
            return Verdict.UNMET
    return Verdict.MET


def _asserted(demand: Demand, evidence: Evidence) -> _Finding:
    """What must be or be possible: met where the text says it, unmet where it denies it."""
    met: Statement | None = None
    unmet: Statement | None = None
    for statement in evidence.statements:
        reading = statement.reading
        covered = coverage(demand.tokens, reading)
        if covered < _TOUCHED or statement.clause.standing is not Standing.STATED:
            continue
        start, end = demand.place_in(reading)
        if reading.is_denied_at(start, end) and not _UNCHANGED.search(reading.text[end:]):
            unmet = unmet or (statement if covered >= _SAID else None)
        elif _AFTER_FIRST.search(reading.text):
            unmet = unmet or (statement if _AT_ONCE.search(demand.text) else None)
        elif covered >= _SAID and _falls_short(demand, reading):
            unmet = unmet or statement
        elif _is_certain(demand, statement) and (
            covered >= _SAID or coverage(demand.tokens, evidence.sentence_reading(statement)) >= _SAID_AROUND
        ):
            met = met or statement
    return _decided(met, unmet)
