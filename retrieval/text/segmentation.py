"""The paragraphs and sentences of a text, and where another text has them word for word."""

import re
from collections.abc import Iterator
from itertools import pairwise

# sentencex 1.0.32 (Wikimedia, MIT) is the fastest of fourteen segmenters measured, needs no model
# and knows other scripts. Exactly right, alone / corrected as below / nupunkt 0.8 / pysbd 0.3.4:
# 39 news paragraphs 32 / 36 / 32 / 33, golden rules (48) 43 / 44 / 35 / 47, sentences of CLAPnq
# .899 / .909 / .936 / .788, paragraphs in other languages (15) 13 / 14 / 6 / 13.
import sentencex

from retrieval.records import Article, Quote, Span
from retrieval.text.languages import latin_language

# sentencex takes time that grows with the square of some texts (50,000 Chinese sentences, unclosed
# quotation marks), so it is shown this many characters at a time.
_WINDOW = 2_000

# Hard-wrapped text is at least as wide as a newspaper column and no wider than a screen.
_WRAPPED_COLUMNS = range(40, 121)

# Up to here a quotation is rather a title ("Stop! Look!") or a cry than several sentences.
_SHORT_QUOTATION = 50

_LINE_BREAK = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_LINE = re.compile(r"\S(?:[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]*\S)?")
_ITEM = re.compile(r"[•‣⁃▪◦●*]|[-–]\s|\(?(?:\d{1,3}[.)]|[a-zA-Z]\))\)?\s")
_WIDE = re.compile(r"[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60]")
_FIRST_WORD = re.compile(r"[^\s\u2e80-\ua4cf\uf900-\ufaff\uff00-\uff60]*.?")

_QUOTATION_MARK = re.compile(r"[\"“”„‟«»‹›]|``|''|(?<!\w)['‘‛](?=\w)|(?<=[.!?…,])['’](?!\w)")
_QUOTATION = re.compile(
    r"(?<![\w.,!?])\"(?=\S)[^\"]{1,N}(?<!\s)\"|[“„][^“”]{1,N}[”“]|«[^«»]{1,N}»|"
    r"``[^`']{1,N}''".replace("N", str(_SHORT_QUOTATION))
)
_ASIDE = re.compile(r"(?:\A|(?<=[.!?]\s)|(?<=\)\s))\(([^()]{1,200}[.!?]\s?)\)(?=\s+[^\W\d_a-z])")
_OPENERS = "\"“„«‹‘'`([¿¡ "
_CLOSERS = re.compile(r"[\"”’'»›“)\]]*(?:\s(?:''|[”»])(?!\S))?")

_LETTER = re.compile(r"[^\W\d_]")
_TITLE = re.compile(
    r"\b(?:Ms|Mx|Amb|Ald|Atty|Dra|Sra|Srta|Profa|Mme|Mlle|Mgr|mevr|Mevr|dhr|Dhr|ул|им|проф|акад|डॉ)\.$"
    r"|(?<!\w)[\u0621-\u064a]\.$"  # د. سامي is Dr. Sami, and ص. 5 page 5
)
# Abbreviations before a number, a name, or the rest of a journal's title.
_SHORTENED = re.compile(
    r"\b(?:[Vv]ol|[Cc]h|[Ff]ig|pp|[Aa]pprox|[Ii]ncl|[Ee]xcl|cf|resp|Com|Adm|Chem|Phys|Biol|Med|Proc)\.$"
)
_EMOJI = re.compile(r"[\U0001f300-\U0001faff](?=\s)")
# Thai ends a sentence with a space only, which names and lists have as well.
_THAI_END = re.compile(r"(?<=T{9})T(?=\sT{10})".replace("T", "[\u0e01-\u0e4e]"))
_SAYING = re.compile(r"[\u4e00-\u9fff]{1,6}?(?:说|說|表示|道|称|稱)")
_CLOCK = re.compile(r"(?i)\b[ap]\.\s?m\.$")
_DAY_OR_ZONE = re.compile(
    r"(?:(?:Sun|Mon|Tues|Wednes|Thurs|Fri|Satur)day"
    r"|[A-Z]{1,3}T|GMT|UTC|Eastern|Central|Mountain|Pacific)\b"
)
_ORDINAL = re.compile(r"\b\d{1,2}\.$")
_QUOTED_CRY = re.compile(r"[?!]\s?(?:[\"”’»]|'')$")
_SPEAKER = re.compile(
    r"(?:[\w.’'-]+\s+){1,5}?(?:said|says|asked|asks|told|tells|wrote|writes|added|replied)\b"
)

