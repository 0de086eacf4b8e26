"""The HTTP API under `/api/v1`."""

from typing import Any

from fastapi import FastAPI

from matchmaker.web.api import (
    accounts,
    achievements,
    batches,
    brokers,
    campaigns,
    carried,
    contract_changes,
    contract_papers,
    contract_precheck,
    contracts,
    docs,
    feedback,
    imports,
    index,
    matches,
    needs,
    notices,
    parties,
    postings,
    quality,
    reconciliations,
    registered,
    registration_rules,
    reports,
    reviews,
    snapshots,
    targets,
    turnover,
    vocabularies,
    webhooks,
    workbench,
)
from matchmaker.web.errors import Problem

ERRORS: dict[int | str, dict[str, Any]] = {
    401: {"model": Problem, "description": "没有登录，或接口密钥无效"},
    403: {"model": Problem, "description": "没有权限"},
    404: {"model": Problem, "description": "没有这条记录，或它未公开"},
    409: {"model": Problem, "description": "版本冲突、记录已存在或不能匹配"},
    412: {"model": Problem, "description": "`If-Match` 不是记录现在的版本"},
    422: {"model": Problem, "description": "填写有误"},
    428: {"model": Problem, "description": "没有用 `If-Match` 或 `version` 说明在哪一版上修改"},
    429: {"model": Problem, "description": "请求太频繁，`Retry-After` 秒后再试"},
    500: {"model": Problem, "description": "系统出错"},
    503: {"model": Problem, "description": "检索或数据库暂时无法使用"},
}

_PARTS = (
    needs,
    campaigns,
    reviews,
    achievements,
    postings,
    batches,
    feedback,
    quality,
    matches,
    carried,
    contracts,
    contract_changes,
    contract_papers,
    contract_precheck,
    registration_rules,
    targets,
    registered,
    reconciliations,
    turnover,
    snapshots,
    reports,
    parties,
    brokers,
    workbench,
    imports,
    notices,
    vocabularies,
    index,
    accounts,
    webhooks,
    docs,
)


def include_api(app: FastAPI) -> None:
    """Add the API's routes to the app.

    Each part by itself, not through a router around all of them: FastAPI looks for a request's route once more on
    every level, and prepares the routes of every level anew.
    """
    for part in _PARTS:
        app.include_router(part.router, prefix="/api/v1", responses=ERRORS)
