"""One walk through the Telegram bot, asserted on the exact text and entities a person sees."""

from __future__ import annotations

import re

import pytest
from botapi import from_channel
from quotewise_command import new_home
from telegram_bot import Bot

HARBOUR = b"""\
Tram line to the harbour opens

By Jo Doe

The new tram line to the harbour opened on Monday.

It cost 40 million euros, and the city paid half of that.

Cyclists had asked for a lane beside the rails. The mayor, Ida Berg, promised one for next spring.
"""
POST = """\
Library to close

The library in Mill Street closes on 3 May. Its 9,000 books move to the school."""
POSTED = 1_795_514_400  # 24 November 2026

STRANGER = (
    "I only talk to people I was introduced to. Ask whoever runs me for a code, then send /pair "
    "CODE here. Your number, should they ask for it, is {}."
)
WELCOME = (
    "Send me articles: links, files (PDF, office documents, e-books, e-mail, web pages, texts, "
    "ZIP) or forwarded posts. Then ask, and I quote the sentences that answer, word for word, "
    "with their source. In a group, mention me or reply to me. I never write an answer of my own."
)
NO_ARTICLES = "There are no articles here yet. Send me a link or a file, or forward a post to me."

TRAM = "Tram line to the harbour opens, Jo Doe"
OPENED = f"<blockquote>The new tram line to the harbour opened on Monday.</blockquote>\n{TRAM}"
COST = f"<blockquote>It cost 40 million euros, and the city paid half of that.</blockquote>\n{TRAM}"
POST_LINK = "https://t.me/lundtimes/17"
PASSAGE = f"{POST_LINK}#:~:text=The%20library%20in%20Mill%20Street%20closes%20on%203%20May."
CLOSES = (
    "<blockquote>The library in Mill Street closes on 3 May.</blockquote>\n"
    f'<a href="{PASSAGE}">Library to close</a>, Lund Times, 24 November 2026'
)
LIBRARY = f'<a href="{POST_LINK}">Library to close</a>, Lund Times, 24 November 2026'
UNDER_AN_ANSWER = ["In context", "Sources", "👍", "👎", "Copy", "Filter", "Proof"]


def without_bold(html):
    """A message with no words of its quotes in bold: which answer is the reader's choice."""
    return re.sub(
        "<blockquote.*?</blockquote>", lambda quote: re.sub("</?b>", "", quote[0]), html, flags=re.S
    )


@pytest.fixture
def bot(api, tmp_path, copies):
    bot = Bot(api, new_home(tmp_path / "home", copies), {"QUOTEWISE_RISK": "0.2"})
    bot.start()
    yield bot
    bot.kill()


