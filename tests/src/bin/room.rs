//! One service as a process of its own, for the tests that kill it: `room orders`, settings from
//! the environment. What the services' own binaries do, in one file, so that cargo builds it with
//! the tests.

use std::process::ExitCode;

fn main() -> ExitCode {
    let room = std::env::args().nth(1).unwrap_or_default();
    match room.as_str() {
        "orders" => chassis::main("orders", orders::run),
        "inventory" => chassis::main("inventory", inventory::run),
        "allocator" => chassis::main("allocator", allocator::run),
        "notifier" => chassis::main("notifier", notifier::run),
        "supplier-gateway" => chassis::main("supplier-gateway", supplier_gateway::run),
        other => {
            eprintln!("{other:?} is none of the five rooms");
            ExitCode::FAILURE
        }
    }
}
