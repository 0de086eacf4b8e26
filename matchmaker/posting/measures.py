"""What the coach looks for in single fields."""

import re

from matchmaker.models.achievement import AchievementFields
from matchmaker.models.need import NeedFields

Shape = NeedFields | AchievementFields

# A number with something it counts: a percent sign, a letter or degree sign, or a Chinese unit right behind it.
_MEASURE = re.compile(
    r"\d+(?:\.\d+)?\s*(?:[%％‰℃°μΩ]|[a-zA-Z]|[倍成次个件万亿元吨克斤升米秒分时天日月年人台套批级度层组项种]|以[上下内])"
)
# Calls for help that name neither an object nor a problem.
_EMPTY_TITLE = re.compile(
    r"^(?:急需|急求|寻求|诚求|求|寻|招)?(?:先进|成熟|新|相关|有关)*(?:技术|合作|专家|成果|项目|设备|产学研|支持|帮助|解决方案|升级|改造|需求)+$"
)


def plain_title(title: str) -> float:
    """1 for a title of 5 to 80 characters (domain.md §3.1) that says more than that help is wanted."""
    return float(5 <= len(title) <= 80 and _EMPTY_TITLE.match(re.sub(r"\s", "", title)) is None)


def has_measure(text: str) -> bool:
    """Does the text state a number and its unit?"""
    return _MEASURE.search(text) is not None


def has_contact(record: Shape) -> float:
    """Is somebody named whom one may speak to? A public shape has no contact to look at."""
    return float(bool(getattr(record, "contact_name", "")))


def has_field(record: Shape) -> float:
    """Is it filed under a technology field or an industry of the city?"""
    return float(bool(record.technology_field or record.city_industry))


def has_evidence(achievement: AchievementFields) -> float:
    """Half for the level, half for what it rests on."""
    return (bool(achievement.maturity_level) + bool(achievement.maturity_evidence)) / 2


def has_price(achievement: AchievementFields) -> float:
    """Are the terms named, or the price itself?"""
    return float(achievement.price_mode is not None or achievement.price_fen is not None)
