"""Signings at events 现场签约: taken over from lists, linked to the contract that was signed where it is in the ledger."""

from sqlmodel import Session, col, select

from matchmaker.errors import NotFound
from matchmaker.models.contract import TechnologyContract
from matchmaker.models.contract_words import ContractStatus, SigningType
from matchmaker.models.match import Match
from matchmaker.models.target import Signing, SigningCreate, SigningFields
from matchmaker.records import Outcome, content_key, record_by_source, stated_values, write_values

IMPORTED = "import:signings"
# What makes two rows without a number the same signing.
_KEY = ("title", "event_name", "signed_on", "first_party", "second_party")


def upsert_signing(session: Session, create: SigningCreate, *, is_demo: bool = False) -> tuple[Signing, Outcome]:
    """The signing of this source key (without one: of this title, event, day and parties), added or brought up to date.

    A given contract or match must exist (NotFound); otherwise the contract of exactly this title and these two parties
    is linked, if there is just one.
    """
    for name, table in (("contract_id", TechnologyContract), ("match_id", Match)):
        given = getattr(create, name)
        if given is not None and session.get(table, given) is None:
            raise NotFound(f"没有编号为 {given} 的{'技术合同' if name == 'contract_id' else '对接'}", "请核对编号")
    source = create.source or IMPORTED
    source_id = create.source_id or content_key(create.model_dump(mode="json", include=set(_KEY)))
    values = {name: getattr(create, name) for name in (*SigningFields.model_fields, "contract_id", "match_id")}
    known = record_by_source(session, Signing, source, source_id)
    if known is None:
        added = Signing(source=source, source_id=source_id, is_demo=is_demo, **values)
        added.contract_id = added.contract_id or _contract_id(session, added)
        session.add(added)
        session.flush()
        return added, Outcome.ADDED
    is_changed = write_values(known, stated_values(create, values, ()))
    linked = known.contract_id or _contract_id(session, known)
    # The contract may have come into the ledger after the signing.
    is_changed = write_values(known, {"contract_id": linked}) or is_changed
    return known, Outcome.CHANGED if is_changed else Outcome.UNCHANGED


def _contract_id(session: Session, signing: Signing) -> int | None:
    parties = {signing.first_party, signing.second_party}
    if signing.signing_type is not SigningType.CONTRACT or len(parties) < 2 or "" in parties:
        return None
    alike = select(TechnologyContract.id).where(
        col(TechnologyContract.title) == signing.title,
        col(TechnologyContract.seller_name).in_(parties),
        col(TechnologyContract.buyer_name).in_(parties),
        col(TechnologyContract.seller_name) != col(TechnologyContract.buyer_name),
        col(TechnologyContract.status) != ContractStatus.VOID,
    )
    found = session.exec(alike.limit(2)).all()
    return found[0] if len(found) == 1 else None
