"""Numbers as people write them: 1,200.5 · 3万 · 二十四 · 百分之五 · 三成 · 1.2×10⁻³ · 1/3 · 半."""

import re

_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "俩": 2}
_STEPS = {"十": 10, "百": 100, "千": 1000}
_SCALES = {"万": 10_000, "亿": 100_000_000}
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")

# Repeats are bounded: nobody writes a quantity of more than twenty digits.
ARABIC = re.compile(
    r"(?P<number>\d{1,3}(?:,\d{3}){1,5}(?![0-9])(?:\.\d{1,9})?|\d{1,20}(?:\.\d{1,12})?)"
    r"(?:\s?[×xX*]\s?10(?:\^?(?P<power>[-−+]?\d{1,2})|(?P<super>[⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,2}))|[eE](?P<exponent>[-+]?\d{1,2})(?![0-9A-Za-z]))?"
    r"(?:/(?P<divisor>\d{1,6})(?![0-9.]))?"
)
CHINESE = re.compile(r"[零〇一二两三四五六七八九十百千万亿]{1,12}(?:点[零〇一二三四五六七八九]{1,6})?")
_SHARE = re.compile(r"(百万|千万|十万|百|千|万|[一二三四五六七八九十])分之")
_SHARE_BASES = {"百": 1e2, "千": 1e3, "万": 1e4, "十万": 1e5, "百万": 1e6, "千万": 1e7}
MULTIPLIERS = (
    ("百万", 1e6),
    ("千万", 1e7),
    ("十万", 1e5),
    ("万亿", 1e12),
    ("亿", 1e8),
    ("万", 1e4),
    ("千", 1e3),
    ("百", 1e2),
    ("十", 1e1),
)


def arabic_at(text: str, place: int) -> tuple[float, int] | None:
    """The number in digits at `place` and where it ends: thousands separated or not, a power of ten, a fraction."""
    match = ARABIC.match(text, place)
    if match is None:
        return None
    value = float(match["number"].replace(",", ""))
    end = match.end("number")
    exponent = match["power"] or match["exponent"] or (match["super"] or "").translate(_SUPERSCRIPTS)
    if exponent:
        value *= 10.0 ** int(exponent.replace("−", "-"))
        end = max(match.end("power"), match.end("exponent"), match.end("super"))
    if match["divisor"] and float(match["divisor"]):
        return value / float(match["divisor"]), match.end("divisor")
    return value, end


def chinese_number(text: str) -> float | None:
    """The value of a number in characters (`二十四`, `一百零五`, `三点五`, `十二万`); None when it is none."""
    whole, _, fraction = text.partition("点")
    total, section, digit = 0.0, 0.0, None
    for char in whole:
        if char in _DIGITS:
            # Years and telephone numbers are read digit by digit; they are no quantity.
            if digit is not None and digit and _DIGITS[char]:
                return None
            digit = _DIGITS[char]
        elif char in _STEPS:
            section += (1 if digit is None else digit) * _STEPS[char]
            digit = None
        else:
            total = (total + section + (digit or 0)) * _SCALES[char] or float(_SCALES[char])
            section, digit = 0.0, None
    value = total + section + (digit or 0)
    if fraction:
        value += float("0." + "".join(str(_DIGITS[char]) for char in fraction))
    return value


def share_at(text: str, place: int) -> tuple[float, int] | None:
    """`百分之八十`, `千分之5`, `三分之一` at `place` as a share of one, and where it ends."""
    match = _SHARE.match(text, place)
    if match is None:
        return None
    base = _SHARE_BASES.get(match[1]) or chinese_number(match[1]) or 1.0
    number = arabic_at(text, match.end()) or chinese_at(text, match.end())
    return (number[0] / base, number[1]) if number else None


def chinese_at(text: str, place: int) -> tuple[float, int] | None:
    """The number in characters at `place` and where it ends."""
    match = CHINESE.match(text, place)
    if match is None:
        return None
    value = chinese_number(match[0])
    return (value, match.end()) if value is not None else None
