"""The console: questions and commands in a terminal, or line by line without one."""

from __future__ import annotations

import os
import re
import shlex
import sys
import webbrowser
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from difflib import get_close_matches
from functools import partial
from itertools import islice

from prompt_toolkit import PromptSession
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.completion import (
    CompleteEvent,
    Completer,
    Completion,
    PathCompleter,
    WordCompleter,
)
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from rich.console import Console
from rich.text import Text

from bot.rendering import terminal
from bot.rendering.text import (
    GREETING,
    INTRODUCTION,
    change_line,
    counted,
    filters_text,
    passage_link,
    plain,
    questions_for,
    shown_quotes,
)
from bot.reporting import add_and_report, print_articles, print_text
from bot.settings import QUOTES_SHOWN, Settings
from retrieval import (
    Answer,
    Filters,
    Library,
    Quote,
    QuotewiseError,
    RemovedArticle,
    Span,
    StoredArticle,
    Turn,
    filters_written,
    turn,
)

HELP = """Type a question, or:
  /add SOURCE...    add articles: links, files or folders; names with spaces in quotation marks
  /articles [WORD]  list the articles, or those with this word in title, publisher or author
  /sources          list the publishers
  /show ID          print an article; a number means that of a quote
  /open N           open the page of quote N in a browser
  /remove ID        remove an article, or that of a quote, by its number; /undo puts it back
  /undo             put back what was removed last
  /more             more quotes for the last question
  /context N        the paragraph around quote N, with its neighbours
  /new              begin afresh: the next question builds on none before
  /only ...         only some articles from now on: since DAY, until DAY, source NAME, article ID
  /all              all articles again, for the last question and those to come; or for a question
  /status           which model answers, and how far another is with reading
  /help             this list
  /quit             leave (so does Ctrl-D)
"""
COMMANDS = re.findall(r"^  (/\w+)", HELP, flags=re.MULTILINE)
QUOTE_NUMBER = re.compile(r"\d{1,2}")  # more digits may begin an id
LEAVING = ("/quit", "/exit", "quit", "exit", ":q")


def talk(
    library: Library, settings: Settings, filters: Filters | None = None, *, links: bool = False
) -> None:
    """Answer until the person leaves or the input ends; within filters, if any are set.

    Addresses are printed with `links`, or if standard output is no terminal.
    """
    conversation = Conversation(library, settings, Console(highlight=False), filters, links)
    lines: Iterator[str] = iter(sys.stdin)
    if sys.stdin.isatty() and sys.stdout.isatty():
        conversation.greet()
        read_only = library.read_only
        history = InMemoryHistory() if read_only else FileHistory(settings.home / "history")
        lines = _typed_lines(history, lambda: library.ids(library=settings.library))
    for line in lines:
        if not conversation.goes_on_after(line.strip()):
            break


