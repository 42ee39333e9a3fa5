"""What commands print as JSON is what `quotewise schema` says, and nothing else is."""

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from article_library import jsonl
from click.testing import CliRunner
from feed_server import FEED, Story, publish
from jsonschema import Draft202012Validator
from quotewise_command import as_json, new_home, printed, run
from test_agreement import ASKED, FILLER, LATER, POST, RECORD
from website import Website

from bot.cli import SAMPLES, SCHEMAS, quotewise
from bot.rendering.fields import records

Json = Any
QUESTIONS = [
    json.loads(line)["question"]
    for line in SAMPLES.with_name("questions.jsonl").read_text("utf-8").splitlines()
]
MORE = [
    "What happened with the ferry?",
    "How many were injured on the ferry, according to the Velmouth Standard?",
    "What did The Harbour Post say about the ferry in March 2023 or on 02/04/2024?",
    "x" * 3_000,
]

# Publishers that agree, copy and differ.
LONG = POST | {"text": f"{POST['text']}\n\n{FILLER}"}
COPY = LONG | {"id": "copy", "source": "Kelm Gazette", "published": "2021-05-04"}
ORLA = [LONG, COPY, RECORD, LATER | {"source": "Skerry News"}]


@pytest.fixture(scope="module")
def validators() -> dict[str, Draft202012Validator]:
    schemas = json.loads(printed(None, "schema"))
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
    return {name: Draft202012Validator(schema) for name, schema in schemas.items()}


@pytest.fixture(scope="module")
def outputs(tmp_path_factory, stocked, copies) -> dict[str, list[Json]]:
    """What each command prints about the samples, and about what goes wrong."""
    folder = tmp_path_factory.mktemp("outputs")
    home, export = stocked(folder / "home"), folder / "export.jsonl"
    article = json.loads(SAMPLES.read_text("utf-8").splitlines()[0])
    for text in ("Nobody was hurt.", "Fourteen people were injured."):
        printed(home, "add", "--quiet", jsonl(folder, article | {"text": text}))
    asked = run(home, "ask", "--json", "--export", export, input="\n".join(QUESTIONS + MORE))
    answers = [json.loads(line) for line in asked.stdout.splitlines()]
    orla = ("--library", "orla", "--risk", "0.9")
    printed(home, "add", "--quiet", *orla, jsonl(folder, *ORLA))
    for until in ("2021-05-05", "2021-05-06"):
        answers += as_json(home, "ask", "--json", *orla, "--until", until, ASKED)
    exported = [json.loads(line) for line in export.read_text("utf-8").splitlines()]
    altered = deepcopy(exported)
    for each in altered:
        for quote in each["answer"]["quotes"]:
            quote["text"] += "!"
    proofs = as_json(home, "proof", "--json", export)
    export.write_text("\n".join(map(json.dumps, altered)))
    checked = run(home, "proof", "--json", export)
    proofs += [json.loads(line) for line in checked.stdout.splitlines()]
    articles = as_json(home, "articles", "--json")
    shown = as_json(home, "show", "--json", article["id"])
    shown += as_json(home, "show", "--json", "--version", "1", article["id"])
    measured = folder / "dialogues"
    measured.mkdir()
    (measured / "articles.jsonl").write_bytes(SAMPLES.read_bytes())
    turn = {"conversation": "1", "turn": 1, "answers": ["1914"], "article_id": "dam-removal"}
    jsonl(measured, turn | {"question": "When was the dam built?"}, name="turns.jsonl")
    empty = new_home(folder / "empty", copies)
    evaluated = as_json(empty, "evaluate", "--json", SAMPLES.parent)
    evaluated += as_json(empty, "evaluate", "--json", measured)
    return {
        "ask": answers,
        "export": exported,
        "articles": articles,
        "show": shown,
        "feed": feeds_in(home),
        "proof": proofs,
        "evaluate": evaluated,
    }


def feeds_in(home: Path) -> list[Json]:
    """Two followed feeds: one that was read, and one that nobody answers for."""
    with Website() as site:
        publish(site, *map(Story, range(3)))
        opml = home.parent / "feeds.opml"
        opml.write_text(
            '<opml version="2.0"><body>'
            f'<outline type="rss" xmlUrl="{site.url("/lost.xml")}"/></body></opml>'
        )
        allowed = ("--allow-hosts", site.host)
        run(home, *allowed, "feed", "add", opml, site.url(FEED))
        run(home, *allowed, "feed", "poll")
        return as_json(home, "feed", "list", "--json")


def test_there_is_a_schema_for_each_name_alone_and_for_all_together():
    everything = json.loads(printed(None, "schema"))
    assert list(everything) == list(SCHEMAS) == list(records())
    for name, schema in everything.items():
        alone = CliRunner().invoke(quotewise, ["schema", name], obj={})
        assert json.loads(alone.stdout) == schema
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert run(None, "schema", "nothing").returncode == 2


@pytest.mark.parametrize("name", SCHEMAS)
def test_what_a_command_prints_is_as_its_schema_says(validators, outputs, name):
    assert outputs[name]
    for printed_object in outputs[name]:
        assert list(validators[name].iter_errors(printed_object)) == []


def test_the_outputs_have_all_that_can_be_in_them(outputs):
    answers = [answer for answer in outputs["ask"] if "error" not in answer]
    assert len(answers) == len(outputs["ask"]) - 1
    assert {answer["status"] for answer in answers} == {"answer", "probable", "none"}
    for name in ("limits", "timeline", "closest", "silence"):
        assert any(answer[name] for answer in answers), name
    assert any(quote["also_in"] for answer in answers for quote in answer["quotes"])
    for name in ("independent", "copied", "differences"):
        assert any(answer["agreement"][name] for answer in answers if answer["agreement"]), name
    assert any(article["versions"] for article in outputs["show"])
    assert {"stands", "altered"} <= {check["verdict"] for check in outputs["proof"]}
    assert {(bool(feed["trouble"]), feed["settled"]) for feed in outputs["feed"]} == {
        (True, 0),
        (False, 3),
    }
    assert [("dialogues" in figures) for figures in outputs["evaluate"]] == [False, True]


@pytest.mark.parametrize("name", SCHEMAS)
def test_what_is_altered_is_not_as_the_schema_says(validators, outputs, name):
    for whole in outputs[name][:2] + outputs[name][-1:]:
        count = 0
        for altered, how in alterations(whole):
            count += 1
            assert not validators[name].is_valid(altered), how
        assert count > len(whole)


def alterations(whole: Json) -> Iterator[tuple[Json, str]]:
    """The object without a field, with another, or with a value of a wrong type, at any depth."""

    def inside(value: Json, path: str, replaced: Any) -> Iterator[tuple[Json, str]]:
        if isinstance(value, dict):
            yield replaced(value | {"another": {}}), f"{path} with another field"
            for key, inner in value.items():
                rest = {each: value[each] for each in value if each != key}
                if not path.endswith("two_standard_errors"):  # by name, as far as they are known
                    yield replaced(rest), f"{path} without {key}"
                yield replaced(value | {key: {"wrong": {}}}), f"{path}.{key} of another type"
                yield from inside(
                    inner, f"{path}.{key}", lambda new, k=key, v=value: replaced(v | {k: new})
                )
        elif isinstance(value, list) and value:
            yield from inside(value[0], f"{path}[0]", lambda new: replaced([new, *value[1:]]))

    yield from inside(whole, "", lambda new: new)
