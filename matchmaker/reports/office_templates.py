"""The templates of this installation: the shipped one, and those the office has edited; one is in use."""

import hashlib
from collections.abc import Sequence

from sqlmodel import Session, col, select

from matchmaker.audit import record_event
from matchmaker.errors import NotAllowed, NotFound
from matchmaker.models.audit import AuditAction
from matchmaker.models.reporting import ReportTemplate
from matchmaker.reports.word import check_template, shipped_template
from matchmaker.rights import Actor, Right


def template_in_use(session: Session) -> ReportTemplate | None:
    """The office's own template; None while the shipped one is used."""
    wanted = select(ReportTemplate).where(col(ReportTemplate.is_active)).order_by(col(ReportTemplate.id).desc())
    return session.exec(wanted.limit(1)).first()


def content_of(template: ReportTemplate | None) -> bytes:
    """The .docx; of None the shipped one."""
    return shipped_template() if template is None else template.content


def office_templates(session: Session) -> Sequence[ReportTemplate]:
    """All that were ever uploaded, the latest first: documents made from them say which it was."""
    return session.exec(select(ReportTemplate).order_by(col(ReportTemplate.id).desc())).all()


def template_by_id(session: Session, template_id: int, *, reader: Actor) -> ReportTemplate:
    """The template. Raises NotAllowed, NotFound."""
    _check_may_read(reader)
    found = session.get(ReportTemplate, template_id)
    if found is None:
        raise NotFound(f"没有编号为 {template_id} 的报告模板", "请从“报告模板”页重新进入")
    return found


def upload_template(session: Session, name: str, content: bytes, *, by: Actor) -> ReportTemplate:
    """Check the template and use it from now on. Raises NotAllowed, UnreadableFile that names what is wrong."""
    check_may_change(by)
    check_template(name, content)
    use_template(session, None, by=by)
    template = ReportTemplate(
        name=name[:200], content=content, sha256=hashlib.sha256(content).hexdigest(), uploaded_by_id=by.account_id
    )
    session.add(template)
    session.flush()
    record_event(session, AuditAction.ADDED, record=template, reason=f"上传报告模板 {name[:200]}")
    return template


def use_template(session: Session, template: ReportTemplate | None, *, by: Actor) -> None:
    """Use this one from now on, or with None the shipped one. Raises NotAllowed."""
    check_may_change(by)
    for one in session.exec(select(ReportTemplate).where(col(ReportTemplate.is_active))):
        one.is_active = False
        session.add(one)
    if template is not None:
        template.is_active = True
        session.add(template)
    session.flush()
    record_event(session, AuditAction.CHANGED, record=template, reason="更换在用的报告模板")


def check_may_change(by: Actor) -> None:
    """The template is the whole city's: districts write with it, the city changes it. Raises NotAllowed."""
    if not by.may(Right.MAKE_REPORTS) or not by.oversees_everything:
        raise NotAllowed("报告模板由市科技局维护", "请把修改意见告诉市科技局；区县可以下载现用模板查看")


def _check_may_read(reader: Actor) -> None:
    if not reader.may(Right.MAKE_REPORTS):
        raise NotAllowed("您没有“编制报告”的权限", "请联系市科技局")
