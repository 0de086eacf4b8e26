"""Webhooks: who is told of what, signed, again and again, and never where it must not go."""

import base64
import hashlib
import hmac
import ipaddress
import json
import socket
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from matchmaker.brokerage import SentStep, Step, do, take_up
from matchmaker.models.account import Account, Role, Scope
from matchmaker.models.audit import AuditEvent
from matchmaker.models.base import now
from matchmaker.models.labels import NeedStatus
from matchmaker.models.match import Match
from matchmaker.models.need import NeedUpdate
from matchmaker.models.notice import DeliveryStatus, Notice
from matchmaker.models.webhook import Webhook, WebhookDelivery, WebhookEvent
from matchmaker.needs import revise_need
from matchmaker.sending.base import Undelivered, Verdict
from matchmaker.sending.webhooks import SignedMessage, is_allowed, networks_of, post, signature
from matchmaker.settings import Settings
from matchmaker.webhooks import WebhookCourier
from tests.factories import actor_for, key_of, make_account, make_achievement, make_enterprise, make_need
from tests.matchmaker.outside import Gateway, robot_gateway

V1 = "/api/v1"
EVERYTHING = [event.value for event in WebhookEvent if event is not WebhookEvent.TEST]
LOOPBACK = "127.0.0.0/8"


@pytest.fixture
def receiver() -> Iterator[Gateway]:
    with robot_gateway() as gateway:
        yield gateway


@pytest.fixture
def settings(settings: Settings) -> Settings:
    # The receiver of these tests is on this machine, which is allowed only where it is named.
    return settings.model_copy(update={"webhook_networks": LOOPBACK})


@pytest.fixture
def courier(database: Engine, settings: Settings) -> WebhookCourier:
    return WebhookCourier(database, settings)


@pytest.fixture
def broker(session: Session) -> Account:
    account = make_account(session, Role.BROKER)
    session.commit()
    return account


def hook(client: TestClient, session: Session, account: Account, url: str, events: list[str]) -> dict[str, Any]:
    headers = key_of(session, account)
    session.commit()
    answer = client.post(f"{V1}/account/webhooks", json={"url": url, "events": events}, headers=headers)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def told(receiver: Gateway) -> list[tuple[str, dict[str, Any]]]:
    return [(body["type"], body["data"]) for _, body in receiver.requests]


def test_a_broker_is_told_of_her_match_and_can_prove_who_told_her(
    client: TestClient, session: Session, broker: Account, receiver: Gateway, courier: WebhookCourier
) -> None:
    made = hook(client, session, broker, f"{receiver.url}/hook", EVERYTHING)
    need = make_need(session, problem="秘密的问题", contact_phone="0000-1234567", title="低温污水脱氮工艺")
    match = take_up(session, need, make_achievement(session), by=actor_for(session, broker))
    session.commit()
    do(
        session,
        match,
        Step.INTRODUCE,
        SentStep(version=match.version, note="请联系 0000-1234567"),
        by=actor_for(session, broker),
    )
    session.commit()
    assert courier.deliver() == 2
    (first, filed), (second, introduced) = told(receiver)
    assert (first, second) == ("match.changed", "match.changed")
    assert filed["match_id"] == introduced["match_id"] == match.id
    assert (introduced["status"], introduced["previous_status"]) == ("introduced", "recommended")
    for headers, body in receiver.received:
        identity, moment = headers["webhook-id"], headers["webhook-timestamp"]
        key = base64.b64decode(made["secret"].removeprefix("whsec_"))
        mac = hmac.new(key, f"{identity}.{moment}.".encode() + body, hashlib.sha256).digest()
        assert headers["webhook-signature"] == "v1," + base64.b64encode(mac).decode()
        assert abs(int(moment) - now().timestamp()) < 60
        assert json.loads(body)["id"] == identity
        text = body.decode()
        assert all(hidden not in text for hidden in ("秘密", "1234567", "低温", "请联系"))
    assert courier.deliver() == 0
    assert len({headers["webhook-id"] for headers, _ in receiver.received}) == 2


def test_only_those_are_told_who_may_know(
    client: TestClient, session: Session, broker: Account, receiver: Gateway, courier: WebhookCourier
) -> None:
    stranger, enterprise = make_account(session, Role.BROKER), make_enterprise(session)
    owner = make_account(session, Role.ENTERPRISE, enterprise_id=enterprise.id)
    official = make_account(session, Role.CITY_OFFICIAL)
    session.commit()
    for account, path in ((broker, "broker"), (stranger, "stranger"), (owner, "owner"), (official, "official")):
        hook(client, session, account, f"{receiver.url}/{path}", EVERYTHING)
    need = make_need(session, enterprise_name=enterprise.name)
    session.commit()
    match = take_up(session, need, make_achievement(session), by=actor_for(session, broker))
    session.commit()
    courier.deliver()
    heard = [(path, body["type"], body["data"].get("need_id")) for path, body in receiver.requests]
    # Nobody but officials and its owner hears of a record; a match is its side's business once it is introduced.
    assert sorted(heard) == sorted(
        [
            ("/owner", "need.changed", need.id),
            ("/official", "need.changed", need.id),
            ("/official", "achievement.changed", None),
            ("/official", "match.changed", need.id),
            ("/broker", "match.changed", need.id),
        ]
    )
    receiver.requests.clear()
    do(session, match, Step.INTRODUCE, SentStep(version=match.version), by=actor_for(session, broker))
    session.commit()
    courier.deliver()
    assert sorted(path for path, _ in receiver.requests) == ["/broker", "/official", "/owner"]


