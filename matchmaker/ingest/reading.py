"""The values of one row as they come together from its cells."""

from typing import Any

from matchmaker.ingest.columns import Bound
from matchmaker.ingest.money import CellError
from matchmaker.ingest.report import CellProblem
from matchmaker.ingest.secrecy import narrower

# Two columns of one field (联系电话 and 手机) are both kept, put together with this between them.
_JOINED_BY = {"contact_name": "、", "contact_phone": "、", "contact_email": "、"}
_TEXTS = frozenset(
    ("problem", "description", "goal", "key_technology", "constraints", "summary", "problem_solved", "principle")
)


class Reading:
    """The values of one row as they come together, and the column each came from."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.origin: dict[str, Bound] = {}
        self.problems: list[CellProblem] = []
        # What was not understood and does not lose the row; words of it that are kept in a text field.
        self.warnings: list[CellProblem] = []
        self.remarks: list[tuple[str, str]] = []
        self.bad: set[str] = set()

    def put(self, bound: Bound, name: str, value: Any) -> None:
        """Keep the value; a second column of the same field is joined to it, or must say the same."""
        held = self.values.get(name)
        if held in (None, "", []) or held == value:
            self.values[name] = value
            self.origin.setdefault(name, bound)
        elif name == "confidentiality":
            self.values[name] = narrower(held, value)
        elif isinstance(held, list) and isinstance(value, list):
            self.values[name] = [*held, *(one for one in value if one not in held)]
        elif name in _JOINED_BY or name in _TEXTS:
            self.values[name] = f"{held}{_JOINED_BY.get(name, chr(10))}{value}"
        elif value is not None:
            other = self.origin[name].heading
            raise CellError(f"与“{other}”的内容不同", f"两列只能填一处，或填成一样：{bound.heading}、{other}")
