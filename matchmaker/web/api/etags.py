"""ETag, If-None-Match and If-Match: the version of a record that was read, and the one a change is made from.

Every answer with a single record carries `ETag: "v<version>"`. A change names the version it starts from, by `If-Match`
or by `version` in its body: without either it is 428, over another version 412 (`If-Match`) or 409 (`version`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Header, Response

from matchmaker.errors import PreconditionFailed, PreconditionRequired
from matchmaker.models.base import Record
from matchmaker.records import check_version


def etag_of(record: Record) -> str:
    """The tag of the version the record has now."""
    return f'"v{record.version}"'


@dataclass(frozen=True)
class Seen:
    """What the caller has of a record already."""

    tags: frozenset[str]
    response: Response

    def is_current(self, tag: str) -> bool:
        """Is it what the record still is? The answer is then an empty 304; otherwise it gets the tag."""
        self.response.headers["ETag"] = tag
        return "*" in self.tags or tag in self.tags

    @staticmethod
    def unchanged(tag: str) -> Response:
        """The answer to somebody who has it already."""
        return Response(status_code=304, headers={"ETag": tag})


def seen(
    response: Response,
    if_none_match: Annotated[
        str | None, Header(max_length=200, description="已有版本的 ETag：未变化时答复 304，没有内容")
    ] = None,
) -> Seen:
    """For routes that read one record."""
    return Seen(frozenset(one.removeprefix("W/") for one in _tags(if_none_match)), response)


SeenDep = Annotated[Seen, Depends(seen)]


@dataclass(frozen=True)
class Expected:
    """The version a change starts from."""

    tags: frozenset[str]

    def check(self, record: Record, version: int | None = None) -> None:
        """`version` is what the body says. Raises PreconditionRequired, PreconditionFailed, VersionConflict."""
        if not self.tags and version is None:
            raise PreconditionRequired(
                "没有说明在哪一版上修改", f"请加请求头 If-Match: {etag_of(record)}，或在内容中写 version"
            )
        self.check_if_given(record, version)

    def check_if_given(self, record: Record, version: int | None = None) -> None:
        """The same where an addition conflicts with nobody: a version that is given has to be right."""
        if self.tags and not self.tags & {"*", etag_of(record)}:
            raise PreconditionFailed(
                f"记录已被他人修改，现在是第 {record.version} 版", "请重新读取，以新的 ETag 再次提交"
            )
        if version is not None:
            check_version(record, version)


def expected(
    if_match: Annotated[
        str | None, Header(max_length=200, description='所读版本的 ETag，如 `"v3"`；也可改在内容中写 `version`')
    ] = None,
) -> Expected:
    """For routes that change one record."""
    return Expected(frozenset(_tags(if_match)))


ExpectedDep = Annotated[Expected, Depends(expected)]

TAGGED: dict[int | str, dict[str, Any]] = {
    200: {"headers": {"ETag": {"schema": {"type": "string"}, "description": '版本，如 `"v3"`'}}},
    304: {"description": "与 `If-None-Match` 所给的版本相同，没有内容"},
}

# Where what is read depends on the reader too: the tag is for changing, not for leaving out what one has.
TAGGED_ALWAYS: dict[int | str, dict[str, Any]] = {200: TAGGED[200]}


def tagged(response: Response, record: Record) -> None:
    """Say which version the answer is of."""
    response.headers["ETag"] = etag_of(record)


def _tags(header: str | None) -> Iterable[str]:
    return (one for part in (header or "").split(",") if (one := part.strip()))
