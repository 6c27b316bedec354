//! The allocator process.

use std::process::ExitCode;

fn main() -> ExitCode {
    chassis::main("allocator", backorder_allocator::run)
}
