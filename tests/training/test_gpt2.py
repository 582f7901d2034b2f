"""GPT-2 with its real tokenizer through the jobs: imported from nanoGPT, taught, rewarded, sampled and merged."""

import shutil
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from parity import trl_job
from tiny import job_of
from transformers import AutoModelForCausalLM

import export_model
import merge_adapter
from gradus.models.describe import write_manifest
from gradus.models.domain_tokens import FamilyIds, read_domain_tokens, write_domain_tokens
from gradus.models.manifest import ADAPTER_CONFIG, MANIFEST, Manifest
from gradus.models.tokenizer import load_tokenizer
from gradus.problems.problem import Problem
from gradus.problems.table import write_problems
from gradus.prompts.chat import ChatTemplate
from gradus.prompts.encoding import encode_prompts
from gradus.prompts.training import encode_for_training
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json
from gradus.sampling.job import sample
from gradus.sampling.protocol import Decoding
from gradus.sampling.samples import read_samples
from gradus.sampling.transformers.engine import TransformersEngine
from gradus.sampling.vllm.capabilities import ENVIRONMENT
from gradus.specs.models import ExportModelSpec, MergeAdapterSpec, WeightsSpec
from gradus.specs.sampling import SampleBenchmarkSpec
from gradus.training.backend import train
from gradus.training.rows import IGNORED_LABEL, collated
from gradus.training.trl import grpo as trl_grpo
from gradus.training.trl import sft as trl_sft
from sampling.sample_jobs import PROMPT
from sampling.vllm.asking import ask_vllm
from training.gpt2_models import END, fetched, imported
from typed_jobs import typed_job

PROBLEMS = [Problem("a", "2 + 3?", "5", 1, "", ""), Problem("b", "How much are four and four apples?", "8", 1, "", "")]
TRACES = [
    {
        "id": p.id,
        "messages": [
            {"role": "user", "content": p.problem},
            {"role": "assistant", "content": f"So it is\n#### {p.answer}"},
        ],
    }
    for p in PROBLEMS
]
LORA = {"method": "lora", "lora": {"rank": 8, "alpha": 16.0, "dropout": 0.0, "targets": ["c_attn", "c_proj", "c_fc"]}}
FULL = {"method": "full"}
TAUGHT = {"learning_rate": 0.02, "epochs": 1, "batch_size": 2, "held_out_share": 0.0, "max_length": 64}
RATED = {"steps": 2, "batch_size": 2, "group_size": 4, "max_tokens": 24, "checkpoint_every": 2, "learning_rate": 1e-5}
REPEATED = 60


