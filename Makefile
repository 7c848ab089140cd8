# Outcry's tasks. Go and make are all that build and test need; a test that lacks something else (PostgreSQL, Chromium, Java, npm packages) is skipped, and named.

GO    ?= go
TOOL   = $(GO) tool -modfile=tools/go.mod
SUITE  = $(GO) -C tools build -o ../bin/suite ./suite && bin/suite
# The same source gives the same bytes, wherever it lies. Without symbols and DWARF a panic still names functions and lines: Go keeps those of its own. Functions begin at
# every 16th byte and not at every 32nd: what would lie between them is a hundredth of the file.
RELEASE = CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -ldflags='-s -w -funcalign=16' $(COLD:%=-gcflags=%=-l)
# What is not inlined, since nobody waits for it: pages and commands, whose components would be copied to each place that uses them, what a desk keeps, and what
# passkeys, Markdown, posters and cards need of others (a twentieth of the file; a poster takes a thirtieth longer). A letter's own
# would be a hundredth more, and a signature perhaps a fiftieth dearer.
COLD    = outcry/ui outcry/internal/outlet/... outcry/internal/app/... outcry/internal/cli outcry/internal/core/draft outcry/internal/core/organiser outcry/internal/feature/archive \
	outcry/internal/feature/directory outcry/internal/feature/dossier outcry/internal/feature/wish github.com/fxamacker/cbor/... \
	github.com/go-text/... github.com/go-viper/... github.com/go-webauthn/... github.com/google/go-tpm/... github.com/yuin/goldmark/...
# Packages with goroutines of their own, in the code or in its tests, are tested under the race detector where a C compiler is found, which it needs. Elsewhere it
# would find nothing, and what computes takes ten times as long.
GOES   = $(shell grep -rlE '^[[:space:]]*go [a-z]|\.Go\b|AfterFunc|t\.Parallel' --include='*.go' internal/kernel test/peers | xargs -n 1 dirname | sort -u | sed 's|^|./|')
RACE   = $(if $(shell command -v $(or $(CC),gcc) 2>/dev/null),-race '$(GOES)')
# What takes longest begins first.
FIRST  = -first './internal/feature/letter ./test/browser ./test/journey ./internal/app ./cmd/outcry'

.DEFAULT_GOAL := help
.PHONY: help build reproducible generate lint test bench bench-million prove fuzz assets clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' Makefile

build: ## the program, as one static file: bin/outcry
	$(RELEASE) -o bin/outcry ./cmd/outcry

reproducible: ## that a copy of the source in another folder gives the same program, byte for byte
	@copy=$$(mktemp -d) && trap 'rm -rf "$$copy"' EXIT && mkdir "$$copy/source" && \
		tar -c --exclude=./.git --exclude=./bin --exclude=node_modules . | tar -x -C "$$copy/source" && \
		$(RELEASE) -o "$$copy/here" ./cmd/outcry && (cd "$$copy/source" && $(RELEASE) -o ../there ./cmd/outcry) && \
		cmp "$$copy/here" "$$copy/there" && sha256sum < "$$copy/here"

generate: ## Go code from the templates, docs/cli.md from the commands' help, docs/schema from the model, languages' and countries' names (commit what it writes)
	@for dir in $$(find . -name '*.templ' -not -path '*/node_modules/*' | xargs -r -n 1 dirname | sort -u); do \
		$(TOOL) templ generate -log-level warn -path $$dir || exit 1; done
	OUTCRY_WRITE=1 $(GO) test -count=1 -run '^TestHandbookIsTheHelp$$' ./internal/arch
	OUTCRY_WRITE=1 $(GO) test -count=1 -run '^TestSchemaIsPublished$$' ./internal/core/casefile
	OUTCRY_WRITE=1 $(GO) test -count=1 -run '^TestNamesAreUnicodes$$' ./internal/kernel/lang

lint: ## gofmt, vet, staticcheck, and the house rules (with the templates' freshness)
	@files=$$(gofmt -l $$(find . -name '*.go' -not -path '*/node_modules/*')); \
		if [ -n "$$files" ]; then printf 'not as gofmt has it:\n%s\n' "$$files"; exit 1; fi
	$(GO) vet ./...
	cd tools && $(GO) vet ./...
	$(TOOL) staticcheck ./...
	$(GO) test ./internal/arch

test: ## every test; says at the end which were skipped, and why
	$(GO) -C tools test ./...
	$(SUITE) $(RACE) $(FIRST) -timeout 20m ./...

bench: ## sign, confirm, page and log of the real server, as ratios to a bare one in the same run (under four minutes; docs/performance.md)
	@$(GO) test -run '^$$' -bench '^BenchmarkTable$$' -benchtime 1x -timeout 20m ./test/bench

bench-million: ## the same work at 10,000 and at a million rows of one letter, on both engines (eight minutes)
	@$(GO) test -run '^$$' -bench '^BenchmarkMillion$$' -benchtime 1x -timeout 60m ./test/bench

prove: ## the promises at full length: crashes, seizure, load (half an hour; OUTCRY_PROVE=1); make fuzz, which takes hours, is the other half
	$(GO) -C tools build -o ../bin/suite ./suite && OUTCRY_PROVE=1 bin/suite -count 1 -race './internal/feature/...' -timeout 60m ./internal/feature/... ./internal/app/... ./cmd/... ./test/...

FUZZTIME ?= 10m
fuzz: ## every fuzz target for FUZZTIME (10m); what one finds stays in its package's testdata/fuzz, and make test tries it from then on
	@failed=; for file in $$(grep -rlE '^func Fuzz' --include='*_test.go' --exclude-dir=node_modules . | sort); do \
		for target in $$(sed -nE 's/^func (Fuzz[A-Za-z0-9_]+)\(.*/\1/p' $$file); do \
			echo "== $$target in $$file"; \
			$(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 100x $$(dirname $$file) || failed="$$failed $$target"; \
		done; done; if [ -n "$$failed" ]; then echo "found something:$$failed"; exit 1; fi

assets: ## what tests need from npm: the checkers of accessibility, HTML and JSON Schema
	cd test/browser && npm ci --include=dev --ignore-scripts --no-audit --no-fund

clean: ## what was built
	rm -rf bin
