"""Who posts, and for whom: what follows from the role, and what has to be named."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from matchmaker.errors import MalformedRequest, NotAllowed
from matchmaker.models.account import Role
from matchmaker.models.base import checked_credit_code
from matchmaker.models.labels import PosterType, PostingChannel
from matchmaker.models.outbox import RecordKind
from matchmaker.models.party import Enterprise, Institution
from matchmaker.parties import mentioned_enterprise, mentioned_institution
from matchmaker.posting.fields import FORMS
from matchmaker.rights import Actor, Right

_CHANNELS = {
    Role.COMMISSIONER: PostingChannel.COMMISSIONER,
    Role.BROKER: PostingChannel.BROKER,
    Role.DISTRICT_OFFICIAL: PostingChannel.COLLECTED,
    Role.CITY_OFFICIAL: PostingChannel.COLLECTED,
    Role.ADMINISTRATOR: PostingChannel.COLLECTED,
}


@dataclass(frozen=True)
class Poster:
    """Whose record it becomes. Without an organisation it is a department's or a park's, by its name."""

    organisation: Enterprise | Institution | None = None
    name: str = ""
    type: PosterType = PosterType.ENTERPRISE

    @property
    def region_code(self) -> str | None:
        return self.organisation.region_code if self.organisation else None


class UnnamedPoster(MalformedRequest):
    """It has not been said, or not rightly, for whom is posted. `field` is where on the form that is asked."""

    def __init__(self, field: str, detail: str, fix: str) -> None:
        super().__init__(detail, fix)
        self.field = field


def check_may_post(kind: RecordKind, by: Actor) -> None:
    """Raise NotAllowed unless her role posts records of this kind."""
    if not any(by.may(right) for right in FORMS[kind].rights):
        raise NotAllowed(f"您没有发布{kind.label}的权限", "如确需办理，请联系本单位管理员或市科技局")


def posts_for_others(kind: RecordKind, by: Actor) -> bool:
    """Must she name whose record it is? Members of an organisation post their own only."""
    if kind is RecordKind.NEEDS:
        return by.may(Right.POST_FOR_OTHERS)
    return not has_organisation(by)


def has_organisation(by: Actor) -> bool:
    """Does she post in the name of an organisation of her own?"""
    return (by.role is Role.ENTERPRISE and by.enterprise_id is not None) or (
        by.role is Role.INSTITUTION and by.institution_id is not None
    )


def own_organisation(session: Session, by: Actor) -> Enterprise | Institution | None:
    """The organisation in whose name she posts."""
    if by.role is Role.ENTERPRISE:
        return session.get(Enterprise, by.enterprise_id) if by.enterprise_id is not None else None
    if by.role is Role.INSTITUTION:
        return session.get(Institution, by.institution_id) if by.institution_id is not None else None
    return None


def channel_of(by: Actor) -> PostingChannel:
    """Who brings the need in, for the statistics of collecting."""
    return PostingChannel.SELF if by.role is None else _CHANNELS.get(by.role, PostingChannel.SELF)


def poster_of(session: Session, kind: RecordKind, named: Mapping[str, Any], *, by: Actor) -> Poster:
    """Whose record it becomes: her own organisation's, else the one that is named.

    `named` has the keys of the form: enterprise, poster_type, poster_name; owner, owner_type. An organisation nobody
    knows yet is noted. Raises UnnamedPoster, NotAllowed (an account without organisation).
    """
    organisation = own_organisation(session, by)
    if organisation is not None:
        return Poster(organisation, organisation.name)
    if not posts_for_others(kind, by) or (by.role in (Role.ENTERPRISE, Role.INSTITUTION)):
        raise NotAllowed("您的账号没有所属单位", "请联系市科技局为账号补上所属单位")
    return _named_need(session, named, by) if kind is RecordKind.NEEDS else _named_achievement(session, named)


def known_name(session: Session, named: Mapping[str, Any], *, by: Actor) -> Poster:
    """As `poster_of` for looking only: nothing is noted, and what is missing stays empty."""
    organisation = own_organisation(session, by)
    if organisation is not None:
        return Poster(organisation, organisation.name)
    poster_type = _poster_type(named, by)
    names = ("enterprise", "owner") if poster_type is PosterType.ENTERPRISE else ("poster_name",)
    return Poster(None, next((str(named[one]).strip() for one in names if named.get(one)), ""), poster_type)


def _named_need(session: Session, named: Mapping[str, Any], by: Actor) -> Poster:
    poster_type = _poster_type(named, by)
    if poster_type is not PosterType.ENTERPRISE:
        name = str(named.get("poster_name", "")).strip()
        if not name:
            raise UnnamedPoster("poster_name", f"没有写明{poster_type.label}名称", "请填写部门或园区的全称")
        return Poster(None, name, poster_type)
    enterprise = mentioned_enterprise(session, *_name_or_code("enterprise", named))
    if enterprise is None:
        raise UnnamedPoster(
            "enterprise", "没有写明是哪家企业的需求", "请填企业全称；统一社会信用代码未登记过的也请填全称"
        )
    return Poster(enterprise, enterprise.name)


def _named_achievement(session: Session, named: Mapping[str, Any]) -> Poster:
    name, code = _name_or_code("owner", named)
    mentioned = mentioned_enterprise if named.get("owner_type") == "enterprise" else mentioned_institution
    owner = mentioned(session, name, code)
    if owner is None:
        raise UnnamedPoster("owner", "没有写明完成单位", "请填完成单位全称；统一社会信用代码未登记过的也请填全称")
    return Poster(owner, owner.name)


def _poster_type(named: Mapping[str, Any], by: Actor) -> PosterType:
    """Departments and parks are posted for by officials only."""
    given = str(named.get("poster_type", ""))
    wanted = next((one for one in PosterType if one.value == given), PosterType.ENTERPRISE)
    return wanted if by.is_official else PosterType.ENTERPRISE


def _name_or_code(field: str, named: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """One field of the form takes either; a program may state both (`…_credit_code`)."""
    text = str(named.get(field) or "").strip()
    if code := named.get(f"{field}_credit_code"):
        return text or None, str(code)
    # 18 characters without a Chinese one: a credit code, and never the name of anybody.
    if len(text) == 18 and text.isascii():
        try:
            return None, checked_credit_code(text)
        except ValueError as error:
            raise UnnamedPoster(field, str(error), "或改填单位全称") from error
    if text and not 2 <= len(text) <= 200:
        raise UnnamedPoster(field, "单位名称应为 2 至 200 个字符", "请填全称")
    return text or None, None
