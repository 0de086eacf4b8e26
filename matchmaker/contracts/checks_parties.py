"""The two parties of a contract: who they are, where they sit, who applies."""

from collections.abc import Iterator

from sqlmodel import Session, select

from matchmaker.classification import classification
from matchmaker.contracts.checks_finding import Finding, Level, found
from matchmaker.contracts.flows import is_in_city
from matchmaker.models.contract import TechnologyContract
from matchmaker.models.contract_shapes import country_name
from matchmaker.models.contract_words import ContractSide
from matchmaker.models.party import Enterprise, Institution
from matchmaker.registration_rules import FOREIGN_NATURE

CHINA = "CN"
# Regions of China with a code of their own in GB/T 2260 though parties of them count as foreign.
_WITH_CODES = frozenset({CHINA, "HK", "MO", "TW"})


def parties(session: Session, contract: TechnologyContract) -> Iterator[Finding]:
    """V4 and V14."""
    same_code = contract.seller_credit_code and contract.seller_credit_code == contract.buyer_credit_code
    same_name = contract.seller_name and contract.seller_name.strip() == contract.buyer_name.strip()
    if same_code or same_name:
        yield found("V4", Level.ERROR, "卖方与买方是同一单位", "合同双方须是不同的单位：请核对", "buyer_name")
    elif contract.is_related_party is not True and _shared_representative(contract):
        sentence = f"双方的法定代表人同为{contract.seller_details.legal_representative}，却没有填关联交易"
        yield found("V4", Level.WARN, sentence, "是关联交易的请选“是”；同名的请写明", "is_related_party")
    for side in ContractSide:
        written = getattr(contract, f"{side}_name")
        registered = _registered_name(session, contract, side)
        if written and registered and written != registered:
            sentence = f"{side.label}写作“{written}”，同一信用代码登记的名称是“{registered}”"
            yield found("V14", Level.WARN, sentence, "名称须与印章、营业执照一致；已更名的请写明", f"{side}_name")
        elif written and not registered and _has_namesakes(session, written):
            sentence = f"平台上不止一家单位名为“{written}”，没有信用代码无法判断{side.label}是哪一家"
            yield found("V14", Level.WARN, sentence, "请填写统一社会信用代码", f"{side}_credit_code")


def places(contract: TechnologyContract) -> Iterator[Finding]:
    """V11, V12 and who applies (V17)."""
    for side in ContractSide:
        yield from _place(contract, side)
    if contract.seller_country != CHINA:
        yield _import(contract)
        return
    if not contract.seller_region_code:
        return
    sells, buys = is_in_city(contract.seller_region_code), is_in_city(contract.buyer_region_code)
    city = classification().city.name
    if not sells and buys:
        where = classification().region_name(contract.seller_region_code)
        sentence = f"卖方在外地（{where}）：由卖方在所在地登记机构申请，{city}计为吸纳"
        yield found("V12", Level.INFO, sentence, "请向卖方索取登记编号和登记证明，记入台账", "seller_region_code")
    elif not sells:
        yield found(
            "V11", Level.INFO, f"双方都不在{city}：不计入{city}的统计", "请核对双方行政区划", "seller_region_code"
        )


def _shared_representative(contract: TechnologyContract) -> bool:
    seller, buyer = contract.seller_details.legal_representative, contract.buyer_details.legal_representative
    return bool(seller.strip()) and seller.strip() == buyer.strip()


def _registered_name(session: Session, contract: TechnologyContract, side: ContractSide) -> str:
    """What the party is called in its own record here, linked by credit code or name."""
    enterprise_id = getattr(contract, f"{side}_enterprise_id")
    institution_id = getattr(contract, f"{side}_institution_id")
    party = (
        session.get(Enterprise, enterprise_id)
        if enterprise_id is not None
        else session.get(Institution, institution_id)
        if institution_id is not None
        else None
    )
    return party.name if party else ""


def _has_namesakes(session: Session, name: str) -> bool:
    tables: tuple[type[Enterprise] | type[Institution], ...] = (Enterprise, Institution)
    return any(len(session.exec(select(one.id).where(one.name == name).limit(2)).all()) > 1 for one in tables)


def _place(contract: TechnologyContract, side: ContractSide) -> Iterator[Finding]:
    country, code = getattr(contract, f"{side}_country"), getattr(contract, f"{side}_region_code")
    field = f"{side}_region_code"
    if country == CHINA and not code and getattr(contract, f"{side}_nature") != FOREIGN_NATURE:
        sentence = f"没有填写{side.label}行政区划：流向无法判断"
        yield found("V11", Level.ERROR, sentence, "请填所在县市区；输出、吸纳由双方区划得出", field)
    elif code and country not in _WITH_CODES:
        sentence = f"{side.label}在{country_name(country)}，却填了国内行政区划"
        yield found("V11", Level.ERROR, sentence, "境外单位不填行政区划；在境内的请改国别", field)
    elif country == CHINA and getattr(contract, f"{side}_nature") == FOREIGN_NATURE:
        sentence = f"{side.label}性质是境外机构，国别却填中国"
        yield found("V11", Level.ERROR, sentence, "在境外的请填国家或地区，在境内的请改性质", f"{side}_country")
    elif code and code not in classification().regions:
        yield found("V11", Level.ERROR, f"{side.label}行政区划 {code} 不在现行代码表中", "请改填现行代码", field)


def _import(contract: TechnologyContract) -> Finding:
    if contract.buyer_country != CHINA:
        sentence = "卖方、买方都在境外：没有可以申请登记的境内单位"
        return found("V17", Level.ERROR, sentence, "请核对双方国别", "buyer_country")
    sentence = "技术进口合同：由境内买方在其所在地申请登记"
    return found("V17", Level.INFO, sentence, "外文合同附中文译本和一致性声明", "seller_country")
