"""The two forms, field by field: what kind of field each is, what it is called, and what it becomes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from matchmaker.models.achievement import ACHIEVEMENT_DISCLOSABLE, Achievement, AchievementCreate, AchievementUpdate
from matchmaker.models.labels import Confidentiality, Operator
from matchmaker.models.need import NEED_DISCLOSABLE, NeedCreate, NeedUpdate, TechnologyNeed
from matchmaker.models.outbox import RecordKind
from matchmaker.models.parts import ELEMENT_LABELS
from matchmaker.rights import Right

# Under this name a draft keeps the version of the record it was made from; no form has a field of that name.
BASE_VERSION = "base_version"
# Ticked for an amount so large that it is asked back.
AMOUNT_CONFIRMED = "amount_confirmed"


@dataclass(frozen=True)
class Rows:
    """A part that repeats: `columns` maps its fields to names on the form. A row of `choices` alone says nothing."""

    field: str
    columns: Mapping[str, str]
    choices: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()


@dataclass(frozen=True)
class FormFields:
    """One form. Names on the form are those of the shape, except where a mapping says otherwise."""

    table: type[TechnologyNeed] | type[Achievement]
    create: type[NeedCreate] | type[AchievementCreate]
    update: type[NeedUpdate] | type[AchievementUpdate]
    rights: tuple[Right, ...]
    disclosable: Mapping[str, tuple[str, ...]]
    labels: Mapping[str, str]
    texts: tuple[str, ...]
    choices: tuple[str, ...]
    defaulted: Mapping[str, str]
    flags: tuple[str, ...]
    ticked: tuple[str, ...]
    lines: tuple[str, ...]
    words: tuple[str, ...]
    dates: tuple[str, ...]
    money: Mapping[str, str]
    rows: tuple[Rows, ...]
    # Of the form only: who posts for whom.
    poster: tuple[str, ...] = field(default=())

    @cached_property
    def single_names(self) -> frozenset[str]:
        """Names of fields with one value."""
        return frozenset(
            (
                *self.texts,
                *self.choices,
                *self.defaulted,
                *self.flags,
                *self.lines,
                *self.words,
                *self.dates,
                *self.money,
                *self.poster,
                AMOUNT_CONFIRMED,
                *(f"element_{name}" for name in ELEMENT_LABELS),
                *(f"disclosure_{name}" for name in self.disclosable),
            )
        )

    @cached_property
    def repeated_names(self) -> frozenset[str]:
        """Names of fields that may come several times."""
        return frozenset((*self.ticked, *(name for rows in self.rows for name in rows.columns.values())))

    @cached_property
    def values(self) -> frozenset[str]:
        """The record's fields that the form states."""
        plain = (*self.texts, *self.choices, *self.defaulted, *self.flags, *self.ticked, *self.lines, *self.words)
        parts = (*self.dates, *self.money.values(), *(rows.field for rows in self.rows), "elements", "disclosure")
        return frozenset((*plain, *parts))

    def on_form(self, name: str) -> str:
        """Where a field of the shape stands on the form: an error of the shape is shown there."""
        return {value: typed for typed, value in self.money.items()}.get(name, name)


_COMMON_CHOICES = ("technology_field", "hitech_field", "emerging_industry", "city_industry", "region_code")

