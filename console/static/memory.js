// What a phone keeps while the tab is open, so that a change of language or a reload loses nothing.
// Gone with the tab; where the browser keeps nothing, a phone simply starts afresh.

const name = (channel) => `sahan.${channel}`;

export function remember(channel, state) {
  try {
    sessionStorage.setItem(name(channel), JSON.stringify(state));
  } catch {
    // Full or forbidden: the conversation goes on without being kept.
  }
}

export function recall(channel) {
  try {
    const state = JSON.parse(sessionStorage.getItem(name(channel)));
    return state && Array.isArray(state.entries) ? state : null;
  } catch {
    return null;
  }
}

/** The example price, kept as typed. */
export const price = {
  read() {
    try {
      return sessionStorage.getItem("sahan.price") ?? "";
    } catch {
      return "";
    }
  },
  write(value) {
    try {
      sessionStorage.setItem("sahan.price", value);
    } catch {
      // As above.
    }
  },
};
