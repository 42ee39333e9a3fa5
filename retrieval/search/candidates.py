"""Candidates: the sentences of the best passages, scored by the reader.

A tokenizer breaks the words of a language that its model was not trained on into letters, so the
letters in a token show how well the reader knows a language: 4.6 on average in English and 1 in
Russian, for the default reader. Where it knows a language badly, shared words score the sentences.
"""

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

import numpy as np
from tokenizers import Tokenizer

from retrieval.index.indexes import LibraryIndexes
from retrieval.models import ReadablePassage, Reader
from retrieval.records import Hit, Passage, Span, StoredPassage
from retrieval.text.languages import latin_language, latin_letters
from retrieval.text.terms import content_terms, terms_in

LONGEST_TITLE = 25  # words of a title that the reader reads

BM25_WEIGHT = 1.0
"""The weight of the best word match beside a cosine. Scores are fused, not ranks: on news, where
many articles share their words, the distance between scores says more than their order."""

PREFERRED = 0.5  # bonus of a passage of the article quoted last, in a follow-up question

COSINE, BM25, LOG_BM25 = 4.0, 2.0, 4.0
"""What the search adds to the reader's logarithm of odds. The order takes a passage's cosine and
BM25 score, which tell apart articles that the reader sees separately. The odds that a sentence
answers take the cosine and log(1 + BM25 score), since each further matching word says less about
that. The reader's model card has the measurements."""

FAMILIAR, UNFAMILIAR = 3.3, 2.5
"""Letters in a token of a language that the reader knows well, and of one it does not know. The
median of three passages is hardly ever below the first on the English sets; on XQuAD it is 2.4 to
3.1 in German and Spanish, 1 in Russian, and in Chinese, two thirds of whose characters the default
reader lacks, below that. With 1 in place of 2.5, one of three quotes answers .896 and .936 of the
German and the Spanish questions of the fit half, with 2.6 it is .912 and .944."""

UNKNOWN_TOKENS = ("[UNK]", "<unk>")
PASSAGES_SAMPLED = 3  # passages that show how well the reader knows the language
CHARACTERS_SAMPLED = 400  # of such a passage

IN_SENTENCE, WITH_SENTENCE_BEFORE, IN_PASSAGE = 0.27, 0.27, 0.46
"""Weights of the shares of the question's words in the sentence, in the sentence and the one before
it, and in the passage. Tuned on half of the articles of XQuAD in Chinese, Russian, German and
Spanish."""

SCALE, SHIFT = 12.0, -6.0  # from a share of words to the logarithm of odds that the reader gives


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer: number `place` of its passage, counted from 0.

    Candidates are ranked by `score`, and `share` is the probability that this one answers, if any
    does. `odds` is the logarithm of the odds that it answers, before calibration. `answer` are the
    characters of the article that answer best; None if the reader cannot read the language.
    """

    stored: StoredPassage
    place: int
    score: float
    odds: float
    answer: Span | None
    share: float = 0.0

    @property
    def span(self) -> Span:
        return self.stored.passage.sentences[self.place]


def fused_scores(hits: Sequence[Hit], preferred: Collection[int] = ()) -> dict[int, float]:
    """The fused score of each hit by passage id, best first; preferred passages get a bonus."""
    best_bm25 = max((hit.bm25 for hit in hits), default=0.0) or 1.0
    scores = {
        hit.passage_id: hit.cosine
        + BM25_WEIGHT * hit.bm25 / best_bm25
        + PREFERRED * (hit.passage_id in preferred)
        for hit in hits
    }
    return {id: scores[id] for id in sorted(scores, key=lambda id: (-scores[id], id))}


# -- scores


def read(
    reader: Reader,
    indexes: Sequence[LibraryIndexes],
    passages: Sequence[StoredPassage],
    hits: Mapping[int, Hit],
    *,
    question: str,
    words: str,
) -> list[Candidate]:
    """Read the question with each passage; return the sentences that say something, best first.

    As far as the reader lacks the language of the passages, shared `words` score the sentences,
    which have no `answer` then. `hits` has the scores of the passages by their ids.
    """
    known = _familiarity(reader.tokenizer, passages)
    rarity = _rarity(indexes, words, passages) if known < 1 else {}
    candidates = []
    readings = reader.read(question, [_readable(stored) for stored in passages])
    for stored, sentences in zip(passages, readings, strict=True):
        hit, text, passage = hits[stored.id], stored.article.text, stored.passage
        shares = _shares(stored, rarity) if known < 1 else []
        for place, reading in enumerate(sentences):
            if not reading.answer or says_nothing(text, passage, passage.sentences[place]):
                continue
            odds = reading.score + COSINE * hit.cosine
            score = odds + BM25 * hit.bm25
            odds += LOG_BM25 * math.log1p(hit.bm25)
            answer: Span | None = reading.answer.shifted(passage.start)
            if known < 1:
                by_words = (1 - known) * (SCALE * shares[place] + SHIFT)
                score, odds, answer = known * score + by_words, known * odds + by_words, None
            candidates.append(Candidate(stored, place, score, odds, answer))
    return _ranked(candidates)


def _ranked(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates with their shares, best first, the same in every run."""
    best_first = sorted(candidates, key=lambda c: (-c.score, c.stored.id, c.place))
    scores = np.array([candidate.score for candidate in best_first])
    odds = np.exp(scores - scores.max(initial=-math.inf))
    shares = (odds / odds.sum()).tolist()
    return [replace(c, share=share) for c, share in zip(best_first, shares, strict=True)]


