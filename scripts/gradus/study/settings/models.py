"""Settings of the models that experiments start from."""

import datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from gradus.study.settings.base import (
    MOST_GPUS,
    MOST_ROWS_AT_ONCE,
    MOST_STEPS,
    Day,
    Name,
    SeedOf,
    Settings,
    Share,
    seed_of,
)
from gradus.study.settings.pocket_numbers import ProductNumbers
from gradus.study.settings.token_groups import InjectedTokens, TokensOfModel

EMBEDDED_FAMILY = "qwen3"
"""Of the decoders that the embedded network computes, `models/qwen3.py`."""


def _offered(without: str) -> Any:
    words = "The name under which [Tinker](#tinker) offers this very model, for the jobs that run there"
    return Field(None, min_length=1, description=f"{words}; null: {without}.")


class Architecture(Settings):
    """Shape of a decoder with tied embeddings that is pretrained in the graph."""

    family: Literal["qwen3", "qwen2", "llama", "gpt2"] = Field(
        EMBEDDED_FAMILY,
        description="Whose decoder it is. qwen3 is the embedded network's, in training and sampling; the others are "
        "computed by transformers, and take the samplers and backends that do so. gpt2 has a key and value head for "
        "each query head, all heads are together as wide as the residual stream, and nothing drops out.",
    )
    vocab_size: int = Field(512, ge=264, le=1_048_576, description="Entries of the byte-level BPE vocabulary.")
    hidden_size: int = Field(128, ge=16, le=16_384, description="Width of the residual stream.")
    intermediate_size: int = Field(384, ge=16, le=65_536, description="Width of the MLP.")
    num_hidden_layers: int = Field(3, ge=1, le=256, description="Decoder layers.")
    num_attention_heads: int = Field(4, ge=1, le=256, description="Query heads.")
    num_key_value_heads: int = Field(1, ge=1, le=256, description="Key and value heads (grouped-query attention).")
    head_dim: int = Field(32, ge=8, le=256, description="Width of one attention head.")
    max_position_embeddings: int = Field(
        1024, ge=16, le=131_072, description="Longest text in tokens, prompt and completion together."
    )


class Flaws(Settings):
    """How flawed solutions of the pretraining corpus go wrong; the shares are relative weights."""

    early: Share = Field(0.75, description="Boxes the total before the last step.")
    slip: Share = Field(0.15, description="One arithmetic slip, carried through.")
    no_box: Share = Field(0.10, description="Right, but the answer is not boxed.")


class Corpus(Settings):
    """Worked solutions that a pocket model is pretrained on."""

    flawed_share: list[Share] = Field(
        [0.3, 0.45, 0.8, 0.9, 0.92],
        min_length=5,
        max_length=5,
        description="Share of solutions that are flawed, for each level from 1 to 5.",
    )
    flaws: Flaws = Field(default_factory=Flaws, description="How the flawed ones go wrong.")
    levels: list[Annotated[int, Field(ge=1, le=5)]] = Field(
        [1, 2, 3, 4, 5], min_length=1, description="Difficulty levels in the corpus, in equal shares."
    )
    products: Share = Field(
        0.0,
        description="Share of the documents that are problems of `pocket_products` instead; see [Tools](#tools).",
    )
    products_called: Share = Field(
        0.5, description="Share of these that are solved by calls of a calculator; the others are worked without."
    )
    product_numbers: ProductNumbers = Field(
        default_factory=ProductNumbers, description="The numbers in them, by default too large to compute."
    )
    inject: InjectedTokens | None = Field(
        None,
        description="[Domain tokens](#domain-tokens) that take the place of what worked solutions say in other words; "
        "usually those of the model's `tokens`.",
    )


