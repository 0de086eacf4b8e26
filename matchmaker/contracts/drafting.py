"""Contracts into the ledger: typed in, made from a match, or from the lists of offices; and changed before registration."""

from typing import Any

from sqlmodel import Session, col, select

from matchmaker.contracts.access import check_acting, is_readable
from matchmaker.contracts.checks_finding import OFFICIALS_ONLY
from matchmaker.contracts.labels import FIELD_LABELS
from matchmaker.contracts.life import IN_FORCE, ContractStep
from matchmaker.contracts.links import fill_links, move_match
from matchmaker.contracts.recording import Told, check_day, put_on_record
from matchmaker.contracts.versions import freeze
from matchmaker.errors import MalformedRequest, NotAllowed, RecordAlreadyExists, RecordLocked
from matchmaker.models.account import Account
from matchmaker.models.contract import ContractFields, PartyDetails, TechnologyContract
from matchmaker.models.contract_shapes import ContractCreate, ContractUpdate, belongs_to
from matchmaker.models.contract_words import ContractStatus, VersionKind
from matchmaker.records import (
    ACTOR,
    Outcome,
    check_version,
    content_key,
    record_by_source,
    stated_values,
    write_values,
)
from matchmaker.rights import PLATFORM, Actor, Right

TYPED_IN = "manual"
# How keys of lists begin (`uploads.rules.source_of`): a contract typed in under one would be taken for the list's own.
_OF_LISTS = "import:"
FIELDS = tuple(ContractFields.model_fields)
# What the registry has fixed: in a registered contract none of it changes without a version.
REGISTERED_FIELDS = (*FIELDS, "registration_number", "registered_on")

_SAME_DEAL = ("seller_name", "buyer_name", "signed_on", "contract_value_fen")
_AMOUNTS = frozenset({"contract_value_fen", "technology_value_fen"})
_SAME_AS = _AMOUNTS | {"title", "signed_on", "seller_name", "buyer_name"}
_CONFIRMED_OF = {"V2": _AMOUNTS, "V16": _AMOUNTS, "V5": _SAME_AS, "V6": _SAME_AS}


def create_contract(
    session: Session, create: ContractCreate, *, by: Actor, is_demo: bool = False
) -> TechnologyContract:
    """A new contract: a draft, or signed where the signing date is known.

    The broker's own contract is hers, an organisation's member must be one of the parties. Raises NotAllowed,
    RecordAlreadyExists (the natural key is taken).
    """
    if not by.may(Right.RECORD_CONTRACTS):
        raise NotAllowed("您不能登记技术合同", "请由合同的一方、承办的经纪人或主管部门登记")
    if create.registration_number or create.registered_on or create.registry_name:
        raise MalformedRequest("新建的合同不能直接写登记编号", "请先建立合同，再由主管部门“记录认定登记”")
    source = create.source or TYPED_IN
    if source.startswith(_OF_LISTS):
        raise MalformedRequest(f"来源不能以“{_OF_LISTS}”开头", "这类来源留给批量导入；请用贵单位系统的名称，或留空")
    source_id = create.source_id or _own_key(session, create)
    if record_by_source(session, TechnologyContract, source, source_id) is not None:
        raise RecordAlreadyExists("这份合同已在台账中", "请从“合同台账”打开它")
    contract = TechnologyContract(
        source=source, source_id=source_id, is_demo=is_demo, posted_by_id=by.account_id, **_values(create)
    )
    contract.status = ContractStatus.SIGNED if contract.signed_on else ContractStatus.DRAFT
    fill_links(session, contract, by=by)
    _check_is_party(contract, by)
    put_on_record(session, contract, ContractStep.CREATE, by, Told(on=contract.signed_on))
    move_match(session, contract, by)
    contract.version = 1
    return contract


def revise_contract(
    session: Session, contract: TechnologyContract, update: ContractUpdate, *, by: Actor
) -> TechnologyContract:
    """Change the given fields of a contract that is not with the registry. Raises VersionConflict, WrongStatus."""
    check_acting(contract, ContractStep.REVISE, by)
    check_version(contract, update.version)
    values = {name: getattr(update, name) for name in update.model_fields_set - {"version"}}
    if _change(contract, values):
        if contract.status is not ContractStatus.DRAFT and contract.signed_on is None:
            raise MalformedRequest("已签订的合同不能没有签订日期", "请填写合同上的签订日期")
        contract.version -= 1  # the step counts it
        fill_links(session, contract, by=by)
        put_on_record(session, contract, ContractStep.REVISE, by)
    return contract


