"""Names and values of changed fields, as a person reads them in the audit trail."""

from datetime import datetime

from matchmaker.contracts.labels import FIELD_LABELS
from matchmaker.ingest.columns import COLUMNS
from matchmaker.models.audit import FieldChange
from matchmaker.money import in_wan, yuan_shown
from matchmaker.web.pages.view import moment

# Fields that no import knows; the others have their heading from there.
_FIELD_LABELS = {
    "status": "状态",
    "is_demo": "演示数据",
    "confidentiality": "公开范围",
    "disclosure": "分项公开设置",
    "poster_hidden": "匿名发布",
    "posted_by_id": "填报账号",
    "reviewed_by_id": "审核人",
    "reviewed_at": "审核时间",
    "review_note": "审核意见",
    "published_at": "发布时间",
    "last_confirmed_at": "最近确认",
    "duplicate_of_id": "重复于",
    "broker_account_id": "承办人",
    "filed_at": "备案时间",
    "need_accepted_at": "需求方同意",
    "achievement_accepted_at": "成果方同意",
    "declined_by": "谢绝方",
    "decline_reason": "谢绝原因",
    "nda": "保密协议",
    "next_step": "下一步",
    "due_on": "到期日",
    "role": "角色",
    "name": "名称",
    "disabled_at": "停用时间",
    "revoked_at": "撤销时间",
    "must_change_password": "须修改密码",
    "password_hash": "密码",
    "budget_min_fen": "预算下限",
    "budget_max_fen": "预算上限",
    "price_fen": "价格",
    "contact_name": "联系人",
    "contact_phone": "联系电话",
    "contact_email": "联系邮箱",
    "team": "团队",
    "email": "电子邮箱",
    "address": "地址",
    "answers": "预检回答",
    "overrides": "预检说明",
    "submitted_on": "申请日期",
    "accepted_on": "受理日期",
    "decide_by": "决定期限",
    "is_disputed": "有争议",
    "reported_number": "报告的登记编号",
    "reported_on": "报告的登记日期",
    "refusal_reasons": "不予登记的原因",
    "ended_on": "注销或撤销日期",
    "version_number": "登记版本",
    "values": "变更内容",
    "reason": "原因",
    "applied_on": "申请日期",
    "decided_on": "决定日期",
    "received_on": "到款日期",
    "amount_fen": "金额",
    "verified_on": "核定日期",
    "contract_id": "合同编号",
    "note": "说明",
    "files": "材料",
}
# Amounts of contracts and receipts are told exactly: the trail has to agree with the certificate to the fen.
_EXACT = frozenset(name for name in (*FIELD_LABELS, "amount_fen") if name.endswith("_fen"))


def label_of_field(table: str, field: str) -> str:
    """What the field is called in the table of that label; its own name where nobody has given it another."""
    if field in _FIELD_LABELS:
        return _FIELD_LABELS[field]
    columns = next((columns for kind, columns in COLUMNS.items() if kind.label == table), ())
    known = next((one.heading for one in columns if one.field == field), "")
    return known or FIELD_LABELS.get(field, field)


def in_words(change: FieldChange) -> FieldChange:
    """The change with times of the city, amounts in 万元 (of contracts in yuan), and accounts that say that they are some."""
    before, after = (_told(change.field, text) for text in (change.before, change.after))
    return change.model_copy(update={"before": before, "after": after})


def _told(field: str, text: str) -> str:
    if field.endswith("_fen") and text.isdecimal():
        return f"{yuan_shown(int(text))} 元" if field in _EXACT else in_wan(int(text))
    if field.endswith("_by_id") or field.endswith("account_id"):
        return f"账号 {text}" if text else ""
    if field.endswith("_at"):
        try:
            return moment(datetime.fromisoformat(text))
        except ValueError:
            return text
    return text
