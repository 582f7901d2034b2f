"""What differs between two specs of a job, in words: `learning_rate changed from 0.0001 to 0.0002`."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

LONGEST = 32
"""Characters of a value that is shown."""

CODE = {
    "training": ("pretrain", "sft", "dpo", "grpo"),
    "sampling": ("sample_benchmark", "sample_traces", "sample_problems", "measure_likelihoods", "verify_samples"),
    "evaluation": ("score_samples", "score_likelihoods", "count_votes"),
    "traces": ("filter_traces", "judge_traces", "make_public_traces", "read_traces", "mix_traces"),
    "problem sets": ("make_problems", "keep_problems", "draw_problems"),
    "the search for overlaps": ("find_overlaps", "compare_benchmarks", "judge_training_set", "drop_overlaps"),
    "tables": (
        *("make_ablation", "compare_experiments", "compare_graders", "measure_completions", "make_ledger"),
        *("make_report", "make_votes_table", "make_verifier_table", "make_stages_table", "make_token_use_table"),
        *("make_problems_table", "list_overlaps", "check_references"),
    ),
}
"""What the code of stages is for; of others it is told by their names."""

_KINDS = {stage: kind for kind, stages in CODE.items() for stage in stages}
_OF_CODE = re.compile("code of (.*) changed")


def spec_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """before, after: two specs as JSON has them. Of equal ones nothing."""
    old, new = _flattened(before.get("settings", {})), _flattened(after["settings"])
    settings = [_setting(key, old, new) for key in dict.fromkeys([*new, *old]) if old.get(key) != new.get(key)]
    yield from dict.fromkeys(words for words in settings if words)
    there, now = before.get("modules", []), after["modules"]
    if there != now and not any(settings):
        yield f"runs {_names(now, there) or 'less'} in place of {_names(there, now) or 'nothing'}"
    if there == now and before.get("fingerprint") != after["fingerprint"]:
        yield f"code of {_KINDS.get(after['stage'], after['stage'].replace('_', ' '))} changed"


def together(reasons: Iterable[str]) -> list[str]:
    """Reasons in their order, with those of code as the last one: `code of sampling and evaluation changed`."""
    reasons = list(reasons)
    kinds = [found[1] for words in reasons if (found := _OF_CODE.fullmatch(words))]
    others = [words for words in reasons if not _OF_CODE.fullmatch(words)]
    if not kinds:
        return others
    named = " and ".join([", ".join(kinds[:-1]), kinds[-1]] if len(kinds) > 1 else kinds)
    return [*others, f"code of {named} changed"]


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
