"""Whose rows somebody may import, and what becomes of them: review for members, the district for its officials."""

from dataclasses import dataclass, replace
from typing import Any, TypeVar

from pydantic import BaseModel
from sqlmodel import Session

from matchmaker.errors import NotAllowed
from matchmaker.ingest import ImportKind, RowRefused, RowSkipped, Written
from matchmaker.models.account import Role
from matchmaker.models.achievement import Achievement, AchievementCreate
from matchmaker.models.base import now
from matchmaker.models.contract import TechnologyContract
from matchmaker.models.contract_shapes import ContractCreate
from matchmaker.models.labels import AchievementStatus, NeedStatus, PostingChannel
from matchmaker.models.need import NeedCreate, TechnologyNeed
from matchmaker.models.party import Enterprise, Institution
from matchmaker.models.upload import WriteMode
from matchmaker.parties import MENTIONED
from matchmaker.records import Outcome, write_values
from matchmaker.rights import Actor, Right

S = TypeVar("S", bound=BaseModel)

# The review note of records that were taken out again with their batch: importing them again brings them back.
UNDONE_NOTE = "所属的批量导入已撤销"

_POSTED = (ImportKind.NEEDS, ImportKind.ACHIEVEMENTS)
_PARTIES = (ImportKind.ENTERPRISES, ImportKind.INSTITUTIONS)
_REGISTERS = (ImportKind.BROKERS, ImportKind.BROKERAGES)
# Lists of the office itself: nobody else brings in contracts of others in bulk.
_LEDGERS = (ImportKind.CONTRACTS, ImportKind.ACHIEVEMENT_REGISTRATIONS, ImportKind.SIGNINGS)
# What a member may still change by a file: nobody has approved it yet.
_UNREVIEWED = ("draft", "pending", "returned")


def kinds_for(actor: Actor) -> tuple[ImportKind, ...]:
    """What somebody may import at all; nothing without the right."""
    if not actor.may(Right.IMPORT):
        return ()
    if actor.is_official:
        # Of her role, not of her key: its scope for importing is for whatever she imports.
        registers = _REGISTERS if actor.has(Right.MANAGE_BROKERS) else ()
        ledgers = _LEDGERS if actor.has(Right.RECORD_REGISTRATIONS) else ()
        return (*_POSTED, *_PARTIES, *registers, *ledgers)
    if actor.role is Role.ENTERPRISE and actor.enterprise_id is not None:
        return _POSTED
    return (ImportKind.ACHIEVEMENTS,) if actor.institution_id is not None else ()


def source_of(actor: Actor, kind: ImportKind) -> str:
    """First half of the natural key of imported rows: nobody's numbers collide with those of somebody else.

    City officials and the administrator share the key of `matchmaker ingest`: the same table is the same records.
    """
    if actor.enterprise_id is not None:
        return f"import:{kind.value}:enterprise-{actor.enterprise_id}"
    if actor.institution_id is not None:
        return f"import:{kind.value}:institution-{actor.institution_id}"
    if actor.oversees_everything:
        return f"import:{kind.value}"
    return f"import:{kind.value}:{actor.region_code}"


