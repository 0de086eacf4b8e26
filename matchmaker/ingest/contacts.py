"""A contact cell that holds name, telephone and e-mail in one."""

import re
from typing import Any

from matchmaker.contact_data import SAME_WIDTH
from matchmaker.ingest.identifiers import exact_text
from matchmaker.ingest.values import Several

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}[@＠][\w-]{1,63}(?:\.[\w-]{1,63}){1,5}", re.ASCII)
_PHONE = re.compile(r"(?:\+?86[- ]?)?1\d{2}[- ]?\d{4}[- ]?\d{4}|0\d{2,3}[- ]?\d{7,8}(?:-\d{1,5})?|(?<!\d)\d{7,8}(?!\d)")


def contact(cell: Any) -> Several:
    """The telephone and e-mail found in the cell; what remains is the person's name."""
    written = exact_text(cell).translate(SAME_WIDTH)
    emails, phones = _EMAIL.findall(written), _PHONE.findall(_EMAIL.sub(" ", written))
    rest = re.sub(r"[\s,，;；、/:：()（）]+", " ", _PHONE.sub(" ", _EMAIL.sub(" ", written))).strip()
    found = Several()
    if phones:
        found["contact_phone"] = "、".join(phones)
    if emails:
        found["contact_email"] = "、".join(emails)
    if rest:
        found["contact_name"] = rest
    return found
