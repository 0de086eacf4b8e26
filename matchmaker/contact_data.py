"""Telephone numbers and addresses that people write into a text for everybody: taken out, and kept where contacts belong."""

import re
from collections.abc import Mapping
from typing import Any

# What stands in the text instead. Chinese brackets, so that no search word can run into it; no longer than the
# shortest contact (a@b.c), so that a text at its limit stays within it.
HIDDEN = "（联系略）"

# Full-width letters, digits and marks as their usual ones, each one for one: places in the text stay the same.
SAME_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}

_MESSENGER = r"(?:微信(?:号码?|账号|id)?|wechat|weixin|(?<![a-z])(?:wx|vx)|v信|威信|企鹅号?|扣扣号?|(?<![a-z])qq(?:号码?|群号?)?)"
# Every repeat is bounded, and what is long begins where nothing of its kind stands before it: no text takes longer
# than its length.
_PATTERN = re.compile(
    r"(?<![a-z0-9_.+-])[a-z0-9_.+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,6}"  # e-mail
    r"|(?<![\d.])(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)"  # mobile
    r"|(?<![\d.])(?:\(0\d{2,3}\)|0\d{2,3}[-— ])\d{7,8}(?:-\d{1,5})?(?!\d)"  # fixed line with area code
    # With a mark between, any name; without one only what has a digit or _ in it: “微信 openapi” is no contact.
    rf"|{_MESSENGER}\s{{0,3}}(?:[:：号是为]|同号)\s{{0,3}}[:：]?\s{{0,3}}[a-z0-9][a-z0-9_-]{{4,29}}"
    rf"|{_MESSENGER}\s{{0,3}}(?=[a-z_-]{{0,19}}[0-9_])[a-z0-9][a-z0-9_-]{{4,29}}",
    re.IGNORECASE,
)


def move_contacts(values: Mapping[str, Any], texts: tuple[str, ...], known: str) -> dict[str, Any]:
    """The values with contacts taken out of the named text fields and added to `contact_phone`.

    `known` is the contact the record has already, unless `values` states another one. Nothing is lost: the
    administrator finds everything among the contacts. Values without any come back unchanged.
    """
    found: list[str] = []
    cleaned = dict(values)
    for name in texts:
        if values.get(name):
            cleaned[name] = _taken_out(values[name], found)
    if found:
        held = values.get("contact_phone") or known
        fresh = [one for one in dict.fromkeys(found) if one not in held]
        cleaned["contact_phone"] = "、".join(filter(None, [held, *fresh]))
    return cleaned


def without_contacts(text: str) -> str:
    """The text with `HIDDEN` for every contact in it."""
    return _taken_out(text, [])


def _taken_out(text: str, contacts: list[str]) -> str:
    """The text with `HIDDEN` for every contact; what it hides is appended to `contacts`."""
    parts, end = [], 0
    for match in _PATTERN.finditer(text.translate(SAME_WIDTH)):
        parts += [text[end : match.start()], HIDDEN]
        # As it was written; but no mail program takes the wide form of an address.
        written = text[match.start() : match.end()]
        contacts.append((match.group() if "@" in match.group() else written).strip())
        end = match.end()
    return "".join([*parts, text[end:]])
