"""The columns of two plain lists: achievements the province registered 成果登记, signings at events 现场签约."""

from dataclasses import replace

from matchmaker.ingest import identifiers, values
from matchmaker.ingest.contract_cells import exact_day, only_field
from matchmaker.ingest.fields import FIELD_COLUMNS, REGION_COLUMN, Column, choice
from matchmaker.models.contract_words import SigningType

ACHIEVEMENT_REGISTRATION_COLUMNS = (
    Column(
        "registered_number",
        "成果登记号",
        identifiers.number,
        "登记号 登记编号 批准登记号 科技成果登记号 成果登记编号 批准登记编号",
        "省里批准登记的编号；同一登记号再次导入即更新",
        "9999992026Y0001",
        required=True,
    ),
    Column(
        "title",
        "成果名称",
        values.line,
        "科技成果名称 项目名称 名称 成果",
        "",
        "聚乳酸无纺布低温等离子体抗菌整理",
        required=True,
    ),
    Column(
        "owner_name",
        "完成单位",
        values.line,
        "第一完成单位 成果完成单位 申报单位 单位名称 单位 持有单位 主要完成单位",
        "全称",
        "某某大学",
    ),
    Column(
        "registered_on",
        "登记日期",
        exact_day,
        "批准登记日期 成果登记日期 登记时间 批准日期 批准登记时间",
        "",
        "2026-03-01",
        required=True,
    ),
    replace(REGION_COLUMN, meaning="完成单位所在地；外地请写全称"),
    replace(FIELD_COLUMNS[0], read=only_field),
)
SIGNING_COLUMNS = (
    Column(
        "source_id", "签约编号", identifiers.number, "编号 序列号 id signing_id", "可不填：以项目、活动、日期和双方识别"
    ),
    Column(
        "title",
        "签约项目",
        values.line,
        "项目名称 签约项目名称 合同名称 协议名称 名称 签约名称",
        "",
        "聚乳酸无纺布抗菌整理工艺开发",
        required=True,
    ),
    Column(
        "event_name",
        "活动名称",
        values.line,
        "签约活动 对接活动 活动 对接会 签约仪式 活动(会议)名称",
        "",
        "科技成果对接会",
    ),
    Column(
        "signed_on", "签约日期", exact_day, "签约时间 签订日期 活动日期 日期 签订时间", "", "2026-03-05", required=True
    ),
    replace(
        choice(
            "signing_type", "签约类型", SigningType, "类型 签约性质 签约类别 协议类型", meaning="只有技术合同可认定登记"
        ),
        required=True,
        example=SigningType.CONTRACT.label,
    ),
    Column(
        "first_party",
        "签约一方",
        values.line,
        "甲方 第一方 签约单位 企业 企业名称 甲方单位",
        "全称",
        "某某纺织有限公司",
    ),
    Column(
        "second_party", "签约另一方", values.line, "乙方 第二方 合作单位 高校院所 乙方单位 合作方", "全称", "某某大学"
    ),
    REGION_COLUMN,
    Column("note", "备注", values.text, "说明 签约内容", "", ""),
)
