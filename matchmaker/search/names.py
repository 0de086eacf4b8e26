"""Names of models and numbers as people write them: with other signs, with a unit in words, with or without a prefix."""

import re
from functools import cache
from itertools import product

from indexing.segmentation import fold
from indexing.thesaurus import bundled_groups
from matchmaker.index_documents import number_forms
from matchmaker.search.vocabulary import squeezed

# The signs that stand between the parts of a name in texts: KST-2000, DC/DC, LDH@Au is cut at the sign anyway.
_SIGNS = ("-", "/", ".", "_", "·", "")
# Longer names have more places for a sign than anybody would leave out, and so do names of many parts.
_LONGEST_NAME = 12
_MOST_PARTS = 4
_PART = re.compile(r"[a-z]+|[0-9]+(?:\.[0-9]+)?|[α-ω]+")
_NUMBER = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,6})?")
_RECORD = re.compile(r"(?:编号|#|no\.?|№)\s?[:：]?\s?([1-9][0-9]{0,8})")


def variants(name: str) -> tuple[str, ...]:
    """Other spellings under which a folded name may stand in an index: kst2000 → kst-2000, pdl1 → pd-l1."""
    bare = squeezed(name)
    if not 2 < len(bare) <= _LONGEST_NAME or (not bare.isascii() and not _PART.search(bare)):
        return (bare,) if bare and bare != name else ()
    parts = _PART.findall(bare)
    found = {bare: None}
    if 1 < len(parts) <= _MOST_PARTS:
        for signs in product(_SIGNS, repeat=len(parts) - 1):
            found["".join(part + sign for part, sign in zip(parts, (*signs, ""), strict=True))] = None
    if bare.isalnum() and not bare.isdigit():
        for place in range(1, len(bare)):
            for sign in ("-", "/"):
                found[f"{bare[:place]}{sign}{bare[place:]}"] = None
    found.pop(name, None)
    return tuple(found)


@cache
def _units() -> dict[str, tuple[str, ...]]:
    """Every way to write a unit → the others, folded."""
    units: dict[str, tuple[str, ...]] = {}
    for group in bundled_groups("units"):
        folded = tuple(dict.fromkeys(fold(unit)[0] for unit in group))
        for unit in folded:
            units[unit] = units.get(unit, ()) + tuple(other for other in folded if other != unit)
    return units


@cache
def _quantity() -> re.Pattern[str]:
    units = "|".join(re.escape(unit) for unit in sorted(_units(), key=len, reverse=True))
    # A unit in letters ends where the letters end: 3 m of “3 mm” is none.
    return re.compile(rf"({_NUMBER.pattern})\s?({units})(?![a-z0-9/])")


def quantities(folded: str) -> list[tuple[int, int, tuple[str, ...]]]:
    """The numbers with a unit in a folded text: start, end, and every way to write them, as typed first."""
    found = []
    for match in _quantity().finditer(folded):
        before = folded[match.start() - 1 : match.start()]
        # Not inside a name or a larger number: the 11 d of zfj11d.
        if before and ((before.isascii() and before.isalnum()) or before == "."):
            continue
        number, unit = match.groups()
        ways = [f"{number}{other}" for other in (unit, *_units()[unit])]
        found.append((match.start(), match.end(), tuple(dict.fromkeys(ways))))
    return found


def asked_numbers(text: str) -> tuple[str, ...]:
    """The numbers of patents and registrations in what was typed, in the form the index has them."""
    found: list[str] = []
    for word in re.split(r"[\s,，;；、]+", fold(text)[0])[:10]:
        found += number_forms(word)
    return tuple(found)


def asked_record(text: str) -> int | None:
    """The number of a record, if that is all that was typed: `编号 120`, `#120`."""
    match = _RECORD.fullmatch(fold(text)[0].strip())
    return int(match[1]) if match else None
