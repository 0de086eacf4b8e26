"""Technology contracts 技术合同: the ledger, from signature to registration and payment.

One table says which step may follow which (`life.py`), one function says who may know of a contract (`access.py`).
Registered contracts are immutable: what changes becomes a version (`versions.py`).
"""

from matchmaker.contracts.access import concerns, is_readable, parts_of, readable_contract
from matchmaker.contracts.doing import SentStep, StepRequest, do, open_steps
from matchmaker.contracts.drafting import create_contract, revise_contract, upsert_contract
from matchmaker.contracts.files import attach, detach, file_by_id, files_of
from matchmaker.contracts.from_match import contract_from_match, proposed_contract
from matchmaker.contracts.life import DECIDING, ENDED, IN_FORCE, LIFE, OPEN, ContractStep, Part, may_take
from matchmaker.contracts.lists import ContractPage, ContractQuery, contracts_page
from matchmaker.contracts.provenance import ChainLink, chain_of
from matchmaker.contracts.receipts import receipts_of, record_receipt, remove_receipt, verify_income
from matchmaker.contracts.steps import (
    cancel,
    link_match,
    record_acceptance,
    record_refusal,
    record_registration,
    record_return,
    record_second_review,
    record_signing,
    report_registration,
    revoke,
    submit,
    void,
)
from matchmaker.contracts.versions import (
    amendment_by_id,
    amendments_of,
    apply_for_amendment,
    correct,
    decide_amendment,
    pending_amendment,
    version_by_number,
    versions_of,
    withdraw_amendment,
)

__all__ = [
    "DECIDING",
    "ENDED",
    "IN_FORCE",
    "LIFE",
    "OPEN",
    "ChainLink",
    "ContractPage",
    "ContractQuery",
    "ContractStep",
    "Part",
    "SentStep",
    "StepRequest",
    "amendment_by_id",
    "amendments_of",
    "apply_for_amendment",
    "attach",
    "cancel",
    "chain_of",
    "concerns",
    "contract_from_match",
    "contracts_page",
    "correct",
    "create_contract",
    "decide_amendment",
    "detach",
    "do",
    "file_by_id",
    "files_of",
    "is_readable",
    "link_match",
    "may_take",
    "open_steps",
    "parts_of",
    "pending_amendment",
    "proposed_contract",
    "readable_contract",
    "receipts_of",
    "record_acceptance",
    "record_receipt",
    "record_refusal",
    "record_registration",
    "record_return",
    "record_second_review",
    "record_signing",
    "remove_receipt",
    "report_registration",
    "revise_contract",
    "revoke",
    "submit",
    "upsert_contract",
    "verify_income",
    "version_by_number",
    "versions_of",
    "void",
    "withdraw_amendment",
]
