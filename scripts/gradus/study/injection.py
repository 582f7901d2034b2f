"""Where a study has domain tokens injected into texts."""

from typing import TypeVar

from gradus.study.settings.token_groups import InjectedTokens
from gradus.vocabulary.named import kind_module, resolved

T = TypeVar("T", bound=InjectedTokens)


def injected_for_specs(inject: T | None) -> T | None:
    """The same without local files."""
    return None if inject is None else resolved(inject)


def injection_modules(inject: InjectedTokens | None) -> tuple[str, ...]:
    """What a job that injects loads by name."""
    return () if inject is None else (kind_module(inject.kind),)
