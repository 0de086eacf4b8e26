"""Forms: what was typed, what is wrong with it, where to go afterwards, and the sentence shown there."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile

from matchmaker.errors import MalformedRequest
from matchmaker.web.reasons import reason

FLASH_COOKIE = "flash"
_SAFE_IN_ADDRESS = ":/%#?=@[]!$&'()*+,;"
# A lone surrogate is a str that no database takes.
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")

# What a page may say after something was done, by a short code: a sentence of ours, never one from the address.
FLASHES: dict[str, str] = {
    "saved": "已保存",
    "saved_apart": "这份草稿在另一个窗口中改动过、提交或删除了：本页内容另存为这份新草稿，请核对后再提交",
    "sent_before": "这份草稿已提交或已删除，请看下面的列表",
    "submitted": "已提交，等待审核",
    "deleted": "已删除",
    "sent": "已发送",
    "answer_waits": "答复已发送；写入成果的内容等待审核，通过后公开",
    "published": "已发布",
    "revision_submitted": "修改已提交，审核通过后生效；在此之前仍显示原内容",
    "took_effect": "修改已生效",
    "withdrawn": "已撤回",
    "contacts_hidden": "已发送；双方同意前不能交换联系方式，其中的电话、邮箱等已略去",
    "queued": "已排队，将再发一次",
    "done": "已完成",
    "feedback_not_relevant": "已记下“不相关”；记录所有方评价的，不再推荐给这条记录，可在“我的评价”中撤销",
    "feedback_useful": "已记下“有用”，可在“我的评价”中撤销",
    "password_changed": "密码已修改，其他设备已退出登录",
    "logged_out_elsewhere": "已退出登录",
    "second_factor_on": "两步验证已开启，下次登录须填写动态验证码",
    "second_factor_off": "两步验证已关闭",
    "key_revoked": "密钥已停用",
    "webhook_tried": "测试事件将在十秒内推送，请稍后刷新",
    "webhook_resumed": "已恢复推送",
    "webhook_removed": "推送地址已删除",
    "invitation_revoked": "邀请已撤销",
    "account_disabled": "账号已停用，其登录已全部退出",
    "account_enabled": "账号已恢复",
}


@dataclass
class FormErrors:
    """What is wrong, by field name; the empty name is about the form as a whole."""

    by_field: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, sentence: str) -> None:
        """The first sentence about a field counts."""
        self.by_field.setdefault(name, sentence)

    def take(self, error: ValidationError) -> None:
        """The findings of a pydantic shape, worded as the API words them; lists are reported at their field."""
        for one in error.errors():
            self.add(str(one["loc"][0]) if one["loc"] else "", reason(dict(one)))

    def __bool__(self) -> bool:
        return bool(self.by_field)


async def submitted_form(request: Request) -> FormData:
    """The submitted form, read whole before the route runs in its thread; files are refused here.

    Raises MalformedRequest for what is no text at all: half a character, as a strange charset of the sender makes them.
    """
    async with request.form(max_files=0, max_fields=400) as form:
        if any(_HALF_CHARACTER.search(part) for pair in form.multi_items() for part in pair if isinstance(part, str)):
            raise MalformedRequest("提交的内容含有无法识别的字符", "请删去后重新输入")
        return form


SubmittedForm = Annotated[FormData, Depends(submitted_form)]


@dataclass(frozen=True)
class Uploaded:
    """A form with one file; without a name where none was chosen."""

    form: FormData
    name: str
    content: bytes


async def file_of(form: FormData) -> Uploaded:
    """The form with its field `file`, read whole. The name has no folder and nothing that no database takes."""
    file = form.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        return Uploaded(form, "", b"")
    name = Path(file.filename.replace("\\", "/")).name
    # Half a character or NUL come from a strange charset of the sender.
    return Uploaded(form, "".join(one for one in name if one.isprintable()), await file.read())


def text_of(form: Mapping[str, Any], name: str) -> str:
    """One field as text, without blanks around it."""
    value = form.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def texts_of(form: FormData, name: str) -> list[str]:
    """All values of a repeated field that are not blank."""
    return [value.strip() for value in form.getlist(name) if isinstance(value, str) and value.strip()]


def answer_redirect(request: Request, path: str, *, flash: str = "") -> Response:
    """After a form has done its work: on to another page of ours, where the sentence of `flash` is shown once.

    htmx would follow a 303 and put a whole page into a part of one, so it is told to go there itself.
    """
    if request.headers.get("HX-Request") == "true":
        # As RedirectResponse does it: a header takes no Chinese, and what is escaped already stays as it is.
        answer = Response(status_code=204, headers={"HX-Redirect": quote(path, safe=_SAFE_IN_ADDRESS)})
    else:
        answer = RedirectResponse(path, 303)
    if flash:
        answer.set_cookie(FLASH_COOKIE, flash, max_age=60, httponly=True, samesite="lax")
    return answer


def flash_of(request: Request) -> str:
    """The sentence to show on this page, if the request before left one."""
    return FLASHES.get(request.cookies.get(FLASH_COOKIE, ""), "")


def own_path(path: str, otherwise: str = "/") -> str:
    """The path if it stays within this site, whatever a form or an address says."""
    is_own = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and "\\" not in path
    return path if is_own else otherwise
