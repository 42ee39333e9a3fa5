"""A chat's 600 articles: pages, a word, publishers and times, an open article, its removal."""

import re
import time
from datetime import UTC, date, datetime
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from telegram_bot import labels, shared_bot
from test_rendering_telegram import as_shown, composed, read

from bot.rendering import telegram
from bot.rendering.text import units
from retrieval import Article, Span, StoredArticle

TOO_OLD = "That list is too old: please send /articles again."
GONE = "That article is no longer here."
HARBOUR, COURIER = "The Harbour Post", "Kelm Courier"
LONG = [
    "Minutes of the council of Kelm.",
    *(f"Item {n}. The council heard a report on pier {n} and thanked us." for n in range(99)),
    "The mayor rose and spoke of the weir. " * 200 + "🐝",
    "The council rose at ten.",
]


def report(n: int) -> dict[str, object]:
    """The n-th of 600 articles: 300 of one publisher, 120 of another, 120 of ten, 60 of none."""
    publisher = HARBOUR if n <= 300 else COURIER if n <= 420 else f"Weekly {n % 10}"
    day = date(2022 + n % 3, 1 + n % 12, 1 + n % 28).isoformat()
    ferry = " on the ferry" if n % 4 == 0 else ""
    return {
        "id": f"report-{n}",
        "title": f"Report {n}{ferry}",
        "url": f"https://post.example/{n}",
        "text": f"Pier {n} was mended by {n} divers.\n\nIt opens on day {n} of the year.",
        "source": publisher if n <= 540 else None,
        "author": "Ada Fenn" if n % 100 == 7 else None,
        "published": None if n % 10 == 0 else day,
    }


api, site, bot = shared_bot()


def chat_with(api, bot, name, *articles):
    """The chat of somebody new, whose articles another process has added."""
    chat = bot.newcomer(name)[1]
    bot.add(chat, *articles)
    return chat


@pytest.fixture(scope="module")
def full(api, bot):
    """The chat of somebody who has 600 articles, the last one long."""
    minutes = report(600) | {"title": "Council minutes", "text": "\n\n".join(LONG)}
    return chat_with(api, bot, "Pat", *map(report, range(1, 600)), minutes)


@pytest.fixture
def few(api, bot):
    """The chat of somebody who has three articles."""
    return chat_with(api, bot, "Kim", *map(report, (1, 2, 304)))


def listing(api, chat, words=""):
    """The answer to /articles."""
    return api.said(chat, chat.user, f"/articles {words}".strip())


def numbers(message):
    """The numbers before the lines of a list."""
    return [int(number) for number in re.findall(r"^(\d+)\. ", message.text, re.MULTILINE)]


def by_presses(api, message, *buttons):
    """The message after some buttons were pressed one after the other."""
    for button in buttons:
        message = api.pressed(message, button, message.chat.user)
    return message


def notice(api, message, button, **how):
    """What the person sees for a moment after pressing a button."""
    return api.toast(message, button, message.chat.user, **how)


def datas(message):
    return [button.data for row in message.buttons for button in row]


# -- pages


def test_a_page_has_ten_articles_with_their_sources(api, full):
    listed = listing(api, full)
    lines = listed.html.split("\n")
    assert lines[0] == "<b>Articles</b> (page 1 of 60)"
    assert lines[2] == (
        '1. <a href="https://post.example/1">Report 1</a>, The Harbour Post, 2 February 2023'
    )
    assert numbers(listed) == list(range(1, 11))
    assert labels(listed) == [
        *map(str, range(1, 11)),
        *("1 / 60", "›", "60 »", "Publishers", "Time"),
    ]


