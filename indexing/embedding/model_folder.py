"""What the folder of a sentence-transformers model says of itself. No model library is loaded, no weights are read through."""

import hashlib
import json
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from indexing.embedding.prompts import Prompts, prompts_of
from indexing.errors import EmbedderNotAvailable

# A folder with this file, {"name": …, "prompts": {"query": …, "document": …}}, makes the vectors known under that name;
# its prompts, where there are any, come before all others, empty ones too.
NAME_FILE = "matchmaker-model.json"
WEIGHTS = (".safetensors", ".bin")
# Run by onnxruntime, where the weights are there in no other form.
ONNX_FILE = Path("onnx", "model.onnx")
# What decides which vectors come out, and all that has to be fetched of a model: settings, vocabulary, weights.
SUFFIXES = (".json", ".txt", ".model", *WEIGHTS)
# Of files above a megabyte, places evenly spread are read: another training moves every weight a little.
WHOLE_FILE = 1 << 20
PLACES = 256
PLACE_BYTES = 4096


class ModelFolder:
    """A folder, checked: every file that its own lists name is there and whole.

    `called` is the name its family is recognised by. Raises EmbedderNotAvailable naming what is missing.
    """

    def __init__(self, path: Path, called: str) -> None:
        self.path = path
        self._called = called
        self._modules = self._json("modules.json")
        if not isinstance(self._modules, list) or not all(isinstance(one, dict) for one in self._modules or [None]):
            raise self._unusable("缺少 modules.json 或其中没有内容，不是 sentence-transformers 格式的模型")
        try:
            self._check()
        except OSError as error:
            raise self._unusable(f"{error.filename} 无法读取") from error

    @cached_property
    def prompts(self) -> Prompts:
        """What to put before queries and documents."""
        given = self._object(NAME_FILE).get("prompts")
        if isinstance(given, dict):
            return Prompts(str(given.get("query", "")), str(given.get("document", "")))
        own = self._object("config_sentence_transformers.json").get("prompts")
        known_as = f"{self._object('config.json').get('_name_or_path', '')} {self._called}"
        return prompts_of(known_as, own if isinstance(own, dict) else {})

    @cached_property
    def name(self) -> str:
        """One name for one model, wherever its folder lies: from `matchmaker-model.json`, else from its content.

        Under the name in that file the vectors are known; the other names say architecture and digest.
        """
        given = self._object(NAME_FILE).get("name")
        if isinstance(given, str) and given:
            return given
        digest = hashlib.sha256("\n".join(self.prompts).encode())
        for file in self._files():
            digest.update(f"{file.relative_to(self.path).as_posix()} {file.stat().st_size}\n".encode())
            for sample in _samples(file):
                digest.update(sample)
        kind = self._object("config.json").get("model_type", "model")
        return f"sentence-transformers:{kind}-{digest.hexdigest()[:16]}"

    @cached_property
    def dimensions(self) -> int | None:
        """Length of the vectors, where the settings tell it without loading the model."""
        found: int | None = None
        for module in self._modules:
            kind = str(module.get("type")).rpartition(".")[2]
            settings = self._object(f"{module.get('path')}/config.json")
            if kind == "Pooling":
                modes = settings.get(
                    "pooling_mode", [mode for mode, on in settings.items() if on is True and "_mode_" in mode]
                )
                width = settings.get("embedding_dimension", settings.get("word_embedding_dimension"))
                found = width * (1 if isinstance(modes, str) else len(modes)) if isinstance(width, int) else None
            elif kind == "Dense":
                found = settings.get("out_features")
            elif kind not in {"Transformer", "Normalize", "Dropout", "LayerNorm"}:
                return None
        return found or None

    @property
    def onnx_file(self) -> Path | None:
        """The weights, if they are there as an ONNX file and in no other form."""
        file = self.path / ONNX_FILE
        return file if file.is_file() and not any(one.suffix in WEIGHTS for one in self._files()) else None

    def later_modules(self) -> list[tuple[str, Path]]:
        """Class and folder of what comes after the encoder: pooling, normalising and their kin."""
        return [(str(module.get("type", "")), self.path / str(module.get("path", ""))) for module in self._modules[1:]]

    @property
    def stored_type(self) -> str:
        """The type of number the weights are stored in, as the settings say it; empty if they do not."""
        config = self._object("config.json")
        return str(config.get("dtype") or config.get("torch_dtype") or "").removeprefix("torch.")

    def _check(self) -> None:
        files = self._files()
        weights = [file for file in files if file.suffix in (*WEIGHTS, ONNX_FILE.suffix)]
        if not weights:
            raise self._unusable(f"没有权重文件（model.safetensors、pytorch_model.bin 或 {ONNX_FILE.as_posix()}）")
        for module in self._modules:
            path, kind = str(module.get("path", "")), str(module.get("type", ""))
            # A normalising step has no settings, and copies often lose its empty folder.
            if path and not (self.path / path).is_dir() and not kind.endswith("Normalize"):
                raise self._unusable(f"缺少子目录 {path}")
        # Weights in the older form are not asked for where they are there in the newer one.
        form = next((suffix for suffix in WEIGHTS if any(file.suffix == suffix for file in weights)), "")
        for file in files:
            if file.name.endswith(f"{form}.index.json"):
                for part in sorted(set(self._object(str(file)).get("weight_map", {}).values())):
                    if not (file.parent / part).is_file():
                        raise self._unusable(f"缺少权重文件 {part}")
            with file.open("rb") as opened:
                start = opened.read(64)
            if start.startswith(b"version https://git-lfs"):
                raise self._unusable(
                    f"{file.name} 只是 Git LFS 指针，不是文件本身（请在有网络处运行 git lfs pull 后再拷贝）"
                )
            if file.suffix == ".safetensors" and not _is_whole(file):
                raise self._unusable(f"{file.name} 不完整")

    def _files(self) -> list[Path]:
        """Two levels: a model keeps its parts in subfolders, and nothing of it lies deeper."""
        found = [*self.path.glob("*"), *self.path.glob("[!.]*/*")]
        files = sorted(file for file in found if file.suffix in SUFFIXES and file.is_file() and file.name != NAME_FILE)
        onnx = self.path / ONNX_FILE
        if onnx.is_file() and not any(file.suffix in WEIGHTS for file in files):
            files.append(onnx)
        return files

    def _json(self, name: str) -> Any:
        try:
            return json.loads((self.path / name).read_text("utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise self._unusable(f"{name} 无法读取") from error

    def _object(self, name: str) -> dict[str, Any]:
        found = self._json(name)
        return found if isinstance(found, dict) else {}

    def _unusable(self, reason: str) -> EmbedderNotAvailable:
        return EmbedderNotAvailable(
            f"语义模型目录“{self.path}”不可用：{reason}。请完整拷贝模型目录（含子目录）后重启，或设 MATCHMAKER_EMBEDDER=bundled"
        )


def _samples(file: Path) -> Iterator[bytes]:
    size = file.stat().st_size
    with file.open("rb") as opened:
        if size <= WHOLE_FILE:
            yield opened.read()
            return
        for place in range(PLACES):
            opened.seek(place * (size - PLACE_BYTES) // (PLACES - 1))
            yield opened.read(PLACE_BYTES)


def _is_whole(file: Path) -> bool:
    """Whether a safetensors file is as long as its header says: eight bytes of length, header, then the tensors."""
    size = file.stat().st_size
    with file.open("rb") as opened:
        length = int.from_bytes(opened.read(8), "little")
        if not 2 <= length <= size - 8:
            return False
        try:
            header = json.loads(opened.read(length))
            ends = [entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"]
        except (ValueError, KeyError, TypeError, AttributeError):
            return False
    return size == 8 + length + max(ends, default=0)
