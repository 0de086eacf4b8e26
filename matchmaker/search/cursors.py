"""Where the next page begins, bound to its question: page two of one search is never shown for another."""

import base64
import binascii
import hashlib
import json

from matchmaker.errors import MalformedRequest
from matchmaker.index_documents import audiences
from matchmaker.search.request import SearchRequest


def cursor_at(request: SearchRequest, offset: int) -> str:
    """The cursor of the page of this question that begins at `offset`."""
    return base64.urlsafe_b64encode(json.dumps([offset, _question(request)]).encode()).decode().rstrip("=")


def offset_of(request: SearchRequest) -> int:
    """Where the asked page begins. Raises MalformedRequest for a cursor that is not one of this question's."""
    if request.cursor is None:
        return (max(1, request.page) - 1) * request.limit
    try:
        padded = request.cursor + "=" * (-len(request.cursor) % 4)
        offset, question = json.loads(base64.urlsafe_b64decode(padded.encode("ascii", "strict")))
        if isinstance(offset, int) and 0 <= offset <= 10**9 and question == _question(request):
            return offset
    except (ValueError, TypeError, binascii.Error, UnicodeError):
        pass
    raise MalformedRequest("翻页标记无效，或与当前检索条件不一致", "请从第一页重新检索")


def _question(request: SearchRequest) -> str:
    chosen = sorted((name, sorted(values)) for name, values in request.chosen.items() if values)
    question = f"{request.text.strip()}|{chosen}|{audiences(request.reader)}|{request.order.value}|{request.literally}"
    return hashlib.blake2b(question.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
