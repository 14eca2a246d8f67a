"""Right-to-left and Ethiopic messages as a person sees them on both phones: direction, glyphs, nothing cut off."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

ANSWER_MS = 60_000
QUESTIONS = {"ar": "هل العودة مع المنظمة مجانية أم أدفع", "am": "ወደ አገር ለመመለስ ክፍያ አለ ወይስ በነፃ ነው"}
# A letter that the fonts lack is drawn as a box; two different letters then have the same picture.
PROBE = """async ([one, other, font]) => {
  const draw = letter => {
    const canvas = document.createElement('canvas'); canvas.width = canvas.height = 60;
    const context = canvas.getContext('2d'); context.font = `40px ${font}`; context.fillText(letter, 5, 45);
    return canvas.toDataURL();
  };
  return draw(one) !== draw(other) && draw(one) !== draw('\\u{10FFFE}');
}"""


def answered(page: Page, label: str, log: str, text: str) -> Locator:
    """Write a message on one phone; gives the first message that comes back."""
    page.get_by_label(label).fill(text)
    page.keyboard.press("Enter")
    found = page.get_by_role("log", name=log).locator(".message.in").first
    expect(found).to_be_visible(timeout=ANSWER_MS)
    return found


@pytest.mark.parametrize(("label", "log"), [("Votre SMS", "Conversation par SMS"),
                                            ("Votre message", "Conversation Telegram")])
@pytest.mark.parametrize(("locale", "direction"), [("ar", "rtl"), ("am", "ltr")])
def test_a_message_runs_in_its_own_direction(
    page: Page, live_server: str, locale: str, direction: str, label: str, log: str
) -> None:
    page.goto(live_server)
    message = answered(page, label, log, QUESTIONS[locale])
    text = message.locator("[dir=auto]").first
    assert text.evaluate("each => getComputedStyle(each).direction") == direction
    box, frame = message.bounding_box(), page.get_by_role("log", name=log).bounding_box()
    assert box and frame
    assert box["x"] >= frame["x"] - 1
    assert box["x"] + box["width"] <= frame["x"] + frame["width"] + 1


@pytest.mark.parametrize(("one", "other"), [("መ", "ለ"), ("ع", "غ"), ("ɛ", "ɔ"), ("ŋ", "ɓ")])
def test_the_fonts_have_the_letters(page: Page, live_server: str, one: str, other: str) -> None:
    page.goto(live_server)
    font = page.evaluate("getComputedStyle(document.body).fontFamily")
    assert page.evaluate(PROBE, [one, other, font])
