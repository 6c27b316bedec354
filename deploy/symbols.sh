#!/bin/sh
# Moves a program's line numbers into a file beside it, which the program names:
#   cargo build --profile symbols && deploy/symbols.sh target/symbols/backorder
# A panic's backtrace has function names without that file, and line numbers too where the file
# lies beside the program. Needs objcopy (binutils).
set -eu
cd "$(dirname "$1")"
program=$(basename "$1")
objcopy --only-keep-debug --compress-debug-sections "$program" "$program.debug"
objcopy --strip-debug --add-gnu-debuglink="$program.debug" "$program"
ls -l "$program" "$program.debug"
