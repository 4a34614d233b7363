# landbridge: every target installs what it needs, from the lock, on its own.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
export PATH := $(CURDIR)/$(BIN):$(PATH)
export JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION := 1
# Labs start hundreds of processes: none compiles again what another one has compiled.
export PYTHONDONTWRITEBYTECODE :=
ARGS ?=
# Synthesis by cdk-nag's rules, cfn-lint, manifests by the published schemas, Bicep's structure, and
# the pages against what they are about.
STATIC_TESTS := tests/stacks/test_app.py tests/deploy tests/docs

.PHONY: help setup drill soak test check synth docs azure-package takeover-package bench lock format clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): requirements.lock pyproject.toml lab/setup/environment.py lab/setup/postgresql/package-lock.json
	$(PYTHON) lab/setup/environment.py $(VENV)
	@touch $@

setup: $(READY) ## install everything, from the lock, into .venv

drill: $(READY) ## two clouds up, traffic on, AWS lost, failover, report (ARGS="--fault health-only --json FILE")
	landbridge drill $(ARGS)

soak: $(READY) ## many drills with faults drawn by lot (ARGS="--runs 50 --seed 1 --jobs 2 --json FILE")
	landbridge soak $(ARGS)

test: $(READY) ## every test
	pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(READY) ## all that needs no lab: code, lock, pages, templates, manifests, Bicep
	ruff format --check .
	ruff check .
	mypy
	lint-imports
	python -m lab.setup.lock_drift
	uv pip check --quiet --python $(BIN)/python
	python -m lab.documents --check
	pytest -n 2 -q $(STATIC_TESTS)

synth: $(READY) ## write the CloudFormation templates to cdk.out
	python app.py

docs: $(READY) ## write what is made in docs, and draw pictures of runs played now (ARGS="--runs 12")
	python -m lab.documents
	python -m lab.documents.pictures $(ARGS)

azure-package: $(READY) ## the Function App's zip, in build/function-app.zip
	python -m lab.azure.package build/function-app.zip

takeover-package: $(READY) ## what the takeover's image is built from, in build/takeover
	python -m lab.azure.takeover_package build/takeover

bench: $(READY) ## measures, each as a ratio made in one run (ARGS="--json FILE")
	landbridge bench $(ARGS)

lock: $(READY) ## resolve requirements.lock again from pyproject.toml
	uv pip compile --universal --python-version 3.11 --generate-hashes --extra develop \
		--no-header --quiet pyproject.toml -o requirements.lock

format: $(READY) ## format the code and mend what the linter can mend
	ruff format .
	ruff check --fix .

clean: ## remove everything that is made
	rm -rf $(VENV) build cdk.out reports .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
