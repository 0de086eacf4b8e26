"""Is it the same quantity? Names, other names, and the object or condition a quantity is about.

脱硫率 is 二氧化硫去除率; 出水总氰 may answer 总氰化物; 呼吸性粉尘 is not 总粉尘, 折算 is not 实测, 待机时间 is not 续航时间.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

from matchmaker.matching.requirements.characters import plain
from matchmaker.matching.requirements.lexicon import alike, head_words, heads, modifiers, neutral_words
from matchmaker.matching.requirements.quantities import Quantity, quantities_of
from matchmaker.matching.requirements.units import NO_UNIT, Unit

Similarity = Callable[[str, str], float]

# From here on two names that share no word are taken for one quantity, where a model of meaning is given.
SAME_MEANING = 0.86
# So much of what tells a quantity apart must be said by the other text.
_COVERED = 0.75
_CHANGE_IN_NAME = re.compile(
    r"(?P<thing>.*?)(?P<way>降低|下降|减少|缩短|节约|节省|削减|降|提高|提升|增加|增长|延长|上升|增|改善|减|压缩|节)(?:幅度|幅|率|比例|百分比|量|值|程度|了)?$"
)
_FALLING = frozenset({"降低", "下降", "减少", "缩短", "节约", "节省", "削减", "降", "减", "压缩", "节"})
_SAVING = {
    "节能率": "能耗",
    "节电率": "电耗",
    "节水率": "水耗",
    "节能": "能耗",
    "节水": "水耗",
    "节电": "电耗",
    "增产率": "产能",
    "增产": "产能",
    "减排率": "碳排放",
    "节能效果": "能耗",
    "降本": "生产成本",
    "减重": "重量",
    "减重率": "重量",
    "节油率": "油耗",
    "节药率": "施用量",
    "节肥率": "施用量",
    "节气率": "气耗",
    "提速": "速度",
}
_SUBSTANCES = frozenset(
    {
        "颗粒物浓度",
        "二氧化硫浓度",
        "氮氧化物浓度",
        "COD",
        "BOD",
        "氨氮",
        "总氮",
        "总磷",
        "总氰化物",
        "悬浮物",
        "非甲烷总烃",
        "VOC",
        "甲醛释放量",
        "重金属浓度",
    }
)
_DROPPED = re.compile(r"[\s()（）\[\]，。；、,:：/\"'“”的]+")


@dataclass(frozen=True)
class QuantityName:
    """A name, taken apart. `head`: usual name of the quantity, empty where it is in no list; `rest`: what tells it apart
    beyond head and modifiers; `alternatives`: group → alternatives of `words/modifiers.txt`; `conditions`: quantities in
    the name (45℃循环); `change`: +1/−1 where a rise or fall is asked for (降幅)."""

    text: str
    head: str
    is_general: bool
    rest: str
    alternatives: dict[str, frozenset[str]] = field(default_factory=dict)
    conditions: tuple[Quantity, ...] = ()
    change: int = 0

    @property
    def better(self) -> int:
        """+1 where more is better, −1 where less is, 0 unknown."""
        return heads()[self.head].better if self.head else 0


@lru_cache(maxsize=20_000)
def quantity_name(text: str) -> QuantityName:
    """The parts of a name as it stands on a form or before a number."""
    written = plain(text).strip()
    change, thing = 0, written
    saving = next((word for word in sorted(_SAVING, key=len, reverse=True) if written.endswith(word)), "")
    if saving:
        change, thing = (1 if saving in {"增产率", "增产", "提速"} else -1), written[: -len(saving)] + _SAVING[saving]
    elif match := _CHANGE_IN_NAME.fullmatch(written):
        change = -1 if match["way"] in _FALLING else 1
        thing = match["thing"]
    found = head_words().hits(thing)
    hit = found[-1] if found else None
    # 颗粒物折算浓度 is 颗粒物浓度, 灰分含量 is 灰分: what is named before “concentration” says which quantity it is.
    if (
        hit
        and hit.meaning == "浓度"
        and len(found) > 1
        and (found[-2].meaning in _SUBSTANCES or found[-2].end == hit.start)
    ):
        hit = found[-2]
        thing = thing[: found[-1].start] + thing[found[-1].end :]
    head = hit.meaning if hit else ""
    conditions = (
        tuple(quantity for quantity in quantities_of(thing) if quantity.unit is not NO_UNIT)
        if any(char.isdigit() for char in thing)
        else ()
    )
    alternatives: dict[str, frozenset[str]] = {}
    for word in modifiers().words.hits(thing):
        group = word.meaning.partition("/")[0]
        alternatives[group] = alternatives.get(group, frozenset()) | {word.meaning}
    rest = thing[: hit.start] + " " + thing[hit.end :] if hit else thing
    for quantity in sorted(conditions, key=lambda one: -one.start):
        if not hit or quantity.end <= hit.start:
            rest = rest[: quantity.start] + rest[quantity.end :]
    is_general = heads()[head].is_general if head else False
    rest = without_neutral(rest, keep_modifiers=is_general)
    return QuantityName(written, head, is_general, rest, alternatives, conditions, change)


# Quantities by what they are measured in; a number of another kind is none of theirs (维修人员24小时内到场).
_MEASURED_IN = {
    "人员": {"person", "piece"},
    "重量": {"kg"},
    "长度": {"m"},
    "高度": {"m"},
    "占地面积": {"m"},
    "频率": {"s", "times_done"},
}


def fits(name: QuantityName, unit: Unit) -> bool:
    """Can a number in this unit be of the named quantity?"""
    if not name.head or unit is NO_UNIT:
        return True
    kinds = {kind for kind, _ in unit.dimensions}
    if name.change:
        return True
    if name.head in _MEASURED_IN:
        return bool(kinds & _MEASURED_IN[name.head])
    if name.head.endswith(("时间", "周期", "期", "响应")):
        return unit.dimensions == (("s", 1),)
    if name.head in {"售价", "投资", "生产成本", "运行成本", "运维费", "安装费", "药剂费"}:
        return bool(kinds & {"cny", "usd", "eur"})
    return True


def without_neutral(text: str, *, keep_modifiers: bool = False) -> str:
    """What is left of a name when words that tell nothing apart, signs and modifiers of the lists are taken out."""
    kept, place = [], 0
    others = [] if keep_modifiers else modifiers().words.hits(text)
    taken = sorted([*neutral_words().hits(text), *others], key=lambda hit: (hit.start, -hit.end))
    for hit in taken:
        if hit.start < place:
            continue
        kept.append(text[place : hit.start])
        place = hit.end
    kept.append(text[place:])
    return _DROPPED.sub("", "".join(kept))


def share_of_characters(wanted: str, text: str) -> float:
    """How much of `wanted` stands in `text`, 0..1, counted in pairs of neighbouring characters (single ones if short)."""
    if not wanted:
        return 1.0
    if wanted in text:
        return 1.0
    if len(wanted) == 1:
        return 0.0
    covered = [False] * len(wanted)
    for place in range(len(wanted) - 1):
        if wanted[place : place + 2] in text:
            covered[place] = covered[place + 1] = True
    return sum(covered) / len(wanted)


@dataclass(frozen=True)
class Context:
    """Where a quantity of an achievement stands: its own phrase, its sentence, the record's title."""

    phrase: str
    sentence: str
    title: str