def upsert_contract(
    session: Session,
    create: ContractCreate,
    *,
    is_demo: bool = False,
    posted_by_id: int | None = None,
    is_new: bool = False,
) -> tuple[TechnologyContract, Outcome]:
    """A row of an office's list: the contract of this number or source key, added or brought up to date.

    With number and date it is registered, otherwise signed. What is registered here already is never changed by a
    list: RecordLocked names the fields that differ, and the reconciliation page shows both sides. A number belongs to
    the signed contract of the same deal and title where there is one, unless `is_new` says that this is another; of the
    same deal alone RecordLocked asks. Of a contract that is not the business of whoever the session works for, it says
    no more than that.
    """
    source = create.source or "import:contracts"
    source_id = create.source_id or create.registration_number or _content_id(create)
    if create.registration_number and create.registered_on is None:
        raise MalformedRequest("有登记编号而没有登记日期", "请补填“登记日期”")
    if create.registered_on and not create.registration_number:
        raise MalformedRequest("有登记日期而没有登记编号", "请补填“合同登记编号”")
    contract = _known(session, create, source, source_id)
    if contract is None and create.registration_number and not is_new:
        contract = _waiting_for(session, create)
    if contract is None:
        return _added(session, create, source, source_id, is_demo, posted_by_id), Outcome.ADDED
    if not is_readable(contract, session.info.get(ACTOR, PLATFORM)):
        raise RecordLocked("台账中已有这个编号的合同，不在您的辖区", "请核对编号；无误的，请由市科技局或所在县市区办理")
    stated = stated_values(create, _values(create), ()) | _details(contract, create)
    if contract.status not in (ContractStatus.DRAFT, ContractStatus.SIGNED):
        different = _different(contract, stated | _registration(create))
        if different:
            raise RecordLocked(
                f"台账中的这份合同{contract.status.label}，与表中不一致：{'、'.join(different)}",
                "已登记的内容不随导入改变：请在“对账”页核对后办理变更或更正",
            )
        return contract, Outcome.UNCHANGED
    registers = bool(create.registration_number)
    if not _change(contract, stated) and not registers:
        return contract, Outcome.UNCHANGED
    fill_links(session, contract, by=PLATFORM)
    if contract.status is ContractStatus.DRAFT and contract.signed_on is not None:
        contract.version -= 1  # the step counts it
        put_on_record(session, contract, ContractStep.SIGN, PLATFORM, Told(on=contract.signed_on, note="批量导入"))
        move_match(session, contract, PLATFORM)
    if registers:
        _register(session, contract, create)
    return contract, Outcome.CHANGED


def _added(
    session: Session, create: ContractCreate, source: str, source_id: str, is_demo: bool, posted_by_id: int | None
) -> TechnologyContract:
    contract = TechnologyContract(
        source=source, source_id=source_id, is_demo=is_demo, posted_by_id=posted_by_id, **_values(create)
    )
    contract.status = ContractStatus.SIGNED if contract.signed_on else ContractStatus.DRAFT
    fill_links(session, contract, by=PLATFORM)
    put_on_record(session, contract, ContractStep.CREATE, _poster(session, posted_by_id), Told(note="批量导入"))
    contract.version = 1
    if create.registration_number:
        _register(session, contract, create)
    return contract


def _waiting_for(session: Session, create: ContractCreate) -> TechnologyContract | None:
    """The contract that was signed here and waits for this number: the same deal entered once more would count twice.

    Raises RecordLocked where it only may be the one: another title, several of them, or one that is with the registry.
    """
    table = TechnologyContract
    same = [col(getattr(table, name)) == getattr(create, name) for name in _SAME_DEAL]
    waiting = session.exec(
        select(table)
        .where(*same, col(table.status).in_(IN_FORCE - {ContractStatus.REGISTERED}))
        .order_by(col(table.id))
    ).all()
    reader = session.info.get(ACTOR, PLATFORM)
    found = [one for one in waiting if is_readable(one, reader)]
    if not found:
        return None
    first = found[0]
    if len(found) == 1 and first.title == create.title and first.status is ContractStatus.SIGNED:
        return first
    raise RecordLocked(
        f"台账中有同样双方、签订日期和成交额的合同 {first.id}（{first.status.label}），可能就是这一份",
        "请在那份合同上“记录认定登记”；确是另一份合同的，请在“登记对账”中作为新合同入账",
    )


def _register(session: Session, contract: TechnologyContract, create: ContractCreate) -> None:
    on = create.registered_on
    assert on is not None  # noqa: S101 — checked by the caller
    check_day(on, "登记日期", not_before=contract.signed_on, earlier="签订日期")
    if contract.signed_on is None:
        raise MalformedRequest("已登记的合同没有签订日期", "请补填“合同签订日期”")
    contract.registration_number, contract.registered_on = create.registration_number, on
    contract.registry_name = create.registry_name or contract.registry_name
    put_on_record(session, contract, ContractStep.REGISTER, PLATFORM, Told(on=on, note="批量导入"))
    freeze(session, contract, VersionKind.REGISTRATION, on, by=PLATFORM)
    move_match(session, contract, PLATFORM)


def _known(session: Session, create: ContractCreate, source: str, source_id: str) -> TechnologyContract | None:
    if create.registration_number:
        found = session.exec(
            select(TechnologyContract).where(col(TechnologyContract.registration_number) == create.registration_number)
        ).first()
        if found is not None:
            return found
    return record_by_source(session, TechnologyContract, source, source_id)


