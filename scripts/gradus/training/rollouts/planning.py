"""What planning knows of rollouts. Nothing here imports torch."""

from typing import Any

from gradus.study.settings.grpo import Rollouts


def engine_module(name: str) -> str:
    """The module that a job loads by the name in `rollouts.engine`, for its fingerprint."""
    return f"gradus.training.rollouts.{name}"


def rollouts_read(rollouts: Rollouts) -> dict[str, Any]:
    """Those of the settings that decide anything, for the spec of a job."""
    if rollouts.engine == "transformers":
        return {"engine": rollouts.engine}
    unread = {"memory_share", "sleep"} if rollouts.engine == "vllm_server" else {"server"}
    return rollouts.model_dump(mode="json", exclude=unread)


def writes_by_vllm(settings: Any) -> bool:
    """Whether the rollouts of a job with this spec's settings come from vLLM: in its process, or from a server whose
    client imports it too."""
    rollouts = getattr(settings, "rollouts", None)
    return rollouts is not None and rollouts.engine != "transformers"
