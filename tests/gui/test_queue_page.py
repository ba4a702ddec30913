"""The queue page: the sum at risk, the list, one sale with its story, and each of its ways on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from pos_app.core.errors import RetryableError, UserError
from pos_app.core.money import Sat
from pos_app.till.states import SaleState
from pos_app.till.views import Act, Problem, QueueChanged, QueueItem, SaleChanged, Stage, StoryLine, Tone
from pos_app.ui.metrics import Metrics
from pos_app.ui.pages.queue import QueuePage
from pos_app.ui.pages.queue_acts import GRAVE, act_look, places
from pos_app.ui.theme import Mode
from pos_app.ui.widgets.buttons import Button
from pos_app.ui.widgets.chip import stage_chip
from tests.gui.stage import SMALL, WIDE, click, page_size, pixels, press, set_device, settle, show
from tests.support.queue import ACTS, STORY, UNRESOLVED, WORDS, queue_item, queue_view, some_items, some_unassigned
from tests.support.sales import NOON_S, sale_view
from tests.support.window import FakeActions, a_status

SECRET = "lnurlw://cards.bank.example/w?p=00AA&c=11BB"


class Desk:
    """The page on commands that only note."""

    def __init__(self, qtbot: QtBot, metrics: Metrics = SMALL) -> None:
        self.actions = FakeActions()
        self.page = QueuePage(self.actions, now_s=lambda: NOON_S)
        self.page.show_status(a_status())
        width, height = page_size(metrics)
        show(qtbot, self.page, (width - metrics.u(21), height))
        self.page.activate()

    def fill(self, *items: QueueItem, **store: Any) -> None:
        self.actions.last("queue").job.succeed(queue_view(*items, **store))
        settle()

    def change(self, *items: QueueItem, **store: Any) -> None:
        self.page.take(QueueChanged(queue_view(*items, **store)))
        settle()

    def names(self) -> list[str]:
        model = self.page.list.model()
        return [str(model.data(model.index(row, 0))) for row in range(model.rowCount())]

    def shown(self) -> int:
        """The number of the sale whose ways on can be pressed; 0 for none."""
        item = self.page.item.item()
        return item.sale.number if item is not None else 0

    def click(self, act: Act) -> None:
        button = self.page.item.foot.button(act)
        assert button is not None, act
        click(button)
        settle()

    def answer(self, words: str) -> None:
        """Press the answer of these words to the question that stands there."""
        settle()
        click(next(b for b in self.page.item.foot.notice.findChildren(Button) if b.text() == words and b.isVisible()))
        settle()

    def manager(self, pin: str = "1234", reason: str = "") -> None:
        """Confirm by the manager's sheet."""
        self.actions.last("has_manager_pin").job.succeed(True)
        self.page.manager.reason.set_text(reason)
        QTest.keyClicks(self.page.manager.dots, pin)
        press(self.page.manager.dots, Qt.Key.Key_Return)


@pytest.fixture
def desk(qtbot: QtBot) -> Desk:
    set_device()
    return Desk(qtbot)


@pytest.fixture
def full(desk: Desk) -> Desk:
    desk.fill(*some_items())
    return desk


