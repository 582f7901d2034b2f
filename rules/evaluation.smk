# From samples to numbers: verdicts, scores, votes, comparisons, the ablation table.


rule score_samples:
    input:
        spec=job.spec("eval/{run}/{benchmark}"),
        samples=rules.sample_benchmark.output.out,
        problems=job.reads("eval/{run}/{benchmark}", "problems"),
        tokenizer=job.reads("eval/{run}/{benchmark}", "tokenizer"),
    output:
        out="<results>/eval/{run}/{benchmark}.json",
        verdicts="<results>/eval/{run}/{benchmark}.verdicts.parquet",
        ledger="<results>/ledger/eval/{run}/{benchmark}.json",
    log:
        "<logs>/eval/{run}/{benchmark}.log",
    benchmark:
        "<benchmarks>/eval/{run}/{benchmark}.tsv"
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("eval/{run}/{benchmark}")
    resources:
        **job.needs("eval/{run}/{benchmark}"),
    shell:
        "python scripts/score_samples.py {input.spec} --log {log} --ledger {output.ledger}"
        " --samples {input.samples} --problems {input.problems} --tokenizer {input.tokenizer}"
        " --out {output.out} --graded {output.verdicts}"


# The same files of a benchmark with a metric.
rule score_likelihoods:
    input:
        spec=job.spec("eval/{run}/{benchmark}"),
        likelihoods=rules.measure_likelihoods.output.out,
        problems=job.reads("eval/{run}/{benchmark}", "problems"),
    output:
        out="<results>/eval/{run}/{benchmark}.json",
        verdicts="<results>/eval/{run}/{benchmark}.verdicts.parquet",
        ledger="<results>/ledger/eval/{run}/{benchmark}.json",
    log:
        "<logs>/eval/{run}/{benchmark}.log",
    benchmark:
        "<benchmarks>/eval/{run}/{benchmark}.tsv"
    wildcard_constraints:
        benchmark=job.benchmarks("score_likelihoods"),
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("eval/{run}/{benchmark}")
    resources:
        **job.needs("eval/{run}/{benchmark}"),
    shell:
        "python scripts/score_likelihoods.py {input.spec} --log {log} --ledger {output.ledger}"
        " --likelihoods {input.likelihoods} --problems {input.problems}"
        " --out {output.out} --graded {output.verdicts}"


ruleorder: score_likelihoods > score_samples


rule count_votes:
    input:
        spec=job.spec("votes/{run}/{benchmark}"),
        samples="<results>/samples/{run}/{benchmark}.votes.parquet",
        problems=job.reads("votes/{run}/{benchmark}", "problems"),
        scores=job.reads("votes/{run}/{benchmark}", "scores"),
        greedy=rules.score_samples.output.out,
        verdicts=rules.score_samples.output.verdicts,
    output:
        out="<results>/votes/{run}/{benchmark}.json",
        graded="<results>/votes/{run}/{benchmark}.verdicts.parquet",
        ledger="<results>/ledger/votes/{run}/{benchmark}.json",
    log:
        "<logs>/votes/{run}/{benchmark}.log",
    benchmark:
        "<benchmarks>/votes/{run}/{benchmark}.tsv"
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("votes/{run}/{benchmark}")
    resources:
        **job.needs("votes/{run}/{benchmark}"),
    shell:
        "python scripts/count_votes.py {input.spec} --log {log} --ledger {output.ledger}"
        " --samples {input.samples} --problems {input.problems} --greedy {input.greedy} --verdicts {input.verdicts}"
        " --scores {input.scores} --out {output.out} --graded {output.graded}"


rule make_votes_table:
    input:
        spec=job.spec("votes"),
        votes=job.reads("votes", "votes"),
    output:
        csv=table_data("votes"),
        html=table_page("votes", "Votes"),
        markdown="<results>/votes.md",
        pass_csv=table_data("pass_at_k"),
        pass_html=table_page("pass_at_k", "Pass@k"),
        pass_markdown="<results>/pass_at_k.md",
        ledger="<results>/ledger/votes.json",
    log:
        "<logs>/votes.log",
    benchmark:
        "<benchmarks>/votes.tsv"
    # It reads a few kilobytes: not worth a place in a cluster's queue.
    localrule: True
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("votes")
    resources:
        **job.needs("votes"),
    shell:
        "python scripts/make_votes_table.py {input.spec} --log {log} --ledger {output.ledger}"
        " --votes {input.votes} --csv {output.csv} --markdown {output.markdown} --html {output.html}"
        " --pass_csv {output.pass_csv} --pass_markdown {output.pass_markdown} --pass_html {output.pass_html}"


# Where the study names a verifier.
rule make_verifier_table:
    input:
        spec=job.spec("verifier"),
        votes=job.reads("verifier", "votes"),
    output:
        csv=table_data("verifier"),
        html=table_page("verifier", "Verifier"),
        markdown="<results>/verifier.md",
        ledger="<results>/ledger/verifier.json",
    log:
        "<logs>/verifier.log",
    benchmark:
        "<benchmarks>/verifier.tsv"
    # It reads a few kilobytes: not worth a place in a cluster's queue.
    localrule: True
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("verifier")
    resources:
        **job.needs("verifier"),
    shell:
        "python scripts/make_verifier_table.py {input.spec} --log {log} --ledger {output.ledger}"
        " --votes {input.votes} --csv {output.csv} --markdown {output.markdown} --html {output.html}"


