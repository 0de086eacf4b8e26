"""May others read it? Columns of 密级, 是否涉密, 是否公开: anything but a known word for “public” is not public."""

import re
from collections.abc import Callable
from typing import Any

from matchmaker.ingest.money import CellError
from matchmaker.ingest.values import Several, folded
from matchmaker.models.labels import Confidentiality

# Headings of columns that say whether a record may be read by others, in whatever words; and patents' numbers and days.
_ABOUT_SECRECY = re.compile(
    r"密级|秘密等级|秘密级别|涉密|保密|机密|涉及秘密|国家秘密|定密|脱密|敏感信息|内部资料|知悉范围|公布方式|公示意愿|公开意愿|"
    r"公开(?:性|程度|范围|方式|与否|情况|级别|意愿|状态|属性|类型|要求|展示|发布|信息)|"
    r"(?:是否|可否|能否|可以|同意|愿意|允许|不宜|不予|不得|对外|信息).{0,8}(?:公开|公示|公布|发布|展示)|是否内部|不公开"
)
_NO_SECRECY = re.compile(r"公开号|公开日|公开\(|公告号|保密(?:技术|材料|设备|机|柜|通信|协议)")
_SAYS_PUBLIC = re.compile(r"公开|公示|公布|发布|展示")
_SAYS_SECRET = re.compile(r"密|不公开|不宜|不予|不得|敏感|内部")
_PUBLIC_WORDS = frozenset(
    [
        "公开",
        "全部公开",
        "完全公开",
        "可公开",
        "可以公开",
        "同意公开",
        "对外公开",
        "公开发布",
        "公开级",
        "社会公开",
        "主动公开",
        "向社会公开",
        "public",
        "非密",
        "非涉密",
        "不涉密",
        "无密级",
        "无密",
        "不保密",
        "无需保密",
        "未涉密",
        "未定密",
        "不涉及",
        "非保密",
        "不属于",
    ]
)
_YES = frozenset(("是", "yes", "y", "true", "1", "√", "✓", "☑", "✔", "对", "同意", "可以", "可", "能", "愿意", "允许"))
_NO = frozenset(
    ("否", "no", "n", "false", "0", "×", "x", "不", "无", "没有", "非", "不是", "不同意", "不可以", "不愿意")
)
_NOT_PUBLIC_WORDS = frozenset(("不公开", "不可公开", "不予公开", "不同意公开", "不宜公开", "不对外公开"))


def is_about_secrecy(heading: str) -> bool:
    """Does a heading (normalised) ask whether the record may be read by others?"""
    return bool(_ABOUT_SECRECY.search(heading)) and not _NO_SECRECY.search(heading)


def reader_of(heading: str) -> Callable[[Any], Any]:
    """The reader for the cells under such a heading, blank ones included; never raises what would lose the row.

    是 under 是否公开 means public, under 是否涉密 it does not. What is not known to mean public becomes `DIRECTED`
    (owner and officials only), a plain 不公开 `BROKER_ONLY`; both are told as a warning.
    """
    says_public = bool(_SAYS_PUBLIC.search(heading)) and not _SAYS_SECRET.search(heading)
    says_secret = bool(_SAYS_SECRET.search(heading)) and not _SAYS_PUBLIC.search(heading.replace("不公开", ""))

    def read(cell: Any) -> Several:
        written = folded(cell).lower()
        known = _stated(written)
        if known is not None:
            return Several(confidentiality=known)
        is_public = written in _PUBLIC_WORDS
        is_public |= (says_public and written in _YES) or (says_secret and written in _NO)
        if is_public:
            return Several(confidentiality=Confidentiality.PUBLIC)
        is_plain_no = written in _NOT_PUBLIC_WORDS or (says_public and written in _NO)
        kept = Confidentiality.BROKER_ONLY if is_plain_no else Confidentiality.DIRECTED
        said = "没有写明能否公开" if not written else "不是公开"
        raise CellError(
            f"{said}，按“{kept.label}”导入",
            "可以公开的请写“公开”后重新导入；涉密内容不得录入本平台",
            kept={"confidentiality": kept},
        )

    return read


def is_anonymous(cell: Any) -> bool:
    """Under 是否匿名: only a plain no lets everybody read whose it is."""
    return folded(cell).lower() not in _NO | {"实名", "公开", "不匿名"}


def _stated(written: str) -> Confidentiality | None:
    """One of our own words other than those for public, as templates and returned files have them."""
    for member in (Confidentiality.SUMMARY, Confidentiality.DIRECTED, Confidentiality.BROKER_ONLY):
        if written in {folded(word) for word in (member.value, member.label, *member.aliases)}:
            return member
    return None


# From the widest circle of readers to the narrowest.
_NARROWNESS = (
    Confidentiality.PUBLIC,
    Confidentiality.SUMMARY,
    Confidentiality.BROKER_ONLY,
    Confidentiality.DIRECTED,
)


def narrower(one: Confidentiality, other: Confidentiality) -> Confidentiality:
    """Of two statements about one record the one that lets fewer people read."""
    return max(one, other, key=_NARROWNESS.index)
