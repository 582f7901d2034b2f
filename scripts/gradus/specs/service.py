"""`service.json` in the study's folder, for the jobs on a service. It changes no result, so it is in no spec."""

from gradus.study.settings.base import Settings


class ServiceFile(Settings):
    """url: of the service; None: the one in the environment, or the service's default.
    max_dollars: the most that the whole study may spend; None: unlimited.
    concurrency: the most requests in flight at a time.
    checkpoint_seconds: how long the service keeps checkpoints.
    expected_share: expected length of completions, as a share of max_tokens.
    models: those that the study uses there, by the service's names.
    prices_dated: the date of the prices, or empty.
    prices: dollars per million tokens, by model and kind of tokens.
    retired, replaced_by: by model, the date on which the service retired it, and the model it offers instead.
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