class Conversation:
    """One person's questions, each of which may build on those before it.

    `/more` and `/context` refer to the last answer. If no filters are set, a question may set its
    own.
    """

    def __init__(
        self,
        library: Library,
        settings: Settings,
        console: Console,
        filters: Filters | None,
        links: bool,
    ) -> None:
        self._library = library
        self._name = settings.library
        self._risk = settings.risk
        self._console = console
        self._links = links or not console.is_terminal
        self._removed: RemovedArticle | None = None
        self._filters = filters
        self._ask_again: Callable[..., Answer]
        self._answer: Answer | None = None
        self._shown = 0  # quotes of the answer
        self._turns: list[Turn] = []
        """The questions before the last one, with what answered them."""

    def greet(self) -> None:
        number = len(self._library.ids(library=self._name))
        if not number:
            self._print(terminal.NO_ARTICLES)
        self._print(f"{counted(number, 'article')}. Ask, or type /help. Ctrl-D leaves.", "dim")
        if change := self._library.change():
            self._print(change_line(change), "dim")

    def goes_on_after(self, line: str) -> bool:
        """Do what a line says, and return whether to read another."""
        if line.lower() in LEAVING:
            return False
        try:
            if line.startswith("/"):
                self._command(*line.partition(" ")[::2])
            elif GREETING.fullmatch(line):
                self._introduce()
            elif line:
                self._ask(line, self._filters)
        except QuotewiseError as error:
            self._print(plain(str(error)), "red")
        except KeyboardInterrupt:
            self._print("Stopped.", "dim")
        return True

    def _command(self, name: str, rest: str) -> None:
        if name not in COMMANDS:
            close = get_close_matches(name, COMMANDS, n=1)
            meant = f" Did you mean {close[0]}?" if close else ""
            raise QuotewiseError(f"There is no command {name}: /help lists those there are.{meant}")
        getattr(self, f"_{name[1:]}")(rest.strip())

    def _introduce(self) -> None:
        self._print(INTRODUCTION)
        articles = islice(self._library.articles(library=self._name), 3)
        questions = questions_for([stored.article.title for stored in articles])
        self._print("Ask one, such as these, or type /help." if questions else terminal.NO_ARTICLES)
        for question in questions:
            self._print(f"  {question}")

    def _help(self, rest: str) -> None:
        self._print(HELP)

    def _new(self, rest: str) -> None:
        self._answer, self._turns = None, []
        self._print("The next question builds on none before.")

    def _sources(self, rest: str) -> None:
        articles = self._library.articles(library=self._name)
        counts = Counter(stored.article.source or "no publisher" for stored in articles)
        for name, count in sorted(counts.items()):
            self._print(f"{plain(name)} ({counted(count, 'article')})")
        if not counts:
            self._print(terminal.NO_ARTICLES)

    def _show(self, id: str) -> None:
        self._print(terminal.article_text(self._article(id, "/show")))

    def _article(self, named: str, command: str) -> StoredArticle:
        """Return the article that a quote's number, an id or the beginning of an id names."""
        if not named:
            raise QuotewiseError(f"Say which article: {command} with its id, or a quote's number.")
        ids = self._library.ids(library=self._name)
        if named in ids or not QUOTE_NUMBER.fullmatch(named):
            return self._library.article(named, library=self._name)
        shown = self._answer.shown[: self._shown] if self._answer else ()
        if not 1 <= int(named) <= len(shown):
            raise QuotewiseError(
                f"There is no quote {named}: give the number of a quote of the last answer, or an "
                "id; /articles lists them."
            )
        return self._library.history.article_of(shown[int(named) - 1])

    def _open(self, number: str) -> None:
        quote = self._quote(number, "/open")
        link = passage_link(quote)
        if link is None:
            raise QuotewiseError(f"That article has no link: /show {number} prints it.")
        if not webbrowser.open(link):
            self._print(plain(link))

    def _remove(self, id: str) -> None:
        self._library.check_writable()
        ref = self._article(id, "/remove").ref
        self._removed = self._library.remove(ref.id, library=ref.library)
        self._print(f"removed  {plain(self._removed.article.title)}; /undo puts it back.")

    def _undo(self, rest: str) -> None:
        if self._removed is None:
            raise QuotewiseError("Nothing was removed here.")
        back = self._library.restore(self._removed.record, library=self._name)
        self._removed = None
        self._print(f"put back  {plain(back.article.title)}")

    def _status(self, rest: str) -> None:
        change, model = self._library.change(), self._library.model()
        self._print(change_line(change) if change else f"{plain(model)} answers.")

    def _ask(self, question: str, filters: Filters | None) -> None:
        turns = self._turns if self._answer is None else [*self._turns, turn(self._answer)]
        self._show_answer(question, filters, turns)

    def _show_answer(self, question: str, filters: Filters | None, turns: list[Turn]) -> None:
        ask = partial(self._library.answer, question, scope=[self._name], risk=self._risk)
        ask = partial(ask, filters=filters, earlier=turns)
        with self._console.status("looking …"):
            self._answer = ask(limit=QUOTES_SHOWN)
        self._ask_again, self._turns = ask, turns
        self._shown = len(shown_quotes(self._answer, QUOTES_SHOWN))
        self._print(terminal.answer_text(self._answer, QUOTES_SHOWN, links=self._links), end="")

    def _more(self, rest: str) -> None:
        if self._answer is None:
            raise QuotewiseError("There is no answer yet to show more of: ask something first.")
        first = self._shown
        with self._console.status("looking …"):
            self._answer = self._ask_again(limit=first + QUOTES_SHOWN)
        self._shown = len(self._answer.shown)
        if first == self._shown:
            self._print("That is all there is.")
        else:
            self._print(terminal.more_text(self._answer, first, links=self._links), end="")

    def _quote(self, number: str, command: str) -> Quote:
        quotes: tuple[Quote, ...] = self._answer.shown[: self._shown] if self._answer else ()
        if not quotes:
            raise QuotewiseError("There is no quote yet: ask something first.")
        if not number.isdecimal() or not 1 <= int(number) <= len(quotes):
            raise QuotewiseError(f"Say which quote: {command} 1 to {command} {len(quotes)}.")
        return quotes[int(number) - 1]

    def _context(self, number: str) -> None:
        quote = self._quote(number, "/context")
        history, span = self._library.history, Span(quote.start, quote.end)
        now = history.quote_at(quote.ref, quote.article.sha256, span)
        if now is None:
            raise QuotewiseError("That article has been removed since: please ask again.")
        self._print(terminal.context_text(now, history.article_of(now)))

    def _only(self, words: str) -> None:
        if words:
            now = datetime.now().astimezone()
            self._filters = self._library.checked(filters_written(words, now), scope=[self._name])
        if self._filters in (None, Filters()):
            self._print("All articles may answer.")
        else:
            text = filters_text(self._filters or Filters())
            self._print(f"Only {plain(text)} answer from now on; /all lifts that.")

    def _all(self, question: str) -> None:
        self._filters = None
        if question:
            self._ask(question, Filters())
        elif self._answer is None or self._answer.inside is None:
            self._print("All articles may answer.")
        else:
            last_question = self._answer.understood or self._answer.question
            self._show_answer(last_question, Filters(), self._turns)

    def _add(self, sources: str) -> None:
        if not sources:
            raise QuotewiseError("Say what to add: /add with links, files or folders.")
        try:
            names = shlex.split(sources)
        except ValueError as error:
            raise QuotewiseError("A quotation mark is missing in that line.") from error
        with suppress(KeyboardInterrupt):
            add_and_report(self._library, [os.path.expanduser(name) for name in names], self._name)

    def _articles(self, word: str) -> None:
        print_articles(self._library, self._name, word, console=self._console)

    def _print(self, text: Text | str, style: str = "", end: str = "\n") -> None:
        text = text if isinstance(text, Text) else Text(text, style=style)
        end = "" if text.plain.endswith("\n") else end
        print_text(text, end, console=self._console)


