# From samples to numbers: verdicts, scores, votes, comparisons, the ablation table.


rule score_samples:
    input:
        spec=spec_of("eval/{experiment}/{benchmark}.json"),
        samples=f"{S}/samples/{{experiment}}/{{benchmark}}.parquet",
        problems=lambda w: PLAN.benchmark_problems(w.benchmark),
        tokenizer=lambda w: PLAN.tokenizer_of(w.experiment),
    output:
        out=f"{S}/eval/{{experiment}}/{{benchmark}}.json",
        verdicts=f"{S}/eval/{{experiment}}/{{benchmark}}.verdicts.parquet",
        ledger=f"{S}/ledger/eval/{{experiment}}/{{benchmark}}.json",
    log:
        f"{S}/logs/eval/{{experiment}}/{{benchmark}}.log",
    benchmark:
        f"{S}/benchmarks/eval/{{experiment}}/{{benchmark}}.tsv"
    conda:
        "../envs/gradus.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
        gpu=0,
    shell:
        "python scripts/score_samples.py {input.spec} --log {log} --ledger {output.ledger}"
        " --samples {input.samples} --problems {input.problems} --tokenizer {input.tokenizer}"
        " --out {output.out} --graded {output.verdicts}"


rule count_votes:
    input:
        spec=spec_of("votes/{experiment}/{benchmark}.json"),
        samples=f"{S}/samples/{{experiment}}/{{benchmark}}.votes.parquet",
        problems=lambda w: PLAN.benchmark_problems(w.benchmark),
        greedy=f"{S}/eval/{{experiment}}/{{benchmark}}.json",
    output:
        out=f"{S}/votes/{{experiment}}/{{benchmark}}.json",
        ledger=f"{S}/ledger/votes/{{experiment}}/{{benchmark}}.json",
    log:
        f"{S}/logs/votes/{{experiment}}/{{benchmark}}.log",
    benchmark:
        f"{S}/benchmarks/votes/{{experiment}}/{{benchmark}}.tsv"
    conda:
        "../envs/gradus.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
        gpu=0,
    shell:
        "python scripts/count_votes.py {input.spec} --log {log} --ledger {output.ledger}"
        " --samples {input.samples} --problems {input.problems} --greedy {input.greedy} --out {output.out}"


rule make_votes_table:
    input:
        spec=spec_of("votes.json"),
        votes=PLAN.cells("votes/{experiment}/{benchmark}.json", PLAN.voted_cells),
    output:
        csv=table_data("votes"),
        html=table_page("votes", "Votes"),
        markdown=f"{S}/votes.md",
        ledger=f"{S}/ledger/votes.json",
    log:
        f"{S}/logs/votes.log",
    benchmark:
        f"{S}/benchmarks/votes.tsv"
    conda:
        "../envs/gradus.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
        gpu=0,
    shell:
        "python scripts/make_votes_table.py {input.spec} --log {log} --ledger {output.ledger}"
        " --votes {input.votes} --csv {output.csv} --markdown {output.markdown} --html {output.html}"


rule compare_experiments:
    input:
        spec=spec_of("comparisons.json"),
        verdicts=PLAN.cells("eval/{experiment}/{benchmark}.verdicts.parquet"),
    output:
        out=table_data("comparisons"),
        html=table_page("comparisons", "Paired comparisons"),
        ledger=f"{S}/ledger/comparisons.json",
    log:
        f"{S}/logs/comparisons.log",
    benchmark:
        f"{S}/benchmarks/comparisons.tsv"
    conda:
        "../envs/gradus.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
        gpu=0,
    shell:
        "python scripts/compare_experiments.py {input.spec} --log {log} --ledger {output.ledger}"
        " --verdicts {input.verdicts} --out {output.out} --html {output.html}"


rule compare_graders:
    input:
        spec=spec_of("second_opinion.json"),
        verdicts=PLAN.cells("eval/{experiment}/{benchmark}.verdicts.parquet"),
        samples=PLAN.cells("samples/{experiment}/{benchmark}.parquet"),
        problems=sorted({PLAN.benchmark_problems(name) for name in PLAN.benchmarks}),
    output:
        out=f"{S}/second_opinion.json",
        csv=table_data("second_opinion"),
        html=table_page("second_opinion", "Disagreements between graders"),
        ledger=f"{S}/ledger/second_opinion.json",
    log:
        f"{S}/logs/second_opinion.log",
    benchmark:
        f"{S}/benchmarks/second_opinion.tsv"
    conda:
        "../envs/gradus.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=30,
        gpu=0,
    shell:
        "python scripts/compare_graders.py {input.spec} --log {log} --ledger {output.ledger}"
        " --verdicts {input.verdicts} --samples {input.samples} --problems {input.problems}"
        " --out {output.out} --csv {output.csv} --html {output.html}"


rule make_ablation:
    input:
        spec=spec_of("ablation.json"),
        evals=PLAN.cells("eval/{experiment}/{benchmark}.json"),
        verdicts=PLAN.cells("eval/{experiment}/{benchmark}.verdicts.parquet"),
        comparisons=f"{S}/comparisons.csv",
        gate=PLAN.gates.verdicts(PLAN.gates.gated_sets()),
        golds=f"{S}/golds.json",
    output:
        csv=table_data("ablation"),
        html=table_page("ablation", "Ablation"),
        markdown=f"{S}/ablation.md",
        json=f"{S}/ablation.json",
        ledger=f"{S}/ledger/ablation.json",
    log:
        f"{S}/logs/ablation.log",
    benchmark:
        f"{S}/benchmarks/ablation.tsv"
    conda:
        "../envs/gradus.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
        gpu=0,
    shell:
        "python scripts/make_ablation.py {input.spec} --log {log} --ledger {output.ledger} --gate {input.gate}"
        " --evals {input.evals} --verdicts {input.verdicts} --comparisons {input.comparisons}"
        " --csv {output.csv} --markdown {output.markdown} --html {output.html} --json {output.json}"
