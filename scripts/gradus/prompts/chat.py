"""Chat messages to text and tokens with the model's own template, without importing transformers.

Importing transformers costs every job seconds; the template language it uses is a few lines of jinja2.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, cast

import jinja2
import jinja2.ext
import jinja2.nodes
import jinja2.sandbox

from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json

Message = dict[str, str]

# Where tokenizer_config.json puts the special tokens that a template may name.
SPECIAL_TOKEN_KEYS = ("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token")


class _Generation(jinja2.ext.Extension):
    """`{% generation %}...{% endgeneration %}`, transformers' marker of assistant text, renders as its body."""

    tags = {"generation"}  # noqa: RUF012 jinja2 declares it so

    def parse(self, parser: Any) -> list[jinja2.nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def _raise_exception(message: str) -> None:
    raise jinja2.TemplateError(message)


def _tojson(value: Any, ensure_ascii: bool = False, indent=None, separators=None, sort_keys: bool = False) -> str:
    # jinja2's own filter escapes HTML characters, which would change the prompt.
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


DAY = date(2024, 7, 26)
"""What templates get that print today's date, unless the model's `date` says another: Llama 3's own default. With the
real date prompts would change overnight, and a resumed run would mix them."""

EXAMPLE = [{"role": "user", "content": "What is 3 + 4?"}, {"role": "assistant", "content": "Seven."}]
"""By which a template shows how it closes an answer."""

REMEDY = "set this model's chat_template to chatml, llama3, user_assistant, or a .jinja file"


def environment() -> jinja2.sandbox.ImmutableSandboxedEnvironment:
    """The environment in which transformers 5.17 (chat_template_utils) renders; a template is data, hence sandboxed.

    Unlike there, `strftime_now` knows one day only, DAY.
    """
    made = jinja2.sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[_Generation, jinja2.ext.loopcontrols]
    )
    made.filters["tojson"] = _tojson
    names = cast(dict[str, Any], made.globals)
    names.update(raise_exception=_raise_exception, strftime_now=DAY.strftime)
    return made


def template_text(model_dir: str | Path) -> tuple[str, str]:
    """A model's chat template, and the file that it is in: `chat_template.jinja`, or tokenizer_config.json under the
    key `chat_template`. Raises GradusError when there is neither.
    """
    config_path, path = Path(model_dir, "tokenizer_config.json"), Path(model_dir, "chat_template.jinja")
    if path.is_file():
        return path.read_text(encoding="utf-8"), str(path)
    text = read_json(config_path).get("chat_template") if config_path.is_file() else None
    if isinstance(text, list):  # several named templates, as transformers 4 wrote them
        text = {entry["name"]: entry["template"] for entry in text}.get("default")
    if not isinstance(text, str):
        raise GradusError(f"{path} does not exist and {config_path} has no chat_template: {REMEDY}")
    return text, str(config_path)


def special_tokens(config: dict[str, Any]) -> dict[str, str]:
    """Those of a tokenizer_config.json that a template may name, by their keys."""
    values = {key: config.get(key) for key in SPECIAL_TOKEN_KEYS}
    texts = {key: value.get("content") if isinstance(value, dict) else value for key, value in values.items()}
    return {key: text for key, text in texts.items() if text is not None}


@dataclass(frozen=True)
class ChatTemplate:
    """The chat template of one model. `source` names its file in errors."""

    template: jinja2.Template
    special_tokens: dict[str, str]
    source: str

    @classmethod
    def load(cls, model_dir: str | Path) -> "ChatTemplate":
        """Read `chat_template.jinja`, or the `chat_template` key of `tokenizer_config.json`.

        Raises GradusError when there is neither, or when the template does not parse.
        """
        text, source = template_text(model_dir)
        config = Path(model_dir, "tokenizer_config.json")
        return cls.parse(text, special_tokens(read_json(config) if config.is_file() else {}), source)

    @classmethod
    def parse(cls, text: str, tokens: dict[str, str], source: str) -> "ChatTemplate":
        """A template from its text, with the special tokens that it may name. Raises GradusError where it is none."""
        try:
            return cls(environment().from_string(text), tokens, source)
        except jinja2.TemplateSyntaxError as error:
            raise GradusError(f"{source}, line {error.lineno}: {error.message}: correct the template") from error

    def render(self, messages: Sequence[Message], add_generation_prompt: bool = False, **variables: Any) -> str:
        """The text of a conversation. `variables` reach the template (such as enable_thinking=False for Qwen3).

        Raises GradusError when the template refuses the messages.
        """
        try:
            return self.template.render(
                **(self.special_tokens | {"tools": None, "documents": None} | variables),
                messages=messages,
                add_generation_prompt=add_generation_prompt,
            )
        except jinja2.TemplateError as error:
            raise GradusError(f"{self.source} cannot render the messages: {error}") from error

    def after_answer(self) -> str:
        """What the template writes after an answer, such as "<|im_end|>\\n"."""
        text, answer = self.render(EXAMPLE), EXAMPLE[-1]["content"]
        if answer not in text:
            raise GradusError(f"{self.source} leaves out what the assistant says: {REMEDY}")
        return text.rpartition(answer)[2]
