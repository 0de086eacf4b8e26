"""Browser assets and language model: what the build puts in place, what the wheel carries, the language level of our own files."""

import gzip
import importlib.util
import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
WEB = ROOT / "matchmaker" / "web"
STATIC = WEB / "static"


def own_files(*suffixes: str) -> list[Path]:
    found = [path for path in (*STATIC.glob("*"), *WEB.glob("templates/*")) if path.suffix in suffixes]
    assert found
    return found


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    pytest.importorskip("hatchling", reason="hatchling is not installed: pip install -e '.[dev]' brings it")
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "scripts" / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_asset_a_page_loads_is_in_place() -> None:
    pages = "".join(path.read_text("utf-8") for path in WEB.glob("templates/*.html"))
    named = re.findall(r"asset\('([^']+)'\)", pages)
    assert len(named) >= 4
    missing = [name for name in named if not (STATIC / name).is_file()]
    assert not missing, f"missing {missing}: pip install -e . fetches them"


def test_licences_travel_with_the_assets() -> None:
    for folder in (STATIC / "vendor").iterdir():
        if folder.is_dir():
            assert (folder / "LICENSE").is_file(), folder
    assert (STATIC / "vendor" / "swagger-ui" / "NOTICE").is_file()


def test_versions_are_exact_and_the_lock_names_no_host() -> None:
    package = json.loads((WEB / "package.json").read_text("utf-8"))
    lock = json.loads((WEB / "package-lock.json").read_text("utf-8"))["packages"]
    for name, version in package["dependencies"].items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version), name
        assert lock[f"node_modules/{name}"]["version"] == version
    for name, entry in lock.items():
        assert "resolved" not in entry, f"{name}: a registry address would tie the build to one host"
        assert not name or entry["integrity"].startswith("sha512-")