def test_any_of_sixty_pages_is_two_presses_away(api, full):
    listed = listing(api, full)
    for start in ("1 / 60", "37 / 60"):
        jumps = by_presses(api, listed, start)
        assert labels(jumps) == [*map(str, range(1, 61)), "Back"]
        assert max(len(row) for row in jumps.buttons) == 8
        listed = by_presses(api, jumps, "37")
        assert numbers(listed) == list(range(361, 371))
    assert by_presses(api, listed, "37 / 60", "Back").text == listed.text
    for button, page in (("›", 38), ("‹", 37), ("60 »", 60), ("« 1", 1)):
        listed = by_presses(api, listed, button)
        assert listed.text.startswith(f"Articles (page {page} of 60)\n\n{10 * page - 9}. ")


def test_a_page_of_600_articles_comes_at_once(api, full):
    def waits():
        listed = listing(api, full)
        for button in ("60 »", "« 1", "Publishers", HARBOUR + " (300)", "All articles", "10"):
            begun = time.monotonic()
            listed = by_presses(api, listed, button)
            yield time.monotonic() - begun

    assert median([*waits(), *waits()]) < 0.5


def test_three_articles_need_no_filters(api, few):
    listed = listing(api, few)
    assert listed.text.startswith("Articles\n\n1. Report 1, The Harbour Post, 2 February 2023\n2. ")
    assert labels(listed) == ["1", "2", "3"]


def test_a_greeting_names_titles_as_they_are(api, bot):
    chat = chat_with(api, bot, "Fay", report(1) | {"title": 'Fish & <Chips> at "Kelm"'})
    greeted = api.said(chat, chat.user, "hi").text
    assert greeted.endswith('What is said about “Fish & <Chips> at "Kelm"”?')


def test_articles_of_150_years_are_filtered_by_one_of_them(api, bot):
    years = range(1870, 2020)
    of_years = [report(year) | {"published": f"{year}-05-01"} for year in years]
    chat = chat_with(api, bot, "Olga", *of_years)
    shown = by_presses(api, listing(api, chat), "Time")
    assert labels(shown)[0] == "2019 (1)"
    assert by_presses(api, shown, "1950 (1)", "All of 1950 (1)").text.startswith("Articles of 1950")


# -- words, publishers and times


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("REPORT 30", [30, *range(300, 310)]),
        ("kelm courier", range(301, 421)),
        ("Fenn", [7, 107, 207, 307, 407, 507]),
        ("report-599", [599]),
    ],
)
def test_a_word_lists_articles_that_have_it_by_their_usual_numbers(api, full, word, expected):
    listed = listing(api, full, word)
    expected = list(expected)
    assert listed.text.startswith(f"Articles with “{word}”")
    assert numbers(listed) == expected[:10]
    assert labels(listed)[: len(expected[:10])] == [*map(str, expected[:10])]
    assert labels(listed)[-3:] == ["Publishers", "Time", "All articles"]


def test_a_word_that_no_article_has_is_answered_with_what_to_do(api, full):
    listed = listing(api, full, "zeppelin <b>")
    assert listed.text == (
        "No article here names “zeppelin <b>”. Send /articles and another word of a title, a "
        "publisher or an author, or choose all articles below."
    )
    assert "(page 1 of 60)" in by_presses(api, listed, "All articles").text
    listed = listing(api, full, "zeppelin")
    assert by_presses(api, listed, "Publishers").text.endswith("Choose a publisher.")


