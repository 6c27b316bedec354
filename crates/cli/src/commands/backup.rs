//! `backup`: the log as it is now, in a directory, tried out before it counts.

use std::path::PathBuf;

use clap::Args;
use domain::ids::Revision;
use event_log::{BackupError, Copied, JetStreamLog, Log, OpenError};
use serde_json::json;

use super::verify::{Verified, verify};
use crate::output::{Format, line};
use crate::problem::{Exit, Problem};
use crate::progress::Count;
use crate::session::Session;
use crate::users;

/// Back up the log into a new directory
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder backup /backups/2026-11-30
  backorder backup /backups/2026-11-30 --untried
  backorder backup /backups/2026-11-30 --nats nats://10.0.0.7:4222

The services go on meanwhile. Until the backup is whole it is DIR.unfinished.
Before it counts it is put back on a NATS server of its own, for a moment, and
verified there as `backorder verify` does. That takes as much disk again,
under the temporary directory.")]
pub(crate) struct Backup {
    /// Where it goes; must not be there yet
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// Do not put it back to verify it
    #[arg(long)]
    untried: bool,
}

impl Backup {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        let mut settings = chassis::log_settings(&session.config);
        settings.create = false;
        let url = event_log::shown(&session.config.nats.url);
        let log = JetStreamLog::open(settings).await;
        let log = log.map_err(|error| problem(error.into(), &url))?;
        let mut progress = Count::endless("bytes");
        let copied = log.back_up(&self.dir, |bytes| progress.reach(bytes)).await;
        drop(progress);
        let copied = copied.map_err(|error| problem(error, &url))?;
        let tried = if self.untried {
            None
        } else {
            Some(try_out(session, &copied).await?)
        };
        let backup = copied.keep().map_err(|error| problem(error, &url))?;
        let last = tried.as_ref().map_or(backup.last, |tried| tried.last);
        let dir = self.dir.display();
        match session.out.0 {
            Format::Table => {
                if let Some(tried) = &tried {
                    line(&tried.in_words());
                }
                line(&format!("Backed up to {dir}: revisions 1 to {last}."));
            }
            Format::Json => {
                let dir = self.dir.to_string_lossy();
                session.out.value(&json!({
                    "dir": dir,
                    "last": last,
                    "bytes": backup.bytes,
                    "verified": tried.is_some(),
                }));
            }
        }
        Ok(())
    }
}

/// Puts a backup back on a server that is nobody else's, and verifies it there.
async fn try_out(session: &Session, copied: &Copied) -> Result<Verified, Problem> {
    let options = local_nats::Options {
        sync_always: false,
        ..local_nats::Options::default()
    };
    let nats = users::start(options, &session.config.nats.cell).await;
    let (nats, seed) = nats.map_err(|error| {
        let next = "follow what it says; or take --untried, and try the backup out elsewhere";
        Problem::caused(&error, "a NATS server to try the backup out", next)
    })?;
    let mut settings = chassis::log_settings(&session.config);
    settings.urls = vec![nats.url()];
    settings.credentials = event_log::Credentials::NkeySeedFile(seed);
    settings.replicas = 1;
    let tried = async {
        let place = format!("the backup in {}", copied.dir().display());
        let restored = event_log::put_back(&settings, copied.dir(), |_| ()).await;
        restored.map_err(|error| problem(error, &place))?;
        settings.create = false;
        let log = JetStreamLog::open(settings.clone()).await;
        let log: Log = std::sync::Arc::new(log.map_err(|error| problem(error.into(), &place))?);
        let verified = verify(session, &log, Revision(1), Vec::new(), &place).await?;
        // What was written meanwhile may have come along.
        if verified.last >= copied.backup.last {
            return Ok(verified);
        }
        let (found, wanted) = (verified.last, copied.backup.last);
        let what = format!("the backup ends at revision {found}, and {wanted} was copied");
        Err(Problem::failed(what, &place, "back up again"))
    };
    let tried = tried.await;
    if let Err(error) = nats.stop().await {
        eprintln!("the server that the backup was tried on did not end in order: {error}");
    }
    tried
}

/// What stands in the way of a backup or of its return.
pub(crate) fn problem(error: BackupError, place: &str) -> Problem {
    let (next, exit) = match &error {
        BackupError::Exists { .. } => (
            "name another directory, or remove it if it is no use",
            Exit::Refused,
        ),
        BackupError::NotWhole { .. } => ("take another backup: this one is no use", Exit::Refused),
        BackupError::OtherCell { .. } => (
            "name its cell with BACKORDER_NATS_CELL, or take this cell's backup",
            Exit::Refused,
        ),
        BackupError::StreamExists { .. } => (
            "restore on a server without it: with --state, move its folder `nats` away first",
            Exit::Refused,
        ),
        BackupError::Disk { .. } => ("mend that, and try again", Exit::Failed),
        BackupError::Refused { .. } => (
            "the server's own log says why; `backorder verify` looks for damage",
            Exit::Failed,
        ),
        BackupError::Open(OpenError::Connect { .. }) => (
            "start the server, or say where it is with --nats or BACKORDER_NATS_URL",
            Exit::Unreachable,
        ),
        BackupError::Open(_) => ("`backorder check` looks at the log", Exit::Failed),
    };
    Problem {
        exit,
        ..Problem::caused(&error.into(), place, next)
    }
}
