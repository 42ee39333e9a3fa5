"""What people do with an answer in Telegram: copy, prove, judge, filter and forward it."""

import json
import random
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from botapi import from_channel, from_user
from example_quotes import PIER, quote
from quotewise_command import printed
from telegram_bot import labels, library_of, shared_bot
from test_filters_answers import ARTICLES, FARE, LAMP, POST

from bot.telegram.handlers.answer_buttons import choices
from retrieval import Answer, AnswerStatus, Library

TODAY = date.today()
LONG_NAME = "The Harbour Gazette of Orle, Ness and the Outer Skerries 🚢 with the Shipping News"
NEWS = "The fare of the Orle ferry is six crowns since this week, says the harbour office."
OLD = "The fare of the Orle ferry was three crowns, says the harbour office of Ness."
OURS = [
    *ARTICLES[:2],
    {
        "id": "fare-now",
        "title": "Ferry to Orle dearer again",
        "source": LONG_NAME,
        "url": "https://gazette.example/ferry",
        "published": TODAY.isoformat(),
        "text": NEWS,
    },
]
SHARED = {
    "id": "fare-old",
    "title": "Ferry to Orle in old times",
    "source": "Ness Echo",
    "published": (TODAY - timedelta(days=100)).isoformat(),
    "text": OLD,
}
ITEMS = ", ".join(f"a lamp with {number} wicks and a brass shade" for number in range(300))
DECREE = {
    "id": "decree",
    "title": "The decree of Vorn",
    "source": "Vorn Court",
    "text": f"The decree of Vorn gives the lighthouse keeper {ITEMS} and a bell.",
}
LISTED = "What does the decree of Vorn give the lighthouse keeper?"


api, site, bot = shared_bot(QUOTEWISE_RISK="0.5")


@pytest.fixture(scope="module")
def chat(api, bot):
    """The administrator's own chat; the library that all may be granted has an old article."""
    chat = api.private(bot.admin)
    bot.add(chat, *OURS, DECREE)
    bot.add(None, SHARED)
    return chat


def without_emphasis(html):
    return re.sub("</?[bu]>", "", html)


def test_an_answer_has_three_quotes_at_most_and_the_first_can_be_copied(api, ada, chat):
    answer = api.said(chat, ada, FARE)
    quotes = re.findall("<blockquote>(.*?)</blockquote>", answer.html)
    assert 1 <= len(quotes) <= 3
    assert re.search("<b>[^<]*(four|five|six) crowns", answer.html), "the words that answer"
    assert answer.button("Copy").copy == without_emphasis(quotes[0])


def test_a_quote_of_more_than_256_characters_has_no_copy_button(api, ada, chat):
    answer = api.said(chat, ada, LISTED)
    assert answer.text.startswith("The decree of Vorn gives the lighthouse keeper a lamp")
    assert "Copy" not in labels(answer)


def test_a_sentence_longer_than_a_message_is_cut_visibly_and_can_be_read_whole(api, ada, chat):
    answer = api.said(chat, ada, LISTED)
    assert " […]\nThe decree of Vorn" in answer.text
    context = api.pressed(answer, "In context", ada)
    assert context.text.endswith("[…]")
    assert labels(context) == ["Whole paragraph", "Back", "• 1 •"]
    page, read = api.pressed(answer, "Whole paragraph", ada), []
    while True:
        title, part = page.text.split("\n", 1)
        assert title == "The decree of Vorn, Vorn Court"
        read.append(part)
        turns = [label for label in labels(page) if label.startswith("▶")]
        if not turns:
            break
        page = api.pressed(answer, turns[0], ada)
    assert " ".join(read) == DECREE["text"]
    assert len(read) > 2
    assert labels(page)[0] == f"◀ {len(read) - 1}/{len(read)}"
    assert api.pressed(answer, "Back", ada).html == answer.html


POST_LINK = "https://t.me/lundtimes/17"
POSTED = """\
Library to close

The library in Mill Street closes on 3 May. Its 9,000 books move to the school."""
CLOSES = (
    "<blockquote>The library in Mill Street closes on 3 May.</blockquote>\n"
    f'<a href="{POST_LINK}#:~:text=The%20library%20in%20Mill%20Street%20closes%20on%203%20May.">'
    "Library to close</a>, Lund Times, 24 November 2026"
)


