"""Families of domain tokens from a study's settings."""

from functools import partial
from typing import TypeVar

from gradus.study.settings.domain_tokens import KINDS, AnyTokenKind, DomainTokenSettings
from gradus.study.settings.plugins import load_plugin, plugin_module
from gradus.vocabulary.family import TokenFamily

T = TypeVar("T", bound=DomainTokenSettings)


def token_kind(name: str) -> AnyTokenKind:
    """The kind of this name."""
    return load_plugin(KINDS, name, "KIND")


def kind_module(name: str) -> str:
    """What a job that uses tokens of this kind loads."""
    return plugin_module(KINDS, name)


def family_name(settings: DomainTokenSettings) -> str:
    """By which the family is known in columns and files."""
    return settings.name or settings.kind


def token_family(settings: DomainTokenSettings) -> TokenFamily:
    """The family of these settings. Raises GradusError where its tokens cannot be read or are not all different."""
    kind = token_kind(settings.kind)
    expressions = None if kind.expressions is None else partial(kind.expressions, settings)
    return TokenFamily(family_name(settings), tuple(kind.tokens(settings)), expressions)


def resolved(settings: T) -> T:
    """The same settings with the tokens of a local file in them, for specs. Raises GradusError as `token_family`."""
    return token_kind(settings.kind).resolved(settings)
