"""Cells with an inner structure: indicators, intellectual property. What is not clear stays text; no word is lost."""

import re
from typing import Any

from matchmaker.ingest.identifiers import exact_text
from matchmaker.ingest.money import CellError
from matchmaker.ingest.values import plain, structured, without_numbering
from matchmaker.models.labels import IntellectualPropertyStatus, IntellectualPropertyType, Operator

_SIGNS = {sign: member for member in Operator for sign in (member.value, *member.aliases)} | {
    "不少于": Operator.AT_LEAST,
    "不低于": Operator.AT_LEAST,
    "≧": Operator.AT_LEAST,
    "≦": Operator.AT_MOST,
    "⩾": Operator.AT_LEAST,
    "⩽": Operator.AT_MOST,
}
_NOT_SIGNS = {"range", "范围", "介于", "text", "文字描述"}
_SIGN = "|".join(re.escape(sign) for sign in sorted(_SIGNS.keys() - _NOT_SIGNS, key=len, reverse=True))
_NUMBER = r"[-+±]?\d{1,20}(?:\.\d{1,20})?"
_UNIT = r"[^\d\s，。；、,;（）()≥≤><=以左约][^，。；、,;（）()≥≤><=以左约]{0,19}"
_CURRENT = re.compile(r"[（(]\s?(?:现状|目前|现有|当前)(?:为|是|值|[:：])?\s?([^（）()]{1,100})[)）]$")
# What stands before and behind the sign. A piece has one blank at most in a place (`_spaced`), and a length limit.
_BEFORE_SIGN = re.compile(r"\s?[:：]?\s?$")
_SIGNED = re.compile(rf"(?P<sign>{_SIGN})\s?(?P<target>{_NUMBER})\s?(?P<unit>{_UNIT})?$")
_RANGE = re.compile(
    rf"(?<=[^\dA-Za-z.\s:：-])\s?[:：为在]?\s?(?P<low>\d{{1,20}}(?:\.\d{{1,20}})?)\s?(?:-|~|～|—|–|至)\s?"
    rf"(?P<high>\d{{1,20}}(?:\.\d{{1,20}})?)\s?(?P<unit>{_UNIT})?$"
)
_REACHED = re.compile(
    rf"(?P<name>[^\d≥≤><=]{{0,120}}[^\d\s≥≤><=:：为达到])\s?[:：]?\s?"
    rf"(?P<value>(?:(?:{_SIGN})\s?)?{_NUMBER})\s?(?P<unit>{_UNIT})?"
)
_PIECES = re.compile(r"[；;\n。]+")
_COMMAS = re.compile(r"[，,、]")
_NAME_LIMIT, _TARGET_LIMIT = 100, 300
# Name, sign, number, unit and where it stands today: a longer piece is a sentence, and is kept as one.
_PIECE_LIMIT = 300
_REST_NAME = "其他指标"

_RIGHTS = sorted(
    ((word, member) for member in IntellectualPropertyType for word in (member.label, *member.aliases)),
    key=lambda pair: -len(pair[0]),
)
_RIGHT_STATES = sorted(
    (
        (word, member)
        for member in IntellectualPropertyStatus
        for word in (member.label, *member.aliases)
        if word != "公开"
    ),
    key=lambda pair: -len(pair[0]),
)
_RIGHT_NUMBER = re.compile(
    r"(?:ZL|CN)\s?\d{8,13}(?:\.[\dX])?[A-Z]?|\d{12}\.[\dX]|(?<!\d)\d{4}SR\d{6,8}|CNA\d{8,11}(?:\.\d)?"
)
_RIGHT_COUNT = re.compile(r"(\d{1,2})\s*(?:项|件|个)")
_NO_RIGHTS = frozenset(("未涉及知识产权", "未涉及", "不涉及", "无知识产权"))


def asked_indicators(cell: Any) -> Any:
    """Indicators a need asks for: `抗拉强度≥600MPa；成本≤3元/m²`. A sentence that is not clear is kept as text."""
    given = structured(cell)
    if given is not None:
        return given
    return [indicator for piece in _pieces(plain(cell), _asked) for indicator in (_asked(piece) or _sentence(piece))]


def reached_indicators(cell: Any) -> Any:
    """Indicators an achievement reaches: `脱除率96.5%；能耗≤3kWh/t`. A sentence that is not clear is kept as text."""
    given = structured(cell)
    if given is not None:
        return given
    return [
        indicator for piece in _pieces(plain(cell), _reached) for indicator in (_reached(piece) or _statement(piece))
    ]


