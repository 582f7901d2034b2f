"""Where a study has domain tokens injected into texts."""

from typing import TypeVar

from gradus.study.settings.base import KeyPath, Mistake
from gradus.study.settings.token_groups import TOKEN_KINDS, InjectedTokens
from gradus.vocabulary.named import kind_module, resolved, token_kind

T = TypeVar("T", bound=InjectedTokens)


def injection_mistakes(inject: InjectedTokens | None, keys: KeyPath) -> list[Mistake]:
    """The mistake of injecting tokens of which nothing says what they take the place of."""
    if inject is None or token_kind(inject.kind).expressions is not None:
        return []
    able = " or ".join(name for name, kind in TOKEN_KINDS.items() if kind.expressions is not None)
    return [((*keys, "kind"), f"tokens of {inject.kind} take the place of nothing in a text; set kind: {able}")]


def injected_for_specs(inject: T | None) -> T | None:
    """The same without local files."""
    return None if inject is None else resolved(inject)


def injection_modules(inject: InjectedTokens | None) -> tuple[str, ...]:
    """What a job that injects loads by name."""
    return () if inject is None else (kind_module(inject.kind),)
