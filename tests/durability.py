"""Whether a killed process loses anything: `python tests/durability.py [KILLS]`.

A worker adds, updates and removes articles, polls a feed, rebuilds the indexes and asks questions
in a random order, and notes each change before it begins and after it is confirmed. It is killed
at a random moment, again and again; every fifth time the catalog is first turned into one of an
earlier version, so that a migration is interrupted. After each kill another process checks that
`verify` finds nothing and that the articles are those that were confirmed, give or take the one
change that was on its way. Exits with 1 if not.
"""

from __future__ import annotations

import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

from feed_server import FEED, Story, publish
from old_catalog import with_token_codes
from website import Website

from retrieval import Library

LONGEST = 6.0  # seconds until a kill; the first take up to the time that a start needs
BASE = 3_000  # articles that stay as they are
IDS = 40  # of articles that are added, changed and removed
STORIES = 12  # of the feed
EACH_MIGRATES = 5  # how many kills have one that interrupts a migration

WORKER = """
import json, os, random, sys
from datetime import UTC, datetime
from pathlib import Path
from retrieval import Library

home, copies, host, journal, seed = sys.argv[1:]
chance, log = random.Random(int(seed)), open(journal, "a", buffering=1)

def note(*words):
    log.write(json.dumps(words) + "\\n")
    os.fsync(log.fileno())

with Library.open(home, copies=Path(copies), allow_hosts=[host]) as library:
    note("open")
    while True:
        action = chance.choices(
            ["add", "remove", "poll", "rebuild", "ask"], [10, 4, 2, 1, 3]
        )[0]
        note("begin", action)
        if action == "add":
            ids = chance.sample(range(%d), 5)
            path = Path(home, "some.jsonl")
            lines = [
                {"id": f"a{id}", "text": f"Ferry {id} carried {chance.randrange(10**6)} people."}
                for id in ids
            ]
            path.write_text("".join(json.dumps(line) + "\\n" for line in lines))
            for line in lines:
                note("try", line["id"], line["text"])
            for outcome in library.add([str(path)]):
                assert outcome.article is not None, outcome
                note("done", outcome.article.id, outcome.article.text)
        elif action == "remove" and (ids := library.ids()):
            id = chance.choice(ids)
            note("try", id, None)
            library.remove(id)
            note("done", id, None)
        elif action == "poll":
            for outcome in library.poll(datetime.now(UTC), library="main", all_now=True):
                if outcome.article is not None:
                    note("done", outcome.article.id, outcome.article.text)
        elif action == "rebuild":
            library.rebuild(lambda change: None)
        else:
            library.answer(f"How many people did ferry {chance.randrange(%d)} carry?")
        note("end", action)
""" % (IDS, IDS)  # noqa: UP031 - its own braces


def main(kills: int) -> int:
    """Kill, check and print; return the exit status."""
    chance = random.Random(1)
    with tempfile.TemporaryDirectory() as folder, Website() as site:
        home, copies, journal = (Path(folder, name) for name in ("home", "copies", "journal"))
        stories = [Story(number) for number in range(STORIES)]
        publish(site, *stories)
        with Library.open(home, copies=copies, allow_hosts=[site.host]) as library:
            library.warm_up()
            library.add_feed(site.url(FEED))
            base = Path(folder, "base.jsonl")
            base.write_text("\n".join(json.dumps(base_article(number)) for number in range(BASE)))
            added = [outcome.article for outcome in library.add([str(base)])]
            sure = {article.id: article.text for article in filter(None, added)}
        interrupted: Counter[str] = Counter()
        for number in range(kills):
            if number % EACH_MIGRATES == EACH_MIGRATES - 1:
                make_old(home)
            publish(site, *(Story(story.number, edition=number) for story in stories))
            journal.unlink(missing_ok=True)
            arguments = [str(part) for part in (home, copies, site.host, journal, number)]
            worker = subprocess.Popen(
                [sys.executable, "-c", WORKER, *arguments], stderr=subprocess.PIPE, text=True
            )
            time.sleep(chance.uniform(0.5, LONGEST))
            worker.kill()
            _, errors = worker.communicate()
            if worker.returncode != -9:
                print(f"kill {number}: the worker ended before it: {errors}")
                return 1
            lines = [json.loads(line) for line in read(journal)]
            interrupted[doing(lines)] += 1
            faults = problems(home, copies, site.host, sure, lines)
            if faults:
                print(f"kill {number}, while it did {doing(lines)}:", *faults, sep="\n  ")
                return 1
            if number % 10 == 9:
                print(f"{number + 1} kills: {dict(interrupted)}", flush=True)
    print("nothing was lost, and nothing was left half done")
    return 0


def base_article(number: int) -> dict[str, str]:
    """An article that nobody changes: with many of them, a migration takes a while."""
    return {"id": f"base-{number}", "text": f"Tram {number} has {number * 7} seats."}


def make_old(home: Path) -> None:
    """Turn the catalog into one of an earlier version."""
    with closing(sqlite3.connect(home / "catalog.sqlite")) as catalog:
        catalog.execute("DELETE FROM facts")
        catalog.commit()
    with_token_codes(home)


def read(journal: Path) -> list[str]:
    """The whole lines of a journal; a kill may cut the last."""
    text = journal.read_text("utf-8") if journal.exists() else ""
    return text[: text.rfind("\n") + 1].splitlines()


def doing(lines: list[list[str]]) -> str:
    """What the worker was doing when it was killed."""
    if not lines:
        return "opening"
    *_, last = [line for line in lines if line[0] in ("open", "begin", "end")]
    return last[1] if last[0] == "begin" else "nothing"


def problems(
    home: Path, copies: Path, host: str, sure: dict[str, str | None], lines: list[list[str]]
) -> list[str]:
    """Compare the articles with the journal, and return what is wrong; `sure` is what must be."""
    tried: dict[str, set[str | None]] = {}
    for kind, *rest in lines:
        if kind == "try":
            tried.setdefault(rest[0], set()).add(rest[1])
        elif kind == "done":
            sure[rest[0]] = rest[1]
            tried[rest[0]] = set()
    with Library.open(home, copies=copies, allow_hosts=[host]) as library:
        faults = library.verify()
        stored = {each.article.id: each.article.text for each in library.articles()}
    for id in {*sure, *stored, *tried}:
        text = stored.get(id)
        is_story = id.startswith("http")  # a poll confirms each article after it is stored
        if text != sure.get(id) and text not in tried.get(id, ()) and not is_story:
            faults.append(f"{id} is {text!r}, and should be {sure.get(id)!r}")
        if is_story and text is None:
            faults.append(f"{id} is gone")
        sure[id] = text
    return faults


if __name__ == "__main__":
    os.nice(5)
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 300))
