"""Texts become pooled vectors and token vectors; the only room that knows the model."""

from retrieval.encoder.apart import copy_apart
from retrieval.encoder.encoder import Encoder, Encoding
from retrieval.encoder.loading import DEFAULT_MODEL, open_encoder

__all__ = ["DEFAULT_MODEL", "Encoder", "Encoding", "copy_apart", "open_encoder"]
