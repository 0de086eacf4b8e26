"""What the selects and check boxes of forms offer from the dated code lists."""

from typing import Any

from matchmaker.classification import Vocabulary, classification


def choices() -> dict[str, Any]:
    """`fields`, `industries`, `regions` (code and label), and `lists` for labels, for the context of a template."""
    lists = classification()
    return {
        "lists": lists,
        "fields": _pairs(lists.technology_fields),
        "industries": _pairs(lists.city.industries),
        "regions": _pairs(lists.city.districts),
    }


def _pairs(vocabulary: Vocabulary) -> list[tuple[str, str]]:
    return [(entry.code, entry.label) for entry in vocabulary.entries]
