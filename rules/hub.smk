# What comes from the Hugging Face hub, or from a model folder of the user: links to files that stay where they are.
# These jobs run where snakemake itself runs: the nodes of a cluster often have no way out.


# Asked for by name, it always runs: the lock is the user's file, and Snakemake removes the outputs of a job that fails.
rule hub_pins:
    log:
        "<logs>/hub_pins.log",
    localrule: True
    conda:
        "../envs/gradus.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
        gpu=0,
    params:
        study=STUDY.study_file,
        overrides=STUDY.overrides,
    shell:
        "python scripts/hub_pins.py {params.study:q} --config {params.overrides:q} 2>&1 | tee {log}"


# Models of the study to and from the hub, by `--config group=NAME`. They make nothing that is not there.
for target in ("push", "pull", "hub_list"):

    rule:
        name:
            target
        log:
            f"<logs>/{target}.log",
        localrule: True
        conda:
            "../envs/gradus.yaml"
        threads: 1
        resources:
            mem_mb=1500,
            runtime=600,
            gpu=0,
        params:
            script=f"scripts/{target}.py",
            study=STUDY.study_file,
            overrides=STUDY.overrides,
        shell:
            "python {params.script} {params.study:q} --config {params.overrides:q} 2>&1 | tee {log}"


rule fetch_data:
    input:
        spec=job.spec("hub/{kind}/{set}"),
    output:
        out=directory("<results>/hub/{kind}/{set}"),
        ledger="<results>/ledger/hub/{kind}/{set}.json",
    log:
        "<logs>/hub/{kind}/{set}.log",
    benchmark:
        "<benchmarks>/hub/{kind}/{set}.tsv"
    priority: 100
    localrule: True
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("hub/{kind}/{set}")
    resources:
        **job.needs("hub/{kind}/{set}"),
    shell:
        "python scripts/fetch_data.py {input.spec} --log {log} --ledger {output.ledger}" " --out {output.out}"


# Checked first, then linked. Of a model that a service holds, all but the weights.
rule fetch_model:
    input:
        spec=job.spec("models/{model}"),
        folder=job.reads("models/{model}", "folder"),
    output:
        model="<results>/models/{model}/model.json",
        ledger="<results>/ledger/models/{model}.json",
    log:
        "<logs>/models/{model}.log",
    benchmark:
        "<benchmarks>/models/{model}.tsv"
    wildcard_constraints:
        model=job.names("fetch_model"),
    priority: 100
    localrule: True
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("models/{model}")
    resources:
        **job.needs("models/{model}"),
    shell:
        "python scripts/fetch_model.py {input.spec} --log {log} --ledger {output.ledger}" " --model {output.model}"
