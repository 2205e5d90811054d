# make help shows what there is. Everything installs itself into .venv; only the tests want packages of the system too:
# the libraries of a browser, and PostgreSQL.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
# An installation that was interrupted begins again from nothing: no one knows what of it is whole.
AFRESH = @if test -e .venv/begun || ! $(BIN)/python -m pip --version > /dev/null 2>&1; then rm -rf .venv; fi
CATALOGUES = $(patsubst %.po,%.mo,$(wildcard translations/*/LC_MESSAGES/messages.po))
COMPILE = $(BIN)/pybabel --quiet compile --use-fuzzy --locale=$(word 2,$(subst /, ,$@)) --input-file=$< --output-file=$@.part
TEST_ARGS ?=
WORKERS ?= 3

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

.venv/ready: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "fieldapp needs Python 3.11 or newer; set PYTHON=python3.12, say")'
	$(AFRESH)
	test -x $(BIN)/python || { mkdir -p .venv && touch .venv/begun && $(PYTHON) -m venv .venv; }
	@touch .venv/begun
	$(PIP) --editable .
	@rm .venv/begun
	@touch $@

.venv/ready-dev: .venv/ready
	$(AFRESH)
	@test -e .venv/ready || $(MAKE) .venv/ready
	@touch .venv/begun
	$(PIP) --editable '.[dev,postgresql]'
	@rm .venv/begun
	@touch $@

.venv/ready-bench: .venv/ready
	$(AFRESH)
	@test -e .venv/ready || $(MAKE) .venv/ready
	@touch .venv/begun
	$(PIP) --editable '.[bench]'
	@rm .venv/begun
	@touch $@

%.mo: %.po .venv/ready
	@$(COMPILE)
	@mv $@.part $@

setup: .venv/ready $(CATALOGUES) ## install what running needs, into .venv

setup-dev: .venv/ready-dev $(CATALOGUES) ## install what testing needs too, a browser and PostgreSQL included
	$(BIN)/python -m tests.browser
	$(BIN)/python -m tests.postgres

demo: setup ## a sample province, served; prints addresses and sign-ins
	@$(BIN)/fieldapp demo

test: setup-dev ## each claim of the tests that can be asked quickly: under eight minutes
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(TEST_ARGS)

test-all: setup-dev ## every test: what takes long, and each claim on the other database, at length, of every page and language; before a change lands
	ALL=1 $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(TEST_ARGS)

soak: setup-dev ## the proofs of the merge with new histories, all that chance makes up, for hours: make soak EX=50
	EX=$(or $(EX),20) $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal tests/sync/test_machine.py tests/sync/test_machine_killed.py tests/sync/test_browser_lives.py tests/sync/test_vectors.py tests/sync/test_properties.py tests/sync/test_areas.py tests/surveys/test_questions.py tests/surveys/test_browser_agrees.py tests/facts/test_histories.py tests/support/test_money_apart.py tests/stories tests/reports/test_numbers.py tests/reports/test_case_reports.py tests/reports/test_past.py tests/support/test_lists.py tests/tablet/test_typing.py tests/nodes/test_mishaps.py tests/tablet/test_mishaps.py

fuzz: setup-dev ## odd requests to every address by everybody, on SQLite and PostgreSQL; minutes: make fuzz REQUESTS=50000 SEED=1
	$(BIN)/python -m tests.fuzz --requests $(or $(REQUESTS),20000) $(if $(SEED),--seed $(SEED))

line: setup-dev ## 100 records and photos over 50 kbit/s that break every 20 s; minutes; PHOTOS=100 FASTER=10
	LINE=1 PHOTOS=$(or $(PHOTOS),10) $(BIN)/python -m pytest -s tests/tablet/test_line.py

pairs: setup-dev ## how many entries made twice are found, and how many others asked about, in a whole province: make pairs PAIRS=30000
	PAIRS=$(or $(PAIRS),30000) $(BIN)/python -m pytest tests/facts/test_seeded.py

check: .venv/ready-dev $(CATALOGUES) ## style, types, imports, templates, migrations, catalogue, what tests name; of the tablet and the feed where Node is
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint fieldapp/templates --lint --quiet
	$(BIN)/python -m tests.checks

translations: .venv/ready-dev ## bring the catalogues up to date with the source; fails while a message lacks its Vietnamese translation
	$(BIN)/python -m tests.catalogue update
	@$(MAKE) --no-print-directory setup

migration: .venv/ready-dev ## write a migration for what changed in the tables: make migration MESSAGE="why"
	$(BIN)/python -m tests.migration "$(MESSAGE)"

bench: .venv/ready-bench $(CATALOGUES) ## measure against limits of the same run; writes bench/README.md
	$(BIN)/python -m bench --write

bench-memory: .venv/ready-bench $(CATALOGUES) ## the memory that an import of a million changes needs; a few minutes
	$(BIN)/python -m bench --write memory

bench-curve: .venv/ready-bench $(CATALOGUES) ## what a change costs up to two million in the journal; some minutes
	$(BIN)/python -m bench --write curve

bench-desk: .venv/ready-bench $(CATALOGUES) ## every page of the desk over 1,000 to 100,000 households; half an hour
	$(BIN)/python -m bench --write desk supporting beside_files

bench-tablet: setup-dev ## how quick the tablet app is on a slow tablet; some minutes, Linux
	$(BIN)/python -m bench --write tablet

constraints: ## write down anew which version of every library is tested: constraints.txt
	rm -rf build/venv && $(PYTHON) -m venv build/venv
	build/venv/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,postgresql,bench]'
	build/venv/bin/python -m pip freeze --all --exclude-editable --exclude pip > constraints.txt

clean: ## remove what was installed and made here, never an instance
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .hypothesis $(CATALOGUES)

.PHONY: help setup setup-dev demo test test-all soak fuzz line pairs check translations migration constraints bench bench-memory bench-curve bench-desk bench-tablet clean
