"""Settings of problem sets."""

from typing import Annotated, Literal

from pydantic import Field

from gradus.study.settings.base import Name, Settings
from gradus.study.settings.downloads import files_field, repo_field
from gradus.study.settings.evaluation import Grading, SamplerName
from gradus.study.settings.prompts import Prompt

Level = Annotated[int, Field(ge=1, le=7)]
PublishedLevel = Annotated[int, Field(ge=0, le=9)]


class PocketProblems(Settings):
    """Generated multi-step arithmetic word problems."""

    source: Literal["pocket"] = Field("pocket", description="The embedded generator.")
    split: Literal["train", "evaluation", "evaluation/main", "evaluation/small", "evaluation/reworded"] = Field(
        "train", description="Part of the partition of arithmetic chains that the problems are drawn from."
    )
    size: int = Field(500, ge=1, le=100_000, description="Number of problems.")
    levels: list[Level] = Field(
        [1, 2, 3, 4, 5],
        min_length=1,
        description="Levels, in equal shares: the number of steps. 6 and 7 are longer than any training text.",
    )
    wording: Literal["familiar", "reworded"] = Field(
        "familiar", description="Sentence frames, names and items: those of the training text, or a disjoint family."
    )


class Filters(Settings):
    """What is kept of a set, in this order: `drop`, `levels`, `subjects`, then `size`. Null keeps everything."""

    drop: list[str] = Field([], description="Ids of problems to leave out.")
    levels: list[PublishedLevel] | None = Field(
        None, min_length=1, description="Levels to keep; 0 stands for problems that have none."
    )
    subjects: list[str] | None = Field(
        None, min_length=1, description="Subjects to keep, as the publisher writes them."
    )
    size: int | None = Field(None, ge=1, description="So many problems, drawn with the seed; they stay in their order.")


class SubsetProblems(Filters):
    """Problems of another set, filtered."""

    source: Literal["subset"] = Field("subset", description="A filter over another set of the study.")
    of: Name = Field(description="The set to take problems from.")


MARKS = ("split", "config")
"""Stand in the patterns of `files` for these settings of a set."""


class PublishedProblems(Filters):
    """What all published sets have, besides `repo` and `files`."""

    path: str | None = Field(
        None,
        min_length=1,
        description="A local file or folder with the set, in the publisher's format or as JSON lines with `id`, "
        "`problem`, `answer`, `level`, `subject`; relative to the folder that snakemake runs in. "
        "See [Problem sets](#problem-sets). Null: downloaded; see [From the hub](#from-the-hub).",
    )
    expect_rows: int | None = Field(
        None, ge=1, description="Rows before any filter, where a copy rightly has another number than the known one."
    )


class Gsm8kProblems(PublishedProblems):
    """Grade-school word problems (Cobbe et al. 2021, arXiv:2110.14168): 7,473 to train on, 1,319 to test."""

    source: Literal["gsm8k"] = Field("gsm8k", description="GSM8K.")
    repo: str = repo_field("openai/gsm8k")
    files: list[str] = files_field("main/{split}-*.parquet", marks=MARKS)
    split: Literal["train", "test"] = Field(description="Part of the set.")


class MathProblems(PublishedProblems):
    """Competition problems in levels 1 to 5 (Hendrycks et al. 2021, arXiv:2103.03874): 7,500 and 5,000."""

    source: Literal["math"] = Field("math", description="MATH; levels [4, 5] are the hard ones.")
    repo: str = repo_field("EleutherAI/hendrycks_math")
    files: list[str] = files_field("*/{split}-*.parquet", marks=MARKS)
    split: Literal["train", "test"] = Field(description="Part of the set.")


class Math500Problems(PublishedProblems):
    """500 problems of MATH's test part (Lightman et al. 2023, arXiv:2305.20050)."""

    source: Literal["math500"] = Field("math500", description="MATH-500.")
    repo: str = repo_field("HuggingFaceH4/MATH-500")
    files: list[str] = files_field("test.jsonl", marks=MARKS)


class Aime2024Problems(PublishedProblems):
    """The 30 problems of the American Invitational Mathematics Examination 2024, I and II."""

    source: Literal["aime2024"] = Field("aime2024", description="AIME 2024.")
    repo: str = repo_field("HuggingFaceH4/aime_2024")
    files: list[str] = files_field("*.parquet", marks=MARKS)


class Aime2025Problems(PublishedProblems):
    """The 30 problems of the American Invitational Mathematics Examination 2025, I and II."""

    source: Literal["aime2025"] = Field("aime2025", description="AIME 2025.")
    repo: str = repo_field("opencompass/AIME2025")
    files: list[str] = files_field("*.jsonl", marks=MARKS)


