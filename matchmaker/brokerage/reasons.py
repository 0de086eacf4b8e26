"""Why a side says no: which reasons each side may give, and what the other side is told of them."""

from matchmaker.errors import MalformedRequest
from matchmaker.models.match import DeclineReason, Side

# The two lists of domain.md §5.3, in their order.
REASONS: dict[Side, tuple[DeclineReason, ...]] = {
    Side.NEED: (
        DeclineReason.INDICATORS_NOT_MET,
        DeclineReason.TOO_IMMATURE,
        DeclineReason.TOO_EXPENSIVE,
        DeclineReason.INCOMPATIBLE,
        DeclineReason.ALREADY_SOLVED,
        DeclineReason.BUDGET_CANCELLED,
        DeclineReason.NEED_CHANGED,
        DeclineReason.RIGHTS_UNCLEAR,
        DeclineReason.NO_RESPONSE,
        DeclineReason.REPEATED,
        DeclineReason.OUT_OF_FIELD,
        DeclineReason.OTHER,
    ),
    Side.ACHIEVEMENT: (
        DeclineReason.NOT_OUR_DIRECTION,
        DeclineReason.TOO_SHORT,
        DeclineReason.BUDGET_TOO_LOW,
        DeclineReason.EXCLUSIVELY_LICENSED,
        DeclineReason.NEED_UNCLEAR,
        DeclineReason.RESTRICTED,
        DeclineReason.NO_CAPACITY,
        DeclineReason.OTHER,
    ),
}

_TERMS = "对方认为现阶段合作条件还不合适"
_FIT = "对方评估后认为与自身实际要求有差距"
_CHANGED = "对方的计划有调整，暂不推进"
_OTHER = "对方综合考虑后暂不推进"

# Shown to the side that was declined: never the note, never anything about money, nothing that hurts.
SOFTENED: dict[DeclineReason, str] = {
    DeclineReason.INDICATORS_NOT_MET: _FIT,
    DeclineReason.TOO_IMMATURE: "对方希望在技术进一步成熟后再谈",
    DeclineReason.TOO_EXPENSIVE: _TERMS,
    DeclineReason.INCOMPATIBLE: _FIT,
    DeclineReason.ALREADY_SOLVED: _CHANGED,
    DeclineReason.BUDGET_CANCELLED: _CHANGED,
    DeclineReason.NEED_CHANGED: _CHANGED,
    DeclineReason.RIGHTS_UNCLEAR: "对方希望先明确知识产权情况",
    DeclineReason.NO_RESPONSE: "双方未能及时取得联系",
    DeclineReason.REPEATED: "对方此前已了解过这一项目",
    DeclineReason.OUT_OF_FIELD: "本次推荐与对方的方向不一致",
    DeclineReason.NOT_OUR_DIRECTION: "对方目前不在这一方向上开展工作",
    DeclineReason.TOO_SHORT: "对方难以在要求的时间内完成",
    DeclineReason.BUDGET_TOO_LOW: _TERMS,
    DeclineReason.EXCLUSIVELY_LICENSED: "这项成果目前不能再对外许可",
    DeclineReason.NEED_UNCLEAR: "对方希望补充说明需求后再谈",
    DeclineReason.RESTRICTED: _OTHER,
    DeclineReason.NO_CAPACITY: "对方团队近期安排已满",
    DeclineReason.OTHER: _OTHER,
}


def check_reason(side: Side, reason: DeclineReason | None, note: str) -> DeclineReason:
    """The reason, if this side may give it. Raises MalformedRequest, also for 其他 without a note."""
    if reason is None:
        raise MalformedRequest("谢绝对接须选择原因", f"请从{side.label}的原因中选择一项")
    if reason not in REASONS[side]:
        allowed = "、".join(one.label for one in REASONS[side])
        raise MalformedRequest(f"“{reason.label}”不是{side.label}可选的原因", f"可选：{allowed}")
    if reason is DeclineReason.OTHER and not note:
        raise MalformedRequest("选择“其他”时须写明原因", "请在说明中写一两句，只有经纪人和主管部门看得到")
    return reason