def _readable(stored: StoredPassage) -> ReadablePassage:
    title = " ".join(stored.article.title.replace("_", " ").split()[:LONGEST_TITLE])
    sentences = tuple(span.shifted(-stored.passage.start) for span in stored.passage.sentences)
    return ReadablePassage(title, stored.text, sentences)


def coverage(
    indexes: Sequence[LibraryIndexes], words: str, passages: Sequence[StoredPassage]
) -> float | None:
    """The largest share of a question's words that a passage has; None if no word counts."""
    rarity = _rarity(indexes, words, passages)
    if not any(rarity.values()):
        return None
    shares = []
    for stored in passages:
        article, language = stored.article, latin_language(stored.article.text)
        texts = (article.title, article.source or "", article.author or "", stored.text)
        terms = terms_in(" ".join(texts), rarity[language], language)
        shares.append(_share(terms, rarity[language]))
    return max(shares)


def _familiarity(tokenizer: Tokenizer, passages: Sequence[StoredPassage]) -> float:
    """How well a model knows the language of some passages, from 0 to 1."""
    texts = [stored.text[:CHARACTERS_SAMPLED] for stored in passages[:PASSAGES_SAMPLED]]
    if not texts:
        return 1.0
    letters = median(_letters_per_token(tokenizer, text) for text in texts)
    return min(1.0, max(0.0, (letters - UNFAMILIAR) / (FAMILIAR - UNFAMILIAR)))


def _letters_per_token(tokenizer: Tokenizer, text: str) -> float:
    """The mean number of Latin letters that a token stands for; an unknown token has none."""
    encoded = tokenizer.encode(text, add_special_tokens=False)
    unknown = {tokenizer.token_to_id(name) for name in UNKNOWN_TOKENS}
    tokens = done = 0
    letters = 0.0
    for id, (start, end) in zip(encoded.ids, encoded.offsets, strict=True):
        if not any(map(str.isalpha, text[start:end])):
            continue
        # An unknown token may be a whole word, or all between two spaces.
        new = text[max(start, done) : end]
        tokens += len(new) if id in unknown else 1
        letters += 0 if id in unknown else latin_letters(new)
        done = end
    return letters / tokens if tokens else math.inf


def _rarity(
    indexes: Sequence[LibraryIndexes], question: str, passages: Sequence[StoredPassage]
) -> dict[str, dict[str, float]]:
    """The question's terms in each language of the passages, with their IDF as in BM25."""
    total = sum(map(len, indexes))
    rarity = dict[str, dict[str, float]]()
    for language in {latin_language(stored.article.text) for stored in passages}:
        rarity[language] = {}
        for term in content_terms(question, language):
            having = sum(index.frequency(term) for index in indexes)
            rarity[language][term] = math.log(1 + (total - having + 0.5) / (having + 0.5))
    return rarity


def _shares(stored: StoredPassage, rarity: Mapping[str, Mapping[str, float]]) -> list[float]:
    """The share of the question's words in each sentence and in the sentences around it."""
    text, language = stored.article.text, latin_language(stored.article.text)
    weights, nothing = rarity[language], frozenset[str]()
    terms = [terms_in(text[slice(*span)], weights, language) for span in stored.passage.sentences]
    whole = nothing.union(*terms, terms_in(stored.article.title, weights, language))
    return [
        IN_SENTENCE * _share(own, weights)
        + WITH_SENTENCE_BEFORE * _share(own | before, weights)
        + IN_PASSAGE * _share(whole, weights)
        for before, own in zip([nothing, *terms], terms, strict=False)
    ]


def _share(terms: Collection[str], rarity: Mapping[str, float]) -> float:
    """The share of the question's words that some of its terms are; 0 if it has none."""
    total = sum(rarity.values())
    return sum(rarity[term] for term in terms) / total if total else 0.0


# -- lines that answer nothing: headings, greetings, bylines. They are embedded and read, for they
# -- give context, and never quoted.

LONGEST_HEADING, MOST_WORDS = 120, 10
"""Characters and words. A longer line is a sentence, whatever it lacks."""

LONGEST_NAME = 3  # most words of a line with a word in -s that is a name: "Excellent piano lessons"

_WORD = re.compile(r"[^\W\d_][\w'’.-]*")
_LATIN = re.compile(r"[A-Za-zÀ-ɏ]")
_MARKDOWN = re.compile(r"\A\s*(?:#{1,6}\s+(?:\d{1,2}[.)]\s+)?)?(?:[*_=~]+(?=\S))?|[*_=~#\s]*\Z")
_ENDS = re.compile(r"[.!?…。！？؟۔।:;：；][\"”’»)\]\s*_]*\Z")
_ASKS = re.compile(r"(?i)(?:who|whose|what|when|where|why|which|how)\b")
_STATES = re.compile(r"[\d:：=€$£%@]|\s[-–—|]\s|,\s|\A[-–•*]\s")
"""Figures, a list, a list item, and a name with its value: "Capital: Orle"."""

