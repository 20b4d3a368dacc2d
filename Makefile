# make run   builds lunad and runs this folder's own daemons
# make test  runs every test
# Both first install what they lack (Debian packages, through apt).

PREFIX ?= /usr/local
HTTP ?= 127.0.0.1:8000
SHARE = $(DESTDIR)$(PREFIX)/share
SWIFT := .ci/swift
BINARY := .build/release/lunad

BENCH ?=

.PHONY: help run build bench bench-peers test test-api test-browser check torture install clean setup

help:
	@echo "make run HTTP=…        build and run the daemons in scripts/, with their page at this address (now: $(HTTP))"
	@echo "make build             build $(BINARY): one file, no Swift needed where it runs"
	@echo "make test              every test"
	@echo "make test-api          the API against its OpenAPI document, by schemathesis (needs the network once)"
	@echo "make test-browser      the page in a real Chromium; its pictures are in .build/pictures"
	@echo "make check             formatting, layers, and the service manager's unit"
	@echo "make torture           the long tests, and the Lua seam under AddressSanitizer"
	@echo "make bench BENCH=…      lunad beside plain C on this machine; BENCH: what lunad-bench --help tells, such as --growth"
	@echo "make bench-peers       the job queue beside huey's (needs the network once)"
	@echo "make install PREFIX=…  the binary, its manual page, completions and unit below PREFIX (now: $(PREFIX))"
	@echo "make clean             remove what was built"

setup:
	@.ci/setup

build: setup
	@$(SWIFT) build --configuration release --static-swift-stdlib --product lunad

run: build
	@mkdir -p var/inbox
	@exec $(BINARY) run . --http $(HTTP)

# What puts a load on the machine runs by itself, so that it starves no test that keeps an eye on the clock.
test: setup
	@$(SWIFT) build --build-tests
	@$(SWIFT) test --skip-build --disable-xctest --skip 'EndToEndTests|ControlAPITests|HTTPClientTests'
	@$(SWIFT) test --skip-build --disable-xctest --filter 'ControlAPITests|HTTPClientTests'
	@$(SWIFT) test --skip-build --disable-xctest --filter EndToEndTests

test-api:
	@.ci/setup curl python3-venv
	@$(SWIFT) build --product lunad
	@.ci/test-api "$$($(SWIFT) build --show-bin-path)/lunad"

test-browser:
	@.ci/setup chromium python3
	@$(SWIFT) build --product lunad
	@LUNAD="$$($(SWIFT) build --show-bin-path)/lunad" python3 -B -m unittest discover --start-directory Tests/Browser

check:
	@$(SWIFT) format lint --strict --recursive Package.swift Sources Tests Migrations
	@.ci/layers
	@.ci/unit

torture: setup
	@LUNAD_TORTURE=1 $(SWIFT) test --disable-xctest --filter EndToEndTests
	@LUNAD_TORTURE=1 $(SWIFT) test --build-path .build/asan --sanitize=address --disable-xctest --filter LuaRuntimeTests

bench: build
	@$(SWIFT) build --configuration release --static-swift-stdlib --product lunad-bench
	@.build/release/lunad-bench $(BENCH)

bench-peers: build
	@.ci/setup python3-venv
	@$(SWIFT) build --configuration release --static-swift-stdlib --product lunad-bench
	@.ci/bench-peers .build/release/lunad-bench

install: build
	@install -D -s -m 755 $(BINARY) "$(DESTDIR)$(PREFIX)/bin/lunad"
	@install -d "$(DESTDIR)$(PREFIX)/share/man/man1"
	@$(BINARY) help --man > "$(DESTDIR)$(PREFIX)/share/man/man1/lunad.1"
	@install -d "$(SHARE)/bash-completion/completions" "$(SHARE)/zsh/site-functions" "$(SHARE)/fish/vendor_completions.d"
	@$(BINARY) completions bash > "$(SHARE)/bash-completion/completions/lunad"
	@$(BINARY) completions zsh > "$(SHARE)/zsh/site-functions/_lunad"
	@$(BINARY) completions fish > "$(SHARE)/fish/vendor_completions.d/lunad.fish"
	@install -d "$(DESTDIR)$(PREFIX)/lib/systemd/system"
	@sed 's,@PREFIX@,$(PREFIX),' packaging/lunad@.service > "$(DESTDIR)$(PREFIX)/lib/systemd/system/lunad@.service"
	@echo "Installed $(DESTDIR)$(PREFIX)/bin/lunad, its manual page, its completions and lunad@.service"

clean:
	@rm -rf .build
