"""Settings of the texts that models are pretrained on."""

from pydantic import Field

from gradus.study.settings.base import Settings
from gradus.study.settings.downloads import files_field, repo_field
from gradus.study.settings.token_groups import InjectedTokens

MOST_TEXT_TOKENS = 10**13
"""Of a corpus; no published text has as many."""


class TextCorpus(Settings):
    """A text that models are pretrained on: documents of local files, or of a data set of the hub."""

    path: str | None = Field(
        None,
        min_length=1,
        description="A local file, or a folder of them, whose files are read in the order of their names: .txt, "
        ".jsonl, .jsonl.gz, .json.gz, .parquet, .arrow, .csv, .tsv or .json. null: downloaded from `repo`.",
    )
    repo: str = repo_field("")
    files: list[str] = files_field("*")
    column: str = Field(
        "text", min_length=1, description="The column that holds a document's text, or the path to it; not of .txt."
    )
    separator: str = Field(
        "\n\n", min_length=1, description="What stands between two documents of a .txt file; by default a blank line."
    )
    tokens: int = Field(
        ge=16,
        le=MOST_TEXT_TOKENS,
        description="Tokens to train on, those that end documents included. A text with fewer is refused; what it has "
        "beyond them is not tokenised.",
    )
    eval_tokens: int = Field(
        0,
        ge=0,
        le=10**9,
        description="Tokens of held-out documents besides, by which the evaluation loss is measured. They are taken in "
        "even distances, each document whole; 0: none.",
    )
    inject: InjectedTokens | None = Field(
        None,
        description="[Domain tokens](#domain-tokens) that take the place of what documents say in other words; usually "
        "those of the model's `tokens`.",
    )
