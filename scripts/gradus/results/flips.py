"""Questions on which two experiments differ, with what each wrote."""

import pandas as pd

QUESTION = ["benchmark", "id"]
SAID = ["seed", "sample", "answer", "text"]


def flips_between(answers: pd.DataFrame, a: str, b: str) -> pd.DataFrame:
    """One row a question that `a` and `b` answer correctly in different shares of their answers.

    benchmark, id, level, subject, problem, gold; share_a and share_b (of answers that are correct, over all samples and
    training runs) and change (share_b less share_a); and of each side seed, sample, answer and text of its first answer
    that shows the difference: of what `b` gained, a wrong one of `a` and a right one of `b`, of what it lost the
    opposite. What `b` gained comes first, in the order of the benchmarks.
    """
    left, right = (answers[answers["experiment"] == name] for name in (a, b))
    shares = pd.DataFrame(
        {
            f"share_{side}": of.groupby(QUESTION, observed=True)["correct"].mean()
            for side, of in (("a", left), ("b", right))
        }
    )
    shares["change"] = shares["share_b"] - shares["share_a"]
    changed = shares[shares["change"] != 0].reset_index()
    about = left.drop_duplicates(QUESTION)[[*QUESTION, "level", "subject", "problem", "gold"]]
    table = about.merge(changed, on=QUESTION)
    gained = table["change"] > 0
    for side, of, right_one in (("a", left, ~gained), ("b", right, gained)):
        first = of.drop_duplicates([*QUESTION, "correct"])[[*QUESTION, "correct", *SAID]]
        wanted = table[QUESTION].assign(correct=right_one)
        said = wanted.merge(first, on=[*QUESTION, "correct"], how="left", validate="one_to_one")
        for name in SAID:
            table[f"{name}_{side}"] = said[name]
    return table.sort_values(["benchmark", "change"], ascending=[True, False], kind="stable", ignore_index=True)
