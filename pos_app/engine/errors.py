"""Refusals of the engine. Each carries the HTTP status and the `detail` that the payments API answers with."""

from __future__ import annotations

from pos_app.core.errors import UserError


class EngineError(UserError):
    """The engine refuses. `status` is an HTTP status, `detail` the text of the answer."""

    status = 500

    def __init__(self, detail: str, cure: str = "") -> None:
        super().__init__(detail, cure)

    @property
    def detail(self) -> str:
        return self.message


class BadRequest(EngineError):
    """The request is well formed and still makes no sense."""

    status = 400


class NotAllowed(EngineError):
    """The key or the user may not do this."""

    status = 403


class NotFound(EngineError):
    """No such wallet, user or payment."""

    status = 404


class InvalidValue(EngineError):
    """A value outside its limits. `field` names it as the request's body does."""

    status = 422

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field


class PaymentRefused(EngineError):
    """An invoice could not be made, paid or cancelled; `payment_status` is `failed`, `pending` or `success`."""

    status = 520

    def __init__(self, detail: str, cure: str = "", *, payment_status: str = "failed") -> None:
        super().__init__(detail, cure)
        self.payment_status = payment_status


class WrongEngine(UserError):
    """The folder holds money of another kind (practice or real, or of another network) than the funding source."""
