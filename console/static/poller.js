// Asks for new messages: often while an answer is on its way, seldom when idle or hidden.

const FAST = 400;
const SLOW = 3000;
const GROWTH = 1.5;
// After a message the answer is sure to come: stay quick this long whatever the server says of waiting.
const EAGER = 4000;

export class Poller {
  /** `ask()` fetches once and gives whether an answer is on its way; it handles its own failures. */
  constructor(ask) {
    this.ask = ask;
    this.timer = null;
    this.delay = FAST;
    this.eagerUntil = 0;
    this.running = false;
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && this.running) this.hurry();
    });
  }

  /** Begin, or go back to asking often. */
  hurry({ eager = false } = {}) {
    this.running = true;
    this.delay = FAST;
    if (eager) this.eagerUntil = Date.now() + EAGER;
    this.#schedule(FAST);
  }

  stop() {
    this.running = false;
    clearTimeout(this.timer);
  }

  #schedule(delay) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#tick(), delay);
  }

  async #tick() {
    const mine = this.timer;
    const waiting = await this.ask();
    // Somebody hurried or stopped meanwhile: their schedule holds.
    if (!this.running || this.timer !== mine) return;
    const quick = waiting || Date.now() < this.eagerUntil;
    this.delay = quick ? FAST : Math.min(this.delay * GROWTH, SLOW);
    this.#schedule(document.hidden ? SLOW : this.delay);
  }
}
