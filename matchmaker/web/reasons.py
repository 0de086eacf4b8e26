"""Pydantic's findings in Chinese. Never the input: a mistyped field may hold somebody's phone number."""

from collections.abc import Mapping
from typing import Any

REASONS: dict[str, str] = {
    "missing": "必填",
    "extra_forbidden": "没有这个字段，请核对字段名或删除",
    "string_type": "应为文字",
    "string_unicode": "含有无法识别的字符，请重新输入",
    "string_too_short": "至少 {min_length} 个字符",
    "string_too_long": "最多 {max_length} 个字符",
    "string_pattern_mismatch": "格式不对",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "int_parsing_size": "数字太大",
    "int_from_float": "应为整数",
    "float_type": "应为数字",
    "float_parsing": "应为数字",
    "finite_number": "应为有限的数字",
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 true 或 false",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "greater_than": "应大于 {gt}",
    "less_than": "应小于 {lt}",
    "date_type": "应为日期，如 2026-12-31",
    "date_parsing": "应为日期，如 2026-12-31",
    "date_from_datetime_parsing": "应为日期，如 2026-12-31",
    "date_from_datetime_inexact": "应为日期，如 2026-12-31，不带时间",
    "datetime_type": "应为时间，如 2026-12-31T08:00:00Z",
    "datetime_parsing": "应为时间，如 2026-12-31T08:00:00Z",
    "datetime_from_date_parsing": "应为时间，如 2026-12-31T08:00:00Z",
    "timezone_aware": "应为带时区的时间，如 2026-12-31T08:00:00Z",
    "list_type": "应为列表",
    "too_short": "至少 {min_length} 项",
    "too_long": "最多 {max_length} 项",
    "dict_type": "应为对象",
    "model_type": "应为对象",
    "model_attributes_type": "应为对象",
    "enum": "不在可选范围内，可填：{expected}",
    "literal_error": "不在可选范围内，可填：{expected}",
    "json_invalid": "不是合法的 JSON",
}


def reason(error: Mapping[str, Any]) -> str:
    """The Chinese reason for one of pydantic's error dictionaries.

    The text of our own validators (ValueError) is passed on: they are written for users.
    """
    context = error.get("ctx", {})
    if error["type"] == "value_error":
        return str(context["error"]).encode("utf-8", "replace").decode()
    if "expected" in context:
        # Pydantic lists them as English does: 'a', 'b' or 'c'.
        context = {
            **context,
            "expected": str(context["expected"]).replace("'", "").replace(" or ", "、").replace(", ", "、"),
        }
    return REASONS.get(error["type"], "值不符合要求").format(**context)