def test_a_forwarded_post_is_quoted_with_its_own_link_also_inline(api, bot):
    bo, own = bot.newcomer("Bo")
    origin = from_channel("Lund Times", username="lundtimes", date=1_795_514_400)
    offer = api.wait_for_answer(api.forward(own, bo, POSTED, origin=origin))
    assert offer.html == "Shall I add this post to this chat's articles?"
    api.added(offer, bo)
    listed = f'<a href="{POST_LINK}">Library to close</a>, Lund Times, 24 November 2026'
    assert api.now(offer).html == f"Added: {listed}, 1 paragraph"
    assert api.said(own, bo, "/articles").html == f"<b>Articles</b>\n\n1. {listed}"
    asked = "When does the library close?"
    answer = api.said(own, bo, asked)
    assert CLOSES in without_emphasis(answer.html)
    assert labels(answer) == ["In context", "Sources", "👍", "👎", "Copy", "Filter", "Proof"]
    (result,) = api.inline(bo, asked)
    assert (result.title, without_emphasis(result.html)) == ("Library to close", CLOSES)
    assert result.description == "The library in Mill Street closes on 3 May."


def proof_of(api, answer, user):
    """The file that the Proof button sends."""
    before = len(api.sent(answer.chat))
    api.toast(answer, "Proof", user)
    (proof,) = api.sent(answer.chat)[before:]
    assert proof.reply_to == answer.message_id
    return proof


def test_proof_is_a_file_of_which_all_quotes_stand(api, ada, chat, tmp_path):
    name = "What-is-the-fare-of-the-Orle-ferry.json"
    for before, safe in ("", ""), ("../Grüße & Fragen: ", "Grüße-Fragen-"):
        proof = proof_of(api, api.said(chat, ada, before + FARE), ada)
        assert (proof.file.name, proof.file.mime) == (safe + name, "application/json")
        assert proof.text == (
            f"The quotes and their articles. Check them with: quotewise proof {safe}{name}"
        )
        file = tmp_path / proof.file.name
        file.write_bytes(proof.file.content)
        reported = printed(tmp_path / "home", "proof", file)
        where = "in the articles that the file brings along"
        assert re.search(rf"\d+ quotes stand, word for word, {where}", reported)
        assert LAMP in reported


def test_proof_has_only_articles_that_the_chat_may_read_now(api, ada, chat):
    api.said(chat, ada, "/grant main")
    answer = api.said(chat, ada, FARE)
    assert OLD in proof_of(api, answer, ada).file.content.decode()
    api.said(chat, ada, "/revoke main")
    proof = json.loads(proof_of(api, answer, ada).file.content)
    assert {article["library"] for article in proof["articles"]} == {library_of(chat)}


def thumb_of(bot, answer):
    query = "SELECT thumb FROM answers WHERE chat = ? AND shown_in = ?"
    bot.api.wait(lambda: bot.stored(query, answer.chat.id, answer.message_id))
    ((thumb,),) = bot.stored(query, answer.chat.id, answer.message_id)
    return thumb


def test_a_second_thumb_changes_the_vote(api, ada, bot, chat):
    answer = api.said(chat, ada, FARE)
    for label, thumb in (("👍", 1), ("👎", -1)):
        assert api.toast(answer, label, ada) == "Thank you, that is noted."
        assert thumb_of(bot, answer) == thumb


def test_a_reaction_of_the_asker_is_a_thumb_and_none_when_it_is_removed(api, ada, bot, chat):
    answer = api.said(chat, ada, FARE)
    for emoji, thumb in (("🔥",), 1), (("💩",), -1), (("❤", "💯"), 1), ((), None), (("👎",), -1):
        api.react(answer, ada, *emoji)
        api.wait(lambda thumb=thumb: thumb_of(bot, answer) == thumb)
    api.react(answer, ada, "🤔")
    api.wait(lambda: thumb_of(bot, answer) is None)


def test_in_a_group_reactions_count_once_the_bot_is_an_administrator(api, ada, bot, chat):
    hal, _ = bot.newcomer("Hal")
    group = api.supergroup("Judges", ada, hal)
    api.said(group, ada, "/grant main")
    answer = api.said(group, ada, f"@quotewise_bot {FARE}")
    api.react(answer, ada, "👎")
    assert api.toast(answer, "👍", ada) == "Thank you, that is noted."
    assert thumb_of(bot, answer) == 1, "Telegram sent no reaction"
    api.set_status(group, api.bot, "administrator")
    api.react(answer, hal, "🤮")
    api.react(answer, ada, "👎", "🎉")
    api.react(answer, ada, "👎")
    api.wait(lambda: thumb_of(bot, answer) == -1)


