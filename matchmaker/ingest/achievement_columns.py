"""The columns of a table of achievements 科技成果登记/发布表."""

from dataclasses import replace

from matchmaker.ingest import days, identifiers, places, technical, values
from matchmaker.ingest.fields import (
    CONFIDENTIALITY_COLUMN,
    CONTACT_COLUMNS,
    CREDIT_CODE_HEADINGS,
    ELEMENT_COLUMNS,
    FIELD_COLUMNS,
    KEYWORDS_COLUMN,
    MODES_COLUMN,
    REGION_COLUMN,
    VALID_UNTIL_COLUMN,
    Column,
    choice,
    hidden,
    labels,
)
from matchmaker.models.labels import AchievementStatus, PriceMode, Stage

ACHIEVEMENT_COLUMNS = (
    Column(
        "source_id",
        "成果编号",
        identifiers.number,
        "成果编码 成果id 科技成果编号 成果序列号 achievement_id id 项目编号 编号",
        "同一编号再次导入即更新，不会重复",
        "CG-2026-001",
    ),
    Column(
        "title",
        "成果名称",
        values.line,
        "科技成果名称 技术成果名称 成果标题 成果题目 科技成果 成果项目名称 转化成果名称 拟转化成果名称 推介成果名称 发布成果名称 "
        "成果(技术)名称 成果(项目)名称 技术(成果)名称 技术名称 专利名称 发明名称 专利(技术)名称 知识产权名称 项目名称 成果 名称 标题 题目",
        "",
        "聚乳酸无纺布低温等离子体抗菌整理",
        required=True,
    ),
    Column(
        "owner",
        "完成单位",
        values.line,
        "成果完成单位 第一完成单位 主要完成单位 完成单位名称 成果持有单位 成果持有人 成果持有方 持有单位 持有人 成果所有人 "
        "成果权属单位 成果所属单位 成果单位 成果方 成果所有单位 权属单位 成果拥有单位 成果来源单位 成果来源 研发单位 研制单位 "
        "拥有单位 技术持有方 技术持有单位 技术供给方 技术拥有方 技术提供方 供给方 供方 供给单位 成果供给方 专利权人 专利权利人 "
        "当前专利权人 权利人 专利申请人 申请人 申请(专利权)人 专利权人(申请人) 所有权人 依托单位 承担单位 发布单位 "
        "推荐院校 高校院所 高校名称 高校 院校 院校名称 学校 学校名称 单位(高校)名称 科研单位 机构名称 机构全称 所属单位 所在单位 所属高校 "
        "单位全称 单位名称 申报单位 填报单位 单位 第一申请人",
        "高校院所或企业全称，多个用；分隔",
        "某某大学",
        required=True,
    ),
    Column(
        "summary",
        "成果简介",
        values.text,
        "成果介绍 成果概述 项目简介 技术简介 简介 摘要 成果内容 内容简介 成果描述 "
        "成果摘要 项目介绍 技术介绍 成果基本情况 成果情况 成果说明 成果简述 成果内容简介 "
        "成果介绍及应用 成果简要介绍 科技成果简介 技术概述 技术概况 技术内容 主要技术内容 技术摘要 技术方案 项目概况 项目概述 "
        "项目内容 主要内容 内容 成果详情 详情 描述 详细介绍 详细描述 基本情况 成果技术简介 技术成果简介 说明书摘要 专利摘要 专利简介 body abstract",
        "第一句话说明是什么，300 字左右",
        "一种在 60℃ 以下完成的无纺布抗菌整理工艺",
        required=True,
    ),
    Column(
        "problem_solved",
        "解决的问题",
        values.text,
        "解决的技术问题 解决问题 拟解决的问题 解决的主要问题 解决的技术难题 解决的关键问题 主要解决的问题 要解决的问题 解决痛点 行业痛点",
        "替代或改进了什么",
    ),
    Column(
        "principle",
        "技术原理与创新点",
        values.text,
        "创新点 技术原理 主要创新点 技术创新点 技术特点 成果创新点 原理 技术创新 创新性 技术优势 主要创新 创新内容 关键技术 核心技术 "
        "技术关键 技术先进性 先进性 特点 成果特点 技术特点及创新点 主要技术特点 创新点及优势 优势 技术亮点 成果亮点 项目优势",
        "怎样做到的，新在哪里",
    ),
    Column(
        "indicators",
        "技术指标",
        technical.reached_indicators,
        "主要技术指标 性能指标 主要指标 技术参数 达到的指标 主要技术参数 主要技术经济指标 技术经济指标 主要性能指标 "
        "关键指标 指标 主要技术性能指标 技术性能 性能参数 成果指标",
        "每项写名称、数值、单位，用；分隔",
        "抑菌率99.5%；能耗0.8kWh/kg",
    ),
    Column(
        "economic_comparison",
        "经济性比较",
        values.text,
        "经济效益 经济性 经济比较 效益分析 经济效益分析 社会经济效益 经济社会效益 "
        "效益 预期效益 市场前景 预期经济效益 推广前景 应用前景 市场分析",
        "与现有最好方案相比",
    ),
    *ELEMENT_COLUMNS,
    KEYWORDS_COLUMN,
    Column(
        "stage",
        "所处阶段",
        values.stage,
        "成果所处阶段 成果阶段 研发阶段 成熟阶段 技术阶段 成果成熟阶段 技术所处阶段 项目阶段 所属阶段 目前阶段 研制阶段 "
        "产业化阶段 转化阶段 开发阶段 技术成熟阶段 成果状况 阶段",
        options=labels(Stage),
    ),
    Column(
        "maturity_level",
        "技术成熟度",
        values.maturity_reached,
        "成熟度 技术成熟度等级 成熟度等级 trl 成果成熟度 技术成熟程度 成熟程度 成熟情况 技术成熟情况 trl等级 技术就绪度 成果技术成熟度",
        "等级 1—9",
        "6",
    ),
    Column("maturity_evidence", "成熟度依据", values.text, "成熟度证明 成熟度说明", "做过哪些试验、在哪里用过"),
    hidden("maturity_assessor", "成熟度评价机构 评价机构"),
    hidden("maturity_assessed_on", "成熟度评价日期 评价日期", read=days.day),
    Column(
        "intellectual_property",
        "知识产权",
        technical.rights,
        "知识产权情况 专利号 专利情况 知识产权状况 专利 知识产权类型 专利及知识产权 "
        "专利名称及专利号 专利情况及编号 专利类型 专利号或申请号 专利(申请)号 专利申请号 知识产权号 知识产权编号 "
        "知识产权名称及编号 专利授权号 相关专利 知识产权形式 知识产权证明",
        "种类、号码、状态，多项用；分隔",
        "发明专利 ZL202010000000.1 授权；实用新型 2项 授权",
    ),
    hidden("exclusive_licence_given", "是否已独占许可 已独占许可", read=values.yes_no),
    hidden("pledged", "是否质押 已质押", read=values.yes_no),
    replace(MODES_COLUMN, example="技术转让、技术许可"),
    choice("price_mode", "定价方式", PriceMode, "价格方式 报价方式 定价形式 计价方式"),
    Column(
        "price",
        "转让价格（万元）",
        values.text,
        "价格 报价 转让价 意向价格 期望价格 转让费 转化价格 挂牌价 定价 参考价格 "
        "转让金额 转让费用 意向金额 意向转让价格 意向交易价格 交易价格 意向交易额 期望转让价格 期望金额 拟转让价格 拟转让金额 "
        "预期价格 参考报价 挂牌价格 挂牌金额 转化金额 拟转化金额 评估价 评估价值 估价 成果价格 成果估值 技术估值 许可费 许可价格 "
        "许可费用 转让(许可)价格 合作价格 金额",
        "一个数，或填面议",
        "80",
        money=True,
    ),
    *FIELD_COLUMNS,
    Column(
        "industry_codes",
        "应用行业",
        places.industries,
        "国民经济行业 行业代码 所属行业 行业 industry_code 应用的国民经济行业 行业分类 行业类别 行业领域 所属行业领域 "
        "应用行业领域 适用行业 可应用行业 服务行业 所属国民经济行业",
        "GB/T 4754 代码或大类名称，多个用、分隔",
        "C17",
        several=True,
    ),
    replace(
        REGION_COLUMN,
        synonyms=f"{REGION_COLUMN.synonyms} 单位所在地 成果所在地 持有单位所在地 完成单位所在地",
        meaning="完成单位所在地；外地请写全称，如 江苏省南京市鼓楼区",
    ),
    Column(
        "registered_number",
        "成果登记号",
        identifiers.exact_text,
        "登记号 批准登记号 登记编号 科技成果登记号",
        "12 位，没有登记可不填",
    ),
    Column("registered_on", "登记日期", days.day, "批准登记日期 成果登记日期 登记时间", "", "2026-03-01"),
    Column("awards", "获奖情况", values.sentences, "获奖 奖励情况 所获奖励", "多项用；分隔", several=True),
    Column(
        "applied_cases",
        "应用案例",
        values.text,
        "应用情况 推广应用情况 应用状态 转化应用情况 典型案例 应用范围 应用推广情况 "
        "转化情况 成果转化情况 已应用情况 应用实例 示范应用情况 推广情况 应用示范情况 产业化情况 已转化案例 转化案例 成功案例 合作案例",
        "在哪里用过、效果如何",
    ),
    Column(
        "completed_on",
        "完成日期",
        days.day,
        "完成时间 成果完成时间 成果完成日期 完成年月 完成年份 研发完成时间 结题时间",
        "",
        "2025-06-30",
    ),
    CONFIDENTIALITY_COLUMN,
    VALID_UNTIL_COLUMN,
    Column(
        "team",
        "完成人",
        values.words,
        "成果完成人 发明人 研发团队 团队成员 主要完成人 完成人员 成果负责人 项目负责人 团队负责人 主要研发人员 研发人员 "
        "第一完成人 发明(设计)人 发明设计人 主要发明人 设计人 专家姓名 专家 团队 科研团队 成果团队 主要成员 研究团队",
        "不公开，多人用、分隔",
        several=True,
    ),
    *CONTACT_COLUMNS,
    hidden("status", "状态 成果状态", read=values.one_of(AchievementStatus)),
    hidden("institution_name"),
    hidden("institution_credit_code", f"{CREDIT_CODE_HEADINGS} 统一社会信用代码", read=identifiers.credit_code),
    hidden("enterprise_name", "企业名称"),
    hidden("enterprise_credit_code", read=identifiers.credit_code),
    hidden("owner_name"),
    hidden("elements", read=lambda cell: values.structured(cell) or cell),
)