class TestList:
    """What stands at the left."""

    def test_the_sum_at_risk_against_its_limit(self, full: Desk) -> None:
        assert full.page.risk.text() == "37\u202f842 of 100\u202f000 sat"
        assert full.page.risk_name.text() == "At risk · 5 of 20 sales" and full.page.count.text() == "5 open"
        assert full.page.meter.share() == pytest.approx(0.378, abs=0.001)

    def test_oldest_first_with_time_amount_and_state(self, full: Desk) -> None:
        assert full.names() == [
            "11:58, 7142 sat, Declined, Sale 149",
            "12:00, 11289 sat, Checking, Sale 150",
            "12:01, 4723 sat, Asking issuer, Sale 151",
            "12:02, 4378 sat, Stored, Sale 152",
            "12:03, 10310 sat, Stored, Sale 153",
        ]
        assert full.shown() == 149

    def test_a_sale_of_another_day_says_so(self, desk: Desk) -> None:
        desk.fill(queue_item(ago_s=86_400 + 360))
        assert desk.names()[0].startswith("13 Mar, ")
        assert desk.page.item.number.text() == "Sale 149 · 13 March, 11:58"

    def test_the_reason_why_nothing_more_can_be_stored(self, full: Desk) -> None:
        assert not full.page.refusal.isVisible()
        full.change(*some_items(), refusal=Problem("20 sales are stored.", "Take cash."))
        assert full.page.refusal.isVisible() and full.page.refusal.text() == "20 sales are stored. Take cash."

    def test_arrows_walk_and_enter_goes_to_the_ways_on(self, full: Desk) -> None:
        press(full.page.list, Qt.Key.Key_Down)
        press(full.page.list, Qt.Key.Key_Down)
        assert full.shown() == 151 and full.actions.last("story").values == ("sale-151",)
        settle()
        press(full.page.list, Qt.Key.Key_Return)
        first = full.page.item.foot.button(Act.CHECK)
        assert first is not None and first.hasFocus()
        press(first, Qt.Key.Key_Escape)
        assert full.page.list.hasFocus()

    def test_a_touch_selects(self, full: Desk) -> None:
        view = full.page.list
        place = view.visualRect(view.model().index(3, 0)).center()
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
        assert full.shown() == 152

    def test_rows_of_twelve_millimetres(self, full: Desk) -> None:
        index = full.page.list.model().index(0, 0)
        assert full.page.list.sizeHintForIndex(index).height() >= SMALL.u(14)

    def test_a_sale_can_be_asked_for_before_the_queue_is_known(self, desk: Desk) -> None:
        desk.page.open_sale("sale-152")
        desk.fill(*some_items())
        assert desk.shown() == 152
        desk.page.open_sale("sale-150")
        assert desk.shown() == 150


class TestSelection:
    """The list changes below the selected sale."""

    def test_it_stays_selected_wherever_it_stands(self, full: Desk) -> None:
        full.page.open_sale("sale-152")
        full.change(*some_items()[2:], queue_item(number=160))
        assert full.shown() == 152 and full.page.list.currentIndex().row() == 1

    def test_a_change_of_it_is_shown_and_its_story_read_anew(self, full: Desk) -> None:
        full.page.open_sale("sale-152")
        asked = full.actions.count("story")
        items = list(some_items())
        items[3] = queue_item(Stage.DECLINED, number=152, amount=4_378, ago_s=120, reason="Card blocked")
        full.change(*items)
        assert full.page.item.known.text.text() == "“Card blocked”"
        assert full.actions.count("story") == asked + 1

    def test_the_same_again_changes_nothing(self, full: Desk) -> None:
        asked = full.actions.count("story")
        button = full.page.item.foot.button(Act.NEW_TAP)
        full.change(*some_items())
        assert full.page.item.foot.button(Act.NEW_TAP) is button and full.actions.count("story") == asked

    def test_one_that_leaves_stays_in_sight_and_offers_nothing(self, full: Desk) -> None:
        full.page.take(SaleChanged(sale_view(SaleState.PAID, number=149, amount=Sat(7_142))))
        full.change(*some_items()[1:])
        assert full.shown() == 0 and full.page.item.isVisible()
        assert "No longer in the queue: Paid" in full.page.item.known.accessibleName()
        assert full.page.item.foot.button(Act.VOID) is None and not full.page.list.currentIndex().isValid()
        press(full.page.list, Qt.Key.Key_Down)
        assert full.shown() == 150

    def test_the_news_of_its_end_may_come_after_the_queue(self, full: Desk) -> None:
        full.change(*some_items()[1:])
        full.page.take(SaleChanged(sale_view(SaleState.PAID, number=149, amount=Sat(7_142))))
        assert "No longer in the queue: Paid" in full.page.item.known.accessibleName()

    def test_what_was_begun_for_it_ends_with_it(self, full: Desk) -> None:
        full.click(Act.VOID)
        assert full.page.manager.is_open()
        full.change(*some_items()[1:])
        assert not full.page.manager.is_open()

    def test_the_last_one_leaves_in_sight(self, desk: Desk) -> None:
        desk.fill(queue_item())
        desk.page.take(SaleChanged(sale_view(SaleState.PAID, number=149)))
        desk.change()
        assert desk.page.item.isVisible() and not desk.page.empty.isVisible()
        desk.page.hide()
        desk.page.show()
        desk.page.activate()
        desk.fill()
        assert desk.page.empty.isVisible()


