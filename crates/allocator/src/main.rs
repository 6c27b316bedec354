//! The allocator process.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// As in the command: what one core allocates, another frees.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    chassis::main("allocator", backorder_allocator::run)
}
