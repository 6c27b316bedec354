//! The operator's command, as a library.

pub mod import;
