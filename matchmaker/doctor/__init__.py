"""`matchmaker doctor`: looks at everything an installation needs and says what to repair. It changes nothing.

Every check stands for itself: what is down is one red line, and what can only be asked of it is left out. A check
that gets no answer is given up. No sentence holds a secret: libraries that repeat URLs are not quoted, or masked.
"""

from collections.abc import Iterable, Iterator

from matchmaker.bounded import Bounded
from matchmaker.doctor import installation, notices, reports, searching, trail
from matchmaker.doctor.base import Check, Finding, Level, Patient
from matchmaker.doctor.settings import readable_settings
from matchmaker.models.outbox import RecordKind

__all__ = ["Finding", "Level", "examine"]

# Longer than an engine in trouble needs to answer something; building jieba's dictionary takes two seconds of it.
_SECONDS = 15.0
# Importing torch and reading a large model from a slow disk.
_MODEL_SECONDS = 120.0

# In the order in which to repair.
_CHECKS: tuple[tuple[str, str, float, Check], ...] = (
    ("data_folder", "数据目录", _SECONDS, installation.data_folder),
    ("city", "城市配置", _SECONDS, installation.city),
    ("database", "数据库", _SECONDS, installation.database),
    ("clock", "系统时间", _SECONDS, installation.clock),
    ("backup", "备份", _SECONDS, installation.backup),
    ("engine", searching.ENGINE, _SECONDS, searching.engine),
    ("model", "语义模型", _MODEL_SECONDS, searching.model),
    ("coefficients", "匹配系数", _SECONDS, searching.coefficients),
    *((f"index_{kind.value}", f"{kind.label}索引", _SECONDS, searching.index_of(kind)) for kind in RecordKind),
    ("queue", "索引队列", _SECONDS, searching.queue),
    ("mail", "邮件服务器", _SECONDS, notices.mail),
    ("notices", "通知发送", _SECONDS, notices.deliveries),
    ("reports", "报告图表", _SECONDS, reports.drawing),
    # Some 50,000 events a second.
    ("audit", "操作记录", _MODEL_SECONDS, trail.chain),
)


def examine() -> Iterator[Finding]:
    """All findings, as they come. Raises nothing."""
    settings, problems = readable_settings()
    yield from problems or [Finding("settings", "设置", "green", "各项设置都能读懂")]
    patient = Patient(settings)
    try:
        for name, label, seconds, check in _CHECKS:
            yield from _checked(patient, name, label, seconds, check)
    finally:
        patient.close()


def _checked(patient: Patient, name: str, label: str, seconds: float, check: Check) -> Iterable[Finding]:
    try:
        return Bounded(lambda: list(check(patient))).answer(seconds=seconds)
    except TimeoutError:
        patient.gave_up = True
        return [Finding(name, label, "red", f"{seconds:.0f} 秒内没有回答", "请检查它所在的服务器和网络后再运行一次")]
    except Exception as error:
        # A doctor must not fall ill: whatever nobody has thought of is a line as well.
        said = f"检查未能完成（{type(error).__name__}）"
        return [Finding(name, label, "red", said, "请检查相关文件和服务；仍不行请把这一行告诉软件维护者")]
