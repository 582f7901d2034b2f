# Gradus: the ablation as one reproducible build. What to build is said in config/, where it runs in profiles/.

import sys
from pathlib import Path

sys.path.insert(0, str(Path(workflow.basedir, "scripts")))

from gradus.provenance.killed_build import note_builder
from gradus.study.command_line import is_dry_run, job_shell, planned, tell_last
from gradus.study.services import service_file

PLANNED = planned(workflow)
PLAN = PLANNED.plan
S = PLAN.root
spec_of = PLANNED.specs.input

shell.prefix(job_shell(workflow))


# What `snakemake --report` shows and says: each result's caption is in report/.
report: "report/workflow.rst"


if workflow.is_main_process and is_dry_run(workflow):
    from gradus.estimates.dollars import last_lines
    from gradus.estimates.former_specs import study_of

    tell_last(last_lines(study_of(PLAN.specs, Path(S)), service_file(PLAN.study)))


wildcard_constraints:
    model=PLAN.model_pattern("pretrain"),
    set="[a-z0-9_-]+",
    experiment="|".join(PLAN.experiments),
    benchmark="|".join(PLAN.benchmarks),


include: "rules/common.smk"
include: "rules/hub.smk"
include: "rules/problems.smk"
include: "rules/gate.smk"
include: "rules/contamination.smk"
include: "rules/models.smk"
include: "rules/traces.smk"
include: "rules/training.smk"
include: "rules/sampling.smk"
include: "rules/evaluation.smk"
include: "rules/reporting.smk"
include: "rules/planning.smk"


# What can be asked for by name.


rule all:
    input:
        f"{S}/ablation.md",
        f"{S}/ablation.csv",
        f"{S}/comparisons.csv",
        f"{S}/second_opinion.csv",
        f"{S}/ledger.csv",
        f"{S}/report.html",
        PLAN.vote_tables(),
        f"{S}/problems.md",
    localrule: True


# Writes the table and shows it, however little there was to do.
rule problems:
    input:
        f"{S}/problems.md",
    log:
        f"{S}/logs/problems.log",
    localrule: True
    conda:
        "envs/gradus.yaml"
    shell:
        "tee {log} < {input}"


rule contamination:
    input:
        f"{S}/contamination.json",
        f"{S}/contamination.csv",
        PLAN.gates.verdicts(PLAN.gates.gated_sets()),
        PLAN.gates.cleaned(),
    localrule: True


rule traces:
    input:
        [f"{S}/traces/{name}.jsonl" for name in PLAN.trace_sets()],
    localrule: True


rule models:
    input:
        PLAN.all_models(),
    localrule: True


rule eval:
    input:
        PLAN.cells("eval/{experiment}/{benchmark}.json"),
    localrule: True


rule votes:
    input:
        PLAN.vote_tables(),
    localrule: True


rule ablation:
    input:
        f"{S}/ablation.md",
        f"{S}/ablation.csv",
        f"{S}/ablation.json",
    localrule: True


rule report:
    input:
        f"{S}/report.html",
    localrule: True


onstart:
    note_builder(Path(".snakemake"))
