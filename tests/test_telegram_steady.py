"""The Telegram bot when things go wrong for long: nothing is lost, and it ends on SIGTERM."""

import json
import random
import re
import time
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from article_library import rows
from telegram_bot import free_port, library_of

from retrieval import Library

DAM = "What was the 28-foot dam built in 1914 to power?"
MILL = "paper mill"


def health(port):
    """The status and the text of the page for machines that look after the bot."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/health", timeout=60) as page:
            return page.status, page.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


@pytest.mark.parametrize("methods", [["sendMessage"], ["sendMessage", "getUpdates"]])
def test_a_revoked_token_ends_the_bot_with_a_line_and_costs_no_answer(api, bot, chat, ada, methods):
    before = bot.log
    for method in methods:
        api.fail(method, times=None, code=401)
    question = api.say(chat, ada, DAM)  # ends the poll that is held
    api.wait(lambda: bot.ended)
    assert bot.process.returncode == 1
    (line,) = bot.log.removeprefix(before).splitlines()
    assert line.startswith("quotewise: Telegram refuses the token: it was revoked, or copied")
    api.heal()
    bot.start()
    assert MILL in api.wait_for_answer(question).text


@pytest.mark.parametrize("listens", [True, False])
def test_sigterm_ends_a_bot_that_cannot_begin(api, bot, listens):
    if listens:
        api.drop_before("getMe", times=None)
    else:
        bot.more["QUOTEWISE_TELEGRAM_API_URL"] = f"http://127.0.0.1:{free_port()}"
    bot.begin()
    api.wait(lambda: api.called("getMe") or "is made again" in bot.log)
    begun = time.monotonic()
    assert bot.stop() == 0
    assert time.monotonic() - begun < 20


def test_sigterm_ends_a_bot_that_still_loads_its_model(api, bot):
    bot.begin()
    api.wait((bot.home / "telegram.sqlite").exists)
    assert bot.stop() == 0


def test_menus_that_telegram_refuses_do_not_keep_the_bot_from_its_work(api, bot, ada):
    api.fail("setMyCommands", times=None, code=400, description="Bad Request: no")
    bot.start()
    assert "/articles" in api.said(api.private(ada), ada, "/help").text
    api.wait(lambda: "the menus could not be set" in bot.log)
    assert bot.log.count("the menus could not be set; trying again: No") == 1


def test_health_says_whether_updates_are_being_received(api, bot, ada):
    port = free_port()
    bot.more["QUOTEWISE_TELEGRAM_HEALTH_PORT"] = str(port)
    bot.start()
    assert health(port) == (200, "ok\n")
    api.fail("getUpdates", times=None, code=502)
    api.say(api.private(ada), ada, "/help")  # ends the poll that is held
    api.wait(lambda: health(port) == (503, "not receiving\n"))
    api.heal()
    api.wait(lambda: health(port) == (200, "ok\n"))


def test_trouble_of_two_kinds_by_turns_is_told_once_each(api, bot, chat, ada):
    before = bot.log
    for code in (409, 502, 409):
        api.fail("getUpdates", times=1, code=code)
    polls = len(api.called("getUpdates"))
    api.said(chat, ada, "/help")
    api.said(chat, ada, "/help")
    assert len(api.called("getUpdates")) >= polls + 4
    conflict, outage = bot.log.removeprefix(before).splitlines()
    assert "another process polls with this token" in conflict
    assert "Telegram cannot be reached; trying again: Bad Gateway" in outage


def test_flood_control_in_a_chat_holds_up_no_other_chat_and_costs_no_answer(api, bot, chat, ada):
    """Telegram asks to wait more often than a request is made again: its update waits then."""
    group = api.group("Loud", ada)
    api.fail("sendMessage", times=22, chat=group.id, code=429, retry_after=1)
    first = api.say(group, ada, "/help@quotewise_bot")
    api.wait(lambda: any("retry after 1" in refusal for refusal in api.refusals))
    api.said(chat, ada, "/help")
    assert api.sent(group) == []
    assert api.wait_for_answer(first).text
    bot.settle()
    assert len(api.sent(group)) == 1


def test_a_group_that_becomes_a_supergroup_keeps_all_that_is_its_own(api, bot, chat, ada):
    group = api.group("Old", ada)
    bot.pair(group, ada)
    api.said(group, ada, "/grant main")
    api.privacy = False
    offer = api.offered(group, ada, "tram.txt", b"Tram\n\nThe tram opened in Lund on Monday.")
    api.press(offer, "Add it", ada)
    api.wait(lambda: "1 paragraph" in api.now(offer).text)
    answer = api.said(group, ada, "@quotewise_bot When did the tram open in Lund?")
    api.toast(answer, "👍", ada)
    new = api.migrate(group)
    asked = "@quotewise_bot When did the tram open in Lund?"
    assert "The tram opened in Lund on Monday." in api.said(new, ada, asked).text
    assert MILL in api.said(new, ada, f"@quotewise_bot {DAM}").text
    thumbs = bot.stored("SELECT chat, thumb FROM answers WHERE thumb IS NOT NULL")
    assert thumbs == [(new.id, 1)]
    assert bot.stored("SELECT id FROM members") == [(new.id,)]
    assert bot.stored("SELECT chat FROM grants WHERE chat < 0") == [(new.id,)]


def test_a_question_on_its_way_while_its_group_moves_is_answered_there(api, bot, chat, ada):
    group = api.group("Old", ada)
    api.said(group, ada, "/grant main")
    api.slow(1.5, "sendMessage", chat=group.id, times=1)
    api.say(group, ada, f"@quotewise_bot {DAM}")
    api.wait(lambda: len(api.called("sendMessage")) >= 3)
    new = api.migrate(group)
    api.wait(lambda: any(MILL in item.text for item in api.sent(new)))
    api.pressed(api.sent(new)[-1], "Sources", ada)
    bot.settle()


def test_an_addition_under_way_goes_on_in_the_supergroup_of_its_group(api, bot, chat, ada):
    group = api.group("Old", ada)
    api.privacy = False
    offer = api.offered(group, ada, "archive.jsonl", archive(300, words=30))
    api.press(offer, "Add it", ada)
    counted = "SELECT count(*) FROM articles"
    api.wait(lambda: rows(bot.home, counted)[0][0] > 12)  # which are the samples
    new = api.migrate(group)
    reported = api.wait(
        lambda: next((item for item in api.sent(new) if "added" in item.text), None)
    )
    numbers = [int(item) for item in re.findall(r"(\d+) (?:added|unchanged)", reported.text)]
    assert sum(numbers) == 300
    api.wait(lambda: bot.stored("SELECT * FROM offers") == [])
    assert "(page 1 of 30)" in api.said(new, ada, "/articles@quotewise_bot").text
    bot.settle()
    assert bot.stop() == 0
    with Library.open(bot.home) as library:
        counts = {name: len(library.ids(library=name)) for name in library.names()}
    assert (counts.pop("main"), counts.pop(library_of(new)), {*counts.values()} - {0}) == (
        12,
        300,
        set(),
    )


def archive(articles, words=60):
    """Articles of two paragraphs as a file, one a line."""
    chance = random.Random(1)
    nouns = "river bridge council school harbour winter vote budget road train music light".split()

    def paragraph():
        return " ".join(chance.choices(nouns, k=words)).capitalize() + "."

    lines = [
        {"id": f"page-{n}", "title": f"Page {n}", "text": f"{paragraph()}\n\n{paragraph()}"}
        for n in range(articles)
    ]
    return "\n".join(map(json.dumps, lines)).encode()


def test_an_addition_goes_on_after_sigterm_and_a_crash_until_it_is_finished(api, bot, chat, ada):
    before = bot.log
    offer = api.offered(chat, ada, "archive.jsonl", archive(800))
    api.press(offer, "Add it", ada)
    api.wait(lambda: api.now(offer).text.startswith("Adding"))
    assert bot.stored("SELECT attempts FROM offers") == [(1,)]
    begun = time.monotonic()
    assert bot.stop() == 0
    assert time.monotonic() - begun < 20
    assert bot.stored("SELECT attempts FROM offers") == [(0,)]
    bot.start()
    bot.kill()
    assert bot.stored("SELECT attempts FROM offers") == [(1,)]
    bot.start()
    assert bot.stored("SELECT attempts FROM offers") == [(2,)]
    api.wait(lambda: "Adding" not in api.now(offer).text and "added" in api.now(offer).text)
    numbers = re.findall(r"(\d+) (?:added|unchanged)", api.now(offer).text)
    assert sum(map(int, numbers)) == 800
    assert "a defect" not in bot.log.removeprefix(before)


def test_buttons_work_after_a_restart_and_thumbs_are_kept(api, bot, chat, ada):
    answer = api.said(chat, ada, DAM)
    bot.stop()
    bot.start()
    assert api.toast(answer, "👎", ada) == "Thank you, that is noted."
    assert bot.stored("SELECT question, thumb FROM answers") == [(DAM, -1)]
    ((place,),) = bot.stored("SELECT answer FROM answers")
    assert MILL not in place, "quotes are stored as places in articles"
    api.press(answer, "In context", ada)
    api.wait(lambda: "Its removal will also open 46 miles of" in api.now(answer).text)


def test_more_that_a_crash_interrupted_sends_its_quotes_after_the_restart(api, bot, chat, ada):
    answer = api.said(chat, ada, DAM)
    bot.settle()
    asked = len(api.called("sendMessage"))
    api.drop_before("sendMessage", times=None, chat=chat.id)
    api.press(answer, "More", ada)
    api.press(answer, "More", ada)
    api.wait(lambda: len(api.called("sendMessage")) > asked)
    bot.kill()
    api.heal()
    before = len(api.sent(chat))
    bot.start()
    bot.settle()
    (more,) = api.sent(chat)[before:]
    assert more.html.count("<blockquote") == 3


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_parts_of_a_text_that_a_restart_separates_are_offered_as_a_whole(api, bot, chat, ada, end):
    first = "Weirs of Orr\n\n" + "The weir at Orr was mended in the spring of the year. " * 70
    second = "At the last weir, an otter was seen with two of its young.\n\n" * 30
    bot.settle()
    before = len(api.sent(chat))
    sent = api.say(chat, ada, first.strip())
    api.wait(lambda: bot.undone == 1)
    getattr(bot, end)()
    assert bot.undone == 1
    api.say(chat, ada, second.strip(), date=sent.date)
    bot.start()
    bot.settle()
    (offer,) = api.sent(chat)[before:]
    assert offer.text == "Shall I add this text to this chat's articles?"
    api.press(offer, "Add it", ada)
    api.wait(lambda: "31 paragraphs" in api.now(offer).text)


def test_an_update_that_comes_twice_is_answered_once(api, bot, chat, ada):
    question = api.say(chat, ada, DAM)
    update = {"update_id": api.updates.last_id, "message": question.json()}
    api.wait_for_answer(question)
    api.deliver(update)
    api.said(chat, ada, "/help")
    assert [item.reply_to for item in api.sent(chat)].count(question.message_id) == 1


def test_a_press_that_is_too_old_to_be_answered_does_its_work(api, bot, chat, ada):
    offer = api.offered(chat, ada, "tram.txt", b"Tram\n\nThe tram opened in Lund on Monday.")
    bot.stop()
    api.press(offer, "Add it", ada).expired = True
    bot.start()
    api.wait(lambda: "1 paragraph" in api.now(offer).text)
    answer = api.said(chat, ada, "When did the tram open in Lund?")
    api.press(answer, "In context", ada).expired = True
    api.wait(lambda: api.now(answer).edits > 0)


def test_numbers_that_are_none_are_no_defect(api, bot, chat, ada):
    before = bot.log
    answer = api.said(chat, ada, DAM)
    context = answer.button("In context").data
    api.press(answer, context[:-1] + "²", ada, forged=True)
    api.wait(lambda: api.now(answer).edits > 0)
    for number in ("--5", "²", "9" * 30):
        reported = api.said(chat, ada, f"/grant main {number}").text
        assert reported == "Send /grant and the name of a shared library. There are: main."
    assert "a defect" not in bot.log.removeprefix(before)


def test_a_blocked_bot_logs_one_line_and_goes_on(api, bot, chat, ada):
    fay, own = bot.newcomer("Fay")
    before = bot.log
    api.slow(1.5, "sendMessage", chat=own.id, times=1)
    api.say(own, fay, "/help")
    api.wait(lambda: api.called("sendMessage")[-1].parameters["chat_id"] == own.id)
    api.block(fay)
    api.wait(lambda: any("blocked" in refusal for refusal in api.refusals))
    assert MILL in api.said(chat, ada, DAM).text
    bot.settle()
    lines = [" WARNING Telegram refused: ", " INFO the bot is no longer in ", " INFO question "]
    api.wait(lambda: all(bot.log.removeprefix(before).count(line) == 1 for line in lines))
    assert "Telegram refused: Forbidden: bot was blocked by the user" in bot.log
    api.block(fay, on=False)
    assert api.said(own, fay, "/help").text.startswith("Send me articles"), "and is still known"


def test_a_bot_thrown_out_of_a_group_forgets_who_may_talk_there(api, bot, chat, ada):
    group = api.group("Brief", ada)
    bot.pair(group, ada)
    api.said(group, ada, "/grant main")
    assert bot.stored("SELECT id FROM members") == [(group.id,)]
    api.kick_bot(group)
    api.wait(lambda: bot.stored("SELECT id FROM members") == [])
    api.wait(lambda: bot.stored("SELECT chat FROM grants") == [(chat.id,)])
    before = len(api.sent(group))
    api.add_bot(group)
    greeting = api.wait(lambda: api.sent(group)[before:])[0].text
    assert greeting.startswith("Send me articles: links, files")
    assert "First let this group in: ask whoever runs me for a code" in greeting
    assert "introduced" in api.said(group, api.user("Bo"), f"@quotewise_bot {DAM}").text


def test_questions_that_were_written_while_the_bot_was_down_are_all_answered(api, bot, chat, ada):
    bot.stop()
    written = int(time.time()) - 600
    asked = [api.say(chat, ada, DAM, date=written + 20 * n) for n in range(25)]
    bot.start()
    numbers = [item.message_id for item in asked]
    api.wait(lambda: api.sent(chat)[-1].reply_to == numbers[-1])
    replies = [item.reply_to for item in api.sent(chat) if MILL in item.text]
    assert replies == numbers


def test_whoever_hurries_is_asked_to_wait(api, bot, ada):
    bot.more["QUOTEWISE_TELEGRAM_PERSON_RATE"] = "4"
    bot.start()
    chat = bot.granted()
    answers = [api.said(chat, ada, DAM) for _ in range(5)]
    assert all(MILL in answer.text for answer in answers[:4])
    assert re.fullmatch(r"That was fast\. Please ask again in \d\d? seconds\.", answers[4].text)
    answer = answers[0]
    thumbs = "👍" * 12 + "👎"
    reported = [api.toast(answer, item, ada) for item in thumbs]
    assert reported[:12] == ["Thank you, that is noted."] * 12
    assert re.fullmatch(r"That was fast\. Please try again in \d\d seconds\.", reported[12])
    matches = [len(api.inline(ada, DAM)) for _ in range(13)]
    assert min(matches[:12]) > 0
    assert matches[12] == 0
    reported = [api.said(chat, ada, "/articles").text for _ in range(12)]
    assert all(item.startswith("There are no articles") for item in reported[:11])
    assert re.fullmatch(r"That was fast\. Please try again in \d\d? seconds\.", reported[11])
    assert (1,) in bot.stored("SELECT thumb FROM answers")


def test_no_file_of_an_album_is_lost_to_the_limit_of_a_person(api, bot, ada):
    bot.more["QUOTEWISE_TELEGRAM_PERSON_RATE"] = "1"
    bot.start()
    chat = api.private(ada)
    for number in range(8):
        content = f"Note {number}\n\nNote number {number} is about the weir.".encode()
        offer = api.offered(chat, ada, f"{number}.txt", content, media_group_id="eight")
    assert offer.text.startswith("Shall I add these 8 to this chat's articles?")


def test_an_inline_query_that_is_typed_over_is_not_asked(api, bot, chat, ada):
    api.slow(1.5, "sendMessage", chat=chat.id, times=1)
    api.say(chat, ada, "/help")
    typed = [api.ask_inline(ada, DAM[:length]) for length in (15, 25, 35, len(DAM))]
    assert MILL in api.wait_for_inline(typed[-1])[0].text
    assert [item.answer for item in typed[:-1]] == [None] * 3
    bot.settle()


def test_codes_cannot_be_guessed(api, bot, chat, ada):
    api.said(chat, ada, "/pair")
    eve = api.user("Eve")
    door = api.private(eve)
    for n in range(90):
        api.say(door, eve, f"/pair {n:08}")
    last = api.say(chat, ada, "/help")
    api.wait_for_answer(last)
    bot.settle()
    reported = [item.text for item in api.sent(door)]
    assert reported[:20] == ["That code is not valid, or no longer."] * 20
    assert reported[20:] == ["That was fast. Please try again in a minute."] * 40
    assert bot.stored("SELECT count(*) FROM codes") == [(1,)]
    assert bot.stored("SELECT * FROM members") == []
