"""The words around a number: what bounds it (不低于, 以内), and what makes it a rise or a fall (提高了, 降低)."""

import re
from functools import cache

from matchmaker.matching.requirements.lexicon import lines_of

# 降到28, 缩短至3天: between the two ends of a change.
_BETWEEN_ENDS = re.compile(
    r"\s?(?:左右|以上)?(?:迅速|大幅|显著|进一步|逐步)?(?:降低|下降|降|减少|减|缩短|缩|压缩|压|提高|提升|升高|上升|升|增加|增长|增|延长|改善|变|优化|扩大|放大)(?:到|至|为|成|达)了?(?:约|不足|不到|低于|小于|大于|超过|高于)?\s?"
)
_ARROW = re.compile(r"\s?(?:→|->|—>)\s?")
_FROM_TO = re.compile(r"\s?(?:到|至|变为|变成|提到)了?\s?")
_FROM = ("由", "从", "自", "原来的", "原先的", "from")
_LEVEL_REACHED = re.compile(r"(?:到|至|为|达到|达)(?:了|约|不足|不到|低于|小于|大于|超过|高于|接近)?\s?$")
# One character is a change only after a comparison (比原工艺低8%); these few say it alone (再降8%).
_SINGLE, _SINGLE_ALONE = frozenset("高低少短长多增升压减省缩降"), frozenset("增升减省降")
_COMPARISONS = ("比", "较", "相对", "同期")
# 长度, 高温: inside a word the sign is no suffix; these characters after 内 or 多 make another word of it.
_OTHER_WORD = frozenset("部存径壁涂层热种项个重伏")


@cache
def _words() -> dict[str, dict[str, str]]:
    """Place or direction → word → sign, as `words/operators.txt` has them."""
    read: dict[str, dict[str, str]] = {}
    for line in lines_of("operators.txt"):
        kind, sign, *words = line.split()
        read.setdefault(kind, {}).update({word.replace("_", " "): sign for word in words})
    return read


@cache
def _longest(kind: str) -> int:
    return max(map(len, _words()[kind]))


def operator_before(text: str, place: int) -> tuple[str, int]:
    """The operator sign (>=, >, <=, <, ≈, =) whose words end at `place`, and where they start; empty where none do."""
    end = place
    while end > 0 and text[end - 1] == " ":
        end -= 1
    before = _words()["before"]
    for length in range(min(_longest("before"), end), 0, -1):
        sign = before.get(text[end - length : end])
        if sign is not None:
            return sign, end - length
    return "", end


def operator_after(text: str, place: int) -> tuple[str, int]:
    """The operator sign (>=, <=, ≈) whose words begin at `place`, and where they end; empty where none do."""
    begin = place + (text[place : place + 1] == " ")
    if text.startswith("(含)", begin):
        begin += 3
    after = _words()["after"]
    for length in range(_longest("after"), 0, -1):
        word = text[begin : begin + length]
        sign = after.get(word)
        if sign is None or (length == 1 and text[begin + 1 : begin + 2] in _OTHER_WORD and text[begin + 1 : begin + 2]):
            continue
        return sign, begin + len(word)
    return "", place


@cache
def _change_pattern() -> re.Pattern[str]:
    words = sorted({*_words()["fall"], *_words()["rise"]}, key=len, reverse=True)
    return re.compile(
        f"(?P<way>{'|'.join(map(re.escape, words))})"
        r"(?:了|幅度?|率)?(?:为|达到|达|至少|不低于|超过|约|近|不少于|大于|高于|≥|>|:|可达|不小于|了)?\s?$"
    )


def change_before(phrase: str) -> int:
    """+1 or −1 where the words before a number make it a rise or fall by so much, 0 where it is a level."""
    if _LEVEL_REACHED.search(phrase[-8:]):
        return 0
    match = _change_pattern().search(phrase[-16:])
    if match is None:
        return 0
    way, start = match["way"], max(0, len(phrase) - 16) + match.start()
    if start and phrase[start - 1] in "最不较至很":
        return 0
    if way in _SINGLE and way not in _SINGLE_ALONE and not any(word in phrase[:start] for word in _COMPARISONS):
        return 0
    return -1 if way in _words()["fall"] else 1


def joins_a_change(between: str, before: str) -> bool:
    """Do the words between two numbers make them the ends of a change (由120降到28)? `before` stands before the first."""
    if len(between) > 16:
        return False
    if _BETWEEN_ENDS.fullmatch(between) or _ARROW.fullmatch(between):
        return True
    return before.endswith(_FROM) and bool(_FROM_TO.fullmatch(between))
