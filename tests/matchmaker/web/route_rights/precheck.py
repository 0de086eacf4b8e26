"""The pre-check, its files and the rules; contracts are those of `contracts.py`."""

from matchmaker.models.account import Role
from tests.matchmaker.web.route_rights import OFFICIALS, Row, each, known

_ALL = (Role.ENTERPRISE, Role.INSTITUTION, Role.BROKER, Role.BROKERAGE_ADMINISTRATOR, *OFFICIALS)
_ONE = "/contracts/{contract_id:int}"


def _row(method: str, path: str, status: int, contract: str, **send: object) -> Row:
    statuses: dict[str, int] = {Role.COMMISSIONER: 403, **dict.fromkeys(_ALL, status)}
    return each(f"{method} {_ONE}{path}", statuses, f"/contracts/{{{contract}}}{path}", **send)


ROWS = [
    _row("GET", "/precheck", 200, "signed_contract"),
    _row("GET", "/precheck", 200, "registered_contract"),
    _row("GET", "/sheet", 200, "signed_contract"),
    _row("GET", "/form.xlsx", 200, "signed_contract"),
    _row("POST", "/precheck/answers", 303, "signed_contract", data={"question-written": "yes"}),
    # A registered contract is changed by nobody.
    _row("POST", "/precheck/answers", 409, "registered_contract", data={"question-written": "yes"}),
    # There is no such warning.
    _row("POST", "/precheck/overrides", 422, "signed_contract", data={"rule": "V16", "reason": "照合同"}),
    known("GET /registration-rules"),
]
