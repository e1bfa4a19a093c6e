# Each target makes .venv by itself. `make help` lists what there is.
SHELL := /bin/bash
PYTHON ?= python3
PY := .venv/bin/python

# The kernel is .venv's own whatever the person's Jupyter settings say; nbgrader calls alembic by name.
unexport JUPYTER_PATH
unexport PYTHONPATH
export JUPYTER_PREFER_ENV_PATH := 1
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export TORCH_INDEX

PARAMETERS := $(if $(DEVICE),device=$(DEVICE)) $(if $(PROFILE),profile=$(PROFILE)) \
              $(if $(DATASET),dataset=$(DATASET)) $(if $(SEED),seed=$(SEED))

# a file of tests stays in one process: its fixtures are costly
WORKERS := -n logical --maxprocesses 4 --dist loadfile
APPARMOR := /proc/sys/kernel/apparmor_restrict_unprivileged_userns

.DEFAULT_GOAL := help
.PHONY: help book test quick check fix record grade sandbox release student-edition oracles train bench serve clean environment-pages environment-all fresh

help: ## this list
	@echo "make TARGET [VARIABLE=value ...]"
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | \
	  while IFS=$$'\t' read -r name text; do printf '  %-15s %s\n' "$$name" "$$text"; done
	@echo "Variables: RUN=all or RUN=06 runs chapters first; DEVICE=auto|cpu|cuda|mps PROFILE=page|full|tiny"
	@echo "  DATASET=drawn|imagenette|FOLDER SEED=0 FRESH=1 (from scratch) PYTHON=python3.12 TORCH_INDEX=URL (CPU-only torch)"

environment-pages:
	@$(PYTHON) tools/environment.py pages

environment-all:
	@$(PYTHON) tools/environment.py all

fresh:
	@$(if $(FRESH),rm -rf _build)

ifdef RUN
book: fresh environment-all ## build the pages (RUN=all or RUN=06: run chapters first); the address stands last
	@$(PY) -m tools.run --chapters $(RUN) --parameters $(PARAMETERS); status=$$?; \
	if [ $$status -gt 1 ]; then exit $$status; fi; \
	$(PY) -m tools.pages --source _build/run/book || exit 1; \
	if [ $$status -ne 0 ]; then echo "a chapter failed or a claim differs: see the table above the pages' build" >&2; fi; \
	exit $$status
else
book: fresh environment-pages
	@$(PY) -m tools.pages
endif

test: environment-all ## install everything, run all tests
	@$(PY) -m pytest -q $(WORKERS)

quick: environment-all ## what a contributor runs often: style and the fast tests, at most a minute
	@$(PY) -m ruff check . && $(PY) -m ruff format --check .
	@OMP_NUM_THREADS=1 $(PY) -m pytest -q $(WORKERS) -m "not slow"

check: environment-all ## style, notebooks against their sources, workflows; changes nothing
	@$(PY) -m ruff check . && $(PY) -m ruff format --check .
	@$(PY) -m tools.notebooks build --check
	@check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	@zizmor --offline --quiet .github/workflows
	@$(PY) -m pytest -q tests/test_environment.py -k agree

fix: environment-all ## format, mend what ruff can, build notebooks from their sources
	@$(PY) -m ruff check --fix --quiet . ; $(PY) -m ruff format --quiet .
	@$(PY) -m tools.notebooks build

record: environment-all ## run chapters (CHAPTER=06 or all) and write their outputs into book/
	@$(PY) -m tools.run --chapters $(or $(CHAPTER),all) --record

grade: environment-all ## grade hand-ins: PS=ps3 SUBMISSIONS=folder-or-zip JOBS=1
	@$(PY) -m tools.grade $(PS) $(SUBMISSIONS) --jobs $(or $(JOBS),1) $(ARGUMENTS)

sandbox: ## let sandboxes start where AppArmor forbids them (Ubuntu from 23.10 on; asks for sudo)
	@if [ "$$(cat $(APPARMOR) 2>/dev/null)" = 1 ]; then sudo sysctl -w $(subst /,.,$(APPARMOR:/proc/sys/%=%))=0; fi

release: environment-pages ## what students get of a problem set: PS=ps3 OUT=folder
	@$(PY) -m tools.edition release $(PS) $(OUT)

student-edition: environment-pages ## the course without solutions: OUT=folder (PUSH=address: into that repository)
	@$(PY) -m tools.edition student $(OUT) $(if $(PUSH),--push $(PUSH))

oracles: environment-all ## record again what the exercises' checks compare with
	@$(PY) -m tools.oracles

train: environment-all ## train a member and record it: NETWORK=alexnet DATASET=drawn ARGUMENTS="..."
	@$(PY) -m tools.train $(NETWORK) $(if $(DATASET),--dataset $(DATASET)) $(ARGUMENTS)

bench: environment-all ## our pipeline against the usual one, our networks against torchvision's: ratios, recorded
	@$(PY) -m tools.bench_pipeline --keep
	@$(PY) -m tools.bench $(or $(ARGUMENTS),--keep)

serve: book ## the pages on http://localhost:8000
	@$(PY) -m http.server --directory _build/html 8000

clean: ## delete what was built; .venv stays
	@rm -rf _build .pytest_cache .ruff_cache build *.egg-info
