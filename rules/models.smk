# Models to start from, and models to take away.


wildcard_constraints:
    taken_adapter=PLAN.checkpoint_pattern("adapter"),
    taken_whole=PLAN.checkpoint_pattern("whole"),
    taken_tinker=PLAN.checkpoint_pattern("tinker"),
    rounded=PLAN.rounded_pattern(),


rule pretrain:
    input:
        spec=spec_of("models/{model}.json"),
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


# A checkpoint that an experiment starts from, as a model of its own. What a training leaves beside its end is no output
# that Snakemake knows, so that a killed run keeps it; with the end, all of it is there.
rule take_checkpoint:
    input:
        spec=spec_of("models/{taken_adapter}.json"),
        end=lambda w: PLAN.checkpoint_end(w.taken_adapter),
        metrics=lambda w: PLAN.checkpoint_metrics(w.taken_adapter),
    output:
        model=f"{S}/models/{{taken_adapter}}/adapter_model.safetensors",
        config=f"{S}/models/{{taken_adapter}}/adapter_config.json",
        ledger=f"{S}/ledger/models/{{taken_adapter}}.json",
    log:
        f"{S}/logs/models/{{taken_adapter}}.log",
    benchmark:
        f"{S}/benchmarks/models/{{taken_adapter}}.tsv"
    priority: 30
    conda:
        "../envs/gradus.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=30,
        gpu=0,
    shell:
        "python scripts/take_checkpoint.py {input.spec} --log {log} --ledger {output.ledger}"
        " --end {input.end} --measured {input.metrics} --model {output.model}"


use rule take_checkpoint as take_whole_checkpoint with:
    input:
        spec=spec_of("models/{taken_whole}.json"),
        end=lambda w: PLAN.checkpoint_end(w.taken_whole),
        metrics=lambda w: PLAN.checkpoint_metrics(w.taken_whole),
    output:
        model=f"{S}/models/{{taken_whole}}/model.safetensors",
        config=f"{S}/models/{{taken_whole}}/config.json",
        ledger=f"{S}/ledger/models/{{taken_whole}}.json",
    log:
        f"{S}/logs/models/{{taken_whole}}.log",
    benchmark:
        f"{S}/benchmarks/models/{{taken_whole}}.tsv"


use rule take_checkpoint as take_tinker_checkpoint with:
    input:
        spec=spec_of("models/{taken_tinker}.json"),
        end=lambda w: PLAN.checkpoint_end(w.taken_tinker),
        metrics=lambda w: PLAN.checkpoint_metrics(w.taken_tinker),
    output:
        model=f"{S}/models/{{taken_tinker}}/adapter_model.safetensors",
        config=f"{S}/models/{{taken_tinker}}/adapter_config.json",
        tinker=f"{S}/models/{{taken_tinker}}/tinker.json",
        ledger=f"{S}/ledger/models/{{taken_tinker}}.json",
    log:
        f"{S}/logs/models/{{taken_tinker}}.log",
    benchmark:
        f"{S}/benchmarks/models/{{taken_tinker}}.tsv"


# What adapters of QLoRA were trained beside, as a dense model: they are sampled, continued and merged with it.
rule dequantise_model:
    input:
        spec=spec_of("models/{rounded}.json"),
        weights=lambda w: PLAN.rounded_from(w.rounded),
    output:
        model=f"{S}/models/{{rounded}}/model.safetensors",
        config=f"{S}/models/{{rounded}}/config.json",
        ledger=f"{S}/ledger/models/{{rounded}}.json",
    log:
        f"{S}/logs/models/{{rounded}}.log",
    benchmark:
        f"{S}/benchmarks/models/{{rounded}}.tsv"
    priority: 30
    conda:
        "../envs/gradus.yaml"
    threads: 1
    resources:
        mem_mb=lambda w, input: 2000 + 5 * int(input.size_mb),
        runtime=60,
        gpu=0,
    shell:
        "python scripts/dequantise_model.py {input.spec} --log {log} --ledger {output.ledger}"
        " --weights {input.weights} --model {output.model}"


# Made where it is asked for: snakemake results/<study>/export/<experiment>
rule export_model:
    input:
        spec=spec_of("export/{experiment}.json"),
        weights=lambda w: PLAN.model_files(w.experiment),
    output:
        out=directory(f"{S}/export/{{experiment}}"),
        ledger=f"{S}/ledger/export/{{experiment}}.json",
    log:
        f"{S}/logs/export/{{experiment}}.log",
    benchmark:
        f"{S}/benchmarks/export/{{experiment}}.tsv"
    conda:
        "../envs/gradus.yaml"
    threads: 1
    resources:
        # Merged and compared in float32.
        mem_mb=lambda w, input: 2000 + 5 * int(input.size_mb),
        runtime=120,
        gpu=0,
    shell:
        "python scripts/export_model.py {input.spec} --log {log} --ledger {output.ledger}"
        " --weights {input.weights} --out {output.out}"
