# Gradus: the ablation as one reproducible build. What to build is said in config/, where it runs in profiles/.

import sys
from pathlib import Path

sys.path.insert(0, str(Path(workflow.basedir, "scripts")))

from gradus.graph.command import Command, job_shell

# A job is one rule for one set of wildcards, and has a spec: its settings, fully resolved. What depends on the study, the
# rules ask of `job` (scripts/gradus/graph/rules.py): job.spec, job.reads and job.needs (resources) by the job's name.
STUDY = Command(workflow)
job = STUDY.rules

# A model, or one of an experiment's training runs: those with other seeds than the first are named by theirs.
RUN = r"[a-z0-9_-]+(\.seed-[0-9]+)?"

shell.prefix(job_shell(workflow))


# What `snakemake --report` shows and says: each result's caption is in report/.
report: "report/workflow.rst"


pathvars:
    results=STUDY.graph.root,
    logs=f"{STUDY.graph.root}/logs",
    benchmarks=f"{STUDY.graph.root}/benchmarks",


wildcard_constraints:
    model=RUN,
    experiment=RUN,
    run=RUN,
    adapter=rf"{RUN}(\.at-\w+)?",
    checkpoint="[0-9]+|best",
    precision="nf4|nf4-bf16",
    benchmark="[a-z0-9_-]+",
    traces="[a-z0-9_-]+",
    set="[a-z0-9_-]+",
    kind="problems|traces|corpora|texts",
    suffix="parquet|jsonl|json",


include: "rules/common.smk"
include: "rules/hub.smk"
include: "rules/gate.smk"
include: "rules/problems.smk"
include: "rules/contamination.smk"
include: "rules/corpora.smk"
include: "rules/models.smk"
include: "rules/traces.smk"
include: "rules/training.smk"
include: "rules/sampling.smk"
include: "rules/evaluation.smk"
include: "rules/reporting.smk"
include: "rules/planning.smk"
include: "rules/profiling.smk"


# What can be asked for by name.


rule all:
    input:
        rules.make_ablation.output,
        rules.compare_experiments.output,
        rules.compare_graders.output,
        rules.measure_completions.output,
        rules.make_ledger.output,
        rules.make_report.output,
        job.results("make_votes_table", "make_verifier_table", "make_stages_table", "make_token_use_table"),
        rules.make_problems_table.output,
    localrule: True


# Writes the table and shows it, however little there was to do.
rule problems:
    input:
        rules.make_problems_table.output.out,
    log:
        "<logs>/problems.log",
    localrule: True
    conda:
        "envs/gradus.yaml"
    shell:
        "tee {log} < {input}"


rule contamination:
    input:
        rules.list_overlaps.output,
        job.results("judge_training_set", "drop_overlaps"),
    localrule: True


rule traces:
    input:
        job.results("filter_traces", "judge_traces", "make_public_traces", "read_traces", "mix_traces"),
    localrule: True


rule models:
    input:
        job.results(
            "pretrain",
            "pretrain_text",
            "fetch_model",
            "extend_model",
            "import_nanogpt",
            "sft",
            "dpo",
            "grpo",
            "take_checkpoint",
            "merge_adapter",
            "dequantize_model",
        ),
    localrule: True


rule eval:
    input:
        job.results("score_samples", "score_likelihoods"),
    localrule: True


rule votes:
    input:
        job.results("make_votes_table", "make_verifier_table"),
    localrule: True


rule ablation:
    input:
        rules.make_ablation.output,
    localrule: True


rule report:
    input:
        rules.make_report.output,
    localrule: True


onstart:
    STUDY.start()
