# SPDX-License-Identifier: GPL-2.0
#
# make                       the tool, as build/nvme-ccr-trace
# make demo                  real failures in a real kernel, watched live
# make HTML=yes|no           report --html with charts (needs npm) or not; else: if npm can be used
# make check                 all tests; parts: check-unit check-cli check-html check-fuzz check-lab
# make check-ghost           the ghost write, 20 rounds and more of each kind
# make check-gate            regressions planted in kernels, for gate to find (25 minutes)
# make check-mutation        the code of gate, broken in one place at a time
# make check-debug-kernel    the lab on a kernel with KASAN and lockdep (an hour)
# make check-patches         each kernel patch builds; checkpatch, W=1, sparse
# make check-lab KERNEL=K SCENARIO=S
# make fuzz                  each reader of files for FUZZ_SECONDS (600); a crash is kept in build/fuzz
# make stats-fixtures        what R says of the statistics, anew, for the tests
# make bench | lint | install | clean
# V=1 shows commands.

VERSION := 0.1.0
PREFIX ?= /usr/local
DESTDIR ?=
B := build

CC ?= gcc
CLANG ?= clang
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool) bpftool)
CFLAGS ?= -O2 -g
WARNINGS := -Wall -Wextra -Werror
ALL_CFLAGS := -std=gnu11 -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -I$(B) $(WARNINGS) $(CFLAGS)
LIBS := -lbpf -lelf -lz -ljson-c -lcap -lsqlite3 -lprotobuf-c -lm -pthread
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -O1 -g

MACHINE := $(shell uname -m)
BPF_ARCH := $(patsubst aarch64,arm64,$(patsubst x86_64,x86,$(MACHINE)))
# v3: atomic exchange (Linux 5.12); every kernel with fentry in modules has it.
BPF_CFLAGS := -g -O2 -mcpu=v3 -target bpf -D__TARGET_ARCH_$(BPF_ARCH) \
	-I/usr/include/$(MACHINE)-linux-gnu $(WARNINGS)

