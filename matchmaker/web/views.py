"""One page, one view of the indexes."""

from starlette.types import ASGIApp, Receive, Scope, Send

from indexing import one_view


class OneView:
    """ASGI middleware: all that a request reads of an index is of one generation, looked up once (indexing/views.py)."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        with one_view():
            await self.app(scope, receive, send)
