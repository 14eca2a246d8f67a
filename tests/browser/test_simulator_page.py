"""The pages in a real browser: the two phones by keyboard and by button, directions, small screens, axe."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

# The assistant loads its models for the first answer.
ANSWER_MS = 60_000


def test_a_conversation_by_keyboard_alone(page: Page, live_server: str) -> None:
    page.goto(live_server)
    field = page.get_by_label("Votre SMS")
    for _ in range(60):
        page.keyboard.press("Tab")
        if field.evaluate("field => field === document.activeElement"):
            break
    expect(field).to_be_focused()
    page.keyboard.type("comment rentrer dans mon pays")
    page.keyboard.press("Enter")
    log = page.get_by_role("log", name="Conversation par SMS")
    expect(log.locator(".message.out")).to_contain_text("comment rentrer dans mon pays")
    expect(log.locator(".message.in").first).to_be_visible(timeout=ANSWER_MS)
    expect(log.locator(".message.in .meta").first).to_contain_text("SMS")
    # Ready for the next message, without looking for the field again.
    expect(field).to_be_focused()
    expect(field).to_have_value("")


def test_the_keypad_types_digits_where_the_caret_is(page: Page, live_server: str) -> None:
    page.goto(live_server)
    field = page.get_by_label("Votre SMS")
    field.fill("ab")
    field.evaluate("field => field.setSelectionRange(1, 1)")
    page.get_by_role("button", name="7", exact=True).click()
    expect(field).to_have_value("a7b")
    page.get_by_role("button", name="Effacer").click()
    expect(field).to_have_value("ab")


def test_a_button_answers_on_the_smart_phone(page: Page, live_server: str) -> None:
    page.goto(live_server)
    page.get_by_label("Votre message").fill("menu")
    page.keyboard.press("Enter")
    log = page.get_by_role("log", name="Conversation Telegram")
    choice = log.locator(".choice").first
    expect(choice).to_be_visible(timeout=ANSWER_MS)
    title = choice.inner_text()
    before = log.locator(".message.in").count()
    choice.click()
    expect(log.locator(".message.out").last).to_contain_text(title)
    expect(log.locator(".message.in").nth(before)).to_be_visible(timeout=ANSWER_MS)


def test_shift_enter_writes_a_line_on_the_smart_phone(page: Page, live_server: str) -> None:
    page.goto(live_server)
    field = page.get_by_label("Votre message")
    field.fill("une")
    field.press("Shift+Enter")
    field.press_sequentially("deux")
    expect(field).to_have_value("une\ndeux")


def test_the_counter_names_the_letter_that_costs(page: Page, live_server: str) -> None:
    page.goto(live_server)
    page.get_by_label("Votre SMS").fill("ça")
    counter = page.locator("#sms-counter")
    expect(counter.locator("[data-counter=encoding]")).to_have_text("UCS-2")
    expect(counter.locator("[data-counter=segments]")).to_have_text("1")
    expect(counter.locator("[data-counter=remaining]")).to_have_text("68")
    expect(page.locator(".forced")).to_contain_text("ç")
    page.get_by_label("Votre SMS").fill("ca")
    expect(counter.locator("[data-counter=encoding]")).to_have_text("GSM-7")
    expect(page.locator(".forced")).to_be_empty()


def test_the_cost_shows_once_a_price_is_given(page: Page, live_server: str) -> None:
    page.goto(live_server)
    cost = page.locator("[data-counter=cost]")
    expect(cost).to_be_hidden()
    page.get_by_label("Votre SMS").fill("é" * 200)
    page.get_by_label("Prix d'un SMS").fill("25")
    expect(cost).to_have_text("50")


def test_what_was_written_outlives_a_server_that_is_away(page: Page, live_server: str) -> None:
    page.goto(live_server)
    page.route("**/simulator/messages", lambda route: route.abort())
    page.get_by_label("Votre message").fill("bonjour")
    page.keyboard.press("Enter")
    log = page.get_by_role("log", name="Conversation Telegram")
    expect(log.locator(".notice")).to_be_visible()
    expect(log.locator(".message.out")).to_contain_text("bonjour")
    page.unroute("**/simulator/messages")
    log.get_by_role("button", name="Réessayer").click()
    expect(log.locator(".message.in").first).to_be_visible(timeout=ANSWER_MS)
    expect(log.locator(".message.out")).to_have_count(1)


def test_a_change_of_language_keeps_the_conversation(page: Page, live_server: str) -> None:
    page.goto(live_server)
    page.get_by_label("Votre SMS").fill("menu")
    page.keyboard.press("Enter")
    expect(page.locator("#sms .message.in").first).to_be_visible(timeout=ANSWER_MS)
    page.get_by_role("link", name="العربية").click()
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.locator("html")).to_have_attribute("lang", "ar")
    assert page.locator("h1").evaluate("title => getComputedStyle(title).direction") == "rtl"
    expect(page.locator("#sms .message.out")).to_contain_text("menu")
    expect(page.locator("#sms .message.in").first).to_be_visible()
    # The keys of a telephone stand the same way round everywhere.
    one, three = (page.locator(f'[data-digit="{digit}"]').bounding_box() for digit in "13")
    assert one is not None and three is not None and one["x"] < three["x"]


@pytest.mark.parametrize("path", ["/", "/?lang=ar", "/staff/", "/staff/topics/return.apply"])
@pytest.mark.parametrize("width", [320, 360, 400])
def test_a_narrow_screen_is_not_scrolled_sideways(page: Page, live_server: str, path: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    page.goto(live_server + path)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_narrow_screen_shows_one_phone_at_a_time(page: Page, live_server: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(live_server)
    expect(page.locator("#sms form")).to_be_visible()
    expect(page.locator("#telegram form")).to_be_hidden()
    page.get_by_role("button", name="Téléphone à écran").click()
    expect(page.locator("#sms form")).to_be_hidden()
    expect(page.locator("#telegram form")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/?lang=ar", "/staff/", "/staff/topics/return.apply"])
def test_axe_finds_nothing(page: Page, live_server: str, path: str, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    page.goto(live_server + path)
    if path == "/":
        page.locator(".example").first.click()
        for device in ("#sms", "#telegram"):
            expect(page.locator(f"{device} .message.in").first).to_be_visible(timeout=ANSWER_MS)
        page.get_by_label("Votre SMS").fill("ça")
        expect(page.locator(".forced")).to_contain_text("ç")
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


def test_pages_forbid_scripts_of_others(page: Page, live_server: str) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    response = page.goto(live_server)
    assert response is not None
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert re.search(r"script-src 'self';", response.headers["content-security-policy"])
    page.wait_for_load_state("networkidle")
    assert complaints == []
