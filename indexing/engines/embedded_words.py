"""The words of one generation of the embedded engine: a tantivy index of ready-made tokens.

What was found out about tantivy 0.27, by trying:

- The tokenizers `whitespace` and `raw` neither fold case nor drop anything up to 65,530 bytes of UTF-8;
  longer tokens vanish without a word, so they are refused here. (`default` would fold case, split at
  punctuation and drop what is longer than 40 bytes.)
- A number range tells −0.0 from 0.0, and a range open at both ends is refused.
- `delete_documents_by_term` reads every number as a signed one: on an unsigned field it deletes nothing,
  without a word. So the key is a signed number.
- `count=True`, the default of `search`, reads every match; without it the hopeless ones are skipped.
- Its tie-breaker field is no help for order by id: its values start at random and replace the score.
- idf counts deleted documents until their segment is merged away; scores drift by that little.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path

import tantivy

from indexing.document import IndexSchema
from indexing.query import Filter, NotTerms, Range, Terms, WordsQuery

MAX_TERM_BYTES = 65_530

# One thread: a batch of a thousand documents then makes one segment, and measured no slower than two.
_WRITER_THREADS = 1
# What is written before a commit becomes one segment for each so many bytes, about 400,000 documents; taken as needed.
_WRITER_BYTES = 200_000_000

_KEY = "key"
# What a filter adds to the score of a document it lets through.
_NO_SCORE = 0.0


def key_of(document_id: str) -> int:
    """The number that stands for a document in the word index.

    A number can be read for many hits at once, a stored id only hit by hit. It is made from the id alone,
    so writing a document again after a crash finds the same number. 64 bits: among a million documents,
    two share a number with a probability of 3 in 100 million.
    """
    return int.from_bytes(blake2b(document_id.encode(), digest_size=8).digest(), "big", signed=True)


class Words:
    """One word index, open for reading, from any number of threads."""

    def __init__(self, directory: Path, schema: IndexSchema) -> None:
        self._names = _FieldNames(schema)
        self._index = tantivy.Index.open(str(directory))
        # The other policy starts a thread that polls the directory; the owner knows when to look.
        self._index.config_reader("manual")
        self._schema = self._index.schema

    @staticmethod
    def create(directory: Path, schema: IndexSchema) -> None:
        """Make an empty word index in an existing, empty directory."""
        names = _FieldNames(schema)
        builder = tantivy.SchemaBuilder()
        builder.add_integer_field(_KEY, indexed=True, fast=True)
        for name in names.texts.values():
            builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
        for name in names.keywords.values():
            builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
        for name in names.numbers.values():
            builder.add_float_field(name, fast=True)
        tantivy.Index(builder.build(), path=str(directory))

    def writer(self) -> "WordsWriter":
        """tantivy allows one at a time."""
        return WordsWriter(self._index.writer(_WRITER_BYTES, _WRITER_THREADS), self._names)

    def latest(self) -> tantivy.Searcher:
        """A view of what has been committed up to now; it does not change any more."""
        self._index.reload()
        return self._index.searcher()

    def keys(self) -> set[int]:
        """Of all documents."""
        searcher = self.latest()
        return {key for key, _ in top(searcher, tantivy.Query.all_query(), searcher.num_docs)}

    def document_frequency(self, searcher: tantivy.Searcher, word: str, fields: Iterable[str]) -> int:
        """In how many documents the word is, in the one of the fields where it is in most. Counts dead copies."""
        return max((searcher.doc_freq(self._names.texts[field], word) for field in fields), default=0)

    def query(self, words: WordsQuery, filters: Sequence[Filter]) -> tantivy.Query:
        """`words` and `filters` in tantivy's terms. The field names have been checked."""
        clauses = [
            (tantivy.Occur.Should, self._weighted_term(self._names.texts[field], token, field_weight * token_weight))
            for field, field_weight in words.fields.items()
            for token, token_weight in words.tokens.items()
            if field_weight * token_weight > 0
        ]
        ranking = tantivy.Query.boolean_query(clauses)
        if not filters:
            return ranking
        return tantivy.Query.boolean_query([(tantivy.Occur.Must, ranking), *map(self._filter_clause, filters)])

    def _weighted_term(self, name: str, token: str, weight: float) -> tantivy.Query:
        return tantivy.Query.boost_query(
            tantivy.Query.term_query(self._schema, name, token, index_option="freq"), weight
        )

    def _filter_clause(self, filter_: Filter) -> tuple[tantivy.Occur, tantivy.Query]:
        match filter_:
            case Terms(field, values):
                occur, query = tantivy.Occur.Must, self._one_of(field, values)
            case NotTerms(field, values):
                return tantivy.Occur.MustNot, self._one_of(field, values)
            case Range(field, low, high):
                occur, query = tantivy.Occur.Must, self._between(self._names.numbers[field], low, high)
        return occur, tantivy.Query.const_score_query(query, _NO_SCORE)

    def _one_of(self, field: str, values: Sequence[str]) -> tantivy.Query:
        return tantivy.Query.term_set_query(self._schema, self._names.keywords[field], list(values))

    def _between(self, name: str, low: float | None, high: float | None) -> tantivy.Query:
        if low is None and high is None:
            return tantivy.Query.exists_query(name)
        # Zero is stored without a sign; the upper bound has to lose its own as well.
        return tantivy.Query.range_query(
            self._schema,
            name,
            tantivy.FieldType.Float,
            lower_bound=None if low is None else float(low) + 0.0,
            upper_bound=None if high is None else float(high) + 0.0,
        )


class WordsWriter:
    """Changes a word index; nothing is kept or seen before `commit`. For one thread at a time."""

    def __init__(self, writer: tantivy.IndexWriter, names: "_FieldNames") -> None:
        self._writer = writer
        self._names = names

    def put(
        self,
        key: int,
        texts: Mapping[str, str],
        filters: Mapping[str, list[str] | float],
        *,
        replaces: bool,
    ) -> None:
        """Add a document; `texts` are tokens joined by blanks.

        `replaces=False` saves looking for an older copy: only where there is none for sure.
        """
        if replaces:
            self.remove(key)
        document = tantivy.Document()
        document.add_integer(_KEY, key)
        for field, text in texts.items():
            document.add_text(self._names.texts[field], text)
        for field, value in filters.items():
            if isinstance(value, list):
                for one in value:
                    document.add_text(self._names.keywords[field], one)
            else:
                document.add_float(self._names.numbers[field], value)
        self._writer.add_document(document)

    def remove(self, key: int) -> None:
        self._writer.delete_documents_by_term(_KEY, key)

    def commit(self) -> None:
        self._writer.commit()

    def close(self) -> None:
        """Waits for merges that are under way, so that no thread makes files later. Drops what is not committed."""
        self._writer.wait_merging_threads()


def top(searcher: tantivy.Searcher, query: tantivy.Query, limit: int) -> list[tuple[int, float]]:
    """The best `limit` hits, best first, as document key and score."""
    if limit <= 0:
        return []
    hits = searcher.search(query, limit, count=False).hits
    keys = searcher.fast_field_values(_KEY, [address for _, address in hits])
    return [(int(key), score) for key, (score, _) in zip(keys, hits, strict=True) if key is not None]


class _FieldNames:
    """Our field names → tantivy's, which allows no Chinese and reads meaning into dots."""

    def __init__(self, schema: IndexSchema) -> None:
        self.texts = {field: f"text{n}" for n, field in enumerate(schema.text_fields)}
        self.keywords = {field: f"keyword{n}" for n, field in enumerate(schema.keyword_fields)}
        self.numbers = {field: f"number{n}" for n, field in enumerate(schema.number_fields)}
