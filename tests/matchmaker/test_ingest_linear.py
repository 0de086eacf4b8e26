"""No cell, however odd, takes much longer than its length: whatever people or attackers write, nobody else waits."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from matchmaker.contact_data import move_contacts
from matchmaker.ingest import ImportKind, days, identifiers, places, secrecy, technical, values
from matchmaker.ingest.columns import column_for, joined, layout, normalised, unit_of
from matchmaker.ingest.contacts import contact
from matchmaker.ingest.contract_cells import contract_words, registration_number, rights, validity
from matchmaker.ingest.money import CellError, Unit, amount
from matchmaker.ingest.no_records import is_no_record
from matchmaker.ingest.numerals import digits_for, plain_digits
from matchmaker.models.labels import CooperationMode, NeedType

READERS: dict[str, Callable[[str], Any]] = {
    "text": values.plain,
    "line": values.line,
    "words": values.words,
    "sentences": values.sentences,
    "one of a list": values.one_of(NeedType),
    "some of a list": values.some_of(CooperationMode),
    "stage": values.stage,
    "maturity": values.maturity_reached,
    "yes or no": values.yes_no,
    "blank": values.is_blank,
    "indicators of a need": technical.asked_indicators,
    "indicators of an achievement": technical.reached_indicators,
    "rights": technical.rights,
    "numbers of rights": rights,
    "amount": lambda text: amount(text, "预算（万元）", Unit.WAN),
    "numerals": lambda text: (digits_for(text), plain_digits(text)),
    "deadline": days.deadline,
    "day": days.day,
    "region": places.region,
    "industry": places.industry,
    "industries": places.industries,
    "technology field": places.technology_field,
    "poster": lambda text: places.poster(text, None),
    "owner": places.owner,
    "credit code": identifiers.credit_code,
    "id": lambda text: identifiers.is_running_number(identifiers.number(text)),
    "secrecy": secrecy.reader_of("密级"),
    "contact": contact,
    "contacts in text": lambda text: move_contacts({"text": text}, ("text",), ""),
    "category": contract_words,
    "validity": validity,
    "registration number": registration_number,
    "heading": lambda text: (normalised(text), unit_of(text), joined([text, text])),
    "column": lambda text: (column_for(ImportKind.NEEDS, text), layout(ImportKind.NEEDS, [text], {})),
    "no record": lambda text: is_no_record([text, text], ["名称", "单位"]),
}
PIECES = [
    " ", "1", "a", "难", "（", "(", "[", "：", ":", "一", "万", "☑", "R ", "≥1", "1-", "a@", "微信", "qq ", "13", ".", "-",
    "、", "；", "\n", " \n", "1.", "a.b", "（现状", "抗拉强度 ≥ ", "ZL2", "2027年", "江苏", "至", "〃", "±1", "#", "\u3000", "é",
]  # fmt: skip
SHORT, LONG = 2_000, 20_000


def seconds(read: Callable[[str], Any], text: str) -> float:
    began = time.process_time()
    with suppress(CellError):
        read(text)
    return time.process_time() - began


@pytest.mark.parametrize("name", READERS)
def test_a_cell_ten_times_as_long_takes_ten_times_as_long(name: str) -> None:
    read = READERS[name]
    for piece in PIECES:
        for tail in ("", "x", "）"):
            short, long = (piece * (size // len(piece)) + tail for size in (SHORT, LONG))
            taken = seconds(read, long)
            # What takes a twentieth of a second is no danger, and too little to compare.
            if taken > 0.05:
                best = min(seconds(read, short) for _ in range(3))
                taken = min(taken, seconds(read, long))
                assert taken < 30 * best + 0.05, f"{piece!r}: {best:.3f} s, ten times as long {taken:.3f} s"
            assert taken < 1, f"{piece!r} takes {taken:.1f} s"
