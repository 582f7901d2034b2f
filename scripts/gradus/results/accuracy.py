"""Accuracy of groups of answers, with intervals."""

from collections.abc import Sequence

import pandas as pd

from gradus.statistics.crossed import accuracy_interval


def accuracy_by(answers: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """One row a group of `columns`: runs, questions, answers, correct (answers), accuracy, ci95_lo and ci95_hi.

    The interval is that of the ablation table, over questions and training runs (`crossed.accuracy_interval`): with one
    run and one answer a question it is Wilson's. Questions that a run did not answer are left
    out of the interval.
    """
    columns = list(columns)
    groups = answers.groupby(columns, observed=True)
    table = groups.agg(runs=("seed", "nunique"), questions=("id", "nunique"), answers=("id", "size"))
    table["correct"] = groups["correct"].sum()
    shares = answers.groupby([*columns, "seed", "id"], observed=True)["correct"].mean()
    of_group = shares.groupby(columns, observed=True)
    table["accuracy"] = of_group.mean()
    ends = [accuracy_interval(rows.unstack("id").dropna(axis="columns").to_numpy()) for _, rows in of_group]
    table[["ci95_lo", "ci95_hi"]] = pd.DataFrame(ends, index=table.index)
    return table.reset_index()
