# Problem sets, and a table of them.


rule make_problems:
    input:
        spec=job.spec("problems/{set}"),
        of=job.reads("problems/{set}", "of"),
        raw=job.reads("problems/{set}", "raw"),
    output:
        out="<results>/problems/{set}.parquet",
        summary="<results>/problems/{set}.summary.json",
        ledger="<results>/ledger/problems/{set}.json",
    log:
        "<logs>/problems/{set}.log",
    benchmark:
        "<benchmarks>/problems/{set}.tsv"
    wildcard_constraints:
        set=job.names("make_problems"),
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("problems/{set}")
    resources:
        **job.needs("problems/{set}"),
    params:
        raw=job.files("problems/{set}", "raw"),
    shell:
        "python scripts/make_problems.py {input.spec} --log {log} --ledger {output.ledger}"
        " --of {input.of} --raw {params.raw:q} --out {output.out} --summary {output.summary}"


# A model's answers to the problems of a set, by which some of them are chosen.
rule sample_problems:
    input:
        spec=job.spec("problems/{set}.completions"),
        weights=job.reads("problems/{set}.completions", "weights"),
        problems=job.reads("problems/{set}.completions", "problems"),
        gate=judged("problems/{set}.completions"),
    output:
        out="<results>/problems/{set}.completions.parquet",
        ledger="<results>/ledger/problems/{set}.completions.json",
    log:
        "<logs>/problems/{set}.completions.log",
    benchmark:
        "<benchmarks>/problems/{set}.completions.tsv"
    priority: 40
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("problems/{set}.completions")
    resources:
        **job.needs("problems/{set}.completions"),
    params:
        gate=job.gate("problems/{set}.completions"),
    shell:
        "python scripts/sample_problems.py {input.spec} --log {log} --ledger {output.ledger}"
        " --weights {input.weights} --problems {input.problems} --gate {params.gate} --out {output.out}"


# Those that the model solves as often as the study wants: a new grader or other bounds ask nothing again.
rule keep_problems:
    input:
        spec=job.spec("problems/{set}"),
        completions=rules.sample_problems.output.out,
        problems=job.reads("problems/{set}", "problems"),
    output:
        out="<results>/problems/{set}.parquet",
        summary="<results>/problems/{set}.summary.json",
        csv="<results>/problems/{set}.pass_rates.csv",
        ledger="<results>/ledger/problems/{set}.json",
    log:
        "<logs>/problems/{set}.log",
    benchmark:
        "<benchmarks>/problems/{set}.tsv"
    wildcard_constraints:
        set=job.names("keep_problems"),
    priority: 40
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("problems/{set}")
    resources:
        **job.needs("problems/{set}"),
    shell:
        "python scripts/keep_problems.py {input.spec} --log {log} --ledger {output.ledger}"
        " --completions {input.completions} --problems {input.problems} --out {output.out}"
        " --summary {output.summary} --csv {output.csv}"


# Some problems of a benchmark's set, for votes.
rule draw_problems:
    input:
        spec=job.spec("problems/{set}.votes"),
        of="<results>/problems/{set}.parquet",
    output:
        out="<results>/problems/{set}.votes.parquet",
        ledger="<results>/ledger/problems/{set}.votes.json",
    log:
        "<logs>/problems/{set}.votes.log",
    benchmark:
        "<benchmarks>/problems/{set}.votes.tsv"
    # It reads one table: not worth a place in a cluster's queue.
    localrule: True
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("problems/{set}.votes")
    resources:
        **job.needs("problems/{set}.votes"),
    shell:
        "python scripts/draw_problems.py {input.spec} --log {log} --ledger {output.ledger}"
        " --of {input.of} --out {output.out}"


# How many reference answers the grader decides exactly.
rule check_references:
    input:
        spec=job.spec("references"),
        problems=job.reads("references", "problems"),
    output:
        out="<results>/references.json",
        ledger="<results>/ledger/references.json",
    log:
        "<logs>/references.log",
    benchmark:
        "<benchmarks>/references.tsv"
    priority: 100
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("references")
    resources:
        **job.needs("references"),
    shell:
        "python scripts/check_references.py {input.spec} --log {log} --ledger {output.ledger}"
        " --problems {input.problems} --out {output.out}"


rule make_problems_table:
    input:
        spec=job.spec("problems"),
        summaries=job.reads("problems", "summaries"),
        training=job.reads("problems", "training"),
        benchmarks="<results>/contamination/benchmarks.json",
    output:
        out="<results>/problems.md",
        html=table_page("problems", "Problem sets"),
        ledger="<results>/ledger/problems.json",
    log:
        "<logs>/problems.log",
    benchmark:
        "<benchmarks>/problems.tsv"
    # It reads a few kilobytes: not worth a place in a cluster's queue.
    localrule: True
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("problems")
    resources:
        **job.needs("problems"),
    shell:
        "python scripts/make_problems_table.py {input.spec} --log {log} --ledger {output.ledger}"
        " --summaries {input.summaries} --training {input.training} --benchmarks {input.benchmarks} --out {output.out} --html {output.html}"
