"""A reverse proxy that speaks TLS and wants an API key, in front of a node that does neither, as in production."""

import http.client
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

_REFUSAL = b'{"error": {"type": "security_exception", "reason": "unable to authenticate"}, "status": 401}'


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A new authority's certificate, valid for 127.0.0.1, and its key."""
    signed, key = folder / f"{name}.pem", folder / f"{name}.key"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-days", "2", "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*command, "-keyout", str(key), "-out", str(signed)], check=True, capture_output=True)
    return signed, key


class TlsProxy(ThreadingHTTPServer):
    """Passes requests with the right key on; `authorizations` are the headers it has seen."""

    daemon_threads = True

    def __init__(self, behind: str, signed: tuple[Path, Path], api_key: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*signed)
        # The handshake is left to the thread of the connection: a client that breaks it off disturbs nobody else.
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.behind = urlsplit(behind).netloc
        self.wanted = f"ApiKey {api_key}"
        self.authorizations: set[str | None] = set()

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that do not trust the certificate hang up; that is what is tested."""

    @contextmanager
    def serving(self) -> Iterator["TlsProxy"]:
        thread = threading.Thread(target=self.serve_forever)
        thread.start()
        try:
            yield self
        finally:
            self.shutdown()
            thread.join()
            self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _pass_on(self) -> None:
        server = self.server
        assert isinstance(server, TlsProxy)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        given = self.headers.get("Authorization")
        server.authorizations.add(given)
        if given != server.wanted:
            self._answer(401, {"Content-Type": "application/json", "X-Elastic-Product": "Elasticsearch"}, _REFUSAL)
            return
        behind = http.client.HTTPConnection(server.behind, timeout=60)
        kept = {name: value for name, value in self.headers.items() if name.lower() in ("accept", "content-type")}
        behind.request(self.command, self.path, body, kept)
        answer = behind.getresponse()
        content = answer.read()
        headers = {name: value for name, value in answer.getheaders() if name.lower() != "transfer-encoding"}
        self._answer(answer.status, headers, content)
        behind.close()

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _pass_on  # noqa: N815

    def _answer(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() != "content-length":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is logged."""
