// The page: two phones, the questions to try, the keypad, and which phone a narrow screen shows.

import { Meter } from "./meter.js";
import { Phone } from "./phone.js";
import { say } from "./strings.js";

const narrow = matchMedia("(max-width: 47.99em)");
const smsSection = document.getElementById("sms");
const telegramSection = document.getElementById("telegram");
const phones = {
  sms: new Phone(smsSection, new Meter(smsSection)),
  telegram: new Phone(telegramSection),
};

function shownPhone() {
  return document.querySelector(".switch [aria-pressed=true]").dataset.show;
}

function show(channel) {
  for (const button of document.querySelectorAll(".switch button")) {
    button.setAttribute("aria-pressed", String(button.dataset.show === channel));
  }
  for (const section of [smsSection, telegramSection]) {
    section.classList.toggle("set-aside", section.dataset.channel !== channel);
  }
}

function targets() {
  if (narrow.matches) return [phones[shownPhone()]];
  const chosen = document.querySelector("input[name=target]:checked").value;
  return chosen === "both" ? [phones.sms, phones.telegram] : [phones[chosen]];
}

/** Type a digit where the caret is, or take away the letter before it. */
function edit(field, digit) {
  const { selectionStart: start, selectionEnd: end } = field;
  if (digit !== null) field.setRangeText(digit, start, end, "end");
  else if (start !== end) field.setRangeText("", start, end, "end");
  else {
    // A letter as the reader sees it may be several code units.
    const before = [...field.value.slice(0, start)];
    const last = before.pop() ?? "";
    field.setRangeText("", start - last.length, start, "end");
  }
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.scrollTop = field.scrollHeight;
}

for (const button of document.querySelectorAll(".switch button")) {
  button.addEventListener("click", () => show(button.dataset.show));
}

for (const button of document.querySelectorAll(".example")) {
  button.addEventListener("click", () => {
    // Straight into the conversation: what the visitor is writing in the field stays there.
    for (const phone of targets()) phone.sendText(button.dataset.text);
  });
}

for (const key of smsSection.querySelectorAll(".key")) {
  key.addEventListener("click", () => edit(phones.sms.field, key.dataset.digit));
}
smsSection.querySelector(".erase").addEventListener("click", () => edit(phones.sms.field, null));

for (const button of telegramSection.querySelectorAll("[data-kind]")) {
  button.addEventListener("click", () => {
    const { kind, latitude, longitude } = button.dataset;
    const position = latitude ? { latitude: Number(latitude), longitude: Number(longitude) } : {};
    const label = say(kind, { place: button.textContent.trim() });
    phones.telegram.sendKind(kind, label, position);
  });
}

// Set before the phones are first drawn narrow; on a wide screen both are seen whatever is set aside.
show("sms");
document.documentElement.classList.add("ready");
