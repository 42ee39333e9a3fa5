"""Quotes from candidates: with the context they need, and none that repeats another."""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from retrieval.records import Answer, AnswerStatus, Article, Quote, Span
from retrieval.search.candidates import Candidate
from retrieval.storage import Catalog
from retrieval.text import segmentation
from retrieval.text.languages import ENGLISH, LATIN, latin_language, spaced, words_counted
from retrieval.text.near_duplicates import PROSE_READ, has_new_fact
from retrieval.text.segmentation import paragraphs, sentences

ARTICLES_OF_STORY = 20  # articles of a story to search for the sentences of a quote
MOST_CLOSEST = 3  # sentences to show where nothing answers
LONGEST_ANSWER = 0.6  # share of a quote up to which the words that answer are marked

ALSO_ANSWERS = 0.25
"""The least share of the best sentence's probability at which a neighbour is joined to it, where
the question asks why or how."""

REPEATS = 0.8
"""Two quotes that share this much of their words are repetitions, unless the second has another
number, date or name."""

REPEATS_IN_STORY = 0.5
"""The same for two articles of one story, where a sentence that shares half of its words with
another is an edited copy."""

HELD_IN_STORY = 0.8
"""The share of its words with which a sentence is a part of a longer quote of the same story."""

HOW_MUCH = re.compile(
    r"(?i)\bhow\s+(?:many|much|long|old|far|often|big|large|tall|high|fast|deep|soon)\b"
)
_ASKS_FOR_REASONS = re.compile(r"(?i)\b(?:why|how)\b")


def quoted(
    catalog: Catalog,
    answer: Answer,
    candidates: Sequence[Candidate],
    limit: int,
    allowed: Collection[int] | None,
) -> Answer:
    """The answer with the best candidates as its quotes or closest; none repeats another."""
    if answer.status is AnswerStatus.NONE:
        limit = min(limit, MOST_CLOSEST)
    stories = catalog.stories([candidate.stored.id for candidate in candidates])
    chosen: list[tuple[Quote, int | None]] = []
    for candidate in candidates:
        if len(chosen) == limit:
            break
        stored, also = candidate.stored, _also_answering(answer.question, candidate, candidates)
        span = with_context(stored.article.text, stored.passage.sentences, candidate.place, also)
        quote, story = quote_of(candidate, span), stories.get(stored.id)
        if not any(_repeats(quote, story, *other) for other in chosen):
            chosen.append((quote, story))
    quotes = tuple(with_copies(catalog, quote, story, allowed) for quote, story in chosen)
    if answer.status is AnswerStatus.NONE:
        return replace(answer, closest=quotes)
    return replace(answer, quotes=quotes)


def quote_of(candidate: Candidate, span: Span) -> Quote:
    """A candidate as a quote of these characters of its article."""
    stored, (start, end), answer = candidate.stored, span, candidate.answer
    stands_out = answer and answer.end - answer.start < LONGEST_ANSWER * (end - start)
    answer = answer.shifted(-start) if answer and stands_out else None
    text, paragraph = stored.article.text[start:end], stored.passage.paragraph
    score, library = candidate.share, stored.library
    return Quote(text, stored.article, paragraph, start, end, score, answer, library=library)


def with_copies(
    catalog: Catalog, quote: Quote, story: int | None, allowed: Collection[int] | None
) -> Quote:
    """The quote from the earliest dated article of its story, with the others that have it."""
    if story is None:
        return quote
    span = Span(quote.start, quote.end)
    places: dict[Article, Span] = {quote.article: span}
    for key, other in catalog.articles_of_story(story, ARTICLES_OF_STORY).items():
        if other.id != quote.article.id and (allowed is None or key in allowed):
            place = segmentation.place(quote.article.text, span, other.text)
            if place:
                places[other] = place
    first = min(places, key=lambda article: article.published_key)
    if first != quote.article:
        first_quote = segmentation.quoted(first, places[first], quote.library)
        answer = quote.answer if first_quote.text == quote.text else None
        quote = replace(first_quote, score=quote.score, answer=answer)
    return replace(quote, also_in=tuple(article for article in places if article != first))


