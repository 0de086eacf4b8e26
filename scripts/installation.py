"""A real installation of several processes: service, workers, commands, each killed or stopped at will.

For the tests and for `scripts/stack`.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

import httpx2

from matchmaker.models.account import Scope

ROOT = Path(__file__).parents[1]


class Program:
    """One `matchmaker …` process; what it prints is collected while it runs."""

    def __init__(self, arguments: tuple[str, ...], folder: Path, environment: Mapping[str, str]) -> None:
        command = [sys.executable, "-m", "matchmaker", *arguments]
        # It ends with us, however we end. With the thread that starts it, to be exact: others may not outlive it.
        if threading.current_thread() is threading.main_thread() and shutil.which("setpriv"):
            command = ["setpriv", "--pdeathsig", "KILL", *command]
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._lines: list[str] = []
        self._more = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def printed(self) -> str:
        """Everything so far."""
        return "".join(self._lines)

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait_for(self, pattern: str, seconds: float = 120) -> re.Match[str]:
        """What was printed and matches; fails with all of the output where it does not come."""
        with self._more:
            self._more.wait_for(lambda: re.search(pattern, self.printed) or self.ended, seconds)
            found = re.search(pattern, self.printed)
        assert found, f"{pattern!r} was not printed: {self.printed}"
        return found

    def wait(self, seconds: float = 300) -> int:
        """Until it ends; its exit code."""
        code = self._process.wait(seconds)
        self._reader.join(seconds)
        return code

    def kill(self) -> None:
        """End it as a crash does."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it as a supervisor does."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self._process.poll() is None:
            self._process.send_signal(how)
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(60)
            raise
        finally:
            self._reader.join(60)
            if self._process.stdout is not None:
                self._process.stdout.close()

    @property
    def ended(self) -> bool:
        """Is the process gone, and everything it printed here?"""
        return self._process.poll() is not None and not self._reader.is_alive()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._more:
                self._lines.append(line)
                self._more.notify_all()
        with self._more:
            self._more.notify_all()


class Installation:
    """Settings of one installation, and the processes that run with them. All end with the `with` block."""

    def __init__(self, folder: Path, **settings: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        given = {f"MATCHMAKER_{name.upper()}": value for name, value in settings.items()}
        foreign = {name: value for name, value in os.environ.items() if not name.startswith("MATCHMAKER_")}
        defaults = {"MATCHMAKER_DATA_DIR": str(folder / "var"), "MATCHMAKER_EMBEDDER": "hash"}
        self.environment = foreign | defaults | given | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
        self._programs: list[Program] = []
        self._services: list[Service] = []

    def __enter__(self) -> "Installation":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End whatever still runs."""
        for service in self._services:
            service.close()
        for program in self._programs:
            program.kill()

    def start(self, *arguments: str, **settings: str) -> Program:
        """`matchmaker ARGUMENTS` in the background; `settings` differ from the installation's own."""
        own = {f"MATCHMAKER_{name.upper()}": value for name, value in settings.items()}
        program = Program(arguments, self.folder, self.environment | own)
        self._programs.append(program)
        return program

    def run(self, *arguments: str, seconds: float = 300) -> tuple[int, str]:
        """`matchmaker ARGUMENTS` to its end: exit code and everything it printed."""
        program = self.start(*arguments)
        code = program.wait(seconds)
        return code, program.printed

    def serve(self, *arguments: str) -> "Service":
        """`matchmaker serve` on a free port, once it answers."""
        service = Service(self.start("serve", "--port", "0", *arguments))
        self._services.append(service)
        if service.one_time_password:
            service.use_key(self.new_key())
        return service

    def new_key(self) -> str:
        """An API key of the first administrator with every scope."""
        scopes = [part for scope in Scope for part in ("--scope", scope.value)]
        code, printed = self.run("account", "key", "admin", "--name", "installation", *scopes)
        found = re.search(r"mk_\S+", printed)
        assert code == 0, printed
        assert found, printed
        return found.group()

    def worker(self, name: str) -> Program:
        """`matchmaker worker` with a data folder of its own, as in a container."""
        worker = self.start("worker", data_dir=str(self.folder / name))
        worker.wait_for("索引进程已启动")
        return worker


class Service:
    """A running `matchmaker serve`: pages and API over real HTTP."""

    def __init__(self, program: Program, key: str = "") -> None:
        self.program = program
        self.address = program.wait_for(r"平台已启动\s+(http://[\d.]+:\d+)").group(1)
        found = re.search(r"一次性密码\s+(\S{10,})", program.printed)
        # Of the first administrator, shown at the first start only.
        self.one_time_password = found.group(1) if found else ""
        self.http = httpx2.Client(base_url=self.address, timeout=60)
        self.writer = httpx2.Client(base_url=f"{self.address}/api/v1", timeout=60)
        self.use_key(key)

    def use_key(self, key: str) -> None:
        """Write as the administrator whose API key this is."""
        self.key = key
        self.writer.headers["Authorization"] = f"Bearer {key}"

    def close(self) -> None:
        """Give the connections back."""
        self.http.close()
        self.writer.close()