def test_articles_are_filtered_by_word_publisher_and_time_at_once(api, full):
    listed = listing(api, full, "ferry")
    assert listed.text.startswith("Articles with “ferry” (page 1 of 15)")
    publishers = by_presses(api, listed, "›", "Publishers")
    assert publishers.text == "Articles with “ferry”\n\nChoose a publisher."
    assert labels(publishers)[:3] == [
        "The Harbour Post (75)",
        "Kelm Courier (30)",
        "Unknown publishers (14)",
    ]
    assert by_presses(api, publishers, "Back").text.startswith(
        "Articles with “ferry” (page 2 of 15)"
    )
    publishers = by_presses(api, publishers, "Publishers")
    years = by_presses(api, publishers, "The Harbour Post (75)", "Time")
    assert years.text == "Articles of The Harbour Post with “ferry”\n\nChoose a year."
    assert labels(years) == ["2024 (20)", "2023 (20)", "2022 (20)", "Unknown date (15)", "Back"]
    months = by_presses(api, years, "2023 (20)")
    assert months.text.startswith("Articles of The Harbour Post of 2023 with “ferry”\n\nChoose")
    assert labels(months) == ["All of 2023 (20)", "May 2023 (20)", "Back"]
    found = by_presses(api, months, "All of 2023 (20)", "›")
    assert found.text.startswith(
        "Articles of The Harbour Post of 2023 with “ferry” (page 2 of 2)\n\n148. Report 148 on"
    )
    of_may = by_presses(api, found, "Time", "2023 (20)", "May 2023 (20)")
    assert of_may.text.startswith("Articles of The Harbour Post of May 2023 with “ferry” (page 1")
    undated = by_presses(api, of_may, "Time", "Unknown date (15)")
    assert undated.text.startswith("Articles of The Harbour Post of unknown date with “ferry”")
    assert numbers(undated)[:2] == [20, 40]
    unknown = by_presses(api, undated, "Publishers", "Unknown publishers (2)")
    assert unknown.text.startswith("Articles of unknown publishers of unknown date with “ferry”\n")
    assert numbers(unknown) == [560, 580]
    assert by_presses(api, unknown, "All articles").text.startswith("Articles (page 1 of 60)")


def test_many_publishers_have_pages(api, full):
    publishers = by_presses(api, listing(api, full), "Publishers")
    assert labels(publishers)[:4] == [
        "The Harbour Post (300)",
        "Kelm Courier (120)",
        "Unknown publishers (60)",
        "Weekly 0 (12)",
    ]
    assert labels(publishers)[10:] == ["›", "Back"]
    last = by_presses(api, publishers, "›")
    assert labels(last) == ["Weekly 7 (12)", "Weekly 8 (12)", "Weekly 9 (12)", "‹", "Back"]
    found = by_presses(api, last, "Weekly 9 (12)")
    assert found.text.startswith("Articles of Weekly 9 (page 1 of 2)\n\n429. Report 429, Weekly 9")


def test_buttons_of_a_filtered_list_work_after_a_restart(api, full, bot):
    listed = by_presses(api, listing(api, full, "ferry"), "Publishers", "Kelm Courier (30)", "›")
    assert bot.stop() == 0
    bot.start()
    assert by_presses(api, listed, "‹").text.startswith(
        "Articles of Kelm Courier with “ferry” (page 1 of 3)\n\n304. "
    )


# -- an open article


def test_a_short_article_is_opened_whole_and_leads_back_to_its_page(api, full):
    listed = by_presses(api, listing(api, full), "1 / 60", "3")
    opened = by_presses(api, listed, "25")
    today = f"{datetime.now(UTC):%-d %B %Y}"
    assert opened.html == (
        '<a href="https://post.example/25">Report 25</a>, The Harbour Post, 26 February 2023\n'
        f"2 paragraphs, added on {today}\n\n"
        "[1] Pier 25 was mended by 25 divers.\n\n[2] It opens on day 25 of the year."
    )
    assert labels(opened) == ["Back to the list", "Remove"]
    assert by_presses(api, opened, "Back to the list").html == listed.html


