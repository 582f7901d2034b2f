"""A profile to read."""

from collections.abc import Sequence

from gradus.evaluation.pipe_table import ABSENT, pipe_table
from gradus.profiling.recorded import MEMORY, TRACE, Profile

INDENT = "\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}"

PHASES = {
    "rollouts": "Rollouts: {:,.0f} tokens/s (written, over `rollout_generation`).",
    "update": "Update: {:,.0f} tokens/s (read and written, over the ranges of the update).",
    "step": "Step: {:,.0f} tokens/s (read and written, over the whole step).",
}


def profile_page(profile: Profile, commands: Sequence[str]) -> str:
    """The profile in Markdown, with the command lines that look further."""
    uses_gpu = any(one.gpu_seconds is not None for one in profile.ranges)
    count = len(profile.steps)
    steps = "1 step" if count == 1 else f"{count} steps"
    rates = [f"- {PHASES[name].format(rate)}" for name, rate in profile.rates().items()]
    parts = [
        f"# Profile of {profile.experiment}",
        f"{steps} in {profile.seconds:.2f} s on {profile.device}. The profiler itself takes time: "
        "compare shares, and take speeds from `metrics.jsonl`.",
        _ranges(profile),
        "\n".join(rates),
        _steps(profile),
        f"`{TRACE}` opens in https://ui.perfetto.dev"
        + (f", `{MEMORY}` in https://pytorch.org/memory_viz." if uses_gpu else "."),
        "NVIDIA's profilers on the same steps, on a machine with a GPU:",
        "```sh\n" + "\n".join(commands) + "\n```",
    ]
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def _ranges(profile: Profile) -> str:
    rows = [
        [
            f"{INDENT * one.depth}{one.name}{', beside' * one.beside}",
            str(one.calls),
            f"{one.seconds:.3f}",
            f"{100 * one.seconds / profile.seconds:.1f}%",
            ABSENT if one.gpu_seconds is None else f"{one.gpu_seconds:.3f}",
        ]
        for one in profile.ranges
    ]
    rest = profile.seconds - sum(one.seconds for one in profile.ranges if one.depth == 0 and not one.beside)
    rows.append(["everything else", ABSENT, f"{rest:.3f}", f"{100 * rest / profile.seconds:.1f}%", ABSENT])
    return pipe_table(["Range", "Calls", "Seconds", "Share", "GPU seconds"], rows)


def _steps(profile: Profile) -> str:
    rows = [
        [
            str(number),
            f"{step.seconds:.3f}",
            f"{step.read:,}",
            f"{step.written:,}",
            f"{step.held / 1e6:,.0f}",
            f"{step.peak / 1e6:,.0f}",
        ]
        for number, step in enumerate(profile.steps, start=1)
    ]
    return pipe_table(["Step", "Seconds", "Tokens read", "written", "MB after it", "MB at most"], rows)
