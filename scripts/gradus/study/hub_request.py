"""What `--config` says to the targets that share models: which of them, and no setting of the study."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gradus.provenance.errors import GradusError

TARGETS = frozenset({"push", "pull", "hub_list"})


@dataclass(frozen=True)
class HubRequest:
    """asked: names of groups, models or experiments. checkpoints: whether those of a training come along."""

    asked: tuple[str, ...] = ()
    checkpoints: bool = False

    @classmethod
    def taken_from(cls, config: Mapping[str, Any]) -> tuple["HubRequest", dict[str, Any]]:
        """The request in a command's `--config`, and what else is there, which is laid over the study.

        Raises GradusError for a value that is none.
        """
        rest = dict(config)
        group, checkpoints = rest.pop("group", []), rest.pop("checkpoints", False)
        asked = [group] if isinstance(group, str) else group
        if not isinstance(asked, list) or not all(isinstance(name, str) for name in asked):
            raise GradusError(f"--config group={group!r}: expected the name of a group, model or experiment, or [a, b]")
        if not isinstance(checkpoints, bool):
            raise GradusError(f"--config checkpoints={checkpoints!r}: expected true or false")
        return cls(tuple(asked), checkpoints), rest

    def expect_target(self, targets: frozenset[str]) -> None:
        """Raise GradusError where it is said to a command that shares nothing."""
        if self != HubRequest() and not (targets and targets <= TARGETS):
            raise GradusError(
                f"--config group and checkpoints: only {', '.join(sorted(TARGETS))} take them; leave them out, or ask "
                "for one of these"
            )
