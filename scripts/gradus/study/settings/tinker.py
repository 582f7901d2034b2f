"""Settings of Tinker, the service: where it is, what it costs, what may be spent. None of them decides a result."""

from pydantic import Field

from gradus.study.settings.base import Settings, Share


class Price(Settings):
    """What a model's tokens cost, in dollars per million."""

    prefill: float = Field(ge=0, description="Tokens of prompts that are read.")
    sample: float = Field(ge=0, description="Tokens that are sampled.")
    train: float = Field(ge=0, description="Tokens that are trained on, prompts included.")
    retired: str = Field("", description="The day since which the service no longer offers it, such as 2026-06-30.")
    replaced_by: str = Field("", description="The model that the service offers in its place.")


class Tinker(Settings):
    """The service of the `tinker` backend and sampler. A change of these settings reruns nothing."""

    url: str | None = Field(
        None, min_length=1, description="Address of the service; null: that of TINKER_BASE_URL, else the service's own."
    )
    max_dollars: float | None = Field(
        None,
        ge=0,
        description="Most that the study spends in all; before more, jobs save what they have and stop. Needs `prices` "
        "of all its models. Null: no ceiling.",
    )
    concurrency: int = Field(64, ge=1, le=1024, description="Most requests in flight at a time.")
    checkpoint_days: int = Field(30, ge=1, le=3650, description="Days for which the service keeps checkpoints.")
    expected_share: Share = Field(
        0.5, description="How long completions are expected to be, for the estimate: their share of max_tokens."
    )
    prices_dated: str = Field("", description="The day that `prices` are of, such as 2026-01-31.")
    prices: dict[str, Price] = Field({}, description="Prices by the service's name of a model.")
