//! The allocator process.
fn main() {}
