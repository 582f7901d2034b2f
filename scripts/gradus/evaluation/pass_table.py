"""pass_at_k.csv and the table of pass@1, greedy and sampled, beside pass@k and the gap between them."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from textwrap import fill

from gradus.evaluation import published as published_values
from gradus.evaluation.intervals import longer_arm
from gradus.evaluation.pass_at_k import PassAtK, Share
from gradus.evaluation.pipe_table import ABSENT, LINE_CHARACTERS, escape, percent_with_arm, pipe_table
from gradus.evaluation.votes_table import Alone, Published, Votes, all_greedy, questions_text
from gradus.provenance.errors import GradusError

COLUMNS = (
    *("experiment", "benchmark", "k", "pass", "pass_lo", "pass_hi", "gap", "gap_lo", "gap_hi"),
    *("n", "benchmark_n", "samples", "temperature"),
    *("greedy", "greedy_lo", "greedy_hi", "greedy_samples", "greedy_temperature"),
)
MEANINGS = (
    "pass@k: chance that k samples hold a correct one, by the unbiased estimator.",
    "Gap: pass@k less pass@1 of the same samples, in points, paired by question; also called the RL opportunity, as "
    "problems that are solved in some samples and not in others are those that reinforcement learning has a signal on. "
    "It is no forecast: RL may raise pass@1 while pass@k of large k falls below that of its base (Yue et al. 2025, "
    "arXiv:2504.13837), and where answers can be guessed pass@k comes near 100% without reasoning.",
)
"""What the numbers say and what they do not."""


@dataclass(frozen=True)
class PassCurve:
    """pass@k of an experiment on `n` of a benchmark's `benchmark_n` questions, from `samples` of each.

    greedy: the answers of the ablation table to the same questions, drawn at a temperature of their own.
    """

    experiment: str
    benchmark: str
    n: int
    benchmark_n: int
    samples: int
    temperature: float
    greedy: Alone | None
    at: Sequence[PassAtK]

    @property
    def sampled(self) -> PassAtK:
        """pass@1: the mean of the samples."""
        return self.at[0]

    def pass_at(self, k: int) -> PassAtK | None:
        return next((at for at in self.at if at["k"] == k), None)


def curve_of(votes: Votes, temperature: float) -> PassCurve:
    """Of `votes/<experiment>/<benchmark>.json`, whose samples were drawn at `temperature`."""
    return PassCurve(
        experiment=votes["experiment"],
        benchmark=votes["benchmark"],
        n=votes["n"],
        benchmark_n=votes["benchmark_n"],
        samples=votes["samples"],
        temperature=temperature,
        greedy=votes.get("greedy"),
        at=votes["passes"],
    )


def render_csv(curves: Iterable[PassCurve]) -> str:
    """One row for each k of each curve; pass@1 sampled is the row of k = 1, without a gap, and greedy is in each."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for curve in curves:
        greedy = curve.greedy
        alone = [*_numbers(greedy), greedy["samples"], f"{greedy['temperature']:g}"] if greedy else [""] * 5
        for at in curve.at:
            row = [curve.experiment, curve.benchmark, at["k"], *_numbers(at), *_numbers(at["gap"])]
            writer.writerow([*row, curve.n, curve.benchmark_n, curve.samples, f"{curve.temperature:g}", *alone])
    return text.getvalue()


