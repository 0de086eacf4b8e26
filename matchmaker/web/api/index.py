"""`/index`: how far the search index is behind the database."""

from fastapi import APIRouter

from matchmaker.index_state import IndexState, index_state
from matchmaker.web.dependencies import IndexesDep, SessionDep

router = APIRouter(prefix="/index", tags=["search_index"])


@router.get("", summary="索引状态")
def read_index_state(session: SessionDep, indexes: IndexesDep) -> IndexState:
    """等待写入索引的记录数，以及语义检索是否可用。索引打不开时为 503，并说明修复办法。"""
    return index_state(session, indexes)
