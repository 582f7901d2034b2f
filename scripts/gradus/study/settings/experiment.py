"""Settings that all experiments have: where they start, what samples them, and what was published of them."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from gradus.study.settings.base import MOST_STEPS, Name, SeedOf, Settings, seed_of
from gradus.study.settings.evaluation import SamplerName
from gradus.study.settings.published import Amount, Percent, PublishedCosts, PublishedPercent

VOTE = r"^(maj|pass)@[1-9][0-9]*$"
Vote = Annotated[str, StringConstraints(pattern=VOTE)]


class Experiment(Settings):
    """What all experiments have."""

    title: str = Field("", description="Row title in tables; empty: the key.")
    description: str = Field("", description="One sentence for the report.")
    parent: Name = Field(alias="from", description="A model or another experiment to start from.")
    checkpoint: Annotated[int, Field(ge=1, le=MOST_STEPS)] | Literal["best"] | None = Field(
        None,
        description="Start from a checkpoint of `from` instead of from its end: the one after this step, or the one "
        "with the best held-out loss (SFT) or reward (GRPO with `held_out`); see [Checkpoints](#checkpoints).",
    )
    show: bool | None = Field(
        None,
        description="Whether it is a row of the tables. One that is not is trained and not asked the benchmarks. "
        "Null: a row, unless it is a [verifier](#verifiers).",
    )
    benchmarks: Annotated[list[Name], Field(min_length=1)] | None = Field(
        None,
        description="The benchmarks that it is asked; null: all. Tables show – in the others, and two experiments are "
        "compared on those that both were asked.",
    )
    inherits: Name | None = Field(None, description="Another experiment whose settings this one starts with.")
    sampler: SamplerName | None = Field(
        None,
        description="What samples this experiment on the benchmarks; null: the benchmark's sampler, or the study's.",
    )
    seed: SeedOf | None = seed_of("its training and its samples")
    reference: dict[Name, PublishedPercent] = Field(
        {},
        description="Published accuracies in percent, by benchmark: `90.2`, `85-90`, `79.4 ± 3.5`, or counts as "
        "`601/1319`. Tables and report show them beside the measured ones. They decide no result; see [Reference "
        "values](#reference-values).",
    )
    reference_parts: dict[Name, dict[Annotated[str, Field(min_length=1)], PublishedPercent]] = Field(
        {},
        description="The same of [parts of a benchmark](#parts-of-a-benchmark), by benchmark and part, as in `{probes: "
        "{addition: 2/100}}`; of levels `level 1`.",
    )
    reference_votes: dict[Name, dict[Vote, Percent]] = Field(
        {}, description="The same of its votes, by benchmark, as `maj@16` and `pass@64`."
    )
    reference_tokens: dict[Name, dict[Name, Amount]] = Field(
        {},
        description="Published [domain tokens](#domain-tokens) of a response, by benchmark and family, as in `{gsm8k: "
        "{multiplication: 0.85}}`; `domain_tokens.md` shows them beside its own.",
    )
    reference_costs: PublishedCosts | None = Field(
        None, description="What was published of its training's time and memory; the report shows it beside its own."
    )


class Untrained(Experiment):
    """A row of the table without training: the starting point itself."""

    stage: Literal["none"] = Field(description="No training.")
