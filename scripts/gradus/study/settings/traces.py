"""Settings of trace sets: worked solutions in chat format that SFT trains on."""

from typing import Annotated, Literal

from pydantic import Field

from gradus.study.settings.base import Name, Settings
from gradus.study.settings.downloads import files_field, repo_field
from gradus.study.settings.evaluation import SamplerName
from gradus.study.settings.prompts import Prompt


class Traces(Settings):
    """What all trace sets have whose questions Gradus words itself."""

    prompt: Prompt | None = Field(
        None,
        description="Keys of the study's prompt that are different in these traces. Exchanges (few_shot) are "
        "never part of a trace: training would learn their answers by heart.",
    )


class TraceFilter(Settings):
    """Which of a teacher's completions become traces."""

    min_steps: int = Field(1, ge=0, description="Fewest lines of working before the boxed answer.")
    min_tokens: int = Field(4, ge=0, description="Shorter completions only restate the answer.")
    max_tokens: int = Field(96, ge=1, description="Longer completions are dropped.")
    keep: Literal["shortest", "first", "all"] = Field(
        "shortest", description="Which of a problem's remaining completions to keep."
    )


class DistilledTraces(Traces):
    """Completions of a teacher on one problem set or several, graded and filtered."""

    kind: Literal["distilled"] = Field("distilled", description="Sampled from a teacher.")
    teacher: Name = Field(description="A model of the study.")
    problems: Name | list[Name] = Field(
        description="The problem set, or several, which are joined: a problem that two of them share is asked once."
    )
    teacher_prompt: Prompt | None = Field(
        None, description="Keys of the study's prompt that are different when the teacher is asked, such as few_shot."
    )
    samples: int = Field(4, ge=1, le=256, description="Completions per problem.")
    temperature: float = Field(0.7, ge=0, le=2, description="Sampling temperature.")
    max_tokens: int = Field(96, ge=1, description="Longest completion.")
    sampler: SamplerName | None = Field(None, description="What samples the teacher; null: the study's sampler.")
    filter: TraceFilter = Field(default_factory=TraceFilter, description="What is kept.")


class PocketPublicTraces(Traces):
    """Correct solutions in another publisher's style: longer, with other formatting. A deliberate mismatch."""

    kind: Literal["pocket_public"] = Field("pocket_public", description="Generated in another style.")
    size: int = Field(600, ge=1, description="Number of traces.")
    levels: list[Annotated[int, Field(ge=1, le=5)]] = Field(
        [1, 2, 3, 4, 5], min_length=1, description="Levels, in equal shares."
    )


class Rendering(Traces):
    """How a solution reads as the assistant's turn, and which solutions are kept."""

    think: Literal["keep", "strip", "plain", "wrap"] = Field(
        "keep",
        description="Reasoning in `<think>` tags, in all turns: keep it so, strip it with its tags, write it plain "
        "without the tags, or wrap whatever comes before the boxed answer in tags where there are none.",
    )
    box: bool = Field(
        False,
        description="End in a box: `<answer>` tags become one, and a solution without either gets its row's answer.",
    )
    correct_only: bool = Field(
        False, description="Keep only rows whose text the study's grading finds right, against the row's answer."
    )
    min_characters: int = Field(1, ge=0, description="Shorter solutions are left out.")
    max_characters: int | None = Field(None, ge=1, description="Longer solutions are left out.")
    max_tokens: int | None = Field(None, ge=1, description="The same in tokens of `tokenizer`.")
    tokenizer: Name | None = Field(
        None, description="A model of the study, in whose tokens solutions are counted; null: they are not."
    )
    size: int | None = Field(
        None, ge=1, description="So many of what is left, drawn with the seed; they stay in their order."
    )


class SolutionTraces(Rendering):
    """The publisher's own solutions to a problem set: of GSM8K, MATH, MATH-500, and the worked ones of GSM-SBS."""

    kind: Literal["solutions"] = Field("solutions", description="Solutions that come with a problem set.")
    problems: Name = Field(description="The problem set; its filters hold here too.")


class PublishedTraces(Rendering):
    """What trace sets have that come from a file or from the hub, besides `repo` and `files`."""

    path: str | None = Field(
        None,
        min_length=1,
        description="A local file or folder (JSON lines, JSON, parquet, Arrow), relative to the folder that snakemake "
        "runs in. Null: downloaded; see [From the hub](#from-the-hub).",
    )


class RowTraces(PublishedTraces):
    """Solutions in a common layout, found by their columns: a chat, or a question with its response."""

    kind: Literal["rows"] = Field("rows", description="Rows with a chat, or with a question and a response.")
    repo: str = repo_field("")
    files: list[str] = files_field("*train*")


class OpenR1Traces(PublishedTraces):
    """Generations of DeepSeek R1 from OpenR1-Math-220k, in `<think>` tags, with verdicts."""

    kind: Literal["openr1"] = Field("openr1", description="OpenR1-Math-220k.")
    repo: str = repo_field("open-r1/OpenR1-Math-220k")
    files: list[str] = files_field("data/train-*.parquet")
    verified_by: Literal["math_verify", "llama", "either", "nobody"] = Field(
        "math_verify", description="Whose verdict a generation needs; nobody: none."
    )
    keep: Literal["shortest", "first", "all"] = Field(
        "shortest", description="Which of a problem's generations that pass the filters to keep."
    )


class Tulu3Traces(PublishedTraces):
    """Conversations of Tulu 3's SFT mixture (Lambert et al. 2024, arXiv:2411.15124): 939,343 of all kinds."""

    kind: Literal["tulu3"] = Field("tulu3", description="The Tulu 3 SFT mixture.")
    repo: str = repo_field("allenai/tulu-3-sft-mixture")
    files: list[str] = files_field("data/train-*.parquet")
    sources: list[str] | None = Field(
        None, min_length=1, description="Parts of the mixture to keep, as its `source` column names them; null: all."
    )


class MixedTraces(Settings):
    """Rows of several trace sets in stated shares."""

    kind: Literal["mix"] = Field("mix", description="A mix of other trace sets.")
    parts: dict[Name, Annotated[float, Field(gt=0)]] = Field(
        min_length=1,
        description="Trace sets with their weights: the shares of the rows (not of tokens), of whatever sum. No row "
        "stands twice, and the exact counts are in the summary.",
    )
    size: int | None = Field(None, ge=1, description="Rows of the mix; null: as many as the sets have at these shares.")
    keep: Literal["drawn", "shortest"] = Field(
        "drawn", description="Which rows of a set: drawn with the seed, or the shortest solutions (in characters)."
    )


TraceSet = Annotated[
    DistilledTraces | PocketPublicTraces | SolutionTraces | RowTraces | OpenR1Traces | Tulu3Traces | MixedTraces,
    Field(discriminator="kind"),
]
