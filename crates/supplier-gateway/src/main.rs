//! The supplier-gateway process.

use std::process::ExitCode;

fn main() -> ExitCode {
    chassis::main("supplier-gateway", backorder_supplier_gateway::run)
}
