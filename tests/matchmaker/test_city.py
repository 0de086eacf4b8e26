"""The city an installation serves: a configuration to begin with, and the platform on a real city's."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session

from matchmaker.classification import City, city_configuration, classification, load_city, use_city
from matchmaker.cli.records import city_command
from matchmaker.errors import RecordAlreadyExists
from matchmaker.models.account import Role
from matchmaker.settings import Settings
from tests.factories import cookie_of, make_account, make_contract, make_need


def configured(name: str, folder: Path) -> City:
    file = folder / "city.toml"
    file.write_text(city_configuration(name), "utf-8")
    return load_city(file)


@pytest.mark.parametrize(
    ("name", "code", "districts"),
    [
        ("阜阳市", "341200", {"341202", "341203", "341204", "341221", "341222", "341225", "341226", "341282"}),
        ("341200", "341200", {"341202", "341203", "341204", "341221", "341222", "341225", "341226", "341282"}),
        # A city without districts, and one that lies directly under the state.
        ("东莞市", "441900", {"441900"}),
        ("重庆市", "500000", None),
    ],
)
def test_a_configuration_to_begin_with(name: str, code: str, districts: set[str] | None, tmp_path: Path) -> None:
    city = configured(name, tmp_path)
    assert (city.code, city.is_invented, city.parks) == (code, False, {})
    found = {one.code for one in city.districts.entries}
    assert found == districts if districts else all(one.startswith("50") for one in found)
    assert city.industries.entries == load_city(None).industries.entries


def test_a_name_that_is_no_region_is_answered_with_what_is(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="行政区划代码"):
        city_configuration("无此市")
    # 鼓楼区 lies in several cities.
    with pytest.raises(ValueError, match="改填代码"):
        city_configuration("鼓楼区")


def test_the_command_writes_a_file_once(tmp_path: Path) -> None:
    file = tmp_path / "本市.toml"
    city_command("阜阳市", file)
    assert load_city(file).name == "阜阳市"
    file.write_text("改好的内容", "utf-8")
    with pytest.raises(RecordAlreadyExists, match="已存在"):
        city_command("阜阳市", file)
    assert file.read_text("utf-8") == "改好的内容"


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Iterator[Settings]:
    """An installation of a real city."""
    file = tmp_path / "city.toml"
    file.write_text(city_configuration("阜阳市"), "utf-8")
    yield settings.model_copy(update={"city_file": file})
    use_city(None)


def test_the_pages_serve_the_city_that_was_configured(client: TestClient, session: Session) -> None:
    make_need(session, region_code="341282")
    contract = make_contract(session, seller_region_code="341282", buyer_region_code="310115")
    city = cookie_of(session, make_account(session, role=Role.CITY_OFFICIAL))
    district = cookie_of(session, make_account(session, role=Role.DISTRICT_OFFICIAL, region_code="341282"))
    session.commit()
    assert classification().city.name == "阜阳市"
    assert "界首市" in client.get("/needs").text
    for cookie, whole in ((city, "全市（阜阳市）"), (district, "界首市")):
        client.cookies.update(cookie)
        for path in ("/workplace", "/dashboard", "/turnover", "/targets", "/snapshots", "/oversight/needs"):
            page = client.get(path)
            assert (page.status_code, "澄" in page.text) == (200, False), path
        assert whole in client.get("/turnover").text
        assert client.get(f"/contracts/{contract.id}").status_code == 200