class TestItem:
    """What stands at the right."""

    def test_the_issuers_words_are_a_quotation(self, full: Desk) -> None:
        item = full.page.item
        assert item.number.text() == "Sale 149 · today 11:58" and item.amount.figure() == "7\u202f142"
        assert (
            item.known.title.text() == "The card's issuer says:" and item.known.text.text() == "“Insufficient balance”"
        )
        assert item.words.text() == WORDS[Stage.DECLINED] and item.words.isVisible()

    def test_what_a_stranger_wrote_stays_plain_text(self, desk: Desk) -> None:
        desk.fill(queue_item(Stage.DECLINED, reason="<b>No</b>\n\u202egnaw" + "x" * 400))
        text = desk.page.item.known.text
        assert text.textFormat() is Qt.TextFormat.PlainText
        assert text.text().startswith("“<b>No</b> gnaw") and len(text.text()) < 170

    @pytest.mark.parametrize("stage", list(Stage))
    def test_every_stage_says_what_is_known(self, desk: Desk, stage: Stage) -> None:
        desk.fill(queue_item(stage))
        item = desk.page.item
        said = item.words.text() if item.words.isVisible() else item.known.accessibleName()
        assert WORDS[stage] in said
        assert item.chip.accessibleName() == stage_chip(stage).word
        assert all(item.foot.button(act) is not None for act in ACTS.get(stage, UNRESOLVED))

    def test_what_needs_a_look_is_loud_and_what_waits_is_not(self, desk: Desk) -> None:
        desk.fill(queue_item(Stage.CHECKING, number=10), queue_item(Stage.STORED, number=11))
        assert desk.page.item.known.title.text() == "Answer lost. Checking. Do not charge again."
        assert desk.page.item.known.tone == "attn"
        desk.page.open_sale("sale-11")
        assert not desk.page.item.known.isVisible() and desk.page.item.words.isVisible()

    def test_its_story_is_a_timeline(self, full: Desk) -> None:
        assert full.actions.last("story").values == ("sale-149",)
        full.actions.last("story").job.succeed(STORY)
        assert full.page.item.story.lines() == STORY
        assert full.page.item.story.accessibleName().startswith("11:58:38 Card stored. ")

    def test_a_story_of_several_days_names_them_and_wraps(self, desk: Desk) -> None:
        desk.fill(queue_item())
        timeline = desk.page.item.story
        short = (StoryLine(NOON_S - 86_400, "Card stored", Tone.ATTENTION), StoryLine(NOON_S, "Declined", Tone.FAILED))
        timeline.show_lines(short[1:])
        one = timeline.heightForWidth(400)
        timeline.show_lines(short)
        two = timeline.heightForWidth(400)
        timeline.show_lines((short[0], StoryLine(NOON_S, "Declined " * 20, Tone.FAILED)))
        assert one * 2 < two < timeline.heightForWidth(400)

    def test_an_answer_about_an_older_selection_is_dropped(self, full: Desk) -> None:
        older = full.actions.last("story").job
        full.page.open_sale("sale-150")
        older.succeed(STORY)
        assert full.page.item.story.lines() == ()

    def test_a_story_that_cannot_be_read_is_said(self, full: Desk) -> None:
        full.actions.last("story").job.fail(UserError("The book is damaged.", "Run pos-app doctor."))
        assert full.page.item.story_words.text() == "The book is damaged. Run pos-app doctor."

    def test_wide_windows_have_the_story_beside(self, qtbot: QtBot) -> None:
        set_device(WIDE)
        desk = Desk(qtbot, WIDE)
        desk.fill(*some_items())
        desk.actions.last("story").job.succeed(STORY)
        settle()
        item = desk.page.item
        assert item.story.mapTo(item, item.story.rect().topLeft()).x() > item.amount.geometry().right()

    @pytest.mark.parametrize("mode", [Mode.LIGHT, Mode.DARK, Mode.CONTRAST_LIGHT])
    def test_it_is_painted_in_every_theme(self, qtbot: QtBot, mode: Mode) -> None:
        set_device(mode=mode)
        desk = Desk(qtbot)
        desk.fill()
        empty = pixels(desk.page)
        desk.change(*some_items())
        assert pixels(desk.page) != empty


