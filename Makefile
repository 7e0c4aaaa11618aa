# The front door: what is behind it is CMake (cmake --preset release), ctest and the scripts in tests/.
#
#     make             build the library and the command: build/bin/bench
#     make demo        build, generate a small data set, answer q1, q2 and q3 over it
#     make check       the tests (at most 15 minutes on 2 cores)
#     make check-deep  sanitizers, fuzzing, an old CPU, builds without a library (at most 50 minutes)
#     make gate        the only timed checks (at most 10 minutes)
#     make fuzz        every fuzz target for FUZZ_SECONDS (60) each
#     make format      clang-format over the tree
#     make install     into PREFIX (/usr/local), below DESTDIR
#     make clean
#
# The packages that a target needs are installed where it may (root on Debian), else it prints the
# one line that installs them.

.DEFAULT_GOAL := build
.PHONY: build demo check check-deep gate fuzz format install clean

MAKEFLAGS += --no-print-directory
JOBS ?= $(shell nproc)
PREFIX ?= /usr/local
FUZZ_SECONDS ?= 60
DEMO_SIZE ?= 50MB

build:
	@bash cmake/packages.sh build
	@cmake -S . -B build -DCMAKE_BUILD_TYPE=Release
	@cmake --build build -j$(JOBS)

demo:
	@bash cmake/packages.sh build
	@JOBS=$(JOBS) DEMO_SIZE=$(DEMO_SIZE) bash tests/demo.sh

check:
	@bash cmake/packages.sh build check
	@JOBS=$(JOBS) bash tests/check.sh

check-deep:
	@bash cmake/packages.sh build check deep
	@JOBS=$(JOBS) bash tests/check_deep.sh

gate:
	@bash cmake/packages.sh build gate
	@JOBS=$(JOBS) bash tests/gate.sh

fuzz:
	@bash cmake/packages.sh build deep
	@JOBS=$(JOBS) FUZZ_SECONDS=$(FUZZ_SECONDS) bash tests/fuzz/fuzz.sh

format:
	@bash tests/check_format.sh -i

install: build
	@cmake --install build --prefix $(PREFIX)

clean:
	rm -rf build build-*
