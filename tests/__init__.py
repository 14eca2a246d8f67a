"""The tests: unit (one room, no other process), conversations (the real model), integration (real database and HTTP),
understanding (messages that the model has not seen), browser (the real pages in Chromium)."""
