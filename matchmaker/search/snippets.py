"""Title and snippet of a result with the found words marked."""

from collections.abc import Sequence

from matchmaker.index_documents import field_text, text_fields
from matchmaker.matching.highlight import Piece, marked
from matchmaker.models.match import Span
from matchmaker.search.ranking import spans_of
from matchmaker.visibility import SearchedRecord

_BEFORE, _LENGTH = 20, 110


def title_of(record: SearchedRecord, forms: Sequence[str]) -> list[Piece]:
    """The title with the forms marked."""
    return marked(record.title, _spans(record.title, forms))


def snippet_of(record: SearchedRecord, forms: Sequence[str]) -> list[Piece]:
    """The stretch of a text field with the most different forms; without any, the beginning of the text."""
    texts = [text for name in text_fields(record) if name != "title" and (text := field_text(record, name))]
    best: tuple[int, int, str, list[Span]] = (0, 0, texts[0] if texts else "", [])
    for text in texts if forms else ():
        spans = _spans(text, forms)
        for span in spans:
            start = max(0, span.start - _BEFORE)
            inside = {text[other.start : other.end] for other in spans if start <= other.start < start + _LENGTH}
            if len(inside) > best[0]:
                best = (len(inside), start, text, spans)
    _, start, text, spans = best
    end = start + _LENGTH
    cut = [
        Span(field="", start=max(0, span.start - start), end=span.end - start)
        for span in spans
        if span.end > start and span.start < end
    ]
    pieces = marked(text[start:end], cut)
    if start:
        pieces.insert(0, Piece("…", False))
    if end < len(text):
        pieces.append(Piece("…", False))
    return pieces


def _spans(text: str, forms: Sequence[str]) -> list[Span]:
    return [Span(field="", start=start, end=end) for start, end in spans_of(forms, text)]
