"""One signed message to one address, after the Standard Webhooks specification; never to where it must not go.

An address is looked up once, checked, and connected to as it was checked: a name that leads elsewhere the second time
leads nowhere. Redirects are not followed, proxies of the environment not used.
"""

import base64
import hashlib
import hmac
import ipaddress
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from matchmaker.sending.base import Undelivered, Verdict

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Networks = tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]

_SECONDS = 10.0
_ANSWER_BYTES = 65_536
_GONE = 410


@dataclass(frozen=True)
class SignedMessage:
    """What is sent. `identity` is the same however often it is: the receiver knows a repetition by it."""

    identity: str
    body: bytes
    secret: str

    def headers(self, moment: int) -> Mapping[str, str]:
        """The headers of an attempt at this moment (seconds since 1970)."""
        return {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "matchmaker-webhooks/1",
            "webhook-id": self.identity,
            "webhook-timestamp": str(moment),
            "webhook-signature": signature(self.secret, self.identity, moment, self.body),
        }


def signature(secret: str, identity: str, moment: int, body: bytes) -> str:
    """`v1,` and the HMAC-SHA256 over identity, moment and body, in base64. The secret is `whsec_` and its bytes in base64."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{identity}.{moment}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def networks_of(text: str) -> Networks:
    """Networks in a setting, separated by commas or blanks. Raises ValueError, which names the one that is none."""
    found = []
    for part in text.replace(",", " ").split():
        try:
            found.append(ipaddress.ip_network(part))
        except ValueError as error:
            raise ValueError(f"MATCHMAKER_WEBHOOK_NETWORKS：{part} 不是网段，应如 10.20.0.0/16") from error
    return tuple(found)


def is_allowed(address: Address, networks: Networks) -> bool:
    """Public addresses, and those in networks the administrator has named."""
    plain = getattr(address, "ipv4_mapped", None) or address
    return is_in(plain, networks) or (plain.is_global and not plain.is_multicast)


def is_in(address: Address, networks: Networks) -> bool:
    """Is it in one of them?"""
    return any(address.version == network.version and address in network for network in networks)


def post(url: str, message: SignedMessage, networks: Networks) -> None:
    """Hand the message over: any 2xx takes it. Raises Undelivered."""
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    address = _looked_up(host, port, networks)
    if not secure and not is_in(address, networks):
        raise Undelivered("公网地址须用 https", Verdict.NEVER)
    connection = _Secure(host, port, address) if secure else _Plain(host, port, address)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("POST", path, body=message.body, headers=dict(message.headers(int(time.time()))))
        answer = connection.getresponse()
        answer.read(_ANSWER_BYTES)
    except ssl.SSLError:
        raise Undelivered("证书无法验证或加密连接失败", Verdict.LATER) from None
    except (OSError, HTTPException):
        raise Undelivered("连接不上，或没有在十秒内答复", Verdict.LATER) from None
    finally:
        connection.close()
    if answer.status == _GONE:
        raise Undelivered("接收方表示不再需要（410）", Verdict.NEVER)
    if not 200 <= answer.status < 300:
        raise Undelivered(f"接收方答复 {answer.status}", Verdict.LATER)


def _looked_up(host: str, port: int, networks: Networks) -> Address:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Undelivered("推送地址的主机名无法解析", Verdict.LATER) from None
    addresses = [ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found]
    # One that leads inside is enough: which of several is used must not be left to chance.
    if not addresses or not all(is_allowed(one, networks) for one in addresses):
        raise Undelivered("推送地址指向本机或内部网络，没有发送", Verdict.LATER)
    return addresses[0]


class _Plain(HTTPConnection):
    def __init__(self, host: str, port: int, address: Address) -> None:
        super().__init__(host, port, timeout=_SECONDS)
        self._address = address

    def connect(self) -> None:
        self.sock = socket.create_connection((str(self._address), self.port), _SECONDS)


class _Secure(HTTPSConnection):
    def __init__(self, host: str, port: int, address: Address) -> None:
        self._checked = ssl.create_default_context()
        super().__init__(host, port, timeout=_SECONDS, context=self._checked)
        self._address = address

    def connect(self) -> None:
        plain = socket.create_connection((str(self._address), self.port), _SECONDS)
        self.sock = self._checked.wrap_socket(plain, server_hostname=self.host)
