"""The pre-check 登记预检: the wizard before the application to the registry, and the national form filled in.

Nothing here decides or numbers anything: the registry 技术合同登记机构 does.
"""

from matchmaker.precheck.answering import answer, override, questions_for
from matchmaker.precheck.form import national_form
from matchmaker.precheck.form_fields import FormSection, form_sections
from matchmaker.precheck.result import Asked, Group, PaperNeeded, Precheck, precheck

__all__ = [
    "Asked",
    "FormSection",
    "Group",
    "PaperNeeded",
    "Precheck",
    "answer",
    "form_sections",
    "national_form",
    "override",
    "precheck",
    "questions_for",
]
