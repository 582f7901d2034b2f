# Experiments that train: one rule a stage, whatever trains them and whatever they leave.


rule sft:
    input:
        spec=job.spec("models/{model}"),
        weights=job.reads("models/{model}", "weights"),
        traces=trained_on("models/{model}", "traces"),
        gate=judged("models/{model}"),
    output:
        model="<results>/models/{model}/model.json",
        metrics="<results>/models/{model}/metrics.jsonl",
        ledger="<results>/ledger/models/{model}.json",
    log:
        "<logs>/models/{model}.log",
    benchmark:
        "<benchmarks>/models/{model}.tsv"
    wildcard_constraints:
        model=job.names("sft"),
    priority: 30
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("models/{model}")
    resources:
        **job.needs("models/{model}"),
    params:
        gate=job.gate("models/{model}"),
    shell:
        "python scripts/sft.py {input.spec} --log {log} --ledger {output.ledger}"
        " --weights {input.weights} --traces {input.traces} --gate {params.gate}"
        " --model {output.model} --metrics {output.metrics}"


# Right against wrong solutions of the same problem.
rule dpo:
    input:
        spec=job.spec("models/{model}"),
        weights=job.reads("models/{model}", "weights"),
        traces=trained_on("models/{model}", "traces"),
        gate=judged("models/{model}"),
    output:
        model="<results>/models/{model}/model.json",
        metrics="<results>/models/{model}/metrics.jsonl",
        ledger="<results>/ledger/models/{model}.json",
    log:
        "<logs>/models/{model}.log",
    benchmark:
        "<benchmarks>/models/{model}.tsv"
    wildcard_constraints:
        model=job.names("dpo"),
    priority: 30
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("models/{model}")
    resources:
        **job.needs("models/{model}"),
    params:
        gate=job.gate("models/{model}"),
    shell:
        "python scripts/dpo.py {input.spec} --log {log} --ledger {output.ledger}"
        " --weights {input.weights} --traces {input.traces} --gate {params.gate}"
        " --model {output.model} --metrics {output.metrics}"


rule grpo:
    input:
        spec=job.spec("models/{model}"),
        weights=job.reads("models/{model}", "weights"),
        problems=trained_on("models/{model}", "problems"),
        held_out=trained_on("models/{model}", "held_out"),
        reference=job.reads("models/{model}", "reference"),
        gate=judged("models/{model}"),
    output:
        model="<results>/models/{model}/model.json",
        metrics="<results>/models/{model}/metrics.jsonl",
        ledger="<results>/ledger/models/{model}.json",
    log:
        "<logs>/models/{model}.log",
    benchmark:
        "<benchmarks>/models/{model}.tsv"
    wildcard_constraints:
        model=job.names("grpo"),
    priority: 30
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("models/{model}")
    resources:
        **job.needs("models/{model}"),
    params:
        gate=job.gate("models/{model}"),
    shell:
        "python scripts/grpo.py {input.spec} --log {log} --ledger {output.ledger}"
        " --weights {input.weights} --reference {input.reference} --problems {input.problems}"
        " --held_out {input.held_out} --gate {params.gate}"
        " --model {output.model} --metrics {output.metrics}"
