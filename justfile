# Short names for what is done often. `just` alone lists them.

[private]
default:
    @just --list --unsorted

# Plays a shop from its first order to its last delivery, on real NATS.
demo *arguments:
    cargo run --release -- demo {{ arguments }}

# All five services on a NATS server of its own; `just up --state DIR` keeps what happens.
up *arguments:
    cargo run --release -- up {{ arguments }}

# The program as released, with its line numbers in a file beside it.
symbols:
    cargo build --profile symbols
    deploy/symbols.sh target/symbols/backorder

# Formats, then checks what a commit must pass quickly.
check: fmt
    cargo clippy --workspace --all-targets -- -D warnings
    cargo test -p backorder-tests --test tidy

fmt:
    cargo fmt --all

# All tests, or those whose name holds a word: `just test settles`.
test *words:
    cargo test --workspace {{ words }}

# Arbitrary bytes against decoder and rooms, so many seconds each: `just fuzz 600 allocator`.
fuzz seconds="60" *words:
    ARBTEST_BUDGET_MS={{ seconds }}000 cargo test --package backorder-domain --test fuzz -- {{ words }}

# EDI messages broken in any way against their readers, so many seconds for each test.
fuzz-edi seconds="60":
    ARBTEST_BUDGET_MS={{ seconds }}000 cargo test --package backorder-edi --test messages -- fuzz

# Kills, pauses, damage and full disks under load: `just torture 10 7` for ten minutes by seed 7.
torture minutes="1" seed="1":
    TORTURE_MINUTES={{ minutes }} TORTURE_SEED={{ seed }} cargo test --package backorder-tests \
        --test processes -- --nocapture whatever_happens

# Does a test notice each small change of an engine's file? `just mutants tree.rs --lib tree`.
mutants file *tests="--lib --test allocator":
    PROPTEST_CASES=64 cargo mutants --package backorder-allocation \
        --file crates/allocation/src/{{ file }} -- {{ tests }}

# Everything that must pass, as the build machine runs it.
ci:
    .ci/run

# The loop through the host on real NATS, beside raw publishing.
bench *arguments:
    cargo bench --package backorder-tests --bench loop -- {{ arguments }}

# A whole cell through its doors; `just bench-cell --work mixed --in-flight 64`.
bench-cell *arguments:
    cargo run --release -- bench {{ arguments }}

# Reading orders through gRPC, and what writers beside the readers lose.
bench-reads *arguments:
    cargo bench --package backorder-tests --bench reads -- {{ arguments }}

# A million rows of orders, read and put together in bounded memory.
bench-import *arguments:
    cargo bench --package backorder-import --bench million -- {{ arguments }}

# The allocator alone, in memory; `just bench-engine --quick`, `just bench-engine hot`.
bench-engine *arguments:
    cargo bench --package backorder-allocation --bench engine -- {{ arguments }}

# Bytes of memory an open line takes in the allocator.
bench-size *arguments:
    cargo bench --package backorder-allocation --bench size -- {{ arguments }}

# Bytes of memory an open order takes in orders, and the core time of folding one.
bench-orders *arguments:
    cargo bench --package backorder-domain --bench orders -- {{ arguments }}

# Instructions of the allocator's hot operations, counted by valgrind.
bench-instructions:
    cargo bench --package backorder-allocation --bench instructions

# How much there is to read, as `docs/house.md` has it: `just house`, `just house 2257555 .`;
# `just house --circles .` lists the files that import one another.
house *trees=".":
    python3 .ci/house.py {{ trees }}

# The events as JSON Schemas, made from the golden files: writes docs/asyncapi.json.
asyncapi:
    cargo run --package backorder-tests --bin asyncapi > docs/asyncapi.json

docs:
    cargo doc --workspace --no-deps --open
