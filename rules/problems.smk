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
