"""Training data for the reader: questions, each with passages that answer it or do not.

`python -m retrieval.training.data SOURCES --sets SETS --out WORK` writes `train.jsonl`, and for
each source an evaluation set of its held-out articles.

`python -m retrieval.training.data WORK --order-by READER --out HARD` draws questions of these and
orders their negatives by the highest score that a trained reader gives a sentence. In use, a false
answer is the best of some two hundred sentences, so a second stage trains on the passages that the
reader itself scores highest when the article that answers is missing.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import logging
import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice, pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from rich.progress import track

from retrieval.evaluation import lines_of, normalised
from retrieval.index.words import WordIndex
from retrieval.models import DEFAULT_MODEL, ReadablePassage, Reader, open_encoder, open_reader
from retrieval.records import Article, Span
from retrieval.text import segmentation

log = logging.getLogger(__name__)

HELD_OUT = 20  # one article in so many
LONGEST = 210  # tokens of a passage with its title: about what the index holds
CANDIDATES = 30  # passages found for a question, to choose hard negatives from
NEGATIVES = 6  # stored for each question
SAME_PASSAGE = 0.85  # cosine from which two passages may well say the same
SWAPPED = 10_000  # unanswerable questions made of answerable ones
TOGETHER = 512  # texts encoded in one call

Row = dict[str, Any]
"""A line of a source: `id`, `question`, `title`, `domain`, `kind` ("span" or "sentence"), `passage`
and `answers`, each with `text` and `start`; here also `source`. Without a `passage`, none of the
`paragraphs` of its article answers."""


@dataclass(frozen=True, slots=True)
class Source:
    """How the questions of a source are used.

    `negatives` come from "any" article, the "same", an "other", or "none": every review answers
    "how is the battery?". `most` questions are drawn, and each is used `copies` times an epoch.
    """

    negatives: str = "any"
    most: int = 100_000
    copies: float = 1.0


SOURCES = {
    "squad_train": Source(),
    "squadshifts": Source(),
    "qamr": Source(most=3_500),
    "qadiscourse": Source(),
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
NO_NEGATIVES = ("product reviews", "reddit posts")  # domains
MOST_OF_DOMAIN = {"product reviews": 3_500, "reddit posts": 4_500}

FUNCTION_WORDS = frozenset(
    "what which whom whose a an the of in on at to for by with from is are was were do does did has"
    " have had will would can could should it its that this there and".split()
)
QWERTY = {a: b for row in ("qwertyuiop", "asdfghjkl", "zxcvbnm") for a, b in pairwise(row)}
_OPPOSITES = """
first last, largest smallest, before after, northern southern, north south, eastern western,
east west, highest lowest, most least, increase decrease, increased decreased, rise fall,
oldest youngest, won lost, win lose, begin end, began ended, born buried, male female, men women,
mother father, brother sister, wife sister, son daughter, early late, open close, opened closed,
support oppose, supported opposed, allowed banned, arrive leave, arrived left, longest shortest,
fastest slowest, upper lower, rich poor, positive negative, more fewer, above below,
accepted rejected, summer winter, maximum minimum, import export, attacked defended
"""
_PAIRS = [pair.split() for pair in _OPPOSITES.split(",")]
OPPOSITE = dict(_PAIRS) | {b: a for a, b in _PAIRS}
GENERAL = frozenset(
    "times types kinds things years ways members persons individuals others".split()
)

_NAME = re.compile(r"(?<=[\w,] )[A-Z][\w’'-]+(?: (?:of (?:the )?)?[A-Z][\w’'-]+)*")
_NUMBER = re.compile(r"(?<![\d.,])\d{1,4}(?![\d.,]*\d)")
_WORD = re.compile(r"\w+")
_COUNTED = re.compile(r"(?<=\bhow many )[a-z]+s\b(?= (?!of\b))", re.I)


# -- examples


@dataclass(frozen=True, slots=True)
class Passage(ReadablePassage):
    """A passage, and its characters that answer: sentences without a best part if `whole`."""

    gold: tuple[Span, ...] = ()
    whole: bool = False

    def sentences_with(self, spans: Sequence[Span]) -> list[int]:
        """The numbers of the sentences that have characters of some spans."""
        return [
            number
            for number, sentence in enumerate(self.sentences)
            if any(map(sentence.overlaps, spans))
        ]

    def window(self, low: int, high: int) -> Passage:
        """The passage cut to some of its sentences, and the gold spans that lie within them."""
        sentences = self.sentences[low:high]
        start, end = sentences[0].start, sentences[-1].end
        inside = [span for span in self.gold if start <= span.start and span.end <= end]
        sentences, gold = (
            tuple(span.shifted(-start) for span in spans) for spans in (sentences, inside)
        )
        return Passage(self.title, self.text[start:end], sentences, gold, self.whole)


@dataclass(frozen=True, slots=True)
class Example:
    """A question with the passage that answers it, and passages that do not, hardest first.

    `kind` is "span", "sentence", "none" where nothing answers, or "swapped".
    """

    source: str
    question: str
    kind: str
    passage: Passage
    negatives: tuple[Passage, ...] = ()


def read_examples(path: Path) -> list[Example]:
    examples = []
    for line in lines_of(path):
        passage, *negatives = (
            Passage(**{**fields, **{key: _spans(fields[key]) for key in ("sentences", "gold")}})
            for fields in (line["passage"], *line["negatives"])
        )
        examples.append(Example(**{**line, "passage": passage, "negatives": tuple(negatives)}))
    return examples


def _spans(pairs: Iterable[Sequence[int]]) -> tuple[Span, ...]:
    return tuple(Span(start, end) for start, end in pairs)


def write_lines(path: Path, lines: Iterable[dict[str, Any]]) -> None:
    """Write JSON lines to a file, in a folder that need not exist."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)


