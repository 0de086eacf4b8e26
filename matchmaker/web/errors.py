"""One shape for every error: RFC 9457 under `/api`, a page with the same words elsewhere."""

import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field
from sqlalchemy.exc import DatabaseError, DataError, IntegrityError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.orm.exc import StaleDataError
from starlette.exceptions import HTTPException

from indexing.errors import IndexingError
from matchmaker.errors import (
    AccountNotReady,
    DatabaseNotReady,
    MalformedRequest,
    MatchmakerError,
    NotLoggedIn,
    RecordAlreadyExists,
    SearchNotAvailable,
    TooManyRequests,
    VersionConflict,
)
from matchmaker.web.forms import FormErrors, own_path
from matchmaker.web.login_form import asks_by_itself, kept_from, login_form
from matchmaker.web.reasons import reason
from matchmaker.web.templating import templates
from matchmaker.web.visitor import visitor

log = logging.getLogger("matchmaker.web")

TITLES: dict[int, str] = {
    400: "请求无法处理",
    401: "请先登录",
    403: "没有权限",
    404: "没有找到",
    405: "不支持这种请求方法",
    409: "与现有数据冲突",
    412: "记录已有新的版本",
    413: "内容太大",
    422: "填写有误",
    428: "须说明版本",
    429: "操作太频繁",
    500: "系统出错",
    503: "暂时无法使用",
}

# What the framework refuses before a route is reached: code, detail, repair.
REFUSED: dict[int, tuple[str, str, str]] = {
    400: ("bad_request", "请求内容无法读取", "请检查请求头 Content-Type 与内容是否一致"),
    404: ("not_found", "没有这个地址", "请检查地址，或从首页重新进入"),
    405: ("method_not_allowed", "这个地址不支持所用的请求方法", "请查看接口文档 /api/v1/docs"),
    413: ("too_large", "请求内容太大", "请拆分为几个较小的文件分别提交"),
}


class FieldProblem(BaseModel):
    """One field that cannot be accepted. The value itself is never repeated: it may be contact data."""

    field: str = Field(description="字段路径，如 `key_indicators.0.name`")
    reason: str = Field(description="原因与修改办法")


class Problem(BaseModel):
    """The body of every error under `/api` (RFC 9457, `application/problem+json`)."""

    type: str = Field(examples=["urn:matchmaker:not_found"])
    title: str = Field(examples=["没有找到"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["没有编号为 12 的记录"])
    code: str = Field(examples=["not_found"])
    fix: str = Field(examples=["它可能已被删除，请从列表重新进入"])
    request_id: str = Field(examples=["5f0c9d2e7a1b4c68"])
    errors: list[FieldProblem] | None = None


def add_error_handlers(app: FastAPI) -> None:
    """Make every error of the app take the one shape. Unexpected exceptions are the envelope's: `unexpected`."""
    app.add_exception_handler(MatchmakerError, answer_for)
    app.add_exception_handler(NotLoggedIn, _not_logged_in)
    app.add_exception_handler(IndexingError, _search_failed)
    app.add_exception_handler(IntegrityError, _written_at_once)
    app.add_exception_handler(StaleDataError, _changed_at_once)
    app.add_exception_handler(DataError, _not_storable)
    # DatabaseError itself is what SQLite says of a damaged file.
    for trouble in (DatabaseError, OperationalError, InterfaceError, InternalError, NoConnectionFree):
        app.add_exception_handler(trouble, _database_failed)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _refused)


def unexpected(request: Request, error: Exception) -> Response:
    """The 500 of a mistake of ours: nothing of the exception but the request id under which it was logged."""
    return _answer(request, 500, "unexpected", "系统内部错误，已记录", "请稍后再试；仍不行请把请求编号告诉系统管理员")


def answer_for(request: Request, error: Exception) -> Response:
    """The answer to one of our errors; the way to the login, or to what is missing, where a page can lead there."""
    if not isinstance(error, MatchmakerError):
        raise error
    if not request.url.path.startswith("/api/"):
        if isinstance(error, NotLoggedIn):
            return _to_login(request)
        if isinstance(error, AccountNotReady):
            return _to(request, error.page)
    headers = {"WWW-Authenticate": "Bearer"} if error.status == 401 else None
    if isinstance(error, TooManyRequests):
        headers = {"Retry-After": str(error.retry_after)}
    return _answer(request, error.status, error.code, error.detail, error.fix, headers=headers)


