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
# # An analysis: lengths, answers that are lost, and what training changed
#
# Of the study of `baseline.py`, which says how it is built on a GPU of 16 GB, or of any other one: set `GRADUS_STUDY`.
# `notebooks/analysis.ipynb` is of `pocket_engine`, the miniature of the reasoning engine, which trains too: SFT, then
# three algorithms of reinforcement learning.

# %%
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path.cwd().parent / "scripts"))  # Jupyter starts a notebook in the notebook's folder

import matplotlib.pyplot as plt
import pandas as pd

from gradus.results import accuracy_by, load

plt.rcParams |= {"figure.dpi": 80, "axes.spines.top": False, "axes.spines.right": False, "axes.titlesize": "medium"}
pd.set_option("display.precision", 3, "display.max_colwidth", 90)

study = load(os.environ.get("GRADUS_STUDY", "reasoning_engine_baseline"))
BASELINE, TRAINED = study.experiments[0], study.experiments[1:]
print(study)

# %% [markdown]
# ## Accuracy

# %%
answers = study.answers
accuracy_by(answers, ["experiment", "benchmark"])

# %% [markdown]
# ## What becomes of a completion
#
# A completion that was cut or has no answer is lost, whatever was in it. Where many are cut, a larger `max_tokens` of
# the benchmark may say more of the model; where many have no answer, the prompt does.

# %%
outcomes = answers.groupby(["experiment", "benchmark", "outcome"], observed=False).size().unstack()
outcomes = outcomes[outcomes.sum(axis="columns") > 0]
outcomes.div(outcomes.sum(axis="columns"), axis="index")

# %% [markdown]
# ## Lengths

# %%
answers.groupby(["experiment", "outcome"], observed=True)["tokens"].describe()[["count", "mean", "50%", "75%", "max"]]

# %%
figure, axes = plt.subplots(figsize=(7, 1.2 + 0.4 * len(study.experiments)), layout="constrained")
by_experiment = {name: answers.loc[answers["experiment"] == name, "tokens"] for name in reversed(study.experiments)}
axes.boxplot([*by_experiment.values()], orientation="horizontal", showfliers=False)
axes.set(title="Tokens of a completion", xlabel="tokens", yticklabels=[*by_experiment])
plt.show()

# %% [markdown]
# ## Accuracy by length
#
# Questions by the length of their answers, in four equal parts: long answers are to hard questions, or are lost.

# %%
parts = answers.assign(
    quarter=answers.groupby("experiment", observed=True)["tokens"].transform(
        lambda tokens: pd.qcut(tokens.rank(method="first"), 4, labels=False) + 1
    )
)
parts.groupby(["experiment", "quarter"], observed=True)["correct"].mean().unstack()

# %% [markdown]
# ## pass@k before and after
#
# Training on rewards often raises pass@1 and not pass@k of a large k: it finds at once what the base finds in some
# samples.

# %%
passes = study.passes()
figure, axes = plt.subplots(figsize=(6, 3.5), layout="constrained")
for (name, benchmark), rows in passes.groupby(["experiment", "benchmark"], observed=True, sort=False):
    axes.plot(rows["k"], rows["pass"], marker="o", label=f"{name}, {benchmark}")
sizes = sorted({*passes["k"]})
axes.set(xlabel="k", ylabel="pass@k", ylim=(0, 1), xscale="log", xticks=sizes, xticklabels=sizes)
axes.minorticks_off()
axes.legend(frameon=False, fontsize="small")
plt.show()

# %% [markdown]
# ## Rewards and lengths while training
#
# Of what was trained by reinforcement learning, the mean over five steps.

# %%
curves = study.metrics()
curves = curves[curves["stage"] == "grpo"]
SHOWN = {"reward": "reward", "completion_tokens": "tokens of a completion", "entropy": "entropy (nats a token)"}

figure, places = plt.subplots(1, len(SHOWN), figsize=(10, 3), layout="constrained")
for axes, (column, title) in zip(places, SHOWN.items()):
    for name, rows in curves.groupby("experiment", observed=True) if len(curves) else ():
        line = rows.dropna(subset=[column]).groupby("step")[column].mean().rolling(5, min_periods=1).mean()
        axes.plot(line.index, line, label=name, linewidth=1.2)
    axes.set(title=title, xlabel="step")
if len(curves):
    places[0].legend(frameon=False, fontsize="small")
plt.show()

# %% [markdown]
# ## Against the baseline, question by question

# %%
if TRAINED:
    columns = ["a", "b", "benchmark", "accuracy_a", "accuracy_b", "delta", "ci95_lo", "ci95_hi", "p_adjusted"]
    print(study.comparisons()[columns].to_string(index=False, float_format="{:.3f}".format))
else:
    print("nothing was trained")
