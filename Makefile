# Each target says in its comment what it does; `make help` prints them.
# What each process holds in memory for itself: relocations are packed, which glibc reads since 2.36, and no symbol is
# offered to libraries that nobody loads. Two megabytes less; gold, the toolchain's default, can do neither.
packed  := $(shell getconf GNU_LIBC_VERSION | awk '{ split($$2, v, "."); if (v[1] > 2 || v[2] >= 36) print "-Xlinker -z -Xlinker pack-relative-relocs" }')
release := -c release --static-swift-stdlib -Xswiftc -use-ld=lld $(packed) -Xlinker --no-export-dynamic
source  := Sources Tests bench Package.swift

.DEFAULT_GOAL := help
.PHONY: help setup build run test soak fuzz sanitize bench bench-runtime bench-queue bench-http bench-chat bench-media bench-payments lint format clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

setup: ## install the Debian packages that are missing
	@scripts/setup

build: setup ## build the release binaries, with the Swift runtime linked statically
	SWITCHYARD_RELEASE=1 swift build $(release)

run: build ## start private stores, migrate, and start the Procfile; Ctrl-C stops all of it
	@scripts/run

test: ## build and run all tests, with stores of their own
	@scripts/setup test
	swift build --build-tests
	scripts/test

soak: ## the long versions of randomised and fault tests
	@scripts/setup test
	swift build --build-tests
	SOAK=1 scripts/test

fuzz_build := swift build -c release --scratch-path .build/fuzz --product fuzz-http -Xswiftc -enable-testing \
	-Xswiftc -sanitize=fuzzer,address -Xswiftc -Xclang-linker -Xswiftc -fuse-ld=lld
FUZZ_SECONDS ?= 20

fuzz: setup ## let libFuzzer look for requests that break the HTTP parser, for FUZZ_SECONDS (20)
	SWITCHYARD_FUZZ=1 $(fuzz_build)
	@mkdir -p .build/fuzz/found
	.build/fuzz/release/fuzz-http -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -verbosity=0 -print_final_stats=1 \
		-dict=Tests/Fuzz/http.dict -artifact_prefix=.build/fuzz/ .build/fuzz/found Tests/Fuzz/Corpus

sanitize: setup ## the unit tests with the address sanitizer, then with the thread sanitizer
	@scripts/sanitize

bench: bench-runtime bench-queue bench-http bench-chat bench-media bench-payments ## all benchmarks; each ends with a line of JSON

bench-runtime: build ## event loop, Redis and PostgreSQL clients, JSON, idle memory
	scripts/with-stores --durable .build/release/bench-runtime

bench-queue: build ## the queue: both lanes, durable jobs, latency, storms; beside Sidekiq, Celery and RQ
	@scripts/setup-peers queue .build/peers
	SWITCHYARD_BENCH_PYTHON=$(CURDIR)/.build/peers scripts/with-stores --durable .build/release/bench-queue

bench-http: build ## the front: HTTP beside nginx, Node and Go, rows beside pgbench, memory of 12,000 idle connections
	@scripts/setup-peers http .build/peers
	SWITCHYARD_BENCH_PEERS=$(CURDIR)/.build/peers scripts/with-stores --durable .build/release/bench-http

bench-chat: build ## messages posted, stored and delivered to groups, at full load and latency, beside a server in Node
	@scripts/setup-peers chat .build/peers
	SWITCHYARD_BENCH_PEERS=$(CURDIR)/.build/peers scripts/with-stores --durable .build/release/bench-chat

bench-media: build ## thumbnails beside vipsthumbnail and Pillow; pushes and mails a second of one worker
	@scripts/setup-peers media .build/peers
	scripts/with-stores --durable .build/release/bench-media

bench-payments: build ## webhooks stored and made memberships, books of 100,000 payments compared
	scripts/with-stores --durable .build/release/bench-payments

lint: ## check the format of all Swift files
	swift format lint --strict -r $(source)

format: ## format all Swift files
	swift format -i -r $(source)

clean: ## remove what was built; the data of `make run` in .data stay
	rm -rf .build
