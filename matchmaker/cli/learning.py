"""The command that learns from judgments and decisions."""

import json
from pathlib import Path
from typing import Annotated

import typer

from matchmaker.cli.base import JsonOption, app, errors, opened_database, out
from matchmaker.settings import Settings

Given = Annotated[list[Path] | None, typer.Option(exists=True, dir_okay=False, help="可给出几组，三种文件一一对应")]


@app.command("learn")
def learn_command(
    needs: Given = None,
    achievements: Given = None,
    judgments: Given = None,
    times: Annotated[list[float] | None, typer.Option(min=0.1, help="各组判断每对计几次；默认都是 1")] = None,
    decisions: Annotated[bool, typer.Option(help="也用本站的对接结果与“不相关”“有用”评价")] = False,
    dry_run: Annotated[bool, typer.Option(help="只比较，不采用")] = False,
    as_json: JsonOption = False,
) -> None:
    """用人工判断和本站的对接结果重新拟合匹配系数；在留出的需求上更好才采用，删除数据目录中的 coefficients.toml 即恢复。"""
    from matchmaker.evaluation import EvaluationFiles
    from matchmaker.learning import Judgments, gathered, take_over, trials
    from matchmaker.matching.coefficients import coefficients_of

    groups = (needs or [], achievements or [], judgments or [])
    if len({len(group) for group in groups}) > 1:
        raise typer.BadParameter("--needs、--achievements、--judgments 须成组给出，个数相同")
    if not groups[0] and not decisions:
        raise typer.BadParameter("请给出 --needs、--achievements、--judgments，或 --decisions")
    if times and len(times) != len(groups[0]):
        raise typer.BadParameter("--times 的个数须与判断的组数相同")
    settings = Settings()
    counted = times or [1.0] * len(groups[0])
    files = [
        Judgments(EvaluationFiles(*group), weight)
        for group, weight in zip(zip(*groups, strict=True), counted, strict=True)
    ]
    if decisions:
        with opened_database(settings) as database:
            material = gathered(files, database, settings, errors.print)
    else:
        material = gathered(files, None, settings, errors.print)
    in_force = coefficients_of(settings.data_dir)
    found = trials(material, in_force) if material.pairs else []
    better = [trial for trial in found if trial.is_better]
    version = in_force.version
    if better and not dry_run:
        version = take_over(found, settings.data_dir).version
    figures = {
        "pairs": len(material.pairs),
        "decisions": material.decisions,
        "voices": material.voices,
        "decisions_used": material.decisions_used,
        "taken_over": bool(better) and not dry_run,
        "matcher_version": version,
        "models": {
            trial.model.embedder: {
                "before": trial.before,
                "after": trial.after,
                "is_better": trial.is_better,
                "in_force_out_of_fold": trial.in_force,
            }
            for trial in found
        },
    }
    if as_json:
        typer.echo(json.dumps(figures, ensure_ascii=False))
        return
    if decisions and not material.decisions_used:
        out.print(
            f"本站的对接结果与评价不足（{material.decisions} 个，来自 {material.voices} 家单位或个人；"
            "至少 30 个、3 家），未用于学习"
        )
    for trial in found:
        out.print(f"{trial.model.embedder}：{'更好' if trial.is_better else '没有更好，不采用'}")
        for name in ("log_loss", "auc", "ndcg_at_10"):
            out.print(f"  {name:12} {trial.before[name]} → {trial.after[name]}")
    out.print(f"匹配规则版本：{version}{'（未改动）' if version == in_force.version else ''}")
