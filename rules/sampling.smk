# Samples: the expensive half of an evaluation, kept apart from the grading.


# For the accuracy, and, as {benchmark}.votes, for votes.
rule sample_benchmark:
    input:
        spec=job.spec("samples/{experiment}/{benchmark}"),
        weights=job.reads("samples/{experiment}/{benchmark}", "weights"),
        problems=job.reads("samples/{experiment}/{benchmark}", "problems"),
        gate=judged("samples/{experiment}/{benchmark}"),
    output:
        out="<results>/samples/{experiment}/{benchmark}.parquet",
        ledger="<results>/ledger/samples/{experiment}/{benchmark}.json",
    log:
        "<logs>/samples/{experiment}/{benchmark}.log",
    benchmark:
        "<benchmarks>/samples/{experiment}/{benchmark}.tsv"
    wildcard_constraints:
        benchmark=r"[a-z0-9_-]+(\.votes)?",
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("samples/{experiment}/{benchmark}")
    resources:
        **job.needs("samples/{experiment}/{benchmark}"),
    params:
        gate=job.gate("samples/{experiment}/{benchmark}"),
    shell:
        "python scripts/sample_benchmark.py {input.spec} --log {log} --ledger {output.ledger}"
        " --weights {input.weights} --problems {input.problems} --gate {params.gate} --out {output.out}"
