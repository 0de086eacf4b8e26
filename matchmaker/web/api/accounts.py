"""`/account`: who am I, and the keys of one's own programs."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from matchmaker.accounts import organisations_of
from matchmaker.accounts.people import own_account
from matchmaker.accounts.sessions import add_key, own_keys, revoke_key
from matchmaker.models.account import ApiKey, Role, Scope
from matchmaker.rights import Right
from matchmaker.web.api.paging import Whole
from matchmaker.web.api.shapes import LARGEST_ID
from matchmaker.web.dependencies import KnownActor, SessionDep

router = APIRouter(prefix="/account", tags=["account"])


class OwnAccount(BaseModel):
    id: int
    login_name: str
    name: str
    role: Role
    role_label: str = Field(description="角色的中文名称", examples=["企业用户"])
    organisation: str = Field(description="所属单位；没有时为空")
    region_code: str | None = Field(description="县市区科技局账号所管的县市区")
    rights: list[Right] = Field(description="这次请求可用的权限：不超出账号的权限和密钥的使用范围")


class Key(BaseModel):
    """One API key, without its secret."""

    id: int
    name: str
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime | None = Field(description="到期时间；长期有效时为 null")
    last_used_at: datetime | None = Field(description="最近一次使用，精确到分钟；尚未使用时为 null")


class KeyList(Whole):
    items: list[Key]


class NewKey(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=60, description="哪个程序使用", examples=["每日导入"])
    scopes: list[Scope] = Field(min_length=1, max_length=len(Scope), examples=[["read", "import"]])
    expires_at: AwareDatetime | None = Field(default=None, description="到期时间，须带时区；不给为长期有效")


class MadeKey(Key):
    secret: str = Field(description="密钥，只在这次答复中给出")


@router.get("", summary="当前账号")
def read_account(session: SessionDep, actor: KnownActor) -> OwnAccount:
    """密钥或登录所属的账号，以及这次请求可用的权限。"""
    account = own_account(session, actor)
    return OwnAccount(
        id=account.id or 0,
        login_name=account.login_name,
        name=account.name,
        role=account.role,
        role_label=account.role.label,
        organisation=organisations_of(session, [account])[account.id or 0],
        region_code=account.region_code,
        rights=[right for right in Right if actor.may(right)],
    )


@router.get("/keys", summary="我的接口密钥")
def list_keys(session: SessionDep, actor: KnownActor) -> KeyList:
    """仍然有效的密钥，新的在前；不含密钥本身。"""
    return KeyList(items=[Key(**_key(one)) for one in own_keys(session, actor)])


@router.post("/keys", status_code=201, summary="生成接口密钥")
def make_key(session: SessionDep, actor: KnownActor, new: NewKey) -> MadeKey:
    """`secret` 只在这次答复中给出。程序须有 manage 使用范围，且新密钥的使用范围不能超出它自己的。"""
    key, secret = add_key(session, name=new.name, scopes=new.scopes, expires_at=new.expires_at, by=actor)
    return MadeKey(**_key(key), secret=secret)


@router.delete("/keys/{key_id}", status_code=204, summary="停用接口密钥")
def remove_key(session: SessionDep, actor: KnownActor, key_id: Annotated[int, Path(ge=1, le=LARGEST_ID)]) -> None:
    """立即失效。只能停用自己的密钥，他人的为 404。"""
    revoke_key(session, key_id, by=actor)


def _key(key: ApiKey) -> dict[str, Any]:
    return {name: getattr(key, name) for name in Key.model_fields}
