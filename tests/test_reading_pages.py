"""The parts of reading a page: authors, sites, titles, boxes, months, nodes and lines."""

from datetime import date

import pytest
from lxml import html

from retrieval.reading import authors, boxes, clutter, dates, nodes, pagelines, pagemeta
from retrieval.reading.pagemeta import Titles


@pytest.mark.parametrize(
    ("told", "names"),
    [
        (["By KIM YOO-CHUL"], ["Kim Yoo-chul"]),
        (["By Jane Doe and John Roe, Staff Writers"], ["Jane Doe", "John Roe"]),
        (["Jane Doe; John Roe", "Jane Doe"], ["Jane Doe", "John Roe"]),
        (["Von Max Muster und Eva Klein"], ["Max Muster", "Eva Klein"]),
        (["Por Lucía Herrero y Andrés Cifuentes"], ["Lucía Herrero", "Andrés Cifuentes"]),
        (["José Ortega y Gasset"], ["José Ortega y Gasset"]),
        (["Par Maud Tessier"], ["Maud Tessier"]),
        (["Автор: Пётр Заречный"], ["Пётр Заречный"]),
        (["김유철 기자"], ["김유철"]),
        (["记者 王小河"], ["王小河"]),
        (["文：山田花子"], ["山田花子"]),
        (["بقلم: ليلى الحداد"], ["ليلى الحداد"]),
        (["JANE DOE, AP"], ["Jane Doe"]),
        (["JEAN-PAUL MCDONALD"], ["Jean-Paul McDonald"]),
        (["JUAN DE LA CRUZ"], ["Juan de la Cruz"]),
        (["Doe, Jane"], ["Jane Doe"]),
        (["By MCDONALD, RONALD"], ["Ronald McDonald"]),
        (["de la Cruz, Juan"], ["Juan de la Cruz"]),
        (["Smith, John; Doe, Jane"], ["John Smith", "Jane Doe"]),
        (["Smith, John A. and DOE, Jane Ann"], ["John A. Smith", "Jane Ann Doe"]),
        (["Jane Doe, Reuters; John Roe, AP"], ["Jane Doe", "John Roe"]),
        (["By MARA O'NEIL and Juan de la Cruz"], ["Mara O'Neil", "Juan de la Cruz"]),
        (["by jean-luc picard, staff writer"], ["Jean-Luc Picard"]),
        (["by jan van der berg and mary o’neil"], ["Jan van der Berg", "Mary O’Neil"]),
        (["bell hooks"], ["bell hooks"]),
        (["bell hooks and Jane Doe"], ["bell hooks", "Jane Doe"]),
        (["Jane Doe, jane@post.example (@jane)"], ["Jane Doe"]),
        (["https://post.example/authors/1", "Jane Doe"], ["Jane Doe"]),
        (["Jane Doe, Northern Media Group"], ["Jane Doe"]),
        (["Reuters"], ["Reuters"]),
        (["@janedoe"], []),
        (["admin"], []),
        (["Staff Writer"], []),
        (["The Harbour Post"], []),
    ],
)
def test_authors_are_names_of_people_else_of_organisations_but_not_the_publisher(told, names):
    assert authors.names(told, "The Harbour Post") == names


@pytest.mark.parametrize(
    ("told", "name"),
    [
        (["post.example", "The Harbour Post"], "The Harbour Post"),
        (["@harbourpost", "https://post.example"], None),
        (["www.Post.example"], "Post.example"),
        (["Home", "WordPress"], None),
    ],
)
def test_a_site_goes_by_its_name_and_by_its_domain_where_it_has_none(told, name):
    assert pagemeta.best_name(told) == name


@pytest.mark.parametrize(
    ("line", "owner"),
    [
        ("© 2024 The Harbour Post. All rights reserved.", "The Harbour Post"),
        ("Copyright (c) 2019-2024 Marsh & Moor Ltd.", "Marsh & Moor"),
        ("The Harbour Post", None),
        ("Copyright law was changed in 1911 and again in 1988.", None),
    ],
)
def test_a_copyright_line_names_the_publisher(line, owner):
    assert pagemeta.in_rights(line) == owner


def test_the_title_is_the_heading_that_the_window_names_beside_the_site():
    seen = Titles(
        [], ["Pier reopens", "The Harbour Post"], [], [], "Pier reopens | Town | The Post"
    )
    assert pagemeta.title_and_site(seen, []) == ("Pier reopens", "The Post")
    cut = Titles(["Pier reopens in…"], ["Pier reopens in spring"], [], [], "Pier")
    assert pagemeta.title_and_site(cut, []) == ("Pier reopens in spring", None)
    told = Titles(["The Post - Pier reopens"], [], [], [], None)
    assert pagemeta.title_and_site(told, ["The Post"]) == ("Pier reopens", None)


