"""What differs between two specs of a job, in words: `learning_rate changed from 0.0001 to 0.0002`."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

LONGEST = 32
"""Characters of a value that is shown."""

CODE = {
    "pretrain": "training",
    "sft": "training",
    "dpo": "training",
    "grpo": "training",
    "sample_benchmark": "sampling",
    "sample_traces": "sampling",
    "sample_problems": "sampling",
    "measure_likelihoods": "sampling",
    "score_samples": "evaluation",
    "score_likelihoods": "evaluation",
    "count_votes": "evaluation",
}
"""What the code of a stage is for; of others by their names."""


def spec_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """before, after: two specs as JSON has them. Of equal ones nothing."""
    old, new = _flattened(before.get("settings", {})), _flattened(after["settings"])
    settings = [_setting(key, old, new) for key in dict.fromkeys([*new, *old]) if old.get(key) != new.get(key)]
    yield from dict.fromkeys(words for words in settings if words)
    there, now = before.get("modules", []), after["modules"]
    if there != now and not any(settings):
        yield f"runs {_names(now, there) or 'less'} in place of {_names(there, now) or 'nothing'}"
    if there == now and before.get("fingerprint") != after["fingerprint"]:
        yield f"code of {CODE.get(after['stage'], after['stage'].replace('_', ' '))} changed"


def _setting(key: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """Of a setting by its dotted name. Empty for one that became a group of settings, which are named themselves."""
    group, _, last = key.rpartition(".")
    if last == "sha256" and (path := new.get(f"{group}.path")):
        return f"{path} changed"
    if last == "seed":
        return "seed changed"
    if last == "grader":
        return "code of grading changed"
    if key not in old or key not in new:
        if any(other.startswith(f"{key}.") for other in (*old, *new)):
            return ""
        return f"{key} removed" if key in old else f"{key} set to {_said(new[key])}"
    was, now = _said(old[key]), _said(new[key])
    return f"{key} changed" if len(was) > LONGEST or len(now) > LONGEST else f"{key} changed from {was} to {now}"


def _said(value: Any) -> str:
    """As a study file has it."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{', '.join(map(_said, value))}]"
    return str(value)


def _flattened(settings: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in settings.items():
        if isinstance(value, Mapping) and value:
            flat |= _flattened(value, f"{before}{key}.")
        else:
            flat[before + key] = value
    return flat


def _names(modules: Sequence[str], others: Sequence[str]) -> str:
    return ", ".join(name.removeprefix("gradus.") for name in modules if name not in others)
