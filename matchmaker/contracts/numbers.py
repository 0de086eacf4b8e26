"""Registration numbers 合同登记编号: the registry gives them, once for each contract (domain.md §2.4)."""

import re
from datetime import date

from sqlmodel import Session, col, select

from matchmaker.contracts.access import is_readable
from matchmaker.errors import MalformedRequest, NumberTaken
from matchmaker.models.contract import TechnologyContract
from matchmaker.rights import Actor

# 16 digits; older registries gave 14. Their inner structure is not relied on.
_NUMBER = re.compile(r"\d{16}|\d{14}", re.ASCII)


def checked_number(number: str) -> str:
    """The registration number without blanks. Raises MalformedRequest unless it has 16 (older: 14) digits."""
    written = re.sub(r"\s", "", number)
    if not _NUMBER.fullmatch(written):
        raise MalformedRequest(
            f"登记编号“{number.strip()[:40]}”不对", "登记编号为 16 位数字（早年为 14 位），请照登记证明填写"
        )
    return written


def has_odd_year(number: str, registered_on: date) -> bool:
    """Does the number begin with a year that is neither that of its registration nor the one before?

    Nothing more of a number is read: 14 digits begin with two digits of the year, 16 most likely with all four.
    """
    digits = 4 if len(number) == 16 else 2
    return number[:digits] not in {str(registered_on.year - back)[-digits:] for back in (0, 1)}


def check_is_free(session: Session, contract: TechnologyContract, number: str, *, by: Actor) -> None:
    """Raise NumberTaken where another contract has the number; which one is told to those whose business it is."""
    other = session.exec(
        select(TechnologyContract).where(
            col(TechnologyContract.registration_number) == number, col(TechnologyContract.id) != contract.id
        )
    ).first()
    if other is None:
        return
    if not is_readable(other, by):
        raise NumberTaken(
            f"登记编号 {number} 已用于外区县的一份合同", "一份合同只登记一次：请核对编号，或请市科技局查看"
        )
    raise NumberTaken(f"登记编号 {number} 已用于合同 {other.id}", "一份合同只登记一次：请核对编号，或打开那份合同")
