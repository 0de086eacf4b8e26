"""`/contracts/{id}/precheck`: what the registry would find, what it asks, and the national form filled in."""

from typing import Annotated, Literal

from fastapi import APIRouter, Body, Response
from fastapi.openapi.models import Example
from pydantic import BaseModel, Field
from sqlmodel import Session

from matchmaker.contracts import readable_contract
from matchmaker.contracts.checks import OVERRIDABLE, Finding, Level
from matchmaker.models.base import OUTSIDE
from matchmaker.models.contract import TechnologyContract
from matchmaker.precheck import answer, national_form, override
from matchmaker.precheck import precheck as prechecked
from matchmaker.rights import Actor
from matchmaker.web.api.contract_editing import EditingDep
from matchmaker.web.api.contract_shapes import Version
from matchmaker.web.api.imports import FILE_ANSWER
from matchmaker.web.api.shapes import RecordId
from matchmaker.web.dependencies import DatabaseDep, KnownActor, SessionDep
from matchmaker.web.readings import FORM_TAKEN, note_download
from matchmaker.web.workbook import XLSX

router = APIRouter(prefix="/contracts/{record_id}", tags=["contracts"])

Code = Annotated[str, Field(min_length=1, max_length=60)]
ANSWERED: dict[str, Example] = {
    "answers": {
        "summary": "对一处须确认的说明理由",
        "value": {"version": 1, "overrides": {"V16": "金额已与合同文本核对"}},
    },
}


class FindingShown(BaseModel):
    """One thing the pre-check found."""

    rule: str = Field(examples=["V1"])
    level: Level
    level_label: str = Field(examples=["须改正"])
    subject: str = Field(description="哪一方面", examples=["金额"])
    sentence: str
    repair: str = Field(description="怎样改")
    source: str = Field(description="依据")
    field: str = Field(description="有关的字段")
    explained_as: str = Field(description="可说明理由的，`overrides` 中的键；空即不可", examples=["V16"])

    @classmethod
    def of(cls, subject: str, found: Finding) -> "FindingShown":
        return cls(
            rule=found.rule,
            level=found.level,
            level_label=found.level.label,
            subject=subject,
            sentence=found.sentence,
            repair=found.repair,
            source=found.source,
            field=found.field.removesuffix("_fen"),
            explained_as=found.confirmed_as if found.rule in OVERRIDABLE else "",
        )


class QuestionShown(BaseModel):
    code: str
    text: str
    answer: str = Field(description="yes、no、unknown；空即未回答")
    source: str


class PaperShown(BaseModel):
    code: str
    label: str
    note: str
    is_attached: bool
    is_sure: bool = Field(description="这份合同必须提交；否则视情况")


class PrecheckShown(BaseModel):
    """What stands against an application at the registry. The registry decides, not the platform."""

    verdict: str = Field(examples=["有 2 处须改正"])
    errors: int = Field(description="须改正的处数")
    warnings: int = Field(description="须确认的处数")
    findings: list[FindingShown]
    questions: list[QuestionShown]
    papers: list[PaperShown]
    applicant: str = Field(description="由谁、向哪里申请")
    until: str = Field(description="期限")

    @classmethod
    def of(cls, session: Session, contract: TechnologyContract, reader: Actor) -> "PrecheckShown":
        found = prechecked(session, contract, reader=reader)
        return cls(
            verdict=found.verdict,
            errors=found.errors,
            warnings=found.warnings,
            findings=[FindingShown.of(group.title, one) for group in found.groups for one in group.findings],
            questions=[
                QuestionShown(
                    code=one.question.code, text=one.question.text, answer=one.given, source=one.question.source
                )
                for one in found.asked
            ],
            papers=[
                PaperShown(
                    code=one.paper.code,
                    label=one.paper.label,
                    note=one.paper.note,
                    is_attached=one.is_attached,
                    is_sure=one.is_sure,
                )
                for one in found.papers
            ],
            applicant=found.applicant,
            until=found.until,
        )


class SentAnswers(BaseModel):
    """Answers to the questions, and why warnings are right as they are."""

    model_config = OUTSIDE

    version: Version = None
    answers: dict[Code, Literal["yes", "no", "unknown"]] = Field(
        default_factory=dict, max_length=50, description="问题代码 → 回答；没有写的不变"
    )
    overrides: dict[Code, Annotated[str, Field(max_length=1000)]] = Field(
        default_factory=dict, max_length=20, description="提示的 `explained_as` → 为何无须改；空即撤回说明"
    )


@router.get("/precheck", summary="申请登记前的预检")
def read_precheck(session: SessionDep, reader: KnownActor, record_id: RecordId) -> PrecheckShown:
    """逐条说明哪里须改正或确认、怎样改、依据；资格问题、应备材料、由谁申请和期限。"""
    return PrecheckShown.of(session, readable_contract(session, record_id, reader), reader)


@router.post("/precheck", summary="回答预检的问题")
def answer_precheck(
    editing: EditingDep, sent: Annotated[SentAnswers, Body(openapi_examples=ANSWERED)]
) -> PrecheckShown:
    """记录对资格问题的回答，和对须确认之处的说明；答复为新的预检结果。"""
    contract = editing.contract(sent.version)
    if sent.answers:
        answer(editing.session, contract, sent.answers, by=editing.by)
    for rule, reason in sent.overrides.items():
        override(editing.session, contract, rule, reason, by=editing.by)
    editing.session.flush()
    editing.tag(contract)
    return PrecheckShown.of(editing.session, contract, editing.by)


@router.get("/form.xlsx", summary="下载技术合同登记表", response_class=Response, responses=FILE_ANSWER)
def download_registration_form(
    session: SessionDep, database: DatabaseDep, reader: KnownActor, record_id: RecordId
) -> Response:
    """按国家登记表的顺序填好，附材料清单；供向登记机构申请时使用。"""
    contract = readable_contract(session, record_id, reader)
    content = national_form(session, contract)
    note_download(database, contract, reader, FORM_TAKEN)
    headers = {"Content-Disposition": f'attachment; filename="contract-{contract.id}-form.xlsx"'}
    return Response(content, media_type=XLSX, headers=headers)
