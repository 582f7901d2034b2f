# Samples: the expensive half of an evaluation, kept apart from the grading.


# For the accuracy, and, as {benchmark}.votes, for votes.
rule sample_benchmark:
    input:
        spec=job.spec("samples/{run}/{benchmark}"),
        weights=job.reads("samples/{run}/{benchmark}", "weights"),
        problems=job.reads("samples/{run}/{benchmark}", "problems"),
        gate=judged("samples/{run}/{benchmark}"),
    output:
        out="<results>/samples/{run}/{benchmark}.parquet",
        ledger="<results>/ledger/samples/{run}/{benchmark}.json",
    log:
        "<logs>/samples/{run}/{benchmark}.log",
    benchmark:
        "<benchmarks>/samples/{run}/{benchmark}.tsv"
    wildcard_constraints:
        benchmark=r"[a-z0-9_-]+(\.votes)?",
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("samples/{run}/{benchmark}")
    resources:
        **job.needs("samples/{run}/{benchmark}"),
    params:
        gate=job.gate("samples/{run}/{benchmark}"),
    shell:
        "python scripts/sample_benchmark.py {input.spec} --log {log} --ledger {output.ledger}"
        " --weights {input.weights} --problems {input.problems} --gate {params.gate} --out {output.out}"


# In place of samples, on a benchmark with a metric: how likely the options of its problems are.
rule measure_likelihoods:
    input:
        spec=job.spec("likelihoods/{run}/{benchmark}"),
        weights=job.reads("likelihoods/{run}/{benchmark}", "weights"),
        problems=job.reads("likelihoods/{run}/{benchmark}", "problems"),
        gate=judged("likelihoods/{run}/{benchmark}"),
    output:
        out="<results>/likelihoods/{run}/{benchmark}.parquet",
        ledger="<results>/ledger/likelihoods/{run}/{benchmark}.json",
    log:
        "<logs>/likelihoods/{run}/{benchmark}.log",
    benchmark:
        "<benchmarks>/likelihoods/{run}/{benchmark}.tsv"
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("likelihoods/{run}/{benchmark}")
    resources:
        **job.needs("likelihoods/{run}/{benchmark}"),
    params:
        gate=job.gate("likelihoods/{run}/{benchmark}"),
    shell:
        "python scripts/measure_likelihoods.py {input.spec} --log {log} --ledger {output.ledger}"
        " --weights {input.weights} --problems {input.problems} --gate {params.gate} --out {output.out}"


# How likely each of the samples that are voted with is right, says a verifier.
rule verify_samples:
    input:
        spec=job.spec("samples/{run}/{benchmark}.scores"),
        samples="<results>/samples/{run}/{benchmark}.votes.parquet",
        weights=job.reads("samples/{run}/{benchmark}.scores", "weights"),
        problems=job.reads("samples/{run}/{benchmark}.scores", "problems"),
        gate=judged("samples/{run}/{benchmark}.scores"),
    output:
        out="<results>/samples/{run}/{benchmark}.scores.parquet",
        ledger="<results>/ledger/samples/{run}/{benchmark}.scores.json",
    log:
        "<logs>/samples/{run}/{benchmark}.scores.log",
    benchmark:
        "<benchmarks>/samples/{run}/{benchmark}.scores.tsv"
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("samples/{run}/{benchmark}.scores")
    resources:
        **job.needs("samples/{run}/{benchmark}.scores"),
    params:
        gate=job.gate("samples/{run}/{benchmark}.scores"),
    shell:
        "python scripts/verify_samples.py {input.spec} --log {log} --ledger {output.ledger}"
        " --samples {input.samples} --weights {input.weights} --problems {input.problems} --gate {params.gate}"
        " --out {output.out}"
