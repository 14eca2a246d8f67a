# Two commands do everything: `make run` and `make test`. The rest is for who works on Sahan.
.PHONY: run test check bench bench-channels chaos fuzz audit peers encoder lock clean

run: ## Set up what is missing, train, and run everything on http://localhost:8000
	@setup/install.sh run
	@exec .venv/bin/sahan serve --demonstration

test: ## Set up what is missing, and run the whole test suite
	@setup/system-packages.sh
	@setup/install.sh test
	@setup/smsc.sh
	@.venv/bin/sahan train --if-needed
	@$(MAKE) --no-print-directory check
	@.venv/bin/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

check: ## Style, types, the way imports go, the content and the catalogues
	@.venv/bin/ruff check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports --no-logo >/dev/null || .venv/bin/lint-imports
	@.venv/bin/python -m console.catalogues check
	@.venv/bin/sahan content check

bench: ## Measure understanding, start and memory, and write docs/benchmark.md (FOLDER=... holds public intent sets)
	@setup/install.sh test
	@.venv/bin/sahan train --if-needed
	@.venv/bin/python -m benchmarks $(if $(FOLDER),--benchmarks $(FOLDER)) $(BENCH)

chaos: ## Kill and disturb everything under load, count what became of every message, and write docs/chaos.md
	@setup/install.sh test
	@.venv/bin/sahan train --if-needed
	@.venv/bin/python -m benchmarks.chaos $(CHAOS)

fuzz: ## Throw 100,000 generated requests at the gateway; FUZZ="--inputs 1000 --seed 7" for others
	@setup/install.sh test
	@.venv/bin/sahan train --if-needed
	@.venv/bin/python -m attacks $(FUZZ)

audit: ## Look up known vulnerabilities of the locked libraries (asks the package index)
	@setup/audit.sh

bench-channels: ## Measure the path from webhook to provider call beside Rasa's own channels, and write docs/benchmark-channels.md
	@setup/install.sh test
	@.venv/bin/sahan train --if-needed
	@.venv/bin/python -m benchmarks.channels $(BENCH)

peers: ## Set up what `make bench` measures beside us: Rasa with TensorFlow, language detectors (2.5 GB under var/peers)
	@setup/peers.sh

encoder: ## Set up the optional second opinion; then start with SAHAN_ENCODER=1
	@setup/install.sh encoder
	@SAHAN_ENCODER=1 .venv/bin/sahan train --if-needed

lock: ## Renew the hashed locks from pyproject.toml (needs uv)
	@setup/lock.sh

clean: ## Remove what set-up, training and running made
	@rm -rf .venv var build *.egg-info
