# `make` or `make help` lists the targets. `make demo` needs root and Go; `make replay` Go alone.

DEMO        = bench/demo
DEMO_OUT    = out/demo
DEMO_PACKET = 63
PKGS        = ./...
FUZZTIME    = 30s
COUNT       = 6

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)

# Command or file, and the Debian package that brings it.
TEST_TOOLS     = python3:python3 nsenter:util-linux iptables:iptables ip:iproute2 ethtool:ethtool ping:iputils-ping /usr/lib/python3/dist-packages/yaml:python3-yaml /usr/lib/frr/bgpd:frr ovs-vswitchd:openvswitch-switch tc:iproute2 pkill:procps tmux:tmux bpftool:bpftool clamd:clamav-daemon nginx:nginx-light curl:curl
GENERATE_TOOLS = clang:clang llvm-strip:llvm /usr/include/bpf/bpf_helpers.h:libbpf-dev
RECORD_TOOLS   = ip:iproute2 tcpdump:tcpdump ethtool:ethtool ping:iputils-ping python3:python3

# $(call need,TOOLS) installs the packages of those tools that are missing.
need = @missing=; PATH=$$PATH:/usr/sbin:/sbin; \
	for pair in $(1); do \
		command -v "$${pair%%:*}" >/dev/null 2>&1 || [ -e "$${pair%%:*}" ] || missing="$$missing $${pair\#*:}"; \
	done; \
	[ -n "$$missing" ] || exit 0; \
	if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then \
		echo "missing packages:$$missing; as root: apt-get install$$missing" >&2; exit 1; \
	fi; \
	echo "installing:$$missing"; \
	export DEBIAN_FRONTEND=noninteractive; \
	apt-get -q update && apt-get -q install -y --no-install-recommends $$missing

.PHONY: help demo replay build generate test race lint fuzz bench conformance record setup go clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  %-10s %s\n", $$1, $$2}' Makefile

demo: build ## build the lab: tenants, two kernel VTEPs, vxwall between them; show what passes, what not, and why (root)
	bin/vxwall lab demo

replay: build ## check the demo policy, replay the demo capture through it, explain a dropped packet
	@mkdir -p $(DEMO_OUT)
	bin/vxwall check $(DEMO)/rules
	bin/vxwall replay --rules $(DEMO)/rules --in $(DEMO)/vxlan.pcap \
		--out $(DEMO_OUT)/forwarded.pcap --eve $(DEMO_OUT)/eve.json --summary
	bin/vxwall explain --rules $(DEMO)/rules --in $(DEMO)/vxlan.pcap --packet $(DEMO_PACKET)

build: go ## build bin/vxwall
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o bin/vxwall ./appliance/cmd/vxwall

generate: go ## rewrite all generated files
	$(call need,$(GENERATE_TOOLS))
	go generate ./...

test: go setup ## run all tests
	go test -timeout 20m $(PKGS)

race: go setup ## run all tests with the race detector (needs gcc); PKGS=./rules/... for some
	CGO_ENABLED=1 go test -race -timeout 30m $(PKGS)

conformance: go setup ## put the tests of ../shared/conformance to vxwall and print the measures
	@mkdir -p out; status=0; \
	go test -count=1 -v ./bench/conformance >out/conformance.txt 2>&1 || status=$$?; \
	grep -E 'TOTAL|weighted|[0-9] passed|wrapped|not there|^(---|ok|FAIL)' out/conformance.txt; exit $$status

lint: go ## check format, go vet, staticcheck, syntax of scripts
	@unformatted=$$(gofmt -l .); [ -z "$$unformatted" ] || { echo "run gofmt on:" $$unformatted >&2; exit 1; }
	go vet ./...
	go tool staticcheck ./...
	@for script in .ci/run $$(find . -name '*.sh' -not -path './out/*'); do \
		echo "bash -n $$script"; bash -n "$$script" || exit 1; \
	done

# Go 1.26 may report the end of FUZZTIME itself as a failure, without a failing
# input (golang issue 75804): that alone does not count.
fuzz: go ## run every fuzz target for FUZZTIME (30s), one after the other
	@mkdir -p out
	@grep -rE --include='*_test.go' '^func Fuzz[A-Z][A-Za-z0-9_]*\(' . | sort | \
	sed 's|/[^/]*_test.go:func |/ |; s|(.*||' | { \
		count=0; \
		while read -r dir name; do \
			echo "=== $$dir $$name for $(FUZZTIME)"; \
			go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 5x "$$dir" </dev/null 2>&1 | tee out/fuzz.log; \
			count=$$((count + 1)); \
			! grep -q '^ok ' out/fuzz.log || continue; \
			grep -qx '    context deadline exceeded' out/fuzz.log || exit 1; \
			! grep -q 'Failing input' out/fuzz.log || exit 1; \
			echo "no failing input: the fuzzer ran out of time, not the target"; \
		done; \
		echo "=== $$count fuzz targets passed"; \
	}

bench: go ## run the benchmarks COUNT times (6) into out/bench.txt, and sum them up
	@mkdir -p out
	go test -run '^$$' -bench . -benchmem -count=$(COUNT) -timeout 60m \
		./bench/... ./inspect/segment/... | tee out/bench.txt
	@! grep -q '^FAIL' out/bench.txt
	go tool benchstat out/bench.txt

record: ## record the demo capture anew between two kernel VTEPs (root)
	$(call need,$(RECORD_TOOLS))
	$(DEMO)/record.sh

setup: ## install what the tests need and this machine lacks (root, Debian)
	$(call need,$(TEST_TOOLS))

go:
	@command -v go >/dev/null || { echo "find go: not on the PATH; vxwall needs Go 1.26 or newer" >&2; exit 1; }

clean: ## remove all that was built
	rm -rf bin out
