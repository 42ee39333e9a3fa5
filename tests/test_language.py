"""What people read in Telegram is in their language: catalogues are complete, handlers use them."""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from string import Formatter

import pytest
from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from telegram_bot import labels, shared_bot

from bot.rendering import telegram
from bot.rendering.language import CATALOGUES, REASON, _n, in_language, month, period, reason
from bot.rendering.text import filters_text
from retrieval import Arrival, Article, Filters, FollowedFeed, Outcome, Span, Status, StoredArticle

ROOT = Path(__file__).parent.parent
KEYWORDS = {"_": None, "N_": None, "_n": (1, 2)}

SPEAKERS = set(
    "say acknowledge pressed Refusal replying button edit send_message reply_html _replace"
    " InlineKeyboardButton InlineQueryResultsButton".split()
)
"""Functions whose arguments people read."""
REPLYING = {"command", "administrators_command", "of_list"}
"""Decorators of functions that return what people read."""


# -- sentences of the library

SHOWN = {
    path: ast.parse(path.read_text("utf-8"))
    for path in sorted((ROOT / "retrieval").rglob("*.py"))
    if not {"training", "proof.py", "evaluation.py", "watch.py", "backup.py", "copying.py"}
    & {*path.parts}
}
"""The library without what only the command line uses."""

NOT_SHOWN = {"numbered", "checked_risk", "filters_written", "filters_given", "PROBES"}
"""Functions and constants for the command line, or that nobody reads."""

ERRORS = {
    node.name
    for node in ast.walk(ast.parse((ROOT / "retrieval" / "errors.py").read_text("utf-8")))
    if isinstance(node, ast.ClassDef)
}
TIMES = {"%H:%M on %-d %B %Y": "{time} on {day}", "%Y-%m-%d %H:%M": "{time}"}
NOT_NAMES = {"len", "self", "join", "str", "type", "strip", "getattr"}


def named(node: ast.AST) -> str:
    """Return the name that a statement or a call is about."""
    target = getattr(node, "targets", [getattr(node, "target", getattr(node, "func", None))])[0]
    return getattr(node, "name", getattr(target, "id", getattr(target, "attr", "")))


