"""Need and achievement → IndexDocument: the only file that knows both packages' shapes."""

import re
from datetime import date

from pydantic import BaseModel

from indexing import IndexDocument, IndexSchema
from indexing.segmentation import fold
from matchmaker.classification import classification
from matchmaker.disclosure import hidden_fields
from matchmaker.models.achievement import Achievement
from matchmaker.models.labels import Confidentiality, Labelled
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.outbox import RecordKind
from matchmaker.models.parts import AchievedIndicator, Elements, Indicator
from matchmaker.rights import Actor
from matchmaker.visibility import SearchedRecord, circles

# Text fields in the order a page shows them, with their labels.
NEED_TEXT_FIELDS = {
    "title": "需求名称",
    "problem": "主要问题",
    "key_technology": "所需关键技术",
    "description": "需求描述",
    "goal": "预期目标",
    "key_indicators": "主要指标",
    "elements": "技术要素",
    "must_have": "必须满足",
    "nice_to_have": "希望满足",
    "constraints": "限制条件",
    "keywords": "关键词",
}
ACHIEVEMENT_TEXT_FIELDS = {
    "title": "成果名称",
    "summary": "成果简介",
    "problem_solved": "解决的问题",
    "principle": "技术原理与创新点",
    "indicators": "技术指标",
    "economic_comparison": "经济性对比",
    "elements": "技术要素",
    "applied_cases": "应用案例",
    "keywords": "关键词",
}
# Running text and short facts are indexed apart: a word among the indicators says more than one in a story.
_NEED_BODY = ("problem", "key_technology", "description", "goal", "constraints")
_NEED_DETAILS = ("key_indicators", "elements", "must_have", "nice_to_have", "keywords")
_ACHIEVEMENT_BODY = ("summary", "problem_solved", "principle", "economic_comparison", "applied_cases")
_ACHIEVEMENT_DETAILS = ("indicators", "elements", "keywords")

# Who finds a record, by its confidentiality; the values stand in the index, so they stay as they are.
AUDIENCES = {
    Confidentiality.PUBLIC: "public",
    Confidentiality.SUMMARY: "public",
    Confidentiality.BROKER_ONLY: "brokers",
    Confidentiality.DIRECTED: "restricted",
}
# A patent or application with or without country and check digit; an achievement's registration (12 places).
_PATENT = re.compile(r"(?:zl|cn)?([0-9]{8,13})(?:\.[0-9x])?[a-z]?")
_REGISTRATION = re.compile(r"(?=[a-z]*[0-9])[0-9a-z]{12}")
# A record without an end of validity is valid for ever; range filters need a number.
NO_END = 99991231

# Whose it is and under which numbers it is known: searched by what is typed, never by matching.
_NAMES = ("names",)
# The owner as the public reads it: “江岳大学”, not a number, because it stands in addresses and on the page.
_COMMON_KEYWORDS = (
    "audience",
    "organisation",
    "owner",
    "technology_field",
    "city_industry",
    "industry",
    "region",
    "cooperation_mode",
)
SCHEMAS = {
    RecordKind.NEEDS: IndexSchema(
        text_fields=("title", "body", "details"),
        meaning_fields=("title", "body", "details"),
        keyword_fields=(*_COMMON_KEYWORDS, "need_type", "urgency", "poster_type"),
        number_fields=("valid_until", "budget", "maturity_min"),
        name_fields=_NAMES,
    ),
    RecordKind.ACHIEVEMENTS: IndexSchema(
        text_fields=("title", "body", "details"),
        meaning_fields=("title", "body", "details"),
        keyword_fields=(*_COMMON_KEYWORDS, "stage", "price_mode", "intellectual_property", "availability"),
        number_fields=("valid_until", "price", "maturity_level"),
        name_fields=_NAMES,
    ),
}


def kind_of(record: SearchedRecord) -> RecordKind:
    """Which index the record belongs to."""
    return RecordKind.NEEDS if isinstance(record, TechnologyNeed) else RecordKind.ACHIEVEMENTS


def text_fields(record: SearchedRecord) -> dict[str, str]:
    """The record's text fields and labels, in page order, without those that are not public."""
    labels = NEED_TEXT_FIELDS if isinstance(record, TechnologyNeed) else ACHIEVEMENT_TEXT_FIELDS
    hidden = hidden_fields(record)
    return {name: label for name, label in labels.items() if name not in hidden} if hidden else labels


def field_text(record: BaseModel, field: str) -> str:
    """One field as text: lists joined by “；”, indicators and elements as a person would write them."""
    value = getattr(record, field)
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "；".join(_sentence(item) for item in value)
    return _sentence(value) if value is not None else ""


def _sentence(value: object) -> str:
    if isinstance(value, Indicator | AchievedIndicator | Elements):
        return value.sentence()
    return value.label if isinstance(value, Labelled) else str(value)


