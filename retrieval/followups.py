"""A question that leaves something out is completed from the turns before it; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.antecedents import Spoken, alike, antecedent, distinct, whole_name
from retrieval.mentions import Mention, mentions, topic_mention
from retrieval.pronouns import Pointer, Points, has_pronoun, pointer
from retrieval.records import Turn
from retrieval.words import WORD, content_terms

MOST_TURNS = 12
"""Turns that are looked at; what was spoken of before them is not meant any more."""

MUCH = 4
"""Content words above which a question may stand by itself in spite of a pronoun, and does stand
by itself without one."""

SHORT = 3
"""Words of a question that says too little to be asked by itself: "Who paid?"."""

LONGEST_HEADING = 10  # words
MOST_NAMES = 3  # under which a question is put

OPENS_SO = re.compile(r"(?:and|but|so|then|also)\b[,\s]*", re.IGNORECASE)
WHAT_ABOUT = re.compile(r"(?:what|how)\s+about\b\s*", re.IGNORECASE)
ASKS = re.compile(
    r"\b(?:what|which|who|whom|whose|when|where|why|how|did|does|do|was|were|is|are|has|have|had"
    r"|can|could|will|would|should|may|might|must|tell|explain|describe|list|show)\b",
    re.IGNORECASE,
)
PREPOSITION = re.compile(
    r"(?:according to|in|on|at|for|from|by|with|to|during|before|after|since|until|under|near"
    r"|of)\b",
    re.IGNORECASE,
)
YEAR = re.compile(r"\b(?:1[0-9]|20)\d\d\b")
BESIDES = re.compile(r"\b(?:else|other|others|another)\b(?!\s+than\b)", re.IGNORECASE)
"""What asks for more of what was told: "Did anybody else see the fire on the hill?"."""

GREETS = re.compile(
    r"(?:hello|hi|hey|good (?:morning|afternoon|evening)|thanks?(?: you)?|ok(?:ay)?|yes|no|bye)\b"
    r"[\w\s]{0,20}[.!,]*",
    re.IGNORECASE,
)
"""What people say to whom they take for a person; nothing builds on it."""

ENDS = re.compile(r"[.!?]\s*\Z")
QUESTIONS = re.compile(r"(?<=[?!])\s+")


@dataclass(frozen=True, slots=True)
class Completed:
    """What a question is taken for.

    `certain` tells that it cannot be asked by itself; else it may as well be about something new,
    and what the articles say decides.
    """

    text: str
    certain: bool

    @property
    def carries(self) -> bool:
        """Whether it has a whole earlier question before it, which its old answer fits best."""
        return bool(QUESTIONS.search(self.text))


def completed(question: str, earlier: Sequence[Turn]) -> Completed | None:
    """The question with what it leaves out; None if it leaves out nothing.

    Earlier questions may be given as they were asked: each is completed from those before it.
    """
    spoken: list[Spoken] = []
    for turn in earlier[-MOST_TURNS:]:
        if not _is_remark(turn.question):
            spoken.append(_spoken(turn, spoken))
    return _completed(question, spoken) if spoken else None


def _spoken(turn: Turn, before: Sequence[Spoken]) -> Spoken:
    told = tuple(mentions(turn.told))
    question = turn.question.strip()
    if _is_heading(question):
        return Spoken(question, (topic_mention(question),), told)
    meant = None if turn.settled or not before else _completed(question, before)
    text = meant.text if meant else question
    asked_of = mentions(text)
    for one in before:
        asked_of += [m for m in one.asked_of if _is_heading(one.question) and m.name in text]
    return Spoken(text, tuple(distinct(asked_of)), told, anew=turn.settled and not asked_of)


def _completed(question: str, spoken: Sequence[Spoken]) -> Completed | None:
    opens = OPENS_SO.match(question)
    own = _capital(question[opens.end() :]) if opens else question
    last = spoken[-1]
    about = WHAT_ABOUT.match(own)
    if about or (opens and not ASKS.search(own) and _is_fragment(question)):
        text = own[about.end() :] if about else question[opens.end() :] if opens else own
        return Completed(_swapped(text.strip(), last), certain=True)
    names = mentions(own)
    points = pointer(own)
    if points:
        certain = not names and len(content_terms(own)) <= MUCH
        return Completed(_pointed(own, points, spoken), certain)
    if _says_little(own):
        return Completed(_carrying(last, own), certain=True)
    if opens or not (names or _stands(own)):
        return Completed(_under(spoken, own), certain=False)
    return _with_whole_names(own, names, spoken)


def _is_fragment(question: str) -> bool:
    """Whether what has no verb asks all the same: "And Moon", "but on Friday?"."""
    return question.lower().startswith("and") or question.endswith("?")


def _stands(question: str) -> bool:
    """Whether words without names and without a pronoun that points back stand by themselves.

    They do where they say much, say what their own pronoun means, or ask nothing: "Thanks!".
    """
    asks = ASKS.search(question) or question.endswith("?")
    if not asks or not WORD.search(question) or has_pronoun(question):
        return True
    return len(content_terms(question)) > MUCH and not BESIDES.search(question)


def _says_little(question: str) -> bool:
    words = WORD.findall(question)
    if not words or mentions(question):
        return False
    terms = content_terms(question)
    asks = question.endswith("?") or ASKS.search(question)
    return not terms or (bool(asks) and len(words) <= SHORT and len(terms) == 1)


# -- ways to complete


def _pointed(own: str, points: Pointer, spoken: Sequence[Spoken]) -> str:
    """With the name in the place of the pronoun, where one fits."""
    last = spoken[-1]
    if points.points is Points.THIS:
        alone = not re.match(r"\s+\w", own[points.end :])
        return (
            _carrying(last, own)
            if alone and not _is_heading(last.question)
            else _under(spoken, own)
        )
    meant = antecedent(points.points, spoken)
    if meant is None:
        return _carrying(last, own)
    name = ("the " if meant.the else "") + whole_name(meant.name, spoken)
    if not points.start:
        name = _capital(name)
    if points.owns:
        name += "’" if name.endswith("s") else "’s"
    return own[: points.start] + name + own[points.end :]


def _swapped(text: str, last: Spoken) -> str:
    """The last question with what is asked about now in the place of its like."""
    fragment = re.sub(r"[\s?.!]+\Z", "", text)
    before = last.question
    year, there = YEAR.search(fragment), YEAR.search(before)
    if year and there:
        return before[: there.start()] + year.group() + before[there.end() :]
    if _is_heading(before):
        return f"{before}: {text}"
    place = PREPOSITION.match(fragment)
    names = mentions(before)
    if place:
        names = [one for one in names if _follows(before[: one.start], place.group())]
    new = mentions(f"x {fragment}")
    old = alike(new[0], names) if new else None
    if old:
        said = fragment[place.end() :].strip() if place else fragment
        said = said.removeprefix("the ") if old.the else said
        return before[: old.start] + said + before[old.end :]
    if place:
        return f"{before.rstrip(' ?')} {fragment}?"
    return _carrying(last, _capital(text))


def _follows(before: str, preposition: str) -> bool:
    """Whether what comes next in a question stands after a preposition."""
    told = f" {before.rstrip().lower()}".removesuffix(" the")
    return told.endswith(f" {preposition.lower()}")


def _under(spoken: Sequence[Spoken], own: str) -> str:
    """The question under the names that the last ones were about."""
    for one in reversed(spoken):
        names = list(dict.fromkeys(name.name for name in one.asked_of))[:MOST_NAMES]
        if names:
            return f"{', '.join(names)}: {own}"
        if one.anew:
            break
    return _carrying(spoken[-1], own)


def _carrying(last: Spoken, own: str) -> str:
    """The question after the last one, and after the one on which that builds, but no further."""
    before = last.question
    if before.endswith(own):
        return before
    parts = [one for one in QUESTIONS.split(before) if not _says_little(one)] or [before]
    before = " ".join(dict.fromkeys((parts[0], parts[-1])))
    end = "" if ENDS.search(before) else ":" if _is_heading(before) else "?"
    return f"{before}{end} {own}"


def _with_whole_names(
    own: str, names: Sequence[Mention], spoken: Sequence[Spoken]
) -> Completed | None:
    """With a person's whole name for a part of it."""
    for one in names:
        whole = whole_name(one.name, spoken)
        if whole != one.name:
            return Completed(own[: one.start] + whole + own[one.end :], certain=False)
    return None


def _is_heading(text: str) -> bool:
    """Whether a text names what is spoken of and asks nothing of it."""
    short = len(text.split()) <= LONGEST_HEADING
    return short and not ASKS.search(text) and not ENDS.search(text)


def _is_remark(text: str) -> bool:
    """Whether a text neither asks nor names anything: "Thanks!", "hello", "?"."""
    if GREETS.fullmatch(text.strip()) or not WORD.search(text):
        return True
    return not ASKS.search(text) and text.rstrip().endswith("!")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
