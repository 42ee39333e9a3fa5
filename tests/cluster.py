"""Several processes of a bot, killed at random: `python tests/cluster.py [QUESTIONS] [KILLS]`.

A hundred people ask questions of two and then of four processes, which share a PostgreSQL database
and have a folder each, as on machines of their own. All the while one of them is killed at random
and started again. Exits with 1 unless each question has the answer that the library gives, those of
a chat in order, and an answer comes twice only if the process that sent it was killed before it
could note that. With `--throughput` nothing is killed, and 1, 2 and 4 processes are asked.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from botapi import Chat, Message, User
from postgresql_server import Databases, executed, server_url
from quotewise_command import new_home
from soak import expected_answers, until_fewer_wait_than
from telegram_bot import QUICK, Bot, Telegram

from bot.cli import SAMPLES
from retrieval import Library

PEOPLE = 100
TOGETHER = 60  # questions that wait for an answer at any time
UNDONE = "SELECT payload FROM quotewise_telegram.updates WHERE payload IS NOT NULL"


@dataclass
class Cluster:
    """Processes of a bot on one database, and what they were asked."""

    api: Telegram
    bots: list[Bot]
    database: str
    expected: dict[str, str]  # what the answer to a question must contain
    chance: random.Random = field(default_factory=lambda: random.Random(21))
    asked: dict[int, list[tuple[Message, str]]] = field(default_factory=dict)  # by chat
    interrupted: set[tuple[int, int]] = field(default_factory=set)
    """The chats and messages that were not done when a process was killed."""
    kills: int = 0

    @classmethod
    def started(
        cls,
        api: Telegram,
        folder: Path,
        copies: Path,
        database: str,
        *,
        processes: int,
        people: int = PEOPLE,
    ) -> Cluster:
        """Processes that run, and people who may ask about the samples."""
        expected = expected_answers(folder / "expected", copies)
        with Library.open(folder / "added", copies=copies, database=database) as library:
            assert all(one.reason is None for one in library.add(str(SAMPLES)))
        askers = [api.user(f"P{number}") for number in range(people)]
        ids = ",".join(str(person.id) for person in askers)
        more = {"QUOTEWISE_DATABASE": database, "QUOTEWISE_TELEGRAM_ADMINS": ids}
        homes = [new_home(folder / f"home{number}", copies) for number in range(processes)]
        cluster = cls(api, [Bot(api, home, QUICK | more) for home in homes], database, expected)
        for bot in cluster.bots:
            bot.start()
        for person in askers:
            chat = api.private(person)
            api.said(chat, person, "/grant main")
            cluster.asked[chat.id] = []
        return cluster

    def ask(self, person: User) -> None:
        """Let somebody ask something in their own chat."""
        question = self.chance.choice(list(self.expected))
        chat = self.api.private(person)
        self.asked[chat.id].append((self.api.say(chat, person, question), question))

    def kill(self) -> None:
        """Kill a process, and start it again; what the others have in work goes on."""
        bot = self.chance.choice(self.bots)
        before = self.undone()
        bot.kill()
        self.interrupted |= before
        self.kills += 1
        bot.begin()

    def undone(self) -> set[tuple[int, int]]:
        """The chats and messages that are stored and not done."""
        updates = [json.loads(payload) for (payload,) in executed(self.database, UNDONE)]
        messages = [update["message"] for update in updates if "message" in update]
        return {(message["chat"]["id"], message["message_id"]) for message in messages}

    def run(self, questions: int, kills: int) -> None:
        """Ask so many questions, and kill so often meanwhile."""
        people = [chat.user for chat in map(self.api.chats.get, self.asked) if chat and chat.user]
        for number in range(1, questions + 1):
            self.ask(self.chance.choice(people))
            self.wait_until_fewer_wait_than(TOGETHER)
            while self.kills < kills * number // questions:
                self.kill()
                time.sleep(self.chance.uniform(0, 2))  # so that processes also become ready
        self.wait_until_fewer_wait_than(1)

    def wait_until_fewer_wait_than(self, most: int) -> None:
        """Wait for answers; fails after two minutes without any, or if a process ends by itself."""

        def waiting() -> int:
            for bot in self.bots:
                assert not bot.ended, bot.log[-2000:]
            return self.waiting()

        until_fewer_wait_than(most, waiting, self.state)

    def state(self) -> str:
        """What could explain why nothing happens."""
        updates = "SELECT id, lane, attempts FROM quotewise_telegram.updates WHERE payload <> ''"
        undone, logs = executed(self.database, updates), [bot.log[-1500:] for bot in self.bots]
        return "\n".join([f"not fetched: {self.api.pending()}; undone: {undone}", *logs])

    def waiting(self) -> int:
        """How many questions have no answer yet."""
        return sum(
            len(asked) - len({one.reply_to for one in self.replies(chat)})
            for chat, asked in self.asked.items()
        )

    def replies(self, chat: int) -> list[Message]:
        """The answers in a chat, in the order in which they came."""
        ids = {message.message_id for message, _ in self.asked[chat]}
        return [one for one in self.api.sent(self.chat(chat)) if one.reply_to in ids]

    def chat(self, id: int) -> Chat:
        """A chat by its id."""
        return self.api.chats[id]

    def problems(self) -> list[str]:
        """What is wrong with the answers, a line each."""
        problems, twice = [], 0
        for chat, asked in self.asked.items():
            texts: dict[int | None, list[str]] = {}
            for one in self.replies(chat):
                texts.setdefault(one.reply_to, []).append(" ".join(one.text.split()))
            if list(texts) != [message.message_id for message, _ in asked]:
                problems.append(f"the answers in chat {chat} are out of order, or one is missing")
            for message, question in asked:
                answers = texts.get(message.message_id, [])
                for answer in answers:
                    if self.expected[question] not in answer and "Understood as" not in answer:
                        problems.append(f"{question!r} was answered with {answer!r}")
                if len(answers) > 1:
                    twice += 1
                    if (chat, message.message_id) not in self.interrupted:
                        problems.append(f"{question!r} was answered twice without cause")
        print(f"{twice} answers came twice")
        problems += [bot.log for bot in self.bots if "Traceback" in bot.log]
        return problems

    def close(self) -> None:
        """End all processes."""
        for bot in self.bots:
            bot.kill()


def main(questions: int, kills: int, *, throughput: bool) -> int:
    """Run, print, and return the exit status."""
    problems: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        databases = Databases(server_url())
        copies = Path(name, "copies")
        for processes in (1, 2, 4) if throughput else (2, 4):
            folder = Path(name, str(processes))
            with Telegram() as api:
                cluster = Cluster.started(api, folder, copies, databases.new(), processes=processes)
                try:
                    began = time.monotonic()
                    cluster.run(questions, 0 if throughput else kills // 2)
                    took = time.monotonic() - began
                finally:
                    cluster.close()
                print(
                    f"{processes} processes: {questions} questions in {took:.0f} s, "
                    f"{questions / took:.1f} a second, {cluster.kills} kills",
                    flush=True,
                )
                problems += cluster.problems()
        databases.drop()
    print(*problems[:20], sep="\n")
    return int(bool(problems))


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:] if argument.isdecimal()]
    sys.exit(main(*(numbers + [2_000, 300][len(numbers) :]), throughput="--throughput" in sys.argv))
