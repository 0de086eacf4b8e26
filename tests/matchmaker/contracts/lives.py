"""Random lives of contracts through the real verbs, on a real database, with a plain model beside them.

After every step: what was refused changed nothing, statuses moved along the table only, no version was lost, nothing
counts twice, and the sums of money are those of the receipts.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from matchmaker import contracts
from matchmaker.contracts import ContractStep
from matchmaker.errors import MatchmakerError
from matchmaker.models.contract import (
    ContractAmendment,
    ContractEvent,
    ContractReceipt,
    ContractVersion,
    TechnologyContract,
)
from matchmaker.models.contract_shapes import ContractCreate, ContractUpdate
from matchmaker.rights import Actor
from matchmaker.visibility import today
from tests.matchmaker.contracts.model import KEPT, MOST, MOVES, NUMBERS, Amounts, Known, S


class Lives(RuleBasedStateMachine):
    """One example: everything happens in one transaction, which is rolled back at the end."""

    database: Engine
    people: dict[str, Actor]
    seller: str
    # Steps that were really taken, over all examples.
    taken: set[ContractStep]

    ids = Bundle("ids")
    # Mostly who may, and mostly days that fit: a life that stops at its first step shows little.
    who = st.sampled_from(
        [*["city"] * 7, "seller's district", "seller's district", "holder", "holder", "other enterprise"]
    )
    ago = st.sampled_from([*[0] * 8, -1, 1, 30])
    # Few different amounts, so that equal ones meet.
    yuan = st.integers(0, 6).map(lambda one: one * 1_000_00)

    @initialize()
    def begin(self) -> None:
        self.session = Session(self.database)
        self.known: dict[int, Known] = {}

    def teardown(self) -> None:
        if hasattr(self, "session"):
            self.session.close()

    # ----------------------------------------------------------------------------------------------------- the rules

    @precondition(lambda self: len(self.known) < MOST)
    @rule(target=ids, value=yuan, less=yuan, who=who, ago=st.none() | ago)
    def create(self, value: int, less: int, who: str, ago: int | None) -> int:
        by, technology = self.people[who], max(0, value - less)
        signed_on = None if ago is None else today() - timedelta(days=max(ago, 0))
        create = ContractCreate(
            title="秸秆模塑成型工艺委托开发",
            category="development",
            source="test",
            source_id=str(len(self.known)),
            contract_value_fen=value,
            technology_value_fen=technology,
            seller_name=self.seller,
            seller_region_code="990102",
            buyer_name="澄湖示例企业",
            signed_on=signed_on,
        )
        # Somebody who is no party enters no contract of others; for her the holder does.
        if who == "other enterprise":
            with pytest.raises(MatchmakerError):
                contracts.create_contract(self.session, create, by=by)
            by = self.people["holder"]
        contract = contracts.create_contract(self.session, create, by=by)
        assert contract.id is not None
        self.known[contract.id] = Known(S.SIGNED if signed_on else S.DRAFT, (value, technology), signed_on)
        return contract.id

    @precondition(lambda self: 0 < len(self.known) < MOST)
    @rule(target=ids, value=yuan, number=st.sampled_from(NUMBERS[:3]), ago=ago)
    def bring_from_a_list(self, value: int, number: str, ago: int) -> int:
        """An office's list with a number: the contract of that number, or a new one that is registered at once."""
        on = today() - timedelta(days=max(ago, 0))
        create = ContractCreate(
            title="秸秆模塑成型工艺委托开发",
            category="development",
            source="list",
            contract_value_fen=value,
            technology_value_fen=value,
            seller_name=self.seller,
            seller_region_code="990102",
            buyer_name="澄湖示例企业",
            signed_on=on - timedelta(days=9),
            registration_number=number,
            registered_on=on,
        )
        taken = next((one for one, known in self.known.items() if known.number == number), None)
        if taken is not None:
            before = self.everything(taken)
            with suppress(MatchmakerError):
                contracts.upsert_contract(self.session, create)
            assert self.everything(taken) == before, "a list changes nothing that is registered"
            return taken
        # Another contract, also where one of the same deal waits: else the list's row would go back.
        contract, _ = contracts.upsert_contract(self.session, create, is_new=True)
        assert contract.id is not None
        self.known[contract.id] = Known(
            S.REGISTERED,
            (value, value),
            create.signed_on,
            version=2,
            events=2,
            number=number,
            registered_on=on,
            versions=[(value, value)],
        )
        return contract.id

    @rule(one=ids, who=who, value=yuan, technology=yuan, stale=st.booleans())
    def revise(self, one: int, who: str, value: int, technology: int, stale: bool) -> None:
        known, contract = self.both(one)
        try:
            update = ContractUpdate(
                version=contract.version - stale, contract_value_fen=value, technology_value_fen=technology
            )
        except ValueError:
            assert technology > value or contract.version - stale < 0
            return
        changes = known.amounts != (value, technology)
        done = self.attempt(
            one,
            ContractStep.REVISE,
            who,
            lambda by: contracts.revise_contract(self.session, contract, update, by=by),
            valid=not stale,
            counts=changes,
        )
        if done:
            known.amounts = (value, technology)

    @rule(one=ids, who=who, ago=ago)
    def sign(self, one: int, who: str, ago: int) -> None:
        known, contract = self.both(one)
        on = self.day(ago)
        if self.attempt(
            one,
            ContractStep.SIGN,
            who,
            lambda by: contracts.record_signing(self.session, contract, by=by, signed_on=on),
            valid=on <= today(),
        ):
            known.signed_on = on

    @rule(one=ids, who=who, ago=ago)
    def submit(self, one: int, who: str, ago: int) -> None:
        known, contract = self.both(one)
        on = self.day(ago)
        if self.attempt(
            one,
            ContractStep.SUBMIT,
            who,
            lambda by: contracts.submit(self.session, contract, by=by, on=on, reason="已在窗口申请"),
            valid=self.fits(on, known.signed_on),
        ):
            known.submitted_on, known.accepted_on = on, None

    @rule(
        one=ids,
        who=who,
        ago=ago,
        step=st.sampled_from([ContractStep.ACCEPT, ContractStep.REVIEW, ContractStep.RETURN, ContractStep.REFUSE]),
    )
    def hear_from_the_registry(self, one: int, who: str, ago: int, step: ContractStep) -> None:
        known, contract = self.both(one)
        on, session = self.day(ago), self.session
        verbs: dict[ContractStep, Callable[[Actor], Any]] = {
            ContractStep.RETURN: lambda by: contracts.record_return(session, contract, by=by, on=on, note="缺附件"),
            ContractStep.ACCEPT: lambda by: contracts.record_acceptance(session, contract, by=by, on=on),
            ContractStep.REVIEW: lambda by: contracts.record_second_review(session, contract, by=by, on=on),
            ContractStep.REFUSE: lambda by: contracts.record_refusal(
                session, contract, by=by, on=on, reasons=["no_proof"]
            ),
        }
        not_before = known.accepted_on if step is ContractStep.REVIEW else known.submitted_on
        if self.attempt(one, step, who, verbs[step], valid=self.fits(on, not_before)):
            known.accepted_on = {ContractStep.ACCEPT: on, ContractStep.RETURN: None}.get(step, known.accepted_on)

    @rule(one=ids, who=who, ago=ago, number=st.sampled_from(NUMBERS))
    def register(self, one: int, who: str, ago: int, number: str) -> None:
        known, contract = self.both(one)
        on = self.day(ago)
        free = all(other.number != number for key, other in self.known.items() if key != one)
        if self.attempt(
            one,
            ContractStep.REGISTER,
            who,
            lambda by: contracts.record_registration(self.session, contract, by=by, number=number, on=on),
            valid=free and number in NUMBERS[:3] and self.fits(on, known.signed_on),
        ):
            known.number, known.registered_on = number, on
            known.versions.append(known.amounts)

    @rule(
        one=ids,
        who=who,
        ago=ago,
        step=st.sampled_from([ContractStep.CANCEL, ContractStep.REVOKE]),
        note=st.sampled_from(["", "解除"]),
    )
    def end(self, one: int, who: str, ago: int, step: ContractStep, note: str) -> None:
        known, contract = self.both(one)
        on = self.day(ago)
        verb = contracts.cancel if step is ContractStep.CANCEL else contracts.revoke
        if self.attempt(
            one,
            step,
            who,
            lambda by: verb(self.session, contract, by=by, on=on, note=note),
            valid=bool(note) and self.fits(on, known.registered_on),
        ):
            known.pending = None
            known.versions.append(known.amounts)

    @rule(
        one=ids, turns=st.lists(st.booleans(), min_size=1, max_size=6), number=st.sampled_from(NUMBERS[:3]), value=yuan
    )
    def go_on(self, one: int, turns: list[bool], number: str, value: int) -> None:
        """The next steps of an ordinary life, each one of two: chance alone seldom gets to its end."""
        for turn in turns:
            self.next_step(one, turn, number, value)

    def next_step(self, one: int, turn: bool, number: str, value: int) -> None:
        known = self.known[one]
        match known.status:
            case S.DRAFT:
                self.sign(one, "city", 0)
            case S.SIGNED | S.RETURNED | S.REFUSED:
                self.submit(one, "city", 0)
            case S.SUBMITTED:
                self.hear_from_the_registry(one, "city", 0, ContractStep.ACCEPT)
            case S.ACCEPTED if turn:
                self.hear_from_the_registry(one, "city", 0, ContractStep.REVIEW)
            case S.ACCEPTED | S.SECOND_REVIEW:
                self.register(one, "city", 0, number)
            case S.REGISTERED if known.pending is not None:
                self.decide(one, "city", 0, granted=turn)
            case S.REGISTERED if not known.receipts:
                self.receive(one, "city", 0, value)
            case S.REGISTERED if turn:
                self.verify(one, "city", 0, value, 0)
            case S.REGISTERED:
                self.amend(one, "city", value, value)

    @rule(one=ids, who=who)
    def void(self, one: int, who: str) -> None:
        _, contract = self.both(one)
        self.attempt(
            one, ContractStep.VOID, who, lambda by: contracts.void(self.session, contract, by=by, note="未履行")
        )

    @rule(one=ids, who=who, value=yuan, technology=yuan)
    def amend(self, one: int, who: str, value: int, technology: int) -> None:
        known, contract = self.both(one)
        wanted = {"contract_value_fen": value, "technology_value_fen": technology}
        if self.attempt(
            one,
            ContractStep.AMEND,
            who,
            lambda by: contracts.apply_for_amendment(self.session, contract, wanted, by=by, reason="增加内容"),
            valid=known.pending is None and self.may_become(known, (value, technology)),
        ):
            known.pending = (value, technology)

    @rule(one=ids, who=who, ago=ago, granted=st.booleans())
    def decide(self, one: int, who: str, ago: int, granted: bool) -> None:
        known, contract = self.both(one)
        on = self.day(ago)
        fits = not granted or (known.pending is not None and known.income <= known.pending[1])
        if self.attempt(
            one,
            ContractStep.DECIDE_AMENDMENT,
            who,
            lambda by: contracts.decide_amendment(
                self.session, contract, by=by, granted=granted, on=on, note="材料不全"
            ),
            valid=known.pending is not None and fits and self.fits(on, known.registered_on),
        ):
            if granted and known.pending is not None:
                known.amounts = known.pending
                known.versions.append(known.amounts)
            known.pending = None

    @rule(one=ids, who=who)
    def withdraw(self, one: int, who: str) -> None:
        known, contract = self.both(one)
        if self.attempt(
            one,
            ContractStep.WITHDRAW_AMENDMENT,
            who,
            lambda by: contracts.withdraw_amendment(self.session, contract, by=by),
            valid=known.pending is not None,
        ):
            known.pending = None

    @rule(one=ids, who=who, value=yuan, technology=yuan, stale=st.booleans())
    def correct(self, one: int, who: str, value: int, technology: int, stale: bool) -> None:
        known, contract = self.both(one)
        wanted = {"contract_value_fen": value, "technology_value_fen": technology}
        if self.attempt(
            one,
            ContractStep.CORRECT,
            who,
            lambda by: contracts.correct(
                self.session, contract, wanted, by=by, reason="录入有误", version=contract.version - stale
            ),
            valid=not stale and self.may_become(known, (value, technology)),
        ):
            known.amounts = (value, technology)
            known.versions.append(known.amounts)

    @rule(one=ids, who=who, ago=ago, amount=yuan)
    def receive(self, one: int, who: str, ago: int, amount: int) -> None:
        known, contract = self.both(one)
        on, made = self.day(ago), []
        if self.attempt(
            one,
            ContractStep.RECEIVE,
            who,
            lambda by: made.append(contracts.record_receipt(self.session, contract, by=by, on=on, amount_fen=amount)),
            valid=0 < amount <= known.amounts[0] - known.received and self.fits(on, known.signed_on),
        ):
            known.receipts[made[0].id or 0] = (amount, None, on)

    @rule(one=ids, who=who, ago=ago, income=yuan, which=st.integers(0, 2))
    def verify(self, one: int, who: str, ago: int, income: int, which: int) -> None:
        known, contract = self.both(one)
        receipt_id = self.receipt(known, which)
        on = self.day(ago)
        amount, before, received_on = known.receipts.get(receipt_id, (0, None, today()))
        fits = income <= amount and known.income - (before or 0) + income <= known.amounts[1]
        if self.attempt(
            one,
            ContractStep.VERIFY,
            who,
            lambda by: contracts.verify_income(self.session, contract, receipt_id, by=by, on=on, income_fen=income),
            valid=receipt_id in known.receipts and fits and self.fits(on, received_on),
        ):
            known.receipts[receipt_id] = (amount, income, received_on)

    @rule(one=ids, who=who, which=st.integers(0, 2))
    def take_a_receipt_back(self, one: int, who: str, which: int) -> None:
        known, contract = self.both(one)
        receipt_id = self.receipt(known, which)
        _, verified, _ = known.receipts.get(receipt_id, (0, None, today()))
        if self.attempt(
            one,
            ContractStep.RECEIVE,
            who,
            lambda by: contracts.remove_receipt(self.session, contract, receipt_id, by=by, note="重复录入"),
            valid=receipt_id in known.receipts and verified is None,
        ):
            del known.receipts[receipt_id]

    # ------------------------------------------------------------------------------------------------ what must hold

    @invariant()
    def every_contract_is_what_the_model_says(self) -> None:
        for one, known in getattr(self, "known", {}).items():
            contract = self.session.get_one(TechnologyContract, one)
            assert (contract.status, contract.version, contract.version_number) == (
                known.status,
                known.version,
                len(known.versions),
            )
            assert (contract.contract_value_fen, contract.technology_value_fen) == known.amounts
            assert (contract.registration_number, contract.registered_on) == (known.number, known.registered_on)
            assert (contract.received_fen, contract.technology_income_fen) == (known.received, known.income)
            assert 0 <= known.income <= contract.technology_value_fen <= contract.contract_value_fen
            assert known.income <= known.received

    @invariant()
    def no_version_is_lost(self) -> None:
        for one, known in getattr(self, "known", {}).items():
            contract = self.session.get_one(TechnologyContract, one)
            versions = list(reversed(contracts.versions_of(self.session, contract)))
            assert [version.number for version in versions] == list(range(1, len(known.versions) + 1))
            assert [(v.contract_value_fen, v.technology_value_fen) for v in versions] == known.versions
            if contract.status is S.REGISTERED:
                content = {name: value for name, value in versions[-1].content.items() if name in KEPT}
                assert content == contract.model_dump(mode="json", include=KEPT)

    @invariant()
    def nothing_counts_twice(self) -> None:
        if not getattr(self, "known", None):
            return
        registered = col(TechnologyContract.status) == S.REGISTERED
        total, count = self.session.exec(
            select(func.coalesce(func.sum(TechnologyContract.contract_value_fen), 0), func.count()).where(registered)
        ).one()
        counted = [known for known in self.known.values() if known.status is S.REGISTERED]
        assert (int(total), count) == (sum(known.amounts[0] for known in counted), len(counted))
        numbers = [known.number for known in self.known.values() if known.number]
        assert len(numbers) == len(set(numbers))

    @invariant()
    def the_history_is_a_way_along_the_table(self) -> None:
        for one, known in getattr(self, "known", {}).items():
            events = self.events(one)
            assert len(events) == known.events
            for before, after in pairwise(events):
                assert before.after is after.before
            for event in events[1:]:
                allowed, leads_to, _ = MOVES[ContractStep(event.what)]
                assert event.before in allowed
                assert event.after is (leads_to or event.before)

    # -------------------------------------------------------------------------------------------------------- helpers

    def attempt(
        self,
        one: int,
        step: ContractStep,
        who: str,
        verb: Callable[[Actor], Any],
        *,
        valid: bool = True,
        counts: bool = True,
    ) -> bool:
        """Take the step; it is done exactly when it is allowed, and refused it has left no trace."""
        known = self.known[one]
        allowed, leads_to, only_officials = MOVES[step]
        is_hers = who in ("city", "seller's district") or (who == "holder" and not only_officials)
        before, refusal = self.everything(one), None
        try:
            verb(self.people[who])
        except MatchmakerError as error:
            refusal = error
        is_right = is_hers and known.status in allowed and valid
        assert (refusal is None) is is_right, f"{who}: {step} from {known.status}: {refusal}"
        if refusal is not None:
            assert self.everything(one) == before, "what is refused leaves no trace"
            return False
        self.taken.add(step)
        known.status = leads_to or known.status
        known.version += counts
        known.events += counts
        self.session.flush()
        return True

    def everything(self, one: int) -> list[Any]:
        """The contract and all rows that belong to it, as they would be stored now."""
        self.session.flush()
        found: list[Any] = [self.session.get_one(TechnologyContract, one).model_dump()]
        for table in (ContractVersion, ContractAmendment, ContractEvent, ContractReceipt):
            rows = self.session.exec(select(table).where(col(table.contract_id) == one).order_by(col(table.id)))
            found.append([row.model_dump() for row in rows])
        return found

    def events(self, one: int) -> list[ContractEvent]:
        wanted = select(ContractEvent).where(col(ContractEvent.contract_id) == one)
        return list(self.session.exec(wanted.order_by(col(ContractEvent.id))))

    def both(self, one: int) -> tuple[Known, TechnologyContract]:
        return self.known[one], self.session.get_one(TechnologyContract, one)

    @staticmethod
    def day(ago: int) -> date:
        return today() - timedelta(days=ago)

    @staticmethod
    def fits(on: date, not_before: date | None) -> bool:
        return on <= today() and (not_before is None or on >= not_before)

    @staticmethod
    def may_become(known: Known, wanted: Amounts) -> bool:
        return wanted != known.amounts and known.income <= wanted[1] <= wanted[0]

    @staticmethod
    def receipt(known: Known, which: int) -> int:
        """One of the receipts, or one there is none of."""
        return [*known.receipts, 0][min(which, len(known.receipts))]
