# Everything happens in .venv; `make chat` and `make test` need nothing but Python 3.11 or later.
PYTHON ?= python3
VENV := .venv
# Processes that run tests side by side; many tests wait most of the time, as people and networks do.
WORKERS ?= 3

.PHONY: chat test lint bench clean
.DELETE_ON_ERROR:

chat: $(VENV)/installed
	@$(VENV)/bin/quotewise chat --samples

test: $(VENV)/installed-for-tests
	$(VENV)/bin/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

lint: $(VENV)/installed-for-tests
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

bench: $(VENV)/installed-for-tests
	PYTHONPATH=. $(VENV)/bin/python tests/bench.py

$(VENV)/installed: pyproject.toml
	@test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	@echo "Setting up $(VENV): this takes a few minutes, once." >&2
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/installed-for-tests: $(VENV)/installed
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check --editable ".[test]"
	@touch $@

clean:
	rm -rf $(VENV)
