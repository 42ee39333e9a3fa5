"""A small model that reads question and passage together; the only package that runs it."""

from retrieval.reader.loading import open_reader
from retrieval.reader.reader import ReadablePassage, Reader, SentenceReading

__all__ = ["ReadablePassage", "Reader", "SentenceReading", "open_reader"]
