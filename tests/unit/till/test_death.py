"""The proof of death: never early, whatever the clocks do, and not never."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from pos_app.till.death import GRACE_S, Clocks, Lifetime, is_dead, is_over

TRUE_START_S = 1_795_000_000.0
moments = st.floats(0, 5_000)
errors = st.floats(-1e7, 1e7)


@st.composite
def stories(draw: st.DrawFn) -> tuple[Lifetime, Clocks, Clocks, float]:
    """An invoice that was received, perhaps a restart, then asked about and answered; clocks wrong in any way.

    The running time is true. At most one of server's clock and wall clock is wrong (or both, but then in opposite
    directions): what no rule can see is both wrong in the same direction.
    """
    received_s = draw(st.floats(0, 60))
    restarted = draw(st.booleans())
    counted_s = draw(st.floats(received_s, received_s + 3_000)) if restarted else received_s
    asked_s = counted_s + draw(moments)
    answered_s = asked_s + draw(st.floats(0, 60))
    server_jump, wall_jump = draw(errors), draw(errors)
    assume(server_jump <= 0 or wall_jump <= 0)
    life = Lifetime(
        made_at_s=TRUE_START_S,
        expiry_s=draw(st.sampled_from([30, 600, 86_400])),
        received_at_s=TRUE_START_S + received_s,
        counted_from_s=counted_s,
        restarted=restarted,
        clock_is_ours=draw(st.booleans()),
    )
    knows_date = draw(st.booleans())

    def at(true_s: float, dated: bool) -> Clocks:
        date_s = TRUE_START_S + true_s + server_jump if dated else None
        return Clocks(true_s, TRUE_START_S + true_s + wall_jump, date_s)

    return life, at(asked_s, knows_date), at(answered_s, True), asked_s


@given(stories())
def test_never_before_its_true_time(story: tuple[Lifetime, Clocks, Clocks, float]) -> None:
    life, asked, answered, asked_s = story
    if is_dead(life, asked=asked, answered=answered):
        assert asked_s >= life.expiry_s + GRACE_S


@given(stories())
def test_running_time_alone_is_enough(story: tuple[Lifetime, Clocks, Clocks, float]) -> None:
    life, asked, answered, asked_s = story
    if asked_s - life.counted_from_s >= life.expiry_s + GRACE_S:
        assert is_dead(life, asked=asked, answered=answered)


def life(**changes: object) -> Lifetime:
    values: dict[str, object] = {
        "made_at_s": 1000.0,
        "expiry_s": 600,
        "received_at_s": 1000.0,
        "counted_from_s": 50.0,
        "restarted": True,
        "clock_is_ours": False,
    }
    return Lifetime(**{**values, **changes})  # type: ignore[arg-type]


def test_after_a_restart_both_clocks_must_say_so() -> None:
    over = 1000.0 + 600 + GRACE_S
    assert is_over(life(), Clocks(51, over, over))
    assert not is_over(life(), Clocks(51, over - 1, over))
    assert not is_over(life(), Clocks(51, over, over - 1))
    assert not is_over(life(), Clocks(51, over, None))


def test_an_engine_with_our_own_clock_proves_nothing() -> None:
    assert not is_over(life(clock_is_ours=True), Clocks(51, 1e9, 1e9))


def test_without_a_restart_only_the_running_time_counts() -> None:
    assert not is_over(life(restarted=False), Clocks(51, 1e9, 1e9))
    assert is_over(life(restarted=False), Clocks(50 + 600 + GRACE_S, 0, None))


def test_the_answer_must_have_been_asked_for_after_the_end() -> None:
    end_s = 50 + 600 + GRACE_S
    assert not is_dead(life(), asked=Clocks(end_s - 1, 0, None), answered=Clocks(end_s + 1, 0, None))
    assert is_dead(life(), asked=Clocks(end_s, 0, None), answered=Clocks(end_s + 1, 0, None))
