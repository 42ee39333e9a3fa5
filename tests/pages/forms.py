"""The forms an article takes, as blocks: news, interview, list, long read, live blog, opinion…"""

from __future__ import annotations

from pages.markup import Block
from pages.prose import WORDS, Writer


def news(writer: Writer, least: int = 5, most: int = 10) -> list[Block]:
    """Paragraphs and nothing else."""
    return [("p", text) for text in writer.paragraphs(least, most)]


def short(writer: Writer) -> list[Block]:
    """Two or three paragraphs."""
    return [("p", writer.paragraph((2, 3))) for _ in range(writer.random.randint(2, 3))]


def long_read(writer: Writer) -> list[Block]:
    """Chapters with headings between them."""
    blocks: list[Block] = [("p", writer.paragraph((2, 4))) for _ in range(3)]
    level = writer.random.choice(["h2", "h3"])
    for heading in writer.some(WORDS["headings"], 4):
        blocks.append((level, heading))
        blocks += [("p", writer.paragraph((1, 4))) for _ in range(writer.random.randint(2, 4))]
    return blocks


def interview(writer: Writer) -> list[Block]:
    """Questions and answers."""
    blocks: list[Block] = [("p", writer.paragraph((2, 3)))]
    tag = writer.random.choice(["p", "h3"])
    for question in writer.some(WORDS["questions"], 6):
        blocks += [(tag, question), ("p", writer.paragraph((1, 3)))]
    return blocks


def numbered(writer: Writer) -> list[Block]:
    """A list article: numbered headings, each with its paragraph."""
    blocks: list[Block] = [("p", writer.paragraph((2, 3)))]
    form = writer.random.choice(["{}. {}", "{}: {}", "No. {}: {}"])
    for number, heading in enumerate(writer.some(WORDS["headings"], 6), 1):
        blocks += [("h2", form.format(number, heading)), ("p", writer.paragraph((2, 3)))]
    return blocks


def report(writer: Writer) -> list[Block]:
    """News with a list of points and a long quotation among the paragraphs."""
    blocks = news(writer)
    points: list[Block] = [("li", writer.sentence()) for _ in range(3)]
    place = writer.random.randint(2, len(blocks) - 1)
    return [*blocks[:place], *points, *blocks[place:], ("blockquote", writer.sentence())]


def with_dateline(writer: Writer, agency: str) -> list[Block]:
    """Agency news: the first paragraph opens with the place and the agency."""
    blocks = news(writer)
    mark = writer.random.choice(["—", "–", "--", "-"])
    opening = f"{writer.town.upper()} ({agency}) {mark} {blocks[0][1]}"
    return [("p", opening), *blocks[1:]]
