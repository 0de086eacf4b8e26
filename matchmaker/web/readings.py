"""Who read or took away what is not public: put into the audit trail in a transaction of its own.

For requests that otherwise only read. Owners are not noted at their own records, nor parties at their contracts.
"""

from collections.abc import Iterable

from sqlalchemy import Engine

from matchmaker.audit import record_apart, record_event
from matchmaker.contracts import Part, parts_of
from matchmaker.database import session_scope
from matchmaker.disclosure import reads_more
from matchmaker.models.audit import AuditAction
from matchmaker.models.contract import TechnologyContract
from matchmaker.models.disclosure import Disclosure
from matchmaker.models.party import Enterprise, Institution
from matchmaker.records import ACTOR
from matchmaker.rights import Actor
from matchmaker.visibility import SearchedRecord, is_listed, is_own

# What the trail says of the national form, as a file and on paper.
FORM_TAKEN = "技术合同登记表"
_CONTACTS = ("contact_name", "contact_phone", "contact_email", "address")


def note_reading(
    database: Engine, record: SearchedRecord, reached: Disclosure, reader: Actor, *, with_contact: bool = False
) -> None:
    """Somebody other than the owner has read what this circle is shown, and the contacts where they are shown too."""
    if not reader.is_known or is_own(record, reader):
        return
    if reads_more(record, reached):
        record_apart(database, reader, AuditAction.READ_CONFIDENTIAL, record)
    if with_contact and _has_contact(record):
        record_apart(database, reader, AuditAction.READ_CONTACT, record)


def note_texts(database: Engine, records: Iterable[SearchedRecord], reader: Actor) -> None:
    """Texts of these records stood among others, as far as lists show them: of those that anyone may know of nothing
    more than anyone reads.
    """
    unlisted = [one for one in records if not is_listed(one) and not is_own(one, reader)]
    if not unlisted:
        return
    with session_scope(database) as session:
        session.info[ACTOR] = reader
        for one in unlisted:
            record_event(session, AuditAction.READ_CONFIDENTIAL, record=one)


def note_contact(database: Engine, party: Enterprise | Institution, reader: Actor) -> None:
    """An official has read how an organisation is reached."""
    if reader.is_official and _has_contact(party):
        record_apart(database, reader, AuditAction.READ_CONTACT, party)


def note_contract(database: Engine, contract: TechnologyContract, reader: Actor) -> None:
    """An official has opened a contract: business secrets of others. Its parties and their broker open their own."""
    if Part.OFFICIAL in parts_of(contract, reader):
        record_apart(database, reader, AuditAction.READ_CONFIDENTIAL, contract)


def note_download(database: Engine, contract: TechnologyContract, reader: Actor, what: str) -> None:
    """Whoever it was has taken a paper or a form of the contract away: it names people."""
    record_apart(database, reader, AuditAction.EXPORTED, contract, reason=what)


def _has_contact(record: SearchedRecord | Enterprise | Institution) -> bool:
    return any(getattr(record, name, "") for name in _CONTACTS)
