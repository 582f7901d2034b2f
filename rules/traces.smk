# Trace sets: completions first, the filter after, so that a new filter or grader samples nothing again.


wildcard_constraints:
    distilled=PLAN.trace_pattern("distilled"),
    public=PLAN.trace_pattern("pocket_public"),


rule sample_traces:
    input:
        spec=f"{S}/specs/traces/{{distilled}}.completions.json",
        weights=lambda w: PLAN.teacher_files(w.distilled),
        problems=lambda w: PLAN.problems(PLAN.study.traces[w.distilled].problems),
    output:
        out=f"{S}/traces/{{distilled}}.completions.parquet",
        ledger=f"{S}/ledger/traces/{{distilled}}.completions.json",
    log:
        f"{S}/logs/traces/{{distilled}}.completions.log",
    benchmark:
        f"{S}/benchmarks/traces/{{distilled}}.completions.tsv"
    priority: 40
    conda:
        "../envs/gradus.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
        gpu=0,
    shell:
        "python scripts/sample_problems.py {input.spec} --log {log} --ledger {output.ledger}"
        " --weights {input.weights} --problems {input.problems} --out {output.out}"


rule filter_traces:
    input:
        spec=f"{S}/specs/traces/{{distilled}}.json",
        completions=f"{S}/traces/{{distilled}}.completions.parquet",
        problems=lambda w: PLAN.problems(PLAN.study.traces[w.distilled].problems),
    output:
        out=f"{S}/traces/{{distilled}}.jsonl",
        summary=f"{S}/traces/{{distilled}}.summary.json",
        ledger=f"{S}/ledger/traces/{{distilled}}.json",
    log:
        f"{S}/logs/traces/{{distilled}}.log",
    benchmark:
        f"{S}/benchmarks/traces/{{distilled}}.tsv"
    priority: 40
    conda:
        "../envs/gradus.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
        gpu=0,
    shell:
        "python scripts/filter_traces.py {input.spec} --log {log} --ledger {output.ledger}"
        " --completions {input.completions} --problems {input.problems}"
        " --out {output.out} --summary {output.summary}"


rule make_public_traces:
    input:
        spec=f"{S}/specs/traces/{{public}}.json",
    output:
        out=f"{S}/traces/{{public}}.jsonl",
        summary=f"{S}/traces/{{public}}.summary.json",
        ledger=f"{S}/ledger/traces/{{public}}.json",
    log:
        f"{S}/logs/traces/{{public}}.log",
    benchmark:
        f"{S}/benchmarks/traces/{{public}}.tsv"
    conda:
        "../envs/gradus.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
        gpu=0,
    shell:
        "python scripts/make_public_traces.py {input.spec} --log {log} --ledger {output.ledger}"
        " --out {output.out} --summary {output.summary}"
