"""Sentences that begin like a button, a box or a label are kept, in text files and in pages."""

from datetime import date

import pytest
from harbour import COST, FERRY, MAYOR

from retrieval.reading import boxes, clutter, plaintext, webpage

TODAY = date(2026, 11, 1)

SENTENCES = [
    line.strip()
    for line in """
    Subscribe to the petition, urged Councillor Dov Hart, who said that 2,400 people had signed.
    Get ready for a colder winter, the weather service said in its morning briefing on Tuesday.
    Support for the premium on imported rice fell to 31 percent in May, a poll found.
    The full premium must be paid by 1 June, the insurer told its 4,000 customers.
    Start-up subscription revenue rose 40 percent last year, the company said.
    Join the army and you pay no premium, the poster promised in 1943.
    Contact with the probe was lost on 2019-03-07 at a height of nine kilometres.
    Contact tracing by the city found 1 204 310 people in three weeks.
    Copyright in the two songs ran out in 2021, a court in Oslo held on Monday.
    Copyright reform was voted down in 2018, and Ms. Reda left her party a year later.
    This post was unavailable to women until 1971, the minister told the house.
    This video was shown to the jury without consent of the family, the judge said.
    Follow the channel north to the lighthouse, and turn at the second buoy.
    Jump to 2030 and the picture changes, she said.
    Click here to vote, the fake message said.
    Find the gunman on Facebook, the sheriff told his deputies.
    Video was not available, the judge said.
    Comment: the minister resigned.
    Enter your password, the caller said; the bank says it never asks by e-mail alerts or phone.
    Get your e-mail address off their lists, the regulator advised 12,000 victims.
    To read at six is normal; a subscription to a library helps, Dr. Bell said.
    Sign up for the premium army corps, the general begged.
    Want a job in Paris? The ministry's newsletter lists forty, it said.
    Watch: the river rose nine feet
    Related: three men were held
    Recommended dose: 5 mg a day
    Support came from unlimited credit lines, the bank's auditor found.
    By using cookies baked in 1944, the museum recreates a wartime Christmas.
    Download the app, and the state knows where you are, critics say.
    Contact: a film by Robert Zemeckis, cost 90 000 000 dollars to make.
    The weekly newsletter of the prison was shut in May after it named a guard.
    Register of members: the club has 402 subscribers.
    The full story of the subscription scandal was told in court on Friday.
    Create jobs or lose your premium, the treasury told firms.
    Become a monk, his mother said, or a registered member of a guild: membership only costs a life.
    Subscribe to no theory at all, the old teacher used to tell us.
    Sign up for your local council's newsletter and you will hear of road works first.
    Get the premium fuel and your engine runs no better, tests by the club show.
    Join our army, the billboard read, and see the world on a subscription.
    Follow us, the guide whispered, and the channel opened before them.
    Find us a channel that works, the pilots pleaded.
    Like us, the bees of Mars live on X, a rock with no air.
    Allow cookies to cool on the tray for ten minutes before serving.
    We use cookies as bait, and the bears do not mind.
    By clicking her tongue she lured the crows away from the cookies.
    We and our partners built a device that measures the tide.
    Video was played to the court on Monday.
    Audio was not recorded, and the tape is blank.
    Your browser is not a person, whatever the advertisement claims.
    Contact the museum on 01904 555 010 if the letters turn up, the notice said.
    For more information the police turned to a clairvoyant, on 2019-03-07.
    Copyright Act reform is due in 2027, and the publishers are uneasy.
    All rights to the song are reserved for the widow of the composer.
    Reading time fell by half in schools with no library.
    Already a father? The officer laughed at that.
    Save this child.
    First published at Leeds in 1904, it sold well.
    Print.
    Comments.
    Register.
    The newsletter was read by nine people, one of whom was the mayor.
    Get well soon cards filled her inbox and the whole ward.
    Want of money closed the newsletter in 1931.
    Start with the inbox: that is where the fraud begins.
    Cancel the parade, or pay the premium, the insurers warned.
    The full moon lit the premium seats of the empty stadium.
    Tap to open: that was all that the label on the bomb said.
    Skip to May, and the lake is dry.
    Open in winter only, the hut draws few guests.
    Become a member of the guild and you may carry a sword in church.
    Download the map, not the app.
    Don't miss: the view from the tower, which costs nothing.
    Click here: three words that cost the town nine million crowns.
    Support for subscription buses is strong in the valley.
    To read the meter she climbs over the premium cars of her neighbours.
    You have read of the premium on tin; here is how it came about.
    This story is about a premium that nobody paid.
    Send.
    """.strip().splitlines()
]

BOXES = [
    line.strip()
    for line in """
    Sign up for the Morning Post newsletter
    Sign up to our daily newsletter.
    Subscribe to our channel on YouTube.
    Get the day's top stories in your inbox every morning.
    Support our journalism: become a subscriber today and get unlimited access.
    Create a free account to continue reading.
    Subscribe from £1 a week.
    You have read 3 of 3 free articles this month. Subscribe to continue reading.
    Subscribe now for full access to all our stories, on all your devices.
    Follow The Harbour Post on Facebook and X.
    Follow us on Instagram @harbourpost
    Download our app for iOS and Android.
    Download the free Harbour Post app
    Click here to subscribe to our newsletter.
    Tap to unmute
    Please enable JavaScript to view the comments.
    This content is not available in your region.
    To view this content, please allow cookies.
    This site uses cookies to give you the best experience.
    By using this site you agree to our use of cookies.
    For more information, contact press@company.example or +00 555 0100.
    © The Harbour Post 2024
    Copyright Harbour Post 2024. All rights reserved.
    Last updated on 5 March 2024 at 10:15 GMT
    This article was originally published on March 5, 2024
    Skip past newsletter promotion
    Already a subscriber? Log in
    Get unlimited digital access for 1 crown a week.
    Join the conversation
    Listen
    """.strip().splitlines()
]


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_that_begins_like_a_box_is_kept(sentence):
    told = [FERRY, MAYOR, sentence, COST]
    text = "North pier to reopen\n\nBy Ada Fenn\n\n" + "\n\n".join(told)
    assert plaintext.drafted(text, TODAY).text.split("\n\n") == told
    page = "<title>North pier to reopen</title><article><h1>North pier to reopen</h1>" + "".join(
        f"<p>{one}</p>" for one in told
    )
    assert webpage.drafted(page, "pier.html", TODAY).text.split("\n\n") == told


@pytest.mark.parametrize("box", BOXES)
def test_what_a_box_says_is_no_sentence(box):
    """`Listen` alone, without a full stop, is a button: as an answer it would have one."""
    assert clutter.is_widget(box) or boxes.is_rights(box)
