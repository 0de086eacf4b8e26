"""Mail over a real SMTP server: who may send, over which line, and what an address in the settings may look like."""

import socket
from pathlib import Path

import pytest
from pydantic import SecretStr

from matchmaker.courier import trial_message
from matchmaker.models.notice import Way
from matchmaker.sending import Senders, Undelivered
from matchmaker.sending.base import Verdict
from matchmaker.sending.mail import MailServer
from matchmaker.sending.robots import RobotGateway
from matchmaker.settings import Settings
from tests.matchmaker.outside import mail_server, self_signed

TOKEN, SECRET = "geheim4711token", "SECgeheim4711"


@pytest.mark.parametrize("secret", ["geheim/4711", "wrong"])
def test_the_password_of_the_mail_server(settings: Settings, secret: str) -> None:
    with mail_server(password="geheim/4711") as box:
        url = f"smtp://platform@127.0.0.1:{box.port}?from=platform@example.org"
        plain = settings.model_copy(update={"mail_url": url, "mail_password": SecretStr(secret)})
        open_line = plain.model_copy(update={"mail_url": f"{url}&tls=off"})
        with pytest.raises(Undelivered, match="不支持加密"):
            MailServer.of(plain).check()
        server = MailServer.of(open_line)
        assert secret not in repr(server)
        if secret == "wrong":
            with pytest.raises(Undelivered, match="拒绝平台登录"):
                server.send("anna@example.org", trial_message("平台", 1))
        else:
            server.check()
            server.send("anna@example.org", trial_message("平台", 1))
        assert len(box.mails) == (0 if secret == "wrong" else 1)


@pytest.mark.parametrize(("scheme", "option"), [("smtp", "tls_context"), ("smtps", "ssl_context")])
def test_the_line_is_encrypted_and_the_server_is_who_it_says(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheme: str, option: str
) -> None:
    certificate, context = self_signed(tmp_path, "localhost")
    with mail_server("geheim", **{option: context}) as box:
        url = f"{scheme}://platform:geheim@localhost:{box.port}?from=platform@example.org"
        server = MailServer.of(settings.model_copy(update={"mail_url": url}))
        with pytest.raises(Undelivered, match="连接不上"):
            server.send("anna@example.org", trial_message("平台", 1))
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        server.send("anna@example.org", trial_message("平台", 1))
        assert len(box.mails) == 1


def test_a_server_that_never_answers_is_given_up(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matchmaker.sending.mail._SECONDS", 0.2)
    monkeypatch.setattr("matchmaker.sending.robots._SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        server = MailServer.of(settings.model_copy(update={"mail_url": f"smtp://127.0.0.1:{port}?from=a@example.org"}))
        with pytest.raises(Undelivered) as of_mail:
            server.send("anna@example.org", trial_message("平台", 1))
        with pytest.raises(Undelivered) as of_robot:
            RobotGateway.of(Way.WECOM, f"http://127.0.0.1:{port}").send(TOKEN, trial_message("平台", 1))
    assert of_mail.value.verdict is Verdict.WAY_BLOCKED
    assert of_robot.value.verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.org",
        "http://mail.example.org?from=a@example.org",
        f"smtp://user:{SECRET}@mail.example.org",
        f"smtp://user:{SECRET}@mail.example.org:x?from=a@example.org",
        f"smtps://:{SECRET}@?from=a@example.org",
    ],
)
def test_an_unusable_mail_address_says_so_without_repeating_it(settings: Settings, url: str) -> None:
    with pytest.raises(ValueError, match="MATCHMAKER_MAIL_URL") as refused:
        Senders.of(settings.model_copy(update={"mail_url": url}))
    assert SECRET not in str(refused.value)


def test_the_mail_address_in_all_its_parts(settings: Settings) -> None:
    given = {"mail_url": "smtps://anna%40example.org:p%2Fw@mail.example.org", "mail_password": SecretStr("other")}
    server = MailServer.of(settings.model_copy(update=given))
    assert (server.port, server.user, server.sender, server.password) == (
        465,
        "anna@example.org",
        "anna@example.org",
        "p/w",
    )
    assert server.encrypted
