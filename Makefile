PYTHON ?= python3
BIN := .venv/bin
DVC := PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/dvc

WORKERS := --numprocesses 2 --dist loadfile --no-loadscope-reorder
RUN ?= cross-fitted-first-seed-42

.PHONY: help setup repro undo test test-fast lint data goemotions experiments compare report results benchmark growth profile trust reproduce

help:         ## show these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

setup:        ## make .venv and install the pinned packages, if they are not there
	@$(PYTHON) -m emotions.install

repro: setup  ## run the pipeline where something changed, print the headline metrics
	@$(DVC) repro
	@$(BIN)/python -m emotions headline
	@git diff --quiet HEAD -- dvc.lock || echo "repro: dvc.lock is not the last commit's, as on another processor: commit it with metrics/ and plots/, so that diffs and make undo start from this run"

undo:         ## put params.yaml, dvc.lock, metrics and plots back to the last commit, with the data they name
	@git ls-files -z params.yaml dvc.lock metrics plots | xargs -0 touch -c  # else Git may not see a change: README
	@git checkout --quiet HEAD -- params.yaml dvc.lock metrics plots
	@$(DVC) checkout || { echo "undo: params.yaml, dvc.lock, metrics/ and plots/ are the last commit's again; its data were made elsewhere: dvc repro, then commit dvc.lock, metrics/ and plots/"; exit 1; }

test: setup   ## run the whole test suite
	@$(BIN)/python -m pytest $(WORKERS)

test-fast: setup  ## run the tests that are not marked slow
	@$(BIN)/python -m pytest $(WORKERS) -m "not slow"

lint: setup   ## check style and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

data: setup   ## bring GoEmotions: from a DVC remote that has it, else from the official address
	@$(DVC) --cd data/raw pull --quiet goemotions || $(DVC) --cd data/raw repro goemotions

goemotions: data  ## train and score on GoEmotions, as a DVC experiment; RUN=NAME of results/runs.yaml
	@options=$$($(BIN)/python -m emotions runs $(RUN)) && $(DVC) exp run $$options
	@$(BIN)/python -m emotions headline

experiments: setup  ## show the experiments in a table that fits the screen; ARGS=--md for a pull request
	@$(BIN)/python -m emotions experiments $(ARGS)

compare: setup  ## say whether two runs differ by more than chance: A=... B=..., revisions, experiments or records
	@$(BIN)/python -m emotions compare '$(or $(A),HEAD)' '$(or $(B),workspace)'

report: setup   ## write build/report.html, a run to look at: A=..., and B=... for two side by side
	@$(BIN)/python -m emotions report '$(or $(A),workspace)' $(if $(B),'$(B)')

results: setup  ## rebuild the tables and pictures from the recorded runs
	@$(BIN)/python -m emotions results

benchmark: setup  ## time training against the BERT-base report's recipe, on GoEmotions if it is there
	@$(BIN)/python -m benchmarks.training

growth: setup  ## time the stages that are not training on more rows and on 1,000 labels, with their memory
	@$(BIN)/python -m benchmarks.growth

profile: setup  ## show where the time of training goes, operator by operator
	@$(BIN)/python -m benchmarks.profile

trust: setup  ## try to break it: damaged inputs, kills, full disks, two commands at once; half an hour
	@$(BIN)/python -m benchmarks.trust

reproduce: setup  ## run the pipeline in two clones with two new environments: equal hashes; then other threads, precisions
	@$(BIN)/python -m benchmarks.reproduce
