"""The columns of a list of brokers 技术经纪人名录 or brokerages 技术转移机构名录."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from matchmaker.classification import Vocabulary, classification
from matchmaker.ingest import days, identifiers, values
from matchmaker.ingest.fields import CONTACT_COLUMNS, CREDIT_CODE_HEADINGS, REGION_COLUMN, Column, choice
from matchmaker.ingest.money import CellError
from matchmaker.ingest.party_columns import PARTY_CONTACT
from matchmaker.models.broker import CertificateLevel, LegalType

# A label may have a 、 of its own (生物、医药和医疗器械): it separates only where nothing else is understood.
_SEPARATORS = (r"[；;，,/|\n]+", r"[；;，,/|\n、]+")


def codes_of(vocabulary: Callable[[], Vocabulary]) -> Callable[[Any], Any]:
    """A reader for several codes of a list, by code, label or alias."""

    def read(cell: Any) -> Any:
        if isinstance(cell, list):
            return cell
        written = values.plain(cell)
        problem = ValueError()
        for separators in ("$^", *_SEPARATORS):
            parts = [part.strip() for part in re.split(separators, written) if part.strip()]
            try:
                return list(dict.fromkeys(vocabulary().code_of(part) for part in parts))
            except ValueError as error:
                problem = error
        reason, _, allowed = str(problem).partition("，可填：")
        raise CellError(reason, f"请填：{allowed}")

    return read


# Offices write 经纪人, 经理人 and, by mistake, 经济人.
_NAMES = " ".join(
    f"{word}{ending}"
    for word in ("技术经纪人", "技术经理人", "技术经济人", "经纪人", "经理人")
    for ending in ("", "姓名")
)

BROKER_COLUMNS = (
    Column(
        "source_id", "经纪人编号", values.line, "编号 经理人编号 id broker_id", "可不填：有证书编号时以证书编号识别"
    ),
    Column("name", "姓名", values.line, f"{_NAMES} 名称 broker_name", "", "张某", required=True),
    Column(
        "certificate_number",
        "证书编号",
        identifiers.number,
        "证书号 证书号码 资格证书编号 资格证书号 技术经纪人证书编号 技术经理人证书编号 技术经济人证书编号",
        "技术经纪人（经理人）资格证书的编号；不要填身份证号",
        "JS-2026-000001",
    ),
    choice(
        "certificate_level",
        "等级",
        CertificateLevel,
        "证书等级 级别 证书级别 资格等级 技术经纪人等级 技术经理人等级 技术经济人等级",
    ),
    Column("certificate_issuer", "发证机构", values.line, "发证单位 颁证机构 颁证单位 培训基地 发证机关"),
    Column("certified_on", "发证日期", days.day, "发证时间 颁证日期 取证日期 取得日期", "", "2026-06-30"),
    Column(
        "certificate_valid_until", "证书有效期至", days.deadline, "证书有效期 有效期至 有效期", "长期有效可不填", ""
    ),
    Column(
        "brokerage_name",
        "所在机构",
        values.line,
        "执业机构 所属机构 所在单位 工作单位 单位 单位名称 机构名称 经纪机构 技术转移机构 所属单位",
        "执业的技术转移机构全称；同一时间只能有一家",
    ),
    Column(
        "technology_fields",
        "擅长领域",
        codes_of(lambda: classification().technology_fields),
        "技术领域 专业领域 服务领域 熟悉领域 擅长技术领域 从事领域",
        "技术合同登记的 11 类领域，可填多项，用；分隔",
        "新材料及其应用；先进制造",
        lambda: [entry.label for entry in classification().technology_fields.entries],
        several=True,
    ),
    Column(
        "city_industries",
        "服务产业",
        codes_of(lambda: classification().city.industries),
        "熟悉产业 擅长产业 产业 本市产业",
        "本市规划的产业，可填多项，用；分隔",
        "",
        lambda: [entry.label for entry in classification().city.industries.entries],
        several=True,
    ),
    REGION_COLUMN,
    Column("introduction", "个人简介", values.text, "简介 个人介绍 工作经历"),
    *CONTACT_COLUMNS[1:3],
)
BROKERAGE_COLUMNS = (
    Column("source_id", "机构编号", values.line, "编号 单位编号 id brokerage_id", "可不填：有信用代码时以信用代码识别"),
    Column(
        "name",
        "机构名称",
        values.line,
        "单位名称 名称 单位 机构全称 经纪机构 经纪机构名称 技术转移机构 技术转移机构名称 brokerage_name",
        "全称",
        "某某技术转移中心",
        required=True,
    ),
    Column("credit_code", "统一社会信用代码", identifiers.credit_code, CREDIT_CODE_HEADINGS, "18 位"),
    choice("legal_type", "法人类型", LegalType, "单位性质 机构性质 机构类型 单位类型"),
    replace(REGION_COLUMN, meaning="外地请写全称，如 江苏省南京市"),
    Column("main_business", "主营业务", values.text, "业务范围 经营范围 服务内容 主要业务"),
    Column("introduction", "机构简介", values.text, "简介 单位简介"),
    *PARTY_CONTACT,
)
