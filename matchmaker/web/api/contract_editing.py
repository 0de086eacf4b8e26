"""What every change of a contract goes through: may she, does she know of it, is it the version she has read."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Response
from sqlmodel import Session

from matchmaker.contracts import readable_contract
from matchmaker.models.contract import TechnologyContract
from matchmaker.rights import Actor, Right
from matchmaker.web.api.contract_shapes import ContractFull
from matchmaker.web.api.etags import ExpectedDep, etag_of
from matchmaker.web.api.shapes import RecordId
from matchmaker.web.dependencies import Requires, SessionDep

Recorder = Annotated[Actor, Depends(Requires(Right.RECORD_CONTRACTS, Right.RECORD_REGISTRATIONS))]


@dataclass(frozen=True)
class Editing:
    """One change of the contract of that number."""

    session: SessionDep
    by: Recorder
    expected: ExpectedDep
    response: Response
    record_id: RecordId

    def contract(self, version: int | None) -> TechnologyContract:
        """The contract in the version that was read. Raises NotFound, and what `Expected.check` raises."""
        contract = readable_contract(self.session, self.record_id, self.by)
        self.expected.check(contract, version)
        return contract

    def contract_to_add_to(self, version: int | None) -> TechnologyContract:
        """The same for additions, which need not name a version."""
        contract = readable_contract(self.session, self.record_id, self.by)
        self.expected.check_if_given(contract, version)
        return contract

    def tag(self, contract: TechnologyContract) -> None:
        """For answers with a part of the contract: the tag is the whole contract's."""
        self.response.headers["ETag"] = etag_of(contract)

    def answered(self, contract: TechnologyContract) -> ContractFull:
        """The contract as it is now, with its new tag."""
        return answered(self.session, self.response, contract, self.by)


EditingDep = Annotated[Editing, Depends()]


def answered(session: Session, response: Response, contract: TechnologyContract, reader: Actor) -> ContractFull:
    """The whole contract for this reader, tagged with its version."""
    response.headers["ETag"] = etag_of(contract)
    return ContractFull.of(session, contract, reader)