_CYRILLIC = re.compile(r"[\u0400-\u04ff]{3}")
_GREEK = re.compile(r"[\u0370-\u03ff]{3}")
_LATIN = {"german": "de", "spanish": "es", "italian": "it"}


def paragraphs(text: str) -> list[Span]:
    """The paragraphs of a text, which end with a blank line or a paragraph separator (U+2029)."""
    spans: list[Span] = []
    for line in _LINE.finditer(text):
        gap = text[spans[-1].end : line.start()] if spans else "\u2029"
        if "\u2029" in gap or len(_LINE_BREAK.findall(gap)) > 1:
            spans.append(Span(*line.span()))
        else:
            spans[-1] = Span(spans[-1].start, line.end())
    return spans


def sentences(text: str, paragraph: Span) -> list[Span]:
    """The sentences of a paragraph, in order: all of it but the white space between them.

    A line break ends a sentence before a list item and after a heading, not in hard-wrapped text.
    """
    return [
        sentence.shifted(block.start)
        for block in _blocks(text, paragraph)
        for sentence in _block_sentences(text[block.start : block.end])
    ]


def _blocks(text: str, paragraph: Span) -> list[Span]:
    """The blocks of a paragraph: lines that continue each other."""
    lines = [Span(*line.span()) for line in _LINE.finditer(text, *paragraph)]
    columns = max((_columns(text[slice(*line)]) for line in lines), default=0)
    blocks = lines[:1]
    for before, line in pairwise(lines):
        if _broken_on_purpose(text[slice(*before)], text[slice(*line)], columns):
            blocks.append(line)
        else:
            blocks[-1] = Span(blocks[-1].start, line.end)
    return blocks


def _broken_on_purpose(line: str, next_line: str, columns: int) -> bool:
    """Whether the author ended a line: a wrapped line has no room for the next word."""
    if _ITEM.match(next_line):
        return True
    if next_line[0].islower() or line[-1] in ",-–—":
        return False
    word = _FIRST_WORD.match(next_line)
    needed = _columns(line) + 1 + _columns(word[0] if word else "")
    return needed <= columns or columns not in _WRAPPED_COLUMNS


def _columns(line: str) -> int:
    return len(line) + len(_WIDE.findall(line))


def _block_sentences(block: str) -> Iterator[Span]:
    quotations = [match.span() for match in _QUOTATION.finditer(block)][::-1]
    first_letter = _LETTER.search(block)
    cased = first_letter is not None and first_letter[0].isupper()
    start = 0
    language = _language(block)
    for boundary in _library_boundaries(_unquoted(block), language):
        closers = _CLOSERS.match(block, boundary)
        end = closers.end() if closers else boundary
        after = end
        while after < len(block) and block[after].isspace():
            after += 1
        if end <= start or after == len(block):
            continue
        while quotations and quotations[-1][1] <= end:
            quotations.pop()
        if quotations and quotations[-1][0] < end:
            continue
        if first_letter and first_letter.start() < start:
            first_letter = _LETTER.search(block, start)
        if not first_letter or first_letter.start() >= end:
            continue  # 1. is the number of an item, not a sentence.
        if language == "de" and _ORDINAL.search(block, max(start, end - 4), end):
            continue  # Im 20. Jahrhundert: nouns have capitals, so a capital says nothing.
        if _goes_on(block, start, end, after, cased):
            continue
        yield Span(start, end)
        start = after
    yield Span(start, len(block))


def _unquoted(block: str) -> str:
    """A copy of the same length without quotation marks, line breaks and other ends than stops.

    sentencex never splits inside quotation marks and brackets, so one that closes too late hides
    all sentence ends in between.
    """
    plain = _QUOTATION_MARK.sub(lambda mark: " " * len(mark[0]), block)
    plain = _LINE_BREAK.sub(lambda line_break: " " * len(line_break[0]), plain)
    plain = _EMOJI.sub(".", plain).replace("…", ".")
    plain = _THAI_END.sub(".", plain)
    return _ASIDE.sub(r" \1 ", plain)