@pytest.mark.parametrize(
    "line",
    [
        "Video player was slow to load.",
        "Your browser does not support the video tag.",
        "Listen to this article",
        "0:00 / 3:41",
        "5 min read",
        "Follow us on Facebook and X.",
        "Sign up for our newsletter and get the best stories in your inbox.",
        "Already a subscriber? Log in",
        "To read the full story, start your free trial today.",
        "This article is for subscribers only.",
        "This article was last updated on 5 March 2024.",
        "Facebook, X, WhatsApp",
        "12 comments",
        "Topics: harbour council budget",
        "Media contact: Press office, press@company.example, +00 555 0100",
        "We and our 312 partners store information on your device, such as cookies.",
        "Anzeige",
        "Реклама",
        "광고",
    ],
)
def test_what_boxes_say_is_no_prose(line):
    assert clutter.is_widget(line)


@pytest.mark.parametrize(
    "prose",
    [
        "Follow the river for a mile and you reach the mill.",
        "Get up early, she says, and the harbour is yours.",
        "The video was slow to load, and the councillors laughed.",
        "Subscribers to the old theory were few.",
        "This article was amended on 5 March 2024 to correct the cost of the pier.",
        "Comments made by the mayor were not recorded.",
        "Play stopped at noon because of rain.",
        "Share prices fell on Facebook and X.",
        "Contact between the two towns was lost in 1921.",
        "Topics: a word that nobody at the meeting wished to hear.",
        "To continue the works, the council needs another loan.",
        "Register offices in both towns were closed on Monday.",
    ],
)
def test_prose_that_begins_like_a_box_stays(prose):
    assert not clutter.is_widget(prose)


def test_a_bio_names_the_author_and_the_trade():
    named = ["Ada Fenn"]
    assert boxes.is_bio("Ada Fenn is a columnist for The Harbour Post.", named)
    assert not boxes.is_bio("Ada Fenn was nine when the pier burned down.", named)
    assert not boxes.is_bio("Jo Roe is a columnist for The Harbour Post.", named)


def test_a_pull_quote_goes_and_its_sentence_stays():
    whole = "“We waited long enough for this,” said Ines Calder. The first ferry leaves at six."
    assert clutter.without_pull_quotes([whole, "We waited long enough for this"]) == [whole]
    refrain = ["Oh, the ferry is gone again", whole, "Oh, the ferry is gone again"]
    assert clutter.without_pull_quotes(refrain) == refrain


@pytest.mark.parametrize(
    "written",
    [
        "12. März 2024",
        "12 de marzo de 2024",
        "12 mars 2024",
        "12 марта 2024",
        "12 marzo 2024",
        "12 مارس 2024",
        "2024年3月12日",
    ],
)
def test_dates_are_read_in_the_languages_of_the_news(written):
    assert dates.parsed(written) == date(2024, 3, 12)
    (found,) = dates.written_in(f"{written}", date(2026, 11, 1))
    assert found.value == date(2024, 3, 12)


def test_json_ld_microdata_and_rdfa_become_the_same_nodes():
    tree = html.document_fromstring(
        """<script type="application/ld+json">{"@graph": [
          {"@type": "Article", "author": {"@id": "#1"}},
          {"@id": "#1", "name": "Ada Fenn"}]}</script>
        <div itemscope itemtype="https://schema.org/Article">
          <i itemprop="author" itemscope><b itemprop="name">Ada Fenn</b></i></div>
        <div vocab="https://schema.org/" typeof="Article">
          <i property="author" typeof="Person"><b property="name">Ada Fenn</b></i></div>"""
    )
    articles = [node for node in nodes.all_nodes(tree) if nodes.is_article(node)]
    assert [nodes.strings(node, "author") for node in articles] == [["Ada Fenn"]] * 3


def test_a_line_knows_how_much_of_it_leads_elsewhere():
    tree = html.document_fromstring(
        "<h2><a href='#here'>A heading</a></h2><ul><li><a href='/x'>A teaser</a></li></ul>"
        "<p>One<br>two <b>three</b></p><script>no()</script>"
    )
    assert [(line.text, line.level, line.is_link) for line in pagelines.of_tree(tree)] == [
        ("A heading", 2, False),
        ("A teaser", 0, True),
        ("One", 0, False),
        ("two three", 0, False),
    ]
