"""First page, go-to, help, language."""

from tests.matchmaker.web.route_rights import anyone, known

ROWS = [
    known("GET /workplace"),
    anyone("GET /go", "/go?q=xq"),
    anyone("GET /help"),
    anyone("GET /help/tour/{role}", "/help/tour/broker"),
    anyone("GET /help/tour/{role}", "/help/tour/nobody", status=422),
    anyone("POST /language", status=303, data={"language": "en", "next": "/"}),
]
