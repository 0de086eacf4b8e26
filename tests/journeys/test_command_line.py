"""The engineer's ten minutes: files in, service up, matches with reasons out, all by the commands of the README."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from matchmaker.benchmark import benchmark
from matchmaker.evaluation import ndcg
from matchmaker.settings import Settings

pytestmark = pytest.mark.postgresql

ONE_TIME_PASSWORD = r"一次性密码\s+\w{4}(-\w{4}){3}"
NEEDS = [
    ("X-1", "再生铅熔炼烟气中铅尘深度净化", "熔炼炉烟气含铅粉尘细，布袋除尘后排放浓度仍偏高", 150),
    ("X-2", "玉米秸秆餐盒防水涂层", "淀粉基餐盒遇热汤渗漏，需要可降解的防水层", 60),
    ("X-3", "低温压榨米糠油脱色", "脱色后谷维素损失超过四成", 80),
]
ACHIEVEMENTS = [
    {"id": "C-1", "title": "高温覆膜滤筒净化再生铅熔炼烟气", "summary": "覆膜滤筒除尘装备，用于铅熔炼烟气的铅尘净化"},
    {"id": "C-2", "title": "可降解餐盒用植物蜡防水涂层", "summary": "秸秆餐盒表面的防水防油涂层"},
    {"id": "C-3", "title": "数控机床主轴热误差补偿", "summary": "根据温升预测主轴伸长量并补偿"},
]


def environment(folder: Path) -> dict[str, str]:
    return os.environ | {
        "MATCHMAKER_DATA_DIR": str(folder / "var"),
        "MATCHMAKER_EMBEDDER": "hash",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "matchmaker", *arguments]
    return subprocess.run(command, cwd=folder, env=environment(folder), capture_output=True, text=True, check=False)


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, subprocess.Popen[str], str]]:
    """A running service: its address, its process, and all it printed before it was up."""
    command = [sys.executable, "-m", "matchmaker", "serve", "--port", "0"]
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment(folder) | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    printed = ""
    try:
        assert process.stdout is not None
        for line in process.stdout:
            printed += line
            if found := re.search(r"http://[\d.]+:\d+", line):
                wait_for(lambda: get(found.group() + "/healthz"))
                yield found.group(), process, printed
                return
        pytest.fail(f"the service ended: {printed}")
    finally:
        process.kill()
        process.communicate()


def get(address: str) -> Any:
    with urllib.request.urlopen(address, timeout=30) as answer:
        body = answer.read().decode()
    return json.loads(body) if body.startswith("{") else body


def wait_for(condition: Any, seconds: float = 60) -> Any:
    until = time.monotonic() + seconds
    while True:
        try:
            if found := condition():
                return found
        except (urllib.error.URLError, ConnectionError):
            pass
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["需求编号", "技术需求名称", "主要问题", "拟投入资金总额（万元）"])
    for row in NEEDS:
        sheet.append(row)
    book.save(tmp_path / "需求.xlsx")
    lines = [json.dumps(one, ensure_ascii=False) for one in ACHIEVEMENTS]
    (tmp_path / "成果.jsonl").write_text("\n".join(lines), "utf-8")
    return tmp_path


def loaded(folder: Path) -> Path:
    for kind, file in (("needs", "需求.xlsx"), ("achievements", "成果.jsonl")):
        result = run(folder, "ingest", kind, file)
        assert result.returncode == 0, result.stdout + result.stderr
    return folder


def test_files_in_matches_with_reasons_out(folder: Path) -> None:
    loaded(folder)
    result = run(folder, "match", "needs", "1", "--json")
    assert result.returncode == 0, result.stderr
    best = json.loads(result.stdout)[0]
    assert best["title"] == ACHIEVEMENTS[0]["title"]
    assert any("熔炼" in word["word"] or "烟气" in word["word"] for word in best["explanation"]["words"])
    told = run(folder, "match", "achievements", "2").stdout
    assert NEEDS[1][1] in told
    assert "关键词" in told


def test_a_service_shows_what_was_loaded_before_and_while_it_runs(folder: Path) -> None:
    loaded(folder)
    with served(folder) as (address, _, printed):
        assert re.search(ONE_TIME_PASSWORD, printed)
        assert NEEDS[0][1] in get(f"{address}/needs/1")
        assert ACHIEVEMENTS[0]["title"] in get(f"{address}/needs/1")
        (folder / "新增.csv").write_text(
            "成果编号,成果名称,成果简介\nC-9,米糠油吸附脱色,保留谷维素的脱色工艺\n", "gb18030"
        )
        # Whichever of the two processes writes the index, the service shows it.
        assert run(folder, "ingest", "achievements", "新增.csv").returncode == 0
        query = urllib.parse.quote("米糠油脱色")
        found = wait_for(lambda: get(f"{address}/api/v1/achievements?q={query}")["items"])
        assert found[0]["title"] == "米糠油吸附脱色"
        assert run(folder, "reindex").returncode == 0
        assert get(f"{address}/api/v1/achievements?q={query}")["items"]
    with served(folder) as (_, _, printed):
        assert not re.search(ONE_TIME_PASSWORD, printed), "the password is shown once"


def test_a_service_that_is_killed_forgets_nothing(folder: Path) -> None:
    run(folder, "migrate")
    lines = [
        json.dumps({"id": f"K-{number}", "title": f"铝灰资源化技术{number}"}, ensure_ascii=False)
        for number in range(600)
    ]
    (folder / "多.jsonl").write_text("\n".join(lines), "utf-8")
    for pause in (0.0, 0.4, 0.9):
        with served(folder) as (_, process, _):
            loading = subprocess.Popen(
                [sys.executable, "-m", "matchmaker", "ingest", "achievements", "多.jsonl"],
                cwd=folder,
                env=environment(folder),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            time.sleep(pause)
            process.send_signal(signal.SIGKILL)
            loading.send_signal(signal.SIGKILL)
            loading.communicate()
    assert run(folder, "ingest", "achievements", "多.jsonl").returncode == 0
    with served(folder) as (address, _, _):
        wait_for(lambda: get(f"{address}/api/v1/index")["waiting_words"] == 0)
        assert get(f"{address}/api/v1/achievements?limit=1")["total"] == 600


def test_a_wrong_file_is_one_sentence_that_names_the_repair(folder: Path) -> None:
    (folder / "合同.xlsx").write_bytes(b"PK\x03\x04 half a file")
    result = run(folder, "ingest", "needs", "合同.xlsx")
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert "请" in result.stderr


def test_rows_that_cannot_be_read_come_back_to_be_mended(folder: Path) -> None:
    (folder / "坏.csv").write_text("需求编号,技术需求名称,主要问题,需求时限\nB-1,米糠油脱色,,2028-06-30\n", "utf-8")
    result = run(folder, "ingest", "needs", "坏.csv")
    assert result.returncode == 0
    assert (folder / "坏-退回.xlsx").exists()
    assert "退回 1 行" in result.stdout


def test_a_template_for_every_kind(folder: Path) -> None:
    for kind in ("needs", "achievements", "enterprises", "institutions"):
        assert run(folder, "template", kind, f"{kind}.xlsx").returncode == 0
        assert (folder / f"{kind}.xlsx").exists()


def test_an_unknown_record_is_not_a_stack_trace(folder: Path) -> None:
    loaded(folder)
    result = run(folder, "match", "needs", "99")
    assert result.returncode == 1
    assert "99" in result.stderr
    assert "Traceback" not in result.stderr


def test_evaluation_prints_every_promised_figure(folder: Path) -> None:
    needs = [json.dumps({"id": one[0], "title": one[1], "body": one[2]}, ensure_ascii=False) for one in NEEDS]
    (folder / "needs.jsonl").write_text("\n".join(needs), "utf-8")
    judged = ["need_id\tachievement_id\tlevel", "X-1\tC-1\t4", "X-1\tC-3\t1", "X-2\tC-2\t4", "X-2\tC-1\t1"]
    (folder / "judgments.tsv").write_text("\n".join(judged), "utf-8")
    files = ("--needs", "needs.jsonl", "--achievements", "成果.jsonl", "--judgments", "judgments.tsv")
    result = run(folder, "evaluate", *files, "--embedder", "off", "--json")
    assert result.returncode == 0, result.stderr
    figures = json.loads(result.stdout)
    promised = "needs achievements ndcg_at_10 recall_at_50 recall_at_100 precision_at_5 search_ms_p50 search_ms_p95"
    assert set(f"{promised} index_docs_per_second engine embedder matcher_version".split()) <= set(figures)
    assert figures["ndcg_at_10"] == figures["recall_at_50"] == 1.0
    assert (figures["needs"], figures["achievements"], figures["embedder"]) == (3, 3, "off")


@pytest.mark.parametrize(("levels", "value"), [([4, 1, 1], 1.0), ([1, 1], 0.0), ([1, 4], 0.6309)])
def test_ndcg(levels: list[int], value: float) -> None:
    assert ndcg(levels) == pytest.approx(value, abs=1e-4)


def test_the_benchmark_measures_something(tmp_path: Path) -> None:
    figures = benchmark(1000, Settings(_env_file=None, data_dir=tmp_path, engine_url=""), lambda _text: None)
    assert figures["documents"] == 1000
    assert figures.pop("engine") == "embedded"
    assert all(isinstance(value, int | float) and value > 0 for value in figures.values())


@pytest.mark.parametrize(
    ("setting", "value", "named"),
    [
        ("MATCHMAKER_PORT", "abc", "MATCHMAKER_PORT"),
        ("MATCHMAKER_DATA_DIR", "/proc/none", "/proc/none"),
        ("MATCHMAKER_DATABASE_URL", "sqlite:////proc/none.sqlite", "MATCHMAKER_DATABASE_URL"),
        ("MATCHMAKER_CITY_FILE", "/nowhere/city.toml", "/nowhere/city.toml"),
        ("MATCHMAKER_ENGINE_URL", "solr://localhost:8983/x", "embedded"),
        ("MATCHMAKER_EMBEDDER", "word2vec", "bundled"),
    ],
)
def test_a_wrong_setting_is_one_sentence(folder: Path, setting: str, value: str, named: str) -> None:
    command = [sys.executable, "-m", "matchmaker", "ingest", "needs", "需求.xlsx"]
    given = environment(folder) | {setting: value}
    result = subprocess.run(command, cwd=folder, env=given, capture_output=True, text=True, check=False)
    said = result.stdout + result.stderr
    assert "Traceback" not in said
    # A model that is not there leaves words working; everything else stops the command.
    assert named in said if setting != "MATCHMAKER_EMBEDDER" else result.returncode == 0
