"""Two links are the same article if and only if their normalised addresses agree."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from retrieval.text.links import normalised, without_trackers

STORY = "https://post.example/2026/pier-to-reopen"

SAME = [
    "https://post.example/2026/pier-to-reopen?utm_source=feed&utm_medium=rss",
    "https://post.example/2026/pier-to-reopen?fbclid=IwAR0&gclid=x&mc_cid=1&mc_eid=2&igshid=3",
    "https://post.example/2026/pier-to-reopen?guccounter=1&guce_referrer=aHR0&amp;cmp=share_btn",
    "https://post.example/2026/pier-to-reopen/index.html",
    "https://post.example/2026/%70ier%2Dto-reopen",
    "http://www.post.example/2026/pier-to-reopen",
    "https://post.example/2026/pier-to-reopen/amp/",
    "https://post.example/amp/2026/pier-to-reopen",
    "https://mobile.post.example/2026/pier-to-reopen?mobile=1",
    "https://post-example.cdn.ampproject.org/c/s/post.example/2026/pier-to-reopen",
]

DIFFERENT = [
    ("https://post.example/story?id=1", "https://post.example/story?id=2"),
    ("https://post.example/story.php?12345", "https://post.example/story.php?12346"),
    ("https://post.example/story?page=2", "https://post.example/story"),
    ("https://post.example/a%2Fb", "https://post.example/a/b"),
    ("https://news.post.example/story", "https://post.example/story"),
    ("https://amp.dev/story", "https://dev/story"),
    ("https://post.example/story?q=a%26b=c", "https://post.example/story?q=a&b=c"),
]


@pytest.mark.parametrize("link", SAME)
def test_what_only_counts_readers_or_names_the_same_page_otherwise_makes_no_difference(link):
    assert normalised(link) == STORY


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_what_may_choose_an_article_makes_a_difference(one, other):
    assert normalised(one) != normalised(other)


@pytest.mark.parametrize("text", ["-", "mailto:a@b.example", "https://[::1/x"])
def test_what_is_no_web_link_stays_as_it_is(text):
    assert normalised(text) == without_trackers(text) == text


def test_a_link_without_trackers_still_leads_to_the_page():
    link = "http://www.post.example:8080/Story/?id=7&utm_source=mail&fbclid=x&b=#top"
    assert without_trackers(link) == "http://www.post.example:8080/Story/?id=7&b="


@given(
    st.text(max_size=60)
    | st.from_regex(r"https?://[a-z.]{1,12}(:\d{1,5})?(/[\w.~%;=+-]{0,9}){0,5}(\?[\w&=%+]{0,20})?")
)
@example("https://www.amp.a.b/x-y-z/amp/index.html/amp")
@example("https://a.b/x-y-z.amp.amp.html")
@example("https://a.example/\ud800")
def test_an_address_once_normalised_stays_so_and_nothing_breaks_it(url):
    once = normalised(url)
    assert normalised(once) == once
