"""The Telegram bot as people meet it: questions, the buttons under answers, groups, articles."""

import re

import pytest
from telegram_bot import labels, shared_bot

from retrieval import Library

DAM = "What was the 28-foot dam built in 1914 to power?"
BUILT = "The 28-foot dam was built in 1914 to power a paper mill"
HURT = "How many people were hurt when the Grey Wagtail struck the pier?"
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


api, site, bot = shared_bot("--log-level=debug", samples=True)


@pytest.fixture(scope="module")
def chat(api, bot):
    """The administrator's own chat, which reads the samples."""
    return bot.granted()


def test_a_question_is_answered_with_quotes_and_their_source(api, ada, chat):
    answer = api.said(chat, ada, DAM)
    first = answer.html.split("\n")[0]
    assert first.startswith("<blockquote>")
    assert BUILT in re.sub("<[^>]+>", "", first)
    assert "paper mill" in "".join(re.findall("<b>(.*?)</b>", first)), "the words that answer"
    assert "#:~:text=" in answer.html
    assert "Tesk Valley Record, Carl Ostrander, 5 October 2021" in answer.text
    assert labels(answer) == [
        *("More", "In context", "Sources", "👍", "👎", "Copy", "Filter", "Proof")
    ]


def test_what_the_articles_do_not_say_is_not_answered(api, ada, chat):
    answer = api.said(chat, ada, "Who is the president of Brazil?")
    assert answer.text == "No article here speaks of that."
    assert labels(answer) == ["More", "👍", "👎"]
    before = len(api.sent(chat))
    assert labels(api.pressed(answer, "More", ada))[:2] == ["In context", "Sources"]
    (closest,) = api.sent(chat)[before:]
    assert closest.html.count("<blockquote") == 3


def quotes_in(messages):
    return [quote for sent in messages for quote in re.findall("<blockquote.*?</b", sent.html)]


def test_more_pressed_quickly_or_after_going_back_sends_each_quote_once(api, bot, ada, chat):
    answer = api.said(chat, ada, DAM)
    before = len(api.sent(chat))
    for _ in range(3):
        api.press(answer, "More", ada)
    assert len(quotes_in(bot.sent_since(chat, before))) == 3
    api.pressed(answer, "In context", ada)
    api.pressed(answer, "Back", ada)
    api.press(answer, "More", ada)
    more = quotes_in(bot.sent_since(chat, before))
    assert len(more) == len(set(more)) > 3


def test_more_pressed_by_two_people_of_a_group_sends_each_quote_once(api, ada, bot, chat):
    hal, _ = bot.newcomer("Hal")
    group = api.supergroup("Newsroom", ada, hal)
    api.said(group, ada, "/grant main")
    nameless = {"id": group.id, "type": "supergroup", "title": "Newsroom"}
    answer = api.said(group, ada, f"@quotewise_bot {DAM}", sender_chat=nameless)
    before = len(api.sent(group))
    for user in (ada, hal):
        api.press(answer, "More", user)
    assert len(quotes_in(bot.sent_since(group, before))) == 3


def test_each_quote_has_its_context_and_what_differs_comes_back(api, ada, chat):
    answer = api.said(chat, ada, HURT)
    *_, line = answer.text.split("\n\n")
    assert sorted(line.removeprefix("They differ: ").split(" – ")) == [
        "Fourteen people (The Harbour Post, 3 March 2023)",
        "Seventeen people (Velmouth Standard, 3 March 2023)",
    ]
    underlined = "".join(re.findall("<u>(.*?)</u>", answer.html))
    sides = ["Fourteen people", "Seventeen people"]
    assert underlined in ("".join(sides), "".join(reversed(sides)))
    context = api.pressed(answer, "In context", ada)
    assert labels(context)[:3] == ["Back", "• 1 •", "2"]
    second = api.pressed(answer, "2", ada)
    assert labels(second)[:3] == ["Back", "1", "• 2 •"]
    assert second.html != context.html
    assert api.pressed(answer, "Back", ada).html == answer.html


def test_what_happened_is_listed_in_order_and_comes_back_so(api, ada, chat):
    answer = api.said(chat, ada, "What happened with the Grey Wagtail?")
    dates = re.findall(r"^<b>(\d+ \w+ \d{4})</b>$", answer.html, flags=re.MULTILINE)
    assert answer.text.startswith("In the order of publication:\n\n3 March 2023\n")
    assert dates == ["3 March 2023", "21 November 2023"]
    api.pressed(answer, "Sources", ada)
    assert api.pressed(answer, "Back", ada).html == answer.html


def test_an_answer_says_that_its_article_no_longer_says_it_or_is_removed(api, ada, chat, bot):
    """What changes while the bot runs, another process may have changed."""
    wall = {"id": "wall", "title": "The wall", "text": "The wall at Ness fell down at noon."}
    bot.add(None, wall)
    answer = api.said(chat, ada, "When did the wall at Ness fall down?")
    assert answer.text.startswith(wall["text"])
    bot.add(None, wall | {"text": "The wall at Ness still stands."})
    context = api.pressed(answer, "In context", ada)
    gone = r"no longer in the article since \d+ \w+ \d{4}"
    assert re.match(f"The wall\n{gone}\n{wall['text']}", context.text)
    assert re.match(f"{wall['text']}\nThe wall\n{gone}", api.pressed(answer, "Back", ada).text)
    assert "no longer in the article" in api.pressed(answer, "Sources", ada).text
    api.pressed(answer, "Back", ada)
    with Library.open(bot.home) as library:
        library.remove("wall")
    notice = api.toast(answer, "In context", ada)
    assert notice == "An article that this quoted has been removed: this is what is left."
    back = api.pressed(answer, "Back", ada)
    assert back.text.startswith("Nothing here answers that. Closest:\n\n")