class TestPlaces:
    """Where the buttons stand."""

    def test_first_the_way_that_brings_the_money(self) -> None:
        assert places(queue_item(Stage.DECLINED)).main is Act.SHOW_CODE
        assert places(queue_item(Stage.CHECKING)).main is Act.CHECK
        assert places(queue_item(Stage.HELD)).main is Act.UNLOCK
        assert places(queue_item(Stage.PAID_LATE)).main is Act.GOODS_GIVEN
        assert places(queue_item(acts=frozenset())).main is None

    @pytest.mark.parametrize("stage", list(Stage))
    def test_each_act_has_one_place_and_the_grave_ones_are_last(self, stage: Stage) -> None:
        for acts in (ACTS.get(stage, UNRESOLVED), frozenset(Act)):
            where = places(queue_item(stage, acts=acts))
            placed = [*([where.main] if where.main else []), *where.others, *where.grave]
            assert sorted(placed) == sorted(acts) and where.main not in GRAVE
            assert set(where.grave) == acts & set(GRAVE)

    @pytest.mark.parametrize("act", list(Act))
    def test_what_asks_first_says_so(self, act: Act) -> None:
        asks = {*GRAVE, Act.PAID_OTHERWISE, Act.RELEASE, Act.GOODS_NOT_GIVEN, Act.REFUNDED}
        assert act_look(act).word.endswith("…") == (act in asks)

    @pytest.mark.parametrize("scale", [1.0, 1.5])
    def test_all_of_them_fit_under_the_banners(self, qtbot: QtBot, scale: float) -> None:
        set_device(text_scale=scale)
        desk = Desk(qtbot)
        desk.fill(queue_item(Stage.CHECKING))
        desk.page.window().resize(940, 458)
        desk.page.resize(940, 458)
        settle()
        for act in ACTS[Stage.CHECKING]:
            button = desk.page.item.foot.button(act)
            assert button is not None
            corner = button.mapTo(desk.page, button.rect().bottomRight())
            assert corner.y() <= 458 and corner.x() <= 940 and button.height() >= SMALL.u(11.5)


