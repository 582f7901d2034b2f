"""The jobs of a study that use a GPU, with their memory by part, as one table for a terminal."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from gradus.estimates.asked import ONE_GPU, Machine
from gradus.estimates.assumed import with_assumed
from gradus.estimates.columns import aligned
from gradus.estimates.generation import share_needed
from gradus.estimates.levers import Change, changed, first_to_lower
from gradus.estimates.memory import GB, PARTS, Memory
from gradus.estimates.resources import expected, resources_of
from gradus.estimates.shape import Shape
from gradus.estimates.shapes import assumed_shape, reference_shape, shape_of
from gradus.estimates.study_specs import JobSpec, StudySpecs
from gradus.estimates.text_jobs import text_memory
from gradus.estimates.work import PROMPT_TOKENS, Modelled, is_planned, longest_prompt, planned, written_tokens
from gradus.provenance.errors import GradusError
from gradus.sampling.capabilities import sampler_capabilities
from gradus.specs.models import PretrainTextSpec
from gradus.specs.sampling import Reading
from gradus.specs.training import GrpoSpec

COLUMNS = tuple(part for part in PARTS if part != "total")


@dataclass(frozen=True)
class Row:
    """One job, with what is asked for it. Without `memory` its shape is not known, and `why` says the reason."""

    name: str
    model: str
    method: str
    memory: Memory | None
    fits: bool | None
    gpus: int
    host_mb: int
    minutes: int
    gpu_hours: float
    """Of all its GPUs, if every completion were as long as it may be."""
    why: str = ""
    lower: tuple[Change, ...] = ()


def memory_rows(study: StudySpecs, device_bytes: int | None, gpus: int | None = None) -> Iterator[Row]:
    """The jobs of a study that use a GPU, in the order of its specs, where there are so many GPUs of so many bytes;
    None: not known."""
    for spec in study:
        if isinstance(spec.settings, PretrainTextSpec):
            yield _text_row(study, spec, device_bytes, gpus)
        elif is_planned(spec):
            yield _row(study, spec, device_bytes, gpus)


def _row(study: StudySpecs, spec: JobSpec, device_bytes: int | None, gpus: int | None) -> Row:
    settings, device = with_assumed(study, spec).settings, device_bytes or ONE_GPU.gpu_bytes
    method = f"sampled by {settings.sampler}" if isinstance(settings, Reading) else settings.method
    machine = Machine(gpu_bytes=device)
    asked, seconds = resources_of(spec, study, machine), expected(spec, study, machine).seconds
    hours, minutes = asked.gpu * seconds / 3600, asked.runtime_minutes
    unknown = Row(spec.name, settings.weights.dense, method, None, None, asked.gpu, asked.mem_mb, minutes, hours)
    try:
        shape = shape_of(study, settings.weights.dense)
    except GradusError as error:
        return replace(unknown, why=str(error))
    prompt, reference = longest_prompt(study, settings), reference_shape(study, settings)

    def fits(settings: Modelled) -> bool:
        total = planned(settings, shape, prompt, device, reference).total
        return total <= device and not _starved(settings, shape, device, prompt)

    row = replace(unknown, memory=planned(settings, shape, prompt, device, reference))
    if gpus is not None and asked.gpu > gpus > 0:
        fewer = ("gpus", gpus)
        reduced = changed(settings, fewer)
        others = [] if fits(reduced) else first_to_lower(reduced, fits, gpus)
        lower = (fewer, *others) if others or fits(reduced) else ()
        return replace(row, fits=False, why=f"takes {asked.gpu} GPUs, and the profile has gpu={gpus}", lower=lower)
    if device_bytes is None or fits(settings):
        return replace(row, fits=None if device_bytes is None else True)
    starved = _starved(settings, shape, device, prompt)
    # A share that is too small is raised, which no lever does.
    lower = () if starved and isinstance(settings, GrpoSpec) else first_to_lower(settings, fits, gpus)
    return replace(row, fits=False, why=starved, lower=tuple(lower))


def _text_row(study: StudySpecs, spec: JobSpec, device_bytes: int | None, gpus: int | None) -> Row:
    """Of a pretraining on a text, which fits with fewer rows at a time, or by computing activations twice."""
    settings, name = spec.settings, spec.name.removeprefix("models/")
    machine = Machine(gpu_bytes=device_bytes or ONE_GPU.gpu_bytes)
    asked, seconds = resources_of(spec, study, machine), expected(spec, study, machine).seconds
    shape = assumed_shape(study, name)

    def fits(settings: PretrainTextSpec) -> bool:
        return text_memory(settings, shape, machine.gpu_bytes).total <= machine.gpu_bytes

    memory = text_memory(settings, shape, machine.gpu_bytes)
    hours = asked.gpu * seconds / 3600
    row = Row(
        spec.name, name, "pretrained on text", memory, None, asked.gpu, asked.mem_mb, asked.runtime_minutes, hours
    )
    if gpus is not None and asked.gpu > gpus > 0:
        why = f"takes {asked.gpu} GPUs, and the profile has gpu={gpus}"
        lower = (("gpus", gpus),) if fits(settings.model_copy(update={"gpus": gpus})) else ()
        return replace(row, fits=False, why=why, lower=lower)
    if device_bytes is None or fits(settings):
        return replace(row, fits=None if device_bytes is None else True)
    halves = (settings.micro_batch >> times for times in range(1, settings.micro_batch.bit_length()))
    changes: list[tuple[Change, ...]] = [(("micro_batch", rows),) for rows in halves]
    changes += [(*rows, ("gradient_checkpointing", True)) for rows in ((), *changes)]
    lower = next((one for one in changes if fits(settings.model_copy(update=dict(one)))), ())
    return replace(row, fits=False, lower=lower)


def _starved(settings: Modelled, shape: Shape, device: int, prompt: int) -> str:
    """Where an engine's share of the GPU is too small for it to start, whatever else is there."""
    if isinstance(settings, Reading):
        share = sampler_capabilities(settings.sampler).gpu_memory_share
    elif isinstance(settings, GrpoSpec) and settings.rollouts.engine == "vllm_colocate":
        share = settings.rollouts.memory_share
    else:
        return ""
    if share is None:
        return ""
    needed = share_needed(shape, prompt + written_tokens(settings))
    if share * device >= needed:
        return ""
    if isinstance(settings, Reading):
        own = f"{share * device / GB:.1f} GB of the GPU are its own"
        return f"{settings.sampler} needs {needed / GB:.1f} GB, {own}: take a smaller model or a larger GPU"
    return f"raise rollouts.memory_share to {-(-needed * 100 // device) / 100:g}: vLLM needs {needed / GB:.1f} GB"