def children(node: ast.AST) -> list[ast.AST]:
    """Return the parts of a node; of an f-string what fills its gaps."""
    if isinstance(node, ast.JoinedStr):
        return [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
    return [*ast.iter_child_nodes(node)]


def nodes() -> Iterator[tuple[ast.AST, Path]]:
    """Return all that the library consists of, without docstrings and what nobody reads."""
    waiting = [(tree, path) for path, tree in SHOWN.items()]
    while waiting:
        node, path = waiting.pop()
        is_log = isinstance(node, ast.Call) and ast.unparse(node.func).startswith("log.")
        is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if not (is_log or is_docstring or named(node) in NOT_SHOWN):
            yield node, path
            waiting += [(child, path) for child in children(node)]


NODES = dict(nodes())
VALUES = [node for node in NODES if isinstance(node, ast.Assign | ast.NamedExpr)]
FUNCTIONS = [node for node in NODES if isinstance(node, ast.FunctionDef)]


def template(node: ast.AST) -> str | None:
    """Return a string with gaps that are named after what fills them; None for another node."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if not isinstance(node, ast.JoinedStr):
        return None
    text = ""
    for part in node.values:
        if isinstance(part, ast.Constant):
            text += str(part.value)
        elif isinstance(part, ast.FormattedValue):
            code = re.sub("'.*?'", "", ast.unparse(part.value))
            names = [word for word in re.findall(r"[A-Za-z]\w*", code) if word not in NOT_NAMES]
            written = part.format_spec and template(part.format_spec)
            name = "".join(names[-1:]).lower().strip("_")
            text += TIMES.get(written or "", f"{{{name or 'value'}}}")
    return text


def parts(node: ast.AST) -> list[ast.AST]:
    """Return what an expression may stand for, and what fills the gaps of its string."""
    if isinstance(node, ast.Name):
        values = [each for each in VALUES if named(each) == node.id]
        near = [each for each in values if node.id.isupper() or NODES[each] == NODES[node]]
        return [each.value for each in near]
    if isinstance(node, ast.Call):
        calls = [each for each in FUNCTIONS if each.name == named(node)]
        inside = [each for call in calls for each in ast.walk(call)]
        returned = [each.value for each in inside if isinstance(each, ast.Return) and each.value]
        return [*returned, *([node.func.value] if isinstance(node.func, ast.Attribute) else [])]
    if isinstance(node, ast.Compare | ast.Lambda | ast.Attribute):
        return []
    return children(node)


def shown() -> Iterator[str]:
    """Return the sentences of the library that people may read, and the parts of them."""
    waiting: list[ast.AST] = []
    for node, path in NODES.items():
        text = template(node)
        if text and re.search(r"\w[a-z`)}]*[.]$", text) and len(words(text)) > 2:
            yield text  # a whole sentence, wherever it is
        raised = {*ERRORS, "_refusal", *(["ValueError"] if "sources" in path.parts else [])}
        if path.name == "errors.py":
            raised.add("__init__")
        if isinstance(node, ast.Call) and named(node) in raised:
            waiting += [*node.args, *[keyword.value for keyword in node.keywords]]
        if isinstance(node, ast.keyword) and node.arg in ("reason", "note", "refused"):
            waiting.append(node.value)
        if isinstance(node, ast.Assign) and named(node) in ("HOW_TO_WRITE", "_ROOTS_OF_FEEDS"):
            waiting += [each for each in ast.walk(node.value) if template(each)]
    done = set[ast.AST]()
    while waiting:
        node = waiting.pop()
        if node in NODES and node not in done:
            done.add(node)
            yield template(node) or ""
            waiting += parts(node)


def words(text: str) -> list[str]:
    """Return the English words of a template."""
    return re.findall(r"\b[A-Za-z]+\b", re.sub(r"\{.*?\}", "", text))


REASONS = sorted(
    {text for text in shown() if len(words(text)) > 1 and text == text.strip() and "|" not in text}
    | {"later"}
)


# -- catalogues


@pytest.fixture(params=sorted(CATALOGUES))
def catalogue(request) -> Catalog:
    with CATALOGUES[request.param].open("rb") as file:
        return read_po(file, request.param)


def messages() -> set[str | tuple[str, str]]:
    """Return all messages of the bot, those for numbers of things with their plural."""
    found = extract_from_dir(ROOT / "bot", [("**.py", "python")], keywords=KEYWORDS)
    return {message for _, _, message, _, _ in found}


def gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_a_catalogue_has_the_messages_of_the_bot_and_no_others(catalogue):
    has = {each.id for each in catalogue if each.id and each.context is None}
    assert sorted(map(str, messages() - has)) == [], "msgids that are missing"
    assert sorted(map(str, has - messages())) == [], "msgids that no code has"


def test_a_catalogue_has_the_sentences_of_the_library_and_no_others(catalogue):
    has = {each.id for each in catalogue if each.context == REASON}
    assert len(REASONS) > 100
    assert sorted({*REASONS} - has) == [], "msgids that are missing, with msgctxt reason"
    assert sorted(has - {*REASONS}) == [], "msgids that no code has, with msgctxt reason"


def test_each_translation_is_complete_and_has_the_names_of_its_message(catalogue):
    assert catalogue.fuzzy is False
    for message in catalogue:
        if not message.id:
            continue
        ids = message.id if message.pluralizable else (message.id,)
        texts = message.string if message.pluralizable else (message.string,)
        assert len(texts) == (catalogue.num_plurals if message.pluralizable else 1)
        assert not message.fuzzy, message.id
        for text in texts:
            assert text.strip(), message.id
            assert gaps(ids[0]) <= gaps(text) <= gaps(ids[-1]), message.id


def test_each_marked_message_is_where_extraction_finds_it():
    """Babel looks into no f-string."""
    marked = set()
    for path in (ROOT / "bot").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and named(node) in KEYWORDS and node.args:
                marked.add(template(node.args[0]))
    singulars = {message if isinstance(message, str) else message[0] for message in messages()}
    assert marked - {None} == singulars


def untranslated(node: ast.AST) -> Iterator[str]:
    """Return the words in an argument that no function translates."""
    if isinstance(node, ast.Call):
        yield from ["str(error)"] if ast.unparse(node) == "str(error)" else []  # without `reason`
        return
    text = template(node)
    if text and words(text):
        yield text
    for child in children(node):
        yield from untranslated(child)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "bot" / "telegram").rglob("*.py")), ids=lambda path: path.name
)
def test_a_handler_says_nothing_untranslated(path):
    said = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and named(node) in SPEAKERS:
            is_button = named(node) in ("button", "InlineKeyboardButton")
            for argument in node.args[:1] if is_button else node.args:
                said += untranslated(argument)
        if isinstance(node, ast.AsyncFunctionDef) and REPLYING & set(
            map(ast.unparse, node.decorator_list)
        ):
            returned = [each.value for each in ast.walk(node) if isinstance(each, ast.Return)]
            said += [text for value in returned if value for text in untranslated(value)]
        if (
            isinstance(node, ast.Assign)
            and named(node).isupper()
            and path.parent.name == "handlers"
        ):
            text = template(node.value) or ""
            said += [text] if len(words(text)) > 2 else []  # a constant without N_
    assert said == []


# -- sentences


def test_filters_and_periods_read_as_german():
    since, until = date(2023, 2, 27), date(2023, 3, 5)
    named = Filters(sources=("The Lamp", "Reuters"), authors=("Ann Lee",), since=until)
    with in_language("de"):
        assert [filters_text(each) for each in (Filters(since, until), named)] == [
            "Artikel vom 27. Februar – 5. März 2023",
            "Artikel von Ann Lee aus The Lamp oder Reuters seit dem 5. März 2023",
        ]
        assert period(date(2023, 3, 1), date(2023, 3, 31)) == "1.–31. März 2023"
        assert period(until, until) == "5. März 2023"
        assert month(until) == "März 2023"


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("a.txt: this is empty; nothing was read.", "a.txt: das ist leer; nichts wurde gelesen."),
        (
            "a.zip: b.txt: this is empty; nothing was read.",
            "a.zip: b.txt: das ist leer; nichts wurde gelesen.",
        ),
        (
            "the site asks for fewer requests (429); try again after 10:15 on 8 October 2018"
            " (UTC).",
            "die Website bittet um weniger Anfragen (429); bitte nach 10:15 Uhr am 8. Oktober 2018"
            " (UTC) noch einmal versuchen.",
        ),
        (
            "this is a list of feeds, not an article; follow it with `quotewise feed add LINK`.",
            "das ist eine Liste von Feeds und kein Artikel; abonnieren lässt sich das mit"
            " `quotewise feed add LINK`.",
        ),
        ("what nobody has translated", "what nobody has translated"),
    ],
)
def test_a_sentence_of_the_library_is_translated_with_its_parts(english, german):
    with in_language("de-AT"):
        assert reason(english) == german
    with in_language("fr"):
        assert reason(english) == english


def test_counts_are_written_as_people_of_a_language_write_numbers():
    for language, written in ("en", "1,234 articles"), ("de", "1.234 Artikel"):
        with in_language(language):
            assert _n("{count} article", "{count} articles", 1234) == written


def test_outcomes_feeds_and_digests_are_german():
    note = "its link was left out because it is not a complete web address; write it with http:// "
    note += "or https:// and add it again."
    pier = Article("pier", "The pier", "It fell.", published=date(2024, 5, 1), note=note)
    now = datetime(2024, 5, 2, tzinfo=UTC)
    feed = FollowedFeed("main", "https://a.example", "News", now, now)
    refused = replace(feed, trouble="the site has no such page (404); check the link.")
    delayed = replace(feed, delayed=2, delay="the site asks for fewer requests (429)")
    stored = StoredArticle(pier, "main", now, (Span(0, 8),))
    with in_language("de"):
        added = telegram.outcomes_message([Outcome("a.txt", Status.ADDED, pier)], 1)
        both = telegram.outcomes_message(
            [Outcome("a", Status.UNCHANGED, pier), Outcome("b", Status.FAILED)]
        )
        feeds = telegram.feeds_message([refused, delayed])
        (digest,) = telegram.digest_messages([Arrival(1, stored, 1)])
    assert added.startswith(
        "Hinzugefügt: The pier, 1. Mai 2024, 1 Absatz. Hinweis: der Link wurde weggelassen, weil"
    )
    assert both.startswith("<b>1 unverändert, 1 fehlgeschlagen</b>")
    assert "News</a>: die Website hat keine solche Seite (404); bitte den Link prüfen." in feeds
    assert "2 Seiten waren bisher nicht zu lesen: die Website bittet um weniger Anfragen" in feeds
    assert digest == "<b>Neu heute: 1 Artikel</b>\n\n• The pier, 1. Mai 2024"


# -- the chat

api, site, bot = shared_bot(samples=True)
WHEN = "When does the swing bridge at Orr open?"
OPENS = "The swing bridge at Orr opens on 4 May 2024 at 9 a.m."


@pytest.fixture(scope="module")
def uwe(api, bot):
    """A person whose Telegram is in German, who has been let in."""
    uwe = api.user("Uwe", language_code="de")
    code = api.said(api.private(bot.admin), bot.admin, "/pair").text.split()[1]
    welcome = api.said(api.private(uwe), uwe, f"/pair {code}").text
    assert welcome.startswith("Schick mir Artikel: Links, Dateien (PDF, Office-Dokumente")
    api.said(api.private(bot.admin), bot.admin, f"/grant main {uwe.id}")
    return uwe


def test_a_german_is_turned_away_and_helped_in_german(api, bot, uwe):
    eva = api.user("Eva", language_code="de-CH")
    assert "Ich spreche nur mit Leuten" in api.said(api.private(eva), eva, "Hallo").text
    assert "/watch FRAGE – ich melde" in api.said(api.private(uwe), uwe, "/help").text
    greeted = api.said(api.private(uwe), uwe, "Hello!").text
    assert greeted.startswith("Ich beantworte Fragen mit Sätzen aus deinen Artikeln")
    assert "\nWas steht in „" in greeted


def test_headings_and_dates_of_an_answer_are_german(api, uwe):
    chat = api.private(uwe)
    answer = api.said(chat, uwe, "What happened with the Grey Wagtail?")
    assert answer.text.startswith("In der Reihenfolge des Erscheinens:\n\n3. März 2023\n")
    nothing = api.said(chat, uwe, "Who is the president of Brazil?")
    assert nothing.text == "Kein Artikel hier handelt davon."


def test_an_unreadable_file_is_refused_with_a_german_reason(api, uwe):
    offer = api.offered(api.private(uwe), uwe, "leer.txt", b" ")
    refusal = "Nicht hinzugefügt: leer.txt: das ist leer; nichts wurde gelesen."
    api.toast(offer, labels(offer)[0], uwe)
    api.wait(lambda: api.now(offer).text == refusal)


def test_the_list_of_articles_is_german(api, bot, uwe):
    article = {"id": "pier", "title": "The pier", "text": "The pier at Ness fell."}
    bot.add(api.private(uwe), article | {"published": "2024-05-01"})
    listed = api.said(api.private(uwe), uwe, "/articles").text
    assert listed.startswith("Artikel\n\n1. The pier, 1. Mai 2024")


def test_the_menus_are_german_for_germans_and_english_for_all_others(api, bot):
    api.wait(lambda: len(api.called("setMyCommands")) >= 6)
    menus = {
        (call.parameters["scope"]["type"], call.parameters.get("language_code", "")): [
            command["description"] for command in call.parameters["commands"]
        ]
        for call in api.called("setMyCommands")
    }
    for scope in ("all_private_chats", "all_group_chats", "chat"):
        assert menus[scope, ""][0] == "What is here"
        assert menus[scope, "de"][0] == "Was hier ist"


def test_an_alert_has_the_language_of_the_person_who_wants_it(api, bot, uwe):
    chat = api.private(uwe)
    assert "Ich melde diesem Chat" in api.said(chat, uwe, f"/watch {WHEN}").text
    before = len(api.sent(chat))
    bot.add(chat, {"id": "bridge", "title": "Bridge", "text": OPENS, "published": "2024-05-02"})
    (alert,) = api.wait(lambda: api.sent(chat)[before:])
    assert alert.text == f"Neues zu: {WHEN}\n\n{OPENS}\nBridge, 2. Mai 2024"


def test_a_group_has_each_persons_language(api, bot, uwe):
    fay = api.user("Fay", language_code="fr")
    group = api.supergroup("Both", uwe, fay)
    bot.pair(group, uwe)
    assert api.said(group, uwe, "/about@quotewise_bot").text.startswith("Quotewise zitiert")
    assert api.said(group, fay, "/about@quotewise_bot").text.startswith("Quotewise quotes")
