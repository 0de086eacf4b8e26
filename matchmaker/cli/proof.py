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
    needs: Annotated[Path, typer.Option(exists=True, dir_okay=False)],
    achievements: Annotated[Path, typer.Option(exists=True, dir_okay=False)],
    judgments: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="人工判断：need_id、achievement_id、level")
    ] = None,
    queries: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="检索词及应进前五的标题：kind、collection、query、title_contains"
        ),
    ] = None,
    engine: Annotated[str | None, typer.Option(help="检索引擎 URL；默认临时的嵌入式引擎")] = None,
    embedder: Annotated[str | None, typer.Option(help="语义模型")] = None,
    as_json: JsonOption = False,
) -> None:
    """用人工判断过的供需对评测匹配质量，用检索词评测检索（与页面同一套代码）。"""
    from matchmaker.evaluation import EvaluationFiles, evaluate

    settings = Settings()
    settings = settings.model_copy(update={"engine_url": engine or "", "embedder": embedder or settings.embedder})
    if judgments is None and queries is None:
        raise typer.BadParameter("请给出要评测的内容：--judgments 或 --queries")
    evaluation = evaluate(EvaluationFiles(needs, achievements, judgments, queries), settings, errors.print)
    if as_json:
        typer.echo(json.dumps(evaluation.figures, ensure_ascii=False))
        return
    tables = [evaluation.queries.as_table()] if evaluation.queries else []
    plain = {name: value for name, value in evaluation.figures.items() if name != "queries_by_kind"}
    typer.echo("\n\n".join([as_text(plain), *tables]))


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
