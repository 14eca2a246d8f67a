// The conversation as a phone shows it. Texts are set as text, never as markup.

import { say } from "./strings.js";

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

export class Log {
  /** `onChoice(choice)` is called for a pressed inline button. */
  constructor(element, onChoice) {
    this.element = element;
    this.onChoice = onChoice;
    this.hint = element.querySelector(".hint");
    this.typing = make("p", "typing");
    this.typing.append(make("span", "for-readers", say("typing")));
    for (let dot = 0; dot < 3; dot += 1) this.typing.append(make("i"));
  }

  clear() {
    this.element.replaceChildren(this.hint);
  }

  /** Show one message of either side ("out" is the person's); gives its element. */
  add(entry) {
    const message = make("div", `message ${entry.from}`);
    const body = make("p", "body");
    body.append(make("span", "for-readers", `${say(entry.from === "out" ? "you" : "sahan")} : `));
    const words = make("span", "words", entry.text);
    words.dir = "auto";
    body.append(words);
    message.append(body);
    if (entry.icon) {
      message.classList.add("kind");
      body.prepend(this.#icon(entry.icon));
    }
    if (entry.meta) message.append(make("p", "meta", entry.meta));
    if (entry.choices?.length) message.append(this.#choices(entry.choices));
    this.#place(message);
    return message;
  }

  /** A line under a message, such as what it costs; replaces an earlier one. */
  setMeta(message, text) {
    const atEnd = this.element.scrollHeight - this.element.scrollTop - this.element.clientHeight < 60;
    const line = message.querySelector(".meta") ?? message.appendChild(make("p", "meta"));
    // The log is read aloud as it changes: what stands there already is not written again.
    if (line.textContent !== text) line.textContent = text;
    if (atEnd) this.#down();
  }

  /** A polite notice with "try again" where `retry` is given; only one at a time for the same place. */
  showNotice(text, retry) {
    const notice = make("div", retry ? "notice" : "notice info");
    notice.append(make("p", "", text));
    if (retry) {
      const button = make("button", "retry", say("retry"));
      button.type = "button";
      button.addEventListener("click", () => {
        const focused = document.activeElement === button;
        notice.remove();
        // The pressed button is gone: keyboard users stay in the conversation.
        if (focused) this.element.focus();
        retry();
      });
      notice.append(button);
    }
    this.#place(notice);
    return notice;
  }

  setTyping(shown) {
    if (shown === this.typing.isConnected) return;
    if (!shown) this.typing.remove();
    else {
      this.element.append(this.typing);
      this.#down();
    }
  }

  #place(element) {
    this.hint.remove();
    // Moves in once; not again each time a phone is brought back into view.
    element.classList.add("new");
    element.addEventListener("animationend", () => element.classList.remove("new"), { once: true });
    if (this.typing.isConnected) this.typing.before(element);
    else this.element.append(element);
    this.#down(element);
  }

  /** To the end; a message taller than the screen is shown from its beginning. */
  #down(last) {
    const log = this.element;
    const tall = last && last.offsetHeight > log.clientHeight;
    log.scrollTop = tall ? last.offsetTop - log.offsetTop - 6 : log.scrollHeight;
  }

  #choices(choices) {
    const list = make("ul", "choices");
    for (const choice of choices) {
      const button = make("button", "choice", choice.title);
      button.type = "button";
      button.dir = "auto";
      button.addEventListener("click", () => this.onChoice(choice));
      const item = make("li");
      item.append(button);
      list.append(item);
    }
    return list;
  }

  #icon(name) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    use.setAttribute("href", `#i-${name}`);
    svg.append(use);
    return svg;
  }
}
