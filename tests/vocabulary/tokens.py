"""Injections for tests, as a study has them."""

from typing import Any

from pydantic import TypeAdapter

from gradus.study.settings.token_groups import InjectedTokens

WEAK: dict[str, Any] = {"kind": "multiplication", "up_to": 9, "mode": "weak"}


def multiplication(**changes: Any) -> InjectedTokens:
    return TypeAdapter(InjectedTokens).validate_python(WEAK | changes)