def test_filters_are_chosen_by_buttons_and_lifted_after_a_restart_too(api, ada, chat, bot):
    answer = api.said(chat, ada, FARE)
    assert labels(answer)[-2:] == ["Filter", "Proof"]
    view = api.pressed(answer, "Filter", ada)
    assert view.html == answer.html
    shown = "The Harbour Gazette of Orle, Ness and…"
    years = [str(year) for year in (TODAY.year, 2024, 2023)]
    assert set(labels(view)[:3]) == {"Only The Lamp", "Only The Kelm Post", f"Only {shown}"}
    months = ["This month", "The last 12 months"]
    assert labels(view)[3:] == ["Only Vorn Court", *months, *years[:2], "Back"]
    lamp = api.pressed(answer, "Only The Lamp", ada)
    assert lamp.text.startswith(f"Only articles of The Lamp.\n\n{LAMP}")
    assert POST not in lamp.text
    assert NEWS not in lamp.text
    assert labels(lamp)[0] == "All articles"
    bot.stop()
    bot.start()
    assert "Filter" not in labels(lamp), "nothing is left to choose"
    everywhere = api.pressed(answer, "All articles", ada)
    assert (everywhere.html, labels(everywhere)) == (answer.html, labels(answer))
    api.pressed(answer, "Filter", ada)
    gazette = api.pressed(answer, f"Only {shown}", ada)
    assert gazette.text.startswith("Only articles of The Harbour Gazette of Orle, Ness and the Out")
    api.pressed(answer, "All articles", ada)
    api.pressed(answer, "Filter", ada)
    month = api.pressed(answer, "This month", ada)
    first = TODAY.replace(day=1)
    assert month.text.startswith(f"Only articles since {first.day} {first:%B %Y}. ")
    assert month.text.split("\n\n")[1].startswith(NEWS)
    api.pressed(answer, "Filter", ada)
    assert api.pressed(answer, "Back", ada).html == month.html
    assert api.said(chat, ada, FARE).html == answer.html, "the next question has no filter"


def choices_of(*published):
    """The texts of the choices for quotes of articles by a publisher each, on 15 May 2026."""
    quotes = tuple(
        quote(article=replace(PIER, id=str(n), source=f"Paper {n}", published=day))
        for n, day in enumerate(published)
    )
    answer = Answer("Q?", AnswerStatus.NONE, 0.1, closest=quotes)
    return [choice.text for choice in choices(answer, date(2026, 5, 15))]


def test_choices_are_four_publishers_and_four_periods_in_which_articles_are():
    papers = ["Only Paper 0", "Only Paper 1", "Only Paper 2", "Only Paper 3"]
    assert choices_of(*[None] * 6) == papers
    assert choices_of(date(2019, 1, 1), date(2019, 12, 31)) == papers[:2], "one year limits nothing"
    assert choices_of(date(2026, 4, 30)) == [papers[0], "The last 12 months"]
    late = datetime(2026, 5, 1, 23, 30, tzinfo=UTC)
    years = [date(year, 7, 1) for year in (2017, 2018, 2019)]
    assert choices_of(late, *years) == [
        *papers,
        *("This month", "The last 12 months", "2026", "2019"),
    ]


def test_two_choices_narrow_together(api, ada, chat):
    answer = api.said(chat, ada, FARE)
    api.pressed(answer, "Filter", ada)
    api.pressed(answer, "2024", ada)
    api.pressed(answer, "Filter", ada)
    both = api.pressed(answer, "Only The Kelm Post", ada)
    line = "Only articles of The Kelm Post of 1 January – 31 December 2024."
    assert both.text.startswith(f"{line}\n\n{POST}")


def test_a_forwarded_answer_is_complete_in_itself(api, ada, chat):
    answer = api.said(chat, ada, FARE)
    elsewhere = api.group("Elsewhere", ada)
    forwarded = api.say(
        elsewhere, ada, answer.text, entities=answer.entities, forward_origin=from_user(api.bot)
    )
    for text, source in (LAMP, "Ferry to Orle is cheap, The Lamp, Bridie Fenn"), (NEWS, LONG_NAME):
        assert text in forwarded.text
        assert source[:40] in forwarded.text
    (link,) = (entity for entity in forwarded.entities if entity.type == "text_link")
    assert link.of(forwarded.text) == "Ferry to Orle dearer again"
    assert link.url.startswith("https://gazette.example/ferry#:~:text=")


def has_effect(api, message, data, user):
    """Press a button; return whether anybody sees that: a notice, an edit or a message."""
    before, sent = api.now(message), len(api.sent(message.chat))
    notice = api.toast(before, data, user)
    after = api.now(message)
    changed = (before.html, before.markup) != (after.html, after.markup)
    return bool(notice) or changed or len(api.sent(message.chat)) > sent


def walk(api, message, user, presses, seed):
    """Press buttons under a message at random; return those without an effect, and all labels."""
    choose, idle, seen = random.Random(seed), [], set()
    for _ in range(presses):
        buttons = [button for row in api.now(message).buttons for button in row if button.data]
        button = choose.choice(buttons)
        seen.add(button.text)
        if not has_effect(api, message, button.data, user):
            idle.append(button)
    return idle, seen


