"""Authors are names of people, in ordinary casing, whatever form a page gives them in."""

import pytest

from retrieval.sources import bylines


@pytest.mark.parametrize(
    ("told", "names"),
    [
        (["By KIM YOO-CHUL"], ["Kim Yoo-chul"]),
        (["By Jane Doe and John Roe, Staff Writers"], ["Jane Doe", "John Roe"]),
        (["Von Max Muster und Eva Klein"], ["Max Muster", "Eva Klein"]),
        (["José Ortega y Gasset"], ["José Ortega y Gasset"]),
        (["Автор: Пётр Заречный"], ["Пётр Заречный"]),
        (["김유철 기자"], ["김유철"]),
        (["بقلم: ليلى الحداد"], ["ليلى الحداد"]),
        (["JUAN DE LA CRUZ"], ["Juan de la Cruz"]),
        (["Jane Doe, Reuters; John Roe, AP"], ["Jane Doe", "John Roe"]),
        (["Jane Doe, jane@post.example (@jane)"], ["Jane Doe"]),
        (["https://post.example/authors/1", "Jane Doe"], ["Jane Doe"]),
        (["Jane Doe. The Harbour Post"], ["Jane Doe"]),
        (["May 2, 2024"], []),
        (["Posted on 2 May"], []),
        (["The Harbour Post"], []),
    ],
)
def test_authors_are_names_of_people_else_of_organisations_but_not_the_publisher(told, names):
    assert bylines.names(told, "The Harbour Post") == names


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("KIM YOO-CHUL", "Kim Yoo-chul"),
        ("KIM Yoo-chul", "Kim Yoo-chul"),
        ("Иван ПЕТРОВ", "Иван Петров"),
        ("RONALD MCDONALD", "Ronald McDonald"),
        ("MARA O'NEIL", "Mara O'Neil"),
        ("ALİ KAYA", "Ali Kaya"),
        ("DR JANE DOE JR.", "Dr Jane Doe Jr."),
        ("JOHN ROE III", "John Roe III"),
    ],
)
def test_each_name_in_capitals_is_put_right_by_itself(written, name):
    assert bylines.in_ordinary_case(written) == name
    assert bylines.in_ordinary_case(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "Mary McDonald",
        "Jan van der Berg",
        "bell hooks",
        "J. R. Roe",
        "Jane Doe, MBE",
        "NASA Goddard",
        "DOE",
    ],
)
def test_a_casing_that_is_a_name_s_own_stays(name):
    assert bylines.in_ordinary_case(name) == name
