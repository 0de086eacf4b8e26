"""What a model wants to read before a query and before a document: data."""

import re
from collections.abc import Mapping
from typing import NamedTuple


class Prompts(NamedTuple):
    """The words put before a query and before a document; empty: none."""

    query: str
    document: str


# Under these names models keep prompts in their own `config_sentence_transformers.json`, the first that is there wins.
QUERY_NAMES = ("query", "search_query", "retrieval.query")
DOCUMENT_NAMES = ("document", "passage", "search_document", "retrieval.passage")

# Models whose own files often carry none, by a pattern in the name of model or folder; the first match wins.
KNOWN: tuple[tuple[str, Prompts], ...] = (
    # Wang et al. 2024, "Multilingual E5 Text Embeddings" §2, and the card of intfloat/multilingual-e5-large-instruct.
    (
        r"\be5\b.*\binstruct\b",
        Prompts(
            "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery: ",
            "",
        ),
    ),
    # Wang et al. 2022, "Text Embeddings by Weakly-Supervised Contrastive Pre-training" §4; cards of intfloat/*e5-*.
    (r"\be5\b", Prompts("query: ", "passage: ")),
    # Xiao et al. 2023, "C-Pack" and the cards of BAAI/bge-*-zh and bge-*-zh-v1.5: for queries only.
    (r"\bbge\b.*\bzh\b", Prompts("为这个句子生成表示以用于检索相关文章：", "")),
)


def prompts_of(name: str, own: Mapping[str, str]) -> Prompts:
    """The prompts of the model of that name: its own if it has any, else what its family was trained with."""
    query = next((own[one] for one in QUERY_NAMES if own.get(one)), "")
    document = next((own[one] for one in DOCUMENT_NAMES if own.get(one)), "")
    if query or document:
        return Prompts(query, document)
    words = re.sub(r"[^a-z0-9]+", " ", name.lower())
    return next((prompts for pattern, prompts in KNOWN if re.search(pattern, words)), Prompts("", ""))
