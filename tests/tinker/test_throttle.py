"""The number of requests in flight, by hand."""

from gradus.tinker.throttle import MAX_PAUSE_SECONDS, Throttle


def started(throttle: Throttle) -> list[int]:
    rounds = []
    while throttle.has_room():
        rounds.append(throttle.start())
    return rounds


def test_it_lets_through_as_many_as_it_is_told() -> None:
    throttle = Throttle(3)
    assert started(throttle) == [0, 0, 0]
    throttle.answered()
    assert started(throttle) == [0]
    throttle.failed()
    assert throttle.running == 2
    assert throttle.limit == 3  # never more than it is told


def test_a_burst_of_refusals_halves_once() -> None:
    throttle = Throttle(8)
    rounds = started(throttle)
    assert [throttle.rate_limited(of) for of in rounds] == [1.0] * 8
    assert throttle.limit == 4
    rounds = started(throttle)
    assert len(rounds) == 4
    assert throttle.rate_limited(rounds[0]) == 2.0
    assert throttle.limit == 2


def test_one_request_is_always_tried_and_pauses_grow_to_an_end() -> None:
    throttle = Throttle(4)
    pauses = []
    for _ in range(8):
        pauses.append(throttle.rate_limited(throttle.start()))
    assert throttle.limit == 1
    assert throttle.has_room()
    assert pauses == [1, 2, 4, 8, 16, MAX_PAUSE_SECONDS, MAX_PAUSE_SECONDS, MAX_PAUSE_SECONDS]


def test_answers_raise_the_limit_by_one_a_round() -> None:
    throttle = Throttle(8)
    throttle.rate_limited(throttle.start())
    assert throttle.limit == 4
    for _ in range(4):
        throttle.start()
        throttle.answered()
    assert 4.8 < throttle.limit < 5  # 4 + 1/4 + 1/4.25 + ...
    throttle.start()
    throttle.answered()
    assert 5 < throttle.limit < 5.2
    assert throttle.rate_limited(throttle.start()) == 1.0  # pauses begin anew
