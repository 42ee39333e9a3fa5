"""The local console: questions and commands in a terminal, or line by line without one."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import datetime

from prompt_toolkit import PromptSession
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.completion import WordCompleter
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from rich.console import Console
from rich.text import Text

from bot import rendering
from bot.asking import QUOTES
from bot.reporting import add_and_report
from bot.settings import Settings
from retrieval import Answer, Filters, Library, Quote, QuotewiseError, Turn
from retrieval.records import Span
from retrieval.search import followups
from retrieval.search.filters import filters_written

PROMPT = "› "

COMMANDS = "/add /all /articles /context /help /more /only /quit /status".split()
HELP = """Type a question, or:
  /add SOURCE... add articles: links, files or folders; names with spaces in quotation marks
  /articles      list the articles
  /more          more quotes for the last question
  /context N     the paragraph around quote N, with its neighbours
  /only ...      only some articles from now on: since DAY, until DAY, source NAME, article ID
  /all           all articles again, for the last question and those to come; or for a question
  /status        which model answers, and how far another is with reading
  /help          this list
  /quit          leave (so does Ctrl-D)
"""


def talk(library: Library, settings: Settings, filters: Filters | None = None) -> None:
    """Answer until the person leaves or the input ends; within filters, if any are set."""
    console = Console(highlight=False)
    conversation = Conversation(library, settings, console, filters)
    if sys.stdin.isatty() and sys.stdout.isatty():
        conversation.greet()
        lines = _typed_lines(
            InMemoryHistory() if library.read_only else FileHistory(settings.history)
        )
    else:
        lines = (line for line in sys.stdin)
    for line in lines:
        if not conversation.goes_on_after(line.strip()):
            break


class Conversation:
    """One person's questions: each may build on those before it.

    What `/more` and `/context` refer to is the last answer. Without filters that were set outright,
    a question sets its own.
    """

    def __init__(
        self,
        library: Library,
        settings: Settings,
        console: Console,
        filters: Filters | None = None,
    ) -> None:
        self._library = library
        self._name = settings.library
        self._risk = settings.risk
        self._console = console
        self._filters = filters
        self._last: Answer | None = None
        self._last_within: Filters | None = None
        self._shown = 0  # quotes of it
        self._turns: list[Turn] = []
        """The questions before the last one, with what answered them."""
        self._commands: dict[str, Callable[[str], None]] = {
            "/help": lambda _: self._print(Text(HELP)),
            "/add": self._add,
            "/articles": lambda _: self._list_articles(),
            "/more": lambda _: self._more(),
            "/context": self._context,
            "/only": self._only,
            "/all": self._all,
            "/status": lambda _: self._tell_status(),
        }

    def greet(self) -> None:
        """Say what is there and what can be done."""
        number = len(self._library.ids(library=self._name))
        if not number:
            self._print(Text(rendering.NO_ARTICLES))
        count = rendering.counted(number, "article")
        self._print(Text(f"{count}. Ask, or type /help. Ctrl-D leaves.", style="dim"))
        change = self._library.change()
        if change is not None:
            self._print(Text(rendering.change_line(change), style="dim"))

    def goes_on_after(self, line: str) -> bool:
        """Do what a line says, and say whether to read another."""
        if line in ("/quit", "/exit"):
            return False
        try:
            if line.startswith("/"):
                name, _, rest = line.partition(" ")
                if name not in self._commands:
                    raise QuotewiseError(
                        f"There is no command {name}: /help lists those there are."
                    )
                self._commands[name](rest.strip())
            elif line:
                self._ask(line, self._filters)
        except QuotewiseError as error:
            self._print(Text(rendering.plain(str(error)), style="red"))
        except KeyboardInterrupt:
            self._print(Text("Stopped.", style="dim"))
        return True

    def _ask(self, question: str, filters: Filters | None) -> None:
        turns = self._turns if self._last is None else [*self._turns, followups.turn(self._last)]
        self._answer_within(filters, question, turns)

    def _answer_within(self, filters: Filters | None, question: str, turns: list[Turn]) -> None:
        self._last = self._answer(question, QUOTES, filters, turns)
        self._last_within, self._turns = filters, turns
        self._shown = len(rendering.shown_quotes(self._last, QUOTES))
        if self._quotes() or self._last.inside is not None:
            self._print(rendering.answer_text(self._last, QUOTES))
        else:
            self._print(Text(rendering.NO_ARTICLES))

    def _answer(
        self, question: str, limit: int, filters: Filters | None, turns: list[Turn]
    ) -> Answer:
        with self._busy("looking"):
            return self._library.answer(
                question,
                scope=[self._name],
                limit=limit,
                filters=filters,
                earlier=turns,
                risk=self._risk,
            )

    def _more(self) -> None:
        if self._last is None:
            raise QuotewiseError("There is no answer yet to show more of: ask something first.")
        self._last = self._answer(
            self._last.question, self._shown + QUOTES, self._last_within, self._turns
        )
        first, self._shown = self._shown, len(self._quotes())
        if first == self._shown:
            self._print(Text("That is all there is."))
        else:
            self._print(rendering.more_text(self._last, first))

    def _context(self, number: str) -> None:
        quotes = self._quotes()[: self._shown]
        if not quotes:
            raise QuotewiseError("There is no quote yet to show around: ask something first.")
        if not number.isdecimal() or not 1 <= int(number) <= len(quotes):
            raise QuotewiseError(f"Say which quote: /context 1 to /context {len(quotes)}.")
        quote = quotes[int(number) - 1]
        history, span = self._library.history, Span(quote.start, quote.end)
        now = history.quote_at(quote.ref, quote.article.sha256, span)
        if now is None:
            raise QuotewiseError("That article has been removed since: please ask again.")
        article = history.article_of(now)
        self._print(rendering.context_text(now, article))

    def _only(self, words: str) -> None:
        if words:
            now = datetime.now().astimezone()
            self._filters = self._library.checked(filters_written(words, now), scope=[self._name])
        if self._filters in (None, Filters()):
            self._print(Text("All articles may answer."))
        else:
            text = rendering.filters_text(self._filters or Filters())
            self._print(Text(f"Only {rendering.plain(text)} answer from now on; /all lifts that."))

    def _all(self, question: str) -> None:
        self._filters = None
        if question:
            self._ask(question, Filters())
        elif self._last is None or self._last.inside is None:
            self._print(Text("All articles may answer."))
        else:
            last_question = self._last.understood or self._last.question
            self._answer_within(Filters(), last_question, self._turns)

    def _add(self, sources: str) -> None:
        if not sources:
            raise QuotewiseError("Say what to add: /add with links, files or folders.")
        try:
            names = shlex.split(sources)
        except ValueError as error:
            raise QuotewiseError("A quotation mark is missing in that line.") from error
        with suppress(KeyboardInterrupt):
            add_and_report(self._library, [os.path.expanduser(name) for name in names], self._name)

    def _list_articles(self) -> None:
        lines = [rendering.article_line(k) for k in self._library.articles(library=self._name)]
        for line in lines or [Text(rendering.NO_ARTICLES)]:
            self._print(line)

    def _tell_status(self) -> None:
        change = self._library.change()
        line = rendering.change_line(change) if change else f"{self._library.model()} answers."
        self._print(Text(rendering.plain(line)))

    def _quotes(self) -> tuple[Quote, ...]:
        return () if self._last is None else self._last.shown

    def _busy(self, doing: str) -> AbstractContextManager[object]:
        """A spinner, where there is a terminal to show it."""
        return self._console.status(f"{doing} …") if self._console.is_terminal else nullcontext()

    def _print(self, text: Text) -> None:
        # A terminal would break words; what is piped on is not broken at all.
        end = "" if text.plain.endswith("\n") else "\n"
        self._console.print(text, end=end, soft_wrap=not self._console.is_terminal)


def _typed_lines(history: History) -> Iterator[str]:
    """Lines typed with editing and history; Ctrl-C drops a line, or leaves at an empty one."""
    session: PromptSession[str] = PromptSession(
        history=history,
        auto_suggest=AutoSuggestFromHistory(),
        completer=WordCompleter(COMMANDS, sentence=True),
        complete_while_typing=False,
    )
    while True:
        try:
            line = session.prompt(PROMPT)
        except EOFError:
            return
        except KeyboardInterrupt:
            if not session.default_buffer.text:
                return
            continue
        yield line
