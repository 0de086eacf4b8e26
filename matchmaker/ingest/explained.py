"""What a shape refuses, in the words of whoever filled in the row."""

from pydantic_core import ErrorDetails


def explained(error: ErrorDetails, label: str) -> tuple[str, str]:
    """A validation error in the user's words: never its input, which may be contact data."""
    kind, context = error["type"], error.get("ctx", {})
    if kind == "value_error":
        message = str(context["error"])
        for mark in ("，可填：", "：请", "：应为"):
            reason, found, rest = message.partition(mark)
            if found:
                return reason, f"{mark[1:] if mark != '，可填：' else '请填：'}{rest}"
        return message, "请按提示修改"
    if kind == "string_too_long":
        return f"超过 {context['max_length']} 个字", f"请缩短到 {context['max_length']} 个字以内"
    if kind == "missing" or (kind == "string_too_short" and not error["input"]):
        return "没有填写", f"请填写{label}"
    if kind == "string_too_short":
        return f"少于 {context['min_length']} 个字", f"请写完整，至少 {context['min_length']} 个字"
    if kind in ("greater_than_equal", "less_than_equal"):
        limit, word = (context["ge"], "小于") if "ge" in context else (context["le"], "大于")
        return f"{word} {limit}", "请核对数值和单位"
    if kind == "extra_forbidden":
        return f"有不认识的内容“{error['loc'][-1]}”", "请去掉它，或改用模板中的写法"
    return "内容的格式不对", "请对照导入模板的“填写说明”修改"
