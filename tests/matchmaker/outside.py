"""What notices are sent to: a real mail server and a real HTTP server, each in a thread of this process."""

import asyncio
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


@dataclass
class Mailbox:
    """A mail server's inside. `refuse` is its answer to a recipient, `answer` that to a mail; `drop` cuts the line
    after a mail, `hang` keeps its sender waiting.
    """

    mails: list[EmailMessage] = field(default_factory=list)
    refuse: str = ""
    answer: str = "250 OK"
    drop: bool = False
    hang: bool = False
    port: int = 0

    async def handle_RCPT(  # noqa: N802  the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.refuse:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.answer.startswith("250"):
            mail = message_from_bytes(bytes(envelope.content or b""), policy=policy.default)
            assert isinstance(mail, EmailMessage)
            self.mails.append(mail)
        while self.hang:
            await asyncio.sleep(0.02)
        if self.drop:
            # The mail is there, the sender will never know.
            assert server.transport is not None
            server.transport.close()
        return self.answer

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}?from=platform@example.org"


@contextmanager
def mail_server(password: str = "", **options: Any) -> Iterator[Mailbox]:
    """A server that takes every mail; with a password not from who gives a wrong one. `options` are aiosmtpd's."""

    def authenticator(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
        return AuthResult(success=given.password.decode() == password, handled=False)

    box = Mailbox()
    if password:
        options = {"authenticator": authenticator, "auth_require_tls": False, **options}
    with socket.create_server(("127.0.0.1", 0)) as free:
        box.port = free.getsockname()[1]
    # The library connects to its own port to see whether it is up, and cannot do so with a port of 0.
    controller = Controller(box, hostname="127.0.0.1", port=box.port, **options)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


def self_signed(folder: Path, name: str) -> tuple[Path, ssl.SSLContext]:
    """A certificate for `name` that only who is given its file trusts, and a server's context with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    moment = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(moment - timedelta(days=1))
        .not_valid_after(moment + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file, secret = folder / "certificate.pem", folder / "key.pem"
    file.write_bytes(certificate.public_bytes(Encoding.PEM))
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file, secret)
    return file, context


@dataclass
class Gateway:
    """A robots' gateway: what it was sent, and how it answers."""

    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    # The same as it came: headers in small letters, and the body's bytes.
    received: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    status: int = 200
    answer: str = '{"errcode": 0, "code": 0}'
    drop: bool = False
    url: str = ""


@contextmanager
def robot_gateway() -> Iterator[Gateway]:
    """A gateway that takes every message."""
    gateway = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            gateway.requests.append((self.path, json.loads(body)))
            gateway.received.append(({name.lower(): value for name, value in self.headers.items()}, body))
            if gateway.drop:
                return
            self.send_response(gateway.status)
            if gateway.status == 302:
                self.send_header("Location", f"{gateway.url}/elsewhere")
            self.end_headers()
            self.wfile.write(gateway.answer.encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    gateway.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield gateway
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