NEED_LABELS = {
    "enterprise": "企业",
    "poster_type": "需求方",
    "poster_name": "部门或园区名称",
    "title": "需求名称",
    "need_type": "需求类型",
    "problem": "主要问题",
    "goal": "预期目标或关键指标",
    "budget_min": "预算下限（万元）",
    "budget_max": "预算上限（万元）",
    "budget_negotiable": "预算面议",
    "budget": "预算",
    "deadline": "期望完成日期",
    "contact_name": "联系人",
    "contact_phone": "联系电话",
    "contact_email": "电子邮箱",
    "key_technology": "所需关键技术",
    "description": "补充说明",
    "key_indicators": "主要指标",
    "elements": "技术要素",
    "must_have": "必须满足",
    "nice_to_have": "希望满足",
    "constraints": "限制条件",
    "cooperation_modes": "合作方式",
    "urgency": "紧急程度",
    "technology_field": "技术领域",
    "hitech_field": "高新技术领域",
    "emerging_industry": "战略性新兴产业",
    "city_industry": "本市产业",
    "industry_code": "国民经济行业",
    "region_code": "所在地区",
    "park": "所在园区",
    "keywords": "关键词",
    "maturity_min": "最低成熟度",
    "valid_until": "有效期至",
    "campaign": "征集批次",
    "confidentiality": "公开程度",
    "disclosure": "分项公开范围",
    "poster_hidden": "匿名发布",
}
ACHIEVEMENT_LABELS = {
    "owner_type": "完成单位类别",
    "owner": "完成单位",
    "title": "成果名称",
    "summary": "成果简介",
    "problem_solved": "解决的问题",
    "principle": "技术原理与创新点",
    "indicators": "技术指标",
    "economic_comparison": "经济性对比",
    "elements": "技术要素",
    "keywords": "关键词",
    "stage": "所处阶段",
    "maturity_level": "技术成熟度",
    "maturity_evidence": "成熟度依据",
    "maturity_assessor": "评价机构",
    "maturity_assessed_on": "评价日期",
    "intellectual_property": "知识产权",
    "exclusive_licence_given": "已有独占许可",
    "pledged": "已质押",
    "cooperation_modes": "合作方式",
    "price_mode": "价格方式",
    "price": "价格（万元）",
    "technology_field": "技术领域",
    "hitech_field": "高新技术领域",
    "emerging_industry": "战略性新兴产业",
    "industry_codes": "国民经济行业",
    "city_industry": "本市产业",
    "region_code": "所在地区",
    "registered_number": "成果登记号",
    "registered_on": "登记日期",
    "awards": "获奖情况",
    "applied_cases": "应用案例",
    "completed_on": "完成日期",
    "team": "团队成员",
    "contact_name": "联系人",
    "contact_phone": "联系电话",
    "contact_email": "电子邮箱",
    "valid_until": "有效期至",
    "confidentiality": "公开程度",
    "disclosure": "分项公开范围",
}

FORMS: dict[RecordKind, FormFields] = {
    RecordKind.NEEDS: FormFields(
        table=TechnologyNeed,
        create=NeedCreate,
        update=NeedUpdate,
        rights=(Right.POST_NEEDS, Right.POST_FOR_OTHERS),
        disclosable=NEED_DISCLOSABLE,
        labels=NEED_LABELS,
        texts=(
            *("title", "problem", "goal", "key_technology", "description", "constraints", "campaign"),
            *("contact_name", "contact_phone", "contact_email"),
        ),
        choices=("need_type", "urgency", "industry_code", "park", "maturity_min", *_COMMON_CHOICES),
        defaulted={"confidentiality": Confidentiality.PUBLIC},
        flags=("budget_negotiable", "poster_hidden"),
        ticked=("cooperation_modes",),
        lines=("must_have", "nice_to_have"),
        words=("keywords",),
        dates=("deadline", "valid_until"),
        money={"budget_min": "budget_min_fen", "budget_max": "budget_max_fen"},
        rows=(
            Rows(
                "key_indicators",
                {name: f"indicator_{name}" for name in ("name", "operator", "target", "unit", "current")},
                choices=frozenset({"operator"}),
            ),
        ),
        poster=("enterprise", "poster_type", "poster_name"),
    ),
    RecordKind.ACHIEVEMENTS: FormFields(
        table=Achievement,
        create=AchievementCreate,
        update=AchievementUpdate,
        rights=(Right.PUBLISH_ACHIEVEMENTS,),
        disclosable=ACHIEVEMENT_DISCLOSABLE,
        labels=ACHIEVEMENT_LABELS,
        texts=(
            *("title", "summary", "problem_solved", "principle", "economic_comparison", "applied_cases"),
            *("maturity_evidence", "maturity_assessor", "contact_name", "contact_phone", "contact_email"),
        ),
        choices=("stage", "maturity_level", "price_mode", "registered_number", *_COMMON_CHOICES),
        defaulted={"confidentiality": Confidentiality.PUBLIC},
        flags=("exclusive_licence_given", "pledged"),
        ticked=("cooperation_modes",),
        lines=("awards", "team"),
        words=("keywords", "industry_codes"),
        dates=("maturity_assessed_on", "registered_on", "completed_on", "valid_until"),
        money={"price": "price_fen"},
        rows=(
            Rows(
                "indicators",
                {name: f"indicator_{name}" for name in ("name", "value", "unit", "best_existing", "comparison")},
            ),
            Rows(
                "intellectual_property",
                {name: f"right_{name}" for name in ("type", "number", "status", "holder", "share")},
                choices=frozenset({"status"}),
                optional=frozenset({"status"}),
            ),
        ),
        poster=("owner_type", "owner"),
    ),
}

# What a blank row of indicators stands at.
FIRST_OPERATOR = Operator.AT_LEAST
