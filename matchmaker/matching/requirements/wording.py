"""A requirement of words against the clauses of an achievement: the same thing asserted, denied, or not said."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from matchmaker.matching.requirements.characters import plain
from matchmaker.matching.requirements.clause_reading import LEVEL, NAME, ClauseReading, level_number, normal_name
from matchmaker.matching.requirements.evidence import Evidence, Statement
from matchmaker.matching.requirements.lexicon import WordList, plain_words, same_words
from matchmaker.matching.requirements.names import share_of_characters
from matchmaker.matching.requirements.quantities import Quantity, quantities_of
from matchmaker.matching.requirements.requirements import Requirement
from matchmaker.matching.requirements.statements import Standing
from matchmaker.matching.requirements.units import NO_UNIT
from matchmaker.models.match import Span, Verdict

# So much of what a requirement names must stand in one clause, or in it and its neighbours, to count as said.
# Endings and beginnings of a word that change nothing (防爆型, 本品).
_ENDINGS, _BEGINNINGS = "型性式类化中上下内时后前的", "本该全用做时后"
_LEAST = 1.5
# Of what is banned so much must stand in the clause that denies it, the rest around it (制冷剂为CO2，未充注氟利昂).
_BANNED_HERE = 0.4
_SAID, _SAID_AROUND, _TOUCHED = 0.8, 0.95, 0.6
_SPLIT = re.compile(
    r"[，；。,;]|并且|而且|并(?=已|能|可|有|具|支|提|通|应|须|不)|且(?=已|能|可|有|具|支|提|不|无)|同时(?=可|能|具|支|提|满)"
)
_PURPOSE = re.compile(r"便于|以便|方便|利于|有利于|从而|以(?:降低|提高|减少|保证|满足|适应)")
# What stays as it is goes on being used (原热压机不变).
_UNCHANGED = re.compile(r"不变|不动|不改|不换|不需?更换|无需?更换|不增加")
# Possible only after something else has been done first.
_AFTER_FIRST = re.compile(r"(?:须|需|要|必须|只有)[^，。]{0,28}(?:才能|方能|方可|才可|才会|后再|后才)")
_BRACKETS = re.compile(r"\(([^()]{1,40})\)")
# What is there once it has been done: certificates, permits, pilots, production, cases, patents.
_EVENTS = re.compile(
    r"认证|证书|证$|注册|许可|检测|检验|测评|鉴定|备案|量产|批量生产|产业化|中试|小试|案例|应用业绩|工程应用|业绩|专利|软件著作权|软著|资质|验收|试验$|测试$|已投产|标准|黄卡|煤安|矿安|等保|等级保护|能效|认可|合格证|报告|标志|体系|示范|推广|ISO|IATF|CE|FDA|UL|GMP|RoHS|REACH|CCC|3C|CCS|CNAS|CMA|HACCP"
)
_DONE = re.compile(
    r"无一|逐台|均|已|获|取得|通过|完成|建成|拥有|持有|累计|投产|投用|投入|在[^，。]{1,16}(?:应用|使用|运行|示范|推广)|批量|经[^，。]{0,14}(?:检测|检验|认证|评审|鉴定|测试|认定|验证)|齐全|具有|具备|为[^，。]{0,8}级|达到?[^，。]{0,6}级|服务|供货|销售|量产|授权|符合|均有|出具|配有|附有|列入|入选|持"
)
# A standard followed, a test of one's own, a part of the whole: near to it, not it.
_NOT_QUITE = re.compile(
    r"参照|按照|按[^，。]{0,14}(?:设计|要求|标准|规范|指南|方法)|依据|依照|自测|自检|送检|对标|参考|等同|相当于|接近|类似|满足申请|具备[^，。]{0,8}条件|条件(?:下)?可|可(?:协助|配合|申请|办理)|大部分|部分|个别|少数|多数|有时|基本上|原则上|尚可|视[^，。]{0,12}(?:而定|确定)|协商|待定|另行|可能|也许|或许|不一定|未必|不保证|需(?:另|用户|进一步)"
)
_OFFERED_TOO = re.compile(r"另有|可选|选配|也(?:可|能|支持|有)|还(?:可|能|支持|有)|同时提供|亦可|可切换|两种|均可|兼")
_GETS_RID = re.compile(
    r"减少|降低|削减|消除|治理|净化|去除|替代|取代|防止|抑制|(?<!可)(?<!难以)(?<!无法)避免(?!不了)|回收|回用|处理(?!后|,|，|$)|解决|用于|适用|针对"
)
_BANNED = re.compile(
    r"不得|不能|不可|不应|不允许|禁止|严禁|不使用|不采用|不含|不添加|不产生|不需|无需|无须|不用|不必|不影响|不改变|不依赖|不|无|免|未|杜绝|避免|没有|零"
)
# Asked for and not yet given.
_PENDING = re.compile(r"申请|受理|审查|公开|办理|报批|送审|报审|准备")
_GIVEN = re.compile(r"授权|获|取得|通过|批准|拿到|颁发|核发|下发")
_SMALLER_IS_BETTER = re.compile(r"能效|防火|耐水|甲|乙|燃烧|能耗|洁净|一级品|附着")


@dataclass(frozen=True)
class _Token:
    """Something a requirement names: a group of same words (`meaning`), a name in letters, or other words (`text`)."""

    text: str
    weight: float
    meaning: str = ""
    is_name: bool = False


@dataclass(frozen=True)
class _Part:
    """One demand of a requirement: what it names, which properties it wants, whether it bans."""

    text: str
    is_ban: bool
    actions: frozenset[str]
    properties: tuple[tuple[str, str], ...]
    tokens: tuple[_Token, ...]
    levels: tuple[tuple[str, int], ...]
    is_event: bool
    other_name: tuple[_Token, ...] = ()
    conditions: tuple[Quantity, ...] = ()

    @property
    def weight(self) -> float:
        return sum(token.weight for token in self.tokens)


@dataclass(frozen=True)
class _Finding:
    verdict: Verdict
    statement: Statement | None = None


_NOTHING = _Finding(Verdict.UNKNOWN)


def judged_by_words(requirement: Requirement, evidence: Evidence) -> tuple[Verdict, Span | None, str]:
    """The verdict, the place of the deciding clause, and its words.

    Met only where every part of the requirement is said, unmet where one is denied; unknown otherwise.
    """
    findings = [_judged(part, evidence) for part in parts_of(requirement.text)]
    for finding in findings:
        if finding.verdict is Verdict.UNMET:
            return _told(finding)
    if findings and all(finding.verdict is Verdict.MET for finding in findings):
        return _told(findings[0])
    return Verdict.UNKNOWN, None, ""


def _told(finding: _Finding) -> tuple[Verdict, Span | None, str]:
    statement = finding.statement
    if statement is None:
        return finding.verdict, None, ""
    clause = statement.clause
    return finding.verdict, Span(field=statement.field, start=clause.start, end=clause.end), clause.text.strip()


@lru_cache(maxsize=5_000)
def parts_of(text: str) -> tuple[_Part, ...]:
    """The demands a requirement of words consists of."""
    written = plain(text)
    aside = " ".join(_BRACKETS.findall(written))
    pieces = [piece.strip() for piece in _SPLIT.split(_BRACKETS.sub("", written)) if piece and piece.strip()]
    # What it is good for (便于运输) follows from what it is.
    pieces = [piece for piece in pieces if not _PURPOSE.match(piece)] or pieces
    parts = [part for piece in pieces if (part := _part(piece, aside if len(pieces) == 1 else "")) is not None]
    return tuple(parts)


def _part(text: str, aside: str) -> _Part | None:
    reading = ClauseReading(text)
    wanted: list[tuple[str, str]] = []
    is_ban = False
    covered = [False] * len(text)
    for hit in reading.properties:
        denied = reading.is_denied_at(hit.start, hit.end)
        side = hit.meaning[-1]
        wanted.append((hit.meaning[:-1], ("-" if side == "+" else "+") if denied else side))
        for place in range(hit.start, hit.end):
            covered[place] = True
    negated = reading.negations
    outside = [span for span in negated if not any(covered[span[0] : span[1]])]
    if outside and not wanted:
        is_ban = len(outside) % 2 == 1
    if is_ban and len(text) - outside[0][1] >= 2:
        # What is banned stands after the negation; where and by whom (种植全程) stands before it.
        covered[: outside[0][0]] = [True] * outside[0][0]
    levels = tuple((match["kind"], level_number(match["number"])) for match in LEVEL.finditer(text))
    for match in LEVEL.finditer(text):
        for place in range(match.start(), match.end()):
            covered[place] = True
    tokens = _tokens(text, covered, reading, plain_words())
    if not wanted and sum(token.weight for token in tokens) < _LEAST:
        # Nothing but helping words (不影响正常生产): then they are what is asked for.
        tokens = _tokens(text, covered, reading, _modal_words())
    if not tokens and not wanted:
        return None
    conditions = tuple(quantity for quantity in quantities_of(text) if quantity.unit is not NO_UNIT)
    other = _tokens(aside, [False] * len(aside), ClauseReading(aside), plain_words()) if aside else ()
    is_event = bool(_EVENTS.search(text))
    return _Part(text, is_ban, reading.actions, tuple(wanted), tokens, levels, is_event, other, conditions)


@cache
def _modal_words() -> WordList:
    return WordList(
        dict.fromkeys(
            "须 必须 应 应当 能 能够 可 可以 要 要求 需 需要 支持 具有 具备 实现 采用 使用 产品 设备 的 对 和 与 及".split(),
            "",
        )
    )


def _tokens(text: str, covered: list[bool], reading: ClauseReading, plain_hits: WordList) -> tuple[_Token, ...]:
    tokens: list[_Token] = []
    taken = list(covered)
    for first, last in reading.negations:
        if not any(hit.start <= first and last <= hit.end for hit in reading.things):
            for place in range(first, last):
                taken[place] = True
    for hit in reading.things:
        if any(taken[hit.start : hit.end]):
            continue
        word = text[hit.start : hit.end]
        # A word that is also a helping word (安装, 现有) may be missing; what the requirement is about may not.
        weight = 0.4 if plain_hits.meaning_of(word) is not None else float(min(len(word), 4))
        tokens.append(_Token(word, weight, meaning=hit.meaning))
        for place in range(hit.start, hit.end):
            taken[place] = True
    for match in NAME.finditer(text):
        if not any(taken[match.start() : match.end()]):
            tokens.append(_Token(normal_name(match[0]), 4.0, is_name=True))
            for place in range(match.start(), match.end()):
                taken[place] = True
    for hit in plain_hits.hits(text):
        if not any(taken[hit.start : hit.end]):
            for place in range(hit.start, hit.end):
                taken[place] = True
    run = ""
    for place in range(len(text) + 1):
        char = text[place] if place < len(text) else " "
        if place < len(text) and not taken[place] and "\u4e00" <= char <= "\u9fff":
            run += char
            continue
        run = run.rstrip(_ENDINGS).lstrip(_BEGINNINGS) if len(run) > 2 else run
        if len(run) > 1:
            tokens.append(_Token(run, float(min(len(run), 5))))
        run = ""
    return tuple(tokens)


def _coverage(tokens: tuple[_Token, ...], reading: ClauseReading) -> float:
    total = sum(token.weight for token in tokens)
    return sum(token.weight * _covered(token, reading) for token in tokens) / total if total else 0.0


def _covered(token: _Token, reading: ClauseReading) -> float:
    if token.meaning:
        if token.meaning in reading.meanings:
            return 1.0
        return 1.0 if token.text in reading.text else 0.0
    if token.is_name:
        if token.text in reading.names:
            return 1.0
        return 1.0 if len(token.text) >= 5 and any(name.startswith(token.text) for name in reading.names) else 0.0
    share = share_of_characters(token.text, reading.text)
    return share if share >= 0.5 else 0.0


def _place(tokens: tuple[_Token, ...], reading: ClauseReading) -> tuple[int, int]:
    """Where in the clause the heaviest named thing stands."""
    for token in sorted(tokens, key=lambda one: -one.weight):
        for hit in reading.things:
            if token.meaning and (
                hit.meaning == token.meaning or token.meaning in same_words().wholes.get(hit.meaning, frozenset())
            ):
                return hit.start, hit.end
        place = reading.text.find(token.text)
        if place >= 0:
            return place, place + len(token.text)
        for size in range(len(token.text) - 1):
            place = reading.text.find(token.text[size : size + 2])
            if place >= 0:
                return place, place + 2
    return 0, len(reading.text)


def _judged(part: _Part, evidence: Evidence) -> _Finding:
    if part.properties:
        return _by_properties(part, evidence)
    if part.weight < _LEAST:
        return _NOTHING
    if part.is_ban:
        return _banned(part, evidence)
    return _event(part, evidence) if part.is_event else _asserted(part, evidence)


def _under_conditions(part: _Part, reading: ClauseReading) -> bool:
    """Does the clause hold under the conditions the requirement names (-20℃)? Colder, hotter or more is as good."""
    for condition in part.conditions:
        stated = [quantity for quantity in reading.quantities if quantity.unit.comparable(condition.unit)]
        if not stated:
            return False
        cold = condition.unit.offset and condition.high < condition.unit.offset
        if not any(quantity.low <= condition.low if cold else quantity.high >= condition.high for quantity in stated):
            return False
    return True


def _around(statement: Statement, evidence: Evidence) -> ClauseReading:
    return evidence.sentence_reading(statement)


def _by_properties(part: _Part, evidence: Evidence) -> _Finding:
    findings: list[_Finding] = []
    for concept, side in part.properties:
        support: list[tuple[float, Statement]] = []
        contra: list[tuple[float, Statement]] = []
        for statement in evidence.statements:
            reading = statement.reading
            for hit in reading.properties:
                if hit.meaning[:-1] != concept or statement.clause.standing is Standing.ELSEWHERE:
                    continue
                flipped = reading.is_denied_at(hit.start, hit.end) != reading.is_removed_at(hit.start, hit.end)
                stated = hit.meaning[-1] if not flipped else "-" if hit.meaning[-1] == "+" else "+"
                topic = _topic(part, statement, evidence)
                if stated == side:
                    if (
                        statement.clause.standing is Standing.STATED
                        and topic >= 0.75
                        and not _NOT_QUITE.search(reading.text)
                    ):
                        support.append((topic, statement))
                elif topic >= 0.5 and statement.clause.standing is Standing.STATED:
                    contra.append((topic, statement))
        if support and contra:
            best = max(support, key=lambda pair: pair[0])
            if _OFFERED_TOO.search(best[1].reading.text) or best[0] > max(pair[0] for pair in contra):
                findings.append(_Finding(Verdict.MET, best[1]))
            else:
                findings.append(_NOTHING)
        elif support:
            findings.append(_Finding(Verdict.MET, max(support, key=lambda pair: pair[0])[1]))
        elif contra:
            return _Finding(Verdict.UNMET, max(contra, key=lambda pair: pair[0])[1])
        else:
            findings.append(_NOTHING)
    if all(finding.verdict is Verdict.MET for finding in findings):
        return findings[0]
    return _NOTHING


def _topic(part: _Part, statement: Statement, evidence: Evidence) -> float:
    if part.weight < _LEAST:
        return 1.0
    own = _coverage(part.tokens, statement.reading)
    return own if own >= 0.75 else max(own, 0.98 * _coverage(part.tokens, _around(statement, evidence)))


def _banned(part: _Part, evidence: Evidence) -> _Finding:
    """What must not be: met where the text denies it, unmet where it does it."""
    met: Statement | None = None
    wanted = part.actions - {"need"} or frozenset(
        {"use", "emit", "need", "change", "affect", "stop", "contact", "leave"}
    )
    for statement in evidence.statements:
        reading = statement.reading
        own = _coverage(part.tokens, reading)
        if statement.clause.standing is Standing.ELSEWHERE or own < _BANNED_HERE:
            continue
        if own < _SAID and _coverage(part.tokens, _around(statement, evidence)) < _SAID:
            continue
        start, end = _place(part.tokens, reading)
        if reading.is_denied_at(start, end):
            if (
                statement.clause.standing is Standing.STATED
                and not _NOT_QUITE.search(reading.text)
                and _under_conditions(part, reading)
            ):
                met = met or statement
        elif reading.is_removed_at(start) or _GETS_RID.search(reading.text):
            continue
        elif own >= _SAID and (reading.actions & (wanted | {"need"}) or not part.actions):
            return _Finding(Verdict.UNMET, statement)
    return _Finding(Verdict.MET, met) if met else _NOTHING


def _event(part: _Part, evidence: Evidence) -> _Finding:
    """What is there once it has been done: a plan or an application for it says that it is not."""
    unmet: Statement | None = None
    near: tuple[float, Statement] | None = None
    for statement in evidence.statements:
        reading = statement.reading
        covered = max(_coverage(part.tokens, reading), _coverage(part.other_name, reading) if part.other_name else 0.0)
        if covered < _TOUCHED or statement.clause.standing is Standing.ELSEWHERE:
            continue
        start, end = _place(part.tokens, reading)
        standing = statement.clause.standing
        pending = _PENDING.search(reading.text) and not _GIVEN.search(reading.text)
        if reading.is_denied_at(start, end) or pending or standing in {Standing.PLANNED, Standing.CONDITIONAL}:
            if _heaviest(part.tokens, reading) or covered >= _SAID:
                unmet = unmet or statement
            continue
        if covered < _SAID:
            continue
        if part.levels:
            compared = _levels(part, reading)
            if compared is Verdict.UNMET:
                unmet = unmet or statement
                continue
            if compared is Verdict.UNKNOWN:
                continue
        if _DONE.search(reading.text) and not _NOT_QUITE.search(reading.text) and (near is None or covered > near[0]):
            near = (covered, statement)
    if near is not None:
        return _Finding(Verdict.MET, near[1])
    return _Finding(Verdict.UNMET, unmet) if unmet else _NOTHING


def _heaviest(tokens: tuple[_Token, ...], reading: ClauseReading) -> bool:
    """Is the weightiest thing of the requirement named?"""
    return bool(tokens) and _covered(max(tokens, key=lambda token: token.weight), reading) >= _SAID


def _levels(part: _Part, reading: ClauseReading) -> Verdict:
    """二级 where 三级 is asked for; better than asked is met."""
    for kind, number in part.levels:
        stated = reading.levels.get(kind)
        if stated is None:
            return Verdict.UNKNOWN
        if stated == number:
            continue
        smaller = bool(_SMALLER_IS_BETTER.search(part.text))
        if (stated < number) != smaller:
            return Verdict.UNMET
    return Verdict.MET


def _asserted(part: _Part, evidence: Evidence) -> _Finding:
    """What must be or be possible: met where the text says it, unmet where it denies it."""
    met: Statement | None = None
    unmet: Statement | None = None
    for statement in evidence.statements:
        reading = statement.reading
        covered = _coverage(part.tokens, reading)
        if covered < _TOUCHED or statement.clause.standing is not Standing.STATED:
            continue
        start, end = _place(part.tokens, reading)
        if reading.is_denied_at(start, end) and not _UNCHANGED.search(reading.text[end:]):
            if covered >= _SAID:
                unmet = unmet or statement
            continue
        if _AFTER_FIRST.search(reading.text):
            if "直接" in part.text or "即可" in part.text:
                unmet = unmet or statement
            continue
        said = covered >= _SAID or _coverage(part.tokens, _around(statement, evidence)) >= _SAID_AROUND
        if said and not _NOT_QUITE.search(reading.text) and _under_conditions(part, reading):
            met = met or statement
    if met and unmet:
        return _NOTHING
    if met:
        return _Finding(Verdict.MET, met)
    return _Finding(Verdict.UNMET, unmet) if unmet else _NOTHING
