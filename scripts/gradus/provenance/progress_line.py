"""The line that tells how far a job is, as `progress` writes it to the job's log and a view of the build reads it."""

import re
from dataclasses import dataclass, field

_NUMBER = r"-?(?:[0-9.]+(?:e[-+]?[0-9]+)?|inf|nan)"
_LINE = re.compile(
    rf"(?P<name>\S.*?)  (?P<done>[0-9]+)/(?P<total>[0-9]+) (?P<unit>\S.*?)  (?P<rate>{_NUMBER})/s"
    rf"  (?P<left>[0-9]+) s left(?P<metrics>(?:  \S.*? {_NUMBER})*)"
)
_METRIC = re.compile(rf"  (?P<name>\S.*?) (?P<value>{_NUMBER})(?=  |$)")


@dataclass(frozen=True)
class ProgressLine:
    """name: of the work, which is that of the job or more. rate: units a second. metrics: what is shown beside."""

    name: str
    done: int
    total: int
    unit: str
    rate: float
    seconds_left: float
    metrics: dict[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        shown = "".join(f"  {key} {value:.3g}" for key, value in self.metrics.items())
        counts = f"{self.name}  {self.done}/{self.total} {self.unit}"
        return f"{counts}  {self.rate:.3g}/s  {self.seconds_left:.0f} s left{shown}"

    @classmethod
    def read(cls, line: str) -> "ProgressLine | None":
        """None where it is another line."""
        if (found := _LINE.fullmatch(line.rstrip("\n"))) is None:
            return None
        metrics = {each["name"]: float(each["value"]) for each in _METRIC.finditer(found["metrics"])}
        done, total = int(found["done"]), int(found["total"])
        return cls(found["name"], done, total, found["unit"], float(found["rate"]), float(found["left"]), metrics)
