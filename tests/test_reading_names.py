"""Authors are names of people, in ordinary casing, whatever form a page gives them in."""

import pytest

from retrieval.sources import header


@pytest.mark.parametrize(
    ("told", "names"),
    [
        (["By KIM YOO-CHUL"], ["Kim Yoo-chul"]),
        (["By Jane Doe and John Roe, Staff Writers"], ["Jane Doe", "John Roe"]),
        (["Jane Doe; John Roe", "Jane Doe"], ["Jane Doe", "John Roe"]),
        (["Von Max Muster und Eva Klein"], ["Max Muster", "Eva Klein"]),
        (["Por Lucía Herrero y Andrés Cifuentes"], ["Lucía Herrero", "Andrés Cifuentes"]),
        (["José Ortega y Gasset"], ["José Ortega y Gasset"]),
        (["Автор: Пётр Заречный"], ["Пётр Заречный"]),
        (["김유철 기자"], ["김유철"]),
        (["记者 王小河"], ["王小河"]),
        (["بقلم: ليلى الحداد"], ["ليلى الحداد"]),
        (["JANE DOE, AP"], ["Jane Doe"]),
        (["JEAN-PAUL MCDONALD"], ["Jean-Paul McDonald"]),
        (["JUAN DE LA CRUZ"], ["Juan de la Cruz"]),
        (["Doe, Jane"], ["Jane Doe"]),
        (["de la Cruz, Juan"], ["Juan de la Cruz"]),
        (["Smith, John A. and DOE, Jane Ann"], ["John A. Smith", "Jane Ann Doe"]),
        (["Jane Doe, Reuters; John Roe, AP"], ["Jane Doe", "John Roe"]),
        (["JANE DOE AND JOHN ROE"], ["Jane Doe", "John Roe"]),
        (["bell hooks and Jane Doe"], ["bell hooks", "Jane Doe"]),
        (["Jane Doe, jane@post.example (@jane)"], ["Jane Doe"]),
        (["https://post.example/authors/1", "Jane Doe"], ["Jane Doe"]),
        (["Jane Doe, Northern Media Group"], ["Jane Doe"]),
        (["Jane Doe and AP National Political Writer"], ["Jane Doe"]),
        (["Jane Doe, Harbour Correspondent"], ["Jane Doe"]),
        (["View all posts by Jane Doe"], ["Jane Doe"]),
        (["Jane Doe", "Tuesday", "2 May 2024"], ["Jane Doe"]),
        (["Jane Doe. The Harbour Post"], ["Jane Doe"]),
        (["Jane Doe, MS and RDN"], ["Jane Doe"]),
        (["Reuters"], ["Reuters"]),
        (["May 2, 2024"], []),
        (["Posted on 2 May"], []),
        (["@janedoe"], []),
        (["admin"], []),
        (["Staff Writer"], []),
        (["The Harbour Post"], []),
    ],
)
def test_authors_are_names_of_people_else_of_organisations_but_not_the_publisher(told, names):
    assert header.names(told, "The Harbour Post") == names


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("KIM YOO-CHUL", "Kim Yoo-chul"),
        ("KIM Yoo-chul", "Kim Yoo-chul"),
        ("Kim YOO-CHUL", "Kim Yoo-chul"),
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
    ],
)
def test_each_name_in_capitals_is_put_right_by_itself(written, name):
    assert header.in_ordinary_case(written) == name
    assert header.in_ordinary_case(name) == name


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
        "Reuters",
        "DOE",
        "김유철",
        "",
    ],
)
def test_a_casing_that_is_a_name_s_own_stays(name):
    assert header.in_ordinary_case(name) == name
