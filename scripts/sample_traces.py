"""Sample a teacher on the problem sets of a trace set."""

from gradus.provenance.job import run
from gradus.sampling.job import sample
from gradus.specs.sampling import SampleTracesSpec

if __name__ == "__main__":
    run(sample, SampleTracesSpec)
