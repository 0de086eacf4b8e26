"""What an owner reads above her own record: where it stands, and what comes next."""

from matchmaker.validity import is_unconfirmed
from matchmaker.visibility import SearchedRecord, today
from matchmaker.web.pages.view import day

# By the value of the status, for needs and achievements alike.
_NEXT = {
    "draft": "尚未提交：补充后提交审核",
    "pending": "正在等待审核，公众还看不到；审核结果会通知您，此前仍可修改",
    "returned": "按审核意见修改后重新提交",
    "contracted": "已签约，不再出现在检索和推荐中；后续跟进由承办的经纪人登记",
    "transferred": "已转化，不再出现在检索和推荐中；后续跟进由承办的经纪人登记",
    "fulfilled": "已解决，不再出现在检索和推荐中",
    "expired": "已过期下线：仍然有效的，点“确认有效”即可恢复",
    "withdrawn": "已撤回，公众看不到；需要时修改后重新提交",
    "closed": "已关闭，不能再修改；需要时复制为新的一条",
}


def next_step(record: SearchedRecord) -> str:
    """One sentence for the record's owner."""
    if record.status != "published":
        return f"{record.status.label}：{_NEXT[record.status]}"
    if record.valid_until is not None and record.valid_until < today():
        return f"有效期至 {day(record.valid_until)}，已过期：仍然有效的，请点“确认有效”"
    if is_unconfirmed(record):
        return "已发布，但很久没有确认，检索和推荐中靠后显示：仍然有效的，请点“确认有效”"
    until = f"有效期至 {day(record.valid_until)}，到期前会提醒确认；" if record.valid_until else ""
    return f"已发布：{until}经纪人引荐时会通知您"