def training_examples(sources: Path, sets: Path, work: Path, seed: int = 1) -> Iterator[Example]:
    """All training examples, each question once, and those with something swapped."""
    rng = random.Random(seed)
    rows = _drawn((row for row in _rows(sources) if not is_held_out(row)), rng)
    for name in ("squad", "clapnq"):
        rows += _fit_half(sets / name, [sets / "xquad-en", sets / "news-facts"])
    passages = {
        (row["title"] or "", text): None
        for row in rows
        for text in ([row["passage"]] if row["passage"] else row["paragraphs"])
    }
    corpus = Corpus(list(passages), work)
    searched = corpus.search([row["question"] for row in rows])
    examples = [
        example
        for row, candidates in zip(rows, searched, strict=True)
        if (example := _example(row, candidates, corpus))
    ]
    yield from examples
    yield from swapped(examples, SWAPPED, rng)


# -- sources


def _rows(folder: Path) -> Iterator[Row]:
    for path in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                yield {**json.loads(line), "source": path.name.removesuffix(".jsonl.gz")}


def is_held_out(row: Row) -> bool:
    """Whether an article is never trained on: one in twenty, the same in every source."""
    digest = hashlib.sha256(_article(row).casefold().encode()).hexdigest()
    return int(digest, 16) % HELD_OUT == 0


def _article(row: Row) -> str:
    return str(row["title"] or row["passage"])


def _drawn(rows: Iterable[Row], rng: random.Random) -> list[Row]:
    """At most as many rows of each source and domain as are to be used."""
    groups = defaultdict(list)
    for row in rows:
        groups[row["source"], row["domain"]].append(row)
    by_source: dict[str, list[Row]] = defaultdict(list)
    for (source, domain), group in groups.items():
        rng.shuffle(group)
        by_source[source] += group[: MOST_OF_DOMAIN.get(domain, SOURCES[source].most)]
    return [row for name, group in by_source.items() for row in group[: SOURCES[name].most]]