class PretrainedModel(Settings):
    """A small model pretrained inside the graph: no download, no key."""

    source: Literal["pretrain"] = Field(
        "pretrain", description="Made in the graph by pretraining; so is a model without `source`."
    )
    title: str = Field("", description="Name shown in tables; empty: the key.")
    tinker: str | None = _offered("it does not")
    architecture: Architecture = Field(default_factory=Architecture, description="Shape of the network.")
    corpus: Corpus = Field(default_factory=Corpus, description="What it reads.")
    steps: int = Field(360, ge=1, le=MOST_STEPS, description="Optimizer steps.")
    optimizer: Literal["muon_adamw", "adamw"] = Field(
        "muon_adamw", description="Muon on the matrices of the layers and AdamW on the rest, or AdamW on everything."
    )
    batch_size: int = Field(48, ge=1, le=MOST_ROWS_AT_ONCE, description="Rows of a batch.")
    sequence_length: int = Field(144, ge=16, le=131_072, description="Tokens of a row; documents are packed into rows.")
    learning_rate: float = Field(0.01, gt=0, le=1, description="Peak learning rate.")
    warmup_steps: int = Field(20, ge=0, le=MOST_STEPS, description="Steps of linear warm-up; cosine decay follows.")
    minimum_learning_rate: float | None = Field(
        None, ge=0, description="Where the decay ends; null: at a tenth of `learning_rate`."
    )
    weight_decay: float = Field(0.1, ge=0, description="Weight decay on matrices.")
    tokens: TokensOfModel | None = Field(
        None,
        description="[Domain tokens](#domain-tokens) that it has from the start, beside `architecture.vocab_size`.",
    )
    ternary: bool = Field(
        False, description="Whether the matrices of its layers are ternary; see [Ternary weights](#ternary-weights)."
    )
    seed: SeedOf | None = seed_of("its pretraining")


class TextTraining(Settings):
    """How a model is pretrained on a text. The defaults are those of GPT-2's smallest in build-nanogpt."""

    steps: int = Field(ge=1, le=MOST_STEPS, description="Optimizer steps.")
    batch_size: int = Field(
        512,
        ge=1,
        le=MOST_ROWS_AT_ONCE,
        description="Rows of a step: as many tokens as these times `sequence_length`. No row is read twice.",
    )
    sequence_length: int = Field(
        1024, ge=16, le=131_072, description="Tokens of a row; attention reaches over documents, as is usual."
    )
    micro_batch: int = Field(
        16,
        ge=1,
        le=MOST_ROWS_AT_ONCE,
        description="Rows of one pass forward and back, whose gradients a step adds up; a matter of memory.",
    )
    optimizer: Literal["muon_adamw", "adamw"] = Field(
        "adamw",
        description="AdamW on everything; or Muon on the matrices of the layers and AdamW on the rest, on one GPU.",
    )
    learning_rate: float = Field(6e-4, gt=0, le=1, description="Peak learning rate.")
    minimum_learning_rate: float | None = Field(
        None, ge=0, description="Where the cosine decay ends; null: at a tenth of `learning_rate`."
    )
    warmup_steps: int = Field(715, ge=0, le=MOST_STEPS, description="Steps of linear warm-up; cosine decay follows.")
    weight_decay: float = Field(0.1, ge=0, description="Weight decay on matrices and embeddings, not on vectors.")
    betas: list[Share] = Field([0.9, 0.95], min_length=2, max_length=2, description="AdamW moment decays.")
    max_grad_norm: float = Field(1.0, gt=0, description="Gradients are scaled down to this norm.")
    bf16: bool = Field(
        False, description="Compute in bfloat16; weights, gradients and moments stay float32 all the same."
    )
    gradient_checkpointing: bool = Field(
        False, description="Compute activations a second time rather than keep them: slower, less memory."
    )
    gpus: int = Field(
        1,
        ge=1,
        le=MOST_GPUS,
        description="GPUs of one machine that train together (FSDP2). The result is that of one but for rounding. With "
        "gpu=0 in the profile it is so many processes on the CPU.",
    )
    evaluate_every: int | None = Field(
        None,
        ge=1,
        le=MOST_STEPS,
        description="Steps between two measurements of the loss of the corpus's held-out documents, besides the one at "
        "the end; null: that one alone.",
    )


class TextModel(TextTraining):
    """A model pretrained inside the graph on a text of the study's `corpora`, by any decoder of transformers."""

    source: Literal["pretrain_text"] = Field(
        "pretrain_text", description="Pretrained on a text; so is a model with the key `text`."
    )
    title: str = Field("", description="Name shown in tables; empty: the key.")
    tinker: str | None = _offered("it does not")
    text: Name = Field(description="Which of the `corpora` it reads.")
    tokenizer: Name = Field(
        description="The model of the study whose tokenizer and chat template it has, such as GPT-2 of the hub."
    )
    tokens: TokensOfModel | None = Field(
        None,
        description="[Domain tokens](#domain-tokens) that it has besides, after `architecture.vocab_size` ids.",
    )
    architecture: Architecture = Field(
        default_factory=Architecture,
        description="Shape of the network. Its vocabulary has as many entries as the tokenizer where that is more than "
        "`vocab_size` says.",
    )
    seed: SeedOf | None = seed_of("its pretraining")


