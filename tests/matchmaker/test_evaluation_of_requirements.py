"""`evaluate --requirements` and `--rankings`: figures, tables and clear errors."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from matchmaker.cli import app
from matchmaker.errors import UnreadableFile
from matchmaker.evaluation_rankings import ranking_figures
from matchmaker.evaluation_requirements import requirement_figures
from matchmaker.settings import Settings

CASES: list[dict[str, Any]] = [
    {
        "id": "1",
        "kind": "must_have",
        "requirement": "不得使用有机溶剂",
        "achievement": {"title": "水性胶", "summary": "全程不使用有机溶剂，初粘好。"},
        "verdict": "met",
        "trap": "negation",
    },
    {
        "id": "2",
        "kind": "indicator",
        "requirement": "厚度公差±0.02mm",
        "field": {"name": "厚度公差", "operator": "±", "target": 0.02, "unit": "mm"},
        "achievement": {
            "title": "带材",
            "indicators": [{"name": "厚度公差", "comparison": "=", "value": "±0.05", "unit": "mm"}],
        },
        "verdict": "unmet",
        "trap": "range_tol",
    },
    {
        "id": "3",
        "kind": "must_have",
        "requirement": "须有远程升级功能",
        "achievement": {"title": "水表", "summary": "可远程升级，防冻。"},
        # On purpose not what the text says: the figures must show the error.
        "verdict": "unknown",
        "trap": "negation",
    },
]
RANKING: dict[str, Any] = {
    "id": "w1",
    "need": {
        "title": "木器涂料水性化替代",
        "problem": "现用溶剂型木器涂料气味大，希望换成水性木器涂料。",
        "must_have": ["须为水性体系"],
        "key_indicators": [{"name": "VOC含量", "operator": "<=", "target": 50, "unit": "g/L"}],
        "budget_max_yuan": 300000,
    },
    "achievements": [
        {
            "id": "a1",
            "title": "水性木器涂料",
            "summary": "水性木器涂料，气味小，硬度高。",
            "indicators": [{"name": "VOC含量", "comparison": "=", "value": 0.03, "unit": "kg/L"}],
            "maturity_level": 8,
            "price_yuan": 200000,
        },
        {"id": "a2", "title": "粮食烘干机远程监控", "summary": "烘干塔温度与含水率远程监控，故障报警。"},
    ],
    "first": "a1",
    "must_not_be_first": ["a2"],
    "roles": {"a1": "meets_all", "a2": "off_topic"},
}


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    return path


def test_figures_of_requirements(tmp_path: Path) -> None:
    figures = requirement_figures(written(tmp_path / "cases.jsonl", CASES))
    assert figures == {
        "requirement_cases": 3,
        "requirement_accuracy": 0.6667,
        "false_met": 0.3333,
        "requirements_by_trap": {
            "negation": {"cases": 2, "right": 1, "false_met": 1},
            "range_tol": {"cases": 1, "right": 1, "false_met": 0},
        },
    }


def test_the_command_prints_a_table_by_trap_and_needs_no_judgments(tmp_path: Path) -> None:
    path = written(tmp_path / "cases.jsonl", CASES)
    shown = CliRunner().invoke(app, ["evaluate", "--requirements", str(path)])
    assert shown.exit_code == 0
    assert "requirement_accuracy" in shown.output
    assert "range_tol" in shown.output
    as_json = CliRunner().invoke(app, ["evaluate", "--requirements", str(path), "--json"])
    assert json.loads(as_json.output)["requirements_by_trap"]["range_tol"]["right"] == 1


@pytest.mark.parametrize("arguments", [[], ["--needs", "NEEDS"]])
def test_what_is_missing_is_named(arguments: list[str], tmp_path: Path) -> None:
    needs = written(tmp_path / "needs.jsonl", [{"id": "1", "title": "需求"}])
    given = [str(needs) if argument == "NEEDS" else argument for argument in arguments]
    result = CliRunner().invoke(app, ["evaluate", *given])
    assert result.exit_code == 2
    assert "--judgments" in result.output


@pytest.mark.parametrize(
    "line", ["{", "[]", '{"id": "1"}', '{"requirement": "x", "achievement": {"title": "y"}, "verdict": "好"}']
)
def test_a_line_that_cannot_be_read_is_named(line: str, tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text(f"{json.dumps(CASES[0])}\n{line}", "utf-8")
    with pytest.raises(UnreadableFile, match="第 2 行"):
        requirement_figures(path)


def test_rankings_go_through_the_matcher_of_the_pages(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path, engine_url="", embedder="off")
    figures = ranking_figures(written(tmp_path / "rankings.jsonl", [RANKING]), settings, lambda _text: None)
    assert figures == {"rankings": 1, "right_first": 1.0, "forbidden_first": 0.0, "violator_high": 0.0}


def test_a_ranking_without_its_parts_is_named(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path, engine_url="", embedder="off")
    broken = {key: value for key, value in RANKING.items() if key != "first"}
    with pytest.raises(UnreadableFile, match="第 1 行"):
        ranking_figures(written(tmp_path / "rankings.jsonl", [broken]), settings, lambda _text: None)
