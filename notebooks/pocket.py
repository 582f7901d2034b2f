# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # The pocket study in pandas
#
# Some of what the report page shows, from the frames of `gradus.results`, as a start for questions of your own. `make`
# builds the study, `make notebook` runs this file and writes `pocket.ipynb`. Every column is described in
# [docs/results.md](../docs/results.md).

# %%
import sys
from pathlib import Path

sys.path.insert(0, str(Path.cwd().parent / "scripts"))  # Jupyter starts a notebook in the notebook's folder

import matplotlib.pyplot as plt
import pandas as pd

from gradus.results import load

plt.rcParams |= {"figure.dpi": 80, "axes.spines.top": False, "axes.spines.right": False, "axes.titlesize": "medium"}
pd.set_option("display.precision", 3, "display.max_colwidth", 90)

SHOWN = ["baseline", "sft_custom", "direct_rl", "grpo_hard"]
BENCHMARK = "pocket500"

study = load("pocket")
print(study)

# %% [markdown]
# ## Answers
#
# One row an answer. `correct` is False where the grader could not tell, so that means are the accuracies of the table.

# %%
answers = study.answers
answers[["experiment", "seed", "benchmark", "id", "level", "gold", "answer", "correct", "tokens"]].sample(
    5, random_state=0
)

# %%
answers.groupby(["experiment", "benchmark"], observed=True)["correct"].mean().unstack()

# %% [markdown]
# ## Accuracy by level
#
# Intervals are at 95%, over questions and training runs.

# %%
levels = study.by_level()
levels = levels[(levels["benchmark"] == BENCHMARK) & levels["experiment"].isin(SHOWN)]

figure, axes = plt.subplots(figsize=(7, 3.5), layout="constrained")
for place, name in enumerate(SHOWN):
    rows = levels[levels["experiment"] == name]
    arms = [rows["accuracy"] - rows["ci95_lo"], rows["ci95_hi"] - rows["accuracy"]]
    at = rows["level"] + 0.1 * (place - len(SHOWN) / 2)
    axes.errorbar(at, rows["accuracy"], yerr=arms, marker="o", linewidth=1, capsize=2, label=name)
axes.set(
    title=f"{BENCHMARK} by level", xlabel="level", ylabel="accuracy", ylim=(0, 1), xticks=sorted({*levels["level"]})
)
axes.legend(frameon=False)
plt.show()

# %% [markdown]
# ## Questions gained and lost
#
# `flips` has every question that two experiments answer correctly in different shares of their answers.

# %%
flips = study.flips("baseline", "direct_rl")
gained = flips["change"] > 0
pd.DataFrame(
    {
        "gained": flips[gained].groupby("benchmark", observed=False).size(),
        "lost": flips[~gained].groupby("benchmark", observed=False).size(),
    }
)

# %%
for _, row in pd.concat([flips[gained].head(1), flips[~gained].head(1)]).iterrows():
    print(f"{row['id']}, level {row['level']}, {row['share_a']:.0%} to {row['share_b']:.0%}: {row['problem']}")
    print(f"  reference answer: {row['gold']}")
    print(f"  baseline wrote:   {row['text_a']!r}")
    print(f"  direct_rl wrote:  {row['text_b']!r}\n")

# %% [markdown]
# ## Rewards while training
#
# The mean over ten steps, of all training runs of an experiment.

# %%
curves = study.metrics()
curves = curves[(curves["stage"] == "grpo") & curves["reward_correct"].notna()]

figure, axes = plt.subplots(figsize=(7, 3.5), layout="constrained")
for name, rows in curves.groupby("experiment", observed=True):
    reward = rows.groupby("step")["reward_correct"].mean().rolling(10, min_periods=1).mean()
    axes.plot(reward.index, reward, label=name, linewidth=1.2)
axes.set(title="Correct completions", xlabel="step", ylabel="share", ylim=(0, 1))
axes.legend(frameon=False, fontsize="small", ncols=2)
plt.show()

# %% [markdown]
# ## Lengths by outcome

# %%
lengths = answers[answers["benchmark"] == BENCHMARK]
lengths.groupby(["experiment", "outcome"], observed=True)["tokens"].describe()[
    ["count", "mean", "25%", "50%", "75%", "max"]
]

# %%
by_outcome = dict(list(lengths.groupby("outcome", observed=True)["tokens"]))
figure, axes = plt.subplots(figsize=(7, 3), layout="constrained")
axes.boxplot([*by_outcome.values()], orientation="horizontal")
axes.set(title=f"Tokens of a completion on {BENCHMARK}, all experiments", xlabel="tokens", yticklabels=[*by_outcome])
plt.show()
