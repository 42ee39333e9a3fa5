"""Whether the Telegram bot's memory is flat: `python tests/soak.py [QUESTIONS]`.

Asks questions in a hundred chats, as fast as Telegram takes the answers (30 a second), and prints
the memory that the bot holds after each tenth of them. Exits with 1 if it still grows in the
second half by more than 3 %.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

from botapi import BotApi
from quotewise_command import new_home
from telegram_bot import QUICK, Bot

from bot.cli import SAMPLES
from retrieval import Library

CHATS = 100
MOST_GROWTH = 0.03
TOGETHER = 50  # questions that wait for an answer at any time


def main(count: int) -> int:
    """Ask, print, and return the exit status."""
    lines = SAMPLES.with_name("questions.jsonl").read_text("utf-8").splitlines()
    questions = [json.loads(line)["question"] for line in lines]
    with tempfile.TemporaryDirectory() as folder, BotApi() as api:
        copies = Path(folder) / "copies"
        home = new_home(Path(folder) / "home", copies)
        with Library.open(home, copies=copies) as library:
            assert all(one.reason is None for one in library.add(str(SAMPLES)))
        bot = Bot(api, home, QUICK)
        bot.start()
        try:
            held = list(memory(api, bot, questions, count))
        finally:
            bot.kill()
    growth = held[-1] / held[len(held) // 2] - 1
    print(f"growth in the second half: {growth:+.1%}")
    return int(growth > MOST_GROWTH)


def granted(api, ada):
    """Groups of the administrator, each of which may read the samples."""
    groups = [api.group(f"Group {number}", ada) for number in range(CHATS)]
    for group in groups:
        api.wait_for_answer(api.say(group, ada, "/grant main"))
    return groups


def memory(api, bot, questions, count):
    """Ask `count` questions, and give the bytes that the bot holds after each tenth of them."""
    chats = granted(api, bot.admin)
    waiting = {}
    for number in range(1, count + 1):
        chat = chats[number % len(chats)]
        question = questions[number % len(questions)]
        waiting[api.say(chat, bot.admin, f"@quotewise_bot {question}").message_id] = chat
        while len(waiting) >= (TOGETHER if number % (count // 10) else 1):
            answered = {one.reply_to for chat in chats for one in api.sent(chat)[-5:]}
            waiting = {id: chat for id, chat in waiting.items() if id not in answered}
            time.sleep(0.05)
        if number % (count // 10) == 0:
            print(f"{number} questions: {bot.memory() / 1e6:.0f} MB", flush=True)
            yield bot.memory()


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000))
