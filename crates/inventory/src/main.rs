//! The inventory process.

use std::process::ExitCode;

fn main() -> ExitCode {
    chassis::main("inventory", backorder_inventory::run)
}