async def _not_logged_in(request: Request, error: Exception) -> Response:
    """As `answer_for`; but what a browser sends whose login has ended meanwhile is kept on the page of the login."""
    if request.url.path.startswith("/api/"):
        return answer_for(request, error)
    if asks_by_itself(request):
        return templates.TemplateResponse(request, "account/ended.html", {}, 401)
    kept = await kept_from(request)
    if kept is None:
        return answer_for(request, error)
    return login_form(request, {"next": _page_before(request)}, FormErrors(), kept, status=401)


def _to_login(request: Request) -> Response:
    """A person who is not logged in is asked to, and comes back to the page she wanted, or where she pressed a button."""
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if request.method not in ("GET", "HEAD"):
        wanted = _page_before(request)
    return _to(request, f"/login?{urlencode({'next': wanted})}" if wanted else "/login")


def _page_before(request: Request) -> str:
    """The page of ours from which the request was sent, as far as the browser tells; else empty."""
    try:
        before = urlsplit(request.headers.get("referer", ""))
    except ValueError:
        return ""
    if before.netloc != request.headers.get("host", ""):
        return ""
    return own_path(before.path + (f"?{before.query}" if before.query else ""), "")


def _to(request: Request, target: str) -> Response:
    if request.headers.get("HX-Request") == "true":
        return Response(status_code=204, headers={"HX-Redirect": target})
    return RedirectResponse(target, 303)


def _search_failed(request: Request, error: Exception) -> Response:
    # An IndexingError's text names the repair itself.
    log.warning("%s: %s", type(error).__name__, error)
    return answer_for(request, SearchNotAvailable("检索暂时无法使用", str(error)))


def _written_at_once(request: Request, error: Exception) -> Response:
    # Uniqueness is checked before writing; only a second writer in the same moment gets here.
    return answer_for(request, RecordAlreadyExists("同一条记录刚刚由另一个请求写入", "请刷新后核对，再决定是否修改"))


def _changed_at_once(request: Request, error: Exception) -> Response:
    return answer_for(request, VersionConflict("记录刚刚由另一个请求修改", "请刷新后重新修改"))


def _not_storable(request: Request, error: Exception) -> Response:
    # Shapes from outside refuse such values with the field's name; this is what comes by an address.
    return answer_for(request, MalformedRequest("含有数据库不能处理的字符或数值", "请删去不可见字符，核对数值后重试"))


def _database_failed(request: Request, error: Exception) -> Response:
    # Only the driver's words: SQLAlchemy's text would repeat the statement and its values.
    log.error("%s", getattr(error, "orig", type(error).__name__))
    return answer_for(request, DatabaseNotReady("数据库暂时无法使用", "请稍后再试；仍不行请运行 matchmaker doctor"))


def _invalid(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    problems = [
        # Of what is no JSON the place is a position in the text, no field.
        FieldProblem(field="" if one["type"] == "json_invalid" else _path(one["loc"]), reason=reason(one))
        for one in error.errors()
    ]
    detail = "；".join(f"{one.field}：{one.reason}" if one.field else one.reason for one in problems[:3])
    return _answer(request, 422, "malformed_request", detail, "请按 errors 中的原因逐项修改后重新提交", errors=problems)


def _refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    code, detail, fix = REFUSED.get(error.status_code, ("http_error", TITLES.get(error.status_code, "请求未完成"), ""))
    if error.status_code == 413:
        detail = error.detail
    # No route was reached that would have asked who this is.
    if not (request.url.path.startswith("/api/") or hasattr(request.state, "actor")):
        request.state.actor = visitor(request)
    return _answer(request, error.status_code, code, detail, fix, headers=error.headers)


def _path(location: tuple[Any, ...]) -> str:
    """`("body", "key_indicators", 0, "name")` → `key_indicators.0.name`; where the value came from is dropped."""
    parts = location[1:] if location and location[0] in ("body", "query", "path", "header", "form") else location
    # A key that is no valid Unicode can be sent in JSON but not be written into the answer.
    return ".".join(str(part)[:60] for part in parts).encode("utf-8", "replace").decode()


def _answer(
    request: Request,
    status: int,
    code: str,
    detail: str,
    fix: str,
    *,
    errors: list[FieldProblem] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    request_id = str(request.state.request_id)
    title = TITLES.get(status, "请求未完成")
    if request.url.path.startswith("/api/"):
        problem = Problem(
            type=f"urn:matchmaker:{code}",
            title=title,
            status=status,
            detail=detail,
            code=code,
            fix=fix,
            request_id=request_id,
            errors=errors,
        )
        return Response(
            problem.model_dump_json(exclude_none=True), status, headers, media_type="application/problem+json"
        )
    context = {"status": status, "title": title, "detail": detail, "fix": fix, "request_id": request_id}
    return templates.TemplateResponse(request, "error.html", context, status, headers)