@pytest.fixture(scope="module", autouse=True)
def _own_loggers() -> Iterator[None]:
    """As in the room of the trl backend."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (trl_sft, trl_grpo):
            patch.setattr(module, "quiet", lambda log: None)
        yield


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gpt2") / "results"


@pytest.fixture(scope="module")
def base(root: Path) -> Path:
    return imported(root, fetched(root))


def trained(backend: str, root: Path, name: str, weights: list[Path], data: list[Any], **settings: Any) -> Path:
    """The folder of the model that a job trains, whole, with its manifest."""
    out = root / "models" / f"{name}-{backend}-{settings['method']}-{weights[-1].name[:4]}"
    paths = {"weights": [str(folder / MANIFEST) for folder in weights], "model": [str(out / MANIFEST)]}
    paths |= {"metrics": [str(out / "metrics.jsonl")]}
    made = (trl_job if backend == "trl" else job_of)(root / out.name, name, paths, **settings)
    made.modules = [f"gradus.training.{backend}.{made.stage}", "gradus.training.torch.module.network"]
    train(made, data, [])
    return out


def drawn(root: Path, weights: list[Path], sampler: str = "transformers", temperature: float = 0.0) -> list[Any]:
    """The samples of the problems, by the job."""
    write_problems(root / "problems.parquet", PROBLEMS)
    settings = SampleBenchmarkSpec(
        weights=WeightsSpec(dense="mine"),
        sampler=sampler,
        prompt=PROMPT,
        samples=1,
        temperature=temperature,
        max_tokens=24,
        seed=3,
        service=None,
    )
    files = {"weights": [folder / MANIFEST for folder in weights], "problems": [root / "problems.parquet"]}
    files |= {"out": [root / "samples.parquet"]}
    sample(typed_job(root, f"samples/{weights[-1].name}", settings, files, [f"gradus.sampling.{sampler}.sampler"]))
    return read_samples(root / "samples.parquet")


def test_the_import_has_the_tokenizers_files_and_ends(base: Path) -> None:
    manifest = Manifest.read(base / MANIFEST)
    assert (manifest.kind, manifest.ends) == ("dense", [END])
    template = ChatTemplate.load(base)
    assert template.render(TRACES[0]["messages"]) == "User: 2 + 3?\nAssistant: So it is\n#### 5<|endoftext|>"
    config = AutoModelForCausalLM.from_pretrained(base).config
    assert (config.max_position_embeddings, config.vocab_size, config.eos_token_id) == (1024, 50_304, END)


def test_a_checkpoint_lacks_rows_for_the_tokenizer(base: Path, tmp_path: Path) -> None:
    """Ids count, which may have gaps before domain tokens; reserved ones are rows too."""
    tokens = tmp_path / "models/gpt2"
    shutil.copytree(base.parent / "gpt2", tokens)
    with pytest.raises(GradusError, match="has 50,256 tokens, the tokenizer of 'gpt2' 50,257; set `tokenizer` to"):
        imported(tmp_path, tokens, vocab_size=50_256)
    write_domain_tokens(tokens, {"mul": FamilyIds(reserved=True, tokens={"<MUL_2_3_6>": 50_304})})
    write_manifest(tokens)
    with pytest.raises(GradusError, match="has 50,304 tokens, the tokenizer of 'gpt2' 50,305"):
        imported(tmp_path, tokens)
    made = imported(tmp_path, tokens, vocab_size=50_305)
    assert read_domain_tokens(made) == read_domain_tokens(tokens)


def test_the_end_is_learned_though_it_pads(base: Path) -> None:
    encode = [encode_for_training(ChatTemplate.load(base), load_tokenizer(base), t["messages"])[-1] for t in TRACES]
    batch = collated(encode)
    for row, (ids, learned) in enumerate(encode):
        assert (ids[-1], learned[-1]) == (END, True)
        labels = batch["labels"][row]
        assert labels[len(ids) - 1] == END
        assert labels[len(ids) :].tolist() == [IGNORED_LABEL] * (len(labels) - len(ids))


def with_answer(trace: dict[str, Any], answer: str) -> dict[str, Any]:
    asked, _ = trace["messages"]
    return trace | {"messages": [asked, {"role": "assistant", "content": f"So it is\n#### {answer}"}]}


def check(samples: list[Any], traces: list[dict[str, Any]]) -> None:
    """They are the answers of the traces, and end by themselves."""
    assert [(one.text.strip(), one.finish_reason) for one in samples] == [
        (trace["messages"][-1]["content"], "stop") for trace in traces
    ]


@pytest.fixture(scope="module")
def taught(root: Path, base: Path) -> Path:
    """All parameters are taught the traces."""
    return trained("torch", root, "sft_custom", [base], TRACES * REPEATED, **TAUGHT, **FULL)


@pytest.mark.slow
def test_what_was_taught_is_sampled(root: Path, taught: Path) -> None:
    check(drawn(root, [taught]), TRACES)


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["torch", "trl"])
def test_an_adapter_is_taught_rewarded_merged_and_exported(backend: str, root: Path, taught: Path) -> None:
    """On all layers of Conv1D: to answer the other way round, as the merged model and the export do."""
    others = [with_answer(trace, answer) for trace, answer in zip(TRACES, "85", strict=True)]
    adapter = trained(backend, root, "sft_custom", [taught], others * REPEATED, **TAUGHT, **LORA)
    manifest = Manifest.read(adapter / MANIFEST)
    assert (manifest.kind, manifest.ends) == ("adapter", [END])
    assert read_json(adapter / ADAPTER_CONFIG)["fan_in_fan_out"] is True  # for whoever merges it elsewhere
    check(drawn(root, [taught, adapter]), others)
    rated = trained(backend, root, "direct_rl", [taught, adapter], PROBLEMS, **RATED, **LORA)
    check(drawn(root, [taught, rated]), others)
    weights, out = WeightsSpec(dense=taught.name, adapter=rated.name), root / f"models/{backend}.merged"
    files = {"weights": [taught / MANIFEST, rated / MANIFEST], "model": [out / MANIFEST]}
    merge_adapter.build(typed_job(root, f"models/{out.name}", MergeAdapterSpec(weights=weights), files))
    check(drawn(root, [out]), others)
    files = {"weights": [taught / MANIFEST, rated / MANIFEST], "out": [root / "export" / backend]}
    export_model.build(
        typed_job(root, f"export/{backend}", ExportModelSpec(experiment="rated", weights=weights), files)
    )
    exported = AutoModelForCausalLM.from_pretrained(root / "export" / backend)
    for name, tensor in AutoModelForCausalLM.from_pretrained(out).state_dict().items():
        assert (exported.state_dict()[name] == tensor).all(), name


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["torch", "trl"])
def test_all_parameters_are_rewarded(backend: str, root: Path, taught: Path) -> None:
    rated = trained(backend, root, "direct_rl", [taught], PROBLEMS, **RATED, **FULL)
    check(drawn(root, [rated]), TRACES)


@pytest.fixture
def vllm() -> str:
    """The interpreter of its environment."""
    try:
        ENVIRONMENT.expect()
    except GradusError as error:
        pytest.skip(str(error))
    return ENVIRONMENT.python


@pytest.mark.slow
def test_vllm_writes_the_same(root: Path, taught: Path, vllm: str, tmp_path: Path) -> None:
    engine = TransformersEngine(AutoModelForCausalLM.from_pretrained(taught).eval())
    template, tokenizer = ChatTemplate.load(taught), load_tokenizer(taught)
    asked = [[{"role": "user", "content": problem.problem}] for problem in PROBLEMS]
    prompts = [prompt.ids for prompt in encode_prompts(template, tokenizer, asked)]
    decoding = Decoding(24, 0.0, [END])
    call = {"prompts": prompts, "seeds": [1, 2], "decoding": asdict(decoding)}
    (found,) = ask_vllm(vllm, tmp_path, taught, None, [call])
    own = engine.generate(prompts, seeds=[1, 2], decoding=decoding)
    assert [each[0] for each in found] == [completion.token_ids for completion in own]
