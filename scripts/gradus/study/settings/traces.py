"""Settings of trace sets, worked solutions in chat format that SFT trains on: what several kinds of sets share, and the
kinds that the graph makes itself. Those that read others' solutions are beside their readers, in `traces/sources/`.
"""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from gradus.study.settings.base import MOST_TOKENS, Name, SeedOf, Settings, seed_of
from gradus.study.settings.evaluation import SamplerName
from gradus.study.settings.prompts import Prompt
from gradus.study.settings.token_groups import InjectedTokens
from gradus.study.settings.truncation import Truncation


class TraceSettings(Settings):
    """A trace set, whose `kind` says how it is made."""

    seed: SeedOf | None = seed_of("what is drawn of it")
    if TYPE_CHECKING:
        kind: str


class Traces(TraceSettings):
    """What all trace sets have whose questions Gradus words itself."""

    prompt: Prompt | None = Field(
        None,
        description="Keys of the study's prompt that are different in these traces. Exchanges (few_shot) are "
        "never part of a trace: training would learn their answers by heart.",
    )
    inject: InjectedTokens | None = Field(
        None,
        description="[Domain tokens](#domain-tokens) that take the place of what the assistant says in other words, in "
        "all of its turns but calls of tools. Solutions are graded before that. null: none.",
    )


AnswerForm = Literal["as_is", "box", "tags", "bold", "hash"]


class Form(Traces):
    """How a solution reads as the assistant's turn."""

    think: Literal["keep", "strip", "plain", "wrap"] = Field(
        "keep",
        description="Reasoning in `<think>` tags, in all turns: keep it so, strip it with its tags, write it plain "
        "without the tags, or wrap whatever comes before the boxed answer in tags where there are none.",
    )
    answer: AnswerForm = Field(
        "as_is",
        description="The answer, which is that of the solution's tags or box, else its row's: as it is; in a box at "
        "the end, where the solution has none; or on a line of its own, which is all that follows reasoning in tags: "
        "`<answer>x</answer>` (tags), `The answer is **x**.` (bold) or `#### x` (hash).",
    )


class TraceFilter(Settings):
    """Which of a teacher's completions become traces."""

    min_steps: int = Field(1, ge=0, le=MOST_TOKENS, description="Fewest lines of working before the boxed answer.")
    min_tokens: int = Field(4, ge=0, le=MOST_TOKENS, description="Shorter completions only restate the answer.")
    max_tokens: int = Field(96, ge=1, le=MOST_TOKENS, description="Longer completions are dropped.")
    keep: Literal["shortest", "first", "all"] = Field(
        "shortest", description="Which of a problem's remaining completions to keep."
    )


class SampledTraces(TraceSettings, Truncation):
    """Trace sets that are made of what a model writes here."""

    teacher: Name = Field(
        description="Who writes: a model of the study, or an experiment (the first of its training runs)."
    )
    problems: Name | list[Name] = Field(
        description="The problem set, or several, which are joined: a problem that two of them share is asked once."
    )
    teacher_prompt: Prompt | None = Field(
        None, description="Keys of the study's prompt that are different when the teacher is asked, such as few_shot."
    )
    samples: int = Field(4, ge=1, le=256, description="Completions per problem.")
    temperature: float = Field(0.7, ge=0, le=2, description="Sampling temperature.")
    max_tokens: int = Field(96, ge=1, le=MOST_TOKENS, description="Longest completion.")
    sampler: SamplerName | None = Field(None, description="What samples the teacher; null: the study's sampler.")


class DistilledTraces(SampledTraces, Form):
    """Completions of a teacher on one problem set or several, graded and filtered."""

    kind: Literal["distilled"] = Field("distilled", description="Sampled from a teacher.")
    filter: TraceFilter = Field(default_factory=TraceFilter, description="What is kept.")


Balance = Literal["none", "set", "problem"]


class JudgedTraces(SampledTraces):
    """Right and wrong solutions, each with the question which it is and the grader's verdict: what a verifier learns.
    See [Verifiers](#verifiers)."""

    kind: Literal["judged"] = Field("judged", description="Solutions with the grader's verdicts.")
    samples: int = Field(8, ge=2, le=256, description="Completions per problem.")
    temperature: float = Field(0.7, gt=0, le=2, description="Sampling temperature.")
    question: str = Field(
        "Is this solution right or wrong?",
        min_length=1,
        max_length=2000,
        description="What follows a problem with its solution. The answer is one word, right or wrong.",
    )
    balance: Balance = Field(
        "problem",
        description="Keep as many right as wrong solutions, of each problem or of the whole set; none: keep all.",
    )


class PocketPublicTraces(Traces):
    """Correct solutions in another publisher's style: longer, with other formatting. A deliberate mismatch."""

    kind: Literal["pocket_public"] = Field("pocket_public", description="Generated in another style.")
    size: int = Field(600, ge=1, le=100_000, description="Number of traces.")
    levels: list[Annotated[int, Field(ge=1, le=5)]] = Field(
        [1, 2, 3, 4, 5], min_length=1, description="Levels, in equal shares."
    )


class Rendering(Form):
    """How a solution reads as the assistant's turn, and which solutions are kept."""

    correct_only: bool = Field(
        False, description="Keep only rows whose text the study's grading finds right, against the row's answer."
    )
    calculator: bool = Field(
        False,
        description="Steps of a solution become calls of a calculator, each with its result: lines such as "
        "`37*48=1776`, and GSM8K's `<<37*48=1776>>`; see [Tools](#tools).",
    )
    min_characters: int = Field(1, ge=0, description="Shorter solutions are left out.")
    max_characters: int | None = Field(None, ge=1, description="Longer solutions are left out.")
    max_tokens: int | None = Field(None, ge=1, le=MOST_TOKENS, description="The same in tokens of `tokenizer`.")
    tokenizer: Name | None = Field(
        None, description="A model of the study, in whose tokens solutions are counted; null: they are not."
    )
    size: int | None = Field(None, ge=1, description="So many of what is left; they stay in their order.")
    take: Literal["drawn", "first"] = Field("drawn", description="Which of them: drawn with the seed, or the first.")


class ProblemTraces(Rendering):
    """Traces that are made of a problem set of the study."""

    if TYPE_CHECKING:
        problems: str


class PublishedTraces(Rendering):
    """What trace sets have that come from a file or from the hub, besides `repo` and `files`."""

    path: str | None = Field(
        None,
        min_length=1,
        description="A local file or folder (JSON lines, JSON, parquet, Arrow), relative to the folder that snakemake "
        "runs in. Null: downloaded; see [From the hub](#from-the-hub).",
    )
    if TYPE_CHECKING:  # each kind has its own defaults
        repo: str
        files: list[str]


class MixedTraces(TraceSettings):
    """Rows of several trace sets in stated shares."""

    kind: Literal["mix"] = Field("mix", description="A mix of other trace sets.")
    parts: dict[Name, Annotated[float, Field(gt=0)]] = Field(
        min_length=1,
        description="Trace sets with their weights: the shares of the rows (not of tokens), of whatever sum. No row "
        "is taken twice, and the exact counts are in the summary.",
    )
    size: int | None = Field(None, ge=1, description="Rows of the mix; null: as many as the sets have at these shares.")
    keep: Literal["drawn", "shortest"] = Field(
        "drawn", description="Which rows of a set: drawn with the seed, or the shortest solutions (in characters)."
    )