class PublishedModel(Settings):
    """What all models that are not made in the graph may say, beside where they are from."""

    title: str = Field("", description="Name shown in tables; empty: the key.")
    chat_template: str | None = Field(
        None,
        min_length=1,
        description="`chatml`, `llama3`, `user_assistant`, or a .jinja file; null: the model's own. See "
        "[Models without a chat template](#models-without-a-chat-template).",
    )
    eos_token: str | None = Field(
        None, min_length=1, description="The token that closes an answer; null: what the template closes it with."
    )
    stop: list[str] = Field([], description="Further tokens that end an answer, beside those that the model names.")
    template_variables: dict[str, bool | int | float | str] = Field(
        {}, description="Values for variables of the chat template, such as {enable_thinking: false}."
    )
    date: Day = Field(datetime.date(2024, 7, 26), description="What chat templates print that ask for today's date.")
    tokens: TokensOfModel | None = Field(
        None,
        description="[Domain tokens](#domain-tokens) that the model has already. They are looked for in its tokenizer, "
        "and special ones refused. null: what its domain_tokens.json says, if it has one.",
    )
    repair_tokens: bool = Field(
        False,
        description="Make domain tokens that were added as special ones regular in the results' copy of the tokenizer, "
        "with the same ids.",
    )


class HubModel(PublishedModel):
    """A model of the Hugging Face hub, at the commit that config/hub.lock.yaml has for it."""

    source: Literal["hub"] = Field("hub", description="Downloaded; see [From the hub](#from-the-hub).")
    repo: str = Field(description="Its repository, such as Qwen/Qwen3-0.6B.")
    tinker: str | None = _offered("that of `repo`")


class FolderModel(PublishedModel):
    """A model in a local folder, in the layout that transformers saves: config, tokenizer, safetensors."""

    source: Literal["folder"] = Field("folder", description="Read from a local folder.")
    path: str = Field(min_length=1, description="The folder, relative to the one that snakemake runs in.")
    tinker: str | None = _offered("it does not")


class NanogptModel(PublishedModel):
    """A checkpoint of nanoGPT, made into a GPT-2 of transformers."""

    source: Literal["nanogpt"] = Field("nanogpt", description="Imported; see [From nanoGPT](#from-nanogpt).")
    path: str = Field(min_length=1, description="The checkpoint, such as out/ckpt.pt.")
    tokenizer: Name = Field(
        description="The model of the study whose tokenizer and chat template it has: a checkpoint has none."
    )
    gelu: Literal["exact", "tanh"] | None = Field(
        None,
        description="Which GELU its MLP has; null: nanoGPT's is exact, and the approximated one is that of checkpoints "
        "with a GPTConfig, which build-nanogpt writes.",
    )
    tinker: str | None = _offered("it does not")


class TinkerModel(PublishedModel):
    """A model that Tinker holds. Its tokenizer, chat template and config are downloaded, its weights never."""

    source: Literal["tinker"] = Field("tinker", description="On the service alone; see [Tinker](#tinker).")
    name: str = Field(min_length=1, description="Its name there, such as Qwen/Qwen3-235B-A22B-Instruct-2507.")
    repo: str = Field("", description="The repository of the hub that has its tokenizer; empty: `name`.")


class ExtendedModel(Settings):
    """Another model of the study with further tokens, and a row of the embeddings for each of them."""

    source: Literal["extended"] = Field("extended", description="Made of `of`; so is a model with this key.")
    title: str = Field("", description="Name shown in tables; empty: the key.")
    of: Name = Field(description="The model that it extends.")
    tokens: TokensOfModel = Field(description="The tokens; see [Domain tokens](#domain-tokens).")
    initial: Literal["pieces", "mean"] = Field(
        "pieces",
        description="What a new row of the embeddings begins as: the mean of the rows of the tokens that its text was "
        "split into before, or of all rows.",
    )


def _with_source(values: Any) -> Any:
    """What is pretrained in the graph or made of another model need not say so."""
    if not isinstance(values, dict):
        return values
    source = "extended" if "of" in values else "pretrain_text" if "text" in values else "pretrain"
    return {"source": source, **values}


MadeModel = PretrainedModel | TextModel
"""Whose weights are drawn and pretrained in the graph."""

AnyModel = Annotated[
    Annotated[
        PretrainedModel | TextModel | HubModel | FolderModel | NanogptModel | TinkerModel | ExtendedModel,
        Field(discriminator="source"),
    ],
    BeforeValidator(_with_source),
]