def same_quantity(
    wanted: QuantityName, offered: QuantityName, context: Context, similarity: Similarity | None = None
) -> bool:
    """Is what the achievement states the quantity that is asked for, of the same object, under the same condition?"""
    if wanted.change != offered.change:
        return False
    if not _same_head(wanted, offered, context, similarity):
        return False
    if not _same_alternatives(wanted, offered, context):
        return False
    if wanted.head in _OF_PARTS and not _of_the_thing(wanted, offered, context):
        return False
    return _rest_covered(wanted, offered, context)


# A part has these of its own: 滤袋寿命 is not the machine's.
_OF_PARTS = frozenset({"使用寿命", "重量", "质保期"})


def _of_the_thing(wanted: QuantityName, offered: QuantityName, context: Context) -> bool:
    """Is what stands before the head no other thing than the one the record is about?"""
    own = offered.rest
    return not 2 <= len(own) <= 6 or share_of_characters(own, f"{context.title}{wanted.text}") >= 0.5


def _same_head(wanted: QuantityName, offered: QuantityName, context: Context, similarity: Similarity | None) -> bool:
    if wanted.head and offered.head:
        return wanted.head == offered.head or frozenset({wanted.head, offered.head}) in alike()
    # 铅0.25mg/kg answers 铅含量.
    if wanted.head == "浓度" and not offered.head and wanted.rest and offered.text.endswith(wanted.rest):
        return True
    if wanted.head or (offered.head and not offered.is_general):
        return False if not similarity else similarity(wanted.text, offered.text) >= SAME_MEANING
    name = _DROPPED.sub("", wanted.text)
    # 渣含铜 answers 炉渣含铜: the end of a name decides.
    own_name = _DROPPED.sub("", offered.text)
    if len(own_name) >= max(3, 0.6 * len(name)) and name.endswith(own_name):
        return True
    if share_of_characters(name, _DROPPED.sub("", context.phrase)) >= 0.99:
        return True
    characters = set(name)
    own = _DROPPED.sub("", context.phrase)
    if len(name) >= 4 and len(characters & set(own)) == len(characters) and name[-2:] in own:
        return True
    return similarity is not None and bool(offered.text) and similarity(wanted.text, offered.text) >= SAME_MEANING