def as_text(rows: list[Row], device_bytes: int | None, hour_dollars: float | None = None) -> str:
    """The table, with what to lower below it. GB are 10^9 bytes; the host's memory and minutes are with margins.

    hour_dollars: what an hour of one GPU costs.
    """
    hours = sum(row.gpu_hours for row in rows)
    rows = folded(rows)
    head = ["job", "model", "method", "GPUs", *COLUMNS, "total", "limit", "fits", "host", "minutes", "GPU hours"]
    limit = "?" if device_bytes is None else f"{device_bytes / GB:.1f}"
    lines = [head]
    for row in rows:
        parts = [""] * len(COLUMNS) if row.memory is None else [_gb(getattr(row.memory, part)) for part in COLUMNS]
        total = "" if row.memory is None else _gb(row.memory.total)
        answer = {True: "yes", False: "NO", None: "?"}[row.fits]
        asked = [_gb(row.host_mb * 10**6), str(row.minutes), f"{row.gpu_hours:.1f}"]
        lines.append([row.name, row.model, row.method, str(row.gpus), *parts, total, limit, answer, *asked])
    money = "" if hour_dollars is None else f", ${hours * hour_dollars:,.2f} at ${hour_dollars:g} an hour"
    whole = f"{hours:.1f} GPU hours in all, if every completion were as long as it may be{money}."
    return "\n".join([*aligned(lines, words=3), "", *_notes(rows), whole, ""])


def folded(rows: list[Row]) -> list[Row]:
    """One row for all jobs below one name that need the same of the GPU, such as the samples of an experiment; of the
    host's memory and of the minutes it has the most, of GPU hours the sum."""
    alike: dict[tuple[str, Row], list[Row]] = {}
    for row in rows:
        group = row.name.rpartition("/")[0]
        alike.setdefault((group, replace(row, name="", host_mb=0, minutes=0, gpu_hours=0.0)), []).append(row)
    result = []
    for (group, row), found in alike.items():
        if len(found) == 1 or group.count("/") == 0:
            result += found
            continue
        host_mb, minutes = max(each.host_mb for each in found), max(each.minutes for each in found)
        hours = sum(each.gpu_hours for each in found)
        name = f"{group} ({len(found)} jobs)"
        result.append(replace(row, name=name, host_mb=host_mb, minutes=minutes, gpu_hours=hours))
    return result


def _notes(rows: list[Row]) -> Iterator[str]:
    for row in rows:
        if row.lower:
            changes = " and ".join(f"{key}: {_yaml(value)}" for key, value in row.lower)
            yield (
                f"{row.name}: {row.why}; it would fit with {changes}"
                if row.why
                else (f"{row.name}: does not fit; it would with {changes}")
            )
        elif row.why:
            yield f"{row.name}: {row.why}"
        elif row.fits is False:
            yield f"{row.name}: does not fit, whatever is lowered; take a smaller model or a larger GPU"
    yield (
        f"GB of 10^9 bytes on each GPU, with prompts of at most {PROMPT_TOKENS} tokens. Not all parts are there at one "
        "time: the total is that of rollouts or of the update, whichever needs more; paged optimizer states give way "
        "to the host. Host and minutes are what the job asks for: more than is expected, so that it is not killed."
    )


def _gb(value: int) -> str:
    return "-" if value == 0 else f"{value / GB:.2f}"


def _yaml(value: object) -> str:
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
