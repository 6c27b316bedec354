//! What a room has read of the log is noted on its own disk, beside its loop, so that the next
//! start finds out whether the log still has it. Must not know what was read.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use domain::decider::Room;
use event_log::{Heads, Link, Logged, Marks};
use tokio::sync::watch;
use tokio::task::{AbortHandle, spawn_blocking};

/// How often it is noted while commits come. What was read later than the last note before a crash
/// is not missed at the next start, if the log has lost it too.
const NOTE_EVERY: Duration = Duration::from_millis(250);

/// Where notes are in the folder of a process's state.
pub(crate) fn dir(state: &Path) -> PathBuf {
    state.join("marks")
}

/// A note that some room has read from the log before.
pub(crate) fn noted(state: Option<&Path>) -> Option<PathBuf> {
    let notes = std::fs::read_dir(dir(state?)).ok()?.flatten();
    let notes = notes.map(|entry| entry.path());
    notes
        .filter(|path| path.extension().is_some_and(|it| it == "json"))
        .min()
}

/// The notes of one room.
pub(crate) struct Noting {
    marks: Option<Arc<Marks>>,
    hears: &'static [Room],
    heads: Heads,
    tell: watch::Sender<Heads>,
    task: Option<AbortHandle>,
}

impl Noting {
    /// Notes nothing yet; nothing ever, without a place for it.
    pub fn new(marks: Option<Arc<Marks>>, hears: &'static [Room]) -> Self {
        Self {
            marks,
            hears,
            heads: Heads::default(),
            tell: watch::Sender::default(),
            task: None,
        }
    }

    /// From now on it is noted from time to time.
    pub fn begin(&mut self) {
        if let Some(marks) = &self.marks {
            let noting = note_again(Arc::clone(marks), self.tell.subscribe());
            self.task = Some(tokio::spawn(noting).abort_handle());
        }
    }

    /// A commit was folded.
    pub fn folded(&mut self, logged: &Logged) {
        if let Some(chain) = logged.chain.filter(|_| self.hears.contains(&logged.room)) {
            let revision = logged.revision;
            self.heads.know(logged.room, Link { revision, chain });
        }
    }

    /// Those that were folded until now are to be noted.
    pub fn tell(&self) {
        if self.marks.is_some() {
            self.tell.send_modify(|told| told.clone_from(&self.heads));
        }
    }

    /// Notes what is folded by now, before something else on disk says so.
    pub fn now(&self) -> impl FnOnce() + Send + 'static {
        let (marks, heads) = (self.marks.clone(), self.heads.clone());
        move || {
            if let Some(marks) = marks {
                note(&marks, &heads);
            }
        }
    }

    /// Notes what was folded last.
    pub async fn end(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
        let _noted = spawn_blocking(self.now()).await;
    }
}

impl Drop for Noting {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

async fn note_again(marks: Arc<Marks>, mut told: watch::Receiver<Heads>) {
    while told.changed().await.is_ok() {
        let (marks, heads) = (Arc::clone(&marks), told.borrow_and_update().clone());
        let _noted = spawn_blocking(move || note(&marks, &heads)).await;
        tokio::time::sleep(NOTE_EVERY).await;
    }
}

/// A full disk never stops a room: it only finds less at its next start.
fn note(marks: &Marks, heads: &Heads) {
    if let Err(error) = marks.note(heads) {
        let path = marks.path().display();
        tracing::warn!(%path, %error, "what was read of the log is not noted");
    }
}
