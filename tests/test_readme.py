"""The README's examples do what it says they do."""

import re
import shutil
from pathlib import Path

from telegram_bot import shared_bot

from bot.cli import quotewise

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")

api, site, bot = shared_bot()


def test_the_python_example_runs_and_quotes(copies, tmp_path, monkeypatch, capsys):
    (example,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    shutil.copytree(copies, tmp_path / "my-articles" / "models")
    (tmp_path / "bot").symlink_to(ROOT / "bot")
    monkeypatch.chdir(tmp_path)
    exec(example, {})
    printed = capsys.readouterr().out
    assert printed.count("added bot/samples/articles.jsonl") == 12
    assert "Fourteen people were injured" in printed


def test_the_first_conversation_in_telegram(api, bot, ada):
    (dialogue,) = re.findall(r"```\n› (\(sends .*?)```", README, flags=re.DOTALL)
    for turn in dialogue.split("\n› "):
        act, *lines = turn.strip().splitlines()
        shown = answered(api, api.private(ada), ada, act).splitlines()
        if lines[-1] == "…":
            lines.pop()
            shown = shown[: len(lines)]
        assert shown == lines


def answered(api, chat, user, act):
    """The bot's reply to what the README says a person does."""
    if sent := re.fullmatch(r"\(sends (.*)\)", act):
        path = ROOT / sent[1]
        return api.offered(chat, user, path.name, path.read_bytes()).text
    if pressed := re.fullmatch(r"\(presses “(.*)”\)", act):
        offer = api.sent(chat)[-1]
        api.press(offer, pressed[1], user)
        api.wait(lambda: "added" in api.now(offer).text)
        return api.now(offer).text
    return api.said(chat, user, act).text


def test_the_dialogue_is_what_the_samples_answer(samples):
    (question, dialogue) = re.search(r"```\n› (.*?)\n(.*?)```", README, flags=re.DOTALL).groups()
    answer = samples.answer(question)
    quoted = re.findall(r"^\d\. (.*)$", dialogue, flags=re.MULTILINE)
    assert quoted == [quote.text for quote in answer.quotes[: len(quoted)]]
    assert quoted


def test_every_command_in_the_readme_exists():
    named = set(re.findall(r"^    quotewise (\w+)", README, flags=re.MULTILINE))
    assert named == set(quotewise.commands)


def test_every_file_in_the_readme_exists():
    named = set(re.findall(r"`((?:bot|retrieval|tests)/[\w/.]+)`", README))
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []
