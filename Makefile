# Tailrace. One file, no recursion: objects of every mode stand under build/MODE/.
# `make help` lists the targets from the remarks beside them.

MODE    ?= release
ifeq ($(origin CC),default)
CC := gcc
endif
PREFIX  ?= /usr/local
DESTDIR ?=
VERSION := 0.1.0
# Builds use every processor unless make is told how many.
JOBS = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))

BUILD := build/$(MODE)
# V=1 shows whole command lines
Q := $(if $(V),,@)
SAY = $(if $(V),@:,@printf '%-3s %s\n')
OPT_release := -O2 -g -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
# marks on rare paths (core/sometimes.h) are in the builds for the sanitizers
OPT_asan    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer \
               -DTAILRACE_SOMETIMES
OPT_tsan    := -O1 -g -fsanitize=thread -fno-omit-frame-pointer -DTAILRACE_SOMETIMES
OPT_clang   := -O1 -g
OPT_fuzz    := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all \
               -fno-omit-frame-pointer -DTAILRACE_SMALL_CAPS

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wvla \
            -Wmissing-prototypes -Wwrite-strings -Wformat-nonliteral -Werror
CPPFLAGS += -I. -I$(BUILD) -D_GNU_SOURCE -DTAILRACE_VERSION='"$(VERSION)"'
CFLAGS   += -std=gnu11 $(WARNINGS) $(OPT_$(MODE)) -fstack-protector-strong -pthread
LDFLAGS  += $(filter -fsanitize=%,$(OPT_$(MODE))) -pthread -Wl,-z,relro,-z,now

# ncursesw, jansson, sqlite3, zlib and cmocka tell their flags; libcsv brings no .pc file.
LIBS     = $(shell pkg-config --libs ncursesw jansson sqlite3 zlib) -lcsv -lm
TESTLIBS = $(shell pkg-config --libs cmocka)

