"""The Telegram bot for a long time, with faults: `python tests/soak.py [QUESTIONS]`.

Two hundred people ask questions, as fast as Telegram takes the answers (30 a second). Meanwhile, at
random moments, requests fail or are slow, connections drop before or after a message has arrived,
another process adds articles, and, until three fifths are asked, the bot is killed or stopped and
started again. Prints the memory that the bot holds after each tenth. Exits with 1 unless each
question has the answer that the library gives, in order, twice only if the bot could not know
that it had arrived, nothing waits at the end, and memory grows by no more than 3 % from seven
tenths on. Of a question that is understood as a follow-up, only the delivery is checked.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from botapi import Chat, Message, User
from quotewise_command import new_home
from telegram_bot import QUICK, Bot, Telegram

from bot.cli import SAMPLES
from retrieval import Library
from retrieval.records import Silence

PEOPLE = 200
TOGETHER = 60  # questions that wait for an answer at any time
EACH_FAULT = 40  # questions between two faults, in the mean
RESTARTS = 0.03  # of the faults, until three fifths are asked
MOST_GROWTH = 0.03


@dataclass
class Soak:
    """A bot, those who ask it, and what has been asked of it and done to it."""

    api: Telegram
    bot: Bot
    copies: Path
    expected: dict[str, str]  # what the answer to a question must contain
    chance: random.Random = field(default_factory=lambda: random.Random(20))
    asked: dict[int, list[tuple[Message, str]]] = field(default_factory=dict)  # by chat
    waiting: dict[tuple[int, int], Chat] = field(default_factory=dict)  # by chat and message
    faults: Counter[str] = field(default_factory=Counter)
    unsure: int = 0  # answers that arrived without the bot's knowledge

    def run(self, count: int) -> list[int]:
        """Ask so many questions; return the memory held after each tenth, in bytes."""
        people = [self.api.user(f"P{number}") for number in range(PEOPLE)]
        self.let_in(people)
        held = []
        for number in range(1, count + 1):
            person = self.chance.choice(people)
            question = self.chance.choice(list(self.expected))
            self.ask(person, question)
            if self.chance.random() < 1 / EACH_FAULT:
                self.disturb(restarts=number < 0.6 * count)
            self.wait_until_fewer_wait_than(TOGETHER)
            if number % (count // 10) == 0:
                self.wait_until_fewer_wait_than(1)
                held.append(self.bot.memory())
                print(
                    f"{number} questions: {held[-1] / 1e6:.0f} MB, {dict(self.faults)}", flush=True
                )
        self.api.heal()
        self.bot.settle()
        return held

    def let_in(self, people: list[User]) -> None:
        """Make all of them administrators whose chats read the samples."""
        ids = ",".join(str(person.id) for person in [self.bot.admin, *people])
        self.bot.more["QUOTEWISE_TELEGRAM_ADMINS"] = ids
        self.bot.start()
        for person in people:
            chat = self.api.private(person)
            self.api.said(chat, person, "/grant main")
            self.asked[chat.id] = []

    def ask(self, person: User, question: str) -> None:
        """Ask it in the person's own chat."""
        chat = self.api.private(person)
        message = self.api.say(chat, person, question)
        self.asked[chat.id].append((message, question))
        self.waiting[chat.id, message.message_id] = chat

    def wait_until_fewer_wait_than(self, most: int) -> None:
        """Wait for answers; fails after two minutes without any."""

        def waiting() -> int:
            self.waiting = {
                key: chat for key, chat in self.waiting.items() if not self.replies(chat, key[1])
            }
            return len(self.waiting)

        until_fewer_wait_than(most, waiting)

    def replies(self, chat: Chat, id: int) -> int:
        """How many answers a question has."""
        return sum(one.reply_to == id for one in self.api.sent(chat))

    def disturb(self, *, restarts: bool) -> None:
        """Do one thing that happens in years."""
        if restarts and self.chance.random() < RESTARTS:
            name, happens = self.chance.choice([("killed", self.kill), ("stopped", self.restart)])
        else:
            name, happens = self.chance.choice(list(self.disturbances().items()))
        self.faults[name] += 1
        happens()

    def disturbances(self) -> dict[str, Callable[[], object]]:
        """What happens often, by its name."""
        api = self.api
        return {
            "flood": lambda: api.fail("sendMessage", code=429, retry_after=1),
            "error 500": lambda: api.fail("sendMessage"),
            "bad gateway": lambda: api.fail("sendMessage", code=502),
            "no updates": lambda: api.fail("getUpdates", code=502),
            "dropped before": lambda: api.drop_before("sendMessage"),
            "dropped after": self.drop_after,
            "updates dropped": lambda: api.drop_before("getUpdates"),
            "slow": lambda: api.slow(0.3, times=20),
            "added": self.add,
        }

    def drop_after(self) -> None:
        """Let a message arrive without the bot's knowledge."""
        self.unsure += 1
        self.api.drop_after("sendMessage")

    def add(self) -> None:
        """Add an article in another process's way: through the files."""
        number = sum(self.faults.values())
        path = self.bot.home / "tram.txt"
        path.write_text(f"Tram {number}\n\nTram {number} has {number * 7} green seats.\n")
        with Library.open(self.bot.home, copies=self.copies) as library:
            assert all(one.reason is None for one in library.add(str(path), library="elsewhere"))

    def kill(self) -> None:
        """Kill the bot and start it again; answers on their way may come twice."""
        self.bot.kill()
        self.unsure += sum(self.replies(chat, id) for (_, id), chat in self.waiting.items())
        self.bot.start()

    def restart(self) -> None:
        """Stop the bot as an upgrade would."""
        assert self.bot.stop() == 0
        self.bot.start()

    def problems(self) -> list[str]:
        """What is wrong with the answers, a line each."""
        problems, twice = [], 0
        for chat, asked in self.asked.items():
            by_question: dict[int | None, list[str]] = {}
            for one in self.api.sent(self.api.chats[chat]):
                by_question.setdefault(one.reply_to, []).append(" ".join(one.text.split()))
            twice += sum(len(by_question.get(question.message_id, ())) - 1 for question, _ in asked)
            ids = [question.message_id for question, _ in asked]
            if [id for id in by_question if id in ids] != ids:
                problems.append(f"the answers in chat {chat} are out of order, or one is missing")
            problems += [
                f"{text!r} was answered with {answer!r}"
                for question, text in asked
                for answer in by_question.get(question.message_id, ())
                if self.expected[text] not in answer and "Understood as" not in answer
            ]
        print(f"{twice} answers came twice; of {self.unsure} the bot could not know")
        if twice > self.unsure:
            problems.append("too many answers came twice")
        return problems


