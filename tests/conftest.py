"""What all tests share."""

import signal

from hypothesis import HealthCheck, settings

# A shell has what runs in its background ignore Ctrl-C, and everything that is started from there: here it is noticed.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# The same examples in every run, and no failure because a machine is busy.
settings.register_profile("gradus", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("gradus")
