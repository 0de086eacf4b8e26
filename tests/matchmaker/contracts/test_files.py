"""Papers: what they are is looked at, what they were is kept."""

import hashlib

import pytest
from sqlmodel import Session, col, select

from matchmaker.contracts import attach, detach, file_by_id, files, files_of, record_registration
from matchmaker.errors import LimitReached, MalformedRequest, NotAllowed, NotFound, UnreadableFile
from matchmaker.models.audit import AuditEvent
from matchmaker.models.contract_words import ContractPaper
from matchmaker.visibility import today
from tests.factories import make_contract
from tests.matchmaker.contracts.world import NUMBER, Contracting, make_contracting

PDF = b"%PDF-1.7 "


@pytest.fixture
def people(session: Session) -> Contracting:
    return make_contracting(session)


def test_a_paper_is_kept_as_it_came(people: Contracting) -> None:
    session, contract, broker = people.session, people.contract, people.actor("broker")
    file = attach(session, contract, ContractPaper.CONTRACT, "C:\\temp\\合同.PDF", PDF, by=broker)
    assert (file.name, file.media_type, file.size) == ("合同.PDF", "application/pdf", len(PDF))
    assert file.sha256 == hashlib.sha256(PDF).hexdigest()
    assert file_by_id(session, contract, file.id or 0).content == PDF
    with pytest.raises(NotFound):
        file_by_id(session, make_contract(session), file.id or 0)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("合同.pdf", b""),
        ("合同.pdf", b"MZ\x90"),
        ("合同.exe", PDF),
        ("合同.html", b"<script>"),
        ("合同", PDF),
        ("图.png", b"\xff\xd8\xff"),
    ],
)
def test_what_is_no_paper_is_refused(people: Contracting, name: str, content: bytes) -> None:
    with pytest.raises(UnreadableFile):
        attach(people.session, people.contract, ContractPaper.OTHER, name, content, by=people.actor("broker"))
    assert files_of(people.session, people.contract) == []


def test_a_paper_has_its_limits(people: Contracting, monkeypatch: pytest.MonkeyPatch) -> None:
    session, contract, broker = people.session, people.contract, people.actor("broker")
    monkeypatch.setattr(files, "LARGEST_FILE", 20)
    monkeypatch.setattr(files, "MOST_FILES", 2)
    with pytest.raises(UnreadableFile):
        attach(session, contract, ContractPaper.OTHER, "大.pdf", PDF + b"x" * 20, by=broker)
    attach(session, contract, ContractPaper.OTHER, "一.pdf", PDF + b"1", by=broker)
    with pytest.raises(MalformedRequest):
        attach(session, contract, ContractPaper.CONTRACT, "又一.pdf", PDF + b"1", by=broker)
    attach(session, contract, ContractPaper.OTHER, "二.pdf", PDF + b"2", by=broker)
    with pytest.raises(LimitReached):
        attach(session, contract, ContractPaper.OTHER, "三.pdf", PDF + b"3", by=broker)


def test_papers_that_come_and_go_are_in_the_trail(people: Contracting) -> None:
    session, contract, broker = people.session, people.contract, people.actor("broker")
    file = attach(session, contract, ContractPaper.CONTRACT, "合同.pdf", PDF, by=broker)
    detach(session, contract, file.id or 0, by=broker)
    told = [
        (change.before, change.after)
        for event in session.exec(select(AuditEvent).where(col(AuditEvent.record_id) == contract.id))
        for change in event.changes
        if change.field == "files"
    ]
    named = f"{ContractPaper.CONTRACT.label} 合同.pdf，SHA-256 {file.sha256}"
    assert told == [("", named), (named, "")]


def test_papers_of_a_registered_contract_stay(people: Contracting) -> None:
    session, contract, broker = people.session, people.contract, people.actor("broker")
    file = attach(session, contract, ContractPaper.CONTRACT, "合同.pdf", PDF, by=broker)
    with pytest.raises(NotFound):
        detach(session, contract, file.id or 0, by=people.actor("colleague"))
    record_registration(session, contract, by=people.actor("city"), number=NUMBER, on=today())
    with pytest.raises(NotAllowed):
        detach(session, contract, file.id or 0, by=broker)
    detach(session, contract, file.id or 0, by=people.actor("city"))
    assert files_of(session, contract) == []