@dataclass(frozen=True)
class Admission:
    """The rules for one person's rows. `own` is a member's organisation, None for officials."""

    actor: Actor
    mode: WriteMode
    own: Enterprise | Institution | None = None

    def admit(self, create: BaseModel) -> BaseModel:
        """The shape as this person may write it. Raises RowRefused."""
        if self.own is not None:
            return self._of_own(create, self.own)
        return self._in_district(create)

    def settle(self, written: Written) -> Written:
        """After the record was written: its status, and whether it may be written at all. Raises RowRefused, RowSkipped."""
        record, before = written.record, written.before or {}
        is_new = written.outcome is Outcome.ADDED or before.get("source") == MENTIONED
        if is_new and self.mode is WriteMode.UPDATE_ONLY:
            raise RowSkipped
        if not is_new and written.outcome is Outcome.CHANGED and self.mode is WriteMode.INSERT_ONLY:
            raise RowSkipped
        self._check_district(written, before)
        if isinstance(record, TechnologyNeed | Achievement):
            self._check_owner(record)
            return self._with_status(record, written, before)
        return written

    def _of_own(self, create: BaseModel, own: Enterprise | Institution) -> BaseModel:
        name, code = own.name, own.credit_code
        repair = f"请填“{name}”，或留空；只能导入本单位的内容"
        if isinstance(create, NeedCreate):
            self._must_name(own, (create.enterprise_name, create.poster_name), create.enterprise_credit_code, repair)
            return _unreviewed(create, enterprise_name=name, enterprise_credit_code=code)
        if not isinstance(create, AchievementCreate):
            raise RowRefused("", "这类内容由主管部门导入", "请改为导入技术需求或科技成果")
        named = (create.institution_name, create.enterprise_name, create.owner_name)
        parties = dict.fromkeys(
            ("institution_name", "institution_credit_code", "enterprise_name", "enterprise_credit_code")
        )
        if isinstance(own, Institution):
            self._must_name(own, named, create.institution_credit_code, repair)
            return _unreviewed(create, **{**parties, "institution_name": name, "institution_credit_code": code})
        self._must_name(own, named, create.enterprise_credit_code, repair)
        return _unreviewed(create, **{**parties, "enterprise_name": name, "enterprise_credit_code": code})

    @staticmethod
    def _must_name(own: Enterprise | Institution, named: tuple[str | None, ...], code: str | None, repair: str) -> None:
        field = "poster" if len(named) == 2 else "owner"
        stated = [one for one in named if one]
        if stated and not any(own.name in one for one in stated):
            raise RowRefused(field, "不是本单位的全称", repair)
        if code and own.credit_code and code != own.credit_code:
            raise RowRefused(field, "统一社会信用代码不是本单位的", "请核对信用代码，或留空")

    def _in_district(self, create: BaseModel) -> BaseModel:
        """District officials: the region is theirs, or not stated and then becomes theirs."""
        if self.actor.oversees_everything:
            return create
        if isinstance(create, ContractCreate):
            if not any(self.actor.oversees(one) for one in (create.seller_region_code, create.buyer_region_code)):
                raise RowRefused(
                    "seller_region_code",
                    "卖方和买方都不在您的辖区",
                    "请由所在县市区或市科技局导入；或核对双方的行政区划",
                )
            return create
        if "region_code" not in type(create).model_fields:
            return create
        stated: str | None = getattr(create, "region_code")  # noqa: B009 — the shapes have no common type
        if not stated:
            return create.model_copy(update={"region_code": self.actor.region_code})
        if not self.actor.oversees(stated):
            raise RowRefused("region_code", "不在您的辖区", "请删去这一行，由所在县市区导入；或核对所在县市区")
        return create

    def _check_district(self, written: Written, before: dict[str, Any]) -> None:
        if not self.actor.is_official or self.actor.oversees_everything or written.outcome is not Outcome.CHANGED:
            return
        names: tuple[str, ...] = ("region_code",)
        if isinstance(written.record, TechnologyContract):
            names = ("seller_region_code", "buyer_region_code")
        former = [before.get(name, getattr(written.record, name, None)) for name in names]
        if any(former) and not any(self.actor.oversees(one) for one in former):
            raise RowRefused("", "已有的这条记录属于其他县市区，不能由您更新", "请联系所在县市区或市科技局")

    def _check_owner(self, record: TechnologyNeed | Achievement) -> None:
        """A namesake without a credit code may have been found instead of the member's organisation."""
        if self.own is None:
            return
        is_own = (
            record.institution_id == self.own.id
            if isinstance(self.own, Institution) and isinstance(record, Achievement)
            else record.enterprise_id == self.own.id
        )
        if not is_own:
            raise RowRefused("", "平台上有与本单位同名的单位", "请先补填本单位的统一社会信用代码，或联系市科技局")

    def _with_status(self, record: TechnologyNeed | Achievement, written: Written, before: dict[str, Any]) -> Written:
        statuses = NeedStatus if isinstance(record, TechnologyNeed) else AchievementStatus
        was_undone = record.status == statuses.WITHDRAWN and record.review_note == UNDONE_NOTE
        if written.outcome is Outcome.ADDED:
            if isinstance(record, TechnologyNeed) and record.posting_channel is None:
                record.posting_channel = PostingChannel.IMPORTED
            if self.own is not None:
                record.status, record.published_at = statuses.PENDING, None
        elif self.own is not None and written.outcome is Outcome.CHANGED:
            if not was_undone and record.status not in _UNREVIEWED:
                raise RowRefused("", "这条已经审核发布，不能用导入覆盖", "请在记录的页面修改，变更经审核后生效")
            if not was_undone:
                record.status = statuses.PENDING
        if not was_undone:
            return written
        back = {"status": statuses.PENDING if self.own is not None else statuses.PUBLISHED, "review_note": ""}
        former = {"status": record.status, "review_note": record.review_note}
        write_values(record, back)
        if record.status == statuses.PUBLISHED:
            record.published_at = record.published_at or now()
        return replace(written, outcome=Outcome.CHANGED, before={**former, **before})


def admission(session: Session, kind: ImportKind, mode: WriteMode, *, by: Actor) -> Admission:
    """The rules for this person's rows. Raises NotAllowed."""
    if kind not in kinds_for(by):
        raise NotAllowed(f"您不能导入{kind.label}", "请选择本单位可以导入的内容，或联系主管部门")
    if by.is_official:
        return Admission(by, mode)
    if by.role is Role.ENTERPRISE:
        return Admission(by, mode, session.get_one(Enterprise, by.enterprise_id))
    return Admission(by, mode, session.get_one(Institution, by.institution_id))


def _unreviewed(create: S, **values: Any) -> S:
    """The shape with these values; what a file says of its own status counts for nothing."""
    copy = create.model_copy(update=values)
    copy.model_fields_set.discard("status")
    return copy
