# Models to start from, and models to take away. Every model is a folder with a manifest, model.json, which is written last
# and lists all files of the model with their digests.


rule pretrain:
    input:
        spec=job.spec("models/{model}"),
        tokenizer=job.reads("models/{model}", "tokenizer"),
        corpus=trained_on("models/{model}", "corpus"),
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
        model=job.names("pretrain"),
    # Everything waits for the models: start them first.
    priority: 50
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("models/{model}")
    resources:
        **job.needs("models/{model}"),
    params:
        gate=job.gate("models/{model}"),
    shell:
        "python scripts/pretrain.py {input.spec} --log {log} --ledger {output.ledger}"
        " --tokenizer {input.tokenizer} --corpus {input.corpus} --gate {params.gate}"
        " --model {output.model} --metrics {output.metrics}"


# On shards of a text, in one process or several.
rule pretrain_text:
    input:
        spec=job.spec("models/{model}"),
        shards=job.reads("models/{model}", "shards"),
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
        model=job.names("pretrain_text"),
    priority: 50
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("models/{model}")
    resources:
        **job.needs("models/{model}"),
    params:
        gate=job.gate("models/{model}"),
    shell:
        "python scripts/pretrain_text.py {input.spec} --log {log} --ledger {output.ledger}"
        " --shards {input.shards} --gate {params.gate} --model {output.model} --metrics {output.metrics}"


# A nanoGPT checkpoint as a GPT-2 of transformers, with another model's tokenizer; the two are compared.
rule import_nanogpt:
    input:
        spec=job.spec("models/{model}"),
        tokenizer=job.reads("models/{model}", "tokenizer"),
    output:
        model="<results>/models/{model}/model.json",
        ledger="<results>/ledger/models/{model}.json",
    log:
        "<logs>/models/{model}.log",
    benchmark:
        "<benchmarks>/models/{model}.tsv"
    wildcard_constraints:
        model=job.names("import_nanogpt"),
    priority: 50
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("models/{model}")
    resources:
        **job.needs("models/{model}"),
    shell:
        "python scripts/import_nanogpt.py {input.spec} --log {log} --ledger {output.ledger}"
        " --tokenizer {input.tokenizer} --model {output.model}"


# A model with further tokens.
rule extend_model:
    input:
        spec=job.spec("models/{model}"),
        of=job.reads("models/{model}", "of"),
    output:
        model="<results>/models/{model}/model.json",
        ledger="<results>/ledger/models/{model}.json",
    log:
        "<logs>/models/{model}.log",
    benchmark:
        "<benchmarks>/models/{model}.tsv"
    wildcard_constraints:
        model=job.names("extend_model"),
    priority: 50
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("models/{model}")
    resources:
        **job.needs("models/{model}"),
    shell:
        "python scripts/extend_model.py {input.spec} --log {log} --ledger {output.ledger}"
        " --of {input.of} --model {output.model}"


# A checkpoint that an experiment starts from, as a model of its own. What a training leaves beside its end is no output
# that Snakemake knows, so that a killed run keeps it; with the end, all of it is there.
rule take_checkpoint:
    input:
        spec=job.spec("models/{experiment}.at-{checkpoint}"),
        end="<results>/models/{experiment}/model.json",
        metrics="<results>/models/{experiment}/metrics.jsonl",
    output:
        model="<results>/models/{experiment}.at-{checkpoint}/model.json",
        ledger="<results>/ledger/models/{experiment}.at-{checkpoint}.json",
    log:
        "<logs>/models/{experiment}.at-{checkpoint}.log",
    benchmark:
        "<benchmarks>/models/{experiment}.at-{checkpoint}.tsv"
    priority: 30
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("models/{experiment}.at-{checkpoint}")
    resources:
        **job.needs("models/{experiment}.at-{checkpoint}"),
    shell:
        "python scripts/take_checkpoint.py {input.spec} --log {log} --ledger {output.ledger}"
        " --end {input.end} --measured {input.metrics} --model {output.model}"


# What an experiment with a new adapter starts from: its parent's adapter in the weights.
rule merge_adapter:
    input:
        spec=job.spec("models/{adapter}.merged"),
        weights=job.reads("models/{adapter}.merged", "weights"),
    output:
        model="<results>/models/{adapter}.merged/model.json",
        ledger="<results>/ledger/models/{adapter}.merged.json",
    log:
        "<logs>/models/{adapter}.merged.log",
    benchmark:
        "<benchmarks>/models/{adapter}.merged.tsv"
    priority: 30
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("models/{adapter}.merged")
    resources:
        **job.needs("models/{adapter}.merged"),
    shell:
        "python scripts/merge_adapter.py {input.spec} --log {log} --ledger {output.ledger}"
        " --weights {input.weights} --model {output.model}"


# What adapters of QLoRA were trained beside, as a dense model: they are sampled, continued and merged with it.
rule dequantize_model:
    input:
        spec=job.spec("models/{model}.{precision}"),
        weights=job.reads("models/{model}.{precision}", "weights"),
    output:
        model="<results>/models/{model}.{precision}/model.json",
        ledger="<results>/ledger/models/{model}.{precision}.json",
    log:
        "<logs>/models/{model}.{precision}.log",
    benchmark:
        "<benchmarks>/models/{model}.{precision}.tsv"
    wildcard_constraints:
        model=rf"{RUN}(\.at-\w+)?(\.merged)?",
    priority: 30
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("models/{model}.{precision}")
    resources:
        **job.needs("models/{model}.{precision}"),
    shell:
        "python scripts/dequantize_model.py {input.spec} --log {log} --ledger {output.ledger}"
        " --weights {input.weights} --model {output.model}"


# Made where it is asked for: snakemake results/<study>/export/<experiment>
rule export_model:
    input:
        spec=job.spec("export/{experiment}"),
        weights=job.reads("export/{experiment}", "weights"),
    output:
        out=directory("<results>/export/{experiment}"),
        ledger="<results>/ledger/export/{experiment}.json",
    log:
        "<logs>/export/{experiment}.log",
    benchmark:
        "<benchmarks>/export/{experiment}.tsv"
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("export/{experiment}")
    resources:
        **job.needs("export/{experiment}"),
    shell:
        "python scripts/export_model.py {input.spec} --log {log} --ledger {output.ledger}"
        " --weights {input.weights} --out {output.out}"
