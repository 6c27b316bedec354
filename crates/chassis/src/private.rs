//! What a service puts on disk is for its own user alone: state, snapshots, letters and the log of
//! a server that it starts hold customers' names and addresses.

/// Files and folders that this process and its children make from now on are for its user alone.
pub fn keep_what_is_made_private() {
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
}
