"""One Elasticsearch node as one Java process of its own, and several of them as one cluster.

Nodes listen on 127.0.0.1 only. A node ends with whoever started it, however that ends: the pipe to its standard input
closes. The server stays as it is delivered but for the settings in `_settings`.
"""

import http.client
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .build import Built

# Starting takes 6 s on two idle cores; a machine that runs several test suites at once is many times slower.
START_SECONDS = 180
# Closing a node in order takes under a second; then it is killed, which loses nothing that was acknowledged.
STOP_SECONDS = 30
# Below the ports Linux gives to outgoing connections, or one of those could sit on a node's port while it is restarted.
PORTS = range(20_000, 32_000)
LOG_LINES_SHOWN = 20


class NodeDidNotStart(Exception):
    """The Java process ended or stayed silent; the message carries the end of its log."""


@dataclass(frozen=True)
class NodeOptions:
    """How nodes run: Java heap, settings of Elasticsearch that go before ours, and whether a quick start counts more.

    `quick` leaves out Java's optimizing compiler and vector instructions: half the processor time to start, but long
    runs and vector search are several times slower. For nodes that live for one test.
    """

    heap: str = "1g"
    settings: Mapping[str, str] = field(default_factory=dict)
    quick: bool = False


class Node:
    """One node: `url`, `pid` of its Java process, `home` (its data, its `node.log`)."""

    def __init__(self, built: Built, home: Path, settings: Mapping[str, str], options: NodeOptions) -> None:
        settings = {**settings, **options.settings}
        self.home = home.resolve()
        self._port = int(settings["http.port"])
        self.url = f"http://127.0.0.1:{self._port}"
        vector = ["--add-modules=jdk.incubator.vector"] if "jdk.incubator.vector" in built.java.modules else []
        self._command = [
            str(built.java.command),
            f"-Xms{options.heap}",
            f"-Xmx{options.heap}",
            "-XX:+UseSerialGC",
            "--enable-native-access=ALL-UNNAMED",
            *(["-XX:TieredStopAtLevel=1"] if options.quick else vector),
            f"-Djava.io.tmpdir={self.home / 'tmp'}",
            "-cp",
            built.class_path,
            "matchmaker.esnode.Main",
            f"path.home={self.home}",
            f"path.repo={self.home / 'snapshots'}",
            *(f"{key}={value}" for key, value in settings.items()),
        ]
        alone = settings.get("discovery.type") == "single-node"
        self._ready = "wait_for_status=yellow" if alone else ""
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Process id of the node that runs now, or ran last."""
        if self._process is None:
            raise RuntimeError("the node was never started")
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process exists, paused or not."""
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> Path:
        """What the process printed, over all its starts."""
        return self.home / "node.log"

    def start(self) -> None:
        """Start on the same home and port and return when requests succeed.

        A single node's indexes can be read and written then; a node of a cluster has joined it. Raises `NodeDidNotStart`.
        """
        self.launch()
        self.wait_until_ready(self._ready)

    def launch(self) -> None:
        """Start the process and return at once; `wait_until_ready` is the other half."""
        if self.running:
            return
        self._reap()
        if not _is_free(self._port):
            raise NodeDidNotStart(f"port {self._port} is taken by another program: choose another --port")
        for folder in ("tmp", "config"):
            (self.home / folder).mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,  # its end tells the node that we are gone
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.home,
                # Ctrl-C in a terminal is for us, who stop the nodes in order. A process group whose starter died is also
                # woken by the kernel, so that a paused node does not outlive us either.
                process_group=0,
            )

    def wait_until_ready(self, wanted: str) -> None:
        """Wait for a health answer that fulfils `wanted` (parameters of `_cluster/health`). Raises `NodeDidNotStart`."""
        deadline = time.monotonic() + START_SECONDS
        while self._health(wanted) != http.client.OK:
            silent = time.monotonic() > deadline
            if silent or not self.running:
                self.kill()
                reason = f"is not ready after {START_SECONDS} s" if silent else "ended while starting"
                raise NodeDidNotStart(f"the node {reason}: {self._log_end()}")
            time.sleep(0.1)

    def kill(self) -> None:
        """End it like a power cut (SIGKILL) and wait until it is gone."""
        self._signal(signal.SIGKILL)
        self._reap()

    def stop(self) -> None:
        """Close it in order; also a paused one. A node that does not close in 30 s is killed."""
        self.terminate()
        self._reap()

    def leave(self) -> None:
        """Return when it has ended, which it does once nobody any more holds the other end of its standard input."""
        if self._process is not None and self._process.stdin:
            self._process.stdin.close()
            self._process.wait()

    def terminate(self) -> None:
        """Ask it to close and return at once."""
        self._signal(signal.SIGCONT)
        self._signal(signal.SIGTERM)

    def pause(self) -> None:
        """Freeze it (SIGSTOP): connections open and nobody answers, as on a machine that hangs."""
        self._signal(signal.SIGSTOP)
        # A Java process has many threads. Only once the last has stopped would the kernel wake it, should we die.
        stopped = os.WSTOPPED | os.WNOHANG | os.WNOWAIT
        while self.running and os.waitid(os.P_PID, self.pid, stopped) is None:
            time.sleep(0.01)

    def resume(self) -> None:
        """Let a paused node go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)  # does nothing once it has ended

    def _reap(self) -> None:
        if self._process is None:
            return
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()

    def _health(self, wanted: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        try:
            connection.request("GET", f"/_cluster/health?timeout=2s&master_timeout=2s&{wanted}")
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return http.client.SERVICE_UNAVAILABLE
        finally:
            connection.close()

    def _log_end(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-LOG_LINES_SHOWN:]
        return "\n".join([str(self.log), *lines])


class Cluster:
    """Several nodes, `node-1` to `node-N` under one home, that are one cluster: `nodes` and their `urls`."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.nodes = list(nodes)

    @property
    def urls(self) -> list[str]:
        """One address per node, in order."""
        return [node.url for node in self.nodes]

    def start(self) -> None:
        """Start the nodes that do not run; returns when all have joined and every index can be read and written.

        Raises `NodeDidNotStart`, after which none runs.
        """
        try:
            for node in self.nodes:
                node.launch()
            for node in self.nodes:
                node.wait_until_ready(f"wait_for_nodes=ge({len(self.nodes)})&wait_for_status=yellow")
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Close them all, in order."""
        for node in self.nodes:
            node.terminate()
        for node in self.nodes:
            node.stop()


def single_node(built: Built, home: Path, options: NodeOptions) -> Node:
    """A node that is a cluster of its own, with its data in `home`; not started yet."""
    http_port, transport_port = _free_ports(2)
    alone = {"node.name": "node-1", "discovery.type": "single-node"}
    return Node(built, home, {**_settings(http_port, transport_port), **alone}, options)


def cluster_of(built: Built, home: Path, count: int, options: NodeOptions, port: int | None = None) -> Cluster:
    """A cluster of `count` nodes, not started yet; `port` is the first of as many consecutive ones.

    Raises `ValueError` when `home` holds the data of another number of nodes.
    """
    there = len(list(home.glob("node-*")))
    if there not in {0, count}:
        # Nodes added to a cluster that chose its masters before could elect a second one.
        raise ValueError(f"{home} holds {there} node(s): start it with --nodes {there} or choose another --home")
    names = [f"node-{number}" for number in range(1, count + 1)]
    for name in names:
        (home / name).mkdir(parents=True, exist_ok=True)
    ports = _free_ports(2 * count)
    transport_ports, http_ports = ports[:count], range(port, port + count) if port else ports[count:]
    together = {
        "discovery.seed_hosts": ",".join(f"127.0.0.1:{transport_port}" for transport_port in transport_ports),
        "cluster.initial_master_nodes": ",".join(names),
    }
    if count == 1:
        together = {"discovery.type": "single-node"}
    return Cluster(
        [
            Node(built, home / name, {**_settings(http, transport), "node.name": name, **together}, options)
            for name, http, transport in zip(names, http_ports, transport_ports, strict=True)
        ]
    )


def _settings(http_port: int, transport_port: int) -> dict[str, str]:
    return {
        "cluster.name": "matchmaker",
        "network.host": "127.0.0.1",
        "http.port": str(http_port),
        "transport.port": str(transport_port),
        # As in production: a name that is misspelt must not become an index.
        "action.auto_create_index": "false",
        # A developer's disk is often fuller than 95 %.
        "cluster.routing.allocation.disk.threshold_enabled": "false",
        # The serial collector leaves garbage until the heap is full, which the breaker would take for overload.
        "indices.breaker.total.use_real_memory": "false",
        # Containers allow few mappings and often may not ask for more.
        "node.store.allow_mmap": "false",
    }


def _free_ports(count: int) -> list[int]:
    """`count` different ports nobody listens on, at random so that several who ask at once get different ones."""
    return [port for port in random.sample(PORTS, 20 * count) if _is_free(port)][:count]


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # A node that was killed leaves connections that linger; they do not keep its port from its successor.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
