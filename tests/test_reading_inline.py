"""What a page raises, lowers or breaks off inside a sentence is quoted as plain text has it."""

from datetime import date

import pytest
from harbour import COST, FERRY, MAYOR
from lxml import html

from retrieval.reading import inline, pagelines, webpage
from retrieval.reading.documents import marked


def lines(markup: str) -> list[str]:
    tree = html.document_fromstring(markup)
    inline.put_right(tree)
    return [line.text for line in pagelines.of_tree(tree)]


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("about 10<sup>2</sup> gulls", "about 10² gulls"),
        ("10<sup>-6</sup> and 10<sup>−12</sup>", "10⁻⁶ and 10⁻¹²"),
        ("40 m<sup>2</sup> of deck", "40 m² of deck"),
        ("x<sup>n</sup>", "xⁿ"),
        ("10<sup>a+b</sup> ways", "10 a+b ways"),
        ("the 21<sup>st</sup> pier", "the 21st pier"),
        ("le XX<sup>e</sup> siècle", "le XXe siècle"),
        ("CO<sub>2</sub> and H<sub>2</sub>O", "CO2 and H2O"),
        ("101<sub>2</sub> is 5", "101₂ is 5"),
        ("1<sup>1</sup>/<sub>2</sub> miles", "1¹/₂ miles"),
        ('It sank.<sup><a href="#n1">[1]</a></sup> Then', "It sank. Then"),
        ('It sank<sup class="footnote-ref">3</sup>.', "It sank."),
        ("in 1987<b><sup>2</sup></b>", "in 1987²"),
        ("2<sup>2<sup>x+1</sup></sup>", "2 2 x+1"),
        ("2<sup>2<sup>3</sup></sup>", "2²³"),
    ],
)
def test_what_is_raised_or_lowered_stays_apart_from_what_it_stands_beside(markup, text):
    assert lines(f"<p>{markup}</p>") == [text]


@pytest.mark.parametrize(
    ("markup", "told"),
    [
        ("The ferry left<br>at six.", ["The ferry left at six."]),
        ("The ferry left<br/>\n<b>at</b> six.", ["The ferry left at six."]),
        ("<b>The ferry <i>left<br></i></b>at six.", ["The ferry left at six."]),
        ("She is the mayor of<br>Port Ella.", ["She is the mayor of Port Ella."]),
        (
            "The council said that the works would cost<br>45 million.",
            ["The council said that the works would cost 45 million."],
        ),
        ("The ferry left.<br>At six it rained.", ["The ferry left.", "At six it rained."]),
        ("The ferry left<br><br>at six", ["The ferry left", "at six"]),
        ("By Ada Fenn<br>8 October 2018", ["By Ada Fenn", "8 October 2018"]),
        ("The gulls are grey,<br>The sea is wide", ["The gulls are grey,", "The sea is wide"]),
        ("<a href=a>sports</a><br><a href=b>weather</a>", ["sports", "weather"]),
        ("The ferry<p>left<br></p>at six", ["The ferry", "left", "at six"]),
    ],
)
def test_a_line_end_inside_a_sentence_is_a_space(markup, told):
    assert lines(f"<div>{markup}</div>") == told


def test_a_page_is_quoted_with_its_exponents_and_whole_sentences():
    squared = "The gate of the north pier holds back 10<sup>2</sup> tons<br>of water at every tide."
    page = f"<article><h1>North pier</h1><p>{FERRY}</p><p>{squared}</p><p>{MAYOR}</p><p>{COST}</p>"
    whole = "The gate of the north pier holds back 10² tons of water at every tide."
    draft = webpage.drafted(page, "pier.html", date(2026, 11, 1))
    assert draft.text == f"{FERRY}\n\n{whole}\n\n{MAYOR}\n\n{COST}"


def test_a_chapter_of_a_book_is_read_so_too():
    root = marked.html_of("<p>It holds back 10<sup>2</sup> tons<br>of water.</p>")
    assert marked.paragraphs(root) == ["It holds back 10² tons of water."]
