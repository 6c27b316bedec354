//! The inventory process.
fn main() {}
