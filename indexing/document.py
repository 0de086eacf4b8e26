"""What goes into an index and what comes out of it: values that never change, no behaviour."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
FilterValue = str | float | tuple[str, ...]


@dataclass(frozen=True)
class IndexSchema:
    """The fields of one kind of document. Writer and reader share it, so names cannot drift.

    `text_fields` are segmented and searched by words; `meaning_fields` (a subset, joined in this
    order) are what the vector is made of; `keyword_fields` hold one or several exact values, for
    filters and facets; `number_fields` hold one number, for range filters. `name_fields` are segmented like
    text fields, but searched only where a query asks for names: whose a document is says nothing about its subject.
    """

    text_fields: tuple[str, ...]
    meaning_fields: tuple[str, ...]
    keyword_fields: tuple[str, ...] = ()
    number_fields: tuple[str, ...] = ()
    name_fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class IndexDocument:
    """One record as the application hands it over: raw text, never tokens.

    `version` grows with every change of the record; an engine never replaces a newer version by an
    older one.
    """

    id: str
    version: int
    texts: Mapping[str, str]
    filters: Mapping[str, FilterValue] = field(default_factory=dict)


@dataclass(frozen=True)
class EngineDocument:
    """One record as an engine stores it: tokens and vector ready made.

    `vector` is L2-normalised, or None when the meaning has not been computed yet: the document is
    then found by words only.
    """

    id: str
    version: int
    tokens: Mapping[str, tuple[str, ...]]
    vector: Vector | None
    filters: Mapping[str, FilterValue] = field(default_factory=dict)


class Ranked(NamedTuple):
    """One entry of an engine's ranking; what the score means depends on the ranking."""

    id: str
    score: float


@dataclass(frozen=True)
class Hit:
    """One search result: fused score, and per channel the rank (from 1) it had there.

    `cosine` is the meaning similarity (−1..1) where the vector ranking returned the document, else None.
    """

    id: str
    score: float
    ranks: Mapping[str, int]
    cosine: float | None = None
