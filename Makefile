# `make demo` and `make test` set up what they need in .venv, pinned by constraints.txt, and then do their work.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin
# A stamp says which extras are installed; it is stale when the dependencies change.
SOURCES := pyproject.toml constraints.txt
# What `make tmlanguage` takes apart: every construct of the language, words that are names, and what is half written.
COLOURED := specs/two_heads.clspec $(wildcard tests/tmlanguage/*.clspec) \
	$(foreach case,arithmetic doc_strings rules slices uses,tests/cases/$(case)/spec.clspec)

.PHONY: help demo test test-browser test-lsp fuzz avalanche export libraries integrations package sweep docs notebook check
.PHONY: format catalogue catalogue-check golden grammar tmlanguage pictures screenshots screenshots-editor colours
.PHONY: bench clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

demo: $(VENV)/.ready-demo ## compile and draw every spec, train two models on handwritten digits
	$(BIN)/python examples/demo.py

test: $(VENV)/.ready-test ## run the tests
	$(BIN)/python -m pytest

fuzz: $(VENV)/.ready-test ## make specs, right and broken ones, for an hour, 200,000 at least, and check them all
	$(BIN)/python tools/fuzz.py --write

avalanche: $(VENV)/.ready-test $(VENV)/.ready-notebook ## compare with Avalanche, train with its strategies, run the tutorial
	$(BIN)/python -m pytest tests/avalanche

export: $(VENV)/.ready-test $(VENV)/.ready-onnx ## write grown models as ONNX and run them with onnxruntime
	$(BIN)/python -m pytest tests/export

libraries: $(VENV)/.ready-test $(VENV)/.ready-libraries ## build networks of torchvision and timm
	$(BIN)/python -m pytest tests/libraries

integrations: $(VENV)/.ready-test $(VENV)/.ready-integrations ## train with PyTorch Lightning, configure with Hydra
	$(BIN)/python -m pytest tests/integrations

test-lsp: $(VENV)/.ready-language-server ## talk to the language server as an editor does
	$(BIN)/python -m pytest tests/lsp

test-browser: $(VENV)/.ready-browser ## open pages in a headless Chromium, which must be installed
	$(BIN)/python -m pytest tests/browser

package: $(VENV)/.ready-test $(VENV)/.ready-package ## build wheel and sdist, use them away from here, also under 3.12 and 3.13
	$(BIN)/python -m pytest tests/package

sweep: $(VENV)/.ready-test $(VENV)/.ready-libraries ## try every network of pytorchcv, one of every module of timm, torchvision's
	$(BIN)/python tools/sweep.py --write

docs: $(VENV)/.ready-docs ## build the documentation site into build/site
	$(BIN)/python -m mkdocs --quiet build --strict

check: $(VENV)/.ready-dev ## linters, strict types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports

format: $(VENV)/.ready-dev ## rewrite the code in the project's style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

grammar: $(VENV)/.ready-demo ## rebuild the parser's tables from grammar/clspec.lark
	$(BIN)/python tools/make_grammar.py

tmlanguage: ## write what an editor's colours are made of into tests/tmlanguage; needs Node.js
	npm install --silent --no-save --prefix build/tmlanguage vscode-textmate@9.3.2 vscode-oniguruma@2.0.1
	node tools/tokens.mjs build/tmlanguage grammar/clspec.tmLanguage.json tests/tmlanguage $(COLOURED)

golden: $(VENV)/.ready-test ## rewrite the expected files under tests/cases
	$(BIN)/python -m pytest tests/test_cases.py --update-golden

notebook: $(VENV)/.ready-notebook ## run docs/tutorial.ipynb and write what its cells show into it
	$(BIN)/python -m tools.run_notebook

pictures: $(VENV)/.ready-demo ## redraw docs/pictures from specs/, docs/terminal from what the tool prints
	$(BIN)/python tools/draw_pictures.py
	$(BIN)/python tools/draw_terminal.py

screenshots: $(VENV)/.ready-browser ## photograph a page, in light and dark, into docs/pictures
	$(BIN)/python -m tools.photograph_page

screenshots-editor: $(VENV)/.ready-browser $(VENV)/.ready-lsp ## photograph Visual Studio Code with a spec; needs code-server
	$(BIN)/python -m tools.photograph_editor

colours: $(VENV)/.ready-demo ## show pictures as colour-blind readers and printers see them, in build/colours
	$(BIN)/python -m tools.simulate_colours

catalogue: $(VENV)/.ready-demo ## rebuild what clspec knows of pytorchcv's networks
	$(BIN)/python tools/make_catalogue.py

catalogue-check: $(VENV)/.ready-demo ## hold all of what clspec knows of pytorchcv against the networks
	$(BIN)/python tools/make_catalogue.py --check

bench: $(VENV)/.ready-demo $(VENV)/.ready-lsp $(VENV)/.ready-notebook ## compare with what clspec stands on: ratios, not times
	$(BIN)/python -m benchmarks.check
	$(BIN)/python -m benchmarks.backbones
	$(BIN)/python -m benchmarks.lsp
	$(BIN)/python -m benchmarks.runtime

clean: ## remove what was built
	rm -rf build dist .pytest_cache .hypothesis .ruff_cache .import_linter_cache

$(VENV)/.ready-%: $(SOURCES)
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed"; exit 1; }
	@echo "Setting up $(VENV) for '$*' (the first time takes minutes: torch is large) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[$*]'
	@$(BIN)/python -m compileall -q clspec # as pip does for what it copies: an environment may forbid writing it later
	@touch $@
