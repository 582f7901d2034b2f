"""Sample an experiment on a benchmark."""

from gradus.provenance.job import run
from gradus.sampling.job import sample
from gradus.specs.sampling import SampleBenchmarkSpec

if __name__ == "__main__":
    run(sample, SampleBenchmarkSpec)
