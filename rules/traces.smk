# Trace sets: completions first, the filter after, so that a new filter or grader samples nothing again.


wildcard_constraints:
    distilled=PLAN.trace_pattern("distilled"),
    public=PLAN.trace_pattern("pocket_public"),
    published=PLAN.trace_pattern("rows", "openr1", "tulu3"),
    solutions=PLAN.trace_pattern("solutions"),
    mix=PLAN.trace_pattern("mix"),
    taught="|".join(PLAN.trained("sft")) or "no-sft",


rule sample_traces:
    input:
        spec=spec_of("traces/{distilled}.completions.json"),
        weights=lambda w: PLAN.teacher_files(w.distilled),
        problems=lambda w: PLAN.trace_problems(w.distilled),
        gate=lambda w: gate_of_questions(w.distilled),
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
        runtime=lambda w, input: PLAN.minutes(input.spec, 60),
        gpu=lambda w, input: PLAN.gpus(input.spec),
    params:
        gate=lambda w: PLAN.gates.verdicts(PLAN.gates.asked(w.distilled)),
    shell:
        "python scripts/sample_problems.py {input.spec} --log {log} --ledger {output.ledger}"
        " --weights {input.weights} --problems {input.problems} --gate {params.gate} --out {output.out}"


rule filter_traces:
    input:
        spec=spec_of("traces/{distilled}.json"),
        completions=f"{S}/traces/{{distilled}}.completions.parquet",
        problems=lambda w: PLAN.trace_problems(w.distilled),
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
        spec=spec_of("traces/{public}.json"),
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


use rule fetch_problems as fetch_traces with:
    input:
        spec=spec_of("hub/traces/{published}.json"),
    output:
        out=directory(f"{S}/hub/traces/{{published}}"),
        ledger=f"{S}/ledger/hub/traces/{{published}}.json",
    log:
        f"{S}/logs/hub/traces/{{published}}.log",
    benchmark:
        f"{S}/benchmarks/hub/traces/{{published}}.tsv"


rule read_traces:
    input:
        spec=spec_of("traces/{published}.json"),
        problems=[],
        raw=lambda w: PLAN.made(PLAN.raw_traces(w.published)),
        tokenizer=lambda w: PLAN.trace_tokenizer(w.published),
    output:
        out=f"{S}/traces/{{published}}.jsonl",
        summary=f"{S}/traces/{{published}}.summary.json",
        ledger=f"{S}/ledger/traces/{{published}}.json",
    log:
        f"{S}/logs/traces/{{published}}.log",
    benchmark:
        f"{S}/benchmarks/traces/{{published}}.tsv"
    priority: 40
    conda:
        "../envs/gradus.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=120,
        gpu=0,
    params:
        raw=lambda w: PLAN.raw_traces(w.published),
    shell:
        "python scripts/read_traces.py {input.spec} --log {log} --ledger {output.ledger}"
        " --problems {input.problems} --raw {params.raw:q} --tokenizer {input.tokenizer}"
        " --out {output.out} --summary {output.summary}"


use rule read_traces as read_solutions with:
    input:
        spec=spec_of("traces/{solutions}.json"),
        problems=lambda w: PLAN.trace_problems(w.solutions),
        raw=lambda w: PLAN.made(PLAN.raw_traces(w.solutions)),
        tokenizer=lambda w: PLAN.trace_tokenizer(w.solutions),
    output:
        out=f"{S}/traces/{{solutions}}.jsonl",
        summary=f"{S}/traces/{{solutions}}.summary.json",
        ledger=f"{S}/ledger/traces/{{solutions}}.json",
    log:
        f"{S}/logs/traces/{{solutions}}.log",
    benchmark:
        f"{S}/benchmarks/traces/{{solutions}}.tsv"
    params:
        raw=lambda w: PLAN.raw_traces(w.solutions),


rule mix_traces:
    input:
        spec=spec_of("traces/{mix}.json"),
        parts=lambda w: PLAN.mixed_traces(w.mix),
    output:
        out=f"{S}/traces/{{mix}}.jsonl",
        summary=f"{S}/traces/{{mix}}.summary.json",
        ledger=f"{S}/ledger/traces/{{mix}}.json",
    log:
        f"{S}/logs/traces/{{mix}}.log",
    benchmark:
        f"{S}/benchmarks/traces/{{mix}}.tsv"
    priority: 40
    conda:
        "../envs/gradus.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=30,
        gpu=0,
    shell:
        "python scripts/mix_traces.py {input.spec} --log {log} --ledger {output.ledger}"
        " --parts {input.parts} --out {output.out} --summary {output.summary}"


rule measure_traces:
    input:
        spec=spec_of("lengths/{taught}.json"),
        traces=lambda w: [trained_on("traces", name) for name in PLAN.study.experiments[w.taught].traces],
        tokenizer=lambda w: PLAN.tokenizer_of(w.taught),
    output:
        out=f"{S}/lengths/{{taught}}.json",
        ledger=f"{S}/ledger/lengths/{{taught}}.json",
    log:
        f"{S}/logs/lengths/{{taught}}.log",
    benchmark:
        f"{S}/benchmarks/lengths/{{taught}}.tsv"
    # Before the training that it warns of.
    priority: 45
    conda:
        "../envs/gradus.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=30,
        gpu=0,
    shell:
        "python scripts/measure_traces.py {input.spec} --log {log} --ledger {output.ledger}"
        " --traces {input.traces} --tokenizer {input.tokenizer} --out {output.out}"
