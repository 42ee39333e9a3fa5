"""Filters: the publishers, authors and days of the articles that may answer a question.

A date in a question is mostly that of an event, which papers report the day after and for years:
"the 1904 flood", "the vote of 12 June". A filter made of it would hide the answer. So it filters
only where the question speaks of articles or reports, counts from now ("last week") or says "since"
or "as of"; and a month or last year only if articles are of that time. A publisher or an author
filters only where the question asks for their words. Names are compared without accents, case and
dots.
"""

import difflib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import Enum
from functools import cached_property

from retrieval.errors import QuotewiseError
from retrieval.records import Answer, Filters, Silence, Span
from retrieval.storage import Catalog, Generation, Holdings
from retrieval.storage.history import article_with_id
from retrieval.text.dates import HOW_TO_WRITE, DateMention, Kind, find_dates, read_period
from retrieval.text.terms import content_terms

SCOPES_CACHED = 200
"""Sets of libraries whose names are kept in memory; to read those of 100,000 articles takes
0.1 s."""

INITIALS = {
    "AP": "Associated Press",
    "BBC": "British Broadcasting Corporation",
    "FT": "Financial Times",
    "NYT": "New York Times",
    "WSJ": "Wall Street Journal",
    "WaPo": "Washington Post",
}
"""Short forms of publishers' names; other initials are derived from the names."""

LONGEST_NAME = 12  # words

NOUN = (
    r"(?:articles?|reports?|reporting|stor(?:y|ies)|pieces?|coverage|reviews?|columns?|interviews?"
    r"|editorials?|op-eds?|accounts?|guides?|posts?|analys[ie]s|investigations?|newsletters?"
    r"|podcasts?|write-?ups?|features?|profiles?|essays?|obituar(?:y|ies)|recaps?|news)"
)
"""Nouns for what publishers publish."""

VERB = (
    r"(?:sa(?:ys?|id|ying)|writ(?:es?|ing|ten)|wrote|not(?:es?|ed|ing)|impl(?:y|ies|ied|ying)"
    r"|identif(?:y|ies|ied)|stat(?:es|ed|ing)|refer(?:s|red)?|(?:report|claim|suggest|describ|argu"
    r"|mention|portray|discuss|explain|indicat|emphasi[sz]|attribut|highlight|characteri[sz]|cit"
    r"|publish|cover|quot|detail|warn|estimat|recommend|conclud|reveal|predict|posit|credit|print"
    r"|confirm|present|focus|alleg|assert|featur|accus|anticipat|reflect|review)(?:e?s?|ed|ing))"
)
"""Verbs for what publishers do."""

ABOUT_ARTICLES = re.compile(
    rf"(?i)\b(?:{NOUN}|publish(?:es|ed|ing)?|writ(?:es?|ing|ten)|wrote|according)\b"
    r"|\b\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}\b"
)
"""Words of a question that are about articles and not about its subject."""

Forms = Mapping[str, tuple[str, ...]]
"""Names of the catalog by what people call them: whole names as `_key` gives them, "AP", "the
Gazette" for the only Gazette, and "… odell" for the only author whose last name is O'Dell."""


@dataclass(frozen=True)
class Known:
    """The publishers and authors of some libraries, by the forms in which questions name them."""

    holdings: Holdings

    @cached_property
    def publishers(self) -> Forms:
        return _publisher_forms(self.holdings.publishers)

    @cached_property
    def authors(self) -> Forms:
        return _author_forms(self.holdings.authors)


@dataclass(frozen=True, slots=True)
class AppliedFilters:
    """Filters, the keys of articles that they admit (None: all), and how many lack a date."""

    filters: Filters
    keys: frozenset[int] | None = None
    undated: int = 0

    def within(self, only: Collection[int] | None) -> Collection[int] | None:
        if self.keys is None or only is None:
            return only if self.keys is None else self.keys
        return self.keys.intersection(only)

    def attached_to(self, answer: Answer, *, others_answer: bool) -> Answer:
        """The answer with its filters, and whether only articles outside of them answer."""
        if self.keys is None:
            return replace(answer, filters=self.filters)
        return replace(
            answer,
            filters=self.filters,
            silence=Silence.OUTSIDE if others_answer else answer.silence,
            inside=len(self.keys),
            undated=self.undated,
        )


