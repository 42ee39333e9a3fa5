"""JSON-LD, microdata and meta tags may hold any value: the page is still read."""

import json
from datetime import date
from typing import Any

import pytest
from generated_documents import COST, FERRY, MAYOR
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.sources import drafts, html
from retrieval.sources.drafts import Draft

ADDRESS = "https://harbourpost.example/town/pier"
FIELDS = tuple(
    "@id @type @value @graph articleBody author datePublished headline isAccessibleForFree"
    " mainEntity mainEntityOfPage name publisher url".split()
)

words = st.one_of(
    st.sampled_from(
        f"""{ADDRESS} https://[harbourpost.example/town //harbourpost.example:port/ NewsArticle
        javascript:alert(1) WebSite By~Ada~Fenn 2018-10-08T09:59:00Z 8~October~2018~10:00~+9999
        9999-12-31T23:59:59-23:59 1538992740 99999999999999999999 \ud800 \0""".split()
    ).map(lambda word: word.replace("~", " ")),
    st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=12),  # what no text has
)
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), words)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4)
    ),
    max_leaves=6,
)
nodes = st.builds(
    lambda kind, node: {"@type": kind, **node},
    st.sampled_from(("NewsArticle", "WebSite", "WebPage", ["Article", None], {"@id": 1}, 7, None)),
    st.dictionaries(st.sampled_from(FIELDS[3:]), values, max_size=6),
)
linked_data = st.one_of(
    values, nodes, st.lists(nodes, max_size=3), st.builds(lambda many: {"@graph": many}, values)
)


def read(head: str = "", body: str = "") -> Draft:
    page = (
        f"<html><head><title>North pier to reopen</title>{head}</head>"
        f"<body><article><h1>North pier to reopen</h1>{body}<p>{FERRY}</p><p>{MAYOR}</p>"
        f"<p>{COST}</p></article></body></html>"
    )
    content = page.replace("\0", "").encode("utf-8", "replace")  # a NUL would make it no text
    found = html.parse(content, name="pier.html", today=date(2026, 11, 1), url=ADDRESS)
    draft = drafts.from_json(json.loads(json.dumps(found))[0])
    assert FERRY in draft.text
    return draft


def script(content: Any) -> str:
    written = json.dumps(content).replace("</", "<\\/")
    return f'<script type="application/ld+json">{written}</script>'


@given(st.lists(linked_data, min_size=1, max_size=2))
@settings(max_examples=400, deadline=None)
def test_any_value_in_any_field_of_json_ld_leaves_the_page_readable(content):
    read("".join(map(script, content)))


@pytest.mark.parametrize("page", [ADDRESS, [{"@id": ADDRESS}], {"@value": ADDRESS}])
def test_main_entity_of_page_names_the_article_in_every_form(page):
    teaser = {"@type": "NewsArticle", "headline": "Ferry sold", "author": "Jo Roe"}
    article = {
        "@type": "NewsArticle",
        "mainEntityOfPage": page,
        "author": {"name": {"@value": "Ada Fenn"}},
        "datePublished": {"@type": "Date", "@value": "2018-10-08"},
    }
    draft = read(f'<link rel="canonical" href="{ADDRESS}">{script([teaser, article])}')
    assert (draft.author, draft.published) == ("Ada Fenn", date(2018, 10, 8))
