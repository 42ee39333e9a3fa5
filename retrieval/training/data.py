"""Training data for the reader: questions, each with passages that answer it or do not.

`python -m retrieval.training.data SOURCES --sets SETS --out FOLDER` writes `train.jsonl`, and for
each source an evaluation set of its held-out articles.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import logging
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from retrieval.evaluation.sets import normalised
from retrieval.index.words import WordIndex
from retrieval.models.encoder import DEFAULT_MODEL, open_encoder
from retrieval.records import Article, Span
from retrieval.text import segmentation
from retrieval.training import questions

log = logging.getLogger(__name__)

HELD_OUT = 20  # one article in so many
LONGEST = 210  # tokens of a passage with its title: about what the index holds
CANDIDATES = 30  # passages that the search finds for a question, to choose hard negatives from
NEGATIVES = 6  # kept for each question
SAME_PASSAGE = 0.85  # cosine from which two passages may well tell the same
CROPPED = 0.35  # share of passages cut to a few sentences: paragraphs of news are short
SWAPPED = 10_000  # unanswerable questions made of answerable ones


@dataclass(frozen=True, slots=True)
class Source:
    """How questions of a source are used.

    `negatives` tells where passages that do not answer come from: any article, the same article
    only, or nowhere: "how is the battery?" is answered by every review. `most` questions are drawn,
    `copies` times each.
    """

    negatives: str = "any"
    most: int = 100_000
    copies: float = 1.0


SOURCES = {
    "squad_train": Source(),
    "squadshifts": Source(),
    "qamr": Source(most=3_500),
    "qadiscourse": Source(copies=1.0),
    "fairytaleqa": Source("same"),
    "fairytaleqa_sent": Source("same", copies=1.5),
    "nq_oracle": Source(copies=2.0),
    "reviewrc": Source("none", most=1_000),
    "selqa": Source(copies=2.0),
    "onestopqa": Source("other", copies=2.0),
    "qed": Source(copies=2.0),
    "squad": Source(copies=2.0),
    "clapnq": Source(copies=3.0),
}
NO_NEGATIVES = ("product reviews", "reddit posts")
MOST_OF_DOMAIN = {"product reviews": 3_500, "reddit posts": 4_500}


@dataclass(frozen=True, slots=True)
class Passage:
    """A title and a text, its sentences, and which characters answer; all offsets into the text.

    With `whole` the gold spans are whole sentences, in which no words stand out.
    """

    title: str
    text: str
    sentences: tuple[Span, ...]
    gold: tuple[Span, ...] = ()
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Example:
    """A question with the passage that answers it, and passages that do not, hardest first."""

    source: str
    question: str
    kind: str
    passage: Passage
    negatives: tuple[Passage, ...] = field(default=())


def load(folder: Path) -> Iterator[dict[str, Any]]:
    """All lines of the sources, each with the name of its source."""
    for path in sorted(folder.glob("*.jsonl.gz")):
        name = path.name.removesuffix(".jsonl.gz")
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                yield {**json.loads(line), "source": name}


def load_fit_half(folder: Path, others: Sequence[Path]) -> Iterator[dict[str, Any]]:
    """The questions of a set's fit half, each with the paragraph that answers or comes close.

    Articles that another set has in its report half are left out.
    """
    reported = set()
    for other in others:
        halves = defaultdict(set)
        for line in _lines(other / "questions.jsonl"):
            for id in line["article_ids"]:
                halves[line["half"]].add(id)
        reported |= {
            a["title"] for a in _lines(other / "articles.jsonl") if a["id"] in halves["report"]
        }
    articles = {article["id"]: article for article in _lines(folder / "articles.jsonl")}
    for line in _lines(folder / "questions.jsonl"):
        if line["half"] != "fit" or not line["article_ids"]:
            continue
        article = articles[line["article_ids"][0]]
        if article["title"] in reported:
            continue
        paragraphs = article["text"].split("\n\n")
        row = {
            "source": folder.name,
            "id": line["id"],
            "question": line["question"],
            "title": article["title"],
            "domain": "wikipedia",
            "kind": "span",
        }
        if not line["answerable"]:
            yield {**row, "passage": None, "paragraphs": paragraphs, "answers": []}
            continue
        if folder.name == "clapnq":
            row["kind"] = "sentence"
        words = set(normalised(line["question"]).split())
        holding = [p for p in paragraphs if any(a in p for a in line["answers"])]
        if not holding:
            continue
        passage = max(holding, key=lambda p: len(words & set(normalised(p).split())))
        answers = [{"text": a, "start": passage.find(a)} for a in line["answers"] if a in passage]
        yield {**row, "passage": passage, "answers": answers}


def is_held_out(row: dict[str, Any]) -> bool:
    """Whether an article is never trained on: one in twenty, the same in every source."""
    key = (row["title"] or row["passage"]).casefold()
    return int(hashlib.sha256(key.encode()).hexdigest(), 16) % HELD_OUT == 0


def sentences_of(text: str) -> tuple[Span, ...]:
    """The sentences of all paragraphs of a text."""
    return tuple(
        Span(*s) for p in segmentation.paragraphs(text) for s in segmentation.sentences(text, p)
    )


class Corpus:
    """All passages, with the product's own indexes of their vectors and words."""

    def __init__(self, passages: Sequence[tuple[str, str]], folder: Path) -> None:
        """Embed and index passages, each a title and a text."""
        self.encoder = open_encoder(DEFAULT_MODEL, folder / "models")
        self.passages = passages
        self.numbers = {passage: number for number, passage in enumerate(passages)}
        self._sentences: dict[int, tuple[Span, ...]] = {}
        texts = [f"{title}. {text}" if title else text for title, text in passages]
        chunks = [texts[start : start + 512] for start in range(0, len(texts), 512)]
        self.vectors = np.concatenate([self.encoder.encode_documents(chunk) for chunk in chunks])
        log.info("embedded %d passages", len(passages))
        self.words = WordIndex(folder / "words")
        self.words.update(
            ((i, text, Article(str(i), title, text)) for i, (title, text) in enumerate(passages)),
            [],
        )
        log.info("indexed %d passages", len(passages))

    def passage(
        self, number: int, gold: Sequence[Span] = (), *, whole: bool = False
    ) -> Passage | None:
        """A passage, cut as the index would cut it around what answers; None if it cannot be."""
        title, text = self.passages[number]
        if number not in self._sentences:
            self._sentences[number] = sentences_of(text)
        passage = Passage(title, text, self._sentences[number], tuple(gold), whole)
        return shortened(passage, self.encoder.count_tokens) if passage.sentences else None

    def search(self, questions: Sequence[str]) -> Iterator[list[int]]:
        """The best passages of each question by the fused score."""
        for start in range(0, len(questions), 512):
            chunk = questions[start : start + 512]
            cosines = self.encoder.encode_documents(chunk) @ self.vectors.T
            for row, question in zip(cosines, chunk, strict=True):
                bm25 = self.words.best(question, 50)
                highest = max(bm25.values(), default=0.0) or 1.0
                fused = row.copy()
                for id, score in bm25.items():
                    fused[id] += score / highest
                yield np.argsort(-fused)[:CANDIDATES].tolist()
            if start % 10_240 == 0:
                log.info("searched for %d questions", start)


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def _drawn(rows: Iterable[dict[str, Any]], rng: random.Random) -> list[dict[str, Any]]:
    """As many of each source and domain as it is worth."""
    groups = defaultdict(list)
    for row in rows:
        groups[row["source"], row["domain"]].append(row)
    drawn = []
    for (source, domain), group in groups.items():
        rng.shuffle(group)
        drawn += group[: MOST_OF_DOMAIN.get(domain, SOURCES[source].most)]
    by_source = defaultdict(list)
    for row in drawn:
        by_source[row["source"]].append(row)
    return [row for name, group in by_source.items() for row in group[: SOURCES[name].most]]


