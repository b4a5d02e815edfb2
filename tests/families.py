"""A tiny untrained checkpoint of each family of encoders, with a tokenizer of the kind that the family uses."""

from pathlib import Path

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoModel, PreTrainedConfig, PreTrainedTokenizerFast

from tests.tiny import TINY_TEXTS

TEXTS = [text for texts in TINY_TEXTS.values() for text in texts] + ["name", "smiling face with smiling eyes"]
BERT_MARKS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
FAIRSEQ_MARKS = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
WIDTH = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
POSITIONS = 66

FAMILIES = {  # what the tokenizer splits by, its marks, the config's class, what its config says otherwise
    "bert": ("words", BERT_MARKS, "BertConfig", WIDTH),
    "distilbert": (
        "words", BERT_MARKS, "DistilBertConfig", {"dim": 32, "n_layers": 2, "n_heads": 2, "hidden_dim": 64}
    ),
    "electra": ("words", BERT_MARKS, "ElectraConfig", WIDTH | {"embedding_size": 16}),
    "mpnet": ("words", FAIRSEQ_MARKS, "MPNetConfig", WIDTH),
    "roberta": ("bytes", FAIRSEQ_MARKS, "RobertaConfig", WIDTH),
    "xlm-roberta": ("pieces", FAIRSEQ_MARKS, "XLMRobertaConfig", WIDTH),
    "camembert": ("pieces", FAIRSEQ_MARKS, "CamembertConfig", WIDTH),
    "albert": ("pieces", BERT_MARKS, "AlbertConfig", WIDTH | {"embedding_size": 16}),
    "deberta-v2": ("pieces", BERT_MARKS, "DebertaV2Config", WIDTH),
    "modernbert": ("bytes after", BERT_MARKS, "ModernBertConfig", WIDTH),
    "bart": (
        "bytes", FAIRSEQ_MARKS, "BartConfig",
        {"d_model": 32, "encoder_layers": 1, "decoder_layers": 1, "encoder_attention_heads": 2,
         "decoder_attention_heads": 2, "encoder_ffn_dim": 64, "decoder_ffn_dim": 64},
    ),
    "gpt2": ("bytes", FAIRSEQ_MARKS, "GPT2Config", {"n_embd": 32, "n_layer": 1, "n_head": 2}),
    "t5": ("pieces", FAIRSEQ_MARKS, "T5Config", {"d_model": 32, "d_kv": 16, "d_ff": 64, "num_layers": 1}),
}  # fmt: skip


def split_by(kind: str, marks: list[str], texts: list[str], pieces: int) -> Tokenizer:
    """Return a tokenizer of WordPiece words, of SentencePiece's pieces or of GPT-2's bytes, trained on texts.

    Marks come first in the vocabulary, or after all else, as ModernBERT's do.
    """
    unknown = next(mark for mark in marks if "unk" in mark.lower())
    if kind == "words":
        tokenizer = Tokenizer(models.WordPiece(unk_token=unknown))
        tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        tokenizer.decoder = decoders.WordPiece()
        trainer = trainers.WordPieceTrainer(vocab_size=200, special_tokens=marks, show_progress=False)
    elif kind == "pieces":
        tokenizer = Tokenizer(models.Unigram())
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
        tokenizer.decoder = decoders.Metaspace()
        trainer = trainers.UnigramTrainer(
            vocab_size=pieces, special_tokens=marks, unk_token=unknown, show_progress=False
        )
    else:
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.decoder = decoders.ByteLevel()
        first = [] if kind == "bytes after" else marks
        trainer = trainers.BpeTrainer(
            vocab_size=320, special_tokens=first, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        )  # fmt: skip
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.add_special_tokens(marks)
    begin, end = ("[CLS]", "[SEP]") if "[CLS]" in marks else ("<s>", "</s>")
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A {end}",
        special_tokens=[(mark, tokenizer.token_to_id(mark)) for mark in (begin, end)],
    )
    return tokenizer


def write_family(
    family: str, folder: Path, texts: list[str] = TEXTS, pieces: int = 120, positions: int = POSITIONS
) -> tuple[PreTrainedConfig, PreTrainedTokenizerFast]:
    """Write an untrained checkpoint of a family, two layers of 32 units, and return its config and tokenizer.

    The tokenizer is trained on texts; of a family that splits by pieces it has that many.
    """
    kind, marks, config_class, options = FAMILIES[family]
    trained = split_by(kind, marks, texts, pieces)
    begin, end = ("[CLS]", "[SEP]") if "[CLS]" in marks else ("<s>", "</s>")
    pad, unknown, mask = (next(mark for mark in marks if part in mark.lower()) for part in ("pad", "unk", "mask"))
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=trained, pad_token=pad, unk_token=unknown, mask_token=mask, cls_token=begin, sep_token=end,
        bos_token=begin, eos_token=end, model_max_length=512,
    )  # fmt: skip
    config = getattr(transformers, config_class)(
        vocab_size=len(tokenizer),
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        max_position_embeddings=positions,
        **options,
    )
    torch.manual_seed(0)
    AutoModel.from_config(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return config, tokenizer
