# Trace sets: completions first, the filter after, so that a new filter or grader samples nothing again.


# A teacher is asked whole sets: what it answers is cleaned of overlaps.
rule sample_traces:
    input:
        spec=job.spec("traces/{traces}.completions"),
        weights=job.reads("traces/{traces}.completions", "weights"),
        problems=job.reads("traces/{traces}.completions", "problems"),
        gate=judged("traces/{traces}.completions"),
    output:
        out="<results>/traces/{traces}.completions.parquet",
        ledger="<results>/ledger/traces/{traces}.completions.json",
    log:
        "<logs>/traces/{traces}.completions.log",
    benchmark:
        "<benchmarks>/traces/{traces}.completions.tsv"
    priority: 40
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("traces/{traces}.completions")
    resources:
        **job.needs("traces/{traces}.completions"),
    params:
        gate=job.gate("traces/{traces}.completions"),
    shell:
        "python scripts/sample_traces.py {input.spec} --log {log} --ledger {output.ledger}"
        " --weights {input.weights} --problems {input.problems} --gate {params.gate} --out {output.out}"


rule filter_traces:
    input:
        spec=job.spec("traces/{traces}"),
        completions=rules.sample_traces.output.out,
        problems=job.reads("traces/{traces}", "problems"),
    output:
        out="<results>/traces/{traces}.jsonl",
        summary="<results>/traces/{traces}.summary.json",
        ledger="<results>/ledger/traces/{traces}.json",
    log:
        "<logs>/traces/{traces}.log",
    benchmark:
        "<benchmarks>/traces/{traces}.tsv"
    wildcard_constraints:
        traces=job.names("filter_traces"),
    priority: 40
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("traces/{traces}")
    resources:
        **job.needs("traces/{traces}"),
    shell:
        "python scripts/filter_traces.py {input.spec} --log {log} --ledger {output.ledger}"
        " --completions {input.completions} --problems {input.problems} --out {output.out} --summary {output.summary}"


# Right and wrong ones with their verdicts, for a verifier to learn.
rule judge_traces:
    input:
        spec=job.spec("traces/{traces}"),
        completions=rules.sample_traces.output.out,
        problems=job.reads("traces/{traces}", "problems"),
    output:
        out="<results>/traces/{traces}.jsonl",
        summary="<results>/traces/{traces}.summary.json",
        ledger="<results>/ledger/traces/{traces}.json",
    log:
        "<logs>/traces/{traces}.log",
    benchmark:
        "<benchmarks>/traces/{traces}.tsv"
    wildcard_constraints:
        traces=job.names("judge_traces"),
    priority: 40
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("traces/{traces}")
    resources:
        **job.needs("traces/{traces}"),
    shell:
        "python scripts/judge_traces.py {input.spec} --log {log} --ledger {output.ledger}"
        " --completions {input.completions} --problems {input.problems} --out {output.out} --summary {output.summary}"


rule make_public_traces:
    input:
        spec=job.spec("traces/{traces}"),
    output:
        out="<results>/traces/{traces}.jsonl",
        summary="<results>/traces/{traces}.summary.json",
        ledger="<results>/ledger/traces/{traces}.json",
    log:
        "<logs>/traces/{traces}.log",
    benchmark:
        "<benchmarks>/traces/{traces}.tsv"
    wildcard_constraints:
        traces=job.names("make_public_traces"),
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("traces/{traces}")
    resources:
        **job.needs("traces/{traces}"),
    shell:
        "python scripts/make_public_traces.py {input.spec} --log {log} --ledger {output.ledger}"
        " --out {output.out} --summary {output.summary}"


# Published sets, files of the user, and the solutions that come with problem sets.
rule read_traces:
    input:
        spec=job.spec("traces/{traces}"),
        problems=job.reads("traces/{traces}", "problems"),
        raw=job.reads("traces/{traces}", "raw"),
        tokenizer=job.reads("traces/{traces}", "tokenizer"),
    output:
        out="<results>/traces/{traces}.jsonl",
        summary="<results>/traces/{traces}.summary.json",
        ledger="<results>/ledger/traces/{traces}.json",
    log:
        "<logs>/traces/{traces}.log",
    benchmark:
        "<benchmarks>/traces/{traces}.tsv"
    wildcard_constraints:
        traces=job.names("read_traces"),
    priority: 40
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("traces/{traces}")
    resources:
        **job.needs("traces/{traces}"),
    params:
        raw=job.files("traces/{traces}", "raw"),
    shell:
        "python scripts/read_traces.py {input.spec} --log {log} --ledger {output.ledger}"
        " --problems {input.problems} --raw {params.raw:q} --tokenizer {input.tokenizer}"
        " --out {output.out} --summary {output.summary}"


rule mix_traces:
    input:
        spec=job.spec("traces/{traces}"),
        parts=job.reads("traces/{traces}", "parts"),
    output:
        out="<results>/traces/{traces}.jsonl",
        summary="<results>/traces/{traces}.summary.json",
        ledger="<results>/ledger/traces/{traces}.json",
    log:
        "<logs>/traces/{traces}.log",
    benchmark:
        "<benchmarks>/traces/{traces}.tsv"
    wildcard_constraints:
        traces=job.names("mix_traces"),
    priority: 40
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("traces/{traces}")
    resources:
        **job.needs("traces/{traces}"),
    shell:
        "python scripts/mix_traces.py {input.spec} --log {log} --ledger {output.ledger}"
        " --parts {input.parts} --out {output.out} --summary {output.summary}"


rule measure_traces:
    input:
        spec=job.spec("lengths/{experiment}"),
        traces=trained_on("lengths/{experiment}", "traces"),
        tokenizer=job.reads("lengths/{experiment}", "tokenizer"),
    output:
        out="<results>/lengths/{experiment}.json",
        ledger="<results>/ledger/lengths/{experiment}.json",
    log:
        "<logs>/lengths/{experiment}.log",
    benchmark:
        "<benchmarks>/lengths/{experiment}.tsv"
    # Before the training that it warns of.
    priority: 45
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("lengths/{experiment}")
    resources:
        **job.needs("lengths/{experiment}"),
    shell:
        "python scripts/measure_traces.py {input.spec} --log {log} --ledger {output.ledger}"
        " --traces {input.traces} --tokenizer {input.tokenizer} --out {output.out}"
