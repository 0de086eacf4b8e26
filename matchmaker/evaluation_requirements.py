"""How well requirements are judged: cases with the right verdict in, figures out, through the code the pages use."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from matchmaker.errors import UnreadableFile
from matchmaker.matching.requirements import (
    Requirement,
    RequirementKind,
    evidence_of,
    indicator_requirement,
    judged,
    line_requirement,
)
from matchmaker.models.achievement import AchievementFields
from matchmaker.models.match import Verdict
from matchmaker.models.parts import Indicator
from matchmaker.money import FEN_PER_YUAN

_REPAIR = (
    "每行应为一个 JSON 对象，含 id、kind、requirement、achievement、verdict（met、unmet、unknown），指标另有 field"
)


def requirement_figures(path: Path) -> dict[str, object]:
    """Judge every case of the file (jsonl, one requirement against one achievement) and compare with its verdict.

    `requirement_accuracy` is the share of verdicts that are right, `false_met` the share of all cases that are called
    met and are not; `requirements_by_trap` the same for each kind of trap. Raises UnreadableFile naming the line.
    """
    right = false_met = 0
    by_trap: dict[str, dict[str, int]] = defaultdict(lambda: {"cases": 0, "right": 0, "false_met": 0})
    cases = list(lines_of(path, _REPAIR))
    if not cases:
        raise UnreadableFile(f"{path.name} 中没有用例", _REPAIR)
    for number, case in cases:
        try:
            verdict = judged(_requirement(case), evidence_of(achievement_fields(case["achievement"]))).verdict
            wanted = Verdict.parse(str(case["verdict"]))
        except (KeyError, TypeError, ValueError) as error:
            raise UnreadableFile(f"{path.name} 第 {number} 行无法理解", _REPAIR) from error
        row = by_trap[str(case.get("trap", ""))]
        row["cases"] += 1
        row["right"] += verdict is wanted
        row["false_met"] += verdict is Verdict.MET and wanted is not Verdict.MET
        right += verdict is wanted
        false_met += verdict is Verdict.MET and wanted is not Verdict.MET
    return {
        "requirement_cases": len(cases),
        "requirement_accuracy": round(right / len(cases), 4),
        "false_met": round(false_met / len(cases), 4),
        "requirements_by_trap": {trap: dict(row) for trap, row in sorted(by_trap.items())},
    }


def lines_of(path: Path, repair: str) -> Iterable[tuple[int, dict[str, Any]]]:
    """The objects of a jsonl file with the numbers of their lines. Raises UnreadableFile naming the line."""
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            read = json.loads(line)
        except ValueError as error:
            raise UnreadableFile(f"{path.name} 第 {number} 行不是 JSON", repair) from error
        if not isinstance(read, dict):
            raise UnreadableFile(f"{path.name} 第 {number} 行不是 JSON 对象", repair)
        yield number, read


def indicator_of(field: Mapping[str, Any]) -> Indicator:
    """A row of a need's form as the case files write it; a tolerance (±) is a range around its middle."""
    operator, target = str(field.get("operator", "text")), _written(field.get("target", ""))
    if operator == "±":
        operator, target = "range", target if "±" in target else f"±{target}"
    return Indicator.model_validate(
        {"name": field["name"], "operator": operator, "target": target, "unit": str(field.get("unit") or "")}
    )


def achievement_values(case: Mapping[str, Any]) -> dict[str, Any]:
    """An achievement of the case files as the values of our own shape."""
    values: dict[str, Any] = {"title": case["title"], "summary": case.get("summary") or case.get("body") or ""}
    values["indicators"] = [
        {
            "name": row["name"],
            "value": _written(row.get("value", "")),
            "unit": str(row.get("unit") or ""),
            "comparison": str(row.get("comparison") or ""),
        }
        for row in case.get("indicators") or ()
    ]
    if case.get("maturity_level") is not None:
        values["maturity_level"] = case["maturity_level"]
    if case.get("price_yuan") is not None:
        values["price_fen"] = round(case["price_yuan"] * FEN_PER_YUAN)
    return values


def achievement_fields(case: Mapping[str, Any]) -> AchievementFields:
    """An achievement of the case files in our own shape, checked."""
    return AchievementFields.model_validate(achievement_values(case))


def _requirement(case: Mapping[str, Any]) -> Requirement:
    kind = RequirementKind(case.get("kind", "must_have"))
    if case.get("field"):
        return indicator_requirement(indicator_of(case["field"]), str(case["requirement"]))
    return line_requirement(str(case["requirement"]), kind, "must_have")


def _written(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) and abs(value) < 1e6 else str(value)