class TestActs:
    """What each button does."""

    @pytest.mark.parametrize("act", [Act.SHOW_CODE, Act.NEW_TAP])
    def test_back_to_the_counter(self, full: Desk, act: Act) -> None:
        shown: list[object] = []
        full.page.counter_pressed.connect(shown.append)
        full.click(act)
        full.click(act)
        assert full.actions.count("take_back") == 1 and full.actions.last("take_back").values == ("sale-149",)
        full.actions.last("take_back").job.succeed(some_items()[0].sale)
        assert shown == [some_items()[0].sale]

    def test_a_refusal_is_said_in_place_and_it_can_be_tried_again(self, full: Desk) -> None:
        full.click(Act.SHOW_CODE)
        full.actions.last("take_back").job.fail(UserError("Another sale is open.", "End it first."))
        assert full.page.item.foot.notice.accessibleName() == "Another sale is open. End it first."
        full.click(Act.SHOW_CODE)
        assert full.actions.count("take_back") == 2

    def test_check_now(self, full: Desk) -> None:
        full.page.open_sale("sale-150")
        full.click(Act.CHECK)
        assert full.actions.last("check_now").values == ("sale-150",)
        full.actions.last("check_now").job.fail(RetryableError())
        assert "did not work" in full.page.item.foot.notice.accessibleName()

    def test_a_check_that_found_nothing_says_so_until_the_sale_moves_on(self, full: Desk) -> None:
        full.page.open_sale("sale-150")
        full.click(Act.CHECK)
        full.actions.last("check_now").job.succeed(None)
        notice = full.page.item.foot.notice
        assert notice.isVisible() and "nothing has changed" in notice.accessibleName()
        full.change(*some_items())
        assert notice.isVisible()
        full.change(queue_item(Stage.DECLINED, number=150, amount=11_289, ago_s=240))
        assert full.shown() == 150 and not notice.isVisible()

    def test_a_check_that_found_something_leaves_it_to_the_queue(self, full: Desk) -> None:
        full.page.open_sale("sale-150")
        full.click(Act.CHECK)
        full.change(queue_item(Stage.DECLINED, number=150, amount=11_289, ago_s=240))
        full.actions.last("check_now").job.succeed(None)
        assert not full.page.item.foot.notice.isVisible()

    def test_a_press_that_was_meant_for_the_button_of_before_does_nothing(self, full: Desk) -> None:
        full.page.open_sale("sale-150")
        foot = full.page.item.foot
        full.change(*some_items())
        assert not foot.guard.isVisible()
        full.change(queue_item(Stage.NOT_PAID, number=150, amount=11_289, ago_s=240))
        settle()
        main = foot.button(Act.SHOW_CODE)
        assert foot.guard.isVisible() and main is not None
        assert foot.childAt(main.geometry().center()) is foot.guard

    def test_paid_otherwise_asks_once(self, full: Desk) -> None:
        full.click(Act.PAID_OTHERWISE)
        assert full.page.item.foot.notice.title.text() == "Cash or another way: 7\u202f142 sat?"
        assert full.actions.count("paid_otherwise") == 0 and full.page.item.foot.button(Act.VOID) is None
        full.answer("Back")
        assert full.page.item.foot.button(Act.VOID) is not None and not full.page.item.foot.notice.isVisible()
        full.click(Act.PAID_OTHERWISE)
        full.answer("Yes, it is paid")
        assert full.actions.last("paid_otherwise").values == ("sale-149",)
        full.actions.last("paid_otherwise").job.succeed(sale_view(SaleState.PAID_OTHERWISE, number=149))
        full.change(*some_items()[1:])
        assert "Paid otherwise" in full.page.item.known.accessibleName()

    def test_escape_takes_the_question_back(self, full: Desk) -> None:
        full.click(Act.PAID_OTHERWISE)
        settle()
        back = next(b for b in full.page.item.foot.notice.findChildren(Button) if b.text() == "Back")
        assert back.hasFocus()
        press(back, Qt.Key.Key_Escape)
        assert full.page.item.foot.button(Act.PAID_OTHERWISE) is not None and full.actions.count("paid_otherwise") == 0

    def test_a_change_of_the_sale_takes_the_question_back(self, full: Desk) -> None:
        full.click(Act.PAID_OTHERWISE)
        full.change(queue_item(Stage.ASKING), *some_items()[1:])
        assert not full.page.item.foot.notice.isVisible() and full.page.item.foot.button(Act.CHECK) is not None

    def test_nothing_was_handed_over(self, full: Desk) -> None:
        full.page.open_sale("sale-150")
        full.click(Act.NOTHING_HANDED_OVER)
        full.answer("Nothing was given")
        assert full.actions.last("nothing_handed_over").values == ("sale-150",)

    @pytest.mark.parametrize(("act", "name"), [(Act.VOID, "void"), (Act.WRITE_OFF, "write_off")])
    def test_void_and_write_off_take_a_reason_and_the_manager(self, full: Desk, act: Act, name: str) -> None:
        full.click(act)
        assert full.page.manager.is_open() and "Sale 149, 7\u202f142 sat." in full.page.manager.words.text()
        full.manager("4711", "")
        assert full.actions.count(name) == 0
        full.page.manager.reason.set_text("Came back")
        press(full.page.manager.dots, Qt.Key.Key_Return)
        assert full.actions.last(name).values == ("sale-149", "4711", "Came back")

    def test_release_takes_the_manager(self, desk: Desk) -> None:
        desk.fill(queue_item(Stage.HELD, acts=frozenset({Act.RELEASE})))
        desk.click(Act.RELEASE)
        assert not desk.page.manager.reason.isVisible()
        desk.manager()
        assert desk.actions.last("release").values == ("sale-149", "1234")

    def test_unlock_shows_the_queue_that_it_brings(self, desk: Desk) -> None:
        desk.fill(queue_item(Stage.HELD))
        desk.click(Act.UNLOCK)
        desk.actions.last("unlock").job.succeed(queue_view(queue_item(Stage.STORED)))
        assert desk.page.item.chip.accessibleName() == "Stored"

    def test_late_money(self, desk: Desk) -> None:
        desk.fill(queue_item(Stage.PAID_LATE))
        desk.click(Act.GOODS_NOT_GIVEN)
        assert "are due back" in desk.page.item.foot.notice.accessibleName()
        desk.answer("Not given")
        assert desk.actions.last("goods_not_given").values == ("sale-149",)
        desk.actions.last("goods_not_given").job.succeed(sale_view(SaleState.REFUND_DUE, number=149))
        desk.click(Act.GOODS_GIVEN)
        assert desk.actions.last("goods_given").values == ("sale-149",)

    def test_refunded_says_how_and_takes_the_manager_and_a_note(self, desk: Desk) -> None:
        desk.fill(queue_item(Stage.REFUND_DUE))
        desk.click(Act.REFUNDED)
        desk.answer("Lightning")
        desk.manager("1234", "Paid twice")
        assert desk.actions.last("refunded").values == ("sale-149", "1234", "lightning", "Paid twice")

    def test_the_slip_of_an_owed_sale(self, full: Desk) -> None:
        click(full.page.item.slip)
        settle()
        assert full.page.slip_sheet.is_open()
        assert any(line.left == "Café Linde" for line in full.page.slip_sheet.paper.lines())
        full.page.open_sale("sale-150")
        assert not full.page.item.slip.isVisible()

    def test_nothing_waits_behind_another_page(self, full: Desk) -> None:
        full.click(Act.PAID_OTHERWISE)
        full.page.hide()
        full.page.show()
        settle()
        assert full.page.item.foot.button(Act.PAID_OTHERWISE) is not None
        full.click(Act.VOID)
        full.page.hide()
        full.page.show()
        assert not full.page.manager.isVisible()


