"""A text that comes again is recognised, and its copies do not make a right answer doubtful."""

from pathlib import Path

import pytest
from article_library import add

from retrieval import Article, Library, Status

NOTE = "The allotments behind Orle station get water again from 3 May, the club says."
REPORT = (
    "Allotment holders get their water back\n\n"
    "The allotments behind Orle station will get water again from 3 May, after eleven dry weeks. "
    "A digger had torn the main in February, when a cable was laid to the new signal box.\n\n"
    "The railway pays for the new pipe, which runs along the north fence and has four taps more "
    "than the old one. Members carried rain water in buckets meanwhile, and lost lettuces.\n\n"
    "Chairwoman Lise Tarp thanked the fire brigade of Orle, which had filled two tanks a week."
)
ASKED = "When will the allotments behind Orle station get water again?"
STATED = {"id": "pipe", "text": REPORT, "source": "Orle Echo", "url": "https://echo.example/pipe"}
OTHERS = (
    {
        "id": "station",
        "title": "Station clock stands still",
        "text": "The clock of Orle station has stood still since April. A part has to be cast.\n\n"
        "The railway hopes to have it going again before the summer.",
    },
    {
        "id": "pool",
        "title": "Pool opens late",
        "text": "The open-air pool in Kelm gets its water on 20 May, ten days late.\n\n"
        "A pump had to be repaired. Season tickets are on sale at the town hall.",
    },
)


def write(path: Path, text: str) -> str:
    path.write_text(text, "utf-8")
    return str(path)


def kept(library: Library) -> list[Article]:
    return [one.article for one in library.articles()]


@pytest.mark.parametrize("together", [True, False])
def test_a_copy_under_another_name_is_reported_as_unchanged(library, tmp_path, together):
    names = [write(tmp_path / name, REPORT) for name in ("report.txt", "report (1).txt")]
    if together:
        outcomes = list(library.add(names))
    else:
        outcomes = [one for name in names for one in library.add(name)]
    assert [one.status for one in outcomes] == [Status.ADDED, Status.UNCHANGED]
    (article,) = kept(library)
    assert outcomes[1].article is not None
    assert (outcomes[1].article.id, outcomes[1].source) == (article.id, names[1])
    for again in (names, names[::-1]):
        assert [one.status for one in library.add(again)] == [Status.UNCHANGED] * 2
    assert kept(library) == [article]


@pytest.mark.parametrize(
    "copy", [{"text": REPORT.replace("after eleven dry weeks", "after weeks without a drop")}]
)
def test_copies_leave_the_confidence_of_an_answer_as_it_was(library, tmp_path, copy):
    add(library, tmp_path, STATED, *OTHERS)
    alone = library.answer(ASKED)
    copies = [
        STATED | copy | {"id": str(n), "source": f"Paper {n}", "url": f"https://p{n}.example/a"}
        for n in range(4)
    ]
    assert add(library, tmp_path, *copies) == [Status.ADDED] * 4
    among_copies = library.answer(ASKED)
    assert "3 May" in among_copies.shown[0].text
    assert among_copies.confidence == pytest.approx(alone.confidence, abs=0.05)
