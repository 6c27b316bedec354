//! The supplier-gateway process.
fn main() {}
