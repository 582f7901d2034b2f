# Models to start from.


rule pretrain:
    input:
        spec=f"{S}/specs/models/{{model}}.json",
    output:
        model=f"{S}/models/{{model}}/model.safetensors",
        config=f"{S}/models/{{model}}/config.json",
        tokenizer=f"{S}/models/{{model}}/tokenizer.json",
        metrics=f"{S}/models/{{model}}/metrics.jsonl",
        ledger=f"{S}/ledger/models/{{model}}.json",
    log:
        f"{S}/logs/models/{{model}}.log",
    benchmark:
        f"{S}/benchmarks/models/{{model}}.tsv"
    # Everything waits for the models: start them first.
    priority: 50
    conda:
        "../envs/gradus.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
        gpu=0,
    shell:
        "python scripts/pretrain.py {input.spec} --log {log} --ledger {output.ledger}"
        " --model {output.model} --metrics {output.metrics}"
