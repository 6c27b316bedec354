//! The orders process.

use std::process::ExitCode;

fn main() -> ExitCode {
    chassis::main("orders", backorder_orders::run)
}