def test_owners_are_told_of_new_recommendations(
    client: TestClient, session: Session, receiver: Gateway, courier: WebhookCourier
) -> None:
    enterprise = make_enterprise(session)
    owner = make_account(session, Role.ENTERPRISE, enterprise_id=enterprise.id)
    session.commit()
    hook(client, session, owner, receiver.url, ["match.recommended"])
    need = make_need(session, enterprise_name=enterprise.name)
    seen, hidden = make_achievement(session), make_achievement(session, confidentiality="directed")
    session.flush()
    for achievement in (seen, hidden):
        session.add(
            Match(
                need_id=need.id,
                achievement_id=achievement.id,
                need_version=1,
                achievement_version=1,
                score=0.5,
                band="high",
                explanation={"reasons": [], "words": []},
                matcher_version="test",
            )
        )
    session.commit()
    assert courier.deliver() == 1
    [(event, data)] = told(receiver)
    assert (event, data["achievement_id"], data["status"]) == ("match.recommended", seen.id, "recommended")


def test_a_change_that_is_taken_back_is_told_to_nobody(
    client: TestClient, database: Engine, session: Session, receiver: Gateway, courier: WebhookCourier
) -> None:
    need = make_need(session)
    official = make_account(session, Role.CITY_OFFICIAL)
    session.commit()
    hook(client, session, official, receiver.url, ["need.changed"])
    with Session(database) as changing:
        revise_need(changing, changing.merge(need), NeedUpdate(version=1, status=NeedStatus.WITHDRAWN))
        changing.flush()
        assert len(changing.exec(select(WebhookDelivery)).all()) == 1
        changing.rollback()
    assert courier.deliver() == 0
    assert receiver.requests == []


def waiting(session: Session) -> WebhookDelivery:
    session.expire_all()
    return session.exec(select(WebhookDelivery)).one()


def make_due(session: Session) -> None:
    delivery = waiting(session)
    delivery.retry_at = now() - timedelta(seconds=1)
    session.commit()


@pytest.mark.parametrize("status", [500, 404, 302])
def test_what_is_not_taken_is_sent_again_with_the_same_identity(
    client: TestClient, session: Session, broker: Account, receiver: Gateway, courier: WebhookCourier, status: int
) -> None:
    made = hook(client, session, broker, receiver.url, EVERYTHING)
    headers = key_of(session, broker)
    session.commit()
    client.post(f"{V1}/account/webhooks/{made['id']}/test", headers=headers)
    receiver.status = status
    assert courier.deliver() == 0
    delivery = waiting(session)
    assert (delivery.status, delivery.attempts) == (DeliveryStatus.WAITING, 1)
    assert delivery.retry_at is not None
    assert delivery.retry_at > now() + timedelta(seconds=30)
    session.commit()
    assert courier.deliver() == 0, "not before its time"
    receiver.status = 204
    make_due(session)
    assert courier.deliver() == 1
    # A redirect was not followed.
    assert [path for path, _ in receiver.requests] == ["/", "/"]
    assert len({headers["webhook-id"] for headers, _ in receiver.received}) == 1
    [shown] = client.get(f"{V1}/account/webhooks/{made['id']}/deliveries", headers=headers).json()["items"]
    assert (shown["status"], shown["attempts"], shown["event"]) == ("sent", 2, "test")


def test_an_address_that_never_answers_is_left_alone_and_its_owner_told(
    client: TestClient, session: Session, broker: Account, receiver: Gateway, courier: WebhookCourier
) -> None:
    made = hook(client, session, broker, receiver.url, EVERYTHING)
    headers = key_of(session, broker)
    receiver.status = 500
    for _ in range(3):
        session.add(
            WebhookDelivery(webhook_id=made["id"], event=WebhookEvent.MATCH_CHANGED, data={"match_id": 1}, attempts=7)
        )
        session.commit()
        courier.deliver()
    session.expire_all()
    assert session.get_one(Webhook, made["id"]).paused_at is not None
    assert session.exec(select(Notice).where(Notice.title == "一个事件推送地址已停用")).one().account_id == broker.id
    session.commit()
    sent = len(receiver.requests)
    take_up(session, make_need(session), make_achievement(session), by=actor_for(session, broker))
    session.commit()
    courier.deliver()
    assert len(receiver.requests) == sent
    resumed = client.post(f"{V1}/account/webhooks/{made['id']}/resume", headers=headers)
    assert resumed.json()["paused_at"] is None