def until_fewer_wait_than(
    most: int, waiting: Callable[[], int], state: Callable[[], str] = str
) -> None:
    """Wait for answers; fails with the `state` after two minutes in which none came."""
    deadline, before = time.monotonic() + 120, waiting()
    while (now := waiting()) >= most:
        if now < before:
            deadline, before = time.monotonic() + 120, now
        assert time.monotonic() < deadline, f"{now} questions get no answer\n{state()}"
        time.sleep(0.02)


def expected_answers(home: Path, copies: Path) -> dict[str, str]:
    """The samples' questions, each with the first words that are quoted, or that nothing is."""
    lines = SAMPLES.with_name("questions.jsonl").read_text("utf-8").splitlines()
    expected = {}
    with Library.open(home, copies=copies) as library:
        assert all(one.reason is None for one in library.add(str(SAMPLES)))
        for question in [json.loads(line)["question"] for line in lines]:
            answer = library.answer(question)
            shown = () if answer.silence is Silence.NOTHING else answer.shown
            expected[question] = " ".join(shown[0].text.split())[:60] if shown else ""
    return expected


def main(count: int) -> int:
    """Run, print, and return the exit status."""
    with tempfile.TemporaryDirectory() as folder, Telegram() as api:
        copies = Path(folder, "copies")
        home = new_home(Path(folder, "home"), copies)
        soak = Soak(api, Bot(api, home, QUICK), copies, expected_answers(home, copies))
        try:
            held = soak.run(count)
        finally:
            soak.bot.kill()
        problems = soak.problems()
        errors = soak.bot.log.count("Traceback")
    growth = held[-1] / held[6] - 1
    print(f"growth from seven tenths on: {growth:+.1%}; {errors} tracebacks in the log")
    print(*problems[:20], sep="\n")
    return int(growth > MOST_GROWTH or bool(problems) or bool(errors))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000))
