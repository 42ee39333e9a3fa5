"""The words by which people speak of what was published, and of who says it."""

from __future__ import annotations

import re

NOUNS = (
    r"(?:articles?|reports?|reporting|stor(?:y|ies)|pieces?|coverage|reviews?|columns?|interviews?"
    r"|editorials?|op-eds?|accounts?|guides?|posts?|analys[ie]s|investigations?|newsletters?"
    r"|podcasts?|write-?ups?|features?|profiles?|essays?|obituar(?:y|ies)|recaps?|news)"
)
VERBS = (
    r"(?:say(?:s|ing)?|said|writ(?:es?|ing|ten)|wrote|report(?:s|ed|ing)?|claim(?:s|ed|ing)?"
    r"|suggest(?:s|ed|ing)?|describ(?:es?|ed|ing)|stat(?:es?|ed|ing)|mention(?:s|ed|ing)?"
    r"|not(?:es?|ed|ing)|argu(?:es?|ed|ing)|portray(?:s|ed|ing)?|discuss(?:es|ed|ing)?"
    r"|explain(?:s|ed|ing)?|indicat(?:es?|ed|ing)|emphasi[sz](?:es?|ed|ing)"
    r"|attribut(?:es?|ed|ing)|highlight(?:s|ed|ing)?|characteri[sz](?:es?|ed|ing)"
    r"|publish(?:es|ed|ing)?|cover(?:s|ed|ing)?|quot(?:es?|ed|ing)|cit(?:es?|ed|ing)"
    r"|impl(?:y|ies|ied|ying)|detail(?:s|ed|ing)?|warn(?:s|ed|ing)?|estimat(?:es?|ed|ing)"
    r"|recommend(?:s|ed|ing)?|conclud(?:es?|ed|ing)|reveal(?:s|ed|ing)?|predict(?:s|ed|ing)?"
    r"|posit(?:s|ed|ing)?|credit(?:s|ed|ing)?|confirm(?:s|ed|ing)?|present(?:s|ed|ing)?"
    r"|focus(?:es|ed|ing)?|alleg(?:es?|ed|ing)|assert(?:s|ed|ing)?|featur(?:es?|ed|ing)"
    r"|accus(?:es?|ed|ing)|anticipat(?:es?|ed|ing)|reflect(?:s|ed|ing)?|print(?:s|ed|ing)?"
    r"|review(?:s|ed)|identif(?:y|ies|ied)|refer(?:s|red)?)"
)
NOUN = re.compile(NOUNS, re.IGNORECASE)
VERB = re.compile(VERBS, re.IGNORECASE)
