"""Which changes protect and take effect at once, and which open something up and are reviewed first."""

from collections.abc import Mapping
from typing import Any

from matchmaker.models.disclosure import Disclosure
from matchmaker.models.labels import Confidentiality
from matchmaker.visibility import SearchedRecord

# From open to closed. Not the order of the members, which is that of the form.
_DEPTH = (Confidentiality.PUBLIC, Confidentiality.SUMMARY, Confidentiality.BROKER_ONLY, Confidentiality.DIRECTED)
# Never public, and needed as they are today by whoever carries a match.
PRIVATE = ("contact_name", "contact_phone", "contact_email", "team")


def at_once(record: SearchedRecord, changed: Mapping[str, Any]) -> dict[str, Any]:
    """The part of the changes that takes effect without a review: what hides more than before, and contacts."""
    found = {name: changed[name] for name in PRIVATE if name in changed}
    wanted = changed.get("confidentiality")
    if wanted is not None and _DEPTH.index(wanted) > _DEPTH.index(record.confidentiality):
        found["confidentiality"] = wanted
    if changed.get("poster_hidden"):
        found["poster_hidden"] = True
    if "disclosure" in changed:
        protected = stricter(record.disclosure, changed["disclosure"])
        if protected != record.disclosure:
            found["disclosure"] = protected
    return found


def stricter(before: Mapping[str, Disclosure], wanted: Mapping[str, Disclosure]) -> dict[str, Disclosure]:
    """Field by field the narrower circle of the two."""
    both = {
        name: max(before.get(name, Disclosure.PUBLIC), wanted.get(name, Disclosure.PUBLIC), key=lambda one: one.depth)
        for name in (*before, *wanted)
    }
    return {name: level for name, level in both.items() if level is not Disclosure.PUBLIC}
