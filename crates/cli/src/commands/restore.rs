//! `restore`: a backup of the log, put back on a server that has none.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use domain::ids::Revision;
use event_log::{JetStreamLog, Log};
use serde_json::json;

use super::backup::problem;
use super::verify::verify;
use crate::kept::Kept;
use crate::output::{Format, line};
use crate::problem::Problem;
use crate::progress::Count;
use crate::session::Session;

/// Put a backup of the log back on a server that has no log of this cell
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder restore /backups/2026-11-30
  backorder restore /backups/2026-11-30 --state ./state    for `backorder up`
  backorder restore /backups/2026-11-30 --nats nats://10.0.0.7:4222

Before any service starts there. A log that is there is never replaced. What
came back is verified as `backorder verify` does. Services that had read more
than the backup has say so and stop: what they acknowledged since then is
lost. docs/reliability.md says what to do then.")]
pub(crate) struct Restore {
    /// What `backorder backup` made
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// Folder that `backorder up --state` was given, while that does not run; move a damaged log
    /// away first, its folder `nats`
    #[arg(long, value_name = "DIR", conflicts_with = "nats")]
    state: Option<PathBuf>,
}

impl Restore {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        let Some(state) = &self.state else {
            return self.restore(session).await;
        };
        let kept = Kept::start(state, session).await?;
        let restored = self.restore(&kept.session).await;
        kept.end().await;
        restored
    }

    async fn restore(&self, session: &Session) -> Result<(), Problem> {
        let mut settings = chassis::log_settings(&session.config);
        settings.create = false;
        let server = event_log::shown(&session.config.nats.url);
        let place = format!("{} on {server}", self.dir.display());
        let mut progress = Count::endless("bytes");
        let restored = event_log::put_back(&settings, &self.dir, |bytes| progress.reach(bytes));
        let restored = restored.await.map_err(|error| problem(error, &place))?;
        drop(progress);
        let log = JetStreamLog::open(settings).await;
        let log: Log = Arc::new(log.map_err(|error| problem(error.into(), &place))?);
        let verified = verify(session, &log, Revision(1), Vec::new(), &place).await?;
        if verified.last < restored.last {
            let (found, wanted) = (verified.last, restored.last);
            let what = format!("the log ends at revision {found}, and the backup at {wanted}");
            let next = "restore it once more on an empty server; if it is so again, another backup";
            return Err(Problem::failed(what, &place, next));
        }
        match session.out.0 {
            Format::Table => {
                line(&verified.in_words());
                let (dir, last) = (self.dir.display(), verified.last);
                line(&format!("Restored from {dir}: revisions 1 to {last}."));
            }
            Format::Json => session.out.value(&json!({
                "dir": self.dir.to_string_lossy(),
                "last": verified.last,
                "verified": true,
            })),
        }
        Ok(())
    }
}