def rights(cell: Any) -> Any:
    """Intellectual property: `发明专利 ZL202010000000.1 授权；实用新型2项`. Raises CellError: type not clear."""
    given = structured(cell)
    if given is not None:
        return given
    found: list[dict[str, Any]] = []
    unclear: list[str] = []
    for piece in re.split(r"[；;\n，,、]+(?!医药新品种)", exact_text(cell)):
        part = without_numbering(piece)
        if not part or part in _NO_RIGHTS:
            continue
        kind = next((member for word, member in _RIGHTS if word in part), None)
        number = _RIGHT_NUMBER.search(part)
        if kind is None and number is not None and found:
            kind = found[-1]["type"]  # 发明专利 ZL…、ZL…: the type is written once
        if kind is None:
            unclear.append(part)
            continue
        state = next((member for word, member in _RIGHT_STATES if _says(part, word)), None)
        right = {"type": kind, "number": number[0] if number else "", "status": state}
        count = _RIGHT_COUNT.search(part)
        found.extend([right] * (int(count[1]) if count and not number else 1))
    if unclear:
        raise CellError(
            f"看不出“{unclear[0][:40]}”是哪种知识产权",
            "请写成“发明专利 ZL202010000000.1 授权”，多项之间用；分隔",
            kept={"": found} if found else {},
            as_text=True,
        )
    return found


def _says(part: str, word: str) -> bool:
    # “有效” must not be found in “无效”'s neighbourhood, nor “授权” in “未授权”.
    return re.search(rf"(?<![未无非]){re.escape(word)}", part) is not None


def _pieces(written: str, parse: Any) -> list[str]:
    """Split at ；, 。 and line breaks; at commas only where every part is a clear indicator of its own."""
    pieces: list[str] = []
    for raw in _PIECES.split(written):
        piece = without_numbering(raw)
        if not piece:
            continue
        parts = [without_numbering(part) for part in _COMMAS.split(piece)]
        pieces.extend(parts if len(parts) > 1 and all(part and parse(part) for part in parts) else [piece])
    return pieces


def _asked(piece: str) -> list[dict[str, Any]]:
    spaced = _spaced(piece)
    if len(spaced) > _PIECE_LIMIT:
        return []
    now = _CURRENT.search(spaced)
    core = spaced[: now.start()].strip() if now else spaced
    current = {"current": now[1].strip()} if now else {}
    found = _SIGNED.search(core)
    name = core[: found.start()] if found else ""
    name = name[: before.start()].strip() if (before := _BEFORE_SIGN.search(name)) else name
    if found and name and len(name) <= _NAME_LIMIT:
        return [
            {
                "name": name,
                "operator": _SIGNS[found["sign"]],
                "target": found["target"],
                "unit": (found["unit"] or "").strip(),
                **current,
            }
        ]
    found = _RANGE.search(core)
    if found and float(found["low"]) < float(found["high"]) and 0 < found.start() <= _NAME_LIMIT:
        target = f"{found['low']}-{found['high']}"
        unit = (found["unit"] or "").strip()
        name = core[: found.start()].strip()
        return [{"name": name, "operator": Operator.RANGE, "target": target, "unit": unit, **current}]
    return []


def _reached(piece: str) -> list[dict[str, Any]]:
    spaced = _spaced(piece)
    found = _REACHED.fullmatch(spaced) if len(spaced) <= _PIECE_LIMIT else None
    if found is None or len(found["name"]) > _NAME_LIMIT:
        return []
    return [{"name": found["name"].strip(), "value": found["value"], "unit": (found["unit"] or "").strip()}]


def _spaced(piece: str) -> str:
    """The piece with one blank where there are several."""
    return " ".join(piece.split())


def _sentence(piece: str) -> list[dict[str, Any]]:
    return [{"name": name, "operator": Operator.TEXT, "target": rest} for name, rest in _as_text(piece)]


def _statement(piece: str) -> list[dict[str, Any]]:
    return [{"name": name, "value": rest} for name, rest in _as_text(piece)]


def _as_text(piece: str) -> list[tuple[str, str]]:
    if len(piece) <= _NAME_LIMIT:
        return [(piece, "")]
    starts = range(0, len(piece), _TARGET_LIMIT)
    return [(_REST_NAME, piece[start : start + _TARGET_LIMIT]) for start in starts]
