"""What planning knows of Tinker: the models that it offers, what it lacks, what its jobs need to know. Loads no SDK."""

from collections.abc import Iterator
from datetime import date

from gradus.models.manifest import SERVICE_RECORD
from gradus.specs.service import ServiceFile
from gradus.study.settings.base import KeyPath, Mistake
from gradus.study.settings.models import AnyModel, ExtendedModel, HubModel, TinkerModel
from gradus.study.settings.tinker import Tinker
from gradus.tinker.prices import KINDS

SECONDS_PER_DAY = 24 * 3600


class TinkerService:
    """See `Service` in sampling/capabilities.py."""

    key = "tinker"
    adapter_record = SERVICE_RECORD

    def offered_name(self, model: AnyModel) -> str | None:
        if isinstance(model, TinkerModel):
            return model.name
        if isinstance(model, ExtendedModel):  # no service has its tokens
            return None
        return model.tinker or (model.repo if isinstance(model, HubModel) else None)

    def file(self, settings: Tinker, models: list[str]) -> ServiceFile:
        prices = settings.prices
        return ServiceFile(
            url=settings.url,
            max_dollars=settings.max_dollars,
            concurrency=settings.concurrency,
            checkpoint_seconds=settings.checkpoint_days * SECONDS_PER_DAY,
            expected_share=settings.expected_share,
            models=models,
            prices_dated=settings.prices_dated,
            prices={name: {kind: getattr(price, kind) for kind in KINDS} for name, price in prices.items()},
            retired={name: price.retired for name, price in prices.items() if price.retired},
            replaced_by={name: price.replaced_by for name, price in prices.items() if price.replaced_by},
        )

    def mistakes(self, settings: Tinker, models: list[str]) -> Iterator[Mistake]:
        """Models that a ceiling cannot be kept for, and days that are none."""
        if settings.max_dollars is not None:
            for model in models:
                if model not in settings.prices:
                    what = f"this model has no price, so max_dollars ({settings.max_dollars:g}) cannot be kept"
                    give = "give its prefill, sample and train in dollars per million tokens, or set max_dollars: null"
                    yield (self.key, "prices", model), f"{what}; {give}"
        days: list[tuple[KeyPath, str]] = [((self.key, "prices_dated"), settings.prices_dated)]
        days += [((self.key, "prices", name, "retired"), price.retired) for name, price in settings.prices.items()]
        for keys, day in days:
            if day and not _is_day(day):
                yield keys, f"expected a day such as 2026-01-31, not {day!r}"


SERVICE = TinkerService()


def only_there(model: AnyModel | None) -> bool:
    """Whether the service alone has the weights."""
    return isinstance(model, TinkerModel)


def lacking(dense: str, model: AnyModel | None, adapter: str | None, adapter_backend: str | None) -> str:
    """What the service lacks of some weights (as in `WeightUse`), and the remedy; empty where it has them."""
    if model is None:
        return f"{dense!r} was made here, and Tinker has models of its own alone; start from a model it offers"
    if adapter is not None and adapter_backend != SERVICE.key:
        trained = f"backend: {adapter_backend} trained {adapter!r}"
        return f"{trained}, and Tinker has adapters of its own alone; set backend: tinker there"
    if SERVICE.offered_name(model) is None:
        return f"Tinker does not offer {dense!r}; set models.{dense}.tinker to the service's name of it"
    return ""


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