def _values(create: ContractCreate) -> dict[str, Any]:
    values = {name: getattr(create, name) for name in FIELDS}
    return values | ({"match_id": create.match_id} if create.match_id is not None else {})


def _details(contract: TechnologyContract, create: ContractCreate) -> dict[str, Any]:
    """The details of the parties with those that the list states; it seldom has a column for every one."""
    found: dict[str, Any] = {}
    for name in ("seller_details", "buyer_details"):
        if name in create.model_fields_set:
            said: PartyDetails = getattr(create, name)
            update = {one: getattr(said, one) for one in said.model_fields_set}
            found[name] = getattr(contract, name).model_copy(update=update)
    return found


def _registration(create: ContractCreate) -> dict[str, Any]:
    if not create.registration_number:
        return {}
    return {"registration_number": create.registration_number, "registered_on": create.registered_on}


def _different(contract: TechnologyContract, stated: dict[str, Any]) -> list[str]:
    """Headings of what a list says differently."""
    return [
        FIELD_LABELS.get(name, name)
        for name, value in stated.items()
        if name in REGISTERED_FIELDS and _says_otherwise(getattr(contract, name), value)
    ]


def _says_otherwise(held: Any, listed: Any) -> bool:
    """Of the details of a party only what is stated here too: a list that knows a telephone contradicts nobody."""
    if isinstance(held, PartyDetails):
        return any(value and value != getattr(listed, name) for name, value in held)
    return bool(held != listed)


def _change(contract: TechnologyContract, values: dict[str, Any]) -> bool:
    """`write_values` of what fits to that which stays; says whether anything changed. Raises MalformedRequest."""
    _check_amounts(contract, values)
    _check_kind(contract, values)
    _check_validity(contract, values)
    changed = {name for name, value in values.items() if getattr(contract, name) != value}
    if not write_values(contract, values):
        return False
    _forget_overrides(contract, changed)
    return True


def _check_validity(contract: TechnologyContract, values: dict[str, Any]) -> None:
    """The end does not come before the beginning, also where only one of the two is changed."""
    begins, ends = (values.get(name, getattr(contract, name)) for name in ("begins_on", "ends_on"))
    if begins is not None and ends is not None and ends < begins:
        raise MalformedRequest("合同有效期的结束早于开始", "请核对起止日期")


def _check_amounts(contract: TechnologyContract, values: dict[str, Any]) -> None:
    """V1 over the stored value where only one of the two is changed."""
    whole = values.get("contract_value_fen", contract.contract_value_fen)
    if values.get("technology_value_fen", contract.technology_value_fen) > whole:
        raise MalformedRequest("技术交易额大于合同成交额", "请核对两个金额：技术交易额 = 成交额 − 非技术性费用")


def _forget_overrides(contract: TechnologyContract, changed: set[str]) -> None:
    """A warning was confirmed of what stood there: of something else it has to be confirmed again."""
    asked_anew = {rule for rule, fields in _CONFIRMED_OF.items() if fields & changed}
    contract.overrides = {
        key: reason for key, reason in contract.overrides.items() if key.removesuffix(OFFICIALS_ONLY) not in asked_anew
    }


def _check_kind(contract: TechnologyContract, values: dict[str, Any]) -> None:
    """A kind belongs to its category, also where only one of the two, or the day of signing, is changed."""
    kind, category, signed_on = (
        values.get(name, getattr(contract, name)) for name in ("kind", "category", "signed_on")
    )
    if kind is not None and not belongs_to(kind, category, signed_on):
        raise MalformedRequest(f"“{kind.label}”不属于{category.label}", "请同时修改合同类别和合同类型")


def _check_is_party(contract: TechnologyContract, by: Actor) -> None:
    """A member of an organisation enters the contracts of her own organisation."""
    own = {(by.enterprise_id, "enterprise_id"), (by.institution_id, "institution_id")}
    organisations = [(number, name) for number, name in own if number is not None]
    if by.is_official or not organisations:
        return
    if not any(getattr(contract, f"{side}_{name}") == n for n, name in organisations for side in ("seller", "buyer")):
        raise MalformedRequest("合同的卖方和买方都不是贵单位", "请按营业执照上的全称填写贵单位名称")


def _own_key(session: Session, create: ContractCreate) -> str:
    """Typed in twice is two contracts: the duplicate check asks, the key does not decide."""
    content = _content_id(create)
    taken = session.exec(
        select(TechnologyContract.source_id).where(
            col(TechnologyContract.source) == TYPED_IN, col(TechnologyContract.source_id).startswith(content)
        )
    ).all()
    return content if content not in taken else f"{content}-{len(taken) + 1}"


def _content_id(create: ContractCreate) -> str:
    return content_key(create.model_dump(mode="json", exclude={"source"}, exclude_defaults=True))


def _poster(session: Session, account_id: int | None) -> Actor:
    account = session.get(Account, account_id) if account_id is not None else None
    return Actor(account_id=account_id, name=account.name) if account else PLATFORM
