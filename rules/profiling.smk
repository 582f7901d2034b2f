# Where a training's time and memory go, and which settings are the fastest that fit: asked for by an experiment's name, as
# `snakemake profile/dr_grpo`. Each reads what the training reads, runs some steps of it apart, and is in no other result.


rule profile_training:
    input:
        spec=job.spec("models/{experiment}"),
        weights=job.reads("models/{experiment}", "weights"),
        data=training_data("models/{experiment}"),
        reference=job.reads("models/{experiment}", "reference"),
    output:
        markdown="<results>/profiles/{experiment}/profile.md",
        json="<results>/profiles/{experiment}/profile.json",
        trace="<results>/profiles/{experiment}/trace.json.gz",
    log:
        "<logs>/profiles/{experiment}.log",
    wildcard_constraints:
        experiment=job.any_of(job.trained_here()),
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("models/{experiment}")
    resources:
        **job.needs("models/{experiment}", more_mb=2000),  # for what the profiler records
    params:
        out=subpath(output.markdown, parent=True),
        settings=STUDY.graph.study.profiling.model_dump_json(exclude={"sweep"}),
    shell:
        "python scripts/profile_training.py {input.spec} --log {log} --weights {input.weights} --data {input.data}"
        " --reference {input.reference}"
        " --settings {params.settings:q} --out {params.out}"


# Rows that are done stay in rows.jsonl beside the outputs: an interrupted sweep goes on from there.
rule sweep_training:
    input:
        spec=job.spec("models/{experiment}"),
        weights=job.reads("models/{experiment}", "weights"),
        data=training_data("models/{experiment}"),
        reference=job.reads("models/{experiment}", "reference"),
    output:
        markdown="<results>/sweeps/{experiment}/sweep.md",
        json="<results>/sweeps/{experiment}/sweep.json",
    log:
        "<logs>/sweeps/{experiment}.log",
    wildcard_constraints:
        experiment=job.any_of(job.trained_here()),
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("models/{experiment}")
    resources:
        **job.needs("models/{experiment}"),
    params:
        out=subpath(output.markdown, parent=True),
        settings=STUDY.graph.study.profiling.model_dump_json(include={"sweep"}),
    shell:
        "python scripts/sweep_training.py {input.spec} --log {log} --weights {input.weights} --data {input.data}"
        " --reference {input.reference}"
        " --settings {params.settings:q} --out {params.out}"


for experiment in job.trained_here():

    rule:
        name:
            f"profile/{experiment}"
        input:
            f"{STUDY.graph.root}/profiles/{experiment}/profile.md",
        localrule: True

    rule:
        name:
            f"sweep/{experiment}"
        input:
            f"{STUDY.graph.root}/sweeps/{experiment}/sweep.md",
        localrule: True
