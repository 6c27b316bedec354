//! The notifier process.

use std::process::ExitCode;

fn main() -> ExitCode {
    chassis::main("notifier", backorder_notifier::run)
}
