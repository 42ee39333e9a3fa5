"""Texts become vectors; the only package that knows the encoder."""

from retrieval.encoder.encoder import Encoder
from retrieval.encoder.loading import DEFAULT_MODEL, open_encoder

__all__ = ["DEFAULT_MODEL", "Encoder", "open_encoder"]
