"""Journeys start the program as people do: what database it uses, it reads from its environment."""

import pytest


@pytest.fixture(autouse=True)
def database_of_the_journey(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATCHMAKER_DATABASE_URL", database_url)
