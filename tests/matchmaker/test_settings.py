"""Settings from the environment and from files of secrets; passwords stay out of sight."""

from pathlib import Path

import pytest

from matchmaker.settings import Settings


def test_secrets_are_files_in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "matchmaker_database_password").write_text("p@ss/w:rd\n")
    (tmp_path / "matchmaker_engine_api_key").write_text("a2V5OnNlY3JldA==\n")
    monkeypatch.setenv("MATCHMAKER_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("MATCHMAKER_DATABASE_URL", "postgresql://matchmaker@db/matchmaker")
    settings = Settings(_env_file=None)
    assert settings.resolved_database_url() == "postgresql://matchmaker:p%40ss%2Fw%3Ard@db/matchmaker"
    assert settings.engine_api_key is not None
    assert settings.engine_api_key.get_secret_value() == "a2V5OnNlY3JldA=="
    assert "p@ss" not in repr(settings)
    assert "a2V5" not in repr(settings)


def test_a_password_in_the_url_comes_first_and_sqlite_needs_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATCHMAKER_DATABASE_PASSWORD", "other")
    monkeypatch.setenv("MATCHMAKER_DATABASE_URL", "postgresql://matchmaker:own@db/matchmaker")
    assert Settings(_env_file=None).resolved_database_url() == "postgresql://matchmaker:own@db/matchmaker"
    monkeypatch.setenv("MATCHMAKER_DATABASE_URL", "sqlite:////var/lib/matchmaker.sqlite")
    assert Settings(_env_file=None).resolved_database_url() == "sqlite:////var/lib/matchmaker.sqlite"
