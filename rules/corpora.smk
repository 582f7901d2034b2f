# What models are pretrained on.


rule train_tokenizer:
    input:
        spec=job.spec("tokenizers/{model}"),
    output:
        out="<results>/tokenizers/{model}/tokenizer.json",
        config="<results>/tokenizers/{model}/tokenizer_config.json",
        template="<results>/tokenizers/{model}/chat_template.jinja",
        ledger="<results>/ledger/tokenizers/{model}.json",
    log:
        "<logs>/tokenizers/{model}.log",
    benchmark:
        "<benchmarks>/tokenizers/{model}.tsv"
    # Everything waits for the models: start them first.
    priority: 50
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("tokenizers/{model}")
    resources:
        **job.needs("tokenizers/{model}"),
    shell:
        "python scripts/train_tokenizer.py {input.spec} --log {log} --ledger {output.ledger} --out {output.out}"


# The same of a model with domain tokens, whose ids are in a file of their own.
use rule train_tokenizer as train_tokenizer_with_tokens with:
    output:
        out="<results>/tokenizers/{model}/tokenizer.json",
        config="<results>/tokenizers/{model}/tokenizer_config.json",
        template="<results>/tokenizers/{model}/chat_template.jinja",
        domain_tokens="<results>/tokenizers/{model}/domain_tokens.json",
        ledger="<results>/ledger/tokenizers/{model}.json",
    wildcard_constraints:
        model=job.with_tokens(),


ruleorder: train_tokenizer_with_tokens > train_tokenizer


# As many documents as the model reads, and some more.
rule make_corpus:
    input:
        spec=job.spec("corpora/{model}"),
        tokenizer=job.reads("corpora/{model}", "tokenizer"),
    output:
        out="<results>/corpora/{model}.jsonl",
        ledger="<results>/ledger/corpora/{model}.json",
    log:
        "<logs>/corpora/{model}.log",
    benchmark:
        "<benchmarks>/corpora/{model}.tsv"
    wildcard_constraints:
        model=job.names("make_corpus"),
    priority: 50
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("corpora/{model}")
    resources:
        **job.needs("corpora/{model}"),
    shell:
        "python scripts/make_corpus.py {input.spec} --log {log} --ledger {output.ledger}"
        " --tokenizer {input.tokenizer} --out {output.out}"


# A text as shards of token ids, once for all models that read it in the same tokens.
rule tokenize_text:
    input:
        spec=job.spec("shards/{model}"),
        raw=job.reads("shards/{model}", "raw"),
        tokenizer=job.reads("shards/{model}", "tokenizer"),
        left_out=trained_on("shards/{model}", "left_out"),
        gate=judged("shards/{model}"),
    output:
        out="<results>/shards/{model}/shards.json",
        ledger="<results>/ledger/shards/{model}.json",
    log:
        "<logs>/shards/{model}.log",
    benchmark:
        "<benchmarks>/shards/{model}.tsv"
    priority: 50
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("shards/{model}")
    resources:
        **job.needs("shards/{model}"),
    params:
        raw=job.files("shards/{model}", "raw"),
        gate=job.gate("shards/{model}"),
    shell:
        "python scripts/tokenize_text.py {input.spec} --log {log} --ledger {output.ledger}"
        " --raw {params.raw:q} --tokenizer {input.tokenizer} --left_out {input.left_out} --gate {params.gate}"
        " --out {output.out}"
