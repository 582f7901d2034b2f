"""What all tests share."""

from hypothesis import HealthCheck, settings

# The same examples in every run, and no failure because a machine is busy.
settings.register_profile("gradus", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("gradus")