def examples(folder: Path, sets: Path, work: Path, seed: int = 1) -> Iterator[Example]:
    """All training examples, each question once."""
    rng = random.Random(seed)
    rows = _drawn((row for row in load(folder) if not is_held_out(row)), rng)
    for name in ("squad", "clapnq"):
        rows += load_fit_half(sets / name, [sets / "xquad-en", sets / "news-facts"])
    passages = {
        (row["title"] or "", text): None
        for row in rows
        for text in ([row["passage"]] if row["passage"] else row["paragraphs"])
    }
    corpus = Corpus(list(passages), work)
    searched = corpus.search([row["question"] for row in rows])
    made = [
        example
        for row, candidates in zip(rows, searched, strict=True)
        if (example := _example(row, candidates, corpus))
    ]
    yield from made
    yield from questions.swapped(made, SWAPPED, rng)


def _example(row: dict[str, Any], candidates: Sequence[int], corpus: Corpus) -> Example | None:
    """A question with its passage and negatives; None if it has none that could be indexed."""
    title, answers = row["title"] or "", row["answers"]
    if row["passage"] is None:  # nothing answers: the paragraphs of its article that come closest
        own = {corpus.numbers[title, text] for text in row["paragraphs"]}
        close = [i for i in candidates if i in own]
        chosen = [
            close_passage
            for i in [*close, *(own - set(close))][:3]
            if (close_passage := corpus.passage(i))
        ]
        return Example(row["source"], row["question"], "none", chosen[0], tuple(chosen[1:]))
    gold = [Span(a["start"], a["start"] + len(a["text"])) for a in answers if a["text"].strip()]
    number = corpus.numbers[title, row["passage"]]
    passage = corpus.passage(number, gold, whole=row["kind"] == "sentence")
    if passage is None or not passage.gold:
        return None
    negatives = islice(_negatives(row, number, candidates, corpus), NEGATIVES)
    return Example(row["source"], row["question"], row["kind"], passage, tuple(negatives))


