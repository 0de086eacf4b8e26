"""The public names of `indexing` are a promise to the application."""

import indexing


def test_the_public_names_are_sorted_and_there() -> None:
    assert indexing.__all__ == sorted(indexing.__all__)
    assert all(hasattr(indexing, name) for name in indexing.__all__)
    assert {"Index", "IndexDocument", "SearchQuery", "open_engine", "open_embedder", "Segmenter"} <= set(
        indexing.__all__
    )