FOLDERS := core feeds tui
SOURCES := $(foreach f,$(FOLDERS),$(wildcard $(f)/*.c))
OBJECTS := $(SOURCES:%.c=$(BUILD)/%.o)
PROGRAM := $(BUILD)/tailrace
# Archives in link order: each may use only what stands to its right.
ARCHIVES := $(BUILD)/libtui.a $(BUILD)/libfeeds.a $(BUILD)/libcore.a
BUILTIN  := $(wildcard sample_data/definitions/*.json)
BUILTIN_INC := $(BUILTIN:sample_data/definitions/%.json=$(BUILD)/builtin/%.inc)

UNIT_SOURCES := $(wildcard tests/unit/test_*.c tests/screens/test_*.c)
UNIT_TESTS   := $(UNIT_SOURCES:%.c=$(BUILD)/%)
HELPER_SOURCES := $(wildcard tests/bench/*.c tests/soak/*.c tests/tail/*.c tests/terminal/*.c) \
                  tests/faults/sweep.c
HELPERS        := $(HELPER_SOURCES:%.c=$(BUILD)/%) $(BUILD)/tests/faults/alloc.so
SLOWED         := $(BUILD)/tests/bench/slow/tailrace $(BUILD)/tests/bench/slow/frames
WORLD          := $(BUILD)/tests/world/world.so
# Each fuzz target runs its kept inputs by replay.c, or is driven by libFuzzer (MODE=fuzz).
FUZZ_SOURCES := $(wildcard tests/fuzz/fuzz_*.c)
FUZZ_TARGETS := $(FUZZ_SOURCES:%.c=$(BUILD)/%)
FUZZ_DRIVER  := $(if $(filter fuzz,$(MODE)),-fsanitize=fuzzer,$(BUILD)/tests/fuzz/replay.o)

.PHONY: all run test test-asan test-tsan test-decoders valgrind fuzz faults lint bench bench-quick bench-profile \
        bench-peers bench-table soak fmt install clean help program tests fuzzers slowed
.DELETE_ON_ERROR:
# The targets below make the program in a make of their own: one after another, or two would write one
# archive. That one works in parallel.
ifeq ($(MAKELEVEL),0)
.NOTPARALLEL:
endif
.SECONDARY:

all: need-build            ## build the release binary, build/release/tailrace
	@$(MAKE) $(JOBS) --no-print-directory program

run: need-build            ## build and start the dashboard on a simulated help desk
	@$(MAKE) $(JOBS) --no-print-directory program
	@$(PROGRAM)

test: need-test            ## build and run every test
	@$(MAKE) $(JOBS) --no-print-directory tests
	@tests/run $(BUILD)

test-asan: need-test       ## the tests under AddressSanitizer and UBSan
	@$(MAKE) $(JOBS) --no-print-directory MODE=asan tests
	@tests/run build/asan

test-tsan: need-test       ## the tests under ThreadSanitizer
	@$(MAKE) $(JOBS) --no-print-directory MODE=tsan tests
	@tests/run build/tsan

test-decoders: need-test   ## every test once by each decoder that is not the usual one
	@$(MAKE) $(JOBS) --no-print-directory tests
	@for decoder in portable library; do echo "     --decoder $$decoder"; \
	    TAILRACE_DECODER=$$decoder tests/run $(BUILD) || exit 1; done

valgrind: need-valgrind    ## the unit tests, one by one, under Valgrind (minutes)
	@$(MAKE) $(JOBS) --no-print-directory tests
	@UNDER="valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite" \
	    SHARE=$${SHARE:-25} NAMES="$${NAMES:-tests/unit/}" LIMIT=1200 tests/run $(BUILD)

FOR ?= 60s
fuzz: need-fuzz            ## look for inputs that break a property, FOR=60s a target
	@$(MAKE) $(JOBS) --no-print-directory MODE=fuzz CC=clang fuzzers
	@tests/fuzz/fuzz $(FOR)

lint: need-lint            ## layout, include rules, line limits, clang -Werror, clang-tidy
	@$(MAKE) $(JOBS) --no-print-directory MODE=clang CC=clang program tests
	@tests/lint/lint

faults: need-test          ## every call and every allocation fails once, and from then on (an hour)
	@$(MAKE) $(JOBS) --no-print-directory tests
	@EVERY=1 LIMIT=7200 NAMES='tests/faults/|test_crash_points' tests/run $(BUILD)

bench: need-bench          ## speed against named peers and limits, as ratios (minutes)
	@$(MAKE) $(JOBS) --no-print-directory program tests
	@tests/bench/bench $(BUILD)

bench-quick: need-bench-quick ## instructions of the hot paths against those kept (a minute)
	@$(MAKE) $(JOBS) --no-print-directory program slowed
	@tests/bench/quick $(BUILD)

bench-profile: need-bench-quick ## of the same runs, the functions that took most (a minute)
	@$(MAKE) $(JOBS) --no-print-directory program slowed
	@PROFILE=1 tests/bench/quick $(BUILD)

PEERS := build/bench/peers
bench-peers:               ## fetch DuckDB, Polars and chdb with pip into build/bench/peers
	@echo "tailrace: pip installs duckdb, polars and chdb (ClickHouse) into $(PEERS), nowhere else"
	@python3 -m venv $(PEERS)
	@$(PEERS)/bin/pip install --disable-pip-version-check duckdb polars chdb

bench-table:               ## write the last result of make bench into README's tables
	@tests/bench/table build/bench/result.json

soak: need-test            ## FOR=10m of load, rotation and kill -9: the ledger exact, memory flat
	@$(MAKE) $(JOBS) --no-print-directory tests
	@FOR=$(or $(FOR),10m) tests/soak/soak $(BUILD)

fmt: need-lint             ## lay the code out with clang-format
	@clang-format -i $$(git ls-files '*.c' '*.h')

install: all               ## install the program and its manual; PREFIX= DESTDIR=
	install -D -m 755 $(PROGRAM) $(DESTDIR)$(PREFIX)/bin/tailrace
	install -D -m 644 tui/tailrace.1 $(DESTDIR)$(PREFIX)/share/man/man1/tailrace.1

clean:                     ## remove what was built
	rm -rf build

help:                      ## this list
	@awk -F'## ' '/^[a-z-]+:.*## / { split($$1, t, ":"); printf "make %-13s %s\n", t[1], $$2 }' \
	    $(MAKEFILE_LIST)

# What a target needs and the machine lacks is installed (Debian, Ubuntu) or named.
.PHONY: need-build need-test need-valgrind need-lint need-bench need-bench-quick need-fuzz
need-build need-test need-valgrind need-lint need-bench need-bench-quick need-fuzz:
	@.ci/need $(@:need-%=%)

program: $(PROGRAM)
tests: $(PROGRAM) $(UNIT_TESTS) $(HELPERS) $(FUZZ_TARGETS) $(WORLD)
fuzzers: $(FUZZ_TARGETS)
slowed: $(PROGRAM) $(BUILD)/tests/bench/frames $(BUILD)/tests/bench/commits $(SLOWED)

$(PROGRAM): $(BUILD)/tui/main.o $(ARCHIVES)
	$(SAY) LD $@
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)

define ARCHIVE
$(BUILD)/lib$(1).a: $(filter-out $(BUILD)/tui/main.o,$(filter $(BUILD)/$(1)/%,$(OBJECTS)))
	@rm -f $$@
	@$(AR) rcs $$@ $$^
endef
$(foreach f,$(FOLDERS),$(eval $(call ARCHIVE,$(f))))

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# The built-in definitions are the files of sample_data/definitions, as bytes.
$(BUILD)/builtin/%.inc: sample_data/definitions/%.json
	@mkdir -p $(@D)
	@od -An -v -tx1 $< | sed 's/ \(..\)/0x\1,/g' > $@
$(BUILD)/core/definition_json.o: $(BUILTIN_INC)

$(BUILD)/tests/%: tests/%.c $(ARCHIVES)
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -Wno-missing-prototypes -MMD -MP -MF $@.d $(LDFLAGS) -o $@ $< \
	    $(filter %.o,$^) $(ARCHIVES) $(LIBS) $(TESTLIBS)

# TAILRACE_DECODER holds for the unit tests as it does for the program (make test-decoders).
$(UNIT_TESTS): LDFLAGS += -Wl,--wrap=definition_compile
$(UNIT_TESTS): $(BUILD)/tests/unit/forced_decoder.o
$(BUILD)/tests/unit/forced_decoder.o: CFLAGS += -Wno-missing-prototypes

# Preloaded, so it is nobody's sanitizer and links with nothing.
$(BUILD)/tests/faults/alloc.so: tests/faults/alloc.c tests/faults/alloc.h
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(CC) $(CPPFLAGS) -std=gnu11 $(WARNINGS) -Wno-missing-prototypes -O2 -g -fPIC -shared -o $@ $<

$(BUILD)/tests/fuzz/replay.o: CFLAGS += -Wno-missing-prototypes
$(BUILD)/tests/fuzz/fuzz_%: tests/fuzz/fuzz_%.c $(filter %.o,$(FUZZ_DRIVER)) $(ARCHIVES)
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -Wno-missing-prototypes -MMD -MP -MF $@.d $(LDFLAGS) -o $@ $< \
	    $(FUZZ_DRIVER) $(ARCHIVES) $(LIBS) $(TESTLIBS)

# With a slowdown planted, by which make bench-quick proves that it would see one.
SLOW_WRAPS := -Wl,--wrap=pipeline_apply,--wrap=pipeline_apply_part,--wrap=view_draw
$(BUILD)/tests/bench/slow/slow.o: CFLAGS += -Wno-missing-prototypes
$(BUILD)/tests/bench/slow/tailrace: $(BUILD)/tui/main.o
$(BUILD)/tests/bench/slow/frames: $(BUILD)/tests/bench/frames.o
$(BUILD)/tests/bench/frames.o: CFLAGS += -Wno-missing-prototypes
$(SLOWED): $(BUILD)/tests/bench/slow/slow.o $(ARCHIVES)
	$(SAY) LD $@
	$(Q)$(CC) $(LDFLAGS) $(SLOW_WRAPS) -o $@ $(filter %.o,$^) $(ARCHIVES) $(LIBS)

# What is preloaded into the program is no part of it, and carries no sanitizer.
$(WORLD): tests/world/world.c
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(CC) $(CPPFLAGS) -std=gnu11 $(WARNINGS) -Wno-missing-prototypes -O2 -shared -fPIC -o $@ $<

-include $(OBJECTS:.o=.d) $(BUILD)/tests/bench/slow/slow.d $(BUILD)/tests/bench/frames.d $(UNIT_TESTS:=.d) $(BUILD)/tests/unit/forced_decoder.d $(HELPERS:=.d) $(FUZZ_TARGETS:=.d)
