"""What a window needs beside sales to be shown without a till: a status, preferences, and commands that only note."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from pos_app.core.money import Sat
from pos_app.till.views import Fact, FactState, StatusView, StoreView, TermsView
from pos_app.ui.actions import ApiChoice, Preferences
from pos_app.ui.job import Job
from tests.support.records_actions import RecordCalls
from tests.support.sales import NOON_S


def a_fact(key: str, words: str, state: FactState = FactState.WELL, detail: str = "") -> Fact:
    return Fact(key, state, words, detail, NOON_S)


FACTS = (
    a_fact("payments", "Payments", detail="Codes and checks work"),
    a_fact("lightning", "Lightning", detail="Can receive"),
)


def a_status(*facts: Fact, **changes: Any) -> StatusView:
    """All is well at Café Linde, unless told otherwise."""
    status = StatusView("Café Linde", "https://pay.cafe-linde.example", "mainnet", False, facts or FACTS, ())
    return replace(status, **changes)


APIS = (
    ApiChoice("practice", "Practice", "Not real money"),
    ApiChoice("https://pay.cafe-linde.example", "pay.cafe-linde.example", "Mainnet · key in the keyring"),
)


def preferences(**changes: Any) -> Preferences:
    """The owner's choices: a real server unless told otherwise."""
    usual = Preferences(shop_name="Café Linde", api=APIS[1].api, apis=APIS, sound_player="paplay", sound=False)
    return replace(usual, **changes)


def a_store(**changes: Any) -> StoreView:
    """Cards may be stored, nothing calls for it, and nothing is stored; unless told otherwise."""
    usual = StoreView(
        accepted=True,
        offered=False,
        refusal=None,
        count=0,
        count_max=20,
        sum=Sat(0),
        sum_max=Sat(100_000),
        tap_max=Sat(20_000),
    )
    return replace(usual, **changes)


@dataclass
class Call:
    """One command that was asked for, and the job that its answer goes to."""

    name: str
    values: tuple[object, ...]
    job: Job


@dataclass
class FakeActions(RecordCalls):
    """Keeps what is asked for; the test answers through the job of the call."""

    calls: list[Call] = field(default_factory=list)

    def last(self, name: str) -> Call:
        """The newest call of that name."""
        return next(call for call in reversed(self.calls) if call.name == name)

    def count(self, name: str) -> int:
        return sum(call.name == name for call in self.calls)

    def _ask(self, name: str, *values: object) -> Job:
        call = Call(name, values, Job())
        self.calls.append(call)
        return call.job

    def charge(self, amount: Sat, note: str, replaces: str | None = None, *, store: bool = False) -> Job:
        return self._ask("charge", amount, note, replaces, store)

    def cancel(self, sale_id: str) -> Job:
        return self._ask("cancel", sale_id)

    def retry(self, sale_id: str) -> Job:
        return self._ask("retry", sale_id)

    def stop_waiting(self, sale_id: str) -> Job:
        return self._ask("stop_waiting", sale_id)

    def nothing_handed_over(self, sale_id: str) -> Job:
        return self._ask("nothing_handed_over", sale_id)

    def check_now(self, sale_id: str | None = None) -> Job:
        return self._ask("check_now", sale_id)

    def recent(self, limit: int, search: str) -> Job:
        return self._ask("recent", limit, search)

    def enter_pin(self, sale_id: str, pin: str) -> Job:
        return self._ask("enter_pin", sale_id, pin)

    def dismiss_pin(self, sale_id: str) -> Job:
        return self._ask("dismiss_pin", sale_id)

    def tap_card(self) -> Job:
        return self._ask("tap_card")

    def customer_pays(self, sale_id: str, how: str) -> Job:
        return self._ask("customer_pays", sale_id, how)

    def change(self, name: str, value: str | int | float | bool) -> Job:
        return self._ask("change", name, value)

    def use_api(self, api: str) -> Job:
        return self._ask("use_api", api)

    def connect(self, url: str, invoice_key: str, answer: str = "") -> Job:
        return self._ask("connect", url, invoice_key, answer)

    # Cards that are stored for later.

    def store_card(self, sale_id: str) -> Job:
        return self._ask("store_card", sale_id)

    def queue(self) -> Job:
        return self._ask("queue")

    def story(self, sale_id: str) -> Job:
        return self._ask("story", sale_id)

    def take_back(self, sale_id: str) -> Job:
        return self._ask("take_back", sale_id)

    def put_back(self, sale_id: str) -> Job:
        return self._ask("put_back", sale_id)

    def paid_otherwise(self, sale_id: str) -> Job:
        return self._ask("paid_otherwise", sale_id)

    def void(self, sale_id: str, pin: str, reason: str) -> Job:
        return self._ask("void", sale_id, pin, reason)

    def write_off(self, sale_id: str, pin: str, reason: str) -> Job:
        return self._ask("write_off", sale_id, pin, reason)

    def refunded(self, sale_id: str, pin: str, how: str, note: str) -> Job:
        return self._ask("refunded", sale_id, pin, how, note)

    def goods_given(self, sale_id: str) -> Job:
        return self._ask("goods_given", sale_id)

    def goods_not_given(self, sale_id: str) -> Job:
        return self._ask("goods_not_given", sale_id)

    def release(self, sale_id: str, pin: str) -> Job:
        return self._ask("release", sale_id, pin)

    def unlock(self) -> Job:
        return self._ask("unlock")

    def pending_slip(self, sale_id: str) -> Job:
        return self._ask("pending_slip", sale_id)

    def terms(self) -> Job:
        return self._ask("terms")

    def accept_risk(self, pin: str) -> Job:
        return self._ask("accept_risk", pin)

    def withdraw_consent(self) -> Job:
        return self._ask("withdraw_consent")

    def change_terms(self, terms: TermsView, pin: str = "") -> Job:
        return self._ask("change_terms", terms, pin)

    def has_manager_pin(self) -> Job:
        return self._ask("has_manager_pin")

    def set_manager_pin(self, new: str, old: str = "") -> Job:
        return self._ask("set_manager_pin", new, old)

    def faults(self) -> Job:
        return self._ask("faults")

    def set_fault(self, name: str, on: bool) -> Job:
        return self._ask("set_fault", name, on)