SRC := $(wildcard tools/*.c tools/*/*.c)
BPF_SRC := $(wildcard bpf/*.bpf.c)
MODEL_SRC := $(wildcard tools/recovery/*.c)
OBJ := $(SRC:%.c=$(B)/obj/%.o) $(B)/obj/$(B)/perfetto.pb-c.o
# Left out where scdoc is missing; check-cli brings it.
MAN := $(patsubst docs/man/%.scd,$(B)/man/%,$(wildcard docs/man/*.scd))
UNIT := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test_*.c))
# What tests link: everything but main().
LIB_OBJ := $(filter-out $(B)/obj/tools/main.o,$(OBJ))
ASAN_LIB_OBJ := $(LIB_OBJ:$(B)/obj/%=$(B)/asan/%)

# Use every core unless told otherwise.
ifeq ($(filter -j% --jobs%,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(shell nproc)
endif

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' $(1) $(2))

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all no-man static demo check check-unit check-cli check-html check-lab check-disk check-ghost check-gate check-mutation \
	check-debug-kernel check-patches check-fuzz fuzz stats-fixtures bench lint \
	install clean FORCE

all: $(B)/nvme-ccr-trace $(if $(shell command -v scdoc),$(MAN),no-man)
static: $(B)/static/nvme-ccr-trace

# What is missing is installed (as root), or the line that installs it is printed: once,
# for all that the goals need.
goals = $(filter $(1),$(or $(MAKECMDGOALS),all))
GROUPS := build \
	$(if $(call goals,check check-unit check-cli check-html check-mutation check-gate),unit) \
	$(if $(call goals,check check-html),html) \
	$(if $(call goals,check check-lab check-disk check-ghost check-gate check-debug-kernel check-patches demo bench),lab) \
	$(if $(call goals,check check-patches),patches) \
	$(if $(call goals,check check-fuzz fuzz),fuzz) \
	$(if $(call goals,check-debug-kernel),kernel) \
	$(if $(call goals,bench stats-fixtures),r) \
	$(if $(call goals,bench),bench) \
	$(if $(call goals,lint),lint)
empty :=
DEPS := $(B)/deps-$(subst $(empty) $(empty),-,$(strip $(GROUPS))).stamp

$(DEPS): tests/setup.sh
	$(Q)mkdir -p $(@D)
	$(Q)tests/setup.sh $(GROUPS)
	$(Q)touch $@

$(B)/%.bpf.o: bpf/%.bpf.c $(wildcard bpf/*.h) Makefile | $(DEPS)
	$(call say,BPF,$@)
	$(Q)$(CLANG) $(BPF_CFLAGS) -c $< -o $@
	$(Q)llvm-strip -g $@

# All front ends in one object: they share maps, and are loaded at once.
$(B)/programs.o: $(BPF_SRC:bpf/%.bpf.c=$(B)/%.bpf.o)
	$(call say,BPFLINK,$@)
	$(Q)$(BPFTOOL) gen object $@ $^

$(B)/programs.skel.h: $(B)/programs.o
	$(call say,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name programs > $@

$(B)/obj/tools/source/object.o $(B)/asan/tools/source/object.o \
$(B)/obj/tests/unit/test_source.o $(B)/asan/tests/unit/test_source.o: $(B)/programs.skel.h

# It includes the SQL as it is.
$(patsubst %,$(B)/%/tools/recording/schema.o,obj asan fuzz-obj): tools/recording/schema.sql

$(B)/perfetto.pb-c.c: tools/view/perfetto.proto | $(DEPS)
	$(call say,PROTO,$<)
	$(Q)protoc-c -I$(<D) --c_out=$(@D) $(<F)

$(B)/perfetto.pb-c.h: $(B)/perfetto.pb-c.c

# Who includes it, before its dependencies are known.
$(patsubst %,$(B)/%/tools/view/perfetto.o,obj asan) \
$(patsubst %,$(B)/%/tools/view/perfetto_event.o,obj asan) \
$(patsubst %,$(B)/%/tests/unit/test_view_perfetto.o,obj asan): $(B)/perfetto.pb-c.h

# The page of `report --html`: with charts if npm can fetch what its lock file pins.
HTML ?= $(if $(call goals,check check-html),yes,auto)
HTML_SRC := tools/view/html/build.sh tools/view/html/bundle.mjs \
	tools/view/html/package.json tools/view/html/package-lock.json $(wildcard tools/view/html/src/*)
HTML_OBJ := $(B)/obj/tools/view/html_page.o $(B)/asan/tools/view/html_page.o

# Changes when HTML does.
$(B)/html/wanted: FORCE
	$(Q)mkdir -p $(@D)
	$(Q)echo '$(HTML)' | cmp -s - $@ || echo '$(HTML)' > $@

$(B)/html/page.h: $(HTML_SRC) $(B)/html/wanted | $(DEPS)
	$(call say,HTML,$@)
	$(Q)tools/view/html/build.sh $(@D) $(HTML)

$(HTML_OBJ): $(B)/html/page.h
$(HTML_OBJ): ALL_CFLAGS += -I$(B)/html

$(B)/obj/%.o: %.c Makefile | $(DEPS)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

$(B)/asan/%.o: %.c Makefile | $(DEPS)
	$(call say,CC+SAN,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(SANITIZE) -MMD -MP -c $< -o $@

$(B)/nvme-ccr-trace: $(OBJ)
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) $^ $(LIBS) -o $@

# For guests and rescue systems: needs no library.
$(B)/static/nvme-ccr-trace: $(OBJ)
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -static $(LDFLAGS) $^ $(LIBS) -o $@
	$(Q)strip $@

# Parts that pages share, and the SQL of the schema, are included.
$(B)/man/%: docs/man/%.scd $(wildcard docs/man/parts/*) tools/recording/schema.sql | $(DEPS)
	$(call say,MAN,$@)
	$(Q)mkdir -p $(@D)
	$(Q)awk '$$1 != "%include" { print; next } \
		{ for (n = 0; (getline line < $$2) > 0; n++) print line; if (!n) exit 1 }' $< > $@.scd
	$(Q)scdoc < $@.scd > $@ && rm $@.scd

no-man:
	@echo "  the man pages are left out: scdoc is missing (apt-get install scdoc)"

# ---- fuzzing ---------------------------------------------------------------------

# Before the tests: `make check` needs FUZZ_BINARIES, and a rule takes the variables as they are
# where it stands.

# One program per tests/fuzz/fuzz_*.c, its corpus in tests/fuzz/corpus/NAME. What they
# exercise knows neither BPF nor the commands; one that needs more adds it to FUZZ_SRC and
# FUZZ_LIBS.
FUZZ := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_SECONDS ?= 600
FUZZ_SRC := $(MODEL_SRC) $(wildcard $(addprefix tools/source/, \
	logline*.c logsession.c slots.c spool.c dmesg*.c ftrace*.c)) \
	$(addprefix tools/recording/, reader.c fields.c file.c claim.c schema.c) \
	$(addprefix tools/sys/, error.c clock.c settings.c)
FUZZ_LIBS := -ljson-c -lsqlite3 -lz
FUZZ_OBJ := $(FUZZ_SRC:%.c=$(B)/fuzz-obj/%.o)
FUZZ_BINARIES := $(FUZZ:%=$(B)/fuzz/%)

$(B)/fuzz-obj/tests/fuzz/fuzz_recording.o: tests/fuzz/corpus/recording/intact

$(B)/fuzz-obj/%.o: %.c Makefile | $(DEPS)
	$(call say,CC+FUZZ,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(ALL_CFLAGS) $(SANITIZE) -fsanitize=fuzzer-no-link -MMD -MP -c $< -o $@

$(B)/fuzz/%: $(B)/fuzz-obj/tests/fuzz/fuzz_%.o $(FUZZ_OBJ)
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(SANITIZE) -fsanitize=fuzzer $^ $(FUZZ_LIBS) -o $@

fuzz: $(FUZZ_BINARIES)
	$(Q)tests/fuzz/run $(FUZZ_SECONDS) $(FUZZ)

check-fuzz: $(FUZZ_BINARIES)
	$(Q)tests/check.sh fuzz

# ---- tests ---------------------------------------------------------------------

# What a test plays itself it is linked without.
WITHOUT_test_watch := %/source/bpf.o

$(B)/unit/%: $(B)/obj/tests/unit/%.o $(LIB_OBJ)
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(filter-out $(WITHOUT_$*),$^) $(LIBS) -lcmocka -o $@

$(B)/asan-unit/%: $(B)/asan/tests/unit/%.o $(ASAN_LIB_OBJ)
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(SANITIZE) $(filter-out $(WITHOUT_$*),$^) $(LIBS) -lcmocka -o $@

# For test_stats_reference; committed, so that tests need no R.
stats-fixtures: tests/data/stats/reference.R $(DEPS)
	$(call say,R,tests/data/stats/reference.txt)
	$(Q)mkdir -p $(B)
	$(Q)Rscript $< > $(B)/reference.txt && mv $(B)/reference.txt tests/data/stats/reference.txt

# Recordings for the tests of commands that read them.
$(B)/cli/make_recording: $(B)/obj/tests/cli/make_recording.o $(LIB_OBJ)
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $^ $(LIBS) -lcmocka -o $@

UNIT_BINARIES := $(UNIT:%=$(B)/unit/%) $(UNIT:%=$(B)/asan-unit/%)

check-unit: $(UNIT_BINARIES)
	$(Q)tests/check.sh unit

check-cli: all $(MAN) $(B)/cli/make_recording $(DEPS)
	$(Q)tests/check.sh cli

check-lab: all static $(DEPS)
	$(Q)tests/check.sh lab

# Pages to test: one program with the page as it is built, one with that of a build without npm.
$(B)/html-test/page: $(B)/obj/tests/html/page.o $(LIB_OBJ)
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $^ $(LIBS) -lcmocka -o $@

$(B)/html-test/page-plain: $(B)/obj/tests/html/page.o $(B)/html-plain/html_page.o \
		$(filter-out $(B)/obj/tools/view/html_page.o,$(LIB_OBJ))
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $^ $(LIBS) -lcmocka -o $@

$(B)/html-plain/html_page.o: tools/view/html_page.c $(HTML_SRC)
	$(call say,HTML,$@)
	$(Q)tools/view/html/build.sh $(@D) no
	$(Q)$(CC) $(ALL_CFLAGS) -I$(@D) -c $< -o $@

HTML_TEST := $(B)/html-test/page $(B)/html-test/page-plain

check-html: $(HTML_TEST) all $(DEPS)
	$(Q)tests/check.sh html

check: $(UNIT_BINARIES) $(FUZZ_BINARIES) $(HTML_TEST) $(MAN) $(B)/cli/make_recording all static $(DEPS)
	$(Q)CUTS=$${CUTS:-2} tests/check.sh unit cli gate_again mutation_short html fuzz patches disk lab

check-disk: static $(DEPS)
	$(Q)tests/check.sh disk

check-ghost: static $(DEPS)
	$(Q)tests/check.sh ghost

check-gate: all static $(DEPS)
	$(Q)tests/check.sh gate

check-mutation: $(UNIT_BINARIES) all $(B)/cli/make_recording $(DEPS)
	$(Q)tests/check.sh mutation

check-debug-kernel: static $(DEPS)
	$(Q)tests/check.sh debug_kernel

check-patches: $(DEPS)
	$(Q)PATCHES=all tests/check.sh patches

demo: static $(DEPS)
	$(Q)tests/lab/demo

$(B)/bench/reducer: $(B)/obj/tests/bench/bench_reducer.o $(MODEL_SRC:%.c=$(B)/obj/%.o)
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $^ -o $@

$(B)/bench/recording: $(B)/obj/tests/bench/bench_recording.o $(LIB_OBJ)
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $^ $(LIBS) -o $@

$(B)/bench/stats: $(B)/obj/tests/bench/bench_stats.o $(LIB_OBJ)
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $^ $(LIBS) -o $@

bench: all static $(B)/bench/reducer $(B)/bench/recording $(B)/bench/stats $(DEPS)
	$(Q)tests/bench/run

lint: $(DEPS) $(B)/programs.skel.h $(B)/perfetto.pb-c.h
	$(Q)tests/lint.sh

install: all
	$(call say,INSTALL,$(DESTDIR)$(PREFIX))
	$(Q)install -D -m 755 $(B)/nvme-ccr-trace $(DESTDIR)$(PREFIX)/sbin/nvme-ccr-trace
	$(Q)for page in $(MAN); do \
		[ ! -f $$page ] || install -D -m 644 $$page \
			$(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$${page##*/} || exit; \
	done
	$(Q)install -d $(DESTDIR)$(PREFIX)/share/doc/nvme-ccr-trace
	$(Q)install -m 644 README.md LICENSE docs/*.md $(DESTDIR)$(PREFIX)/share/doc/nvme-ccr-trace/

# Downloaded kernels are kept: `rm -rf build` removes them too.
clean:
	$(Q)find $(B) -mindepth 1 -maxdepth 1 ! -name lab -exec rm -rf {} + 2>/dev/null || true

-include $(B)/obj/tests/html/page.d $(OBJ:.o=.d) $(ASAN_LIB_OBJ:.o=.d)
-include $(FUZZ_OBJ:.o=.d) $(FUZZ:%=$(B)/fuzz-obj/tests/fuzz/fuzz_%.d)
-include $(B)/obj/tests/cli/make_recording.d $(patsubst %.c,$(B)/obj/%.d,$(wildcard tests/bench/*.c)) $(UNIT:%=$(B)/obj/tests/unit/%.d) $(UNIT:%=$(B)/asan/tests/unit/%.d)
