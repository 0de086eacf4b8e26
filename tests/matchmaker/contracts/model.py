"""What a contract may do, written down a second time and independently of `life.py`; and what a model of one knows."""

from dataclasses import dataclass, field
from datetime import date

from matchmaker.contracts import ContractStep
from matchmaker.models.contract import (
    ContractFields,
)
from matchmaker.models.contract_words import ContractStatus

S = ContractStatus
# The table once more, written down independently of `life.py`: step → (from, to; None stays), and who.
_OPEN, _DECIDING = {S.DRAFT, S.SIGNED, S.RETURNED, S.REFUSED}, {S.SUBMITTED, S.ACCEPTED, S.SECOND_REVIEW}
_RUNNING = {S.SIGNED, S.RETURNED, S.REGISTERED} | _DECIDING
MOVES: dict[ContractStep, tuple[set[ContractStatus], ContractStatus | None, bool]] = {
    ContractStep.REVISE: (_OPEN, None, False),
    ContractStep.SIGN: ({S.DRAFT}, S.SIGNED, False),
    ContractStep.SUBMIT: ({S.SIGNED, S.RETURNED, S.REFUSED}, S.SUBMITTED, False),
    ContractStep.RETURN: (_DECIDING, S.RETURNED, True),
    ContractStep.ACCEPT: ({S.SUBMITTED}, S.ACCEPTED, True),
    ContractStep.REVIEW: ({S.ACCEPTED}, S.SECOND_REVIEW, True),
    ContractStep.REGISTER: (_DECIDING | {S.SIGNED}, S.REGISTERED, True),
    ContractStep.REFUSE: (_DECIDING, S.REFUSED, True),
    ContractStep.AMEND: ({S.REGISTERED}, None, False),
    ContractStep.DECIDE_AMENDMENT: ({S.REGISTERED}, None, True),
    ContractStep.WITHDRAW_AMENDMENT: ({S.REGISTERED}, None, False),
    ContractStep.CORRECT: ({S.REGISTERED}, None, True),
    ContractStep.CANCEL: ({S.REGISTERED}, S.CANCELLED, True),
    ContractStep.REVOKE: ({S.REGISTERED}, S.REVOKED, True),
    ContractStep.VOID: (_OPEN, S.VOID, False),
    ContractStep.RECEIVE: (_RUNNING, None, False),
    ContractStep.VERIFY: ({S.REGISTERED}, None, True),
}
NUMBERS = ("2026340000000001", "2026340000000002", "20263400000003", "12", "２０２６３４００００００００01")
KEPT = set(ContractFields.model_fields)
Amounts = tuple[int, int]
# Few contracts at a time, so that each lives long.
MOST = 3


@dataclass
class Known:
    """What the model believes of one contract."""

    status: ContractStatus
    amounts: Amounts
    signed_on: date | None
    version: int = 1
    events: int = 1
    number: str | None = None
    registered_on: date | None = None
    submitted_on: date | None = None
    accepted_on: date | None = None
    versions: list[Amounts] = field(default_factory=list)
    pending: Amounts | None = None
    # Receipt → amount, income verified, day.
    receipts: dict[int, tuple[int, int | None, date]] = field(default_factory=dict)

    @property
    def received(self) -> int:
        return sum(amount for amount, _, _ in self.receipts.values())

    @property
    def income(self) -> int:
        return sum(income or 0 for _, income, _ in self.receipts.values())
