"""The columns of a table of technology needs 技术需求征集表."""

from matchmaker.ingest import days, identifiers, places, technical, values
from matchmaker.ingest.fields import (
    CONFIDENTIALITY_COLUMN,
    CONTACT_COLUMNS,
    CREDIT_CODE_HEADINGS,
    ELEMENT_COLUMNS,
    FIELD_COLUMNS,
    KEYWORDS_COLUMN,
    MODES_COLUMN,
    PARK_COLUMN,
    REGION_COLUMN,
    VALID_UNTIL_COLUMN,
    Column,
    choice,
    hidden,
)
from matchmaker.ingest.secrecy import is_anonymous
from matchmaker.models.labels import NeedStatus, NeedType, PosterType, PostingChannel, Urgency

NEED_COLUMNS = (
    Column(
        "source_id",
        "需求编号",
        identifiers.number,
        "需求编码 需求id 需求序列号 技术需求编号 need_id id 项目编号 编号",
        "同一编号再次导入即更新，不会重复",
        "XQ-2026-001",
    ),
    Column(
        "title",
        "技术需求名称",
        values.line,
        "技术需求题目 技术需求标题 需求名称 需求标题 需求题目 企业技术需求名称 需求项目名称 技术需求项目名称 技术难题名称 "
        "难题名称 难题题目 榜单名称 榜单题目 榜题名称 榜题 攻关任务名称 攻关需求名称 技术攻关名称 揭榜挂帅项目名称 "
        "发榜项目名称 拟解决技术难题名称 需求技术名称 拟研发项目名称 课题名称 项目名称 技术需求 需求 名称 标题 题目",
        "写明对象和问题，5—80 字，不要只写“寻求合作”",
        "耐高温无纺布抗菌整理后手感变硬",
        required=True,
    ),
    Column(
        "poster",
        "需求单位",
        values.line,
        "需求单位名称 需求单位全称 需求方 需求方名称 需求企业 需求企业名称 技术需求单位 技术需求方 需求提出单位 提出单位 "
        "发榜单位 发榜方 出题单位 出题企业 发布单位 发布企业 提出企业 企业名称 企业全称 公司名称 企业(单位)名称 单位(企业)名称 "
        "机构全称 机构名称 单位全称 单位名称 申报单位 申报企业 填报单位 填报企业 申报主体 需求主体名称 所属企业 所在单位 "
        "法人单位 单位 企业 公司 需求主体单位",
        "企业全称；政府部门的需求写部门名称",
        "某某纺织有限公司",
        required=True,
    ),
    Column(
        "enterprise_credit_code", "统一社会信用代码", identifiers.credit_code, CREDIT_CODE_HEADINGS, "18 位，可不填"
    ),
    choice("poster_type", "需求方类型", PosterType, "发布方类型 需求主体类型 需求主体", meaning="不填即企业"),
    choice(
        "need_type",
        "需求类型",
        NeedType,
        "需求类别 技术需求类型 需求种类 技术需求类别 技术需求分类 需求分类 需求性质 攻关类型 需求类别名称",
    ),
    Column(
        "problem",
        "主要问题",
        values.text,
        "存在的主要问题 需解决的主要问题 拟解决的主要技术问题 需要解决的技术问题 "
        "需解决的技术问题 主要技术问题 技术难题 问题描述 拟解决的技术问题 存在问题 "
        "需解决的问题 技术难题描述 要解决的主要问题 拟解决的关键问题 拟解决的主要问题 拟解决问题 拟解决的关键技术问题 "
        "面临的主要问题 面临的技术难题 主要技术难题 技术难点 技术瓶颈 技术难题说明 需要解决的主要问题 需要解决的问题 "
        "存在的技术问题 存在的问题 技术问题 难题描述 难题内容 现状及问题 技术需求主要问题 亟需解决的问题 急需解决的问题 "
        "拟攻克的技术难题 需突破的关键技术问题 亟待解决的技术问题 问题",
        "现状、难在哪里、造成什么损失，500 字以内",
        "三条线抗菌整理后手感评级只有 2 级，退货率 4%",
        required=True,
    ),
    Column(
        "key_technology",
        "技术关键",
        values.text,
        "关键技术 所需关键技术 核心技术 技术关键点 所需技术 关键核心技术 拟攻克的关键技术 攻关方向 技术路线 技术要求 "
        "主要技术内容 研究内容 主要研究内容 攻关内容 技术内容 拟突破的关键技术",
        "所需关键技术，500 字以内",
    ),
    Column(
        "key_indicators",
        "主要技术指标",
        technical.asked_indicators,
        "技术指标 主要指标 考核指标 关键指标 量化指标 性能指标 技术参数 指标要求 技术指标要求 主要技术参数 "
        "主要技术经济指标 技术经济指标 主要考核指标 预期技术指标 预期达到的技术指标 拟达到的技术指标 需达到的技术指标 "
        "主要性能指标 关键技术指标 核心指标 需求指标 指标 拟达到的主要技术指标 主要指标要求",
        "每项写名称、不低于/不高于多少、单位，用；分隔，可在括号里写现状",
        "抑菌率≥99%（现状92%）；成本≤3元/m²",
    ),
    Column(
        "goal",
        "预期目标",
        values.text,
        "预期效果 预期成果 目标 预期达到的目标 经济社会效益 拟达到的目标 拟实现的主要技术目标 拟实现的技术目标 攻关目标 "
        "需求目标 项目目标 预期达到的效果 期望目标 期望效果 预期经济效益 预期效益 要达到的目标 技术目标 拟达到的效果 社会效益 预期成果形式 成果形式 预期成果及形式",
        "技术创新性和经济社会效益，500 字以内",
    ),
    hidden(
        "description",
        "需求描述 需求内容 技术需求描述 需求详情 需求说明 "
        "详细描述 内容 需求简介 技术需求内容 需求概述 技术需求概述 技术需求简介 技术需求说明 "
        "技术需求详细描述 技术需求情况 需求具体内容 技术需求具体内容 需求详细描述 需求情况 需求情况说明 具体需求 具体内容 "
        "技术需求详情 需求简述 需求背景 技术背景 项目背景 国内外现状 国内外研究现状 研究现状 现有基础 现有工作基础 前期基础 现状 项目简介 项目概况 项目内容 难题简介 企业需求 技术需求描述及要求 "
        "需求内容描述 需求摘要 简介 描述 详情 body",
    ),
    *ELEMENT_COLUMNS,
    Column(
        "must_have",
        "必须满足",
        values.sentences,
        "必须满足的条件 硬性要求",
        "缺一不可的条件，用；分隔",
        "整理后克重增加不超过5%",
        several=True,
    ),
    Column("nice_to_have", "优先满足", values.sentences, "加分项 优先条件", "有则更好的条件，用；分隔", several=True),
    Column(
        "constraints",
        "约束条件",
        values.text,
        "限制条件 其他要求 约束 对技术提供方的要求 对合作方要求 对合作方的要求 合作要求 揭榜方条件 揭榜要求 揭榜方要求 知识产权要求 "
        "产权归属 知识产权归属 成果归属 验收标准 验收要求 其他需求 对供给方的要求 时间及其他要求",
        "环保、产能、工期、认证等限制",
    ),
    KEYWORDS_COLUMN,
    MODES_COLUMN,
    Column(
        "budget_min",
        "预算下限（万元）",
        values.text,
        "最低预算 最低投入 预算最低 投入下限 拟投入资金最低 拟投入资金下限",
        "与上限都不填即为面议",
        "50",
        money=True,
    ),
    Column(
        "budget_max",
        "预算上限（万元）",
        values.text,
        "最高预算 最高投入 预算最高 投入上限 拟投入资金最高 拟投入资金上限",
        "",
        "120",
        money=True,
    ),
    hidden(
        "budget",
        "拟投入资金 拟投入资金总额 投入资金 预算 资金预算 预算金额 意向投入 "
        "拟投入经费 计划投入 项目预算 经费预算 意向投入资金 拟投入金额 投资预算 "
        "拟投入资金总额度 拟投入总额 投入资金总额 计划投入资金 计划投资 计划投资额 拟投入 预计投入 预计投入资金 预算总额 "
        "项目总投资 总投资 项目投资 研发投入 拟投入研发经费 研发经费 研发预算 经费 经费投入 资金投入 投入预算 拟出资 "
        "拟出资金额 榜单金额 榜金 揭榜金额 悬赏金额 赏金 意向投入金额 意向金额 意向价格 意向资金 需求金额 需求预算 "
        "技术需求预算 合作预算 支付意愿 期望价格 拟支付金额 预计金额 投资额 投资金额",
        money=True,
    ),
    hidden("budget_negotiable", "预算面议 是否面议", read=values.yes_no),
    Column(
        "deadline",
        "需求时限",
        days.deadline,
        "需求截止时间 需求截止日期 截止日期 截止时间 期望完成时间 完成期限 止年 "
        "需求时限止年 解决期限 期望解决时间 完成时限 需求期限 时限 需求时限截止年 需求时限-截止年 截止年 终止年 完成时间 "
        "要求完成时间 预期完成时间 计划完成时间 拟完成时间 完成日期 期望解决期限 解决时限 时限要求 解决时间 需求解决期限 "
        "需求解决时间 需求时间 期望时间 攻关期限 攻关周期 研发周期 实施期限 实施周期 项目周期 项目期限 项目起止时间 "
        "项目结束时间 起止时间 起止年限 期限 周期 需求截止 截止 揭榜截止时间 有效时限",
        "最迟何时要用上；可写起年—止年，如 2026—2028",
        "2027-06-30",
    ),
    choice("urgency", "紧急程度", Urgency, "优先级 需求等级 需求紧急程度 急迫程度 紧迫程度 需求紧迫程度 紧迫性 紧急性"),
    *FIELD_COLUMNS,
    Column(
        "industry_code",
        "国民经济行业",
        places.industry,
        "行业代码 所属行业 需求技术应用行业 应用行业 行业 国民经济行业代码 行业类别 行业分类 企业所属行业 需求所属行业 "
        "行业领域 所属行业领域 所属国民经济行业 所属行业分类 技术应用行业 行业名称",
        "GB/T 4754 代码或大类名称",
        "C17",
    ),
    Column(
        "maturity_min",
        "最低技术成熟度",
        values.maturity,
        "成熟度要求 技术成熟度要求 技术成熟度 成熟度 期望技术成熟度 期望成熟度 成熟度等级要求 trl",
        "能接受的最低等级 1—9",
        "5",
    ),
    CONFIDENTIALITY_COLUMN,
    REGION_COLUMN,
    PARK_COLUMN,
    choice("posting_channel", "来源渠道", PostingChannel, "需求来源 来源"),
    Column("campaign", "征集批次", values.text, "批次 征集活动", "", "2026年第一批"),
    VALID_UNTIL_COLUMN,
    *CONTACT_COLUMNS,
    hidden("status", "状态 需求状态", read=values.one_of(NeedStatus)),
    hidden("poster_hidden", "是否匿名 匿名发布 是否匿名发布 匿名 是否隐藏单位名称 是否隐藏企业名称", read=is_anonymous),
    hidden("enterprise_name"),
    hidden("poster_name"),
    hidden("elements", read=lambda cell: values.structured(cell) or cell),
)