def _same_alternatives(wanted: QuantityName, offered: QuantityName, context: Context) -> bool:
    usual = modifiers().usual
    around: dict[str, frozenset[str]] | None = None
    for group in wanted.alternatives.keys() | offered.alternatives.keys():
        asked, stated = wanted.alternatives.get(group, frozenset()), offered.alternatives.get(group, frozenset())
        if asked & stated:
            continue
        if asked and stated:
            return False
        if stated:
            if stated & modifiers().may_be_added:
                continue
            # The achievement speaks of a special object or condition that nobody asked for.
            return False
        if asked & usual or group in modifiers().may_be_unsaid:
            continue
        if around is None:
            around = _alternatives_in(f"{context.sentence} {context.title}")
        if around.get(group, frozenset()) != asked:
            return False
    return True


def _alternatives_in(text: str) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for word in modifiers().words.hits(text):
        group = word.meaning.partition("/")[0]
        found[group] = found.get(group, frozenset()) | {word.meaning}
    return found


def _rest_covered(wanted: QuantityName, offered: QuantityName, context: Context) -> bool:
    rest = _usual_names(wanted.rest)
    if not rest or not wanted.head or rest_in_phrase(wanted, context):
        return True
    if wanted.is_general:
        return False
    return share_of_characters(rest, _usual_names(f"{context.sentence}。{context.title}")) >= _COVERED


def rest_in_phrase(wanted: QuantityName, context: Context) -> bool:
    """Does the number's own phrase name what tells the quantity apart (滤后水浊度), and not only its sentence?"""
    return not wanted.rest or share_of_characters(_usual_names(wanted.rest), _usual_names(context.phrase)) >= _COVERED


@lru_cache(maxsize=20_000)
def _usual_names(text: str) -> str:
    """The text with every name of a quantity in its usual form (NH3-N → 氨氮), so that texts can be compared."""
    kept, place = [], 0
    for hit in head_words().hits(text):
        kept += [text[place : hit.start], hit.meaning]
        place = hit.end
    return "".join([*kept, text[place:]])


def same_conditions(wanted: QuantityName, around: tuple[Quantity, ...]) -> bool | None:
    """Do the conditions in the name (45℃循环) hold where the achievement's number stands?

    True: stated and equal (or none asked for); False: stated otherwise; None: not stated.
    """
    result: bool | None = True
    for condition in wanted.conditions:
        alike = [other for other in around if other.unit.comparable(condition.unit)]
        if not alike:
            result = None if result else result
        elif not any(_close(condition, other) for other in alike):
            return False
    return result


def _close(one: Quantity, other: Quantity) -> bool:
    if one.is_exact and other.is_exact:
        return abs(one.low - other.low) <= 0.002 * max(abs(one.low), abs(other.low))
    return one.low <= other.low and other.high <= one.high