class FilterResolver:
    """Finds the filters of questions, and caches the names in a catalog for that."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._known: dict[tuple[int, ...], tuple[tuple[Generation, ...], Known]] = {}

    def resolve(
        self, question: str, scope: Sequence[str], filters: Filters | None, now: datetime
    ) -> AppliedFilters:
        """Apply the filters, or else those that the question sets. Raises as `checked` does."""
        libraries = self._numbers(scope)
        if filters is None:
            filters = filters_of(question, now, self._names_in(libraries))
        else:
            filters = self.checked(filters, scope)
        if replace(filters, words=(), unread=()) == Filters():
            return AppliedFilters(filters)
        has_dates = filters.since or filters.until
        undated = self._catalog.count_undated(libraries, filters) if has_dates else 0
        return AppliedFilters(
            filters, frozenset(self._catalog.keys_within(libraries, filters)), undated
        )

    def subject(self, question: str, scope: Sequence[str], now: datetime) -> str:
        """The question without the words that say which articles may answer it."""
        filters = filters_of(question, now, self._names_in(self._numbers(scope)))
        dates = _spans(find_dates(question, now.date()))
        return ABOUT_ARTICLES.sub(" ", blanked(question, (*filters.words, *dates)))

    def checked(self, filters: Filters, scope: Sequence[str]) -> Filters:
        """The filters as `Library.checked` returns them. Raises QuotewiseError as it does."""
        if filters.since and filters.until and filters.until < filters.since:
            raise QuotewiseError(
                f"No day is both since {filters.since} and until {filters.until}: give the earlier "
                "day as the one since when."
            )
        sources: list[str] = []
        if filters.sources:
            known = self._names_in(self._numbers(scope))
            sources = [name for given in filters.sources for name in _called(given, known)]
        articles = [self._article(id, scope) for id in filters.articles]
        return replace(
            filters, sources=tuple(dict.fromkeys(sources)), articles=tuple(dict.fromkeys(articles))
        )

    def _names_in(self, libraries: Sequence[int]) -> Known:
        scope, state = tuple(libraries), tuple(map(self._catalog.generation, libraries))
        before, known = self._known.get(scope, (None, None))
        if known is None or before != state:
            known = Known(self._catalog.holdings(libraries))
            self._known[scope] = state, known
            if len(self._known) > SCOPES_CACHED:
                self._known.pop(next(iter(self._known)), None)
        return known

    def _numbers(self, scope: Sequence[str]) -> list[int]:
        numbers = self._catalog.libraries()
        return [numbers[name] for name in scope if name in numbers]

    def _article(self, id: str, scope: Sequence[str]) -> str:
        refusal = QuotewiseError(f"Name a library in which to look for the article {id!r}.")
        for library in scope:
            try:
                return article_with_id(self._catalog, library, id).article.id
            except QuotewiseError as error:
                refusal = error
        raise refusal


def _called(given: str, known: Known) -> tuple[str, ...]:
    """The publishers that a given name means. Raises QuotewiseError if there are none."""
    publishers, forms = known.holdings.publishers, known.publishers
    if given in publishers:
        return (given,)
    key = _key(_words(given))
    for form in (key, given.upper().replace(".", ""), f"the {key.capitalize()}"):
        if form in forms:
            return forms[form]
    spelled = {name.casefold(): name for name in publishers}
    near = difflib.get_close_matches(given.casefold(), spelled, n=1)
    hint = (
        f". Is it {spelled[near[0]]}?"
        if near
        else ": name a publisher as the list of articles has it."
    )
    raise QuotewiseError(f"No article here is of a publisher called {given!r}{hint}")


# -- filters given as options


def filters_given(
    now: datetime,
    *,
    since: str | None = None,
    until: str | None = None,
    sources: Sequence[str] = (),
    articles: Sequence[str] = (),
) -> Filters:
    """Parse filters given as options. Raises QuotewiseError if a day cannot be read."""
    days = []
    for name, given in (("since", since), ("until", until)):
        days.append(None if given is None else read_period(given, now.date()))
        if given is not None and days[-1] is None:
            raise QuotewiseError(f"{name} {given!r} names no day that can be read: {HOW_TO_WRITE}.")
    first, last = days
    return Filters(first and first.since, last and last.until, tuple(sources), tuple(articles))


_OPTION = re.compile(
    r"(?i)(?:^|\s)(since|until|source|article)(?=\s|$)"
    # outside of quotation marks: as many of them close after it as open
    r"(?=[^\"“”]*(?:[\"“][^\"“”]*[\"”][^\"“”]*)*\Z)"
)
_QUOTED = re.compile(r"[\"“]([^\"“”]*)[\"”]")


def filters_written(line: str, now: datetime) -> Filters:
    """Parse filters such as "since March 2023 source The Verge". Raises QuotewiseError."""
    opening, *parts = _OPTION.split(line.strip())
    given: dict[str, list[str]] = {"since": [], "until": [], "source": [], "article": []}
    for option, text in zip(parts[::2], parts[1::2], strict=True):
        given[option.lower()].append(_QUOTED.sub(r"\1", text.strip()).strip())
    if opening.strip() or not parts or not all(map(all, given.values())):
        raise QuotewiseError(
            "Say which articles, as in: /only since March 2023 source The Lamp. There are since "
            "DAY, until DAY, source NAME and article ID; a NAME that has one of these words in it "
            'stands in quotation marks: source "The Source Weekly".'
        )
    since, until = (given[name][-1] if given[name] else None for name in ("since", "until"))
    return filters_given(
        now, since=since, until=until, sources=given["source"], articles=given["article"]
    )


# -- filters that a question sets


def filters_of(question: str, now: datetime, known: Known) -> Filters:
    """The filters that a question sets by its words."""
    called = _find_names(question, known.publishers)
    publishers = _quoted(question, called)
    people = [name for name in _find_names(question, known.authors) if not _overlaps(name, called)]
    authors = _writing(question, people)
    dates = [
        mention
        for mention in find_dates(question, now.date())
        if not _overlaps(mention, called)  # USA Today
    ]
    filters = _published(question, dates, len(publishers), now.date(), known.holdings)
    return replace(
        filters,
        sources=tuple(dict.fromkeys(name for mention in publishers for name in mention.names)),
        authors=tuple(dict.fromkeys(name for mention in authors for name in mention.names)),
        words=tuple(sorted((*filters.words, *_spans((*publishers, *authors))))),
    )


def blanked(question: str, words: Sequence[Span]) -> str:
    """The question with spaces in place of some of its words."""
    for start, end in words:
        question = question[:start] + " " * (end - start) + question[end:]
    return question


@dataclass(frozen=True, slots=True)
class _Mention:
    """A name at `span` of a question, and the names of the catalog that it stands for."""

    span: Span
    names: tuple[str, ...]
    is_last_name: bool


def _overlaps(mention: _Mention | DateMention, others: Sequence[_Mention]) -> bool:
    return any(mention.span.overlaps(other.span) for other in others)


def _spans(mentions: Iterable[_Mention | DateMention]) -> tuple[Span, ...]:
    return tuple(mention.span for mention in mentions)


# -- dates of articles, unlike those of events


class _Role(Enum):
    AS_OF = "as of"
    SINCE = "since"
    REPORTED = "reported"  # the day of an article
    RECENT = "recent"  # counted from now
    MAYBE = "maybe"  # the day of an article, if there is such an article
    EVENT = "event"


# An organisation's report is an event that articles are about.
_ARTICLES = (
    r"(?:articles?|stor(?:y|ies)|coverage|news|headlines|columns?|editorials?|interviews?"
    r"|reporting)"
)
_ON = r"(?: (?:on|in|at|during|from|of|dated|before|after|since|until|till|between|by|the|date))"
_END = rf"{_ON}*['‘(]* ?['‘]?\Z"
_SPEAKS_OF_ARTICLES = re.compile(rf"(?i)\b(?:{NOUN}|report(?:s|ed)?)\b")
_PUBLISHED_ON = re.compile(
    rf"(?i)\b(?:published|posted|printed|dated|appear(?:s|ed|ing)?|{_ARTICLES}(?: \w+)?{_ON}){_END}"
)
_SPEAKS_OF_PRESS = re.compile(
    r"(?i)\b(?:the (?:papers|press|media)|newspapers?|journalists|reporters"
    r"|(?:what|how|anything)(?: else)?(?: (?:was|were|is|has been|had been))?(?: it)?"
    r" (?:reported|published|printed|written))\b"
)
_PRESS_SAYS_ON = re.compile(
    rf"(?i)\b(?:(?:{NOUN}|(?:news)?papers?|press|the one)(?: \w+)?|{VERB}(?: again)?){_ON}{_END}"
)
_ITS_ARTICLE_AFTER = re.compile(rf"(?i)(?:['’]s?)?(?: \w+)? {_ARTICLES}\b")
_AS_OF = re.compile(r"(?i)\bas (?:of|at),?[ -]\Z")
_SINCE = re.compile(r"(?i)\bsince(?: [^\s,;:.?!]+){0,6}? ?\Z")
_IN = re.compile(r"(?i)\b(?:in|during) \Z")
_AFTER = re.compile(r"(?i)\b(?:after|since)(?: [^\s,]+){0,3} ?['‘]?\Z")
_BEFORE = re.compile(r"(?i)\b(before|until|till|by) ?['‘]?\Z")
_FUTURE = re.compile(r"(?i)\b(?:will|won't|going to|shall|upcoming|scheduled|next)\b")
_COMPARES = re.compile(
    r"(?i)\b(?:later|subsequent(?:ly)?|follow-?up|another|second|earlier|previous(?:ly)?|other|both"
    r"|compared|between|consisten(?:t|cy)|inconsisten(?:t|cy))\b"
)


def _published(
    question: str, dates: Sequence[DateMention], quoted: int, today: date, known: Holdings
) -> Filters:
    """The filters for the days of publication that a question asks for.

    `quoted` counts the publishers it asks for. Where it compares more articles than it names days,
    the day of one says nothing about the others.
    """
    by_role: defaultdict[_Role, list[DateMention]] = defaultdict(list)
    for mention in dates:
        by_role[_role(question, mention, quoted > 0)].append(mention)
    as_of, since, reported, recent = (
        by_role[role] for role in (_Role.AS_OF, _Role.SINCE, _Role.REPORTED, _Role.RECENT)
    )
    unread = [mention for mention in (*as_of, *since, *reported) if mention.kind is Kind.UNREAD]
    if unread or not known.dated:
        return Filters(unread=_spans(unread) if known.dated else ())
    most_are_dated = known.dated >= known.undated
    rest = re.sub("between {3}", "", blanked(question, _spans(dates)))
    compares = quoted > 1 or _COMPARES.search(rest) is not None

    # A date before all articles is no filter: "since 1904" in an archive that begins in 1990.
    since = [mention for mention in since if known.begins_before(mention.days.since)]
    if as_of or (since and most_are_dated):
        return Filters(
            max((mention.days.since for mention in since), default=None),
            min((mention.end_of_part for mention in as_of), default=None),
            words=_spans((*since, *as_of)),
        )
    if reported:
        used = [mention for mention in dates if mention in reported or mention.kind is Kind.DAY]
        ends = _ends(question, used)
        names_all = len(used) >= quoted and not (compares and len(used) == 1)
        is_shown = quoted or _SPEAKS_OF_ARTICLES.search(question) or known.has_any(*ends)
        return Filters(*ends, words=_spans(used)) if names_all and is_shown else Filters()
    used = [*recent, *by_role[_Role.MAYBE]]
    if not used or not most_are_dated or (compares and not recent):
        return Filters()
    first = min(mention.days.since for mention in used)
    last = max(mention.days.until for mention in used)
    if all(mention.days.since == mention.days.until for mention in used):
        last += timedelta(1)  # papers write about yesterday today
    until = last if last < today else None
    return (
        Filters(first, until, words=_spans(used))
        if recent or known.has_any(first, until)
        else Filters()
    )


def _ends(question: str, dates: Sequence[DateMention]) -> tuple[date | None, date | None]:
    """The first and the last day; "before 2024" and "after May" exclude what they name."""
    firsts, lasts = [], []
    for mention in dates:
        before = question[: mention.start]
        first, last = mention.days
        if word := _BEFORE.search(before):
            lasts.append(first - timedelta(1) if word[1].lower() == "before" else last)
        elif _AFTER.search(before):
            firsts.append(last + timedelta(1) if before.endswith("after ") else first)
        else:
            firsts.append(first)
            lasts.append(last)
    is_run = len(dates) == 2 and len(firsts) == len(lasts) == 1  # after one day and before another
    has_first, has_last = (is_run or len(ends) == len(dates) for ends in (firsts, lasts))
    return min(firsts) if has_first else None, max(lasts) if has_last else None


def _role(question: str, mention: DateMention, quotes_somebody: bool) -> _Role:
    before, after = question[: mention.start], question[mention.span.end :]
    text = question[slice(*mention.span)].lower()
    is_part = mention.lead == "the " and mention.kind in (Kind.MONTH, Kind.YEAR)  # the 2019 census
    if _AS_OF.search(before) and not is_part:
        return _Role.AS_OF
    is_published = _SPEAKS_OF_ARTICLES.search(question) and _PUBLISHED_ON.search(before)
    if _SINCE.search(before) and not is_published:
        return _Role.SINCE
    quotes_press = quotes_somebody or _SPEAKS_OF_PRESS.search(question)
    is_reported = is_published or (quotes_press and _PRESS_SAYS_ON.search(before))
    if is_reported or _ITS_ARTICLE_AFTER.match(after):
        return _Role.REPORTED
    if mention.kind is Kind.RECENT and not text.endswith(("year", "years")):
        if text == "today" or text.startswith("this "):
            return _Role.EVENT if _FUTURE.search(question) else _Role.MAYBE
        # "Last week's game" may be the name of a game long past, in an old article's words.
        return _Role.MAYBE if after.startswith(("'", "’")) else _Role.RECENT
    if mention.kind is Kind.AGO or (mention.kind is Kind.MONTH and _IN.search(before)):
        return _Role.MAYBE
    return _Role.EVENT  # also "in the past five years", which says how long something took


# -- names of publishers and authors

_WORD = re.compile(r"(?<!['’])[^\W_]+|(?<=['’])(?![sS]\b)[^\W_]+")  # without the s of a genitive
_SECTION = re.compile(r"\s*[|·»]\s*|\s+[-–—]\s+|:\s+")
_DOMAIN = re.compile(r"(?i)(?:www\.)?([\w.-]+?)\.(?:[a-z]{2,3}\.)?(?:com|org|net|[a-z]{2})")
_CO_AUTHORS = re.compile(r"(?i)^by |\s*[,;/&|]\s*| and ")
_WITHIN_NAME = re.compile(r"[^,;?!()\[\]\"“”„\n]{0,4}")
_SPEAKS = re.compile(rf"(?i){NOUN}|{VERB}")
_WORD_BEFORE = re.compile(r"(?:([^\s'\"‘“]) ['\"‘“]?)?([^\W_]+)(?: |\. ?)\Z")
_WORD_AFTER = re.compile(r" (?:of )?([^\W_]+)")
_MINOR = frozenset("the of and for a an".split())
_OTHER_MEANING = frozenset(
    "administration council english government house kingdom nations state union world".split()
)
"""Last words of names that alone mean something else: "the House" passed a bill."""
_UNDECOMPOSED = str.maketrans("øłđı", "oldi")


def _words(name: str) -> list[str]:
    """The words of a name, without "the" at its beginning."""
    words = _WORD.findall(name)
    return words[1:] if len(words) > 1 and words[0].lower() == "the" else words


def _key(words: Iterable[str]) -> str:
    """Words without accents, case, "and", and what is between them."""
    text = "".join(word for word in words if word.lower() != "and").casefold()
    decomposed = unicodedata.normalize("NFKD", text.translate(_UNDECOMPOSED))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _publisher_forms(publishers: Iterable[str]) -> Forms:
    """The forms of publishers; initials and last words only where one publisher has them."""
    forms: defaultdict[str, dict[str, None]] = defaultdict(dict)
    short: defaultdict[str, dict[str, None]] = defaultdict(dict)
    keys_with: defaultdict[str, set[str]] = defaultdict(set)  # of names, by short form and by word
    for name in publishers:
        head = _SECTION.split(name)[0]
        domain = _DOMAIN.fullmatch(head)
        words = _words(head)
        key = _key(words)
        for form in (name, head, domain[1] if domain else head):
            forms[_key(_words(form))][name] = None
        for initials, long in INITIALS.items():
            if initials.lower() in (key, "".join(words[:1]).lower()):
                forms[_key(_words(long))][name] = None
        for form in _short_forms(words, has_last_word=not domain):
            short[form][name] = None
            keys_with[form].add(key)
        for word in words:
            keys_with[f"the {word.lower()}"].add(key)
    forms.pop("", None)
    for form, names in short.items():
        last = form.removeprefix("the ").lower()
        if last not in forms and len(keys_with[form] | keys_with[f"the {last}"]) == 1:
            forms[form] = names
    return {form: tuple(names) for form, names in forms.items()}


def _author_forms(authors: Iterable[str]) -> Forms:
    """The forms of authors, some of whom share a name: "By Carl Voss and Ann Lee"."""
    forms: defaultdict[str, dict[str, None]] = defaultdict(dict)
    people: defaultdict[str, set[str]] = defaultdict(set)
    for name in authors:
        for person in _CO_AUTHORS.split(name):
            if len(_WORD.findall(person)) > 1:
                key, last = _key(_WORD.findall(person)), _key(_WORD.findall(person.split()[-1]))
                people[f"… {last}"].add(key)
                forms[key][name] = forms[f"… {last}"][name] = None
    return {form: tuple(names) for form, names in forms.items() if len(people.get(form, "1")) == 1}


def _short_forms(words: Sequence[str], *, has_last_word: bool) -> Iterator[str]:
    """The initials of three words or more, with and without that of "of"; a first word in capitals,
    as in "BBC News"; and "the Gazette", but not "the India" for "Times of India"."""
    major = [word for word in words if word.lower() not in _MINOR]
    for letters in ([word[0] for word in words], [word[0] for word in major]):
        if len(letters) > 2:
            yield "".join(letters).upper()
    yield from (
        initials for initials, long in INITIALS.items() if _key(words) == _key(_words(long))
    )
    if len(words) > 1 and 2 < len(words[0]) < 6 and words[0].isupper():
        yield words[0]
    last = words[-1] if len(words) > 1 and has_last_word and len(major) == len(words) else ""
    if last.istitle() and last.lower() not in _OTHER_MEANING:
        yield f"the {last}"


def _find_names(question: str, forms: Forms) -> list[_Mention]:
    """The names in a question, in order; at each place the longest."""
    words = list(_WORD.finditer(question))
    mentions: list[_Mention] = []
    for first, word in enumerate(words):
        if mentions and word.start() < mentions[-1].span.end:
            continue
        longest = None
        for last in range(first, min(first + LONGEST_NAME, len(words))):
            between = question[words[last - 1].end() : words[last].start()]
            if last > first and not _WITHIN_NAME.fullmatch(between):
                break
            span = Span(word.start(), words[last].end())
            longest = _mention(question, span, forms) or longest
        if longest:
            mentions.append(longest)
    return mentions


def _mention(question: str, span: Span, forms: Forms) -> _Mention | None:
    """The name at a span; None if there is none, or if it is part of another."""
    text = question[slice(*span)]
    if text.startswith("and ") or text.endswith(" and"):
        return None  # it joins names as often as it is part of one
    key = _key(_words(text))
    is_last_name = False
    names = forms.get(key) or forms.get("" if " " in text else text.replace(".", ""))
    if not names and text[:4].lower() == "the ":
        names = forms.get(f"the {text[4:]}")
    if not names and text[0].isupper():
        names, is_last_name = forms.get(f"… {key}"), True
    if not names or _is_part_of_another(question, span, is_last_name):
        return None
    return _Mention(span, names, is_last_name)


def _is_part_of_another(question: str, span: Span, is_last_name: bool) -> bool:
    """Whether a name is part of a longer one: "North Kelm Post", "Times of Orle", "J. Fenn"."""
    before, after = _WORD_BEFORE.search(question[: span.start]), question[span.end :]
    if before and not before[2].islower() and (content_terms(before[2]) or is_last_name):
        within_sentence = before[1] is not None and before[1] not in ".?!:"
        if (within_sentence and before[0].endswith(f"{before[2]} ")) or is_last_name:
            return True
    next_word = _WORD_AFTER.match(after)
    if not next_word or next_word[1].islower() or not content_terms(next_word[1]):
        return False
    return after.startswith(" of ") or not _SPEAKS.fullmatch(next_word[1])


# -- names whose words the question asks for, unlike those that it is about

_REACH = 150  # characters around a name that show its part
_MARKS = r"['‘’\"“”(]*"
_CAPITAL = r"\b(?-i:[A-Z])[\w.&|’'-]*+"
_UNKNOWN = rf"(?:{_CAPITAL}(?: {_CAPITAL})*+)"  # a publisher that has no articles here
_JOINT = re.compile(rf"{_MARKS}(?:, ?| )(?:(?:and|or|&|as well as) )?(?:both |the |from )*{_MARKS}")
_ACCORDING_TO = re.compile(
    rf"(?i)\b(?:according to|as per|per|(?:any|some|no)thing (?:in|from|by)"
    rf"|sources (?:including|such as|like)|{VERB}(?: \w+ly)? (?:in|by)"
    rf"|(?:published|posted|printed|featured|seen|read|appear(?:s|ed)?) (?:in|by|on)"
    rf"|(?:{NOUN}|another(?: one)?)(?: (?:\w+ed|both))? (?:in|by|from))"
    rf"(?: (?:both|either|the|an?|sources|outlets|{NOUN}|(?:\w+ )?{NOUN} (?:in|by|from|of)))*"
    rf" {_MARKS}(?:(?:{_UNKNOWN}{_MARKS}(?:, ?(?:and )?| and | or ))*(?:the )?{_MARKS})?\Z"
)
_ARTICLE_BY = re.compile(rf"(?i)\b(?:{NOUN}|written|reported|published) (?:\w+ )?by {_MARKS}\Z")
_ITS_ARTICLE = re.compile(
    rf"(?i){_MARKS}(?:(?<=['’])s?| ?['’]s?)(?: [\w’'-]+){{0,4}}? {NOUN}\b"
    r"|['‘’\"“”(]*(?: (?:recent|latest|earlier|later|first|second|third|original|own|new|separate"
    r"|other|previous|subsequent|same|sports?|business|technology|tech|politics|opinion|health"
    rf"|live|online)){{0,2}} {NOUN}\b"
)
_ADVERBS = (
    r"(?:(?:also|first|then|later|itself|ever|already|has|have|had|did|does|not|\w+ly) ){0,3}"
)
_SAYS = re.compile(
    rf"(?i){_MARKS} {_ADVERBS}(?:{VERB}\b(?!(?<=ed) (?:by|for)\b| to (?:be|have)\b)"
    r"|(?:have|has) (?:on|about|to say)\b|tells? (?:us|me|of|about)\b)"
)
_WRITES = re.compile(rf"(?i){_MARKS} {_ADVERBS}(?:writ|wrote|report|cover|publish)\w*\b")


def _quoted(question: str, publishers: Sequence[_Mention]) -> list[_Mention]:
    """The publishers whose words the question wants: "according to X and Y", "what did X say"."""
    return [
        mention
        for row, before, after in _rows(question, publishers)
        if _ACCORDING_TO.search(before) or _ITS_ARTICLE.match(after) or _SAYS.match(after)
        for mention in row
    ]


def _writing(question: str, authors: Sequence[_Mention]) -> list[_Mention]:
    """The authors whose articles the question wants: "what did X write", "an article by X"."""
    return [
        mention
        for row, before, after in _rows(question, authors)
        for mention in row
        if _ARTICLE_BY.search(before)
        or _WRITES.match(after)
        or (_ITS_ARTICLE.match(after) and not mention.is_last_name)
    ]


def _rows(question: str, mentions: Sequence[_Mention]) -> Iterator[tuple[list[_Mention], str, str]]:
    """Names in a row, as "X, Y and Z", with the text before and after them."""
    rows: list[list[_Mention]] = []
    for mention in mentions:
        if rows and _JOINT.fullmatch(question[rows[-1][-1].span.end : mention.span.start]):
            rows[-1].append(mention)
        else:
            rows.append([mention])
    for row in rows:
        start, end = row[0].span.start, row[-1].span.end
        yield row, question[max(start - _REACH, 0) : start], question[end : end + _REACH]
