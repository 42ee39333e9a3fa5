"""Feeds: parse RSS, Atom, JSON Feed, sitemaps and OPML, and poll what a library follows."""
