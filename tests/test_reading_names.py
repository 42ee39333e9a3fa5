"""Authors are names of people, in ordinary casing, whatever form a page gives them in."""

import pytest

from retrieval.reading import bylines, casing


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
        (["by jean-luc picard, staff writer"], ["Jean-Luc Picard"]),
        (["bell hooks and Jane Doe"], ["bell hooks", "Jane Doe"]),
        (["Jane Doe, jane@post.example (@jane)"], ["Jane Doe"]),
        (["https://post.example/authors/1", "Jane Doe"], ["Jane Doe"]),
        (["Jane Doe, Northern Media Group"], ["Jane Doe"]),
        (["Jane Doe and AP National Political Writer"], ["Jane Doe"]),
        (["Jane Doe, Harbour Correspondent"], ["Jane Doe"]),
        (["View all posts by Jane Doe"], ["Jane Doe"]),
        (["Jane Doe", "Tuesday", "2 May 2024"], ["Jane Doe"]),
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
    assert bylines.names(told, "The Harbour Post") == names


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
