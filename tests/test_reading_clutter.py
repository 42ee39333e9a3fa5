"""Captions and related stories go; sentences that look like them stay."""

from datetime import date

import pytest

from retrieval.sources import plaintext

TODAY = date(2026, 11, 1)


@pytest.mark.parametrize(
    "caption",
    [
        "Boats wait at the pier, Sunday. Screengrab of the mayor's video",
        "Boats wait at the pier. Screenshot from Harbour TV",
        "Boats wait at the pier. Photo by Jane Doe",
        "Boats wait at the pier. Photo by Jane Doe/The Harbour Post",
        "Boats wait at the pier. Harbour Post photo by Jane Doe",
        "Boats wait at the pier. Photo: Jane Doe",
        "Boats wait at the pier (Photo: Jane Doe/Getty Images)",
        "Boats wait at the pier. (AP Photo/Jane Doe)",
        "Boats wait at the pier. AP Photo/Jane Doe",
        "Boats wait at the pier on Sunday. / AFP",
        "Boats wait at the pier / AFP-Yonhap",
        "Boats wait at the pier. Courtesy of Port Ella Museum",
        "Boats wait at the pier. Reuters/Jane Doe",
        "Boats wait at the pier. Reuters-Yonhap",
        "Boats wait at the pier, Sunday. Yonhap",
        "Photo by Jane Doe",
        "Photograph: Jane Doe/Harbour Pictures",
    ],
)
def test_a_caption_that_says_little_beside_its_credit_goes(caption):
    assert plaintext.without_credit(caption) == ""


def test_a_caption_that_says_something_stays_without_its_credit():
    caption = "The iron crane, built in 1931, is seen from the ice."
    assert plaintext.without_credit(f"{caption} Photo: Jane Doe") == caption


@pytest.mark.parametrize(
    "prose",
    [
        '"Take a photo of the harbour before it is gone," he told his daughter.',
        "The picture, a screengrab of a video by a passer-by, was shown in court.",
        "She showed the court a photo by Jane Doe.",
        "The strike was first reported by Reuters.",
        "He left the room. Reuters could not reach him for comment.",
        "He won by a nose (photo finish).",
        "Photo by photo, the album tells how the pier was built.",
        "The dispute pitted Yonhap against AFP.",
        "Courtesy of the storm, the pier lost its roof. Repairs began in May.",
        "The museum thanked its donors. Photos of the pier hang in every room.",
        "You can pay in euros and/or pounds.",
        "The image by which the town is known is its lighthouse.",
        '"It was over," she said. "Image of the devil!"',
    ],
)
def test_prose_about_pictures_and_agencies_is_no_caption(prose):
    assert plaintext.without_credit(prose) == prose


@pytest.mark.parametrize(
    "line",
    [
        "Council split over pier repairs Council split over pier repairs",
        "Council split over pier repairs Council split over pier repairs 2018-10-06 09:59 | Town",
        "Council split over pier repairs 2018-10-06 09:59 | Town and Country",
        "Council split over pier repairs October 6, 2018 | Town",
        "Council split over pier repairs 2018-10-06 09:59",
        "Read more: Council split over pier repairs",
        "READ MORE: Council split over pier repairs",
        "Related: Council split over pier repairs",
        "Related story: Council split over pier repairs",
        "ALSO READ Council split over pier repairs",
        "ALSO READ: Council split over pier repairs",
        "Also read | Council split over pier repairs",
        "See also: Council split over pier repairs",
        "Click here: Council split over pier repairs",
    ],
)
def test_a_line_about_another_article_is_a_related_story(line):
    assert plaintext.is_related_story(line, TODAY)


@pytest.mark.parametrize(
    "prose",
    [
        "Never again. Never again.",
        "On 2018-10-06 the log book says `09:59 | pier closed | no wind`.",
        "The storm of October 6, 2018 | the worst in a century | took the roof.",
        "The tide table of 2018-10-06 lists high water at 09:59 | low water at 16:10.",
        "Read more about the pier in her book, which the museum sells.",
        "Related: the council also voted to keep the lighthouse.",
        "Related costs rose as well, the council said.",
        "See also: the storm of 1987, which nobody here forgets.",
        "Watch: it is the only word painted on the tower.",
        "The council met on October 6, 2018",
        "It opened to the public on 2018-10-06 09:59",
        "The last entry in the log was made at 2018-10-06 09:59",
    ],
)
def test_prose_with_dates_pipes_and_labels_is_no_related_story(prose):
    assert not plaintext.is_related_story(prose, TODAY)


CAPTION = "Fishing boats wait at the north pier on a quiet Sunday."
PROSE = "The council voted on Tuesday to reopen the north pier after a nine-month closure. " * 2


def without_repeats(*blocks):
    numbered = [(number, line) for number, block in enumerate(blocks) for line in block]
    return [line for _, line in plaintext.without_repeats(numbered)]


def test_a_caption_twice_above_the_article_goes_altogether():
    assert without_repeats([CAPTION], [CAPTION], [PROSE]) == [PROSE]


def test_a_caption_glued_to_its_copy_goes_altogether():
    lines = without_repeats([PROSE], ["One."], ["Two."], [CAPTION, CAPTION], ["Three."])
    assert lines == [PROSE, "One.", "Two.", "Three."]


def test_prose_that_stands_twice_is_kept_once():
    more = f"{PROSE}More."
    assert without_repeats([PROSE], [more], [PROSE], [more]) == [PROSE, more]


def test_a_short_answer_may_come_back():
    lines = [PROSE, "Were you there?", "I was.", "And after that?", "I was."]
    assert without_repeats(*([line] for line in lines)) == lines


def test_buttons_and_boxes_are_widgets():
    assert plaintext.is_box("ADVERTISEMENT")
    assert plaintext.is_box("Share this article")
    assert not plaintext.is_box("Share prices fell.")