def test_a_code_lets_in_one_person_and_no_other(api, ada, chat):
    bo, cy = api.user("Bo"), api.user("Cy")
    own, other = api.private(bo), api.private(cy)
    assert api.said(own, bo, DAM).html == STRANGER.format(bo.id)
    shown = api.said(chat, ada, "/pair").html
    code = shown.split()[1]
    assert shown == (
        f"/pair {code} – lets one person or one group in, within 15 minutes.\n"
        f"So does this link, for a person: https://t.me/quotewise_bot?start={code}\n"
        f"And this one, for a group: https://t.me/quotewise_bot?startgroup={code}"
    )
    assert api.said(own, bo, f"/pair {code}").html == WELCOME
    assert api.said(own, bo, DAM).html == NO_ARTICLES
    for user, room in ((bo, own), (cy, other)):
        assert api.said(room, user, f"/pair {code}").text == "That code is not valid, or no longer."


def test_the_links_with_a_code_let_a_person_and_a_group_in(api, ada, chat):
    di = api.user("Di")
    code = api.said(chat, ada, "/pair").text.split()[1]
    assert api.said(api.private(di), di, f"/start {code}").html == WELCOME
    assert api.said(api.private(di), di, DAM).html == NO_ARTICLES
    group, code = api.group("Linked", di), api.said(chat, ada, "/pair").text.split()[1]
    assert api.said(group, di, f"/start@quotewise_bot {code}").html == WELCOME
    assert api.said(group, di, f"@quotewise_bot {DAM}").html == NO_ARTICLES
    assert "not valid" in api.said(api.private(di), di, "/start 12345678").text


def test_after_new_a_question_builds_on_none_before(api, ada, chat):
    api.said(chat, ada, DAM)
    assert "Understood as" in api.said(chat, ada, "And how long did it stand?").text
    assert api.said(chat, ada, "/new").text == "Your next question builds on none before."
    assert "Understood as" not in api.said(chat, ada, "And how long did it stand?").text


def test_inline_shows_what_comes_close_and_the_way_to_the_chat(api, ada):
    answer = api.wait(lambda: api.ask_inline(ada, "Who painted the town hall of Velmouth blue?"))
    raw = api.wait(lambda: answer.answer)
    descriptions = [result["description"] for result in raw["results"]]
    assert all(text.startswith("Closest: ") for text in descriptions)
    assert raw["button"]["start_parameter"] == "inline"
    stranger = api.user("Fay")
    query = api.ask_inline(stranger, DAM)
    raw = api.wait(lambda: query.answer)
    assert (raw["results"], raw["button"]["text"]) == ([], "Open the chat")
    assert api.said(api.private(ada), ada, "/start inline").text.startswith("Send me articles")


def test_a_follow_up_builds_on_the_question_before_after_a_restart_too(api, ada, chat, bot):
    answer = api.said(chat, ada, DAM)
    assert bot.stop() == 0
    bot.start("--log-level=debug")
    follow = api.said(chat, ada, "And how much will it cost to take it out?", reply_to=answer)
    assert re.match(r"Understood as: .+And how much will it cost to take it out\?\n", follow.text)
    assert "Taking the dam out will cost $7.4 million" in follow.text
    api.pressed(follow, "In context", ada)
    assert api.pressed(follow, "Back", ada).html == follow.html
    other = api.said(chat, ada, "Who owns the hardware store on the west side of the Tesk River?")
    assert "Understood as" not in other.text


def test_a_follow_up_builds_on_the_questions_of_its_own_asker(api, ada, bot, chat):
    hal, _ = bot.newcomer("Hal")
    group = api.group("Two", ada, hal)
    api.said(group, ada, "/grant main")
    api.said(group, ada, f"@quotewise_bot {DAM}")
    assert "Understood as" not in api.said(group, hal, "@quotewise_bot Why?").text
    assert re.match(r"Understood as: .+Why\?\n", api.said(group, ada, "@quotewise_bot Why?").text)


def test_a_group_is_answered_when_it_means_the_bot_and_in_its_topic(api, ada, chat):
    forum = api.supergroup("Forum", ada, api.user("Eve"), forum=True)
    topic = api.topic(forum, "Rivers")
    api.said(forum, ada, "/grant main")
    before = len(api.sent(forum))
    api.privacy = False
    api.say(forum, ada, "Does anybody know when the dam was built?", topic=topic)
    api.privacy = True
    question = api.say(forum, ada, f"@quotewise_bot {DAM}", topic=topic)
    answer = api.wait_for_answer(question)
    assert BUILT in answer.text
    assert (answer.reply_to, answer.topic) == (question.message_id, topic)
    assert len(api.sent(forum)) == before + 1


@pytest.mark.parametrize("code", [429, 500, 502, None])
def test_an_answer_arrives_though_the_server_fails_or_the_connection_drops(api, ada, chat, code):
    if code:
        api.fail("sendMessage", code=code, chat=chat.id)
    else:
        api.drop_before("sendMessage", chat=chat.id)
    assert BUILT in api.said(chat, ada, DAM).text
