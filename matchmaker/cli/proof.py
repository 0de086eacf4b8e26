"""Commands that measure: ranking quality and speed."""

import json
from pathlib import Path
from typing import Annotated

import typer

from matchmaker.cli.base import JsonOption, app, errors
from matchmaker.figures import as_text
from matchmaker.settings import Settings


@app.command("evaluate")
def evaluate_command(
    needs: Annotated[Path | None, typer.Option(exists=True, dir_okay=False)] = None,
    achievements: Annotated[Path | None, typer.Option(exists=True, dir_okay=False)] = None,
    judgments: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="人工判断：need_id、achievement_id、level")
    ] = None,
    queries: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="检索词及应进前五的标题：kind、collection、query、title_contains"
        ),
    ] = None,
    requirements: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="逐条要求的用例（jsonl），核对符合、不符合、未知")
    ] = None,
    rankings: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="带硬性要求的完整需求（jsonl），核对谁排第一")
    ] = None,
    engine: Annotated[str | None, typer.Option(help="检索引擎 URL；默认临时的嵌入式引擎")] = None,
    embedder: Annotated[str | None, typer.Option(help="语义模型")] = None,
    as_json: JsonOption = False,
) -> None:
    """用人工判断、检索词、逐条要求和排序用例评测匹配与检索的质量（与页面同一套代码）。"""
    if (judgments or queries) and not (needs and achievements):
        raise typer.BadParameter("--judgments、--queries 须与 --needs、--achievements 同时给出")
    if not any((judgments, queries, requirements, rankings)):
        raise typer.BadParameter("请给出要评测的内容：--judgments、--queries、--requirements 或 --rankings")
    settings = Settings()
    settings = settings.model_copy(update={"engine_url": engine or "", "embedder": embedder or settings.embedder})
    figures: dict[str, object] = {}
    tables: list[str] = []
    if needs and achievements and (judgments or queries):
        from matchmaker.evaluation import EvaluationFiles, evaluate

        evaluation = evaluate(EvaluationFiles(needs, achievements, judgments, queries), settings, errors.print)
        figures |= evaluation.figures
        tables += [evaluation.queries.as_table()] if evaluation.queries else []
    if requirements:
        from matchmaker.evaluation_requirements import requirement_figures

        figures |= requirement_figures(requirements)
    if rankings:
        from matchmaker.evaluation_rankings import ranking_figures

        figures |= ranking_figures(rankings, settings, errors.print)
    if as_json:
        typer.echo(json.dumps(figures, ensure_ascii=False))
        return
    figures.pop("queries_by_kind", None)
    by_trap = figures.pop("requirements_by_trap", {})
    if isinstance(by_trap, dict) and by_trap:
        tables.append(_table_by_trap(by_trap))
    typer.echo("\n\n".join([as_text(figures), *tables]))


def _table_by_trap(by_trap: dict[str, dict[str, int]]) -> str:
    """The verdicts by kind of trap as a person reads them: cases, right ones, and those called met that are not."""
    lines = [f"{'陷阱':14} 用例  正确  误判为符合"]
    lines += [
        f"{trap or '-':16} {row['cases']:4} {row['right']:5} {row['false_met']:6}" for trap, row in by_trap.items()
    ]
    return "\n".join(lines)


@app.command("benchmark")
def benchmark_command(
    documents: Annotated[int, typer.Option(min=1000)] = 100_000,
    engine: Annotated[
        list[str] | None,
        typer.Option(help="检索引擎 URL；默认临时的嵌入式引擎，写 embedded 也指它；给出几个时逐一测量并列出比值"),
    ] = None,
    contracts: Annotated[
        int | None, typer.Option(min=1000, help="改为测量成交额统计页面：在这么多份合同上打开它所需的时间")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """测量建索引、检索的速度和内存，或成交额统计页面的速度。"""
    from matchmaker.benchmark import benchmark, benchmark_several

    settings = Settings()
    if contracts is not None:
        from matchmaker.benchmark_turnover import benchmark_turnover

        measured = benchmark_turnover(contracts, settings, errors.print)
        typer.echo(json.dumps(measured, ensure_ascii=False) if as_json else as_text(measured))
        return
    urls = ["" if one == "embedded" else one for one in engine or [""]]
    if len(urls) > 1:
        figures = benchmark_several(documents, settings, urls, errors.print)
    else:
        figures = benchmark(documents, settings.model_copy(update={"engine_url": urls[0]}), errors.print)
    typer.echo(json.dumps(figures, ensure_ascii=False) if as_json else as_text(figures))
