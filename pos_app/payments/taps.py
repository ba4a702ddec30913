"""What the answer of `pay-with-nfc` says: our engine's exact one, and the two dialects of LNbits servers.

A remote server does both calls to the card's service at once and tells neither. Only a reason that is known to
come from before the callback means that the card was declined; anything else leaves open whether it pays.
"""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel, ValidationError

from pos_app.core.money import Msat
from pos_app.core.text import without_addresses
from pos_app.payments.answers import detail, json_object, refusal
from pos_app.payments.errors import AnswerLost
from pos_app.payments.models import WireMsat
from pos_app.payments.results import TapAnswer, TapOutcome, TapStep
from pos_app.payments.transport import Answer

BEFORE_THE_CALLBACK = re.compile(
    r"Error loading LNURL request|Invalid LNURL-withdraw( response\.)?|LNURL-withdraw lud17 not provided\."
    r"|Invalid callback URL: .*|Unexpected error: Callback not allowed\. .*"
    r"|Amount \d+ not in range \d+ - \d+"
    r"|No card\.|Card not found\.|Card is disabled\.|Card UID mis-match\.|CMAC does not check\.|Error decrypting card\."
    r"|This link is already used\.|Max daily limit spent\."
    r"|Withdraw is spent\.|Withdraw link does not exist\."
)
"""Reasons of LNbits 1.1.0 and 1.6.2, and of their card services, that are given before any payment is asked for."""


def tap_answer(answer: Answer) -> TapAnswer:
    """Raises what `refusal` says for answers that are neither 200 nor 400, AnswerLost for unreadable ones."""
    if answer.status not in (200, 400):
        raise refusal(answer)
    body = json_object(answer)
    if body is None:
        raise AnswerLost("The server's answer could not be understood.")
    if answer.status == 200 and body.get("success") is True:
        return TapAnswer(TapOutcome.PENDING)
    if "step" in body:
        return _of_our_engine(body)
    reason = detail(body)
    known = BEFORE_THE_CALLBACK.fullmatch(reason) is not None
    return TapAnswer(TapOutcome.LIKELY_FAILED if known else TapOutcome.UNKNOWN, without_addresses(reason))


class _EngineRefusal(BaseModel):
    step: TapStep
    outcome: TapOutcome
    session: str | None = None
    pin_limit_msat: WireMsat | None = None
    limit_msat: WireMsat | None = None


def _of_our_engine(body: dict[str, Any]) -> TapAnswer:
    try:
        fields = _EngineRefusal.model_validate(body)
    except ValidationError:
        return TapAnswer(TapOutcome.UNKNOWN, detail(body))
    pin_limit = None if fields.pin_limit_msat is None else Msat(fields.pin_limit_msat)
    limit = None if fields.limit_msat is None else Msat(fields.limit_msat)
    return TapAnswer(fields.outcome, detail(body), fields.step, fields.session, pin_limit, limit)
