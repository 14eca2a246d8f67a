// The simulator's three calls. A failure is an ApiError; `reason` holds the server's words, "" when it is away.

export class ApiError extends Error {
  constructor(status, reason) {
    super(reason || `HTTP ${status}`);
    this.status = status;
    this.reason = reason;
  }

  /** Whether the server refused this very message; otherwise the same may work a little later. */
  get refused() {
    return this.status >= 400 && this.status < 500 && this.status !== 408 && this.status !== 429;
  }
}

async function call(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { ...options, cache: "no-store", signal: AbortSignal.timeout(15000) });
  } catch {
    throw new ApiError(0, "");
  }
  const answer = await response.json().catch(() => null);
  if (!response.ok) throw new ApiError(response.status, (answer && answer.error) || "");
  if (answer === null) throw new ApiError(502, "");
  return answer;
}

const post = (path, body) =>
  call(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

/** Send what a person wrote, pressed or shared. The same `id` twice counts once. */
export const sendMessage = (message) => post("/simulator/messages", message);

/** Sahan's messages after `after`, and whether more are on their way. */
export const readMessages = (session, channel, after) =>
  call(`/simulator/messages?${new URLSearchParams({ session, channel, after: String(after) })}`);

/** How a text would travel by SMS. */
export const countSegments = (text) => post("/simulator/segments", { text });

/** 24 random bytes, 32 characters safe in an address: nobody can guess another visitor's session. */
export function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(24));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_");
}