def _library_boundaries(plain: str, language: str) -> Iterator[int]:
    """The ends of sentences according to sentencex, each after the last character."""
    start = 0
    while start < len(plain):
        pieces: list[str] = sentencex.segment(language, plain[start : start + _WINDOW])
        if start + _WINDOW < len(plain):
            cut = pieces.pop()
            if not pieces:
                start += len(cut)
        for piece in pieces:
            yield start + len(piece.rstrip())
            start += len(piece)


def _goes_on(block: str, start: int, end: int, after: int, cased: bool) -> bool:
    """Whether `block[after:]` continues the sentence before it, against sentencex."""
    left = block[max(start, end - 8) : end]
    right = block[after : after + 80].lstrip(_OPENERS)
    if block[after] in ",;:)&" or not any(character.isalnum() for character in right):
        return True  # Network, Inc., a leader; a smiley.
    if right[0].islower() and not right[1:2].isupper():
        # "Stop!" he cried; Wham! played; v. Chr. bis. Not eBay, nor a text without capitals.
        return cased
    if _TITLE.search(left) or _SHORTENED.search(left):
        return True  # sentencex takes Ms. for the degree MS; the others it does not know.
    if _CLOCK.search(left) and _DAY_OR_ZONE.match(right):
        return True  # At 5 p.m. Monday, at 5 p.m. EST.
    if _QUOTED_CRY.search(left) and _SPEAKER.match(right):
        return True  # "Is it safe?" Ms. Park asked.
    # 「……。」と述べた, “……。”他说: the verb of saying follows.
    return (left[-1] == "」" and right[0] == "と") or (
        left[-1] == "”" and bool(_SAYING.match(right))
    )


def _language(block: str) -> str:
    """The language whose rules sentencex is to use; English for most in Latin letters."""
    if _CYRILLIC.search(block):
        return "ru"
    if _GREEK.search(block):
        return "el"
    return _LATIN.get(latin_language(block), "en")


_DOUBLE = '"“”„‟«»″'
_SINGLE = "'‘’‚‛`´′"
_MARK = re.compile(f"[{_DOUBLE}]|``|''|[{_SINGLE}]")
_ANY_DOUBLE = f"(?:[{_DOUBLE}]|``|'')"
_ANY_SINGLE = f"[{_SINGLE}]"
_DATELINE = re.compile(r"\s(?:—|–|--?)\s+\Z")


def place(text: str, span: Span, other: str) -> Span | None:
    """Where the words at a span of one text are in another; None if they are not there.

    They must begin and end with a sentence there: "It was not true that the dam broke." does not
    say that the dam broke. Only the place and the agency before a report may be missing.
    """
    whole = _whole_sentences(text, span)
    spans = paragraphs(other)
    for match in _pattern(text[slice(*whole)]).finditer(other):
        number, paragraph = _paragraph(spans, match.start())
        bounds = sentences(other, paragraph)
        begins = any(match.start() == sentence.start for sentence in bounds) or (
            number == 1 and _DATELINE.search(other, paragraph.start, match.start())
        )
        if begins and any(match.end() == sentence.end for sentence in bounds):
            inside = _pattern(text[slice(*span)]).search(other, *match.span())
            return Span(*inside.span()) if inside else None
    return None


def quoted(article: Article, span: Span, library: str = "") -> Quote:
    """The quote at a span of an article, without a score."""
    number, _ = _paragraph(paragraphs(article.text), span.start)
    return Quote(article.text[slice(*span)], article, number, *span, score=0.0, library=library)


def _whole_sentences(text: str, span: Span) -> Span:
    """The sentences that hold a span: a very long sentence is quoted in part."""
    _, paragraph = _paragraph(paragraphs(text), span.start)
    inside = [sentence for sentence in sentences(text, paragraph) if sentence.overlaps(span)]
    return Span(inside[0].start, inside[-1].end) if inside else span


def _paragraph(spans: list[Span], at: int) -> tuple[int, Span]:
    return max((number, span) for number, span in enumerate(spans, 1) if span.start <= at)


def _pattern(words: str) -> re.Pattern[str]:
    """The words with any white space between them and any style of quotation marks."""

    def any_style(mark: re.Match[str]) -> str:
        return _ANY_SINGLE if mark[0] in _SINGLE else _ANY_DOUBLE

    return re.compile(r"\s+".join(_MARK.sub(any_style, re.escape(word)) for word in words.split()))