def _fit_half(folder: Path, others: Sequence[Path]) -> Iterator[Row]:
    """The questions of a fit half with their paragraphs, but for articles that are reported on."""
    reported = set()
    for other in others:
        questions = lines_of(other / "questions.jsonl")
        ids = {id for q in questions if q["half"] == "report" for id in q["article_ids"]}
        reported |= {a["title"] for a in lines_of(other / "articles.jsonl") if a["id"] in ids}
    articles = {article["id"]: article for article in lines_of(folder / "articles.jsonl")}
    for line in lines_of(folder / "questions.jsonl"):
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
            "kind": "sentence" if folder.name == "clapnq" else "span",
        }
        if not line["answerable"]:
            yield row | {"passage": None, "paragraphs": paragraphs, "answers": []}
        elif holding := [p for p in paragraphs if any(a in p for a in line["answers"])]:
            words = set(normalised(line["question"]).split())
            passage = max(holding, key=lambda p: len(words & set(normalised(p).split())))
            places = [(a, passage.find(a)) for a in line["answers"] if a in passage]
            answers = [{"text": answer, "start": start} for answer, start in places]
            yield row | {"passage": passage, "answers": answers}


# -- hard negatives


class Corpus:
    """All passages, with the product's own indexes of their vectors and words."""

    def __init__(self, passages: Sequence[tuple[str, str]], folder: Path) -> None:
        """Embed and index passages, each a title and a text."""
        self.encoder = open_encoder(DEFAULT_MODEL, folder / "models")
        self.passages = passages
        self.numbers = {passage: number for number, passage in enumerate(passages)}
        self.sentences = [
            _spans(
                sentence
                for paragraph in segmentation.paragraphs(text)
                for sentence in segmentation.sentences(text, paragraph)
            )
            for _, text in passages
        ]
        texts = [ReadablePassage(title, text, ()).titled for title, text in passages]
        portions = [texts[i : i + TOGETHER] for i in range(0, len(texts), TOGETHER)]
        self.vectors = np.concatenate([self.encoder.encode_documents(some) for some in portions])
        self.words = WordIndex(folder / "words")
        self.words.update(
            ((i, text, Article(str(i), title, text)) for i, (title, text) in enumerate(passages)),
            [],
        )
        log.info("indexed %d passages", len(passages))

    def passage(
        self, number: int, gold: Sequence[Span] = (), *, whole: bool = False
    ) -> Passage | None:
        """A passage cut to the index's size around its answer; None if its sentence is too long."""
        (title, text), sentences = self.passages[number], self.sentences[number]
        passage = Passage(title, text, sentences, tuple(gold), whole)
        sizes = self.encoder.count_tokens([text[start:end] for start, end in sentences])
        room = LONGEST - (self.encoder.count_tokens([title])[0] if title else 0)
        if not sentences or sum(sizes) <= room:
            return passage if sentences else None
        before = [i for i, span in enumerate(sentences) if gold and span.start <= gold[0].start]
        low = max(before, default=0)
        high = low + 1
        room -= sizes[low]
        if room < 0:
            return None
        while low and sizes[low - 1] <= room:
            low -= 1
            room -= sizes[low]
        while high < len(sizes) and sizes[high] <= room:
            room -= sizes[high]
            high += 1
        return passage.window(low, high)

    def search(self, questions: Sequence[str]) -> Iterator[list[int]]:
        """The numbers of each question's best passages, by the fused score."""
        for start in range(0, len(questions), TOGETHER):
            chunk = questions[start : start + TOGETHER]
            cosines = self.encoder.encode_documents(chunk) @ self.vectors.T
            for fused, question in zip(cosines, chunk, strict=True):
                bm25 = self.words.best(question, 50)
                highest = max(bm25.values(), default=0.0) or 1.0
                for id, score in bm25.items():
                    fused[id] += score / highest
                yield np.argsort(-fused)[:CANDIDATES].tolist()


