"""What was reported of the last complete year: the figures as they were frozen, and the registry's own list to compare."""

import hashlib
from datetime import date

from sqlmodel import Session, col, select

from matchmaker.classification import classification
from matchmaker.contracts.flows import calibers_of
from matchmaker.demo.contracts import REGISTRY
from matchmaker.demo.last_year import last_complete_year
from matchmaker.demo.people import People
from matchmaker.models.contract import TechnologyContract
from matchmaker.models.contract_words import Caliber, ContractCategory, ContractStatus, DateBasis
from matchmaker.models.reporting import RegistryList, RegistryListRow
from matchmaker.money import FEN_PER_WAN
from matchmaker.period import Period
from matchmaker.snapshots import take_snapshot

_MORE = 5 * FEN_PER_WAN


def add_snapshot(session: Session, people: People) -> None:
    """The turnover of the last complete year, as it went into the annual report."""
    year = last_complete_year()
    snapshot = take_snapshot(
        session,
        name=f"{year}年度技术合同成交额（年报数，演示）",
        period=Period.of_year(year),
        region_code=classification().city.code,
        date_basis=DateBasis.REGISTERED,
        by=people.city,
        note="随年度总结上报",
    )
    snapshot.is_demo = True


def add_registry_list(session: Session, people: People) -> None:
    """What the city's registry registers in the quarter: sales of the city, and imports, which the buyer applies for.

    All of it, but: one is missing on the list, one is missing here, and one has another amount.
    """
    first, last = date(last_complete_year(), 10, 1), date(last_complete_year(), 12, 31)
    table = TechnologyContract
    registered = session.exec(
        select(table)
        .where(col(table.is_demo), col(table.status) == ContractStatus.REGISTERED)
        .where(col(table.registered_on).between(first, last))
        .order_by(col(table.registered_on), col(table.id))
    ).all()
    contracts = [one for one in registered if one.seller_country != "CN" or Caliber.OUTFLOW in calibers_of(one)]
    name = f"{first.year}年第4季度认定登记清单（{REGISTRY}，演示）"
    listed = RegistryList(
        name=name,
        first=first,
        last=last,
        region_code=classification().city.code,
        # There is no file behind it; the name stands for its content.
        sha256=hashlib.sha256(name.encode()).hexdigest(),
        uploaded_by_id=people.city.account_id,
        is_demo=True,
    )
    session.add(listed)
    session.flush()
    rows = [
        RegistryListRow(
            list_id=listed.id or 0,
            row_number=0,
            registration_number=one.registration_number or "",
            title=one.title,
            seller_name=one.seller_name,
            buyer_name=one.buyer_name,
            category=one.category,
            contract_value_fen=one.contract_value_fen,
            technology_value_fen=one.technology_value_fen,
            registered_on=one.registered_on,
        )
        for one in contracts[1:]
    ]
    rows[0].contract_value_fen = (rows[0].contract_value_fen or 0) + _MORE
    rows.append(
        RegistryListRow(
            list_id=listed.id or 0,
            row_number=0,
            registration_number=f"{first.year}990100009001",
            title="校园供水管网漏损定位技术服务",
            seller_name="澄湖学院",
            buyer_name="石桥县教育后勤服务中心",
            category=ContractCategory.SERVICE,
            contract_value_fen=26 * FEN_PER_WAN,
            technology_value_fen=26 * FEN_PER_WAN,
            registered_on=date(first.year, 11, 20),
        )
    )
    for number, row in enumerate(rows, 2):
        row.row_number = number  # the first line of such a file is its heading
        session.add(row)