def read_csv(path: str | Path) -> list[PassCurve]:
    """Raises GradusError where a column is missing, or holds no number where it should."""
    with open(path, encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
        if missing:
            raise GradusError(f"{path}: no column {', '.join(missing)}; delete the file so that it is made again")
        cells: dict[tuple[str, str], tuple[dict[str, str], list[PassAtK]]] = {}
        try:
            for record in reader:
                _, points = cells.setdefault((record["experiment"], record["benchmark"]), (record, []))
                points.append(
                    {
                        "k": int(record["k"]),
                        **_share(record, "pass"),
                        "gap": _share(record, "gap") if record["gap"] else None,
                    }
                )
            return [_curve(record, points) for record, points in cells.values()]
        except (TypeError, ValueError) as error:
            line = reader.line_num
            raise GradusError(f"{path}, line {line}: {error}; delete the file so that it is made again") from error


def render_markdown(
    curves: Sequence[PassCurve],
    titles: Mapping[str, str] | None = None,
    published: Published | None = None,
    source: str = "",
) -> str:
    """One row an experiment of each benchmark, of at least one curve; pass@k is that of all samples.

    titles: experiment or benchmark name -> title. published: the values of `source`, a row below the measured ones.
    """
    titles = titles or {}
    single = single_title(curves)
    most = max(curve.samples for curve in curves)
    several = [f"pass@{most}", "Gap"] if most > 1 else []
    rows: list[list[str]] = []
    for benchmark in dict.fromkeys(curve.benchmark for curve in curves):
        for curve in curves:
            if curve.benchmark != benchmark:
                continue
            names = [_title(titles, benchmark), _title(titles, curve.experiment)]
            asked = questions_text(curve.n, curve.benchmark_n)
            rows.append([*names, asked, *_measured(curve, most)[: 2 + len(several)]])
            if known := (published or {}).get(curve.experiment, {}).get(benchmark, {}):
                rows.append(["", published_values.LABEL, "", *_published(curve, most, known)[: 2 + len(several)]])
    table = pipe_table(["Benchmark", "Experiment", "n", single, sampled_title(curves), *several], rows)
    notes = [
        f"{single}: the answers of the ablation table to the same questions. {sampled_title(curves)}: the mean of "
        f"{curves[0].samples} samples a question.",
        *MEANINGS,
        "± reaches the farther end of the 95% Wilson interval over questions.",
        *([published_values.note(escape(source))] if published else []),
    ]
    return "\n".join([table, "".join(fill(note, LINE_CHARACTERS) + "\n" for note in notes)])


def single_title(curves: Iterable[PassCurve]) -> str:
    """How the answers of the ablation table are called: greedy only where all are."""
    return "pass@1 greedy" if all_greedy(curve.greedy for curve in curves) else "pass@1 alone"


def sampled_title(curves: Iterable[PassCurve]) -> str:
    temperatures = sorted({curve.temperature for curve in curves})
    return f"pass@1 sampled (T = {', '.join(f'{temperature:g}' for temperature in temperatures)})"


def gap_text(gap: Share | None) -> str:
    """As `+27.3 ±5.1`, in points."""
    if gap is None:
        return ABSENT
    return f"{published_values.points(gap['value'])} ±{100 * longer_arm(gap['value'], gap['ci95']):.1f}"


def _measured(curve: PassCurve, most: int) -> list[str]:
    several = curve.pass_at(most)
    shares = [curve.greedy, curve.sampled, several]
    texts = [ABSENT if share is None else percent_with_arm(share["value"], share["ci95"]) for share in shares]
    return [*texts, ABSENT if several is None else gap_text(several["gap"])]


def _published(curve: PassCurve, most: int, known: Mapping[str, float]) -> list[str]:
    values = [known.get(name) for name in ("alone", "pass@1", f"pass@{most}")]
    row = [
        "" if value is None else published_values.in_words(_beside(value, share))
        for value, share in zip(values, [curve.greedy, curve.sampled, curve.pass_at(most)], strict=True)
    ]
    _, single, several = values
    return [*row, "" if single is None or several is None else published_values.points(several - single)]


def _beside(value: float, share: Alone | PassAtK | None) -> published_values.PublishedValue:
    return published_values.beside(value, share["value"] if share else None, share["ci95"] if share else None)


def _title(titles: Mapping[str, str], name: str) -> str:
    return escape(titles.get(name, name))


def _numbers(share: Share | PassAtK | Alone | None) -> list[str]:
    if share is None:
        return [""] * 3
    return [f"{number:.6g}" for number in (share["value"], *share["ci95"])]


def _share(record: Mapping[str, str], name: str) -> Share:
    return {"value": float(record[name]), "ci95": [float(record[f"{name}_lo"]), float(record[f"{name}_hi"])]}


def _curve(record: Mapping[str, str], points: Sequence[PassAtK]) -> PassCurve:
    greedy: Alone | None = None
    if record["greedy"]:
        share, samples = _share(record, "greedy"), int(record["greedy_samples"])
        temperature = float(record["greedy_temperature"])
        greedy = {"value": share["value"], "ci95": share["ci95"], "samples": samples, "temperature": temperature}
    return PassCurve(
        experiment=record["experiment"],
        benchmark=record["benchmark"],
        n=int(record["n"]),
        benchmark_n=int(record["benchmark_n"]),
        samples=int(record["samples"]),
        temperature=float(record["temperature"]),
        greedy=greedy,
        at=points,
    )
