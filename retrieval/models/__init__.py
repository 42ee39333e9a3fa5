"""The neural models: an encoder (text to vector) and a reader (question and passages to spans)."""

from retrieval.models.encoder import DEFAULT_MODEL, Encoder, open_encoder
from retrieval.models.reader import ReadablePassage, Reader, SentenceReading, open_reader

__all__ = [
    "DEFAULT_MODEL",
    "Encoder",
    "ReadablePassage",
    "Reader",
    "SentenceReading",
    "open_encoder",
    "open_reader",
]