def index_document(record: SearchedRecord) -> IndexDocument:
    """The record as the index stores it. What is not public is not in it, so no search and no count can find it out."""
    visible = text_fields(record)
    need = isinstance(record, TechnologyNeed)
    body, details = (_NEED_BODY, _NEED_DETAILS) if need else (_ACHIEVEMENT_BODY, _ACHIEVEMENT_DETAILS)

    def joined(fields: tuple[str, ...]) -> str:
        return "。".join(text for field in fields if field in visible and (text := field_text(record, field)))

    filters = _need_filters(record) if isinstance(record, TechnologyNeed) else _achievement_filters(record)
    return IndexDocument(
        id=str(record.id),
        version=record.version,
        texts={
            "title": record.title,
            "body": joined(body),
            "details": joined(details),
            "names": " ".join((names_text(record), *_number_forms(record))),
        },
        filters=filters,
    )


def owner_name(record: SearchedRecord) -> str:
    """Whose record it is, as the public reads it; empty where the poster is not named."""
    if isinstance(record, TechnologyNeed):
        return "" if "poster_name" in hidden_fields(record) else record.poster_name
    return record.owner_name


def names_text(record: SearchedRecord) -> str:
    """The names and numbers by which the public may look the record up: owner, holders, patents, registration.

    People are not in it: who belongs to a team and who answers the telephone is for those who carry the record.
    """
    names = [owner_name(record)]
    if isinstance(record, Achievement):
        if "intellectual_property" not in hidden_fields(record):
            for right in record.intellectual_property:
                names += [right.holder, right.number]
        names.append(record.registered_number or "")
    return " ".join(dict.fromkeys(name for name in names if name))


def _number_forms(record: SearchedRecord) -> list[str]:
    """The numbers once more as they are asked for: without country, signs and check digit."""
    words = names_text(record).split()
    return [form for word in words if any(map(str.isdigit, word)) for form in number_forms(word)]


def number_forms(number: str) -> tuple[str, ...]:
    """A patent's, application's or registration's number in the form it is looked for; nothing for other words."""
    folded = fold(number)[0]
    if match := _PATENT.fullmatch(folded):
        return (match[1],)
    return (folded,) if _REGISTRATION.fullmatch(folded) else ()


def number_of_date(day: date | None) -> float:
    """A date as the number it is filtered by; none is for ever."""
    return float(day.year * 10000 + day.month * 100 + day.day) if day else float(NO_END)


def audiences(reader: Actor) -> tuple[str, ...]:
    """The values of `audience` whose records the reader finds."""
    return tuple(dict.fromkeys(AUDIENCES[one] for one in circles(reader)))


def organisations(record: SearchedRecord) -> tuple[str, ...]:
    """Names of whose record this is, for leaving out matches of an organisation with itself."""
    found = [f"enterprise:{record.enterprise_id}"] if record.enterprise_id else []
    if isinstance(record, Achievement) and record.institution_id:
        found.append(f"institution:{record.institution_id}")
    return tuple(found)


def _common(record: SearchedRecord, industry_codes: list[str]) -> dict[str, str | float | tuple[str, ...]]:
    lists = classification()
    found: dict[str, str | float | tuple[str, ...]] = {
        "audience": AUDIENCES[record.confidentiality],
        "organisation": organisations(record),
        "industry": tuple(dict.fromkeys(code for one in industry_codes for code in lists.industry_path(one))),
        "region": lists.region_path(record.region_code),
        "cooperation_mode": tuple(record.cooperation_modes),
        "valid_until": number_of_date(record.valid_until),
    }
    if owner := owner_name(record):
        found["owner"] = owner
    if record.technology_field:
        found["technology_field"] = record.technology_field
    if record.city_industry:
        found["city_industry"] = record.city_industry
    return found


def _need_filters(need: TechnologyNeed) -> dict[str, str | float | tuple[str, ...]]:
    found = _common(need, [need.industry_code] if need.industry_code else [])
    found["poster_type"] = need.poster_type
    if need.need_type:
        found["need_type"] = need.need_type
    if need.urgency:
        found["urgency"] = need.urgency
    budget = need.budget_max_fen if need.budget_max_fen is not None else need.budget_min_fen
    if budget is not None and "budget_max_fen" not in hidden_fields(need):
        found["budget"] = float(budget)
    if need.maturity_min is not None:
        found["maturity_min"] = float(need.maturity_min)
    return found


def _achievement_filters(achievement: Achievement) -> dict[str, str | float | tuple[str, ...]]:
    found = _common(achievement, achievement.industry_codes)
    found["availability"] = "exclusive" if achievement.exclusive_licence_given else "open"
    hidden = hidden_fields(achievement)
    if "intellectual_property" not in hidden:
        types = (str(right.type) for right in achievement.intellectual_property)
        found["intellectual_property"] = tuple(dict.fromkeys(types))
    if achievement.stage:
        found["stage"] = achievement.stage
    if achievement.price_mode and "price_mode" not in hidden:
        found["price_mode"] = achievement.price_mode
    if achievement.price_fen is not None and "price_fen" not in hidden:
        found["price"] = float(achievement.price_fen)
    if achievement.maturity_level is not None:
        found["maturity_level"] = float(achievement.maturity_level)
    return found
