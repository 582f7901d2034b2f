"""Settings of the jobs that make and measure trace sets."""

from typing import Literal

from gradus.specs.base import JobSettings, Outside, Pinned, Plugin
from gradus.specs.models import Origin
from gradus.specs.prompts import PromptSpec
from gradus.study.settings.base import Percentile
from gradus.study.settings.evaluation import Grading
from gradus.study.settings.token_groups import InjectedTokens
from gradus.study.settings.traces import AnswerForm, Balance, TraceFilter


class FilterTracesSpec(JobSettings):
    """`think`, `answer`, `inject`: how a completion is rewritten as the assistant's turn. `grader`: fingerprint of the
    grading code, whose verdicts decide which traces are kept."""

    teacher: str
    prompt: PromptSpec
    sets: list[str]
    filter: TraceFilter
    think: str = "keep"
    answer: AnswerForm = "as_is"
    inject: InjectedTokens | None = None
    grading: Grading
    grader: str = ""
    origin: Origin | None = None


class JudgeTracesSpec(JobSettings):
    """`teacher`: the model or experiment whose completions are judged. `grader` as in `FilterTracesSpec`."""

    teacher: str
    question: str
    balance: Balance
    sets: list[str]
    grading: Grading
    seed: int
    grader: str = ""


class MakePublicTracesSpec(JobSettings):
    prompt: PromptSpec
    size: int
    levels: list[int]
    inject: InjectedTokens | None = None
    seed: int


class ReadTracesSpec(JobSettings):
    """`traces`: the set's own settings, which its kind reads. `of`: the problem set whose solutions are taken, with its
    settings and seed. `origin`: of the model whose tokenizer counts the traces' tokens."""

    set: str
    seed: int
    kind: str
    traces: Plugin
    prompt: PromptSpec
    grading: Grading
    of: Plugin | None = None
    origin: Origin | None = None
    outside: Outside | None = None
    hub: Pinned | None = None


class MixTracesSpec(JobSettings):
    """`parts`: names of trace sets with their weights, in order."""

    parts: list[tuple[str, float]]
    size: int | None
    keep: Literal["drawn", "shortest"]
    seed: int


class MeasureTracesSpec(JobSettings):
    experiment: str
    traces: list[str]
    max_length: int | Percentile
    model: str
    origin: Origin | None = None
