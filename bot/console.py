"""The console: questions and commands in a terminal, or line by line without one."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from datetime import datetime

from prompt_toolkit import PromptSession
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.completion import WordCompleter
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from rich.console import Console
from rich.text import Text

from bot.rendering import terminal
from bot.rendering.text import change_line, counted, filters_text, plain, shown_quotes
from bot.reporting import add_and_report
from bot.settings import QUOTES_SHOWN, Settings
from retrieval import (
    Answer,
    Filters,
    Library,
    Quote,
    QuotewiseError,
    Span,
    Turn,
    filters_written,
    turn,
)

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
COMMANDS = re.findall(r"^  (/\w+)", HELP, flags=re.MULTILINE)


def talk(library: Library, settings: Settings, filters: Filters | None = None) -> None:
    """Answer until the person leaves or the input ends; within filters, if any are set."""
    conversation = Conversation(library, settings, Console(highlight=False), filters)
    lines: Iterator[str] = iter(sys.stdin)
    if sys.stdin.isatty() and sys.stdout.isatty():
        conversation.greet()
        read_only = library.read_only
        lines = _typed_lines(InMemoryHistory() if read_only else FileHistory(settings.history))
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
        filters: Filters | None = None,
    ) -> None:
        self._library = library
        self._name = settings.library
        self._risk = settings.risk
        self._console = console
        self._filters = filters
        self._answer: Answer | None = None
        self._answer_filters: Filters | None = None
        self._shown = 0  # quotes of the answer
        self._turns: list[Turn] = []
        """The questions before the last one, with what answered them."""

    def greet(self) -> None:
        """Say how many articles there are and what can be typed."""
        number = len(self._library.ids(library=self._name))
        if not number:
            self._print(terminal.NO_ARTICLES)
        self._print(f"{counted(number, 'article')}. Ask, or type /help. Ctrl-D leaves.", "dim")
        if change := self._library.change():
            self._print(change_line(change), "dim")

    def goes_on_after(self, line: str) -> bool:
        """Do what a line says, and return whether to read another."""
        if line in ("/quit", "/exit"):
            return False
        try:
            if line.startswith("/"):
                self._command(*line.partition(" ")[::2])
            elif line:
                self._ask(line, self._filters)
        except QuotewiseError as error:
            self._print(plain(str(error)), "red")
        except KeyboardInterrupt:
            self._print("Stopped.", "dim")
        return True

    def _command(self, name: str, rest: str) -> None:
        if name not in COMMANDS:
            raise QuotewiseError(f"There is no command {name}: /help lists those there are.")
        getattr(self, f"_{name[1:]}")(rest.strip())

    def _help(self, rest: str) -> None:
        self._print(HELP)

    def _status(self, rest: str) -> None:
        change, model = self._library.change(), self._library.model()
        self._print(change_line(change) if change else f"{plain(model)} answers.")

    def _ask(self, question: str, filters: Filters | None) -> None:
        turns = self._turns if self._answer is None else [*self._turns, turn(self._answer)]
        self._show_answer(question, filters, turns)

    def _show_answer(self, question: str, filters: Filters | None, turns: list[Turn]) -> None:
        self._answer = self._answer_to(question, QUOTES_SHOWN, filters, turns)
        self._answer_filters, self._turns = filters, turns
        self._shown = len(shown_quotes(self._answer, QUOTES_SHOWN))
        self._print(terminal.answer_text(self._answer, QUOTES_SHOWN))

    def _answer_to(
        self, question: str, limit: int, filters: Filters | None, turns: list[Turn]
    ) -> Answer:
        is_terminal = self._console.is_terminal
        with self._console.status("looking …") if is_terminal else nullcontext():
            return self._library.answer(
                question,
                scope=[self._name],
                limit=limit,
                filters=filters,
                earlier=turns,
                risk=self._risk,
            )

    def _more(self, rest: str) -> None:
        if self._answer is None:
            raise QuotewiseError("There is no answer yet to show more of: ask something first.")
        question, first = self._answer.question, self._shown
        limit, filters = first + QUOTES_SHOWN, self._answer_filters
        self._answer = self._answer_to(question, limit, filters, self._turns)
        self._shown = len(self._answer.shown)
        if first == self._shown:
            self._print("That is all there is.")
        else:
            self._print(terminal.more_text(self._answer, first))

    def _context(self, number: str) -> None:
        quotes: tuple[Quote, ...] = self._answer.shown[: self._shown] if self._answer else ()
        if not quotes:
            raise QuotewiseError("There is no quote yet to show around: ask something first.")
        if not number.isdecimal() or not 1 <= int(number) <= len(quotes):
            raise QuotewiseError(f"Say which quote: /context 1 to /context {len(quotes)}.")
        quote = quotes[int(number) - 1]
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

    def _articles(self, rest: str) -> None:
        articles = list(self._library.articles(library=self._name))
        if not articles:
            self._print(terminal.NO_ARTICLES)
        for article in articles:
            self._print(terminal.article_line(article))

    def _print(self, text: Text | str, style: str = "") -> None:
        text = text if isinstance(text, Text) else Text(text, style=style)
        # A terminal would break words; piped output is not broken at all.
        end = "" if text.plain.endswith("\n") else "\n"
        self._console.print(text, end=end, soft_wrap=not self._console.is_terminal)


def _typed_lines(history: History) -> Iterator[str]:
    """Read lines with editing and history; Ctrl-C drops a line, or leaves at an empty one."""
    session: PromptSession[str] = PromptSession(
        history=history,
        auto_suggest=AutoSuggestFromHistory(),
        completer=WordCompleter(COMMANDS, sentence=True),
        complete_while_typing=False,
    )
    while True:
        try:
            yield session.prompt("› ")
        except EOFError:
            return
        except KeyboardInterrupt:
            if not session.default_buffer.text:
                return
