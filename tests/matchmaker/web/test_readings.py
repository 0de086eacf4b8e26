"""Whatever somebody reads that is not public, and whatever she takes away, is in the audit trail.

Every route × every role over the marked records of `test_no_leaks`: where an answer holds a word that the public does
not read, there is an event that names the reader and the record.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from indexing import Segmenter
from matchmaker.database import session_scope
from matchmaker.models.account import Role
from matchmaker.models.audit import AuditAction, AuditEvent
from matchmaker.settings import Settings
from tests.conftest import NO_LIMITS
from tests.factories import make_enterprise
from tests.matchmaker.web.route_rights import EVERYBODY
from tests.matchmaker.web.route_rights.serving import served_world
from tests.matchmaker.web.test_no_leaks import (
    PUBLIC,
    READING,
    Marked,
    Place,
    answers,
    is_in,
    marked_records,
    paths,
)
from tests.matchmaker.web.test_route_rights import PREPARATIONS

READ = (AuditAction.READ_CONFIDENTIAL, AuditAction.READ_CONTACT)
# Lists say what a record is called and a line of it: to read it is to open it.
LISTS = ("/needs", "/achievements", "/saved-searches/1", "/oversight/needs", "/api/v1/enterprises")


@pytest.fixture(scope="module")
def place(
    tmp_path_factory: pytest.TempPathFactory, new_database_url: Callable[..., str], segmenter: Segmenter
) -> Iterator[Place]:
    """The world of the rights table with the marked records in it."""
    folder: Path = tmp_path_factory.mktemp("readings")
    settings = Settings(
        _env_file=None, data_dir=folder, database_url=new_database_url(), embedder="off", upload_limit_mb=1, **NO_LIMITS
    )
    with (
        served_world(settings, segmenter, [*PREPARATIONS, marked_records]) as served,
        TestClient(served.app, follow_redirects=False) as client,
    ):
        yield Place(client, served.world, served.prepared[-1], served.database)


def last_event(database: Engine) -> int:
    with Session(database) as session:
        return session.exec(select(func.max(AuditEvent.id))).one() or 0


def events_since(database: Engine, last: int, *actions: AuditAction) -> list[AuditEvent]:
    with Session(database) as session:
        wanted = select(AuditEvent).where(col(AuditEvent.id) > last, col(AuditEvent.action).in_(actions))
        return list(session.exec(wanted))


def is_owner(one: Marked, role: str) -> bool:
    return one.owner == role


def told_of(one: Marked, text: str, *, titles: bool) -> bool:
    """Does the text hold words of the record that the public does not read? Its title only where it counts."""
    title = next(iter(one.words))
    return any(is_in(word, text) for word, level in one.words.items() if level > PUBLIC and (titles or word != title))


@pytest.mark.parametrize("role", [one for one in EVERYBODY if one != "anonymous"])
def test_what_is_not_public_is_read_on_record(place: Place, role: str) -> None:
    wanted = {path for row in READING for path in paths(row, place)}
    compared = "&".join(f"id={one.record.id}" for one in place.marked if one.name == "need")
    wanted |= {f"/compare/needs?{compared}", *(f"/history/needs/{one.record.id}" for one in place.marked)}
    wanted |= {f"/api/v1/{kind}?limit=100" for kind in ("needs", "achievements")}
    unnoted, seen = {}, 0
    for path in sorted(wanted - set(LISTS)):
        before = last_event(place.database)
        ((_, text),) = answers(place, role, {path}, headers=False)
        read = [one for one in place.marked if not is_owner(one, role) and told_of(one, text, titles=False)]
        if not read:
            continue
        seen += 1
        account = place.world.accounts[Role(role)].id
        noted = {
            (one.table_name, one.record_id)
            for one in events_since(place.database, before, *READ)
            if one.account_id == account
        }
        if missing := [one.record.id for one in read if (one.record.__tablename__, one.record.id) not in noted]:
            unnoted[path] = missing
    assert unnoted == {}
    assert seen or role in (Role.ENTERPRISE, Role.INSTITUTION, Role.COMMISSIONER), "there was something to read"


def answered(place: Place, role: Role, path: str) -> tuple[int, bool]:
    """Status, and whether the answer is a file."""
    in_api = path.startswith("/api/")
    place.client.cookies = {} if in_api else place.world.cookies[role]
    answer = place.client.get(path, headers=place.world.headers[role] if in_api else {})
    return answer.status_code, answer.headers.get("content-disposition", "").startswith("attachment")


def test_every_file_that_is_taken_away_is_on_record(place: Place) -> None:
    """Whoever fetches it; only forms that say nothing about anybody are not worth a line."""
    role = Role.CITY_OFFICIAL
    paths_ = {(row.path or row.route.split(" ", 1)[1]).format(**place.world.ids) for row in READING}
    unnoted, taken = [], []
    for path in sorted(one for one in paths_ if "template" not in one):
        before = last_event(place.database)
        status, is_file = answered(place, role, path)
        if status != 200 or not is_file:
            continue
        taken.append(path)
        (event,) = events_since(place.database, before, AuditAction.EXPORTED) or (None,)
        if event is None or event.account_id != place.world.accounts[role].id or not event.reason:
            unnoted.append(path)
    assert unnoted == []
    assert len([one for one in taken if one.startswith("/api/")]) > 2, taken
    assert len(taken) > 6, taken


def test_officials_open_contracts_on_record_and_parties_their_own_without(place: Place) -> None:
    world = place.world
    contract = world.ids["registered_contract"]
    for path in (f"/contracts/{contract}", f"/api/v1/contracts/{contract}", f"/history/contracts/{contract}"):
        for role, number in ((Role.DISTRICT_OFFICIAL, 1), (Role.CITY_OFFICIAL, 1), (Role.ENTERPRISE, 0)):
            before = last_event(place.database)
            assert answered(place, role, path)[0] == 200, (role, path)
            noted = events_since(place.database, before, AuditAction.READ_CONFIDENTIAL)
            assert [(one.table_name, one.record_id) for one in noted] == [("technology_contract", contract)] * number


def test_who_reads_how_an_enterprise_is_reached_is_on_record(place: Place) -> None:
    with session_scope(place.database) as session:
        number = make_enterprise(session, name="留有电话的示例企业", contact_phone="0510-66668888").id
    path = f"/api/v1/enterprises/{number}"
    before = last_event(place.database)
    assert answered(place, Role.BROKER, path)[0] == 200
    assert events_since(place.database, before, *READ) == []
    assert answered(place, Role.CITY_OFFICIAL, path)[0] == 200
    (event,) = events_since(place.database, before, *READ)
    assert (event.action, event.table_name, event.record_id) == (AuditAction.READ_CONTACT, "enterprise", number)
