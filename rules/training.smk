# Experiments that train. An adapter, a full model and an adapter that Tinker keeps too are different files, hence three
# rules a stage.


wildcard_constraints:
    sft_lora=PLAN.pattern("sft", "lora", "qlora"),
    sft_full=PLAN.pattern("sft", "full"),
    sft_tinker=PLAN.pattern("sft", "tinker"),
    grpo_lora=PLAN.pattern("grpo", "lora", "qlora"),
    grpo_full=PLAN.pattern("grpo", "full"),
    grpo_tinker=PLAN.pattern("grpo", "tinker"),


rule sft:
    input:
        spec=spec_of("models/{sft_lora}.json"),
        weights=lambda w: PLAN.start_files(w.sft_lora),
        traces=lambda w: [trained_on("traces", name) for name in PLAN.study.experiments[w.sft_lora].traces],
        gate=lambda w: gate_of_training(w.sft_lora),
    output:
        model=f"{S}/models/{{sft_lora}}/adapter_model.safetensors",
        config=f"{S}/models/{{sft_lora}}/adapter_config.json",
        metrics=f"{S}/models/{{sft_lora}}/metrics.jsonl",
        ledger=f"{S}/ledger/models/{{sft_lora}}.json",
    log:
        f"{S}/logs/models/{{sft_lora}}.log",
    benchmark:
        f"{S}/benchmarks/models/{{sft_lora}}.tsv"
    priority: 30
    conda:
        "../envs/gradus.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=120,
        gpu=lambda w, input: PLAN.gpus(input.spec),
    params:
        gate=lambda w: PLAN.gates.verdicts(PLAN.gates.own(w.sft_lora)),
    shell:
        "python scripts/train_sft.py {input.spec} --log {log} --ledger {output.ledger}"
        " --weights {input.weights} --traces {input.traces} --gate {params.gate}"
        " --model {output.model} --metrics {output.metrics}"


use rule sft as sft_full with:
    input:
        spec=spec_of("models/{sft_full}.json"),
        weights=lambda w: PLAN.start_files(w.sft_full),
        traces=lambda w: [trained_on("traces", name) for name in PLAN.study.experiments[w.sft_full].traces],
        gate=lambda w: gate_of_training(w.sft_full),
    output:
        model=f"{S}/models/{{sft_full}}/model.safetensors",
        config=f"{S}/models/{{sft_full}}/config.json",
        metrics=f"{S}/models/{{sft_full}}/metrics.jsonl",
        ledger=f"{S}/ledger/models/{{sft_full}}.json",
    log:
        f"{S}/logs/models/{{sft_full}}.log",
    benchmark:
        f"{S}/benchmarks/models/{{sft_full}}.tsv"
    params:
        gate=lambda w: PLAN.gates.verdicts(PLAN.gates.own(w.sft_full)),


use rule sft as sft_tinker with:
    input:
        spec=spec_of("models/{sft_tinker}.json"),
        weights=lambda w: PLAN.start_files(w.sft_tinker),
        traces=lambda w: [trained_on("traces", name) for name in PLAN.study.experiments[w.sft_tinker].traces],
        gate=lambda w: gate_of_training(w.sft_tinker),
    output:
        model=f"{S}/models/{{sft_tinker}}/adapter_model.safetensors",
        config=f"{S}/models/{{sft_tinker}}/adapter_config.json",
        tinker=f"{S}/models/{{sft_tinker}}/tinker.json",
        metrics=f"{S}/models/{{sft_tinker}}/metrics.jsonl",
        ledger=f"{S}/ledger/models/{{sft_tinker}}.json",
    log:
        f"{S}/logs/models/{{sft_tinker}}.log",
    benchmark:
        f"{S}/benchmarks/models/{{sft_tinker}}.tsv"
    resources:
        mem_mb=2000,
        runtime=lambda w, input: PLAN.minutes(input.spec, 120),
        gpu=0,
    params:
        gate=lambda w: PLAN.gates.verdicts(PLAN.gates.own(w.sft_tinker)),


