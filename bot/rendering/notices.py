"""Lists and notices as messages in Telegram's HTML: articles, outcomes, digests, feeds."""

from __future__ import annotations

from collections.abc import Sequence

from bot.rendering.characters import shortened
from bot.rendering.markup import Markup, apart, bold, joined, linked, listed, words
from bot.rendering.sources import counted, total_line
from bot.rendering.telegram import LONGEST_TITLE, NO_ARTICLES, article_source
from retrieval import Arrival, Article, FollowedFeed, Outcome, Status, StoredArticle

DIGEST = 20  # articles that a digest names
OUTCOMES = 10  # that a message tells one by one


def articles_page(
    articles: Sequence[StoredArticle], page: int, pages: int, *, first_number: int = 1
) -> str:
    """A page of the list of articles; ten of them always fit, whatever their titles."""
    if not articles:
        return words(NO_ARTICLES).html
    heading = bold("Articles") + words(f" (page {page} of {pages})" if pages > 1 else "")
    lines = [
        words(f"{number}. ") + article_source(stored.article)
        for number, stored in enumerate(articles, start=first_number)
    ]
    return listed(heading, lines)


def outcome_message(outcome: Outcome, paragraphs: int | None = None) -> str:
    """What became of a source that was to be added."""
    return _outcome(outcome, paragraphs).html


def outcomes_message(outcomes: Sequence[Outcome]) -> str:
    """How many sources were added and how many failed, and the first ten one by one."""
    counts = {status: sum(outcome.status is status for outcome in outcomes) for status in Status}
    lines = [_outcome(outcome, None) for outcome in outcomes]
    return listed(bold(total_line(counts)), lines, most=OUTCOMES)


def progress_message(done: int, total: int) -> str:
    """How far adding has come."""
    return f"Adding: {done} of {total} …"


def digest_messages(new: Sequence[Arrival]) -> list[str]:
    """What a chat is told once a day: the new articles, one of each story; of none, nothing."""
    stories: dict[int, Article] = {}
    for arrival in new:
        stories.setdefault(arrival.story, arrival.stored.article)
    if not stories:
        return []
    lines = [words("• ") + article_source(article) for article in stories.values()]
    return [listed(bold(f"New today: {counted(len(stories), 'article')}"), lines, most=DIGEST)]


def watches_message(questions: Sequence[str]) -> str:
    """The standing questions of a chat, numbered."""
    lines = [
        words(f"{number}. ") + apart(words(shortened(question, LONGEST_TITLE)))
        for number, question in enumerate(questions, start=1)
    ]
    return listed(bold("Watched here"), lines)


def feed_message(feed: FollowedFeed) -> str:
    """That a feed is followed from now on."""
    comes = ". Its articles come in within some minutes, and new ones as they appear."
    return (words("Followed: ") + _feed(feed) + words(comes)).html


def feeds_message(feeds: Sequence[FollowedFeed]) -> str:
    """The feeds that a chat follows, numbered, with what is the trouble with each."""
    lines = []
    for number, feed in enumerate(feeds, start=1):
        line = words(f"{number}. ") + _feed(feed)
        if feed.delayed and not feed.trouble:
            pages = counted(feed.delayed, "page")
            line += words(f": {pages} could not be read so far: {feed.delay}")
        lines.append(line + words(f": {feed.trouble}") if feed.trouble else line)
    return listed(bold("Feeds"), lines)


def _outcome(outcome: Outcome, paragraphs: int | None) -> Markup:
    if outcome.article is None:
        reason = shortened(outcome.reason or "", 2 * LONGEST_TITLE)
        return words(f"Not added: {shortened(outcome.source, LONGEST_TITLE)}: {reason}")
    line = article_source(outcome.article)
    if paragraphs is not None:
        line = joined([line, words(counted(paragraphs, "paragraph"))], ", ")
    if outcome.article.note:
        line += words(f". Note: {outcome.article.note}")
    if outcome.status is Status.UNCHANGED:
        return words("Unchanged: this chat's library has it already: ") + line
    return words(f"{outcome.status.capitalize()}: ") + line


def _feed(feed: FollowedFeed) -> Markup:
    return apart(linked(shortened(feed.title or feed.url, LONGEST_TITLE), feed.url))
