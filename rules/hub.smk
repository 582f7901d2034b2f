# What comes from the Hugging Face hub, or from a model folder of the user: links to files that stay where they are.
# These jobs run where snakemake itself runs: the nodes of a cluster often have no way out.


wildcard_constraints:
    fetched=PLAN.model_pattern("hub", "folder"),
    fetched_parts=PLAN.model_pattern("hub", "folder", weights="model.safetensors.index.json"),
    held_elsewhere=PLAN.model_pattern("tinker", weights="tokenizer.json"),


rule hub_pins:
    input:
        spec=spec_of("hub/pins.json"),
    log:
        f"{S}/logs/hub/pins.log",
    localrule: True
    conda:
        "../envs/gradus.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
        gpu=0,
    params:
        # No output, and no benchmark, which counts as one: asked for, it always runs, and Snakemake removes the outputs
        # of a job that fails, but this file is the user's.
        lock="config/hub.lock.yaml",
    shell:
        "python scripts/pin_hub.py {input.spec} --log {log} --lock {params.lock}"


rule fetch_problems:
    input:
        spec=spec_of("hub/problems/{set}.json"),
    output:
        out=directory(f"{S}/hub/problems/{{set}}"),
        ledger=f"{S}/ledger/hub/problems/{{set}}.json",
    log:
        f"{S}/logs/hub/problems/{{set}}.log",
    benchmark:
        f"{S}/benchmarks/hub/problems/{{set}}.tsv"
    priority: 100
    localrule: True
    conda:
        "../envs/gradus.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=240,
        gpu=0,
    shell:
        "python scripts/fetch_data.py {input.spec} --log {log} --ledger {output.ledger} --out {output.out}"


rule fetch_model:
    input:
        spec=spec_of("models/{fetched}.json"),
        files=lambda w: PLAN.weights.made_folder(w.fetched),
    output:
        model=f"{S}/models/{{fetched}}/model.safetensors",
        config=f"{S}/models/{{fetched}}/config.json",
        tokenizer=f"{S}/models/{{fetched}}/tokenizer.json",
        ledger=f"{S}/ledger/models/{{fetched}}.json",
    log:
        f"{S}/logs/models/{{fetched}}.log",
    benchmark:
        f"{S}/benchmarks/models/{{fetched}}.tsv"
    priority: 100
    localrule: True
    conda:
        "../envs/gradus.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=240,
        gpu=0,
    shell:
        "python scripts/fetch_model.py {input.spec} --log {log} --ledger {output.ledger} --config {output.config}"


use rule fetch_model as fetch_model_parts with:
    input:
        spec=spec_of("models/{fetched_parts}.json"),
        files=lambda w: PLAN.weights.made_folder(w.fetched_parts),
    output:
        model=f"{S}/models/{{fetched_parts}}/model.safetensors.index.json",
        config=f"{S}/models/{{fetched_parts}}/config.json",
        tokenizer=f"{S}/models/{{fetched_parts}}/tokenizer.json",
        ledger=f"{S}/ledger/models/{{fetched_parts}}.json",
    log:
        f"{S}/logs/models/{{fetched_parts}}.log",
    benchmark:
        f"{S}/benchmarks/models/{{fetched_parts}}.tsv"


# Of a model that Tinker holds, all but the weights.
use rule fetch_model as fetch_tokenizer with:
    input:
        spec=spec_of("models/{held_elsewhere}.json"),
    output:
        config=f"{S}/models/{{held_elsewhere}}/config.json",
        tokenizer=f"{S}/models/{{held_elsewhere}}/tokenizer.json",
        ledger=f"{S}/ledger/models/{{held_elsewhere}}.json",
    log:
        f"{S}/logs/models/{{held_elsewhere}}.log",
    benchmark:
        f"{S}/benchmarks/models/{{held_elsewhere}}.tsv"
