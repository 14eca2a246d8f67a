"""The simulator's network: messages from the page go the very same way as real ones, replies come back to it."""
