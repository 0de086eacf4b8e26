"""A private PostgreSQL on this machine, of Debian's package, for the tests and for `scripts/stack`.

It dies with whoever started it, however that ends.
"""

import os
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import psycopg
from sqlalchemy import URL

ADMINISTRATOR = "matchmaker"
# Of the characters that a URL must escape, so that every test also proves that passwords are escaped rightly.
PASSWORD = "p@ss/w:rd %41?#密"
MISSING = "no PostgreSQL (15 or newer) on this machine: apt-get install postgresql"
# Long: the machine may be busy. Nothing waits as long as this where all is well.
_READY_SECONDS = 60
# Several times what the tests' databases take at once.
_MEMORY_BYTES = 4 * 1024**3


def program(name: str) -> Path | None:
    """Where that program of PostgreSQL lies; Debian keeps them out of the path."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda one: int(one.parent.name), reverse=True)
    for folder in versions:
        if (folder / name).exists():
            return folder / name
    found = shutil.which(name)
    return Path(found) if found else None


def _memory() -> Path | None:
    """The machine's folder in memory, if it is roomy. A new database is some hundred files: ten times faster there."""
    folder = Path("/dev/shm")
    roomy = folder.is_dir() and shutil.disk_usage(folder).free > _MEMORY_BYTES
    return folder if roomy and os.access(folder, os.W_OK) and folder.stat().st_mode & stat.S_IXOTH else None


class PostgresServer:
    """A server of its own on a free local port, in a folder of its own, with durability switched on if asked for.

    `settings` are those of PostgreSQL and go before ours.
    The default order of texts is that of Chinese dictionaries, so that a test fails where a query relies on it.
    """

    def __init__(
        self, *, durable: bool = False, settings: Mapping[str, str] | None = None, password: str = PASSWORD
    ) -> None:
        initdb, postgres = program("initdb"), program("postgres")
        if initdb is None or postgres is None:
            raise FileNotFoundError(MISSING)
        self._postgres = postgres
        self._durable = durable
        self._settings = dict(settings or {})
        self._password = password
        # Not in pytest's folders: those are closed to every other user.
        self.folder = Path(tempfile.mkdtemp(prefix="matchmaker-postgres-", dir=None if durable else _memory()))
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        # The server refuses to run as root; Debian's package brings the user. With the run, however it ends, it goes.
        self._as_user = ["setpriv", "--pdeathsig", "QUIT"]
        if os.geteuid() == 0:
            self._as_user += ["--reuid", "postgres", "--regid", "postgres", "--init-groups"]
            shutil.chown(self.folder, "postgres", "postgres")
        password_file = self.folder / "password"
        password_file.write_text(password + "\n", "utf-8")
        command = [str(initdb), "--pgdata", f"{self.folder}/data", "--username", ADMINISTRATOR]
        command += ["--auth", "scram-sha-256", "--pwfile", str(password_file), "--encoding", "UTF8", "--no-sync"]
        command += ["--locale", "C.UTF-8", "--locale-provider", "icu", "--icu-locale", "zh-CN"]
        subprocess.run([*self._as_user, *command], cwd=self.folder, check=True, stdout=subprocess.DEVNULL)

    @property
    def url(self) -> URL:
        """The server's own database, as its administrator."""
        return URL.create("postgresql+psycopg", ADMINISTRATOR, self._password, "127.0.0.1", self.port, "postgres")

    def start(self) -> None:
        """Start and wait until it answers; after `stop` or `kill` on the same port with the same data."""
        settings = ["listen_addresses=127.0.0.1", f"port={self.port}", f"unix_socket_directories={self.folder}"]
        settings += ["max_connections=200", "lc_messages=C"]
        if not self._durable:
            settings += ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
        settings += [f"{name}={value}" for name, value in self._settings.items()]
        command = [*self._as_user, str(self._postgres), "-D", f"{self.folder}/data"]
        command += [word for one in settings for word in ("-c", one)]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log)
        until = time.monotonic() + _READY_SECONDS
        while True:
            try:
                self._connect().close()
                return
            except psycopg.OperationalError:
                said = (self.folder / "log").read_text("utf-8", "replace")[-2000:]
                assert self._process.poll() is None, f"PostgreSQL ended: {said}"
                assert time.monotonic() < until, f"PostgreSQL does not answer: {said}"
                time.sleep(0.05)

    def stop(self) -> None:
        """Stop as an operator does: connections are cut, everything is written."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """End it as a crash does: nothing is written any more."""
        self._end(signal.SIGQUIT)

    def close(self) -> None:
        """Stop and remove everything."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.send_signal(how)
            self._process.wait(timeout=_READY_SECONDS)
            self._process = None

    def _connect(self) -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user=ADMINISTRATOR,
            password=self._password,
            dbname="postgres",
            connect_timeout=5,
        )
