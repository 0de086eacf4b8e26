"""`/docs`: the API's documentation page, and the OpenAPI description behind it."""

from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute

from matchmaker.web.api.answers import add_examples
from matchmaker.web.api.described import describe_in_chinese, samples

OPENAPI_URL = "/api/v1/openapi.json"

router = APIRouter(include_in_schema=False)

DESCRIPTION = """技术需求、科技成果的检索、匹配与对接，技术合同台账、预检、成交额统计、目标、快照和报告。

- 不登录即可读取公开内容；其余须在请求头带接口密钥 `Authorization: Bearer <密钥>`，在“账号 → 接口密钥”中生成，权限不超过该账号和所选范围。
- 错误一律为 `application/problem+json`（RFC 9457），`detail` 说明原因，`fix` 说明怎么办，
  `request_id` 用于向管理员查询。
- 金额为字符串，单位元（`"12345.60"`）。需求、成果中以 `_fen` 结尾的整数（单位分）仍可读写，为旧程序保留；两种都写时须一致。
  时间为 UTC，日期为北京时间的日期。
- 单条记录的答复带 `ETag`（版本）；修改时在 `If-Match` 或内容的 `version` 中写明所读的版本：都没有为 428
  （`version` 必填的为 422），与现在的不符为 412（`If-Match`）或 409（`version`）。
  合同、目标、快照、成果登记和签约读取时可带 `If-None-Match`，未变化为 304。
- 新建记录时可带 `Idempotency-Key`（见各接口的参数）：网络中断后原样重发，不会重复新建；同一键用于不同内容为 409。保留 7 天。
"""

# Swagger UI sets style attributes and data: images from its script; script itself stays limited to our own files.
DOCS_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "object-src 'none'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'"
)

PAGE = """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>接口文档</title>
<link rel="stylesheet" href="/static/vendor/swagger-ui/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<noscript><p>此页需要 JavaScript；接口描述见 <a href="/api/v1/openapi.json">/api/v1/openapi.json</a>。</p></noscript>
<script src="/static/vendor/swagger-ui/swagger-ui-bundle.js"></script>
<script src="/static/swagger-init.js"></script>
</body>
</html>
"""


@router.get("/docs", response_class=HTMLResponse)
def documentation() -> HTMLResponse:
    return HTMLResponse(PAGE, headers={"Content-Security-Policy": DOCS_POLICY})


def operation_id(route: APIRoute) -> str:
    """What a generated client calls the operation: the route's own name, whatever its address becomes.

    The names are kept in `tests/matchmaker/web/api/operation_ids.txt`: renaming one breaks the clients of others.
    """
    return route.name


def describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI description, made once: in Chinese, and errors with the media type they really have."""
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, description=DESCRIPTION, routes=app.routes)
        for path in schema["paths"].values():
            for operation in path.values():
                _name_error_type(operation["responses"])
        describe_in_chinese(schema)
        add_examples(schema, samples())
        app.openapi_schema = schema
    return app.openapi_schema


def _name_error_type(responses: dict[str, Any]) -> None:
    for status, answer in responses.items():
        for content in answer.get("content", {}).values():
            if "$ref" in content.get("schema", {}):
                # Beside the shape of its lines FastAPI says of a stream that it is a string.
                content["schema"].pop("type", None)
        if status >= "400" and answer.get("content"):
            # Whatever the route answers with otherwise: an error has one form.
            [content] = answer["content"].values()
            answer["content"] = {"application/problem+json": content}
