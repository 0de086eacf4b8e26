"""Where a contract counts, by the codes of both regions."""

from types import SimpleNamespace

import pytest

from matchmaker.classification import region_prefix
from matchmaker.contracts import flows


@pytest.mark.parametrize(
    ("code", "prefix"),
    [("340000", "34"), ("990100", "9901"), ("990102", "990102"), ("990102100", "990102100")],
)
def test_what_lies_in_a_region_begins_as_it_does(code: str, prefix: str) -> None:
    assert region_prefix(code) == prefix


@pytest.mark.parametrize(
    ("city", "inside", "outside"), [("990100", "990102", "990202"), ("310000", "310104", "320104")]
)
def test_a_municipality_is_a_city_too(monkeypatch: pytest.MonkeyPatch, city: str, inside: str, outside: str) -> None:
    monkeypatch.setattr(flows, "classification", lambda: SimpleNamespace(city=SimpleNamespace(code=city)))
    assert flows.is_in_city(inside)
    assert not flows.is_in_city(outside)
    assert not flows.is_in_city(None)