def _example(row: Row, candidates: Sequence[int], corpus: Corpus) -> Example | None:
    """A question with its passage and negatives; None if its passage could not be indexed."""
    title, answers = row["title"] or "", row["answers"]
    if row["passage"] is None:  # nothing answers: the paragraphs of its article that come closest
        own = {corpus.numbers[title, text] for text in row["paragraphs"]}
        close = [i for i in candidates if i in own]
        closest = [*close, *(own - set(close))][:3]
        first, *rest = [passage for i in closest if (passage := corpus.passage(i))]
        return Example(row["source"], row["question"], "none", first, tuple(rest))
    gold = [Span(a["start"], a["start"] + len(a["text"])) for a in answers if a["text"].strip()]
    number = corpus.numbers[title, row["passage"]]
    passage = corpus.passage(number, gold, whole=row["kind"] == "sentence")
    if passage is None or not passage.gold:
        return None
    negatives = islice(_negatives(row, number, candidates, corpus), NEGATIVES)
    return Example(row["source"], row["question"], row["kind"], passage, tuple(negatives))


def _negatives(row: Row, own: int, candidates: Sequence[int], corpus: Corpus) -> Iterator[Passage]:
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
        text, passage = normalised(text), corpus.passage(i)
        if passage and not any(answer in text for answer in answers):
            yield passage


def ordered(reader: Reader, examples: Iterable[Example]) -> Iterator[Example]:
    """The examples with their negatives, those with the highest sentence score first."""
    for example in examples:
        read = reader.read(example.question, example.negatives)
        best = [max((sentence.score for sentence in sentences), default=0.0) for sentences in read]
        order = sorted(range(len(best)), key=best.__getitem__, reverse=True)
        yield replace(example, negatives=tuple(example.negatives[i] for i in order))


# -- questions that no longer fit their passage


def swapped(examples: Sequence[Example], most: int, rng: random.Random) -> Iterator[Example]:
    """Questions with a name, a number or a word swapped for one that their passage lacks."""
    usable = [
        example for example in examples if example.passage.gold and example.source != "reviewrc"
    ]
    names = defaultdict(list)
    counted = []
    for example in usable:
        for name in _NAME.findall(example.question):
            names[len(name.split())].append(name)
        counted += [word.lower() for word in _COUNTED.findall(example.question)]
    made = 0
    for example in rng.sample(usable, len(usable)):
        swaps = list(_swaps(example, names, counted, rng))
        if swaps and made < most:
            made += 1
            (start, end), other = rng.choice(swaps)
            question = example.question[:start] + other + example.question[end:]
            passage = replace(example.passage, gold=(), whole=False)
            yield replace(example, question=question, kind="swapped", passage=passage, negatives=())


def _swaps(
    example: Example, names: Mapping[int, Sequence[str]], counted: Sequence[str], rng: random.Random
) -> Iterator[tuple[tuple[int, int], str]]:
    """Places in a question, each with what to write there instead."""
    passage = f"{example.passage.title}. {example.passage.text}".lower()
    for match in _NAME.finditer(example.question):
        other = rng.choice(names[len(match[0].split())])
        words = [word for word in other.lower().split() if len(word) > 3]
        if match[0].lower() in passage and words and not any(word in passage for word in words):
            yield match.span(), other
    for match in _COUNTED.finditer(example.question):
        other = rng.choice(counted)
        if match[0].lower() in passage and other not in GENERAL and other[:-1] not in passage:
            yield match.span(), other
    for match in _NUMBER.finditer(example.question):
        value = int(match[0])
        other = str(value + rng.choice((-12, -7, -3, 2, 5, 11) if value > 40 else (1, 2, 3, 6)))
        if match[0] in passage and other not in passage:
            yield match.span(), other
    for match in _WORD.finditer(example.question):
        word = match[0].lower()
        other = OPPOSITE.get(word, "")
        if other and word in passage and not re.search(rf"\b{other}\b", passage):
            yield match.span(), other


# -- questions as people type them


