"""A saved web page becomes an article, or a reason why it is none; nothing is ever fetched.

Trafilatura finds the text.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from difflib import SequenceMatcher
from itertools import takewhile
from typing import Any

from retrieval.errors import UnreadableSource
from retrieval.records import Article
from retrieval.sources import drafts, html_metadata, html_tree, plaintext, sandbox
from retrieval.sources.drafts import Draft
from retrieval.sources.html_metadata import PageMeta
from retrieval.sources.html_tree import Line, is_prose
from retrieval.sources.source import Source, declared_charset, text_of, whole_file
from retrieval.text.languages import words_counted

LONGEST_GAP = 12  # lines of a page between two paragraphs of its article
# A page of words holds some hundred levels, and extractors walk trees by recursion. The longest
# encyclopedia pages hold half as many elements, which takes five seconds.
DEEPEST_TREE, MOST_ELEMENTS = 400, 100_000
MOST_FOR_SECOND_OPINION = 10_000  # elements; trafilatura's comparison takes the square of it
ONLY_THE_BEGINNING = (
    "only its beginning was read, as the page says that the rest is for subscribers; if you are"
    " one, save the page in your browser and add the .html file."
)
BELOW, LONGEST_DOOR = 8, 160  # lines under the text of which one is the door; characters

_CORRECTS = re.compile(
    r"\W*(?:\w{1,3}\W+)?(?:(?:correction|clarification|editor['’]?s?\snote|update)s?\b\W"
    r"|this\s\w+\s(?:was|has\sbeen)\s(?:\w+\s)?(?:corrected|amended|updated|clarified)\b"
    r"|an\searlier\sversion\sof\sthis\b|berichtigung|korrektur|corrección|rectificatif)",
    re.IGNORECASE,
)
_DOOR = re.compile(
    r"(?:subscribe|register|join|(?:log|sign)\s?(?:in|up))(?:\s\w+)?\sto\s(?:continue|read|keep)"
    r"|continue\sreading\s(?:with|by|for)\b|(?:rest|remainder)\sof\sthis\s(?:article|story)"
    r"|\bis\s(?:\w+\s){0,3}for\s(?:\w+\s){0,2}(?:subscribers|members)|subscribers\sonly"
    r"|to\s(?:continue\sreading|(?:read|unlock)\s(?:the\s(?:full|rest)|this)\b)"
    r"|already\sa\s(?:subscriber|member)\b|bereits\sabonnent|déjà\sabonn|para\ssuscriptores",
    re.IGNORECASE,
)


def articles(source: Source) -> Iterator[Article]:
    """The one article of a web page. Raises UnreadableSource where it is none."""
    data = whole_file(source.stream, source.name)
    (content,) = sandbox.parsed(
        parse, data, name=source.name, today=source.today, url=source.url, charset=source.charset
    )
    yield drafts.article(drafts.from_json(content), origin=source.origin)


def parse(
    data: bytes, *, name: str, today: date, url: str | None = None, charset: str | None = None
) -> list[dict[str, Any]]:
    page = text_of(data, name, declared=declared_charset(data) or charset)
    return [drafts.to_json(drafted(page, name, today, url))]


def preload() -> None:
    """Import all that reading a page needs."""
    import htmldate  # noqa: F401

    with suppress(UnreadableSource):
        drafted("<p>", "", date.today())


def drafted(page: str, name: str, today: date, url: str | None = None) -> Draft:
    """Return the text of a page and what its markup, then its lines, say of it.

    `url` is the address the page came from: relative links start from it, and its domain names the
    publisher where nothing else does. Raises UnreadableSource where the page is no article.
    """
    tree = html_tree.parsed(page)
    too_much = f"count(//*) > {MOST_ELEMENTS} or boolean({'/*' * DEEPEST_TREE})"
    if tree is None or tree.xpath(too_much):
        raise UnreadableSource(name, NO_TEXT)
    html_tree.prepare(tree)
    seen = list(html_tree.page_lines(tree))
    meta = html_metadata.of_tree(tree, seen, url)
    extracted = extracted_paragraphs(tree)
    run = longest_run(seen)
    if prose_words(extracted) < FEW and run >= SOME:
        extracted = extracted_paragraphs(tree, favor_precision=False)
    paragraphs = completed(extracted, seen, meta.title)
    if reason := why_no_article(seen, paragraphs, meta):
        raise UnreadableSource(name, reason)
    author, published = html_metadata.facts_around(meta, tree, seen, paragraphs, today)
    blocks = [[paragraph] for paragraph in (meta.title, *paragraphs) if paragraph]
    draft = plaintext.of_blocks(blocks, today, title_will_do=False)
    if not draft.text:
        raise UnreadableSource(name, NO_TEXT)
    link = meta.url or url
    return Draft(
        text=draft.text,
        title=meta.title or draft.title,
        url=link,
        source=meta.publisher or draft.source or html_metadata.domain(link),
        author=author or draft.author,
        published=published or draft.published,
        note=paywall_note(seen, draft.text, meta.free),
    )


def extracted_paragraphs(tree: Any, *, favor_precision: bool = True) -> list[str]:
    """Return the paragraphs, headings and list items that trafilatura finds."""
    # Importing trafilatura takes a quarter of a second.
    from trafilatura import bare_extraction
    from trafilatura.settings import Document

    # It logs a warning for each page without text, which the person is told anyway.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    try:
        document = bare_extraction(
            tree,
            include_comments=False,
            favor_precision=favor_precision,
            fast=tree.xpath("count(//*)") > MOST_FOR_SECOND_OPINION,
        )
    except Exception:  # it raises whatever its dozen heuristics run into
        return []
    body = document.body if isinstance(document, Document) else None
    return [] if body is None else html_tree.paragraphs(body)


def completed(extracted: list[str], seen: list[Line], title: str | None) -> list[str]:
    """Return the paragraphs, with those around and between them that trafilatura left out.

    These are a lead of some paragraphs, sentences and headings between two paragraphs, what stands
    in a second box like that of the text, and corrections below it.
    """
    page = [line for line in seen if not line.boxed]
    matched = SequenceMatcher(None, [line.text for line in page], extracted)
    completed = []
    for change, start, end, first, last in matched.get_opcodes():
        left_out = page[start:end] if change == "delete" else []
        if first == 0:
            extra = _lead(left_out, title)
        elif first == len(extracted):
            extra = _below(left_out, page[start - 1])
        else:
            near = left_out if len(left_out) <= LONGEST_GAP else []
            headings = [line for line in near[-1:] if line.level > 1 and not line.is_link]
            extra = [line for line in near if line.is_prose or line in headings]
        completed += [*(line.text for line in extra), *extracted[first:last]]
    return completed


def _lead(above: list[Line], title: str | None) -> list[Line]:
    """The paragraphs between title and text; alone in a box it is a standfirst or a caption."""
    titles = [at for at, line in enumerate(above) if line.level == 1 or line.text == title]
    near = above[titles[-1] :] if titles and len(above) - titles[-1] <= LONGEST_GAP else []
    prose = [line for line in near if line.is_prose and line.element.tag == "p"]
    around = [line.element.getparent() for line in prose]
    return [line for line, box in zip(prose, around, strict=True) if around.count(box) > 1]


def _below(below: list[Line], last: Line) -> list[Line]:
    """What the article goes on with below the last paragraph: a like box, a correction."""
    around = [box for box in last.element.iterancestors("div", "section") if box.get("class")]
    siblings = around[0].itersiblings(around[0].tag) if around else ()
    like = {sibling for sibling in siblings if sibling.get("class") == around[0].get("class")}
    return [
        line
        for line in takewhile(lambda line: line.level != 1, below)
        if _CORRECTS.match(line.text)
        or ((line.is_prose or line.level) and not like.isdisjoint(line.element.iterancestors()))
    ]


def paywall_note(seen: list[Line], text: str, free: bool | None) -> str | None:
    """Return a note for a page with this text if the rest of it is for subscribers; else None.

    `free` is what its markup says of all of it. A subscriber's page may say the same and shows no
    door; a free site's may have one at its head, or for something else.
    """
    paragraphs = set(text.split("\n\n"))
    below = list(takewhile(lambda line: line.text not in paragraphs, reversed(seen)))[::-1]
    shown = [line.text for line in (below if free is False else below[:BELOW])]
    is_shut = any(len(text) <= LONGEST_DOOR and _DOOR.search(text) for text in shown)
    return ONLY_THE_BEGINNING if is_shut and not free and len(below) < len(seen) else None


# Words of prose and numbers of links, chosen on 181 pages of articles and 120 that are none.
FEW, SOME = 40, 120  # words; below this a page that looks like something else is something else
SHORTEST_RUN, LONGEST_RUN = 60, 150  # words of an article among links: too few, surely enough
SITE_RUN = 300  # words of an article on a page that calls itself a site or a product
FEW_LEADS, MANY_LEADS = 3, 35  # links of four words or more; an article without markup has 31
FEWEST_PROSE = 0.1  # of the words of what may be a list
FEW_HEADLINES = 4  # headings that lead elsewhere

NO_TEXT = (
    "no article text was found in this page, or it is too large to search; if your browser shows"
    " the text, copy it into a .txt file and add that."
)
BARRED = (
    "this page shows no article, but asks for a log-in, a subscription, consent or a check; open it"
    " in your browser, pass that, save the article there, and add the .html file."
)
ERROR = "this page says that there is no such article or that it may not be read; check the link."
MANY = (
    "this page lists many articles or the results of a search and is no article itself; open the"
    " article you mean and add its link."
)

# What the title of the window or a great heading says of a page with little prose.
_BARS = re.compile(
    r"just a moment|checking your browser|you are (?:a )?human|not a robot|security check|captcha"
    r"|\b(?:log ?in|sign[ -]?(?:in|up)|register|registration|rekister\w*|new account|passwor[dt]"
    r"|anmeld\w+|kundenkonto|einloggen|iniciar sesi[óo]n|connexion|accedi|inloggen)\b"
    r"|войти|вход|зарегистр|登录|로그인|회원가입|ログイン|パスワード|تسجيل الدخول",
    re.IGNORECASE,
)
_FAILS = re.compile(
    r"\b(?:40[0134]|410|429|451|50[0-4])\b|not found|access denied|forbidden|unavailable"
    r"|can ?(?:no|['’])t be found|no longer (?:exists|available)|does(?: not|n[’']t) exist"
    r"|went wrong|nicht gefunden|no encontrada|introuvable|не найден|找不到|見つかりません",
    re.IGNORECASE,
)
_SEARCHES = re.compile(
    r"search results?|results? for\b|^(?:advanced )?search\b|search &|suchergebnisse|^suche\b"
    r"|resultados de|résultats de|результаты поиска|搜索结果|검색 결과|検索結果|نتائج البحث",
    re.IGNORECASE,
)
_SAYS = ((_BARS, BARRED), (_FAILS, ERROR), (_SEARCHES, MANY))
_NO_ARTICLE_TYPE = re.compile(r"\b(?:website|product|collectionpage|itemlist|profilepage)\b")


def prose_words(paragraphs: list[str]) -> int:
    return sum(words_counted(paragraph) for paragraph in paragraphs if is_prose(paragraph))


def longest_run(seen: list[Line]) -> int:
    """Return the words of the longest prose that no link or heading interrupts."""
    runs = [0]
    for line in seen:
        if line.is_prose:
            runs[-1] += words_counted(line.text)
        elif line.is_link or line.level:
            runs.append(0)
    return max(runs)


def why_no_article(seen: list[Line], paragraphs: list[str], meta: PageMeta) -> str | None:
    """Return why a page is no article; None if it is, or calls itself one and has prose."""
    words, run = prose_words(paragraphs), longest_run(seen)
    if max(words, run) < FEW and (meta.free is False or meta.asks_password):
        return BARRED
    if meta.is_article:
        return None if paragraphs else NO_TEXT
    links = [line for line in seen if line.is_link]
    leads = sum(words_counted(line.text) >= 4 for line in links)
    headlines = sum(line.level > 0 for line in links)
    names = [meta.window, *(line.text for line in seen if line.level in (1, 2))][:3]
    says = [reason for pattern, reason in _SAYS if any(map(pattern.search, names))]
    if says and words < SOME:
        return says[0]
    if not paragraphs or words < FEWEST_PROSE * sum(map(words_counted, paragraphs)):
        return NO_TEXT if leads < FEW_LEADS else MANY
    if meta.asks_password and BARRED in says and run < SITE_RUN:
        return BARRED
    if _NO_ARTICLE_TYPE.search(meta.kinds) and run < SITE_RUN:
        return MANY if leads >= FEW_LEADS else None
    is_headed = headlines >= FEW_HEADLINES or leads >= MANY_LEADS
    shortest = LONGEST_RUN if is_headed else SHORTEST_RUN
    return MANY if leads >= FEW_LEADS and run < shortest else None