class Amc2023Problems(PublishedProblems):
    """The 40 problems of the AMC 12 of 2023, A and B, whose answers are numbers."""

    source: Literal["amc2023"] = Field("amc2023", description="AMC 2023.")
    repo: str = repo_field("math-ai/amc23")
    files: list[str] = files_field("*.parquet", marks=MARKS)


class OlympiadBenchProblems(PublishedProblems):
    """Olympiad mathematics in English, text only, open-ended (He et al. 2024, arXiv:2402.14008): 675 problems."""

    source: Literal["olympiadbench"] = Field("olympiadbench", description="OlympiadBench, OE_TO_maths_en_COMP.")
    repo: str = repo_field("Hothan/OlympiadBench")
    files: list[str] = files_field("OE_TO_maths_en_COMP.parquet", marks=MARKS)
    answer_types: list[Literal["numerical", "expression", "tuple", "interval", "equation"]] | None = Field(
        None, min_length=1, description="Kinds of answers to keep; [numerical] leaves 572 problems."
    )


class HellaSwagProblems(PublishedProblems):
    """Which of four endings continues a text (Zellers et al. 2019, arXiv:1905.07830): 10,042 of validation.

    The problem is the text with the endings lettered A to D, the answer the letter.
    """

    source: Literal["hellaswag"] = Field("hellaswag", description="HellaSwag, validation.")
    repo: str = repo_field("Rowan/hellaswag")
    files: list[str] = files_field("data/validation-*.parquet", marks=MARKS)


class OpenR1Problems(PublishedProblems):
    """Problems of OpenR1-Math-220k that have a generation which passes the filters; 93,733 rows before them."""

    source: Literal["openr1"] = Field("openr1", description="OpenR1-Math-220k.")
    repo: str = repo_field("open-r1/OpenR1-Math-220k")
    files: list[str] = files_field("{config}/train-*.parquet", marks=MARKS)
    config: Literal["default", "extended", "all"] = Field("default", description="The publisher's part of the set.")
    verified_by: Literal["math_verify", "llama", "either", "nobody"] = Field(
        "math_verify", description="Whose verdict a generation needs; nobody: none."
    )
    max_characters: int | None = Field(None, ge=1, description="Longest generation that counts; null: any length.")


class ArithmeticProbes(Settings):
    """Bare arithmetic, generated: the 81 products of the multiplication table, then longer products and sums."""

    source: Literal["arithmetic_probes"] = Field("arithmetic_probes", description="The embedded generator.")
    products: int = Field(100, ge=0, le=5000, description="Products of numbers with several digits.")
    sums: int = Field(100, ge=0, le=5000, description="Sums of numbers with several digits.")
    digits: list[Annotated[int, Field(ge=2, le=9)]] = Field(
        [2, 3], min_length=1, description="Numbers of digits of the operands, in turn."
    )


class GsmSbsProblems(Settings):
    """Products taken apart digit by digit until only the multiplication table is needed, generated.

    The worked decomposition of each is at hand as a solution to train on.
    """

    source: Literal["gsm_sbs"] = Field("gsm_sbs", description="The embedded generator.")
    size: int = Field(640, ge=1, le=5000, description="Number of products.")
    digits: list[Annotated[int, Field(ge=1, le=4)]] = Field(
        [2, 3], min_length=1, description="Numbers of digits of the factors, in turn."
    )


ProblemSet = Annotated[
    PocketProblems
    | SubsetProblems
    | Gsm8kProblems
    | MathProblems
    | Math500Problems
    | Aime2024Problems
    | Aime2025Problems
    | Amc2023Problems
    | OlympiadBenchProblems
    | HellaSwagProblems
    | OpenR1Problems
    | ArithmeticProbes
    | GsmSbsProblems,
    Field(discriminator="source"),
]


class Benchmark(Settings):
    """A problem set that every experiment is evaluated on."""

    title: str = Field("", description="Column title in tables; empty: the key.")
    problems: Name = Field(description="The problem set.")
    max_tokens: int = Field(96, ge=1, description="Longest completion; a longer one counts as truncated.")
    prompt: Prompt | None = Field(None, description="Keys of the study's prompt that are different for this benchmark.")
    grading: Grading | None = Field(None, description="Grading of this benchmark; null: the study's.")
    samples: int = Field(
        1,
        ge=1,
        le=1024,
        description="Samples per problem. With several the accuracy is avg@k, their mean: for small sets, sampled at a "
        "temperature.",
    )
    temperature: float | None = Field(
        None, ge=0, le=2, description="Sampling temperature for this benchmark; null: the study's."
    )
    sampler: SamplerName | None = Field(
        None, description="What samples this benchmark, where the experiment names none; null: the study's sampler."
    )
