"""Telephone numbers and addresses that people write into a text for everybody: taken out, and kept where contacts belong."""

import re
from collections.abc import Mapping
from typing import Any

# What stands in the text instead. Chinese brackets, so that no search word can run into it; no longer than the
# shortest contact (a@b.c), so that a text at its limit stays within it.
HIDDEN = "（联系略）"

_PATTERN = re.compile(
    r"[a-z0-9_.+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+"  # e-mail
    r"|(?<![\d.])(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)"  # mobile
    r"|(?<![\d.])(?:\(0\d{2,3}\)|（0\d{2,3}）|0\d{2,3}[-—－ ])\d{7,8}(?:-\d{1,5})?(?!\d)"  # fixed line with area code
    r"|(?:微信号?|wechat|vx|qq)\s*[:：号]\s*[a-z0-9_-]{5,20}",
    re.IGNORECASE,
)


def move_contacts(values: Mapping[str, Any], texts: tuple[str, ...], known: str) -> dict[str, Any]:
    """The values with contacts taken out of the named text fields and added to `contact_phone`.

    `known` is the contact the record has already, unless `values` states another one. Nothing is lost: the
    administrator finds everything among the contacts. Values without any come back unchanged.
    """
    found: list[str] = []
    cleaned = dict(values)

    def take(match: re.Match[str]) -> str:
        found.append(match.group().strip())
        return HIDDEN

    for name in texts:
        if values.get(name):
            cleaned[name] = _PATTERN.sub(take, values[name])
    if found:
        held = values.get("contact_phone") or known
        fresh = [one for one in dict.fromkeys(found) if one not in held]
        cleaned["contact_phone"] = "、".join(filter(None, [held, *fresh]))
    return cleaned
