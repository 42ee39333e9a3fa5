"""Ids are unique within a library: a question to two libraries never confuses their articles."""

import json
from pathlib import Path
from typing import Any

import pytest
from article_library import add
from postgresql_server import in_files, on_both_engines

from bot.rendering.fields import answer_fields, export_fields
from retrieval import Answer, ArticleRef, Library, Turn
from retrieval.proof import Texts, Verdict, checked, read

pytestmark = on_both_engines

SCOPE = ("chat:7", "town")
BOLD = 0.9  # answers about a few short articles are seldom as sure as the default risk requires

MARKET = {
    "title": "Market to move",
    "source": "Lenn Courier",
    "published": "2022-04-02",
    "text": "The fish market of Lenn will move to the old tram depot in June.\n\n"
    "Forty stalls will have room there. The depot was closed in 2019.",
}
PROTEST = {
    "title": "Traders against the depot",
    "source": "Traders' Letter",
    "published": "2022-04-09",
    "text": "Moving the fish market of Lenn to a tram depot in June would ruin us, traders say.\n\n"
    "They want to stay at the quay, and have asked the mayor of Lenn, Rikke Stroem, for a talk.",
}
BRIDGE = {
    "title": "Bridge closed to lorries",
    "source": "Lenn Courier",
    "published": "2022-05-01",
    "text": "The Mill Bridge in Lenn is closed to lorries from Monday.\n\n"
    "Engineer Tove Hald found cracks in two of its nine arches. Repairs will take 14 weeks.",
}
LATER = {
    "title": "More cracks in Mill Bridge",
    "source": "Ostby Post",
    "published": "2022-05-06",
    "text": "Engineer Tove Hald has found cracks in the Mill Bridge in Lenn.\n\n"
    "The bridge is now closed to cars as well as lorries.",
}
WHERE = "Where will the fish market of Lenn move in June?"
QUESTIONS = (
    WHERE,
    "Who found cracks in the arches of the Mill Bridge?",
    "What happened with the Mill Bridge in Lenn?",
    "Why was the Mill Bridge closed?",
)


@pytest.fixture
def libraries(library, tmp_path) -> Library:
    """Two libraries that use the same two ids for four different articles."""
    fill(library, tmp_path, "one", "two", "one", "two")
    return library


def fill(library: Library, folder: Path, *ids: str) -> None:
    """Put two articles into each library, under these ids."""
    own, other = SCOPE
    add(library, folder, MARKET | {"id": ids[0]}, BRIDGE | {"id": ids[1]}, to=own)
    add(library, folder, PROTEST | {"id": ids[2]}, LATER | {"id": ids[3]}, to=other)


def ask(library: Library, question: str = WHERE, **more: Any) -> Answer:
    return library.answer(question, scope=SCOPE, risk=BOLD, **more)


def first_sentence(article: dict[str, str]) -> str:
    return article["text"].partition("\n\n")[0]


def test_answers_do_not_depend_on_whether_two_libraries_use_the_same_ids(library, tmp_path):
    def answers(last: str) -> list[Answer]:
        turn = Turn(QUESTIONS[1], ArticleRef("town", last))
        return [
            *(ask(library, question) for question in QUESTIONS),
            ask(library, "How long will repairs take?", earlier=[turn]),
        ]

    fill(library, tmp_path, "a", "b", "c", "d")
    distinct = [essence(one) for one in answers("d")]
    for name in SCOPE:
        library.remove_all(library=name)
    fill(library, tmp_path, "a", "b", "b", "a")
    assert [essence(one) for one in answers("a")] == distinct
    assert any(one["agreement"] for one in distinct), "agreement is compared, too"
    assert any(one["timeline"] for one in distinct)


def essence(answer: Answer) -> dict[str, Any]:
    """An answer as JSON without its ids and its time."""
    text = json.dumps(answer_fields(answer))
    fields: dict[str, Any] = json.loads(text, object_hook=without_id)
    return fields | {"took_ms": None}


def without_id(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name != "id"}