def _also_answering(
    question: str, candidate: Candidate, candidates: Sequence[Candidate]
) -> frozenset[int]:
    """The places of neighbours that answer as well, if the question asks for reasons."""
    if not _ASKS_FOR_REASONS.search(HOW_MUCH.sub("", question)):
        return frozenset()
    least = candidate.score + np.log(ALSO_ANSWERS)
    return frozenset(
        other.place
        for other in candidates
        if other.stored.id == candidate.stored.id
        and abs(other.place - candidate.place) == 1
        and other.score >= least
    )


def same_place(quote: Quote, other: Quote) -> bool:
    """Whether two quotes share characters of one text, which two libraries may hold."""
    same_text = quote.article.text == other.article.text
    return same_text and quote.start < other.end and other.start < quote.end


def _repeats(quote: Quote, story: int | None, other: Quote, other_story: int | None) -> bool:
    if same_place(quote, other):
        return True
    words, others = (set(spaced(q.text).lower().split()) for q in (quote, other))
    shared, all_words = len(words & others), len(words | others)
    enough = REPEATS * all_words
    if quote.article.text != other.article.text and story is not None and story == other_story:
        enough = min(REPEATS_IN_STORY * all_words, HELD_IN_STORY * min(len(words), len(others)))
    prose = quote.article.text[:PROSE_READ]
    return shared >= enough and not has_new_fact(quote.text, other.text, prose)


# -- context: the neighbours without which a sentence cannot be understood

LONGEST_JOINED = 70  # words
LONGEST_ANNOUNCEMENT = 10  # words
LONGEST_REPLY = 50  # words
REPLY_WITHIN = 1_000  # characters; `LONGEST_REPLY` words have fewer

_QUESTION_END = re.compile(r"[?？؟][\"”’»)\s]*\Z")
_SENTENCE_END = re.compile(r"[.!…。！।։۔][\"”’»）)」』\]]*\Z")

# A German quotation ends with the mark with which an English one begins.
_ENDS_GERMAN = r"(?<=[\w.!?…,’])“(?![\w$€£…])"
_OPENING = re.compile(rf"[„«「『]|(?!{_ENDS_GERMAN})“|(?<!\S)[\"](?=\S)")
_CLOSING = re.compile(rf"[”»」』]|{_ENDS_GERMAN}|(?<=\S)[\"](?!\w)")

_BEFORE = r"[\"“„«「『‘'(]*"
_PRONOUNS = {
    name: re.compile(rf"{_BEFORE}(?:{'|'.join(language.pronouns)})\b")
    for name, language in LATIN.items()
    if language.pronouns
} | {
    ENGLISH: re.compile(
        rf"{_BEFORE}(?:He|She|It|They|His|Her|Their|Its|This|That|These|Those|Both|Neither|"
        r"The (?:latter|former|two))\b(?!['’]s\b)"
    )
}
_OTHER_SCRIPTS = re.compile(
    rf"{_BEFORE}(?:(?:Он|Она|Оно|Они|Его|Её|Ее|Их|Это|Этот|Эта|Эти|Оба|Обе|هو|هي|هم|وهو|وهي|هذا|هذه|"
    r"ذلك|تلك|وكان|وكانت|وقال|وقالت|그는|그녀는|그들은|그의|그녀의|이는|이것은|두 사람은)\b|"
    r"[他她它]|这[^里裡]|這[^裡里]|该|該|两者|兩者|彼[はがのをに女ら]|これ|それ|この[^た]|その)"
)
_LATIN_LETTER = re.compile("[A-Za-z\u00c0-\u024f]")
_SAYS = (
    r"(?:said|says|added|adds|replied|replies|agreed|disagreed|answered|argued|argues|insisted"
    r"|insists|explained|explains|warned|warns|continued|countered|objected|responded|responds"
    r"|admitted|denied|asked|asks|thinks|thought|believes|believed|told \w+)"
)
_ANNOUNCES = re.compile(rf"\b{_SAYS}(?: so| differently| otherwise)?[.:]\Z|:\Z")
_NAMES_DOCUMENT = re.compile(
    r"\b(?:read|reads|quoted|quotes|cited|cites|recited|showed|shows|presented|produced|played|found"
    r"|sent|wrote|published|issued|released|opened|pointed to|referred to|posted|left)\b"
)
_GIVES_CONTENT = re.compile(
    r"(?:It|They|This|These)\b[^.;:,]{0,30}?\b(?:(?:describ|list|record|report|warn|mention|show|quot)"
    r"\w+|says?|said|reads?|states?|stated|names?|named|notes?|noted|tells?|told)\b"
)
"""The sentence after one that names a document: "It described a flood"."""

