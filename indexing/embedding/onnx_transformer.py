"""A sentence-transformers model whose encoder is an ONNX file. Imports that library: import it only where it is used."""

import json
from collections.abc import Sequence
from typing import Any

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import InputModule
from sentence_transformers.util.misc import import_from_string

from indexing.embedding.model_folder import ModelFolder
from indexing.embedding.onnx_encoder import OnnxEncoder


class OnnxTransformer(InputModule):  # type: ignore[misc]  # the library is not looked into
    """The encoder as a module of that library. Its own ONNX backend wants `optimum`, which wants an older `transformers`.

    Each text is run by itself: a model of 8-bit numbers makes another vector of it in every batch.
    """

    def __init__(self, folder: ModelFolder) -> None:
        super().__init__()
        settings = json.loads((folder.path / "config.json").read_text("utf-8"))
        self.encoder = OnnxEncoder(
            folder.path / "onnx" / "model.onnx",
            folder.path / "tokenizer.json",
            int(settings["max_position_embeddings"]),
        )

    def preprocess(self, inputs: Sequence[str], prompt: str | None = None, **_others: Any) -> dict[str, torch.Tensor]:
        """Tokens of the texts, padded to one length, and which of them are padding."""
        tokens = [torch.tensor(ids) for ids in self.encoder.tokens([(prompt or "") + text for text in inputs])]
        mask = [torch.ones_like(ids) for ids in tokens]
        pad = torch.nn.utils.rnn.pad_sequence
        return {"input_ids": pad(tokens, batch_first=True), "attention_mask": pad(mask, batch_first=True)}

    def forward(self, features: dict[str, Any], **_others: Any) -> dict[str, Any]:
        """Adds `token_embeddings`, one row for every token."""
        lengths = features["attention_mask"].sum(dim=1).tolist()
        tokens = [ids[:length] for ids, length in zip(features["input_ids"].tolist(), lengths, strict=True)]
        states = [torch.from_numpy(rows) for rows in self.encoder.states(tokens)]
        return {**features, "token_embeddings": torch.nn.utils.rnn.pad_sequence(states, batch_first=True)}

    def save(self, *_arguments: Any, **_others: Any) -> None:
        """Nothing here is trained, so there is nothing to save."""


def onnx_sentence_transformer(folder: ModelFolder) -> SentenceTransformer:
    """The model in the folder: its encoder by onnxruntime, what comes after it by the library itself."""
    later = [import_from_string(kind).load(str(path)) for kind, path in folder.later_modules() if _is_known(kind)]
    return SentenceTransformer(modules=[OnnxTransformer(folder), *later], device="cpu")


def _is_known(kind: str) -> bool:
    """Vectors are normalised when they are asked for. Code from a folder is never run."""
    if not kind.startswith("sentence_transformers."):
        raise ValueError(f"{kind} is no module of sentence-transformers")
    return not kind.endswith(".Normalize")
