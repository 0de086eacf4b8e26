"""Payloads of the API's documentation; each one runs as it stands (a test posts them all)."""

from fastapi.openapi.models import Example

NEW_NEEDS: dict[str, Example] = {
    "minimal": {
        "summary": "最少内容",
        "value": {
            "title": "玉米秸秆制备可降解包装材料",
            "description": "希望把本地玉米秸秆加工成可降解的食品包装材料，替代现用的塑料托盘。",
        },
    },
    "full": {
        "summary": "带指标、预算和联系人",
        "value": {
            "title": "低温条件下污水脱氮工艺改造",
            "need_type": "工艺改进",
            "problem": "冬季水温低于 10 ℃ 时总氮去除率明显下降，出水不稳定。",
            "goal": "全年稳定达标，吨水电耗不增加。",
            "key_indicators": [{"name": "出水总氮", "operator": "<=", "target": "10", "unit": "mg/L", "current": "18"}],
            "keywords": ["低温脱氮", "污水处理"],
            "cooperation_modes": ["合作开发", "技术服务"],
            "budget_min": "300000.00",
            "budget_max": "800000.00",
            "enterprise_name": "澄湖水务示例有限公司",
            "contact_name": "联系人甲",
            "contact_phone": "0000-0000000",
        },
    },
}

NEED_CHANGES: dict[str, Example] = {
    "change": {"summary": "改截止日期和紧急程度", "value": {"version": 1, "deadline": "2027-06-30", "urgency": "紧急"}},
    "withdraw": {"summary": "撤回这条需求", "value": {"version": 1, "status": "withdrawn"}},
}

NEW_ACHIEVEMENTS: dict[str, Example] = {
    "minimal": {
        "summary": "最少内容",
        "value": {"title": "秸秆纤维模塑成型技术", "summary": "以农作物秸秆为原料制备可降解餐盒和托盘。"},
    },
    "full": {
        "summary": "带指标、成熟度和知识产权",
        "value": {
            "title": "耐低温反硝化菌剂及投加工艺",
            "summary": "筛选得到在 5 ℃ 仍有活性的反硝化菌，配套载体和投加方法。",
            "problem_solved": "冬季污水处理脱氮效率低。",
            "indicators": [{"name": "总氮去除率", "value": "85", "unit": "%", "best_existing": "60%"}],
            "stage": "中试",
            "maturity_level": 6,
            "intellectual_property": [{"type": "发明专利", "number": "ZL000000000000.0", "status": "授权"}],
            "cooperation_modes": ["技术许可", "技术服务"],
            "price_mode": "面议",
            "institution_name": "澄湖示例大学",
        },
    },
}

ACHIEVEMENT_CHANGES: dict[str, Example] = {
    "change": {"summary": "更新成熟阶段", "value": {"version": 1, "stage": "产业化", "maturity_level": 8}},
    "withdraw": {"summary": "撤回这项成果", "value": {"version": 1, "status": "withdrawn"}},
}

NEW_ENTERPRISES: dict[str, Example] = {
    "minimal": {
        "summary": "一家企业",
        "value": {
            "name": "澄湖绿色包装示例有限公司",
            "main_products": "纸浆模塑包装",
            "qualifications": ["高新技术企业"],
        },
    },
}

ENTERPRISE_CHANGES: dict[str, Example] = {
    "change": {"summary": "更新主要产品", "value": {"version": 1, "main_products": "纸浆模塑包装、可降解餐具"}},
}

NEW_INSTITUTIONS: dict[str, Example] = {
    "minimal": {
        "summary": "一所高校",
        "value": {"name": "澄湖理工示例学院", "institution_type": "高校", "research_fields": "环境工程、材料工程"},
    },
}

INSTITUTION_CHANGES: dict[str, Example] = {
    "change": {"summary": "更新研究方向", "value": {"version": 1, "research_fields": "环境工程、食品工程"}},
}
