"""What the jobs on a service find as `service.json` in the study's folder. It decides no result, and is in no spec."""

from gradus.study.settings.base import Settings


class ServiceFile(Settings):
    """url: of the service; None: the environment says it, or it is the service's own.
    max_dollars: the most that the study spends in all; None: no ceiling.
    concurrency: the most requests in flight at a time.
    checkpoint_seconds: for how long the service keeps checkpoints.
    expected_share: how long completions are expected to be, as a share of max_tokens.
    models: those that the study uses there, by the service's names.
    prices_dated: the day that the prices are of, or empty.
    prices: dollars for a million tokens, by model and kind of tokens.
    retired, replaced_by: by model, the day since which the service no longer offers it, and what it offers instead.
    """

    url: str | None
    max_dollars: float | None
    concurrency: int
    checkpoint_seconds: int
    expected_share: float
    models: list[str]
    prices_dated: str
    prices: dict[str, dict[str, float]]
    retired: dict[str, str]
    replaced_by: dict[str, str]
