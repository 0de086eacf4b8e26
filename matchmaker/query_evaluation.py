"""How well typed searches find what is there: queries with the title that must be among the first five."""

import csv
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session

from matchmaker.errors import UnreadableFile
from matchmaker.indexes import Indexes
from matchmaker.models.outbox import RecordKind
from matchmaker.search import SearchRequest, search_records
from matchmaker.search.vocabulary import vocabularies

FIRST = 5
_COLUMNS = ("kind", "collection", "query", "title_contains")
_REPAIR = f"应为制表符分隔的四列：{'、'.join(_COLUMNS)}；collection 以 needs 或 achievements 开头"


@dataclass(frozen=True)
class TypedQuery:
    """What is typed, in which list, and a part of the title that must be among the first five; `kind` names its difficulty."""

    kind: str
    collection: RecordKind
    text: str
    title_contains: str


@dataclass(frozen=True)
class QueryEvaluation:
    """Per kind of difficulty: how many were asked and found; and those that were not found."""

    asked: dict[str, int]
    answered: dict[str, int]
    missed: Sequence[TypedQuery]

    @property
    def figures(self) -> dict[str, object]:
        """`queries` (how many) and `found_in_first_5` (the share of them), and the same for each kind."""
        total = sum(self.asked.values())
        return {
            "queries": total,
            "found_in_first_5": round(sum(self.answered.values()) / total, 4),
            "queries_by_kind": {
                kind: {"queries": count, "found_in_first_5": round(self.answered.get(kind, 0) / count, 4)}
                for kind, count in self.asked.items()
            },
        }

    def as_table(self) -> str:
        """The shares by kind, and the queries that missed, as a person reads them."""
        lines = [f"{'kind':16} {'queries':>8} {'found':>6}  share"]
        for kind, count in self.asked.items():
            answered = self.answered.get(kind, 0)
            lines.append(f"{kind:16} {count:8} {answered:6}  {answered / count:.0%}")
        lines += [
            f"未进前 {FIRST}：[{one.kind}] {one.text} → {one.title_contains}（{one.collection.label}）"
            for one in self.missed
        ]
        return "\n".join(lines)


def read_queries(path: Path) -> list[TypedQuery]:
    """The queries of a tab-separated file. Raises UnreadableFile naming the line."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        if not set(_COLUMNS) <= set(rows.fieldnames or ()):
            raise UnreadableFile(f"{path.name} 的表头无法识别", _REPAIR)
        queries = [_query(path, number, row) for number, row in enumerate(rows, start=2)]
    if not queries:
        raise UnreadableFile(f"{path.name} 中没有检索词", _REPAIR)
    return queries


def _query(path: Path, number: int, row: dict[str, str | None]) -> TypedQuery:
    values = {name: (row.get(name) or "").strip() for name in _COLUMNS}
    collection = next((kind for kind in RecordKind if values["collection"].startswith(kind.value)), None)
    if collection is None or not values["query"] or not values["title_contains"]:
        raise UnreadableFile(f"{path.name} 第 {number} 行无法理解", _REPAIR)
    return TypedQuery(values["kind"], collection, values["query"], values["title_contains"])


def evaluate_queries(session: Session, indexes: Indexes, queries: Sequence[TypedQuery]) -> QueryEvaluation:
    """Every query as the list pages search it: the first page, for the public. Raises SearchNotAvailable."""
    asked: dict[str, int] = defaultdict(int)
    answered: dict[str, int] = defaultdict(int)
    missed = []
    for kind in {query.collection for query in queries}:
        # A large collection's is otherwise made in the background, after the first searches.
        vocabularies(indexes).made(session, indexes.of(kind), kind)
    for query in queries:
        page = search_records(session, indexes, query.collection, SearchRequest(text=query.text, limit=FIRST))
        asked[query.kind] += 1
        if any(query.title_contains in entry.record.title for entry in page.entries):
            answered[query.kind] += 1
        else:
            missed.append(query)
    return QueryEvaluation(dict(asked), dict(answered), missed)