_NAME = r"(?:[^\W\d_a-zà-þа-я][\w'’.-]*)"
_GREETING = re.compile(
    r"(?i:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|greetings|hallo|liebe[rs]?"
    r"|sehr geehrte[rs]?|guten (?:morgen|tag|abend)|moin|bonjour|bonsoir|chère?s?|hola"
    r"|estimad[oa]s?|querid[oa]s?|buen[oa]s (?:días|tardes)|ciao|gentile|geachte"
    r"|уважаем\w+|здравствуйте|привет|добрый день)"
    rf"(?:[\s,]+(?:{_NAME}|(?i:all|both|everyone|everybody|team|friends?|amigos|folks|colleagues?|there|again"
    r"|sir|madam|list|members?|and|or|und|alle|et|tous|y|todos|e|и|все)\b)){0,5}\s*[,!:–—-]?"
)
_FAREWELL = re.compile(
    r"(?i:(?:with |all (?:the |my )?|my )?(?:best|kind(?:est)?|warm(?:est)?)"
    r"(?: (?:regards|wishes))?|regards|yours(?: (?:sincerely|faithfully|truly|ever))?"
    r"|sincerely(?: yours)?|cheers|cordially"
    r"|(?:many )?thanks(?: (?:again|a lot|so much|in advance))?|thank you(?: (?:again|so much))?"
    r"|love|take care|see you(?: (?:soon|then))?|talk soon|mfg|lg|vielen dank"
    r"|(?:mit )?(?:freundlichen?|besten?|herzlichen?|lieben?|viele) gr(?:ü|ue)(?:ß|ss)en?"
    r"|cordialement|bien à vous|amicalement|(?:un )?(?:cordial )?saludos?|atentamente|un abrazo"
    r"|(?:cordiali|distinti) saluti|met vriendelijke groet(?:en)?|с уважением|всего доброго)"
    rf"\s*[,.!]?(?:\s*\n\s*{_NAME}(?:\s{_NAME}){{0,3}})?"
)
_SIGNED = re.compile(rf"{_NAME}(?:\s{_NAME}){{0,3}}")
_BYLINE = re.compile(
    r"(?:(?i:by|von|par|por)|(?i:(?:story|text|words|report(?:ing)?|photos?|pictures?) by))"
    rf"(?:[\s,]+(?:{_NAME}|and|und|et|y|&|de|von|van|der|den|la|le|al|bin)){{1,8}}"
)

# A line with a verb says something, though it may lack its stop. Words in -ed and -ing count as
# verbs, and so do small words in -s in a longer line. Of other languages than English, the list has
# the most common verbs only.
_VERBS = frozenset(
    "is are was were be been am has have had do does did will would can could may might must shall"
    " should won win said say told tell went go got get gave give took take made make came come"
    " found find left leave kept keep lost lose met meet became become began begin held hold fell"
    " fall rose rise sold sell saw see set cut put hit quit die died bought buy built build brought"
    " bring sent send stood stand ran run showed show open close plan backs struck strike sign ban"
    " call ask end start let i we you he she it they this that there"
    " ist sind war waren wird werden wurde wurden hat haben hatte hatten kann können muss soll sagt"
    " sagte est sont était étaient a ont sera peut dit es son era eran fue fueron ha han puede dice"
    " è sono".split()
)


def says_nothing(text: str, passage: Passage, sentence: Span) -> bool:
    """Whether a sentence of a passage of `text` is a line that answers no question."""
    if sentence.end - sentence.start > LONGEST_HEADING:
        return False
    line = _without_markdown(text[sentence.start : sentence.end])
    if len(_WORD.findall(line)) > MOST_WORDS:
        return False
    if any(form.fullmatch(line) for form in (_GREETING, _FAREWELL, _BYLINE)):
        return True
    if sentence != passage.sentences[0]:
        return False
    below = text[sentence.end :].strip(" \t\r")
    if below.strip():
        return below[0] in "\n\u2029" and is_heading(line)
    above = text[: sentence.start].rstrip().rpartition("\n")[2]
    return bool(_SIGNED.fullmatch(line) and _FAREWELL.fullmatch(_without_markdown(above)))


def is_heading(line: str) -> bool:
    """Whether a line by itself names what follows and states nothing about it."""
    if _ENDS.search(line) or _STATES.search(line) or not _LATIN.search(line):
        return False
    if _ASKS.match(line):
        return True
    words = _WORD.findall(line)
    if any(_is_verb(word) and before != "to" for before, word in pairwise(["", *words])):
        return False
    inner = words[1:-1] if len(words) > LONGEST_NAME else []
    return not any(word.islower() and word.endswith("s") for word in inner)


def _is_verb(word: str) -> bool:
    if word.endswith(("ed", "ing")):
        return True
    return word.lower() in _VERBS or word.lower().removesuffix("s") in _VERBS


def _without_markdown(line: str) -> str:
    return _MARKDOWN.sub("", line).strip()
