"""Bulk imports: whoever may import, each her own; officials also see and undo those they oversee."""

from typing import Any

from sqlmodel import Session

from matchmaker.models.account import Role
from matchmaker.models.upload import BatchStatus, ImportBatch
from matchmaker.uploads.report import BatchReport, ColumnGuess
from tests.matchmaker.web.route_rights import Row, each, only
from tests.matchmaker.web.route_rights.world import World

FILE = "成果名称,成果简介\n秸秆纤维模塑,以秸秆为原料\n".encode()
IMPORTERS = (Role.ENTERPRISE, Role.INSTITUTION, Role.DISTRICT_OFFICIAL, Role.CITY_OFFICIAL, Role.ADMINISTRATOR)
# Whose batches they are, and who oversees the author: an institution without a district.
OWN, OVERSEEING = Role.INSTITUTION, (Role.CITY_OFFICIAL, Role.ADMINISTRATOR)
NOT_ALLOWED: dict[str, int] = dict.fromkeys((Role.COMMISSIONER, Role.BROKER, Role.BROKERAGE_ADMINISTRATOR), 403)


def prepare(session: Session, world: World) -> None:
    """Batches of the institution, one for every verb that changes its status."""
    report = BatchReport(added=1, columns=[ColumnGuess(heading="成果名称", field="title", samples=[])]).model_dump(
        mode="json"
    )
    for name, status in (
        ("batch", BatchStatus.UPLOADED),
        ("batch_to_run", BatchStatus.UPLOADED),
        ("batch_to_discard", BatchStatus.UPLOADED),
        ("batch_to_undo", BatchStatus.FINISHED),
    ):
        batch = ImportBatch(
            account_id=world.accounts[OWN].id or 0,
            kind="achievements",
            file_name="成果.csv",
            content=FILE,
            status=status,
            report=report,
            rows_total=1,
        )
        session.add(batch)
        session.flush()
        world.ids[name] = batch.id or 0


def own(route: str, batch: str = "batch", status: int = 303, **send: Any) -> Row:
    """Only the author; others learn nothing of the batch."""
    return each(
        route, {**NOT_ALLOWED, OWN: status}, route.partition(" ")[2].replace("{batch_id:int}", f"{{{batch}}}"), **send
    )


B = "/imports/{batch_id:int}"
ROWS = [
    only("GET /imports", IMPORTERS),
    only("POST /imports", IMPORTERS, status=422, data={"kind": "needs"}),
    each(f"GET {B}", {**NOT_ALLOWED, OWN: 200, **dict.fromkeys(OVERSEEING, 200)}, "/imports/{batch}"),
    own(f"GET {B}/rejected.xlsx", status=200),
    own(f"POST {B}/columns", data={"column-0": "title"}),
    own(f"POST {B}/corrections", data={}),
    own(f"POST {B}/corrected-file", status=422),
    own(f"POST {B}/run", "batch_to_run", data={"mode": "both"}),
    own(f"POST {B}/discard", "batch_to_discard"),
    each(
        f"POST {B}/undo",
        {**NOT_ALLOWED, OWN: 303, **dict.fromkeys(OVERSEEING, 303)},
        "/imports/{batch_to_undo}/undo",
    ),
]
