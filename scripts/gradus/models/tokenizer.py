"""A byte-level BPE tokenizer with single digits, trained in the graph and readable by transformers.

Every text round-trips: no normalizer, and all 256 bytes are in the vocabulary.
"""

from collections.abc import Iterable
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from gradus.hub.contents import DOMAIN_TOKENS
from gradus.provenance.errors import GradusError
from gradus.provenance.files import replacing, write_json, write_text

PAD_TOKEN = "<|endoftext|>"
START_TOKEN = "<|im_start|>"
EOS_TOKEN = "<|im_end|>"
SPECIAL_TOKENS = (PAD_TOKEN, START_TOKEN, EOS_TOKEN)

# Qwen2's splitting rule (arXiv:2407.10671): `\p{N}` is a part of its own, so every digit is a token of its own.
SPLIT_PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)

CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)


def train_tokenizer(texts: Iterable[str], vocab_size: int) -> Tokenizer:
    """Train on `texts`; the special tokens get the ids 0, 1, 2, then come the bytes, then the merges.

    The vocabulary stays smaller than `vocab_size` when the texts hold too few pairs to merge.
    Raises GradusError when `vocab_size` cannot hold the bytes.
    """
    smallest = 256 + len(SPECIAL_TOKENS)
    if vocab_size < smallest:
        raise GradusError(f"vocab_size is {vocab_size}: a byte-level vocabulary needs at least {smallest}")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SPLIT_PATTERN), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=list(SPECIAL_TOKENS),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def save_tokenizer(directory: str | Path, tokenizer: Tokenizer) -> None:
    """Write `tokenizer.json`, `tokenizer_config.json` and `chat_template.jinja` for transformers' AutoTokenizer."""
    directory = Path(directory)
    with replacing(directory / "tokenizer.json") as temporary:
        tokenizer.save(str(temporary))
    write_json(
        directory / "tokenizer_config.json",
        {
            "clean_up_tokenization_spaces": False,
            "eos_token": EOS_TOKEN,
            "extra_special_tokens": [START_TOKEN],
            "model_max_length": 1_000_000,
            "pad_token": PAD_TOKEN,
            "padding_side": "left",
            "tokenizer_class": "PreTrainedTokenizerFast",
        },
    )
    write_text(directory / "chat_template.jinja", CHAT_TEMPLATE)


TOKENIZER_FILES = (
    *("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja"),
    DOMAIN_TOKENS,
)


def copy_tokenizer(source: str | Path, directory: str | Path) -> None:
    """Give a model trained from the one in `source` the same tokenizer and chat template, byte for byte."""
    for name in TOKENIZER_FILES:
        if Path(source, name).is_file():
            with replacing(Path(directory, name)) as temporary:
                temporary.write_bytes(Path(source, name).read_bytes())


def load_tokenizer(directory: str | Path) -> Tokenizer:
    """Read `tokenizer.json` of a model directory. Raises GradusError where there is none, or it is torn."""
    path = Path(directory) / "tokenizer.json"
    if not path.is_file():
        raise GradusError(f"{path} does not exist: give a model directory with a fast tokenizer")
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # noqa: BLE001 tokenizers raises no other
        raise GradusError(f"{path} is not a readable tokenizer ({error}): copy it again") from None
