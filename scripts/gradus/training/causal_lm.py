"""The transformers model that a backend trains, from the files of a study's model, and back into them."""

import contextlib
from collections.abc import Generator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Generic

import torch
from peft import LoraConfig, PeftModel, get_peft_model, get_peft_model_state_dict
from tokenizers import Tokenizer
from torch import nn
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase
from transformers.pytorch_utils import Conv1D

from gradus.models.ends import Ends
from gradus.models.folders import save_dense
from gradus.models.lora import Adapter, save_adapter
from gradus.models.nf4 import load_quantized
from gradus.models.opened import ModelFolders
from gradus.models.ternary import continue_ternary, save_latents
from gradus.models.tokenizer import copy_tokenizer, load_tokenizer
from gradus.prompts.chat import ChatTemplate
from gradus.provenance.errors import GradusError
from gradus.specs.training import T
from gradus.study.settings.training import Lora
from gradus.training.trained_parts import train_only

Model = PreTrainedModel | PeftModel


@dataclass(frozen=True)
class Loaded(Generic[T]):
    """A model to train, with its tokenizer in two forms: as Gradus reads it, and as TRL needs it (`processor`).

    folder: of the dense model that an adapter belongs to. continued: whether the adapter is another run's.
    """

    model: Model
    tokenizer: Tokenizer
    template: ChatTemplate
    folder: Path
    settings: T
    continued: bool = False

    @cached_property
    def processor(self) -> PreTrainedTokenizerBase:
        """Read only where it is asked for."""
        processor = AutoTokenizer.from_pretrained(self.folder, padding_side="left")
        assert isinstance(processor, PreTrainedTokenizerBase)
        return processor

    @property
    def ends(self) -> Ends:
        """Where answers end."""
        return Ends.of(self.folder, self.tokenizer, self.template)

    def save(self, directory: Path) -> None:
        """Write the adapter, or the dense model, with the tokenizer, as every model folder of a study is."""
        copy_tokenizer(self.folder, directory)
        if isinstance(self.model, PeftModel):
            _save_adapter(self.model, directory, str(self.folder))
        else:
            save_dense(self.model, directory, torch.bfloat16 if self.settings.bf16 else torch.float32)
            save_latents(self.model, directory)


def load(start: ModelFolders, settings: T, state_folder: Path) -> Loaded[T]:
    """The start of a run: a dense model, quantised for qlora; a fresh adapter on it, or the one that it continues.

    All parameters of a model with an adapter are those of the merged model, which is kept in the state folder: TRL
    takes the reference of its KL penalty from the files of the model. What is trained is float32, or of the
    `master_dtype` where all parameters are. A ternary model goes on from its latent weights.
    """
    folder, continued = start.dense, start.adapter
    source = folder
    if not settings.adapts and continued is not None:
        source, continued = _merged(folder, continued, state_folder / "start"), None
    in_bf16 = settings.bf16 if settings.adapts else settings.master_dtype == "bfloat16"
    stored = torch.bfloat16 if in_bf16 else torch.float32
    if settings.method == "qlora":
        network = load_quantized(source, stored, 0 if torch.cuda.is_available() else "cpu")
    else:
        network = AutoModelForCausalLM.from_pretrained(source, dtype=stored)
    if settings.method == "ternary":
        continue_ternary(network, source)
    if settings.train is not None:
        train_only(network, settings.train)
    if not settings.adapts:
        model: Model = network
    elif continued is not None:
        config = LoraConfig.from_pretrained(str(continued))
        config.lora_dropout = settings.lora.dropout
        model = PeftModel.from_pretrained(network, continued, is_trainable=True, config=config)
    else:
        model = get_peft_model(network, _adapter_config(settings.lora, network))
        _fill_adapter(model, settings.seed)
    tokenizer, template = load_tokenizer(folder), ChatTemplate.load(folder)
    # TRL's rollouts end there, and what is saved says so.
    network.generation_config.eos_token_id = list(Ends.of(folder, tokenizer, template).ids)
    return Loaded(model, tokenizer, template, folder, settings, continued is not None)


def network_of(model: Model) -> PreTrainedModel:
    """The model itself, with the layers of an adapter in it where it has one."""
    network = model.get_base_model() if isinstance(model, PeftModel) else model
    assert isinstance(network, PreTrainedModel)
    return network


