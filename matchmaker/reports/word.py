"""The Word document: a template of the office, filled with the facts.

Templates come from outside: they are checked before they are kept, and filled by a sandboxed Jinja that knows the
placeholders of `context.py` and nothing else.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any
from zipfile import BadZipFile, ZipFile

from docx.opc.exceptions import PackageNotFoundError
from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage
from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, UndefinedError, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from lxml.etree import LxmlError

from matchmaker.errors import UnreadableFile
from matchmaker.reports.context import PLACEHOLDERS, context_of
from matchmaker.reports.shapes import ReportFacts

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
# The shipped one has 40 kB; one with a letterhead and pictures has a few megabytes.
LARGEST_TEMPLATE = 5 * 2**20
_LARGEST_UNPACKED = 50 * 2**20
# Between the margins of the shipped template: 210 − 28 − 26 mm.
_PICTURE_WIDTH = Mm(150)
# A table of rows is one; ten loops within each other over a few dozen rows would never end.
_DEEPEST_LOOP = 2
# What makes text longer each time it is repeated, calls something, or brings in other templates.
_FORBIDDEN: tuple[type[nodes.Node], ...] = (
    nodes.Assign,
    nodes.AssignBlock,
    nodes.Add,
    nodes.Concat,
    nodes.Call,
    nodes.Macro,
    nodes.CallBlock,
    nodes.Block,
    nodes.Extends,
    nodes.Include,
    nodes.Import,
    nodes.FromImport,
)
# Those that make no text longer than it was.
_FILTERS = ("default", "first", "join", "last", "length", "trim")
_REMOTE = re.compile(rb'<Relationship\b[^>]*TargetMode="External"[^>]*>')
_REPAIR = "请下载现用模板，在 Word 或 WPS 中修改后另存为 .docx 再上传"


def shipped_template() -> bytes:
    """The template that comes with the platform."""
    return files("matchmaker").joinpath("reports", "templates", "annual.docx").read_bytes()


def render(template: bytes, facts: ReportFacts, charts: Mapping[str, bytes]) -> bytes:
    """The report as .docx. `charts`: key of a breakdown → PNG; without one its place stays empty.

    Raises UnreadableFile, naming what is wrong, for a template that cannot be filled.
    """
    opened = _opened(template)
    pictures = {key: InlineImage(opened, io.BytesIO(png), width=_PICTURE_WIDTH) for key, png in charts.items()}
    return _filled(opened, context_of(facts, pictures))


def check_template(name: str, content: bytes) -> None:
    """Raise UnreadableFile, with the repair, unless it is a .docx without macros that fills with example values."""
    if not name.lower().endswith(".docx"):
        raise UnreadableFile(f"“{name}”不是 .docx 文件", _REPAIR)
    if len(content) > LARGEST_TEMPLATE:
        raise UnreadableFile(f"“{name}”超过 {LARGEST_TEMPLATE // 2**20} MB", "请压缩模板里的图片后再上传")
    _check_zip(content)
    opened = _opened(content)
    _check_names(opened)
    _filled(opened, {one.name: one.example for one in PLACEHOLDERS})


def _check_zip(content: bytes) -> None:
    try:
        with ZipFile(io.BytesIO(content)) as archive:
            infos = archive.infolist()
            names = [info.filename for info in infos]
            if "word/document.xml" not in names:
                raise UnreadableFile("文件不是 Word 文档", _REPAIR)
            if sum(info.file_size for info in infos) > _LARGEST_UNPACKED:
                raise UnreadableFile("模板解开后超过 50 MB", "请删去模板里的大图片后再上传")
            kinds = archive.read("[Content_Types].xml")
            relations = b"".join(archive.read(one) for one in names if one.endswith(".rels"))
    except (BadZipFile, zlib.error, OSError, EOFError, KeyError, ValueError, NotImplementedError, RuntimeError):
        raise UnreadableFile("文件不完整或已损坏", _REPAIR) from None
    lowered = [one.lower() for one in names]
    if b"macroEnabled" in kinds or any("vbaproject" in one or "/activex/" in one for one in lowered):
        raise UnreadableFile("模板含有宏", "请在 Word 中另存为不含宏的 .docx 再上传")
    if any("/embeddings/" in one for one in lowered):
        raise UnreadableFile("模板嵌入了其他文件（OLE 对象）", "请删去嵌入的对象后再上传")
    # A link in the text is harmless; a picture or a template fetched from elsewhere tells where the report is opened.
    if any(b"/hyperlink" not in one for one in _REMOTE.findall(relations)):
        raise UnreadableFile("模板引用了外部文件", "请把图片插入到文档里，并取消附加的外部模板后再上传")


def _opened(content: bytes) -> DocxTemplate:
    opened = DocxTemplate(io.BytesIO(content))
    try:
        opened.init_docx()
    except (PackageNotFoundError, zipfile.BadZipFile, LxmlError, KeyError, ValueError):
        raise UnreadableFile("模板不能打开，可能已损坏", _REPAIR) from None
    return opened


def _check_names(opened: DocxTemplate) -> None:
    """Every name at once, also those in a branch that the example does not take."""
    try:
        named = opened.get_undeclared_template_variables(jinja_env=_Sandbox())
    except TemplateSyntaxError as error:
        raise _misspelled(error) from None
    except SecurityError:
        raise _not_allowed() from None
    if unknown := sorted(named - {one.name for one in PLACEHOLDERS}):
        raise _unknown_names("、".join(f"“{one}”" for one in unknown))


def _filled(opened: DocxTemplate, context: Mapping[str, Any]) -> bytes:
    try:
        opened.render(dict(context), jinja_env=_Sandbox(undefined=StrictUndefined, autoescape=True))
    except UndefinedError as error:
        raise _unknown_names(_quoted(str(error))) from None
    except TemplateSyntaxError as error:
        raise _misspelled(error) from None
    except SecurityError:
        raise _not_allowed() from None
    except (TemplateError, LxmlError, TypeError, ValueError, ArithmeticError, AttributeError, LookupError):
        raise UnreadableFile("模板不能填入数据", "请核对占位符的写法，或从现用模板重新改起") from None
    written = io.BytesIO()
    opened.save(written)
    return written.getvalue()


def _unknown_names(names: str) -> UnreadableFile:
    known = "、".join(one.name for one in PLACEHOLDERS)
    return UnreadableFile(f"模板里有不认识的占位符：{names}", f"可用的占位符：{known}")


def _not_allowed() -> UnreadableFile:
    return UnreadableFile(
        "模板里有不允许的操作", f"占位符只能取值、判断和循环（最多 {_DEEPEST_LOOP} 层），不能赋值、拼接或调用函数"
    )


def _misspelled(error: TemplateSyntaxError) -> UnreadableFile:
    repair = "请核对 {{ }}、{% %} 是否成对，循环是否有 endfor"
    return UnreadableFile(f"模板里的占位符写法有误（{error.message}）", repair)


def _quoted(message: str) -> str:
    """The name out of Jinja's sentence: `'x' is undefined`, `'dict object' has no attribute 'x'`."""
    quoted = re.findall(r"'([^']+)'", message)
    return f"“{quoted[-1]}”" if quoted else message


def _loops_within(node: nodes.Node) -> int:
    deepest = max((_loops_within(one) for one in node.iter_child_nodes()), default=0)
    return deepest + isinstance(node, nodes.For)


class _Sandbox(ImmutableSandboxedEnvironment):
    """Takes values, loops over rows, asks conditions; computes nothing large and calls nothing."""

    intercepted_binops = frozenset({"*", "**", "%", "//"})

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.globals.clear()
        self.filters = {name: self.filters[name] for name in _FILTERS}

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        """What is not in the text cannot be reached by whatever data it is filled with."""
        parsed = super()._parse(source, name, filename)
        if any(parsed.find(one) for one in _FORBIDDEN) or _loops_within(parsed) > _DEEPEST_LOOP:
            raise SecurityError("not for templates of reports")
        return parsed

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """No repetition: a short template could ask for gigabytes of text."""
        raise SecurityError(f"operator {operator}")

    def is_safe_callable(self, obj: Any) -> bool:
        """Nothing in a template needs a call but the loop itself."""
        return False
