"""One spelling for the signs that people type in many, character by character, so that every place stays where it was."""

import re

_SIGNS = {
    "＜": "<", "＞": ">", "﹥": ">", "﹤": "<", "≦": "≤", "≧": "≥", "⩽": "≤", "⩾": "≥", "≮": "≥", "≯": "≤", "～": "~", "〜": "~", "∼": "~", "﹣": "-", "－": "-",
    "−": "-", "–": "-", "‐": "-", "‑": "-", "％": "%", "﹪": "%", "／": "/", "．": ".", "＋": "+", "＝": "=", "（": "(", "）": ")", "：": ":",
    "∶": ":", "\u00a0": " ", "\u3000": " ", "\t": " ", "º": "°", "˚": "°", "Ω": "Ω", "µ": "μ", "㎜": "㎜", "＊": "*", "＾": "^",
    "【": "(", "】": ")", "［": "(", "］": ")", "?": "?", "？": "?", "！": "!", "；": "；", ";": "；", "\r": "\n",
}  # fmt: skip
_TABLE: dict[int, str | int] = {ord(sign): usual for sign, usual in _SIGNS.items()}
_TABLE |= {0xFF10 + digit: str(digit) for digit in range(10)}
_TABLE |= {0xFF21 + letter: chr(65 + letter) for letter in range(26)}
_TABLE |= {0xFF41 + letter: chr(97 + letter) for letter in range(26)}
_TABLE |= {0x2080 + digit: str(digit) for digit in range(10)}
_TABLE |= str.maketrans(
    "無須達過於內個時間產種級權證認與並還沒會點斷開關", "无须达过于内个时间产种级权证认与并还没会点断开关"
)


_ODD = re.compile(r"[?\t\r;]")


def plain(text: str) -> str:
    """The text in one spelling of digits, letters and signs; exactly as long as `text`."""
    return text if text.isascii() and not _ODD.search(text) else text.translate(_TABLE)
