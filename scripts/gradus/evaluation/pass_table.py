"""The table of pass@1, greedy and sampled, beside pass@k and the gap between them, in Markdown."""

from collections.abc import Iterable, Mapping, Sequence
from textwrap import fill

from gradus.evaluation import published as published_values
from gradus.evaluation.pass_at_k import PassCurve
from gradus.evaluation.pipe_table import (
    ABSENT,
    ENDS_MEANING,
    LINE_CHARACTERS,
    arm_or_ends,
    escape,
    percent_with_arm,
    pipe_table,
)
from gradus.evaluation.shares import Share, all_greedy, questions_text, share_beside

MEANINGS = (
    "pass@k: chance that k samples hold a correct one, by the unbiased estimator; a ceiling for votes, since picking "
    "it takes the reference answer.",
    "Gap: pass@k less pass@1 of the same samples, in points, paired by question; also called the RL opportunity, as "
    "problems that are solved in some samples and not in others are those that reinforcement learning has a signal on. "
    "It is no forecast: RL may raise pass@1 while pass@k of large k falls below that of its base (Yue et al. 2025, "
    "arXiv:2504.13837), and where answers can be guessed pass@k comes near 100% without reasoning.",
)
"""What the numbers say and what they do not."""
ONE_RUN = "One training run: intervals are over questions only."


def render_markdown(
    curves: Sequence[PassCurve],
    titles: Mapping[str, str] | None = None,
    published: published_values.PublishedVotes | None = None,
    source: str = "",
) -> str:
    """One row an experiment of each benchmark, of at least one curve; pass@k of the sizes of `shown_sizes`.

    titles: experiment or benchmark name -> title. published: the values of `source`, a row below the measured ones.
    """
    titles = titles or {}
    single, ks = single_title(curves), shown_sizes(curves)
    with_runs = any(curve.runs > 1 for curve in curves)
    rows: list[list[str]] = []
    for benchmark in dict.fromkeys(curve.benchmark for curve in curves):
        for curve in curves:
            if curve.benchmark != benchmark:
                continue
            names = [_title(titles, benchmark), _title(titles, curve.experiment)]
            asked = [questions_text(curve.n, curve.benchmark_n), *([str(curve.runs)] if with_runs else [])]
            rows.append([*names, *asked, *_measured(curve, ks)])
            if known := (published or {}).get(curve.experiment, {}).get(benchmark, {}):
                rows.append(["", published_values.LABEL, *("" for _ in asked), *_published(curve, ks, known)])
    about = ["Benchmark", "Experiment", "n", *(["Runs"] if with_runs else [])]
    table = pipe_table([*about, *columns(curves)], rows)
    notes = [
        f"{single}: the answers of the ablation table to the same questions. {sampled_title(curves)}: the mean of "
        f"{curves[0].samples} samples a question.",
        *MEANINGS,
        f"± reaches the farther end of the 95% interval; {ENDS_MEANING}.",
        *run_notes(curves),
        *([published_values.note(escape(source))] if published else []),
    ]
    return "\n".join([table, "".join(fill(note, LINE_CHARACTERS) + "\n" for note in notes)])


def columns(curves: Sequence[PassCurve]) -> list[str]:
    """Titles of the columns with numbers: both kinds of pass@1, pass@k, and the gap."""
    ks = shown_sizes(curves)
    return [single_title(curves), sampled_title(curves), *(f"pass@{k}" for k in ks), *(["Gap"] if ks else [])]


def shown_sizes(curves: Iterable[PassCurve]) -> list[int]:
    """The k of the table: all samples, and those with a published pass@k; none where there is one sample a question."""
    known = list(curves)
    published = {at.k for curve in known for at in curve.at if at.published is not None}
    return sorted(k for k in published | {max(curve.samples for curve in known)} if k > 1)


def run_notes(curves: Iterable[PassCurve]) -> list[str]:
    return [ONE_RUN] if any(curve.trained and curve.runs == 1 for curve in curves) else []


def single_title(curves: Iterable[PassCurve]) -> str:
    """How the answers of the ablation table are called: greedy only where all are."""
    return "pass@1 greedy" if all_greedy(curve.greedy for curve in curves) else "pass@1 alone"


def sampled_title(curves: Iterable[PassCurve]) -> str:
    temperatures = sorted({curve.temperature for curve in curves})
    return f"pass@1 sampled (T = {', '.join(f'{temperature:g}' for temperature in temperatures)})"


def gap_text(gap: Share | None) -> str:
    """As `+27.3 ±5.1`, in points, or with the ends of the interval (`pipe_table.arm_or_ends`)."""
    if gap is None:
        return ABSENT
    return f"{published_values.points(gap.value)} {arm_or_ends(gap.value, gap.ci95)}"


def _measured(curve: PassCurve, ks: Sequence[int]) -> list[str]:
    shares = [curve.greedy, curve.sampled, *map(curve.pass_at, ks)]
    texts = [ABSENT if share is None else percent_with_arm(share.value, share.ci95) for share in shares]
    if ks:
        most = curve.pass_at(ks[-1])
        texts.append(gap_text(most.gap if most else None))
    return texts


def _published(curve: PassCurve, ks: Sequence[int], known: Mapping[str, float]) -> list[str]:
    names = ["alone", "pass@1", *(f"pass@{k}" for k in ks)]
    shares = [curve.greedy, curve.sampled, *map(curve.pass_at, ks)]
    row = [share_beside(known.get(name), share) for name, share in zip(names, shares, strict=True)]
    if ks:
        single, most = known.get("pass@1"), known.get(names[-1])
        row.append("" if single is None or most is None else published_values.points(most - single))
    return row


def _title(titles: Mapping[str, str], name: str) -> str:
    return escape(titles.get(name, name))