class CommandCompleter(Completer):
    def __init__(self, after: Mapping[str, Completer]) -> None:
        self._commands = WordCompleter(COMMANDS, sentence=True)
        self._after = after

    def get_completions(self, document: Document, event: CompleteEvent) -> Iterable[Completion]:
        command, space, rest = document.text_before_cursor.partition(" ")
        if not space:
            yield from self._commands.get_completions(document, event)
        elif command in self._after:
            yield from self._after[command].get_completions(Document(rest), event)


def _typed_lines(history: History, ids: Callable[[], list[str]]) -> Iterator[str]:
    """Read lines with editing, completion and history; Ctrl-C drops a line, twice it leaves."""
    articles = WordCompleter(ids, sentence=True)
    after = {"/add": PathCompleter(expanduser=True), "/show": articles, "/remove": articles}
    session: PromptSession[str] = PromptSession(
        history=history,
        auto_suggest=AutoSuggestFromHistory(),
        completer=CommandCompleter(after),
        complete_while_typing=False,
    )
    is_leaving = False
    while True:
        try:
            yield session.prompt("› ")
            is_leaving = False
        except EOFError:
            return
        except KeyboardInterrupt:
            if is_leaving:
                print("Goodbye.")
                return
            is_leaving = not session.default_buffer.text
            if is_leaving:
                print("Ctrl-C again leaves.")