def test_the_stamp_follows_lock_and_file_list(
    hook: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(WEB / "static" / "vendor", tmp_path / "matchmaker" / "web" / "static" / "vendor")
    shutil.copy(WEB / "package-lock.json", tmp_path / "matchmaker" / "web")
    assert hook.is_current(tmp_path)
    monkeypatch.setattr(hook, "ASSETS", {**hook.ASSETS, "htmx": ("htmx.org", ("dist/htmx.min.js",))})
    assert not hook.is_current(tmp_path)
    monkeypatch.undo()
    lock = tmp_path / "matchmaker" / "web" / "package-lock.json"
    lock.write_text(lock.read_text("utf-8") + "\n", "utf-8")
    assert not hook.is_current(tmp_path)


def test_a_registry_out_of_reach_ends_in_a_sentence_that_names_the_repair(
    hook: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    for name in ("package.json", "package-lock.json"):
        (tmp_path / "matchmaker" / "web").mkdir(parents=True, exist_ok=True)
        shutil.copy(WEB / name, tmp_path / "matchmaker" / "web")
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    asset_hook = hook.AssetHook(str(tmp_path), {}, None, None, str(tmp_path), "wheel")
    with pytest.raises(SystemExit) as stopped:
        asset_hook.initialize("standard", {})
    assert "npm config set registry" in str(stopped.value)
    assert "ECONNREFUSED" in str(stopped.value)
    assert not hook.is_current(tmp_path)


def jar(hook: ModuleType, cache: Path, **changed: bytes) -> Path:
    """The model's artifact in Maven's folder `cache`, as if it had been put there by hand."""
    group, artifact, version = hook.MODEL_ARTIFACT
    path = cache.joinpath(*group.split("."), artifact, version, f"{artifact}-{version}.jar")
    path.parent.mkdir(parents=True)
    with zipfile.ZipFile(path, "w") as opened:
        for name in hook.MODEL_FILES:
            opened.writestr(name, changed.get("content") or (hook.model_folder(ROOT) / name).read_bytes())
    return path


def prepared_hook(hook: ModuleType, root: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The hook of a tree that has its web assets and no model, on a machine that reaches no repository."""
    shutil.copytree(WEB / "static" / "vendor", root / "matchmaker" / "web" / "static" / "vendor")
    shutil.copy(WEB / "package-lock.json", root / "matchmaker" / "web")
    monkeypatch.setenv("M2_REPO", str(root / "m2"))
    monkeypatch.setenv("MATCHMAKER_MAVEN_REPOSITORY", "http://127.0.0.1:9/")
    return hook.AssetHook(str(root), {}, None, None, str(root), "wheel")


def test_the_model_is_taken_out_of_an_artifact_put_there_by_hand_and_kept(
    hook: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = prepared_hook(hook, tmp_path, monkeypatch)
    assert hook.MAVEN_WHEEL in build.dependencies()
    artifact = jar(hook, tmp_path / "m2")
    build.initialize("standard", {})
    assert hook.has_model(tmp_path)
    assert hook.MAVEN_WHEEL not in build.dependencies()
    artifact.unlink()
    build.initialize("standard", {})
    damaged = next(hook.model_folder(tmp_path).glob("*.onnx"))
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"?")
    assert not hook.has_model(tmp_path)


def test_a_model_that_is_not_the_pinned_one_is_refused(
    hook: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = prepared_hook(hook, tmp_path, monkeypatch)
    artifact = jar(hook, tmp_path / "m2", content=b"another model")
    with pytest.raises(SystemExit, match="SHA-256") as stopped:
        build.initialize("standard", {})
    assert str(artifact) in str(stopped.value)
    assert not hook.model_folder(tmp_path).exists()


def test_a_maven_repository_out_of_reach_ends_in_a_sentence_that_names_the_repair(
    hook: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("jgo", reason="jgo is not installed: pip install -e '.[dev]' brings it")
    build = prepared_hook(hook, tmp_path, monkeypatch)
    with pytest.raises(SystemExit) as stopped:
        build.initialize("standard", {})
    assert "MATCHMAKER_MAVEN_REPOSITORY" in str(stopped.value)
    assert hook.MODEL_ARTIFACT[1] in str(stopped.value)
    assert not hook.has_model(tmp_path)


def test_the_wheel_has_everything_the_program_reads_and_nothing_else(hook: ModuleType, tmp_path: Path) -> None:
    assert hook.is_current(ROOT), "pip install -e . brings the assets up to date"
    assert hook.has_model(ROOT), "pip install -e . brings the model"
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    expected = {f"matchmaker/web/static/vendor/{name}" for name in hook.asset_files()}
    for folder in (
        "matchmaker/web/templates",
        "matchmaker/web/static",
        "matchmaker/vocabularies",
        "matchmaker/demo",
        "matchmaker/migrations/versions",
        "indexing/dictionaries",
        "indexing/embedding/models",
    ):
        files = [path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts]
        assert files, folder
        expected |= {path.relative_to(ROOT).as_posix() for path in files}
    assert not expected - names
    assert not [name for name in names if "node_modules" in name or "/package" in name or name.startswith("tests")]


def test_own_css_keeps_to_the_supported_browsers() -> None:
    """Floor: Chromium 94, Safari 15.4, Firefox 93. Newer features would take colours or layout away, silently."""
    for path in own_files(".css"):
        text = path.read_text("utf-8")
        for feature in ("color-mix", ":has(", "oklch", "@layer", "@container", "@import", "url("):
            assert feature not in text, f"{path.name}: {feature}"


def test_templates_have_no_inline_style_or_script() -> None:
    for path in own_files(".html"):
        text = path.read_text("utf-8")
        assert not re.search(r"\sstyle=|<style|\son[a-z]+=|hx-on|javascript:", text), path.name
        assert re.findall(r"<script(?![^>]*\ssrc=)", text) == [], path.name


def test_own_script_is_small() -> None:
    """Keys, menus, go-to dialog and tour; anything larger is no small convenience any more."""
    assert (STATIC / "app.js").stat().st_size <= 6 * 1024


def test_pages_load_little() -> None:
    """Style, script and htmx of a page, compressed: the budget of 120 KB leaves 60 for the page itself."""
    styles = ("vendor/bootstrap/bootstrap.min.css", "theme.css", "css/forms.css", "css/shell.css")
    names = (*styles, "vendor/htmx/htmx.min.js", "app.js")
    assert sum(len(gzip.compress((STATIC / name).read_bytes())) for name in names) <= 60 * 1024
