"""The tree of errors: who may see one is part of its type."""

from __future__ import annotations

from pos_app.core.errors import BugError, PosError, RetryableError, UserError


def test_every_branch_hangs_on_one_root() -> None:
    for branch in (UserError, RetryableError, BugError):
        assert issubclass(branch, PosError)
    assert not issubclass(RetryableError, UserError)


def test_a_user_error_says_what_and_what_next() -> None:
    error = UserError("The key is wrong.", "Enter it again.")
    assert (error.message, error.cure) == ("The key is wrong.", "Enter it again.")
    assert str(error) == "The key is wrong. Enter it again."
    assert str(UserError("The key is wrong.")) == "The key is wrong."
