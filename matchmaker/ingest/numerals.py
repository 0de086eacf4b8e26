"""Chinese numerals: 一百万, 壹佰万, 三十, 六月三十日."""

import re

_DIGITS = {
    word: number
    for number, words in enumerate(("零〇○", "一壹", "二贰两", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖"))
    for word in words
}
_SMALL = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_LARGE = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
_CHARACTERS = "".join((*_DIGITS, *_SMALL, *_LARGE))
# No number is longer; behind a digit (2百万) the word is a unit and stays.
_RUN = re.compile(rf"(?<![\d.{_CHARACTERS}几数])([{_CHARACTERS}]{{1,24}})(?![{_CHARACTERS}])(元|圆)?")
_ANY = re.compile(rf"(?<![\d{_CHARACTERS}])[{_CHARACTERS}]{{1,24}}")


def number_of(words: str) -> int | None:
    """The number that these numerals write; None for what is none (万零, 百百)."""
    if not words or any(word not in _CHARACTERS for word in words):
        return None
    if len(words) > 1 and all(word in _DIGITS for word in words):
        return int("".join(str(_DIGITS[word]) for word in words))  # 二〇二七
    total = section = digit = 0
    last_small = 10**5
    has_digit = False
    for word in words:
        if word in _DIGITS:
            digit, has_digit = _DIGITS[word], True
        elif word in _SMALL:
            size = _SMALL[word]
            if size >= last_small and section:
                return None
            section += (digit if has_digit else 1) * size
            digit, has_digit, last_small = 0, False, size
        else:
            total = (
                (total + (section + digit or 1)) * _LARGE[word]
                if _LARGE[word] > 10**4
                else total + (section + digit or 1) * _LARGE[word]
            )
            section = digit = 0
            has_digit, last_small = False, 10**5
    return total + section + digit


def digits_for(text: str) -> str:
    """The text with amounts in numerals as digits: 三十万 → 30万, 五十至八十万元 → 50至80万元."""

    def written(run: re.Match[str]) -> str:
        words, unit = run[1], run[2] or ""
        if len(words) > 1 and words[-1] in _LARGE and not any(large in words[:-1] for large in _LARGE):
            number, unit = number_of(words[:-1]), words[-1] + unit
        else:
            number, unit = number_of(words), unit or ("元" if any(large in words for large in _LARGE) else "")
        return f"{number}{unit}" if number else run[0]

    return _RUN.sub(written, text)


def plain_digits(text: str) -> str:
    """The text with every numeral as digits: 六月三十日 → 6月30日."""

    def written(run: re.Match[str]) -> str:
        number = number_of(run[0])
        return run[0] if number is None else str(number)

    return _ANY.sub(written, text)
