"""What a reader does not see of a record: named, with who may read it, instead of a gap that looks like an empty field."""

from dataclasses import dataclass

from sqlalchemy import Engine

from matchmaker.audit import record_event
from matchmaker.database import session_scope
from matchmaker.disclosure import hidden_fields
from matchmaker.index_documents import ACHIEVEMENT_TEXT_FIELDS, NEED_TEXT_FIELDS
from matchmaker.models.audit import AuditAction
from matchmaker.models.disclosure import Disclosure
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.parts import Elements
from matchmaker.records import ACTOR
from matchmaker.rights import Actor
from matchmaker.visibility import SearchedRecord, is_listed, is_own
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
        if name in hidden and _says_something(record, name)
    ]


def note_reading(database: Engine, record: SearchedRecord, reached: Disclosure, reader: Actor) -> None:
    """Put into the audit trail that somebody other than the owner read what is not public.

    In a transaction of its own: the request that reads does not write.
    """
    if not reader.is_known or is_own(record, reader):
        return
    public, read = (len(kept_back(record, circle)) for circle in (Disclosure.PUBLIC, reached))
    if is_listed(record) and public == read:
        return
    with session_scope(database) as session:
        session.info[ACTOR] = reader
        record_event(session, AuditAction.READ_CONFIDENTIAL, record=record)


def _says_something(record: SearchedRecord, name: str) -> bool:
    value = getattr(record, name)
    return any(value.model_dump().values()) if isinstance(value, Elements) else bool(value)