def test_an_article_that_is_in_both_libraries_is_quoted_once(library, tmp_path):
    for name in SCOPE:
        add(library, tmp_path, MARKET | {"id": "market"}, BRIDGE | {"id": "bridge"}, to=name)
    answer = ask(library)
    assert [one.text for one in answer.shown].count(first_sentence(MARKET)) == 1
    assert answer.shown[0].also_in == ()
    assert answer.agreement is None, "a publisher does not confirm itself"
    assert verdicts(export_fields(answer)) == {Verdict.STANDS}


def test_a_printed_answer_is_checked_in_the_library_that_each_quote_names(libraries):
    fields = as_printed(ask(libraries))
    assert {one["article"]["library"] for one in fields["quotes"]} == set(SCOPE)
    assert verdicts(fields, Texts(libraries.history)) == {Verdict.STANDS}


def test_a_quote_does_not_pass_in_a_library_that_lacks_its_article(libraries):
    fields = as_printed(ask(libraries, limit=1)) | {"agreement": None}
    (quote,) = fields["quotes"]
    (other,) = set(SCOPE) - {quote["article"]["library"]}
    texts = Texts(libraries.history)
    assert verdicts(fields, Texts(libraries.history, other)) == {Verdict.HASH_DIFFERS}
    quote["article"]["library"] = other
    assert verdicts(fields, texts) == {Verdict.HASH_DIFFERS}
    quote["article"]["library"] = "elsewhere"
    assert verdicts(fields, texts) == {Verdict.NOT_HERE}
    quote["article"]["library"] = 7
    assert verdicts(fields, texts) == {Verdict.NO_QUOTE}


def test_an_answer_printed_by_an_earlier_version_is_checked_in_the_library_that_is_set(libraries):
    fields = as_printed(ask(libraries, limit=1)) | {"agreement": None}
    library = fields["quotes"][0]["article"].pop("library")
    assert verdicts(fields, Texts(libraries.history, library)) == {Verdict.STANDS}
    assert verdicts(fields, Texts(libraries.history)) == {Verdict.NOT_HERE}


def as_printed(answer: Answer) -> dict[str, Any]:
    """What `ask --json` prints."""
    fields: dict[str, Any] = json.loads(json.dumps(answer_fields(answer)))
    return fields


def verdicts(fields: object, texts: Texts | None = None) -> set[Verdict]:
    """What becomes of the quotes of a file."""
    (exhibit,) = read(json.dumps(fields).encode(), "answer.json")
    return {one.verdict for one in checked(exhibit, texts)}


@in_files
def test_a_chat_is_shown_both_articles_with_one_id_and_each_in_its_own_context(api, ada, bot, chat):
    bot.add(chat, BRIDGE | {"id": "news"})
    bot.add(None, LATER | {"id": "news"})
    answer = api.said(chat, ada, "What happened with the Mill Bridge in Lenn?")
    closed, cracks = (
        f"{first_sentence(one)}\n{one['title']}, {one['source']}" for one in (BRIDGE, LATER)
    )
    assert closed in answer.text
    assert cracks in answer.text
    context = api.pressed(answer, "In context", ada)
    assert context.text.startswith("Bridge closed to lorries")
    assert "Engineer Tove Hald found cracks in two" in context.text
    context = api.pressed(answer, "2", ada)
    assert context.text.startswith("More cracks in Mill Bridge")
    assert "The bridge is now closed to cars" in context.text
    api.pressed(answer, "Back", ada)
    sources = api.pressed(answer, "Sources", ada).text
    assert "1. Bridge closed to lorries, Lenn Courier" in sources
    assert "2. More cracks in Mill Bridge, Ostby Post" in sources
    assert api.pressed(answer, "Back", ada).html == answer.html
    listed = api.said(chat, ada, "/articles")
    removed = api.toast(api.pressed(listed, "1", ada), "Remove", ada)
    assert removed == "Removed: Bridge closed to lorries"
    context = api.pressed(answer, "In context", ada)
    assert context.text.startswith("More cracks in Mill Bridge")
