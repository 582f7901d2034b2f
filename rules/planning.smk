# What a build would need, told before it begins.


# Prints tables and runs nothing else: neither models nor pins nor a key have to be there. No output, so that it always runs.
rule plan:
    log:
        "<logs>/plan.log",
    localrule: True
    conda:
        "../envs/gradus.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
        gpu=0,
    params:
        study=STUDY.study_file,
        overrides=STUDY.overrides,
        gpus=STUDY.gpu_limits,
        capacity=STUDY.capacity,
    shell:
        "python scripts/plan.py {params.study:q} --config {params.overrides:q} {params.gpus}"
        " --capacity {params.capacity:q} | tee {log}"


# Once after an update, a copy or a new name: what is there is kept, where its record proves what it was made by.
rule adopt:
    log:
        "<logs>/adopt.log",
    localrule: True
    conda:
        "../envs/gradus.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=60,
        gpu=0,
    params:
        study=STUDY.study_file,
        overrides=STUDY.overrides,
    shell:
        "python scripts/adopt.py {params.study:q} --config {params.overrides:q} 2>&1 | tee {log}"