def _adapter_config(lora: Lora, network: PreTrainedModel) -> LoraConfig:
    """Raises GradusError for targets that the model does not have, which PEFT passes over where it has others."""
    head = network.get_output_embeddings()
    there = sorted(
        {
            name.rpartition(".")[2]
            for name, module in network.named_modules()
            if isinstance(module, nn.Linear | Conv1D) and module is not head
        }
    )
    unknown = [] if lora.targets == "all-linear" else [name for name in lora.targets if name not in there]
    if unknown:
        family = network.config.model_type
        raise GradusError(f"lora.targets: a {family} has no {', '.join(unknown)}: take some of {', '.join(there)}")
    return LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,  # ty: ignore[invalid-argument-type] peft declares an int and takes any number
        lora_dropout=lora.dropout,
        target_modules=lora.targets,
        fan_in_fan_out=any(isinstance(module, Conv1D) for module in network.modules()),
        bias="none",
        task_type="CAUSAL_LM",
    )


def _fill_adapter(model: PeftModel, seed: int) -> None:
    """A in +-1/sqrt(inputs), B zero, drawn in the order of the torch backend: the same seed, the same adapter."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if ".lora_A.default." in name:
                rank, inputs = parameter.shape
                parameter.copy_((torch.rand(rank, inputs, generator=generator) * 2 - 1) / inputs**0.5)


@contextlib.contextmanager
def kept_in_float32(model: nn.Module) -> Generator[None]:
    """What trains leaves this block as it came in. For the making of TRL's trainers, which round the adapters of a
    quantised model to bfloat16: a continued adapter would be another one, and steps of 1/256 swallow small updates."""
    before = {name: parameter.data for name, parameter in model.named_parameters() if parameter.requires_grad}
    yield
    for name, parameter in model.named_parameters():
        if name in before and parameter.dtype != before[name].dtype:
            parameter.data = before[name].to(parameter.device)


def _merged(folder: Path, adapter: Path, target: Path) -> Path:
    """The dense model with the adapter in it, as a model folder; a killed run finds it or makes it again."""
    if not (target / "model.safetensors").is_file():
        network = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
        copy_tokenizer(folder, target)
        save_dense(PeftModel.from_pretrained(network, adapter).merge_and_unload(), target, torch.float32)
    return target


def _save_adapter(model: PeftModel, directory: Path, base: str) -> None:
    config = model.peft_config["default"]
    assert isinstance(config, LoraConfig)
    targets = config.target_modules
    assert isinstance(targets, list | set)  # peft makes a set of a list
    tensors = get_peft_model_state_dict(model, adapter_name="default")
    a: dict[str, torch.Tensor] = {}
    b: dict[str, torch.Tensor] = {}
    for key, tensor in sorted(tensors.items()):
        name, letter = key.removeprefix("base_model.model.").removesuffix(".weight").rsplit(".lora_", 1)
        (a if letter == "A" else b)[f"{name}.weight"] = tensor.detach().float().cpu()
    save_adapter(directory, Adapter(config.r, config.lora_alpha, tuple(targets), a, b, config.fan_in_fan_out), base)


def disable_dropout(model: nn.Module) -> None:
    """No dropout at any pass: else rollouts, old and new log-probabilities are those of three policies.

    GPT-2 has it in modules, models in Llama's way as a number of each attention layer.
    """
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
        if hasattr(module, "attention_dropout"):
            module.attention_dropout = 0.0  # ty: ignore[invalid-assignment] a number, which torch does not declare


def refer_to(model: PeftModel, adapter: Path | None) -> None:
    """Make another adapter on the same base the reference, or the base itself, in place of the start."""
    if "ref" in model.peft_config:
        model.delete_adapter("ref")
    if adapter is not None:
        model.load_adapter(adapter, "ref", is_trainable=False)


def load_frozen(model: ModelFolders, dtype: torch.dtype) -> Model:
    """A model that nothing trains, with its adapter beside its weights."""
    network = AutoModelForCausalLM.from_pretrained(model.dense, dtype=dtype)
    if model.adapter is not None:
        network = PeftModel.from_pretrained(network, model.adapter)
    return network.requires_grad_(False).eval()


def remember_start(model: PeftModel, continued: bool) -> None:
    """A frozen copy of the adapter that a run continues, as TRL makes it where the loss has a KL penalty."""
    if not continued:
        return
    model.add_adapter("ref", model.peft_config["default"])
    for name, parameter in model.named_parameters():
        if ".default." in name:
            copy = model.get_parameter(name.replace(".default.", ".ref."))
            copy.data.copy_(parameter.data)
            copy.requires_grad_(False)
