"""The study's own questions in words: a sentence for each declared pair of experiments on each benchmark."""

from collections.abc import Iterable, Mapping, Sequence

from gradus.evaluation.comparison_table import Comparison
from gradus.evaluation.findings import WORDS, alike, could_have_found, star_of, state_of
from gradus.evaluation.pipe_table import escape
from gradus.evaluation.published import points
from gradus.specs.evaluation import Role

HEADING = "## The study's questions"
DECLARED: tuple[Role, ...] = ("primary", "pair")


def declared(comparisons: Iterable[Comparison]) -> list[Comparison]:
    """The comparisons that the study declares, the primary ones first."""
    return sorted((row for row in comparisons if row["role"] in DECLARED), key=lambda row: DECLARED.index(row["role"]))


def asked(question: str, a: str, b: str) -> str:
    """`SFT before RL (SFT → RL against Direct RL)`, or the pair alone where the study asks no question of it.

    a, b: the titles of its experiments.
    """
    pair = f"{b} against {a}"
    return f"{question} ({pair})" if question else pair


def answer(row: Comparison, benchmark: str, trained_once: bool) -> str:
    """As `+1.2 points [−0.9, +3.3] on X, not shown to differ, could have found 2.4`.

    trained_once: whether a side is trained and has one training run.
    """
    low, high = row["ci95_lo"], row["ci95_hi"]
    state = state_of(row["p_adjusted"], low, high)
    star = star_of(state == "shown", trained_once)
    p_values = f"{'' if row['role'] == 'primary' else 'adjusted '}p {p_text(row['p_adjusted'])}"
    if state == "alone":
        p_values = f"p {p_text(row['p'])}, adjusted {p_text(row['p_adjusted'])}"
    tested = alike(row["delta"], row["margin"], row["equivalence_p"])
    return (
        f"{points(row['delta'])} points [{points(low)}, {points(high)}] on {benchmark}, {WORDS[state]}"
        f"{' ' * bool(star)}{star} ({p_values}){could_have_found(state, row['detectable'])}{tested}"
        + (f" (p {p_text(row['equivalence_p'])})" if tested and row["equivalence_p"] is not None else "")
    )


def p_text(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"= {p:.3f}" if p < 0.1 else f"= {p:.2f}"


def section(
    comparisons: Sequence[Comparison],
    titles: Mapping[str, str],
    benchmarks: Mapping[str, str],
    trained_once: Iterable[str],
) -> str:
    """The Markdown section, "" where nothing is declared. titles, benchmarks: by name. trained_once: experiments."""
    single = set(trained_once)
    names = {name: escape(title) for name, title in benchmarks.items()}
    lines: list[str] = []
    for row in declared(comparisons):
        question = asked(row["question"], titles[row["a"]], titles[row["b"]])
        heading = f"- **{escape(question)}**{', the primary comparison' if row['role'] == 'primary' else ''}:"
        if heading not in lines:
            lines.append(heading)
            same = [r for r in comparisons if (r["a"], r["b"]) == (row["a"], row["b"])]
            lines += [f"  - {answer(r, names[r['benchmark']], bool(single & {r['a'], r['b']}))}." for r in same]
    return "\n".join([HEADING, "", *lines]) + "\n" if lines else ""