def test_a_long_article_is_opened_with_its_outline_and_read_whole(api, full):
    listed = by_presses(api, listing(api, full), "60 »")
    outline = by_presses(api, listed, "600")
    head, lines = outline.text.split("\n\n")
    assert head.split("\n")[1].startswith("102 paragraphs, added on ")
    assert lines.split("\n")[:3] == [
        "Outline",
        "[1] Minutes of the council of Kelm.",
        "[4] Item 2. The council heard a report on pier 2 and thanked us.",
    ]
    assert len(lines.split("\n")) == 35
    *spans, back, remove = labels(outline)
    assert (spans[0][:2], spans[-1]) == ("1–", "… 101–102")
    assert (back, remove) == ("Back to the list", "Remove")
    part = by_presses(api, outline, spans[0])
    texts = [part.text]
    while "›" in labels(part):
        part = by_presses(api, part, "›")
        texts.append(part.text)
    assert len(texts) == len(spans)
    read_text = "\n\n".join(text.split("\n\n", 1)[1] for text in texts)
    assert re.sub(r" \[…\]\n\n\[101\] \[…\]", "", read_text) == "\n\n".join(
        f"[{n}] {paragraph}" for n, paragraph in enumerate(LONG, start=1)
    )
    assert by_presses(api, part, "‹").text == texts[-2]
    assert by_presses(api, part, "Outline").text == outline.text
    assert by_presses(api, part, "Back to the list").text == listed.text


PARAGRAPH = st.text(st.characters(exclude_characters="\n\r\u2028\u2029"), min_size=1).map(
    lambda text: f"x{text}"
)


@settings(deadline=None, max_examples=50)
@given(st.lists(PARAGRAPH | st.builds(lambda text: text * 900, PARAGRAPH), min_size=1, max_size=60))
def test_each_page_of_any_article_is_a_message_and_no_character_is_lost(paragraphs):
    spans, at = [], 0
    for paragraph in paragraphs:
        spans.append(Span(at, at + len(paragraph)))
        at += len(paragraph) + 2
    title = "🐝" * 200
    article = Article("any", title, "\n\n".join(paragraphs), f"https://post.example/{'&' * 300}")
    one = StoredArticle(article, "main", datetime.now(UTC), tuple(spans))
    parts = telegram.article_parts(one)
    pages = range(len(parts) + 1) if len(parts) > 1 else [0]
    for page in pages:
        read(telegram.article_message(one, parts, page))
    whole = "\n\n".join(text for first, text in parts)
    assert "".join(re.sub(r" ?\[…\]|\s|\[\d+\] ", "", composed(whole)).split()) == "".join(
        re.sub(r" ?\[…\]|\s|\[\d+\] ", "", composed(as_shown("\n\n".join(paragraphs)))).split()
    )
    assert all(units(text) <= telegram.LONGEST_PART for first, text in parts)


# -- removing


def test_a_number_of_a_filtered_list_is_that_of_the_whole_list(api, few):
    listed = listing(api, few, "courier")
    assert numbers(listed) == [3]
    assert api.said(few, few.user, "/remove 3").text == "Removed: Report 304 on the ferry"
    assert by_presses(api, listed, "3").text.startswith("No article here names “courier”.")


def test_a_number_that_is_too_high_removes_no_article_whose_id_begins_so(api, few, bot):
    bot.add(few, {"id": "9lives", "title": "A cat", "text": "A cat fell."})
    for name in ("9", "9l"):
        reply = api.said(few, few.user, f"/remove {name}").text
        assert reply == f"There is no article {name} here: see /articles."
    assert api.said(few, few.user, "/remove 9lives").text == "Removed: A cat"


def test_an_open_article_is_removed_and_put_back_in_the_list_it_was_opened_from(api, few):
    listed = listing(api, few, "harbour")
    opened = by_presses(api, listed, "2")
    assert notice(api, opened, "Remove") == "Removed: Report 2"
    api.wait(lambda: "Undo: Report 2" in labels(api.now(opened)))
    assert api.now(opened).text.startswith("Articles with “harbour”\n\n1. ")
    assert numbers(api.now(opened)) == [1]
    assert notice(api, opened, "Undo: Report 2") == "Put back: Report 2"
    api.wait(lambda: api.now(opened).html == listed.html)
    assert labels(api.now(opened)) == labels(listed)