# Where the study has supervised fine-tunings.
rule make_stages_table:
    input:
        spec=job.spec("stages"),
        measured=job.reads("stages", "measured"),
    output:
        csv=table_data("stages"),
        html=table_page("stages", "Stages of fine-tuning"),
        markdown="<results>/stages.md",
        ledger="<results>/ledger/stages.json",
    log:
        "<logs>/stages.log",
    benchmark:
        "<benchmarks>/stages.tsv"
    # It reads a few kilobytes: not worth a place in a cluster's queue.
    localrule: True
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("stages")
    resources:
        **job.needs("stages"),
    shell:
        "python scripts/make_stages_table.py {input.spec} --log {log} --ledger {output.ledger}"
        " --measured {input.measured} --csv {output.csv} --markdown {output.markdown} --html {output.html}"


# Where the study gives a model domain tokens.
rule make_token_use_table:
    input:
        spec=job.spec("domain_tokens"),
        evals=job.reads("domain_tokens", "evals"),
    output:
        csv=table_data("domain_tokens"),
        html=table_page("domain_tokens", "Domain tokens"),
        markdown="<results>/domain_tokens.md",
        ledger="<results>/ledger/domain_tokens.json",
    log:
        "<logs>/domain_tokens.log",
    benchmark:
        "<benchmarks>/domain_tokens.tsv"
    # It reads a few kilobytes: not worth a place in a cluster's queue.
    localrule: True
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("domain_tokens")
    resources:
        **job.needs("domain_tokens"),
    shell:
        "python scripts/make_token_use_table.py {input.spec} --log {log} --ledger {output.ledger}"
        " --evals {input.evals} --csv {output.csv} --markdown {output.markdown} --html {output.html}"


rule compare_experiments:
    input:
        spec=job.spec("comparisons"),
        verdicts=job.reads("comparisons", "verdicts"),
    output:
        out=table_data("comparisons"),
        html=table_page("comparisons", "Paired comparisons"),
        ledger="<results>/ledger/comparisons.json",
    log:
        "<logs>/comparisons.log",
    benchmark:
        "<benchmarks>/comparisons.tsv"
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("comparisons")
    resources:
        **job.needs("comparisons"),
    shell:
        "python scripts/compare_experiments.py {input.spec} --log {log} --ledger {output.ledger}"
        " --verdicts {input.verdicts} --out {output.out} --html {output.html}"


rule measure_completions:
    input:
        spec=job.spec("lengths"),
        verdicts=job.reads("lengths", "verdicts"),
    output:
        csv=table_data("lengths"),
        html=table_page("lengths", "Lengths of completions"),
        ledger="<results>/ledger/lengths.json",
    log:
        "<logs>/lengths.log",
    benchmark:
        "<benchmarks>/lengths.tsv"
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("lengths")
    resources:
        **job.needs("lengths"),
    shell:
        "python scripts/measure_completions.py {input.spec} --log {log} --ledger {output.ledger}"
        " --verdicts {input.verdicts} --csv {output.csv} --html {output.html}"


rule compare_graders:
    input:
        spec=job.spec("second_opinion"),
        verdicts=job.reads("second_opinion", "verdicts"),
        samples=job.reads("second_opinion", "samples"),
        problems=job.reads("second_opinion", "problems"),
    output:
        out="<results>/second_opinion.json",
        csv=table_data("second_opinion"),
        html=table_page("second_opinion", "Disagreements between graders"),
        ledger="<results>/ledger/second_opinion.json",
    log:
        "<logs>/second_opinion.log",
    benchmark:
        "<benchmarks>/second_opinion.tsv"
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("second_opinion")
    resources:
        **job.needs("second_opinion"),
    shell:
        "python scripts/compare_graders.py {input.spec} --log {log} --ledger {output.ledger}"
        " --verdicts {input.verdicts} --samples {input.samples} --problems {input.problems}"
        " --out {output.out} --csv {output.csv} --html {output.html}"


rule make_ablation:
    input:
        spec=job.spec("ablation"),
        evals=job.reads("ablation", "evals"),
        verdicts=job.reads("ablation", "verdicts"),
        comparisons=rules.compare_experiments.output.out,
        gate=job.results("judge_training_set"),
        references=rules.check_references.output.out,
    output:
        csv=table_data("ablation"),
        html=table_page("ablation", "Ablation"),
        markdown="<results>/ablation.md",
        json="<results>/ablation.json",
        ledger="<results>/ledger/ablation.json",
    log:
        "<logs>/ablation.log",
    benchmark:
        "<benchmarks>/ablation.tsv"
    conda:
        "../envs/gradus.yaml"
    threads: job.threads("ablation")
    resources:
        **job.needs("ablation"),
    shell:
        "python scripts/make_ablation.py {input.spec} --log {log} --ledger {output.ledger}"
        " --evals {input.evals} --verdicts {input.verdicts} --comparisons {input.comparisons} --gate {input.gate}"
        " --csv {output.csv} --markdown {output.markdown} --html {output.html} --json {output.json}"
