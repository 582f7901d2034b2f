"""The small files of a published model, made to agree on its chat: template, special tokens, ends of answers.

What a study sets of them is written into them once, when the model comes into the results. So all that is trained from
it has the same files, and all that load it, transformers and vLLM too, render and stop as it was trained.
"""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from gradus.models.ends import Ends, closing_token, config_ids, token_id
from gradus.models.tokenizer import load_tokenizer
from gradus.prompts.chat import DAY, EXAMPLE, REMEDY, ChatTemplate, special_tokens, template_text
from gradus.prompts.fixed import fixed
from gradus.provenance.errors import GradusError
from gradus.provenance.files import json_text, read_json

TEMPLATE, TOKENIZER_CONFIG, TOKEN_MAP = "chat_template.jinja", "tokenizer_config.json", "special_tokens_map.json"
GENERATION_CONFIG = "generation_config.json"


@dataclass(frozen=True)
class ChatSettings:
    """What a study says of a model's chat; the defaults say nothing.

    template: its text. eos_token: what closes an answer. stop: further tokens that end
    one. variables: values for what the template asks. day: what the template gets as today.
    """

    template: str | None = None
    eos_token: str | None = None
    stop: tuple[str, ...] = ()
    variables: dict[str, Any] = field(default_factory=dict)
    day: date = DAY

    @classmethod
    def of(cls, spec: dict[str, Any]) -> "ChatSettings":
        """As a spec has them."""
        return cls(
            spec["template"],
            spec["eos_token"],
            tuple(spec["stop"]),
            spec["template_variables"],
            date.fromisoformat(spec["date"]),
        )


def chat_files(folder: Path, settings: ChatSettings) -> dict[str, str]:
    """The texts of those of a model's small files that have to differ from what is in `folder`, by their names.

    Raises GradusError where no template is there, or where the tokens that end an answer cannot be determined.
    """
    tokenizer = load_tokenizer(folder)
    config = _read(folder / TOKENIZER_CONFIG)
    token_map = _read(folder / TOKEN_MAP)
    given = special_tokens(config)
    its_own = given.get("eos_token") or special_tokens(token_map).get("eos_token")
    eos = settings.eos_token or its_own or _eos_of_configs(folder, tokenizer)
    tokens = given | ({"eos_token": eos} if eos else {})

    own, source = (settings.template, "the chat_template of the study") if settings.template else template_text(folder)
    variables = ({"beginning": _beginning(tokenizer, config)} if settings.template else {}) | settings.variables
    text = fixed(own, variables, settings.day, source)
    template = ChatTemplate.parse(text, tokens, source)
    closing = closing_token(tokenizer, template)
    if settings.eos_token and closing != settings.eos_token:
        raise GradusError(
            f"{source} ends an answer with {closing!r}, not with eos_token {settings.eos_token!r}: set it"
        )
    agreed = ChatTemplate.parse(text, tokens | {"eos_token": closing}, source)
    if agreed.render(EXAMPLE) != template.render(EXAMPLE):
        what = f"{source} closes an answer with {closing!r} and writes the eos_token, {eos!r}, elsewhere"
        raise GradusError(f"{what}: {REMEDY} that does not")

    more = [token_id(tokenizer, its_own, f"{folder}: eos_token")] if its_own else []
    more += [token_id(tokenizer, stop, "stop") for stop in settings.stop]
    ends = tuple(dict.fromkeys([*Ends.of(folder, tokenizer, agreed).ids, *more]))
    _check_rows(folder, tokenizer, ends)
    files: dict[str, str] = {}
    if settings.template or text != own:
        files[TEMPLATE] = text
        config.pop("chat_template", None)
    if given.get("eos_token") != closing or TEMPLATE in files:
        files[TOKENIZER_CONFIG] = json_text(config | {"eos_token": closing})
    if special_tokens(token_map).get("eos_token", closing) != closing:
        files[TOKEN_MAP] = json_text(token_map | {"eos_token": closing})
    if set(ends) != set(_listed(folder)):
        files[GENERATION_CONFIG] = json_text(_generation(folder) | {"eos_token_id": list(ends)})
    return files


def _read(path: Path) -> dict[str, Any]:
    return read_json(path) if path.is_file() else {}


def _eos_of_configs(folder: Path, tokenizer: Tokenizer) -> str | None:
    """For tokenizers that name no eos_token, such as GPT-2's."""
    ids = config_ids(folder, tokenizer)
    return tokenizer.id_to_token(ids[0]) if ids else None


def _beginning(tokenizer: Tokenizer, config: dict[str, Any]) -> str:
    """The special tokens that a tokenizer puts before every text, such as Llama's `<|begin_of_text|>`."""
    if config.get("add_bos_token"):
        return special_tokens(config).get("bos_token", "")
    encoding = tokenizer.encode("2")
    plain = encoding.special_tokens_mask.index(0)
    return "".join(encoding.tokens[:plain])


def _check_rows(folder: Path, tokenizer: Tokenizer, ends: tuple[int, ...]) -> None:
    """A token beyond the embeddings can be neither read nor written."""
    config = read_json(folder / "config.json")
    rows = config.get("vocab_size") or (config.get("text_config") or {}).get("vocab_size")
    for end in ends:
        if rows is not None and end >= rows:
            token = tokenizer.id_to_token(end)
            raise GradusError(
                f"{folder}: {token!r} is token {end}, and the model has {rows} embeddings: end another way"
            )


def _listed(folder: Path) -> list[int]:
    """The ends that transformers and vLLM know: those of generation_config.json, or of config.json without it."""
    path = folder / GENERATION_CONFIG
    ids = _read(path if path.is_file() else folder / "config.json").get("eos_token_id")
    return ids if isinstance(ids, list) else [] if ids is None else [ids]


def _generation(folder: Path) -> dict[str, Any]:
    """generation_config.json, or what transformers takes for it where there is none."""
    path = folder / GENERATION_CONFIG
    if path.is_file():
        return _read(path)
    config = read_json(folder / "config.json")
    return {key: config[key] for key in ("bos_token_id", "pad_token_id") if config.get(key) is not None}
