"""Answers and articles as terminal text, as JSON and as Telegram messages; all of it is pure.

Only this package escapes text.
"""