class TestNothing:
    """Nothing waits, nothing is known, nothing is accepted."""

    def test_nothing_is_waiting(self, desk: Desk) -> None:
        desk.fill()
        assert desk.page.empty.isVisible()
        assert desk.page.empty.accessibleName() == "Nothing is waiting. Stored cards appear here."

    def test_a_till_that_stores_no_cards_leads_to_the_settings(self, desk: Desk) -> None:
        pressed: list[bool] = []
        desk.page.settings_pressed.connect(lambda: pressed.append(True))
        desk.fill(accepted=False)
        button = desk.page.empty.findChild(Button)
        assert isinstance(button, Button) and button.isVisible()
        click(button)
        assert pressed == [True]

    def test_a_queue_that_cannot_be_read_is_said_and_asked_for_again(self, desk: Desk) -> None:
        assert desk.page.sweep.is_running()
        desk.actions.last("queue").job.fail(UserError("The book is damaged.", "Run pos-app doctor."))
        settle()
        assert desk.page.unreadable.isVisible() and not desk.page.sweep.is_running()
        assert "The book is damaged." in desk.page.unreadable.accessibleName()
        button = desk.page.unreadable.findChild(Button)
        assert isinstance(button, Button)
        click(button)
        desk.fill(*some_items())
        assert desk.shown() == 149

    def test_a_known_queue_stays_when_it_cannot_be_read_again(self, full: Desk) -> None:
        failed: list[object] = []
        full.page.failed.connect(failed.append)
        full.page.activate()
        full.actions.last("queue").job.fail(UserError("The book is damaged.", ""))
        assert failed == [Problem("The book is damaged.", "")] and full.shown() == 149


def test_no_address_of_a_card_is_ever_shown(desk: Desk) -> None:
    desk.fill(queue_item(Stage.DECLINED, reason=f"Cannot use {SECRET} now"))
    desk.actions.last("story").job.succeed((StoryLine(NOON_S, f"Sent to {SECRET}", Tone.FAILED),))
    assert desk.page.item.known.text.text() == "“Cannot use … now”"
    assert desk.page.item.story.accessibleName() == "12:04:31 Sent to …"


# Money without a sale, after a restore.


def test_payments_without_a_sale_are_listed_below(desk: Desk) -> None:
    desk.fill(*some_items())
    pane = desk.page.unassigned
    assert not pane.isVisible()
    desk.page.take(QueueChanged(queue_view(*some_items(), unassigned=some_unassigned())))
    settle()
    assert pane.isVisible() and pane.height() > 0
    assert pane.heading.text() == f"Payments without a sale here · {Sat(20_903)}"
    assert pane.words() == [
        f"today 11:24 · {Sat(16_703)} · Sale 159 · P3RTB8NH",
        f"today 10:34 · {Sat(4_200)} · Sale 158 · Table 4 K7M2QWXZ",
    ]
    assert all(words in pane.accessibleName() for words in pane.words())
    assert desk.shown() == 149
    desk.change(*some_items())
    assert not pane.isVisible()


def test_payments_without_a_sale_alone(desk: Desk) -> None:
    desk.page.show_queue(queue_view(unassigned=some_unassigned()))
    settle()
    assert desk.page.unassigned.isVisible() and desk.page.list.isVisible()
    assert desk.page.nothing_chosen.accessibleName().startswith("Nothing is waiting")
    many = tuple(replace(some_unassigned()[0], number=number) for number in range(1, 40))
    desk.page.show_queue(queue_view(unassigned=many))
    settle()
    assert desk.page.unassigned.height() < desk.page.height() / 2
