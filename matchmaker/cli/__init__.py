"""The command line: every body calls the same functions as the pages do."""

from typing import Annotated

import typer
from pydantic import ValidationError
from rich.markup import escape
from sqlalchemy.exc import OperationalError

from indexing import IndexingError
from matchmaker import logs
from matchmaker.cli import accounts, audit, learning, operation, proof, records, reports  # noqa: F401  the commands register themselves
from matchmaker.cli.base import app, errors
from matchmaker.errors import MatchmakerError
from matchmaker.settings import Settings

__all__ = ["app", "main"]


def main() -> None:
    """Entry point: what goes wrong is one sentence that names the repair, never a stack trace."""
    try:
        app()
    except ValidationError as error:
        # Only settings are validated here; the values themselves may be secrets and are not repeated.
        names = "、".join(f"MATCHMAKER_{one['loc'][0]}".upper() for one in error.errors() if one["loc"])
        sentence = f"设置有误：{names}。可填的值见 README 的 Settings 一节"
    except (MatchmakerError, IndexingError, ValueError) as error:
        sentence = str(error)
    except OperationalError as error:
        sentence = f"数据库无法使用（{error.orig}）：请检查 MATCHMAKER_DATABASE_URL、文件权限和磁盘空间"
    except OSError as error:
        sentence = f"无法读写 {error.filename or ''}（{error.strerror}）：请检查权限和磁盘空间"
    else:
        return
    errors.print(f"[red]✗[/red] {escape(sentence)}", soft_wrap=True)
    raise SystemExit(1)


@app.callback()
def configure(verbose: Annotated[bool, typer.Option(help="显示运行日志")] = False) -> None:
    """技术供需对接平台：导入、匹配、检索、评测。配置见 README 的 MATCHMAKER_* 一览。"""
    try:
        settings = Settings()
    except (ValueError, OSError):
        # The command itself says what is wrong with them; `--help` and `doctor` must do without.
        settings = None
    logs.configure(settings, verbose=verbose)
