// One phone: a person's session on one channel, what they send, and what comes back.

import { randomId, readMessages, sendMessage } from "./api.js";
import { Log } from "./log.js";
import { recall, remember } from "./memory.js";
import { Poller } from "./poller.js";
import { say } from "./strings.js";

const TALLEST = 120;

export class Phone {
  /** `section` holds the phone; `meter` (SMS only) counts segments. */
  constructor(section, meter = null) {
    this.channel = section.dataset.channel;
    this.section = section;
    this.meter = meter;
    this.field = section.querySelector(".field");
    this.log = new Log(section.querySelector(".log"), (choice) => this.press(choice));
    this.poller = new Poller(() => this.#receive());
    this.awayNotice = null;
    this.#restore();
    this.#listen();
  }

  /** Send words; they stay in the conversation whatever happens to them. */
  sendText(text) {
    const words = text.trim();
    if (words) this.#send({ text: words }, { from: "out", text: words });
  }

  /** Answer with a button that a message offers. */
  press(choice) {
    this.#send({ payload: choice.payload }, { from: "out", text: choice.title });
    this.field.focus({ preventScroll: true });
  }

  /** Pretend a message of another kind: `label` is what the conversation shows. */
  sendKind(kind, label, position = {}) {
    this.#send({ kind, ...position }, { from: "out", text: label, icon: kind });
  }

  /** A fresh session: another person picks up the phone. A draft stays, it is the visitor's. */
  startAfresh() {
    this.poller.stop();
    this.log.setTyping(false);
    this.log.clear();
    this.awayNotice = null;
    this.meter?.reset();
    this.state = { session: randomId(), after: 0, entries: [], draft: this.field.value };
    this.log.showNotice(say("new_person"));
    this.#keep();
  }

  setText(text) {
    this.field.value = text;
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  #restore() {
    this.state = recall(this.channel) ?? { session: randomId(), after: 0, entries: [], draft: "" };
    for (const entry of this.state.entries) this.#show(entry);
    this.field.value = this.state.draft ?? "";
    this.#grow();
    this.meter?.typed(this.field.value);
    if (this.state.entries.length) this.poller.hurry();
  }

  #listen() {
    this.section.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.sendText(this.field.value);
      this.setText("");
      this.field.focus({ preventScroll: true });
    });
    this.field.addEventListener("keydown", (event) => {
      // While an input method composes a letter, Enter belongs to it.
      if (event.key !== "Enter" || event.isComposing) return;
      if (event.shiftKey && this.channel !== "sms") return;
      event.preventDefault();
      this.field.form.requestSubmit();
    });
    this.field.addEventListener("input", () => {
      this.state.draft = this.field.value;
      this.#grow();
      this.meter?.typed(this.field.value);
      this.#keep();
    });
    this.section.querySelector(".new-person").addEventListener("click", () => this.startAfresh());
  }

  #grow() {
    if (this.channel === "sms") return;
    this.field.style.height = "auto";
    this.field.style.height = `${Math.min(this.field.scrollHeight, TALLEST)}px`;
  }

  #send(content, entry) {
    this.state.entries.push(entry);
    const shown = this.#show(entry);
    this.#keep();
    this.#deliver({ session: this.state.session, channel: this.channel, id: randomId(), ...content }, shown);
  }

  async #deliver(message, shown) {
    shown.classList.remove("unsent");
    this.log.setTyping(true);
    try {
      await sendMessage(message);
    } catch (error) {
      if (message.session !== this.state.session) return;
      shown.classList.add("unsent");
      this.log.setTyping(false);
      const text = error.refused ? say("refused", { reason: error.reason || error.message }) : say("server_away");
      this.log.showNotice(text, () => this.#deliver(message, shown));
      return;
    }
    if (message.session === this.state.session) this.poller.hurry({ eager: true });
  }

  async #receive() {
    const { session, after } = this.state;
    let answer;
    try {
      answer = await readMessages(session, this.channel, after);
    } catch {
      if (session !== this.state.session) return false;
      this.log.setTyping(false);
      this.awayNotice ??= this.log.showNotice(say("answers_away"), () => {
        this.awayNotice = null;
        this.poller.hurry();
      });
      return false;
    }
    // An answer for the person before, or one that another request brought already.
    if (session !== this.state.session) return false;
    this.awayNotice?.remove();
    this.awayNotice = null;
    for (const each of answer.messages) {
      if (each.id <= this.state.after) continue;
      this.state.after = each.id;
      const { text, choices, segments, encoding } = each;
      const entry = { from: "in", text, choices, segments, encoding };
      this.state.entries.push(entry);
      this.#show(entry);
    }
    if (answer.messages.length) this.#keep();
    this.log.setTyping(answer.waiting);
    return answer.waiting;
  }

  #show(entry) {
    const shown = this.log.add(entry);
    this.meter?.add(entry, (meta) => this.log.setMeta(shown, meta));
    return shown;
  }

  #keep() {
    remember(this.channel, this.state);
  }
}
