"""What is found in the ledger, on every database alike."""

import pytest
from sqlmodel import Session

from matchmaker.contracts import ContractQuery, contracts_page
from matchmaker.rights import PLATFORM
from tests.factories import make_contract


@pytest.mark.parametrize(("text", "number"), [("pvdf", 1), ("PVDF膜", 1), ("膜", 2), ("100%", 1), ("10_%", 0)])
def test_a_text_is_found_however_its_letters_are_written(session: Session, text: str, number: int) -> None:
    make_contract(session, title="PVDF膜制备工艺开发")
    make_contract(session, title="滤膜回收率100%的工艺开发")
    assert contracts_page(session, ContractQuery(text=text), reader=PLATFORM).total == number