def _negatives(
    row: dict[str, Any], own: int, candidates: Sequence[int], corpus: Corpus
) -> Iterator[Passage]:
    """Passages that do not hold an answer, hardest first."""
    policy = "none" if row["domain"] in NO_NEGATIVES else SOURCES[row["source"]].negatives
    answers = [answer for given in row["answers"] if (answer := normalised(given["text"]))]
    for i in candidates if policy != "none" else ():
        title, text = corpus.passages[i]
        same = bool(title) and title == row["title"]
        if i == own or (policy == "same" and not same) or (policy == "other" and same):
            continue
        if corpus.vectors[i] @ corpus.vectors[own] > SAME_PASSAGE:
            continue
        text = normalised(text)
        passage = corpus.passage(i)
        if passage and not any(answer in text for answer in answers):
            yield passage


def shortened(
    passage: Passage, count_tokens: Callable[[Sequence[str]], list[int]]
) -> Passage | None:
    """The passage with only so many sentences as the index would put together.

    They are around its first gold span; None if that alone is too long.
    """
    sizes = count_tokens([passage.text[s.start : s.end] for s in passage.sentences])
    room = LONGEST - (count_tokens([passage.title])[0] if passage.title else 0)
    if sum(sizes) <= room:
        return passage
    first = 0
    if passage.gold:
        start = passage.gold[0].start
        first = max((i for i, s in enumerate(passage.sentences) if s.start <= start), default=0)
    low = high = first
    taken = sizes[first]
    if taken > room:
        return None
    while True:
        if low and taken + sizes[low - 1] <= room:
            low -= 1
            taken += sizes[low]
        elif high + 1 < len(sizes) and taken + sizes[high + 1] <= room:
            high += 1
            taken += sizes[high]
        else:
            return window(passage, low, high + 1)


def window(passage: Passage, low: int, high: int) -> Passage:
    """A passage cut to some of its sentences."""
    sentences = passage.sentences[low:high]
    start, end = sentences[0].start, sentences[-1].end
    inside = [g for g in passage.gold if start <= g.start and g.end <= end]
    return Passage(
        passage.title,
        passage.text[start:end],
        tuple(Span(s - start, e - start) for s, e in sentences),
        tuple(Span(s - start, e - start) for s, e in inside),
        passage.whole,
    )


def write_held_out(folder: Path, out: Path, seed: int = 1) -> None:
    """Write the held-out articles as evaluation sets, one for each source.

    Half of a set's questions are asked a second time with a name, a number or a word swapped for
    one that none of its articles has, so that nothing answers them.
    """
    groups = defaultdict(list)
    for row in load(folder):
        if is_held_out(row):
            groups[row["source"]].append(row)
    near_misses = _near_misses(groups, random.Random(seed))
    for source, rows in groups.items():
        articles: dict[str, dict[str, None]] = defaultdict(dict)
        for row in rows:
            articles[_article_of(row)][row["passage"]] = None
        ids = {key: f"{source}-{number}" for number, key in enumerate(articles)}
        titles = {row["title"] for row in rows}
        _write(
            out / source / "articles.jsonl",
            (
                {
                    "id": ids[key],
                    "title": key if key in titles else "",
                    "text": "\n\n".join(passages),
                }
                for key, passages in articles.items()
            ),
        )
        answerable = (
            _question(
                row["id"],
                row["question"],
                [answer["text"] for answer in row["answers"]],
                [ids[_article_of(row)]],
            )
            for row in rows
        )
        unanswerable = (
            _question(f"{source}-swapped-{number}", question, [], [])
            for number, question in enumerate(near_misses[source])
        )
        _write(out / source / "questions.jsonl", chain(answerable, unanswerable))


def _question(id: str, question: str, answers: list[str], article_ids: list[str]) -> dict[str, Any]:
    """A line of a held-out set; without articles, nothing answers the question."""
    return {
        "id": id,
        "question": question,
        "answers": answers,
        "article_ids": article_ids,
        "answerable": bool(article_ids),
        "half": "report",
    }


def _near_misses(
    groups: Mapping[str, Sequence[dict[str, Any]]], rng: random.Random
) -> dict[str, list[str]]:
    """Questions of each source that none of its articles answers: swapped ones."""
    whole = {source: "\n".join({row["passage"] for row in rows}) for source, rows in groups.items()}
    examples = [
        Example(source, row["question"], row["kind"], Passage("", whole[source], (), (Span(0, 0),)))
        for source, rows in groups.items()
        for row in rows
    ]
    misses: dict[str, list[str]] = defaultdict(list)
    for example in questions.swapped(examples, len(examples), rng):
        if len(misses[example.source]) < len(groups[example.source]) / 2:
            misses[example.source].append(example.question)
    return misses


def _article_of(row: dict[str, Any]) -> str:
    """What tells the article of a question from others."""
    return row["title"] or hashlib.sha256(row["passage"].encode()).hexdigest()[:12]


def _write(path: Path, lines: Iterable[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sources", type=Path)
    parser.add_argument("--sets", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    chosen.out.mkdir(parents=True, exist_ok=True)
    write_held_out(chosen.sources, chosen.out / "held-out")
    with TemporaryDirectory() as work:
        made = examples(chosen.sources, chosen.sets, Path(work), chosen.seed)
        _write(chosen.out / "train.jsonl", map(asdict, made))


if __name__ == "__main__":
    main()
