"""An encoder of the BERT kind in an ONNX file, run by onnxruntime on the processor."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from indexing.embedding.base import Matrix
from indexing.embedding.threads import cpu_threads


class OnnxEncoder:
    """Runs every text by itself, as many at a time as there are threads.

    A model of 8-bit numbers scales them by the largest number in what it is given, so in a batch a text's vector
    would depend on its neighbours (bge-small-zh-v1.5: cosine 0.988 to 1 with the same text alone): one text would
    have one meaning when it is stored and another when it is typed. Alone is also twice as fast for texts of 400
    characters, having no padding, and half as slow again for short titles.

    Raises whatever onnxruntime and tokenizers raise for files they cannot use.
    """

    def __init__(self, model: Path, tokenizer: Path, longest: int) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        onnxruntime.disable_telemetry_events()
        options = onnxruntime.SessionOptions()
        # Work is shared out by texts, not within one: threads then never wait for each other.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._inputs = {entry.name for entry in self._session.get_inputs()}
        self._output = self._session.get_outputs()[0].name
        self._tokenizer: Any = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.enable_truncation(longest)
        self._tokenizer.no_padding()
        self._threads = cpu_threads()
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None

    def tokens(self, texts: Sequence[str]) -> list[list[int]]:
        """The tokens of every text, the first and last of which stand for its start and end."""
        return [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]

    def states(self, tokens: Sequence[Sequence[int]]) -> list[Matrix]:
        """What the encoder makes of each text's tokens: a row for every token."""
        if len(tokens) < 2 or self._threads == 1:
            return [self._run(ids) for ids in tokens]
        with self._lock:
            self._pool = self._pool or ThreadPoolExecutor(self._threads, "onnx")
        return list(self._pool.map(self._run, tokens))

    def _run(self, tokens: Sequence[int]) -> Matrix:
        ids = np.array([tokens], np.int64)
        given = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        (states,) = self._session.run([self._output], {name: given[name] for name in self._inputs})
        rows: Matrix = states[0]
        return rows
