// What SMS cost: the message being written, each message of the conversation, and the totals of both directions.

import { ApiError, countSegments } from "./api.js";
import { price } from "./memory.js";
import { figure, letters, say } from "./strings.js";

const PAUSE = 200;
const NOTHING = "–";

export class Meter {
  /** `section` holds the counter, the totals and the price of the phone. */
  constructor(section) {
    this.section = section;
    this.cells = Object.fromEntries(
      [...section.querySelectorAll("[data-counter]")].map((cell) => [cell.dataset.counter, cell]),
    );
    this.forced = section.querySelector(".forced");
    this.price = section.querySelector("#price");
    this.current = { segments: 0 };
    this.asked = 0;
    this.lines = [];
    this.price.value = price.read();
    this.price.addEventListener("input", () => {
      price.write(this.price.value);
      this.#draw();
    });
    this.#draw();
  }

  /** The text being written has changed; counted after a short pause. */
  typed(text) {
    clearTimeout(this.timer);
    const asked = (this.asked += 1);
    if (!text) {
      this.#count({ segments: 0 });
      return;
    }
    this.timer = setTimeout(async () => {
      try {
        const counted = await countSegments(text.trim() || text);
        if (asked === this.asked) this.#count(counted);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (asked === this.asked) this.#count({ segments: 0 }, say("counter_away"));
      }
    }, PAUSE);
  }

  /** A message of the conversation; `show(words)` writes what it costs beside it. */
  async add(entry, show) {
    const line = { from: entry.from, entry, show };
    this.lines.push(line);
    this.#draw();
    if (entry.segments !== undefined) return;
    try {
      const { segments, encoding } = await countSegments(entry.text);
      Object.assign(entry, { segments, encoding });
    } catch (error) {
      // Not counted: the totals say so by leaving it out of the number of SMS, not of messages.
      if (!(error instanceof ApiError)) throw error;
    }
    this.#draw();
  }

  reset() {
    this.lines = [];
    this.#draw();
  }

  #count(counted, trouble = "") {
    this.current = counted;
    const { encoding, segments, remaining, forced_by: forcedBy = [] } = counted;
    this.cells.encoding.textContent = encoding ?? NOTHING;
    this.cells.segments.textContent = figure(segments);
    this.cells.remaining.textContent = remaining === undefined ? NOTHING : figure(remaining);
    const forced = forcedBy.length
      ? say(forcedBy.length === 1 ? "forced_one" : "forced_more", { letters: letters(forcedBy) })
      : trouble;
    // Written only when it changes: a screen reader says it once, not at every letter.
    if (this.forced.textContent !== forced) this.forced.textContent = forced;
    this.#draw();
  }

  #cost(segments) {
    const each = this.price.valueAsNumber;
    return each > 0 ? figure(segments * each) : null;
  }

  #draw() {
    const priced = this.#cost(1) !== null;
    for (const cell of this.section.querySelectorAll("[data-priced]")) cell.hidden = !priced;
    this.cells.cost.textContent = this.#cost(this.current.segments) ?? NOTHING;
    for (const { entry, show } of this.lines) {
      if (entry.segments === undefined) continue;
      const words = say("segments", { encoding: entry.encoding, segments: figure(entry.segments) });
      const cost = this.#cost(entry.segments);
      show(cost === null ? words : `${words} · ${say("cost", { cost })}`);
    }
    for (const row of this.section.querySelectorAll("[data-direction]")) {
      const lines = this.lines.filter((line) => line.from === row.dataset.direction);
      const segments = lines.reduce((sum, { entry }) => sum + (entry.segments ?? 0), 0);
      const totals = { messages: figure(lines.length), segments: figure(segments), cost: this.#cost(segments) ?? NOTHING };
      for (const cell of row.querySelectorAll("[data-total]")) cell.textContent = totals[cell.dataset.total];
    }
  }
}
