"""Group robots: told as their platforms want it, and every answer taken for what it is."""

import base64
import hashlib
import hmac
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from matchmaker.models.notice import Way
from matchmaker.sending import Message, Senders, Undelivered
from matchmaker.sending.base import Verdict
from matchmaker.sending.robots import RobotGateway, RobotKey, as_text
from matchmaker.settings import Settings
from tests.matchmaker.outside import Gateway, robot_gateway

TOKEN, SECRET = "geheim4711token", "SECgeheim4711"
MESSAGE = Message("identity", "对接进展：对方已接受", ("请尽快联系。",), "https://platform.example.org/notices/1")


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with robot_gateway() as opened:
        yield opened


@pytest.mark.parametrize(
    ("way", "path", "name"),
    [
        (Way.WECOM, f"/cgi-bin/webhook/send?key={TOKEN}", "text"),
        (Way.DINGTALK, f"/robot/send?access_token={TOKEN}", "text"),
        (Way.FEISHU, f"/open-apis/bot/v2/hook/{TOKEN}", "content"),
    ],
)
@pytest.mark.parametrize("secret", ["", SECRET])
def test_a_robot_is_told_as_its_platform_wants(gateway: Gateway, way: Way, path: str, name: str, secret: str) -> None:
    RobotGateway.of(way, gateway.url).send(str(RobotKey(TOKEN, secret)), MESSAGE)
    ((got, body),) = gateway.requests
    assert got.startswith(path)
    assert next(iter(body[name].values())) == f"【通知】对接进展：对方已接受\n请尽快联系。\n{MESSAGE.link}"
    given = {key: values[0] for key, values in parse_qs(urlsplit(got).query).items()}
    if not secret or way is Way.WECOM:
        assert "sign" not in given | body
    elif way is Way.DINGTALK:
        check = hmac.new(SECRET.encode(), f"{given['timestamp']}\n{SECRET}".encode(), hashlib.sha256)
        assert given["sign"] == base64.b64encode(check.digest()).decode()
    else:
        check = hmac.new(f"{body['timestamp']}\n{SECRET}".encode(), b"", hashlib.sha256)
        assert body["sign"] == base64.b64encode(check.digest()).decode()


@pytest.mark.parametrize(
    ("way", "status", "answer", "verdict", "said"),
    [
        (Way.WECOM, 200, '{"errcode": 93000}', Verdict.NEVER, "不认这个机器人密钥"),
        (Way.WECOM, 200, '{"errcode": 45009}', Verdict.LATER, "暂时不接收（45009）"),
        (Way.DINGTALK, 200, '{"errcode": 310000}', Verdict.NEVER, "安全设置"),
        (Way.FEISHU, 200, '{"code": 19021}', Verdict.NEVER, "签名不符"),
        (Way.FEISHU, 200, '{"code": 9499}', Verdict.LATER, "暂时不接收（9499）"),
        (Way.WECOM, 502, "", Verdict.LATER, "暂时不能接收（502）"),
        (Way.WECOM, 302, "", Verdict.LATER, "暂时不能接收（302）"),
        (Way.WECOM, 200, "<html>", Verdict.UNKNOWN, "可能已送达"),
        (Way.WECOM, 200, "[]", Verdict.UNKNOWN, "可能已送达"),
        (Way.WECOM, 200, "{}", Verdict.UNKNOWN, "可能已送达"),
    ],
)
def test_an_answer_is_taken_for_what_it_is(
    gateway: Gateway, way: Way, status: int, answer: str, verdict: Verdict, said: str
) -> None:
    gateway.status, gateway.answer = status, answer
    with pytest.raises(Undelivered, match=said) as refused:
        RobotGateway.of(way, gateway.url).send(TOKEN, MESSAGE)
    assert refused.value.verdict is verdict
    assert len(gateway.requests) == 1, "redirects are not followed"


def test_who_hangs_up_may_have_got_it_and_who_cannot_be_reached_has_not(gateway: Gateway) -> None:
    gateway.drop = True
    with pytest.raises(Undelivered) as hung_up:
        RobotGateway.of(Way.WECOM, gateway.url).send(TOKEN, MESSAGE)
    with pytest.raises(Undelivered) as away:
        RobotGateway.of(Way.WECOM, "http://127.0.0.1:1").send(TOKEN, MESSAGE)
    assert (hung_up.value.verdict, away.value.verdict) == (Verdict.UNKNOWN, Verdict.WAY_BLOCKED)


@pytest.mark.parametrize("base", ["qyapi.example.org", "ftp://example.org", "file:///etc/passwd"])
def test_a_gateway_is_an_http_address(settings: Settings, base: str) -> None:
    with pytest.raises(ValueError, match="MATCHMAKER_WECOM_URL"):
        Senders.of(settings.model_copy(update={"wecom_url": base}))


def test_a_way_can_be_switched_off(settings: Settings) -> None:
    assert set(Senders.of(settings.model_copy(update={"feishu_url": ""})).by_way) == {Way.WECOM, Way.DINGTALK}


@pytest.mark.parametrize(
    ("way", "webhook"),
    [
        (Way.WECOM, f"https://qyapi.example.org/cgi-bin/webhook/send?key={TOKEN}"),
        (Way.DINGTALK, f"https://oapi.example.org/robot/send?access_token={TOKEN}"),
        (Way.FEISHU, f"https://open.example.org/open-apis/bot/v2/hook/{TOKEN}"),
        (Way.FEISHU, f"https://open.example.org/open-apis/bot/v2/hook/{TOKEN}/"),
        (Way.WECOM, f" {TOKEN} "),
    ],
)
def test_a_key_is_read_from_what_people_copy(way: Way, webhook: str) -> None:
    key = RobotKey.read(way, webhook, "")
    assert key.token == TOKEN
    assert RobotKey.stored(str(RobotKey(TOKEN, SECRET))) == RobotKey(TOKEN, SECRET)


@pytest.mark.parametrize(
    "webhook", ["", "short", "https://example.org/", "https://x/?key=a b", "../../admin/x", "键键键键键键键键"]
)
def test_what_is_no_key_is_refused(webhook: str) -> None:
    with pytest.raises(ValueError, match="Webhook"):
        RobotKey.read(Way.WECOM, webhook, "")
    with pytest.raises(ValueError, match="加签密钥"):
        RobotKey.read(Way.DINGTALK, TOKEN, "with blank s")


def test_a_long_text_keeps_whole_lines_and_its_link() -> None:
    message = Message("id", "汇总", tuple(f"第 {number} 行" + "字" * 60 for number in range(40)), "https://x/notices")
    text = as_text(message)
    assert len(text.encode()) <= 2048
    assert text.endswith("……\nhttps://x/notices")
    assert text.splitlines()[1] == message.lines[0]
