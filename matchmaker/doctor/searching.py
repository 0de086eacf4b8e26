"""Checks of what searching needs: engine, language model, both indexes, the queue that feeds them."""

import tempfile
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from sqlmodel import Session, col, select

from indexing import EmbedderNotAvailable, IndexingError, IndexNotBuilt, IndexOutdated, open_embedder
from matchmaker.doctor.base import Check, Finding, Patient, parted
from matchmaker.errors import UnreadableFile
from matchmaker.index_state import LATE_SECONDS, queue_state
from matchmaker.indexes import open_indexes
from matchmaker.logs import without_secrets
from matchmaker.matching.coefficients import coefficients_of
from matchmaker.models.outbox import IndexOutbox, RecordKind
from matchmaker.searched import published_versions

ENGINE = "检索引擎"
_SHOWN_RECORDS = 5


def engine(patient: Patient) -> Iterable[Finding]:
    """Can the engine be searched and written. Reading needs no writer's place: a running service keeps it."""
    line = partial(Finding, "engine", ENGINE)
    # What opening writes goes to a folder of its own: the data folder may be full, and is not to be changed.
    patient.folder = Path(tempfile.mkdtemp(prefix="matchmaker-doctor-"))
    apart = {"data_dir": patient.folder, "engine_url": patient.settings.resolved_engine_url()}
    patient.obstacle = ENGINE
    try:
        patient.indexes = open_indexes(patient.settings.model_copy(update=apart))
        health = patient.indexes.needs.health()
    except (IndexingError, ValueError) as error:
        return [line("red", *parted(str(error), "请改正 MATCHMAKER_ENGINE_URL"))]
    if health.level != "red":
        patient.obstacle = ""
    if health.level == "green":
        return [line("green", without_secrets(health.sentence))]
    return [line(health.level, *parted(health.sentence, "请按上述说明处理"))]


def model(patient: Patient) -> Iterable[Finding]:
    """Can the language model be loaded: it is."""
    line = partial(Finding, "model", "语义模型")
    chosen = patient.settings.embedder
    try:
        embedder = open_embedder(chosen)
        if embedder is not None:
            embedder.embed_query("检查")
    except EmbedderNotAvailable as error:
        return [line("red", *parted(str(error), "请改正 MATCHMAKER_EMBEDDER"))]
    if chosen == "off":
        return [line("yellow", "已关闭，只按词检索", "需要语义检索时，请设 MATCHMAKER_EMBEDDER=bundled 并重建索引")]
    if chosen == "hash":
        return [line("yellow", "hash 只供测试，不懂语义", "请设 MATCHMAKER_EMBEDDER=bundled 并重建索引")]
    return [line("green", f"{chosen} 可以载入")]


def coefficients(patient: Patient) -> Iterable[Finding]:
    """Which coefficients matching uses, and whether the learned ones can be read."""
    line = partial(Finding, "coefficients", "匹配系数")
    try:
        found = coefficients_of(patient.settings.data_dir)
    except UnreadableFile as error:
        return [line("red", f"{error.detail}，现用随附系数", error.fix)]
    if not found.digest:
        return [line("green", f"随附系数，规则版本 {found.version}")]
    learned = max(model.fitted_at for model in found.models.values())[:10]
    return [line("green", f"本站 {learned} 学习的系数，规则版本 {found.version}")]


def index_of(kind: RecordKind) -> Check:
    """The check of one index: built, built our way, and with a document for every published record."""
    label = f"{kind.label}索引"
    line = partial(Finding, f"index_{kind.value}", label)

    def check(patient: Patient) -> Iterable[Finding]:
        if patient.indexes is None or patient.obstacle == ENGINE:
            return []
        index, meaning, published = patient.indexes.of(kind), patient.indexes.meaning, _published(patient, kind)
        try:
            documents = index.count()
            without_meaning = 0 if meaning.state == "off" else len(index.without_meaning())
        except IndexNotBuilt:
            return [line("red" if published else "yellow", "尚未建立", "请运行 matchmaker reindex")]
        except IndexOutdated:
            patient.obstacle = label
            return [line("red", "是用另一版词典或语义模型建立的，不能检索", "请运行 matchmaker reindex")]
        except IndexingError as error:
            patient.obstacle = label
            return [line("red", *parted(str(error), "请运行 matchmaker reindex"))]
        sentence = f"{documents} 条，其中 {without_meaning} 条缺语义"
        if published is None:
            return [line("green", sentence)]
        sentence += f"；已发布的记录 {published} 条"
        # What waits is on its way, and what is refused has a line of its own.
        if waiting := _waiting(patient, kind):
            return [line("green", f"{sentence}，队列中 {waiting} 条")]
        if without_meaning or documents != published:
            return [line("yellow", sentence, "请运行 matchmaker reindex --stale 补齐")]
        return [line("green", sentence)]

    return check


def queue(patient: Patient) -> Iterator[Finding]:
    """How long changes have waited and for whom; which records are refused, and why."""
    if patient.database is None:
        return
    line = partial(Finding, "queue", "索引队列")
    with Session(patient.database) as session:
        state = queue_state(session)
        refused = col(IndexOutbox.problem).is_not(None)
        first = session.exec(select(IndexOutbox).where(refused).order_by(col(IndexOutbox.id)).limit(_SHOWN_RECORDS))
        shown = "；".join(f"{one.kind.label} {one.record_id}（{one.problem}）" for one in first)
    sentence = f"等待写入：词 {state.waiting_words} 条、语义 {state.waiting_meaning} 条"
    if state.waiting_words:
        sentence += f"，最早的已等 {state.lag_seconds:.0f} 秒"
    if state.waiting_rebuilds:
        sentence += "；已要求重建索引"
    if state.lag_seconds <= LATE_SECONDS:
        yield line("green", sentence)
    elif patient.obstacle:
        repair = f"请先按“{patient.obstacle}”一行修复，之后会自动写入"
        yield line("red", f"{sentence}；{patient.obstacle}有故障", repair)
    else:
        repair = "请启动 matchmaker serve 或 matchmaker worker；已启动的请看它的日志"
        yield line("red", f"{sentence}；没有进程在写索引", repair)
    if shown:
        sentence = without_secrets(f"{state.refused} 条不能写入索引：{shown}{'等' * (state.refused > _SHOWN_RECORDS)}")
        yield Finding("refused", "退回的记录", "yellow", sentence, "请按原因修改这些记录，保存后自动写入")


def _published(patient: Patient, kind: RecordKind) -> int | None:
    if patient.database is None:
        return None
    with Session(patient.database) as session:
        return len(published_versions(session, kind))


def _waiting(patient: Patient, kind: RecordKind) -> int:
    if patient.database is None:
        return 0
    with Session(patient.database) as session:
        return len(set(session.exec(select(IndexOutbox.record_id).where(col(IndexOutbox.kind) == kind))))
