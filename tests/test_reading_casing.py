"""A name stands in ordinary casing, however it was set; a casing that is its own stays."""

import pytest

from retrieval.reading import casing


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("KIM YOO-CHUL", "Kim Yoo-chul"),
        ("KIM Yoo-chul", "Kim Yoo-chul"),
        ("Kim YOO-CHUL", "Kim Yoo-chul"),
        ("KO Min-jung", "Ko Min-jung"),
        ("Иван ПЕТРОВ", "Иван Петров"),
        ("ИВАН ПЕТРОВ", "Иван Петров"),
        ("Jane DOE", "Jane Doe"),
        ("Amélie MARTIN-ROUX", "Amélie Martin-Roux"),
        ("RONALD MCDONALD", "Ronald McDonald"),
        ("MARA O'NEIL", "Mara O'Neil"),
        ("MARA O’NEIL", "Mara O’Neil"),
        ("ALİ KAYA", "Ali Kaya"),
        ("JD ROE", "JD Roe"),
        ("J.R. ROE", "J.R. Roe"),
        ("DR JANE DOE JR.", "Dr Jane Doe Jr."),
        ("JOHN ROE III", "John Roe III"),
        ("Jane DOE and Ada Fenn", "Jane Doe and Ada Fenn"),
        ("JANE DOE AND JOHN ROE", "Jane Doe and John Roe"),
        ("JANE DOE and Juan de la Cruz", "Jane Doe and Juan de la Cruz"),
    ],
)
def test_each_name_in_capitals_is_put_right_by_itself(written, name):
    assert casing.of_names(written) == name
    assert casing.of_names(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "Mary McDonald",
        "Juan de la Cruz",
        "Jan van der Berg",
        "bell hooks",
        "AJ Roe",
        "JRR Fenn",
        "J. R. Roe",
        "Jane Doe III",
        "Jane Doe, MBE",
        "Jane Doe PhD",
        "NASA Goddard",
        "FIRST Coast News",
        "Reuters",
        "DOE",
        "김유철",
        "",
    ],
)
def test_a_casing_that_is_a_name_s_own_stays(name):
    assert casing.of_names(name) == name


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("jean-luc picard", "Jean-Luc Picard"),
        ("juan de la cruz", "Juan de la Cruz"),
        ("jane o'neil and john mcdonald jr.", "Jane O'Neil and John McDonald Jr."),
        ("Jane Doe", "Jane Doe"),
    ],
)
def test_a_byline_in_small_letters_gets_its_capitals(written, name):
    assert casing.of_names(written, byline=True) == name
