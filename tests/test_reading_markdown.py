"""Markdown is read as prose; its front matter tells where it comes from."""

from datetime import date

from generated_documents import FERRY, MAYOR

from retrieval.sources import markdown
from retrieval.sources.drafts import Draft

TODAY = date(2026, 11, 1)


def read(text: str) -> Draft:
    return markdown.drafted(text, TODAY)


def test_front_matter_names_the_source():
    draft = read(
        "---\ntitle: 'North pier: the plan'\nauthors: [Jane Doe, John Roe]\ndate: 2018-10-08\n"
        "publisher: The Harbour Post\nurl: https://harbourpost.example/pier\ntags:\n  - pier\n"
        "---\n\n"
        f"{FERRY}\n\n{MAYOR}\n"
    )
    assert draft == Draft(
        text=f"{FERRY}\n\n{MAYOR}",
        title="North pier: the plan",
        url="https://harbourpost.example/pier",
        source="The Harbour Post",
        author="Jane Doe and John Roe",
        published=date(2018, 10, 8),
    )


def test_lists_of_lists_in_front_matter_take_no_time():
    levels = "".join(f"a{n + 1}: &a{n + 1} [{f'*a{n}, ' * 20}]\n" for n in range(30))
    front = f"a0: &a0 [pier]\n{levels}authors: *a30\ntitle: Pier"
    assert read(f"---\n{front}\n---\n{FERRY}\n").title == "Pier"


def test_markup_becomes_plain_prose():
    draft = read(
        "![A pier](pier.png)\n\n# North *pier* to reopen\n\n"
        "The **harbour** council [voted](https://x.example) on _Tuesday_\n"
        "to reopen the `north pier`.![map](map.png)\n\n"
        "## What it cost\n\n- Four million &amp; more\n"
        "- A roof:\n  ```\n  x = 1\n  ```\n  and more\n\n"
        "> It was time, said\n> the mayor.\n\n"
        "| Crane | Load |\n|---|---|\n| Blue<br>*Peter* | 14 tonnes |\n\n"
        "The ~~old~~ new crane <del>fell</del> stands.\n"
    )
    assert draft.title == "North pier to reopen"
    assert draft.text == (
        "The harbour council voted on Tuesday to reopen the north pier.\n\nWhat it cost\n\n"
        "Four million & more\n\nA roof:\n\nand more\n\nIt was time, said the mayor."
        "\n\nBlue Peter, Load: 14 tonnes\n\nThe new crane stands."
    )


def test_lines_on_the_article_and_on_others_and_rules_leave_the_prose():
    head = "# Pier opens\nBy Ada Fenn\n*8 October 2018*\n"
    draft = read(f"{head}{FERRY}\n\nRead more: Council split\n\n---\n\n{MAYOR}\n")
    assert draft == Draft(
        text=f"{FERRY}\n\n{MAYOR}",
        title="Pier opens",
        author="Ada Fenn",
        published=date(2018, 10, 8),
    )
