//! The orders process.
fn main() {}
