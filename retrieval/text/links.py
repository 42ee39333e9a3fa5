"""Links: whether two lead to the same article, and how to pass one on without trackers."""

import hashlib
import json
import re
from urllib.parse import SplitResult, quote, urljoin, urlsplit, urlunsplit

from retrieval.records import Entry

# Parameters that count visitors. courlan's own list has `?gallery=3`, `?uid=` and every parameter
# without a value, and so merges different articles; these are names from ClearURLs' and Firefox's
# lists that never choose an article.
_TRACKER = re.compile(
    r"""
    (?: utm | mtm | pk | piwik | matomo | hsa | itm | vero | oly ) _ .*
    | fbclid | gclid | dclid | gbraid | wbraid | msclkid | twclid | yclid | ysclid | ttclid | igshid
    | igsh | srsltid | epik | li_fat_id | mc_[ce]id | mkt_tok | ml_subscriber(?:_hash)? | s_cid
    | _ga | _gl | _ke | _hsenc | _hsmi | _openstat | __s | ss_email_id | __twitter_impression | xtor
    | ref_(?:src|url) | referr?er | guccounter | guce_referrer(?:_sig)? | soc_(?:src|trk) | sr_share
    | smid | smtyp | cmp | cmpid | ocid | taid | ito | wpisrc | spm | jsessionid | phpsessid
    | fb_(?:action_ids|action_types|source|ref) | ns_(?:source|mchannel|campaign|linkname|fee)
    | amp_(?:js_v|gsa|ct|latest_update_time) | usqp
    | at_(?:medium|campaign|format|creation|ptr_name|bbc_team|link_\w+|custom\d)
    """,
    re.VERBOSE | re.IGNORECASE,
)
# Parameters that choose an article on some sites, and count visitors only with these values.
_TRACKING_PAIR = re.compile(
    r"(?i)source=(?:rss|feed|e?mail|newsletter|social|twitter|facebook|friends_link|share)\b.*"
    r"|ref=(?!\d+$).*|feature=(?:share|youtu\.be|emb_\w+)"
    r"|shared?=(?:facebook|twitter|x|e?mail|whatsapp|linkedin|reddit|telegram|true|1)?"
    r"|amp(?:=(?:1|true)?)?|(?:outputtype|output|view)=amp|mobile=(?:1|true)"
)
# Addresses in Google's and the AMP project's caches contain the article's own.
_AMP_CACHE = re.compile(
    r"(?i)https?://(?:www\.google\.[a-z.]+/amp|[\w-]+\.cdn\.ampproject\.org/[cv])/(?:s/)?"
    r"(?=[\w-]+\.[\w.-]+/)"
)
# The second is Wikipedia's.
_OTHER_HOSTS = re.compile(r"^(?:(?:www|amp|m|mobile|touch)\.)+(?=[^.]+\.)|(?<=^..\.)m\.(?=[^.]+\.)")
_PATH_END = re.compile(r"(?i)(?:/|/index\.html?)+$")
_AMP_PART = re.compile(r"(?i)(?:/amp(?:\.html?)?|\.amp)+$|/amp(?=/)|(?:\.amp)+(?=\.html?$)")
_SAFE = "%=/:?@!$'()*,;~"  # in a parameter
LONGEST = 4_000  # characters of a link that is normalised

_SESSION = re.compile(r"(?i);jsessionid=[^/]*")
_ESCAPED = re.compile(r"(?i)%([0-9a-f]{2})")


def is_web(url: str) -> bool:
    """Whether this is a complete http or https address, which may be shown as a link."""
    parts = _split(url)
    return parts is not None and bool(parts.hostname) and url.isprintable()


def normalised(url: str) -> str:
    """The address that all links to one article share: a key to compare by, not to fetch.

    It lacks trackers, fragments, default ports, `www.`, the scheme's `s`, the slash at the end, the
    order of parameters, and certain signs of an AMP or mobile form. All that may choose an article
    remains: to take two articles for one would lose one of them.
    """
    link = _AMP_CACHE.sub("https://", url.strip())
    parts = _split(link)
    if parts is None or len(link) > LONGEST:
        return url.strip()
    from courlan import normalize_url  # takes a quarter of a second

    plain = parts._replace(path=_unescaped(_SESSION.sub("", parts.path)), query="", fragment="")
    parameters = _article_parameters(parts.query)
    try:
        host, path = urlsplit(normalize_url(plain))[1:3]
        path = _without_amp(_PATH_END.sub("", urljoin("/", path)))
        quoted = (quote(pair.replace("+", "%20"), safe=_SAFE) for pair in parameters)
        query = "&".join(sorted(map(_unescaped, quoted)))
        return urlunsplit(("https", _OTHER_HOSTS.sub("", host), path, query, _place(parts)))
    except ValueError:  # half a character, or brackets that do not pair
        return url.strip()


def without_trackers(url: str) -> str:
    """The link to the same page without parameters that count visitors."""
    parts = _split(url.strip())
    if parts is None:
        return url.strip()
    query = "&".join(_article_parameters(parts.query))
    return urlunsplit(parts._replace(query=query, fragment=_place(parts)))


def _split(link: str) -> SplitResult | None:
    """The parts of a web link; None for anything else."""
    try:
        parts = urlsplit(link.replace("&amp;", "&"))
    except ValueError:
        return None
    return parts if parts.scheme in ("http", "https") and parts.netloc else None


def _without_amp(path: str) -> str:
    plain = _AMP_PART.sub("", path)
    name = plain.rpartition("/")[2]
    # Only below what looks like an article's own name: `/topics/amp` may be about amplifiers.
    return plain if name.count("-") >= 2 or re.search(r"\d", name) else path


def _article_parameters(query: str) -> list[str]:
    """The parameters that may choose an article, also without a value, as in `?12345`."""
    return [
        pair
        for pair in query.split("&")
        if pair
        and not _TRACKER.fullmatch(pair.partition("=")[0])
        and not _TRACKING_PAIR.fullmatch(pair)
    ]


def _place(parts: SplitResult) -> str:
    """The fragment if it chooses an article, as in `#!/story/12`; else nothing."""
    return parts.fragment if parts.fragment.startswith(("!", "/")) else ""


def _unescaped(text: str) -> str:
    """A text without escapes of unreserved characters, all others in capitals (RFC 3986)."""

    def plain(escape: re.Match[str]) -> str:
        character = chr(int(escape[1], 16))
        return character if re.fullmatch(r"[A-Za-z0-9._~-]", character) else escape[0].upper()

    return _ESCAPED.sub(plain, text)


def entry_digest(entry: Entry) -> str:
    """Return a digest of what a reader sees of a feed entry, whatever its id and its markup."""
    words = re.sub(r"<[^>]*>", " ", entry.content or "").split()
    link, updated = entry.link and normalised(entry.link), entry.updated
    seen = json.dumps([entry.title, link, updated and updated.isoformat(), words])
    return hashlib.sha256(seen.encode("utf-8", "replace")).hexdigest()[:20]
