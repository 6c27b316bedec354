//! What a clerk says with every word on an allocation: why, whose word it is, and whether it is
//! only tried.

use clap::Args;

/// A clerk's word
#[derive(Debug, Args)]
pub(crate) struct Word {
    /// Why; the customer may hear it
    #[arg(long)]
    pub reason: String,
    /// Whose word it is
    #[arg(long, value_name = "WHO")]
    pub by: String,
    /// Id of this word, for retries [default: a new one]
    #[arg(long, default_value = "", hide_default_value = true)]
    pub id: String,
    /// Say what it would do; record nothing
    #[arg(long)]
    pub dry_run: bool,
}
