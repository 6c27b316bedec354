//! Bounds on reads of the log. Must not know how it is read.

use std::time::Duration;

/// Reads that are under way at once. As each brings at most half a megabyte, what the server may
/// have to keep for the connection stays far below the 64 MB at which it cuts a slow reader.
pub const MAX_READS_IN_FLIGHT: usize = 32;
/// How long a read waits for its turn before its caller is told that the log is busy.
pub const READ_PATIENCE: Duration = Duration::from_secs(5);
