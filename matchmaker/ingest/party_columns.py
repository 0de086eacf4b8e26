"""The columns of a list of enterprises 企业名录 or institutions 机构名录."""

from dataclasses import replace

from matchmaker.ingest import identifiers, places, values
from matchmaker.ingest.fields import (
    CONTACT_COLUMNS,
    CREDIT_CODE_HEADINGS,
    FIELD_COLUMNS,
    PARK_COLUMN,
    REGION_COLUMN,
    Column,
    choice,
    labels,
)
from matchmaker.models.labels import InstitutionType, Qualification

PARTY_CONTACT = (
    Column("address", "地址", values.text, "通讯地址 联系地址 注册地址 企业地址 单位地址 详细地址", "不公开"),
    *CONTACT_COLUMNS,
)
ENTERPRISE_COLUMNS = (
    Column(
        "source_id",
        "企业编号",
        identifiers.number,
        "编号 单位编号 id enterprise_id",
        "可不填：有信用代码时以信用代码识别",
    ),
    Column(
        "name",
        "企业名称",
        values.line,
        "企业全称 企业(单位)名称 公司名称 公司全称 单位全称 单位名称 enterprise_name 企业 单位 公司 名称",
        "营业执照上的全称",
        "某某纺织有限公司",
        required=True,
    ),
    Column(
        "credit_code",
        "统一社会信用代码",
        identifiers.credit_code,
        f"{CREDIT_CODE_HEADINGS} enterprise_credit_code",
        "18 位",
    ),
    REGION_COLUMN,
    PARK_COLUMN,
    Column(
        "industry_code",
        "国民经济行业",
        places.industry,
        "行业代码 所属行业 行业 国民经济行业代码 行业类别",
        "GB/T 4754 代码或大类名称",
        "C17",
    ),
    replace(FIELD_COLUMNS[2], listed=True),
    Column(
        "qualifications",
        "企业资质",
        values.some_of(Qualification),
        "资质 企业类型 资质认定 资质荣誉 科技资质",
        "可填多项，用、分隔",
        "高新技术企业",
        labels(Qualification),
        several=True,
    ),
    Column(
        "main_products",
        "主要产品",
        values.text,
        "主营产品 主营业务 主导产品 经营范围 主要产品及服务",
        "",
        "纺粘无纺布、医用敷料",
    ),
    Column("introduction", "企业简介", values.text, "简介 单位简介 机构简介 公司简介"),
    *PARTY_CONTACT,
)
INSTITUTION_COLUMNS = (
    Column(
        "source_id",
        "机构编号",
        identifiers.number,
        "编号 单位编号 id institution_id",
        "可不填：有信用代码时以信用代码识别",
    ),
    Column(
        "name",
        "机构名称",
        values.line,
        "机构全称 院校名称 高校名称 学校名称 高校院所名称 科研院所名称 单位全称 单位名称 institution_name 高校院所 高校 院校 学校 机构 单位 名称",
        "全称",
        "某某大学",
        required=True,
    ),
    Column(
        "credit_code",
        "统一社会信用代码",
        identifiers.credit_code,
        f"{CREDIT_CODE_HEADINGS} institution_credit_code",
        "18 位",
    ),
    choice("institution_type", "机构类型", InstitutionType, "单位类型 单位性质 机构性质 类型"),
    replace(REGION_COLUMN, meaning="外地请写全称，如 江苏省南京市"),
    Column(
        "research_fields",
        "研究方向",
        values.text,
        "研究领域 主要研究方向 优势学科 技术领域 专业方向",
        "",
        "高分子材料、纺织工程",
    ),
    Column("introduction", "机构简介", values.text, "简介 单位简介 学校简介"),
    *PARTY_CONTACT,
)
