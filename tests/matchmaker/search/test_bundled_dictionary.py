"""Every name of the bundled dictionary is looked up: a search for it finds what goes by each of its other names."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from indexing import IndexDocument, SearchQuery
from indexing.segmentation import folded
from indexing.thesaurus import BUNDLED, Thesaurus, bundled_groups
from matchmaker.index_documents import SCHEMAS
from matchmaker.indexes import Indexes, open_indexes
from matchmaker.models import RecordKind
from matchmaker.search.question import understood
from matchmaker.search.ranking import stands_in
from matchmaker.search.vocabulary import EMPTY, squeezed
from matchmaker.settings import Settings

GROUPS = [group for name in BUNDLED for group in bundled_groups(name)]


@pytest.fixture(scope="module")
def indexes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Indexes]:
    """One document for every name."""
    folder: Path = tmp_path_factory.mktemp("dictionary")
    opened = open_indexes(Settings(_env_file=None, data_dir=folder, embedder="off", city_file=None))
    names = list(dict.fromkeys(name for group in GROUPS for name in group))
    texts = dict.fromkeys((*SCHEMAS[RecordKind.ACHIEVEMENTS].text_fields, "names"), "")
    opened.achievements.ensure()
    opened.achievements.write([IndexDocument(name, 1, {**texts, "title": name}) for name in names])
    yield opened
    opened.close()


def test_there_are_as_many_as_promised() -> None:
    assert len(bundled_groups("abbreviations")) >= 400
    assert len(bundled_groups("english")) >= 1000


@pytest.mark.parametrize("file", BUNDLED)
def test_no_line_says_the_same_twice(file: str) -> None:
    groups = [frozenset(folded(name) for name in group) for group in bundled_groups(file)]  # type: ignore[arg-type]
    assert all(len(group) > 1 for group in groups)
    assert len(groups) == len(set(groups))


def test_every_name_finds_what_goes_by_another_name(indexes: Indexes) -> None:
    thesaurus = Thesaurus(GROUPS)
    index = indexes.achievements
    failed = []
    for group in GROUPS:
        # A single character of Chinese is a translation only: 铁 is not asked for in 铁路.
        for name in (name for name in group if len(squeezed(name)) > 1 or name.isascii()):
            question = understood(name, index, thesaurus, EMPTY, literally=True)
            forms = {form for concept in question.concepts for form in (concept.typed, *concept.forms)}
            # Names that differ in signs only are one name.
            others = [other for other in group if squeezed(folded(other)) != squeezed(folded(name))]
            known = all(any(_is_named(form, folded(other)) for form in forms) for other in others)
            result = index.search(SearchQuery(texts={name: 1.0}, also=question.also(), limit=400))
            if not known or not {hit.id for hit in result.hits} >= set(others):
                failed.append((name, others))
    assert failed == []


def _is_named(form: str, other: str) -> bool:
    return stands_in(form, other, squeezed(other)) or squeezed(form) == squeezed(other)