def test_an_article_that_was_removed_meanwhile_is_neither_opened_nor_removed(api, few):
    listed = listing(api, few)
    opened = by_presses(api, listing(api, few), "1")
    api.said(few, few.user, "/remove 1")
    assert notice(api, listed, "1") == GONE
    api.wait(lambda: api.now(listed).text.startswith("Articles\n\n1. Report 2"))
    assert notice(api, opened, "Remove") == GONE
    api.wait(lambda: numbers(api.now(opened)) == [1, 2])


def test_a_filtered_list_that_lost_its_last_article_says_so(api, few):
    by_word = listing(api, few, "report")
    listed = by_presses(api, by_word, "Publishers", "Kelm Courier (1)")
    notice(api, by_presses(api, listed, "3"), "Remove")
    api.wait(lambda: api.now(listed).text == (
        "Articles of Kelm Courier with “report”\n\nNone is left: choose all articles below."
    ))  # fmt: skip
    publishers = by_presses(api, listed, "Publishers")
    assert labels(publishers) == ["The Harbour Post (2)", "Back"]
    chosen = publishers.buttons[0][0].data
    for number in (2, 1):
        api.said(few, few.user, f"/remove {number}")
    assert notice(api, publishers, chosen) == "No article of that choice is left."


# -- what is stored of lists, and whose they are


def test_lists_are_deleted_after_a_week_and_with_a_chat_that_is_forgotten(api, few, bot):
    def ids():
        return bot.stored("SELECT id FROM listings WHERE chat = ?", few.id)

    listed = listing(api, few, "ferry")
    opened = by_presses(api, listing(api, few), "1")
    bot.stored("UPDATE listings SET made = made - 7 * 86400 WHERE chat = ? AND word != ''", few.id)
    api.wait(lambda: len(ids()) == 1)
    assert notice(api, listed, "All articles") == TOO_OLD
    asked = api.said(few, few.user, "/forget")
    notice(api, asked, "Forget everything")
    api.wait(lambda: api.now(asked).text == "Forgotten: 3 articles and all answers.")
    assert ids() == []
    assert notice(api, opened, "Back to the list") == TOO_OLD


def test_no_button_leads_to_the_articles_of_another_chat(api, few, full):
    theirs = set()
    for path in ([], ["Publishers"], ["Time"], ["Time", "2023 (180)"], ["1 / 60"], ["3"]):
        theirs |= {*datas(by_presses(api, listing(api, full, "report"), *path))}
    actions = "page pages publishers publisher years months period lift article remove"
    assert {data.partition(":")[0] for data in theirs} == {*actions.split()}
    mine = listing(api, few)
    own = mine.buttons[0][0].data.split(":")[1]
    for data in sorted(theirs):
        assert notice(api, mine, data, forged=True) == TOO_OLD
        action, _, *rest = data.split(":")
        notice(api, mine, ":".join([action, own, *rest]), forged=True)
        assert not re.search(r"Report (?!1\b|2\b|304\b)", api.now(mine).text)
    assert numbers(listing(api, few)) == [1, 2, 3]


def test_each_button_is_answered_however_its_data_was_forged(api, few):
    mine = listing(api, few)
    id = mine.buttons[0][0].data.split(":")[1]
    actions = "page pages publishers publisher years months period lift article remove undo".split()
    for action in actions:
        for rest in ("", ":", f":{id}", f":{id}:x:y:z", f":{id}:-9:{'9' * 18}", f":{id}::²:::"):
            notice(api, mine, action + rest, forged=True)
    assert numbers(listing(api, few)) == [1, 2, 3]


def test_an_article_with_a_very_long_title_is_removed_and_put_back(api, bot):
    chat = chat_with(api, bot, "Ida", report(1) | {"title": "Weir & gate " * 900})
    removed = api.said(chat, chat.user, "/remove 1")
    assert removed.text.startswith("Removed: Weir & gate Weir")
    assert by_presses(api, removed, "Undo").text.startswith("Put back: Weir & gate Weir")
    missing = api.said(chat, chat.user, f"/remove {'x' * 4000}")
    assert missing.text.startswith("There is no article xxx")
