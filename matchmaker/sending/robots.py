"""Group robots of WeCom, DingTalk and Feishu: one text message by HTTP.

Not through apprise 2.2: it takes every HTTP 200 for success, while all three answer 200 with an error code in the body
when they refuse (wrong key, missing keyword, too many messages). A notice would be lost, and the test button would lie.
It also knows neither Feishu's signature nor another host, as a private gateway needs.
"""

import base64
import hashlib
import hmac
import json
import re
import time
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import parse_qs, quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from matchmaker.models.notice import Way
from matchmaker.sending.base import Message, Undelivered, Verdict

_SECONDS = 10.0
# WeCom takes 2048 bytes, the others more; the same text everywhere.
_TEXT_BYTES = 2000
_ANSWER_BYTES = 65536
_TOKEN = re.compile(r"[A-Za-z0-9_-]{8,200}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{8,90}")

# Whose robots may ask for a signature; a WeCom robot cannot.
SIGNED = (Way.DINGTALK, Way.FEISHU)

# Answers that more attempts do not change, from the documentation of the three: what the owner of the robot must do.
_FINAL: dict[tuple[Way, int], str] = {
    (Way.WECOM, 93000): "企业微信不认这个机器人密钥，请重新填写",
    (Way.DINGTALK, 300001): "钉钉不认这个机器人密钥，请重新填写",
    (Way.DINGTALK, 310000): "钉钉机器人的安全设置不符：请填写加签密钥，或把“通知”设为关键词",
    (Way.FEISHU, 19001): "飞书不认这个机器人密钥，请重新填写",
    (Way.FEISHU, 19021): "飞书机器人的签名不符，请重新填写加签密钥",
    (Way.FEISHU, 19022): "飞书机器人不接受本平台的网络地址，请检查它的 IP 白名单",
    (Way.FEISHU, 19024): "飞书机器人要求关键词，请把“通知”设为关键词",
}


@dataclass(frozen=True)
class RobotKey:
    """What somebody copied from a robot's page: its token, and the secret for signatures if the robot wants them."""

    token: str
    secret: str = ""

    @classmethod
    def read(cls, way: Way, webhook: str, secret: str) -> "RobotKey":
        """From the whole webhook address or the token alone. Raises ValueError with a sentence for the form."""
        token = webhook.strip()
        if "/" in token:
            url = urlsplit(token)
            given = parse_qs(url.query)
            names = {Way.WECOM: "key", Way.DINGTALK: "access_token"}
            token = url.path.rstrip("/").rsplit("/", 1)[-1] if way is Way.FEISHU else given.get(names[way], [""])[0]
        if not _TOKEN.fullmatch(token):
            raise ValueError("请粘贴机器人页面上的完整 Webhook 地址")
        if secret and not _SECRET.fullmatch(secret):
            raise ValueError("加签密钥只含字母和数字，请重新复制")
        return cls(token, secret)

    @classmethod
    def stored(cls, text: str) -> "RobotKey":
        """The key from its stored form."""
        token, _, secret = text.partition(" ")
        return cls(token, secret)

    def __str__(self) -> str:
        return f"{self.token} {self.secret}".strip()

    def __repr__(self) -> str:
        return "RobotKey(***)"


class _NoRedirects(HTTPRedirectHandler):
    """A message goes to the host of the settings and to no other."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        return None


@dataclass(frozen=True)
class RobotGateway:
    """Where robots of one kind are reached."""

    way: Way
    base: str
    # A second copy is seen by the whole group.
    resends: bool = False

    @classmethod
    def of(cls, way: Way, base: str) -> "RobotGateway":
        """Raises ValueError for what is no HTTP address."""
        url = urlsplit(base)
        if url.scheme not in ("http", "https") or not url.hostname:
            raise ValueError(f"MATCHMAKER_{way.value.upper()}_URL 应为 https:// 开头的地址；留空则不提供{way.label}")
        return cls(way, base.rstrip("/"))

    def send(self, to: str, message: Message) -> None:
        """Hand one message over; `to` is the stored form of the key. Raises Undelivered."""
        path, body = self._written(RobotKey.stored(to), as_text(message))
        request = Request(  # noqa: S310 — the scheme was checked in `of`
            f"{self.base}{path}", json.dumps(body).encode(), {"Content-Type": "application/json; charset=utf-8"}
        )
        label = self.way.label
        try:
            with build_opener(_NoRedirects).open(request, timeout=_SECONDS) as answer:
                said = json.loads(answer.read(_ANSWER_BYTES))
        except HTTPError as error:
            error.close()
            raise Undelivered(f"{label}暂时不能接收（{error.code}）", Verdict.LATER) from None
        except URLError:
            # Raised until the request is written: nobody can have read it whole.
            raise Undelivered(f"{label}连接不上", Verdict.WAY_BLOCKED) from None
        except (OSError, HTTPException, ValueError):
            raise Undelivered(f"{label}没有答复，可能已送达", Verdict.UNKNOWN) from None
        self._check(said)

    def _check(self, said: Any) -> None:
        """Raises Undelivered unless the answer says that the message was taken."""
        name = "code" if self.way is Way.FEISHU else "errcode"
        code = said.get(name) if isinstance(said, dict) else None
        if code == 0:
            return
        if not isinstance(code, int):
            raise Undelivered(f"{self.way.label}的答复无法识别，可能已送达", Verdict.UNKNOWN)
        if final := _FINAL.get((self.way, code)):
            raise Undelivered(final, Verdict.NEVER)
        raise Undelivered(f"{self.way.label}暂时不接收（{code}）", Verdict.LATER)

    def _written(self, key: RobotKey, text: str) -> tuple[str, dict[str, Any]]:
        """Path and body of the request, signed where the key has a secret."""
        token = quote(key.token, safe="")
        plain = {"msgtype": "text", "text": {"content": text}}
        if self.way is Way.WECOM:
            return f"/cgi-bin/webhook/send?key={token}", plain
        if self.way is Way.DINGTALK:
            moment = str(round(time.time() * 1000))
            signed = {"timestamp": moment, "sign": _signature(key.secret, f"{moment}\n{key.secret}")}
            return f"/robot/send?{urlencode({'access_token': key.token} | (signed if key.secret else {}))}", plain
        moment = str(round(time.time()))
        signed = {"timestamp": moment, "sign": _signature(f"{moment}\n{key.secret}", "")}
        body = {"msg_type": "text", "content": {"text": text}}
        return f"/open-apis/bot/v2/hook/{token}", body | (signed if key.secret else {})


def as_text(message: Message) -> str:
    """The message as one text: as many whole lines as fit, and always the link.

    It begins with the word that robots may be told to insist on.
    """
    room = _TEXT_BYTES - len(message.link.encode()) - len("\n……\n".encode())
    kept: list[str] = []
    for line in (f"【通知】{message.subject}", *message.lines):
        room -= len(line.encode()) + 1
        if room < 0:
            kept.append("……")
            break
        kept.append(line)
    return "\n".join([*kept, message.link] if message.link else kept)


def _signature(key: str, text: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode()