def test_the_walk(api, ada, bot):  # noqa: PLR0915 - one walk, from the first word to the last
    bo = api.user("Bo")
    office, own = api.private(ada), api.private(bo)

    def said(text, chat=own, user=bo, **more):
        """What the bot replies; nothing of it is lost on the way through the server's parser."""
        answer = api.wait_for_answer(api.say(chat, user, text, **more))
        assert answer.reply_to
        return answer

    def pressed(message, button):
        before = api.now(message)
        api.wait_for_answer(api.press(before, button, bo))
        api.wait(lambda: api.now(message) != before)
        return api.now(message)

    def names(message):
        return [button.text for row in message.buttons for button in row]

    # A stranger is let in.
    assert said("Who is there?").html == STRANGER.format(bo.id)
    reported = said("/pair", office, ada).html
    code = reported.split()[1]
    assert reported == (
        f"/pair {code} – lets one person or one group in, within 15 minutes.\n"
        f"So does this link, for a person: https://t.me/quotewise_bot?start={code}\n"
        f"And this one, for a group: https://t.me/quotewise_bot?startgroup={code}"
    )
    assert said(f"/pair {code}").html == WELCOME
    assert said(f"/pair {code}").html == "That code is not valid, or no longer."
    assert said("Anything new?").html == NO_ARTICLES

    # A file and a forwarded post are added.
    offer = api.wait_for_answer(api.send_file(own, bo, "harbour.txt", HARBOUR))
    assert offer.html == "Shall I add harbour.txt to this chat's articles?"
    assert names(offer) == ["Add it", "No"]
    pressed(offer, "Add it")
    api.wait(lambda: "paragraph" in api.now(offer).text)
    assert api.now(offer).html == f"Added: {TRAM}, 3 paragraphs"
    assert names(api.now(offer)) == []
    origin = from_channel("Lund Times", username="lundtimes", date=POSTED)
    offer = api.wait_for_answer(api.forward(own, bo, POST, origin=origin))
    assert offer.html == "Shall I add this post to this chat's articles?"
    pressed(offer, "Add it")
    api.wait(lambda: "paragraph" in api.now(offer).text)
    assert api.now(offer).html == f"Added: {LIBRARY}, 1 paragraph"

    # A question, and what stands under its answer.
    answer = said("When did the tram line to the harbour open?")
    assert without_bold(answer.html).startswith(OPENED)
    assert names(answer)[-7:] == UNDER_AN_ANSWER
    entities = [(item.type, answer.text[item.offset :][: item.length]) for item in answer.entities]
    assert entities[0] == ("blockquote", "The new tram line to the harbour opened on Monday.")
    assert entities[1][0] == "bold"
    assert "Monday" in entities[1][1], "the words that answer"
    context = pressed(answer, "In context")
    assert context.html == (
        f"{TRAM}\n<blockquote><b>The new tram line to the harbour opened on Monday.</b>\n\n"
        "It cost 40 million euros, and the city paid half of that.</blockquote>"
    )
    assert names(context)[:2] == ["Back", "• 1 •"]
    assert pressed(answer, "Back").html == answer.html
    assert pressed(answer, "Sources").html.startswith(f"<b>Sources</b>\n\n1. {TRAM} (paragraph")
    assert pressed(answer, "Back").html == answer.html
    thumb = api.wait_for_answer(api.press(api.now(answer), "👍", bo))
    assert thumb.text == "Thank you, that is noted."

    # A follow-up, another article, and a question that nothing answers.
    assert COST in without_bold(said("And what did it cost?").html)
    assert CLOSES in without_bold(said("When does the library close?").html)
    silent = said("Who is the president of Brazil?").html
    assert silent == "<b>No article here speaks of that.</b>"

    # A group has articles of its own.
    group = api.group("News", ada, bo)
    code = said("/pair", office, ada).html.split()[1]
    assert said(f"/pair {code}", group).html == WELCOME
    mention = "@quotewise_bot When does the library close?"
    assert said(mention, group).html == NO_ARTICLES
    api.privacy = False  # as @BotFather's /setprivacy does
    offer = api.wait_for_answer(api.forward(group, bo, POST, origin=origin))
    pressed(offer, "Add it")
    api.wait(lambda: "paragraph" in api.now(offer).text)
    assert CLOSES in without_bold(said(mention, group).html)

    # Inline, in any chat.
    result = api.inline(bo, "When does the library close?").results[0]
    assert (result.title, without_bold(result.html)) == ("Library to close", CLOSES)
    assert result.description == "The library in Mill Street closes on 3 May."

    # Remove one, then forget the rest.
    listed = said("/articles")
    assert listed.html == f"<b>Articles</b>\n\n1. {TRAM}\n2. {LIBRARY}"
    assert names(listed) == ["1", "2"]
    opened = pressed(listed, "1")
    assert opened.text.startswith("Tram line to the harbour opens, Jo Doe\n3 paragraphs, added on")
    assert names(opened) == ["Back to the list", "Remove"]
    removal = api.wait_for_answer(api.press(opened, "Remove", bo))
    assert removal.text == "Removed: Tram line to the harbour opens"
    api.wait(lambda: api.now(listed).html == f"<b>Articles</b>\n\n1. {LIBRARY}")
    asked = said("/forget")
    assert asked.html == (
        "Shall I remove 1 article and all answers of this chat? They go at once, and that cannot "
        "be undone."
    )
    forgotten = pressed(asked, "Forget everything")
    assert forgotten.html == "Forgotten: 1 article and all answers."
    assert said("When does the library close?").html == NO_ARTICLES
    assert CLOSES in without_bold(said(mention, group).html), "the group keeps what it has"