def test_a_message_of_a_courier_that_died_is_sent_again(
    client: TestClient, session: Session, broker: Account, receiver: Gateway, courier: WebhookCourier
) -> None:
    made = hook(client, session, broker, receiver.url, EVERYTHING)
    session.add(
        WebhookDelivery(
            webhook_id=made["id"],
            event=WebhookEvent.TEST,
            status=DeliveryStatus.SENDING,
            attempts=1,
            retry_at=now() - timedelta(minutes=1),
        )
    )
    session.commit()
    assert courier.deliver() == 1


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("8.8.8.8", True),
        ("2001:4860:4860::8888", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("fe80::1", False),
        ("fd00::1", False),
    ],
)
def test_inner_addresses_are_told_nothing(address: str, allowed: bool) -> None:
    assert is_allowed(ipaddress.ip_address(address), ()) is allowed


def test_networks_that_the_administrator_names_are_told() -> None:
    networks = networks_of("10.20.0.0/16, fd00::/8")
    assert is_allowed(ipaddress.ip_address("10.20.3.4"), networks)
    assert is_allowed(ipaddress.ip_address("::ffff:10.20.3.4"), networks)
    assert not is_allowed(ipaddress.ip_address("10.21.3.4"), networks)
    assert is_allowed(ipaddress.ip_address("fd12::1"), networks)
    with pytest.raises(ValueError, match="MATCHMAKER_WEBHOOK_NETWORKS"):
        networks_of("10.20.0.0/16 intern")


def test_a_name_that_leads_inside_is_told_nothing(receiver: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    port = receiver.url.rpartition(":")[2]
    message = SignedMessage("evt_1", b"{}", "whsec_" + base64.b64encode(b"k" * 32).decode())
    with pytest.raises(Undelivered, match="内部网络"):
        post(f"http://localhost:{port}/", message, ())
    # One of several addresses is enough.
    real = socket.getaddrinfo("127.0.0.1", int(port), type=socket.SOCK_STREAM)
    public = [(*real[0][:4], ("93.184.216.34", int(port)))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_given: [*public, *real])
    with pytest.raises(Undelivered, match="内部网络"):
        post(f"https://rebound.example.org:{port}/", message, ())
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_given: public)
    with pytest.raises(Undelivered, match="https") as refused:
        post(f"http://public.example.org:{port}/", message, ())
    assert refused.value.verdict is Verdict.NEVER
    assert receiver.requests == []


def test_the_signature_is_that_of_the_specification() -> None:
    # Computed by the library `standardwebhooks` for this secret, identity, moment and body.
    assert (
        signature(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1614265330,
            b'{"test": 2432232314}',
        )
        == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/x",
        "https://",
        "https://user:secret@example.org/x",
        "https://example.org/x#y",
        "https://example.org:99999/x",
        "https://exa mple.org/",
        "https://10.0.0.1/x",
        "https://[::1]/x",
        "https://localhost/x",
        "https://169.254.169.254/latest",
        "https://例子.example/x",
        "x" * 499,
    ],
)
def test_addresses_that_cannot_be_told_anything_are_refused(
    client: TestClient, admin: dict[str, str], url: str
) -> None:
    answer = client.post(f"{V1}/account/webhooks", json={"url": url, "events": ["match.changed"]}, headers=admin)
    assert answer.status_code == 422, answer.text
    assert answer.json()["fix"]


def test_secrets_are_shown_once_and_webhooks_are_ones_own(
    client: TestClient, session: Session, broker: Account, receiver: Gateway
) -> None:
    made = hook(client, session, broker, receiver.url, ["match.changed"])
    mine, reading = key_of(session, broker), key_of(session, broker, Scope.READ)
    other = key_of(session, make_account(session, Role.BROKER))
    session.commit()
    listed = client.get(f"{V1}/account/webhooks", headers=mine)
    assert [one["id"] for one in listed.json()["items"]] == [made["id"]]
    assert made["secret"] not in listed.text
    for method, path in (("DELETE", ""), ("POST", "/test"), ("POST", "/resume"), ("GET", "/deliveries")):
        address = f"{V1}/account/webhooks/{made['id']}{path}"
        assert client.request(method, address, headers=other).status_code == 404
        if method != "GET":
            assert client.request(method, address, headers=reading).status_code == 403
    assert client.delete(f"{V1}/account/webhooks/{made['id']}", headers=mine).status_code == 204
    trail = session.exec(select(AuditEvent).where(col(AuditEvent.table_name) == "webhook")).all()
    assert [one.action.value for one in trail] == ["added", "removed"]
    assert made["secret"] not in json.dumps([one.model_dump(mode="json") for one in trail])


def test_nothing_is_noted_where_nobody_listens(session: Session) -> None:
    make_need(session)
    session.commit()
    assert session.exec(select(WebhookDelivery)).all() == []
