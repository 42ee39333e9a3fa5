"""Asks many questions and proves every quote: `python tests/answers10000.py [ANSWERS]`.

The articles are the samples, an invented newswire with edited copies, and texts in scripts and
signs of all kinds. Half way through a third of them are changed, so that quotes come from several
versions. Each answer goes through JSON twice: as `ask --json` prints it, checked against the
library, and as `ask --export` writes it, checked with nothing but itself. Answers from before the
change are checked again after it.
"""

import argparse
import json
import random
import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import generated_news
from article_library import add
from rich.progress import track

from bot.cli import SAMPLES
from bot.rendering.fields import answer_fields, export_fields
from retrieval import Library
from retrieval.proof import Checked, Texts, Verdict, checked, read

ODD = (
    "Der Fährverkehr ruht – seit Montag, sagt die Reederei.",
    "渡轮六点开。票价四克朗。",
    "フェリーは六時に出ます。切符は四クローネです。",
    "여객선은 여섯 시에 떠납니다. 표는 네 크로네입니다.",
    "تغادر العبّارة في السادسة. ثمن التذكرة أربع كرونات.",
    "Паром уходит в шесть часов, сообщила Ада Фенн.",
    "The swan 🦢 and the family 👩‍👩‍👧 of Kelm 🇳🇴 met at the pier.",
    "Pa\u030a Ga\u030arden sang the e\u0301tude of Zoe\u0308 Brandt.",
    "A line\u2028ends here\u00a0and goes on\u200b without a space in Tesk.",
    "Prices rose by 3\u202f400 crowns\t(see table)\r\nsays the “Kelm Post”.",
    "\u202eturned around\u202c the sign at Orle read “closed”.",
    "He said “it‘s ‹done›”... Or did he? No!! The ferry—late again—left.",
)
NAMES = ("The Harbour Post", "Valley Record", "Kelm Courier", "Tesk Times", None)
CHANGED = 3
"""One article in so many is changed half way through."""

KEPT = 300
"""Answers from before the change that are checked again after it."""


@dataclass
class Tally:
    """What became of all quotes, and those that did not stand."""

    answers: int = 0
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    fallen: list[Checked] = field(default_factory=list)

    def check(self, data: bytes, texts: Texts) -> None:
        """Count what becomes of the quotes of an answer in a file."""
        for exhibit in read(data, "answer.json"):
            for one in checked(exhibit, texts):
                self.verdicts[one.verdict] += 1
                if one.verdict is not Verdict.STANDS:
                    self.fallen.append(one)


def articles(dice: random.Random, number: int) -> list[dict[str, str | None]]:
    """Invented articles: every sixth in odd signs, the others from the newswire, with copies."""
    odd = number // 6
    wire = generated_news.wire(7, number - odd - number // 5, number // 5, number // 12)
    texts = [one.text for one in wire]
    texts += ["\n\n".join(dice.sample(ODD, 4)) + f"\n\nEdition {n}." for n in range(odd)]
    return [
        {
            "id": f"made-{at}",
            "title": " ".join(text.split()[:6]) or "Untitled",
            "text": text,
            "source": dice.choice(NAMES),
            "author": dice.choice(("Ada Fenn", "Bram Rask & Ines Moller", None)),
            "url": dice.choice((f"https://wire.example/{at}?a=1#top", None)),
            "published": dice.choice((str(date(2021, 1, 1) + timedelta(at % 300)), None)),
        }
        for at, text in enumerate(texts)
    ]


def questions(dice: random.Random, texts: Sequence[str]) -> Iterator[str]:
    """Questions without end, in words of the articles."""
    frames = ("{}", "What about {}?", "Who said {}?", "How many {}?", "What happened with {}?")
    while True:
        sentences = re.split(r"(?<=[.!?。])\s*", dice.choice(texts))
        words = dice.choice([one for one in sentences if one.strip()]).split()
        begin = dice.randrange(len(words))
        phrase = " ".join(words[begin : begin + dice.randint(2, 9)])
        yield dice.choice(frames).format(phrase)


def proven(folder: Path, copies: Path | None, answers: int, number: int) -> Tally:
    """Ask as many questions of so many articles, and check every quote of every answer."""
    dice = random.Random(answers)
    made = articles(dice, number)
    tally, before = Tally(), list[bytes]()
    with Library.open(folder / "home", copies=copies) as library:
        texts = Texts(library.history, "main")
        assert "failed" not in add(library, folder, *made)
        assert all(outcome.reason is None for outcome in library.add(str(SAMPLES)))
        asking = questions(dice, [str(one["text"]) for one in made])
        for at in track(range(answers), disable=answers < 1000):
            if at == answers // 2:
                assert "failed" not in add(library, folder, *map(changed, made[::CHANGED]))
            answer = library.answer(next(asking)[:500], limit=dice.randint(1, 6))
            printed = json.dumps(answer_fields(answer)).encode()
            exported = json.dumps(export_fields(answer)).encode()
            for data in (printed, exported):
                tally.check(data, texts)
            if at < min(answers // 2, KEPT):
                before.append(printed)
            tally.answers += 1
        for data in before:
            tally.check(data, texts)
    return tally


def changed(article: dict[str, str | None]) -> dict[str, str | None]:
    """The article as it reads later: without its first sentence, and with another at the end."""
    text = str(article["text"])
    return article | {"text": f"{text[len(text) // 4 :].strip()}\n\nThis article was corrected."}


def main() -> None:
    """Print how many quotes of how many answers stood."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("answers", type=int, nargs="?", default=10_000)
    arguments.add_argument("--articles", type=int, default=600)
    arguments.add_argument("--copies", type=Path, help="where the model's copy is, or is to be")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tally = proven(Path(folder), chosen.copies, chosen.answers, chosen.articles)
    total = tally.verdicts.total()
    standing = tally.verdicts[Verdict.STANDS]
    print(f"{tally.answers:,} answers, {total:,} quotes checked, {standing:,} stand")
    for one in tally.fallen[:20]:
        print(f"{one.verdict}: {one.text!r}: {one.reason}")
    raise SystemExit(standing < total)


if __name__ == "__main__":
    main()
