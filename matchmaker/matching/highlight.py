"""A text cut into pieces that are highlighted and pieces that are not."""

from collections.abc import Iterable
from dataclasses import dataclass

from matchmaker.models.match import Span


@dataclass(frozen=True)
class Piece:
    """A stretch of text; `hit` ones are to be highlighted."""

    text: str
    hit: bool


def marked(text: str, spans: Iterable[Span]) -> list[Piece]:
    """`text` in pieces; joined they are the text again. Overlapping spans become one, those outside the text are ignored."""
    pieces: list[Piece] = []
    place = 0
    for start, end in _merged(sorted((span.start, min(span.end, len(text))) for span in spans)):
        if start > place:
            pieces.append(Piece(text[place:start], False))
        pieces.append(Piece(text[start:end], True))
        place = end
    if place < len(text):
        pieces.append(Piece(text[place:], False))
    return pieces


def _merged(ranges: Iterable[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in ranges:
        if start >= end or start < 0:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
