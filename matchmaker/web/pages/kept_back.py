"""What a reader does not see of a record: named, with who may read it, instead of a gap that looks like an empty field."""

from dataclasses import dataclass

from matchmaker.disclosure import hidden_fields, says_something
from matchmaker.index_documents import ACHIEVEMENT_TEXT_FIELDS, NEED_TEXT_FIELDS
from matchmaker.models.disclosure import Disclosure
from matchmaker.models.need import TechnologyNeed
from matchmaker.visibility import SearchedRecord
from matchmaker.web.pages.sections import UNSEARCHED_ACHIEVEMENT_FIELDS

# Fields of the terms, beside those of the text; of fields that belong together the first speaks for all.
_TERMS = {
    "budget_max_fen": "预算",
    "deadline": "期望完成",
    "price_mode": "价格",
    "enterprise_id": "发布单位",
}


@dataclass(frozen=True)
class KeptBack:
    """One field the reader does not see, and the circle it is open to."""

    label: str
    circle: Disclosure


def kept_back(record: SearchedRecord, reached: Disclosure) -> list[KeptBack]:
    """Fields that say something, but not to a reader who has reached this circle; in page order."""
    hidden = hidden_fields(record, reached)
    for_parties = hidden_fields(record, Disclosure.BROKERS)
    texts = NEED_TEXT_FIELDS if isinstance(record, TechnologyNeed) else ACHIEVEMENT_TEXT_FIELDS
    labels = {**texts, **UNSEARCHED_ACHIEVEMENT_FIELDS, **_TERMS}
    return [
        KeptBack(label, Disclosure.PARTIES if name in for_parties else Disclosure.BROKERS)
        for name, label in labels.items()
        if name in hidden and says_something(record, name)
    ]