_BEGINS_QUOTATION = re.compile(r"[\"“„«「『‘']")
_SAID_BY_PRONOUN = re.compile(
    rf"[\"”’»]\s+(?:(?:he|she|they|it)\s+{_SAYS}|{_SAYS}\s+(?:he|she|they|it))\b"
)


def with_context(
    text: str, passage: Sequence[Span], place: int, also: Collection[int] = ()
) -> Span:
    """The span of a sentence and of the neighbours without which it cannot be understood.

    Joined are the rest of a quotation, the sentence before one that begins with a pronoun, an
    announcement ("The mayor disagreed.") and what it announces, and the reply to a question, up to
    `LONGEST_JOINED` words. `also` are places of other sentences that answer: neighbours among them
    are joined, too. `passage` has spans of sentences in `text`, and `place` counts them from 0.
    """
    first = last = place
    span = passage[place]
    while True:
        joined = text[slice(*span)]
        before = text[slice(*passage[first - 1])] if first else ""
        after = text[slice(*passage[last + 1])] if last + 1 < len(passage) else ""
        opened, closed = len(_OPENING.findall(joined)), len(_CLOSING.findall(joined))
        back = closed > opened or (first == place and _refers_back(joined))
        back = back or (_SAID_BY_PRONOUN.search(joined) is not None and _announces(before, "“"))
        on = opened > closed or _announces(text[slice(*passage[last])], after)
        if (before and back) or first - 1 in also:
            first -= 1
        elif (after and on) or last + 1 in also:
            last += 1
        else:
            break
        wider = Span(passage[first].start, passage[last].end)
        if words_counted(text[slice(*wider)]) > LONGEST_JOINED:
            break
        span = wider
    return _with_reply(text, span)


def _refers_back(text: str) -> bool:
    if _PRONOUNS[ENGLISH].match(text):
        return True
    if not _LATIN_LETTER.match(text.lstrip("\"“„«‘'(")):
        return _OTHER_SCRIPTS.match(text) is not None
    pattern = _PRONOUNS.get(latin_language(text))
    return pattern is not None and pattern.match(text) is not None


def _announces(sentence: str, after: str) -> bool:
    """Whether a sentence, such as "The mayor disagreed.", only announces what comes after it."""
    if words_counted(sentence) > LONGEST_ANNOUNCEMENT:
        return False
    if _BEGINS_QUOTATION.match(after):
        return _ANNOUNCES.search(sentence) is not None
    return bool(_NAMES_DOCUMENT.search(sentence) and _GIVES_CONTENT.match(after))


def _with_reply(text: str, span: Span) -> Span:
    """A span that ends with a question, extended by the sentences that reply to it."""
    if not _QUESTION_END.search(text[slice(*span)]):
        return span
    rest = text[span.end : span.end + REPLY_WITHIN]
    end, words = span.end, 0
    for paragraph in paragraphs(rest)[:1]:
        for place in sentences(rest, paragraph):
            sentence = rest[slice(*place)]
            words += words_counted(sentence)
            if words > LONGEST_REPLY or not _SENTENCE_END.search(sentence):
                break
            end = span.end + place.end
    return Span(span.start, end)