rule grpo:
    input:
        spec=spec_of("models/{grpo_lora}.json"),
        weights=lambda w: PLAN.start_files(w.grpo_lora),
        problems=lambda w: trained_on("problems", PLAN.study.experiments[w.grpo_lora].problems),
        held_out=lambda w: [trained_on("problems", name) for name in PLAN.held_out(w.grpo_lora)],
        gate=lambda w: gate_of_training(w.grpo_lora),
    output:
        model=f"{S}/models/{{grpo_lora}}/adapter_model.safetensors",
        config=f"{S}/models/{{grpo_lora}}/adapter_config.json",
        metrics=f"{S}/models/{{grpo_lora}}/metrics.jsonl",
        ledger=f"{S}/ledger/models/{{grpo_lora}}.json",
    log:
        f"{S}/logs/models/{{grpo_lora}}.log",
    benchmark:
        f"{S}/benchmarks/models/{{grpo_lora}}.tsv"
    priority: 30
    conda:
        "../envs/gradus.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=720,
        gpu=lambda w, input: PLAN.gpus(input.spec),
    params:
        gate=lambda w: PLAN.gates.verdicts(PLAN.gates.own(w.grpo_lora)),
    shell:
        "python scripts/train_grpo.py {input.spec} --log {log} --ledger {output.ledger}"
        " --weights {input.weights} --problems {input.problems} --held_out {input.held_out}"
        " --gate {params.gate} --model {output.model} --metrics {output.metrics}"


use rule grpo as grpo_full with:
    input:
        spec=spec_of("models/{grpo_full}.json"),
        weights=lambda w: PLAN.start_files(w.grpo_full),
        problems=lambda w: trained_on("problems", PLAN.study.experiments[w.grpo_full].problems),
        held_out=lambda w: [trained_on("problems", name) for name in PLAN.held_out(w.grpo_full)],
        gate=lambda w: gate_of_training(w.grpo_full),
    output:
        model=f"{S}/models/{{grpo_full}}/model.safetensors",
        config=f"{S}/models/{{grpo_full}}/config.json",
        metrics=f"{S}/models/{{grpo_full}}/metrics.jsonl",
        ledger=f"{S}/ledger/models/{{grpo_full}}.json",
    log:
        f"{S}/logs/models/{{grpo_full}}.log",
    benchmark:
        f"{S}/benchmarks/models/{{grpo_full}}.tsv"
    params:
        gate=lambda w: PLAN.gates.verdicts(PLAN.gates.own(w.grpo_full)),


use rule grpo as grpo_tinker with:
    input:
        spec=spec_of("models/{grpo_tinker}.json"),
        weights=lambda w: PLAN.start_files(w.grpo_tinker),
        problems=lambda w: trained_on("problems", PLAN.study.experiments[w.grpo_tinker].problems),
        held_out=lambda w: [trained_on("problems", name) for name in PLAN.held_out(w.grpo_tinker)],
        gate=lambda w: gate_of_training(w.grpo_tinker),
    output:
        model=f"{S}/models/{{grpo_tinker}}/adapter_model.safetensors",
        config=f"{S}/models/{{grpo_tinker}}/adapter_config.json",
        tinker=f"{S}/models/{{grpo_tinker}}/tinker.json",
        metrics=f"{S}/models/{{grpo_tinker}}/metrics.jsonl",
        ledger=f"{S}/ledger/models/{{grpo_tinker}}.json",
    log:
        f"{S}/logs/models/{{grpo_tinker}}.log",
    benchmark:
        f"{S}/benchmarks/models/{{grpo_tinker}}.tsv"
    resources:
        mem_mb=3000,
        runtime=lambda w, input: PLAN.minutes(input.spec, 720),
        gpu=0,
    params:
        gate=lambda w: PLAN.gates.verdicts(PLAN.gates.own(w.grpo_tinker)),
