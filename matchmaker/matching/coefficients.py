"""Which coefficients are in force: those the installation has learned, else those that came with the program.

Both stand in a file of one form, `coefficients.toml`: the packaged one beside this module, the learned one in the data
folder. Each model names its embedder, what it was fitted on, and how it did on judgments held back from the fit.
Removing the learned file goes back to the packaged one.
"""

import hashlib
import logging
import threading
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from matchmaker.errors import UnreadableFile
from matchmaker.indexes import Indexes
from matchmaker.matching.probability import PAIR_FEATURES, Coefficients, PairModel
from matchmaker.matching.scoring import MATCHER_VERSION

log = logging.getLogger("matchmaker.matching")

PACKAGED = Path(__file__).with_name("coefficients.toml")
# For pairs without meaning, and for language models nobody has fitted yet.
WORDS = "words"
_DIGEST = 8


@dataclass(frozen=True)
class FittedModel:
    """One model of a file: coefficients, what they were fitted on, when (ISO time, empty: with the program).

    `judged` says how it did on pairs that took no part in the fit, as `learning.py` writes it; empty where nobody
    has measured.
    """

    embedder: str
    coefficients: Coefficients
    fitted_on: str
    fitted_at: str = ""
    judged: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class CoefficientFile:
    """The models of a file by embedder name. `digest` tells its content in eight characters; empty: packaged."""

    models: Mapping[str, FittedModel]
    digest: str = ""

    @property
    def version(self) -> str:
        """Version of the matcher with these coefficients: what an audit compares with a stored match."""
        return f"{MATCHER_VERSION}+{self.digest}" if self.digest else MATCHER_VERSION

    def of(self, embedder: str | None) -> FittedModel:
        """The model for pairs of that embedder; `words` where it has none."""
        return self.models.get(model_name(embedder)) or self.models[WORDS]

    def pair_model(self, embedder: str | None) -> PairModel:
        """What compares the pairs of an index with that embedder."""
        meaning = self.models.get(model_name(embedder))
        return PairModel(meaning.coefficients if meaning else None, self.models[WORDS].coefficients, self.version)


def model_name(embedder: str | None) -> str:
    """The name of a language model without what was added to it for one installation."""
    return (embedder or WORDS).partition("+")[0]


def learned_file(data_dir: Path) -> Path:
    """Where an installation keeps what it has learned."""
    return data_dir / "coefficients.toml"


@cache
def packaged() -> CoefficientFile:
    """What came with the program."""
    return CoefficientFile(_models(PACKAGED.read_text("utf-8"), PACKAGED))


def coefficients_of(data_dir: Path) -> CoefficientFile:
    """What is in force for an installation with this data folder. Raises UnreadableFile for a broken learned file."""
    path = learned_file(data_dir)
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return packaged()
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path) from error
    digest = hashlib.sha256(text.encode()).hexdigest()[:_DIGEST]
    return CoefficientFile({**packaged().models, **_models(text, path)}, digest)


class _Memory:
    """The models in force for open indexes, read anew when the learned file has changed: a service need not restart."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._read: WeakKeyDictionary[Indexes, tuple[object, CoefficientFile]] = WeakKeyDictionary()

    def of(self, indexes: Indexes) -> CoefficientFile:
        stamp = _stamp(learned_file(indexes.data_dir))
        with self._lock:
            known = self._read.get(indexes)
            if known is not None and known[0] == stamp:
                return known[1]
        try:
            read = coefficients_of(indexes.data_dir)
        except UnreadableFile as error:
            # Matching goes on with what came with the program; `doctor` says what to repair.
            log.warning("%s", error)
            read = packaged()
        with self._lock:
            self._read[indexes] = stamp, read
        return read


_MEMORY = _Memory()


def coefficients_in_force(indexes: Indexes) -> CoefficientFile:
    """What is in force for these indexes; the packaged ones where the learned file cannot be read."""
    return _MEMORY.of(indexes)


def pair_model(indexes: Indexes) -> PairModel:
    """What compares pairs of these indexes."""
    return coefficients_in_force(indexes).pair_model(indexes.meaning.name)


def matcher_version(indexes: Indexes | None) -> str:
    """Version of rules and coefficients in force."""
    return coefficients_in_force(indexes).version if indexes is not None else MATCHER_VERSION


def _stamp(path: Path) -> object:
    try:
        known = path.stat()
    except OSError:
        return None
    return known.st_mtime_ns, known.st_size, known.st_ino


def _models(text: str, path: Path) -> dict[str, FittedModel]:
    try:
        models = {}
        for model in tomllib.loads(text)["model"]:
            weights = {name: float(model["weights"][name]) for name in PAIR_FEATURES if name in model["weights"]}
            if len(weights) != len(model["weights"]):
                raise KeyError("unknown feature")
            coefficients = Coefficients(float(model["intercept"]), weights)
            name = str(model["embedder"])
            models[name] = FittedModel(
                name,
                coefficients,
                str(model["fitted_on"]),
                str(model.get("fitted_at", "")),
                dict(model.get("judged", {})),
            )
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise _unreadable(path) from error
    return models


def _unreadable(path: Path) -> UnreadableFile:
    return UnreadableFile(
        f"{path} 不是可用的匹配系数文件", "请删除该文件（即恢复随附系数），或重新运行 matchmaker learn"
    )
