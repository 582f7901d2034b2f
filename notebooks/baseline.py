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
# # A baseline: what a model can do before it is trained
#
# Reinforcement learning with verifiable rewards has something to work with where a model solves a problem in some of
# its samples and not in others. How much that is, is the gap between pass@1 and pass@k.
#
# On Colab or Kaggle choose a GPU (16 GB are enough), and build the study in a cell before this one:
#
# ```
# !git clone URL gradus && cd gradus && make venv
# !cd gradus && .venv/bin/snakemake hub_pins --configfile config/reasoning_engine_baseline.yaml
# !cd gradus && .venv/bin/snakemake all --configfile config/reasoning_engine_baseline.yaml \
#     --workflow-profile profiles/gpu --resources gpu=1 gpu_mem_mb=15000
# %cd gradus/notebooks
# ```
#
# `make venv` needs Python 3.11 or 3.12 (`make venv PYTHON=python3.12`). A stopped build goes on where it was: keep
# `gradus/results` and `gradus/.snakemake` where the session's end does not delete them.
#
# Without a GPU, `snakemake all --configfile config/pocket_engine.yaml` is the same in miniature in a few minutes, and
# `GRADUS_STUDY=pocket_engine` shows it here. `notebooks/baseline.ipynb` is of that study.

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

study = load(os.environ.get("GRADUS_STUDY", "reasoning_engine_baseline"), votes=True)
BASELINE = study.experiments[0]
print(study)

# %% [markdown]
# ## Accuracy
#
# One answer a question, as the table has it. Intervals are at 95%.

# %%
answers = study.answers
base = answers[answers["experiment"] == BASELINE]
scored, sampled = base[~base["votes"]], base[base["votes"]]
accuracy_by(scored, ["benchmark"])

# %% [markdown]
# ## pass@k
#
# By the unbiased estimator, from the same samples. `gap` is pass@k less pass@1, paired by question: a ceiling on what
# choosing among these samples can gain, no forecast.

# %%
passes = study.passes()
curve = passes[passes["experiment"] == BASELINE]
curve[["benchmark", "k", "pass", "pass_lo", "pass_hi", "gap", "gap_lo", "gap_hi", "temperature", "samples", "n"]]

# %%
figure, axes = plt.subplots(figsize=(6, 3.5), layout="constrained")
for benchmark, rows in curve.groupby("benchmark", observed=True):
    (line,) = axes.plot(rows["k"], rows["pass"], marker="o", label=benchmark)
    axes.fill_between(rows["k"], rows["pass_lo"], rows["pass_hi"], color=line.get_color(), alpha=0.15, linewidth=0)
    axes.axhline(rows["greedy"].iloc[0], color=line.get_color(), linestyle="--", linewidth=1)
axes.set(
    title="pass@k; dashed: as scored in the table",
    xlabel="k",
    ylabel="share of questions",
    ylim=(0, 1),
    xscale="log",
    xticks=sorted({*curve["k"]}),
    xticklabels=sorted({*curve["k"]}),
)
axes.minorticks_off()
axes.legend(frameon=False)
plt.show()

# %% [markdown]
# ## What there is to learn from
#
# Of each question, how many of its samples are right. A group of rewards that are all equal has no gradient: what is
# never solved teaches nothing, nor does what always is.

# %%
right = sampled.groupby(["benchmark", "id"], observed=True)["correct"].agg(["sum", "size"]).reset_index()
right["solved"] = pd.cut(
    right["sum"] / right["size"], [-0.1, 0, 0.5, 0.999, 1], labels=["never", "up to half", "mostly", "always"]
)
counts = right.groupby(["benchmark", "solved"], observed=False).size().unstack()
counts.div(counts.sum(axis="columns"), axis="index")

# %%
figure, axes = plt.subplots(figsize=(6, 3), layout="constrained")
most = int(right["size"].max())
for benchmark, rows in right.groupby("benchmark", observed=True):
    shares = rows["sum"].value_counts(normalize=True).reindex(range(most + 1), fill_value=0)
    axes.plot(shares.index, shares, marker="o", label=benchmark)
axes.set(title=f"Right samples of {most}", xlabel="right samples", ylabel="share of questions", ylim=(0, None))
axes.legend(frameon=False)
plt.show()

# %% [markdown]
# ## Solved once

# %%
for _, question in right[right["sum"] == 1].head(2).iterrows():
    drawn = sampled[(sampled["benchmark"] == question["benchmark"]) & (sampled["id"] == question["id"])]
    solved, missed = drawn[drawn["correct"]].iloc[0], drawn[~drawn["correct"]].iloc[0]
    print(f"{question['id']}: {solved['problem']}")
    print(f"  reference answer: {solved['gold']}")
    print(f"  right:     {solved['text']!r}")
    print(f"  not right: {missed['text']!r}\n")