def as_chat(question: str, rng: random.Random) -> str:
    """The question as somebody types it on a telephone."""
    if rng.random() < 0.2:
        words = question.rstrip(" ?").split()
        content = [word for word in words if word.lower() not in FUNCTION_WORDS]
        question = " ".join(content) + "?" if len(content) > 1 else question
    if rng.random() < 0.85:
        question = question.lower()
    if rng.random() < 0.75:
        question = question.rstrip(" ?")
    for _ in range(rng.choice((0, 0, 0, 1, 1, 2))):
        question = _mistyped(question, rng)
    return question


def _mistyped(question: str, rng: random.Random) -> str:
    """One letter of a longer word swapped, dropped, doubled, or replaced by its neighbour."""
    places = [m for m in _WORD.finditer(question) if len(m[0]) > 4 and m[0].isalpha()]
    if not places:
        return question
    place = rng.choice(places)
    word, i = place[0], rng.randrange(1, len(place[0]) - 1)
    left, letter, second, right = word[:i], word[i], word[i + 1], word[i + 2 :]
    typed = rng.choice(
        (
            left + second + letter + right,
            left + second + right,
            left + letter * 2 + second + right,
            left + QWERTY.get(letter.lower(), letter) + second + right,
        )
    )
    return question[: place.start()] + typed + question[place.end() :]


# -- held-out sets


def write_held_out(sources: Path, out: Path) -> None:
    """Write the held-out articles as sets, half of whose questions come again with a swap."""
    by_source = defaultdict(list)
    for row in _rows(sources):
        if is_held_out(row):
            by_source[row["source"]].append(row)
    near_misses = _near_misses(by_source, random.Random(1))
    for source, rows in by_source.items():
        by_article = defaultdict(list)
        for row in rows:
            by_article[_article(row)].append(row)
        ids = {article: f"{source}-{number}" for number, article in enumerate(by_article)}
        articles = [
            {
                "id": ids[article],
                "title": own[0]["title"] or "",
                "text": "\n\n".join(dict.fromkeys(row["passage"] for row in own)),
            }
            for article, own in by_article.items()
        ]
        questions = [
            {
                "id": row["id"],
                "question": row["question"],
                "answers": [answer["text"] for answer in row["answers"]],
                "article_ids": [ids[_article(row)]],
                "answerable": True,
            }
            for row in rows
        ]
        nothing = {"answers": [], "article_ids": [], "answerable": False}
        questions += [
            {"id": f"{source}-swapped-{number}", "question": question, **nothing}
            for number, question in enumerate(near_misses[source])
        ]
        write_lines(out / source / "articles.jsonl", articles)
        write_lines(out / source / "questions.jsonl", (q | {"half": "report"} for q in questions))


def _near_misses(
    by_source: Mapping[str, Sequence[Row]], rng: random.Random
) -> dict[str, list[str]]:
    """Swapped questions of each source that none of its articles answers."""
    texts = {source: "\n".join({r["passage"] for r in rows}) for source, rows in by_source.items()}
    examples = [
        Example(source, row["question"], row["kind"], Passage("", texts[source], (), (Span(0, 0),)))
        for source, rows in by_source.items()
        for row in rows
    ]
    misses: dict[str, list[str]] = defaultdict(list)
    for example in swapped(examples, len(examples), rng):
        if len(misses[example.source]) < len(by_source[example.source]) / 2:
            misses[example.source].append(example.question)
    return misses


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="the sources, or what this command wrote")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--sets", type=Path, help="the evaluation sets, for their fit halves")
    parser.add_argument("--order-by", metavar="READER", help="a folder that training wrote")
    parser.add_argument("--most", type=int, default=20_000, help="questions to order, drawn")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    with TemporaryDirectory() as work:
        if chosen.order_by:
            examples = read_examples(chosen.data / "train.jsonl")
            drawn = random.Random(chosen.seed).sample(examples, min(chosen.most, len(examples)))
            made = ordered(open_reader(chosen.order_by, Path(work)), track(drawn))
        else:
            write_held_out(chosen.data, chosen.out / "held-out")
            made = training_examples(chosen.data, chosen.sets, Path(work), chosen.seed)
        write_lines(chosen.out / "train.jsonl", map(asdict, made))


if __name__ == "__main__":
    main()
