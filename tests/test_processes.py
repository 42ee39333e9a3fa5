"""Several processes share one folder, and one that is killed loses nothing it reported."""

import subprocess
import sys
from pathlib import Path

from article_library import BAKERY, HARBOUR, add, found, jsonl
from quotewise_command import printed

from retrieval.library import Library
from retrieval.records import Status

ADDING = """
import sys
from pathlib import Path
from retrieval.library import Library
with Library.open(sys.argv[1], copies=Path(sys.argv[2])) as library:
    for outcome in library.add(sys.argv[3:]):
        print(outcome.status, outcome.article.id if outcome.article else outcome.reason, flush=True)
"""

RAT = "What did the rat bite through?"
RAT_SENTENCE = "Keeper Olaf Brenn said a rat had bitten through the main cable."


def notes(name: str, count: int) -> list[dict[str, str]]:
    return [
        {"id": f"{name}-{n}", "text": f"The {name} had {n + 2} passengers on day {n}."}
        for n in range(count)
    ]


def adding(home: Path, copies: Path, source: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", ADDING, str(home), str(copies), source],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_two_processes_add_to_one_folder_at_once(tmp_path, copies):
    home = tmp_path / "home"
    sources = {
        name: jsonl(tmp_path, *notes(name, 30), name=f"{name}.jsonl") for name in ("tram", "ferry")
    }
    children = {name: adding(home, copies, source) for name, source in sources.items()}
    for name, child in children.items():
        out, err = child.communicate(timeout=300)
        assert err == ""
        assert out.splitlines() == [f"added {name}-{n}" for n in range(30)]
    with Library.open(home, copies=copies) as library:
        kept = [one.article.id for one in library.articles()]
        assert sorted(kept) == sorted(f"{name}-{n}" for name in sources for n in range(30))
        assert library.verify() == []
        assert "The tram had 7 passengers on day 5." in found(library, "the tram on day 5?")


def test_a_process_killed_while_adding_keeps_what_it_reported(tmp_path, copies):
    home = tmp_path / "home"
    source = jsonl(tmp_path, *notes("ferry", 1_500))
    with adding(home, copies, source) as child:
        assert child.stdout is not None
        first = child.stdout.readline()
        child.kill()
        reported = [first, *child.stdout.readlines()]
    assert child.returncode == -9
    ids = {line.split()[1] for line in reported if line.endswith("\n")}
    assert first == "added ferry-0\n"
    with Library.open(home, copies=copies) as library:
        kept = {one.article.id for one in library.articles()}
        assert ids <= kept
        assert len(kept) < 1_500
        assert library.verify() == []
        answer = library.answer("How many passengers did the ferry have on day 0?")
        assert len(answer.quotes + answer.closest) > 0
        again = [one.status for one in library.add(source)]
        assert again == [Status.UNCHANGED] * len(kept) + [Status.ADDED] * (1_500 - len(kept))
        assert library.verify() == []


def test_an_open_library_sees_what_another_process_adds_and_removes(library, tmp_path, copies):
    home = tmp_path / "home"
    assert add(library, tmp_path, BAKERY) == [Status.ADDED]
    assert found(library, RAT)[0] in BAKERY["text"]
    source = jsonl(tmp_path, HARBOUR, name="harbour.jsonl")
    out, err = adding(home, copies, source).communicate(timeout=300)
    assert (out, err) == ("added harbour-light\n", "")
    assert found(library, RAT)[0] == RAT_SENTENCE
    printed(home, "remove", "harbour-light")
    assert all(sentence in BAKERY["text"] for sentence in found(library, RAT))
    assert library.verify() == []