def test_every_button_does_something_in_any_order(api, bot):
    pia, own = bot.newcomer("Pia")
    bot.add(own, *OURS, SHARED)
    question = api.say(own, pia, FARE)
    answer = api.wait_for_answer(question)
    idle, seen = walk(api, answer, pia, 120, seed=1)
    assert idle == []
    assert seen > {"In context", "Sources", "Filter", "Proof", "Back", "All articles", "👍", "1"}
    with Library.open(bot.home) as library:
        library.remove("fare-2023", library=library_of(own))
    assert walk(api, answer, pia, 30, seed=2)[0] == []
    bot.stop()
    bot.start()
    assert walk(api, answer, pia, 20, seed=3)[0] == []
    old = [button.data for row in api.now(answer).buttons for button in row if button.data]
    edits = api.now(answer).edits
    api.edit(question, "How many crowns is the fare of the ferry to Orle?")
    api.wait(lambda: api.now(answer).edits > edits)
    assert walk(api, answer, pia, 30, seed=4)[0] == []
    for data in old:
        kept = api.toast(answer, data, pia, forged=True)
        assert kept == "That answer is no longer kept: please ask again."
    with Library.open(bot.home) as library:
        library.remove_all(library=library_of(own))
    assert walk(api, answer, pia, 20, seed=5)[0] == []


def test_every_button_under_a_very_long_paragraph_does_something(api, ada, chat):
    idle, seen = walk(api, api.said(chat, ada, LISTED), ada, 150, seed=6)
    assert idle == []
    assert {"Whole paragraph", "▶", "◀", "•"} <= {label.split(" ")[0] for label in seen} | seen


def test_thanks_for_an_answer_get_a_line_in_private_and_nothing_in_a_group(api, ada, chat):
    api.said(chat, ada, FARE)
    for text in ("thanks", "Danke!", "👍", "vielen Dank", "Lieben Dank!"):
        assert api.said(chat, ada, text).text == "You are welcome."
    group = api.group("Polite", ada)
    api.said(group, ada, "/grant main")
    answer = api.said(group, ada, f"@quotewise_bot {FARE}")
    before = len(api.sent(group))
    for text in ("thanks", "danke", "👍"):
        api.say(group, ada, text, reply_to=answer)
    assert OLD in api.said(group, ada, f"@quotewise_bot {FARE}").text
    assert len(api.sent(group)) == before + 1


# -- filters that a question sets

ASKED = "According to The Lamp, what is the fare of the Orle ferry?"
EARLY = "As of 1 May 2020, what is the fare of the Orle ferry?"
USUAL = [["More", "In context", "Sources"], ["👍", "👎", "Copy"], ["Filter", "Proof"]]


def rows(message):
    return [[button.text for button in row] for row in message.buttons]


def test_all_articles_answer_in_the_same_message_after_a_restart_too(api, ada, chat, bot):
    answer = api.said(chat, ada, ASKED)
    assert answer.text.startswith(f"Only articles of The Lamp.\n\n{LAMP}")
    assert POST not in answer.text
    assert rows(answer) == [["All articles"], *USUAL[:2], ["Proof"]], "nothing is left to filter"
    bot.stop()
    bot.start()
    assert rows(api.pressed(answer, "In context", ada)) == [["Back", "• 1 •"]]
    back = api.pressed(answer, "Back", ada)
    assert (back.text, rows(back)) == (answer.text, rows(answer))
    everywhere = api.pressed(answer, "All articles", ada)
    assert "Only articles" not in everywhere.text
    assert POST in everywhere.text
    assert rows(everywhere) == USUAL
    assert "The Kelm Post" in api.pressed(answer, "Sources", ada).text


def test_an_answer_without_any_article_within_the_limits_has_but_that_button(api, ada, chat):
    answer = api.said(chat, ada, EARLY)
    only = "There is no article until 1 May 2020 here; others answer that."
    assert answer.text == f"{only} 1 article without a date is left out."
    assert rows(answer) == [["All articles"]]
    everywhere = api.pressed(answer, "All articles", ada)
    assert LAMP in everywhere.text
    assert rows(everywhere)[-1] == USUAL[-1]


def test_all_articles_answer_a_follow_up_as_it_was_understood(api, ada, chat):
    api.said(chat, ada, "What is the fare of the Orle ferry?")
    answer = api.said(chat, ada, "And according to The Lamp?")
    understood, only, _ = answer.text.split("\n\n", 2)
    assert understood.startswith("Understood as: ")
    assert only == "Only articles of The Lamp."
    assert POST not in answer.text
    everywhere = api.pressed(answer, "All articles", ada)
    assert everywhere.text.startswith(understood)
    assert "Only articles" not in everywhere.text
    assert POST in everywhere.text
