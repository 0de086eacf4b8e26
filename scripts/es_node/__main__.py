"""`scripts/es-node build` and `scripts/es-node start`."""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from .build import CannotBuild, build, cache_folder
from .node import Cluster, NodeDidNotStart, NodeOptions, cluster_of


def main() -> int:
    """Run the command of the command line; 0 when it did its work, 1 with one sentence when it could not."""
    parser = argparse.ArgumentParser(prog="scripts/es-node", description="A real Elasticsearch 9.5.2 node, no Docker.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build", help="make what a node needs, once, in a cache outside the tree")
    start = commands.add_parser("start", help="run nodes until SIGTERM, Ctrl-C or the end of the parent process")
    start.add_argument(
        "--nodes", type=int, default=1, choices=range(1, 10), metavar="N", help="nodes of the cluster (1)"
    )
    start.add_argument("--home", type=Path, metavar="DIR", help="keep the data here (a temporary folder)")
    start.add_argument("--port", type=int, metavar="P", help="HTTP port of the first node, the others next to it")
    start.add_argument("--heap", default="1g", help="Java heap of each node (1g)")
    start.add_argument("--setting", action="append", default=[], type=_setting, metavar="KEY=VALUE", help="repeatable")
    options = parser.parse_args()
    try:
        if options.command == "build":
            built = build()
            print(f"{cache_folder()} (Java {built.java.major}: {built.java.home})")
        else:
            return _run_until_told(options)
    except (CannotBuild, NodeDidNotStart, ValueError) as failed:
        print(f"es-node: {failed}", file=sys.stderr)
        return 1
    return 0


def _setting(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError("write it as key=value")
    return key, value


class _Told(Exception):
    """The time to stop has come."""


def _run_until_told(options: argparse.Namespace) -> int:
    """Run the nodes; 0 when told to stop, 1 when all ended by themselves."""
    parent = os.getppid()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _stop)
    home: Path = options.home or Path(tempfile.mkdtemp(prefix="es-node."))
    cluster: Cluster | None = None
    try:
        nodes = NodeOptions(heap=options.heap, settings=dict(options.setting))
        cluster = cluster_of(build(), home, options.nodes, nodes, options.port)
        cluster.start()
        print(*cluster.urls, sep="\n", flush=True)
        # A node may be killed to see the others go on; with the last one there is nothing left to do.
        while os.getppid() == parent and any(node.running for node in cluster.nodes):
            time.sleep(0.5)
        ended = os.getppid() == parent
        if ended:
            print(f"es-node: every node ended by itself, see {cluster.nodes[0].log}", file=sys.stderr)
        return int(ended)
    except _Told:
        return 0
    finally:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        if cluster:
            cluster.stop()
        if not options.home:
            shutil.rmtree(home, ignore_errors=True)


def _stop(number: int, frame: object) -> None:
    raise _Told


if __name__ == "__main__":
    sys.exit(main())
