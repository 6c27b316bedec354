//! `edi watch`: files that a partner puts into a folder are taken as they come. A file is moved
//! before it is read and again when it is done, so that none is read half, lost, or taken by two;
//! what is taken again after a crash is recorded once all the same.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use edi::Profile;

use super::reading::{Names, Partnership, judged, read};
use super::taking::{From, answers, left_of, notes, page};
use crate::output::line;
use crate::problem::{Exit, Problem};
use crate::session::Session;
use crate::words;

/// The most files that are taken before the folder is looked at again.
const MAX_FILES: usize = 1_000;
/// The most files of one name in a folder of what is done.
const MAX_OF_A_NAME: usize = 10_000;
/// The folders beside the files: being taken, done, left, and to the partner.
const TAKING: &str = "taking";
const ARCHIVE: &str = "archive";
const QUARANTINE: &str = "quarantine";
const ANSWERS: &str = "answers";
const FOLDERS: [&str; 4] = [TAKING, ARCHIVE, QUARANTINE, ANSWERS];
/// In [`TAKING`], held by whoever takes: hidden, as no file is that is taken.
const LOCK: &str = ".lock";
/// The ends of names of files that are still being written.
const UNFINISHED: [&str; 4] = [".tmp", ".part", ".filepart", ".crdownload"];

/// Take the files that a partner puts into a folder, as they come
#[derive(Debug, Args)]
#[command(
    before_help = "\
Examples:
  backorder edi watch /srv/edi/acme --supplier acme
  backorder edi watch /srv/edi/acme --supplier acme --once",
    after_help = "\
A file is taken when nobody has written to it for the time of --settled; names
that begin with a point or end in .tmp, .part, .filepart or .crdownload are
never taken. It stands in taking/ meanwhile, then in archive/; or in quarantine/
if a message of it was left, with the reasons beside it in a file that ends in
.reason. The answer to the partner is put into answers/. All these are folders
inside of FOLDER, and files are only ever moved. While a service cannot be
reached the file stays in taking/ and is tried again."
)]
pub(crate) struct Watch {
    /// The folder
    folder: PathBuf,
    #[command(flatten)]
    partner: Partnership,
    #[command(flatten)]
    from: From,
    /// How often the folder is looked at
    #[arg(long, default_value = "10s", value_name = "SPAN", value_parser = words::span)]
    every: Duration,
    /// How long nobody must have written to a file
    #[arg(long, default_value = "2s", value_name = "SPAN", value_parser = words::span)]
    settled: Duration,
    /// Take what is there, and end
    #[arg(long)]
    once: bool,
}

/// What a file could not be taken for.
enum Stop {
    /// A service does not answer, or not as it should.
    Session(Problem),
    /// The folder cannot be worked with.
    Folder(Problem),
}

impl std::convert::From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Folder(problem)
    }
}

impl Watch {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        let profile = self.partner.profile()?;
        for folder in FOLDERS {
            let folder = self.folder.join(folder);
            fs::create_dir_all(&folder).map_err(|error| unmoved(&folder, &error))?;
        }
        // Held until the command ends, however it does.
        let _alone = self.alone()?;
        loop {
            let (mut left, mut all) = (0_usize, 0_usize);
            for file in self.next().map_err(|error| unmoved(&self.folder, &error))? {
                match self.take(session, &file, &profile).await {
                    Ok((of_file, in_file)) => {
                        left = left.saturating_add(of_file);
                        all = all.saturating_add(in_file);
                    }
                    // What no service answers now is tried again; the rest would fare no better.
                    Err(Stop::Session(problem)) if !self.once => {
                        eprintln!("{problem}");
                        break;
                    }
                    Err(Stop::Session(problem) | Stop::Folder(problem)) => return Err(problem),
                }
            }
            if self.once {
                return judged(
                    left,
                    all,
                    "quarantine/ has the files, with the reasons beside them",
                );
            }
            tokio::time::sleep(self.every).await;
        }
    }

    /// The folder's lock: what stands in `taking/` is nobody else's.
    fn alone(&self) -> Result<fs::File, Problem> {
        let path = self.folder.join(TAKING).join(LOCK);
        let file = fs::File::create(&path).map_err(|error| unmoved(&path, &error))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(fs::TryLockError::WouldBlock) => Err(Problem {
                exit: Exit::Refused,
                ..Problem::failed(
                    "another watcher takes the files of this folder",
                    &self.folder.display().to_string(),
                    "let it go on, or end it first",
                )
            }),
            Err(fs::TryLockError::Error(error)) => Err(unmoved(&path, &error)),
        }
    }

    /// The files to take: those that a crash or an outage left first, then the oldest.
    fn next(&self) -> io::Result<Vec<PathBuf>> {
        let mut begun = files(&self.folder.join(TAKING), Duration::ZERO)?;
        for path in files(&self.folder, self.settled)? {
            // By a name that no file of any of the folders has, so that its answer is one too. The
            // partner may have taken it away again.
            let claimed = self.folder.join(TAKING).join(self.free(&name_of(&path))?);
            match fs::rename(&path, &claimed) {
                Ok(()) => begun.push(claimed),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(begun)
    }

    /// A name that no file of a folder of ours has: the same, or one with a number after it.
    fn free(&self, name: &OsString) -> io::Result<OsString> {
        let is_free = |name: &OsString| -> io::Result<bool> {
            for folder in FOLDERS {
                if self.folder.join(folder).join(name).try_exists()? {
                    return Ok(false);
                }
            }
            Ok(true)
        };
        if is_free(name)? {
            return Ok(name.clone());
        }
        for number in 2..=MAX_OF_A_NAME {
            let other = with_end(name, &format!(".{number}"));
            if is_free(&other)? {
                return Ok(other);
            }
        }
        Err(io::Error::other(format!(
            "it has {MAX_OF_A_NAME} files of that name"
        )))
    }

    /// Takes one file: how many of its messages were left, of how many.
    async fn take(
        &self,
        session: &Session,
        file: &Path,
        profile: &Profile,
    ) -> Result<(usize, usize), Stop> {
        let name = name_of(file);
        let shown = name.to_string_lossy().into_owned();
        let mut profile = profile.clone();
        let learnt = Names::learn(session, &self.from.supplier, &mut profile).await;
        let names = learnt.map_err(Stop::Session)?;
        let interchanges = match read(file, &profile) {
            Ok(interchanges) => interchanges,
            Err(problem) => {
                self.quarantine(file, &problem.what)?;
                line(&format!("{shown}: left: {}", problem.what));
                return Ok((1, 1));
            }
        };
        let taken = self
            .from
            .take(session, (file, &interchanges, &names), false);
        let rows = taken.await.map_err(Stop::Session)?;
        let (left, all) = (left_of(&rows), rows.len());
        let told = page(&rows);
        // Where it was cut, or is not what it counts, messages may be missing that nobody knows of.
        let (text, unanswered) = answers(&interchanges);
        self.answer(&name, &text)?;
        let wrong = notes(&interchanges).chain(unanswered);
        let wrong: Vec<String> = wrong.map(|why| format!("! {why}")).collect();
        line(&format!("{shown}:\n{told}"));
        for why in &wrong {
            line(why);
        }
        if left > 0 || !wrong.is_empty() {
            self.quarantine(file, &format!("{told}\n{}", wrong.join("\n")))?;
        } else {
            moved(file, &self.folder.join(ARCHIVE))?;
        }
        Ok((left, all))
    }

    /// Puts an answer where the partner finds it, whole or not at all.
    fn answer(&self, name: &OsString, text: &str) -> Result<(), Problem> {
        if text.is_empty() {
            return Ok(());
        }
        let folder = self.folder.join(ANSWERS);
        let path = folder.join(name);
        let unfinished = folder.join(with_end(name, ".tmp"));
        let written = fs::write(&unfinished, text).and_then(|()| fs::rename(&unfinished, &path));
        written.map_err(|error| unmoved(&path, &error))
    }

    /// Moves a file to those that a person must look at, with the reason beside it.
    fn quarantine(&self, file: &Path, why: &str) -> Result<(), Problem> {
        let path = moved(file, &self.folder.join(QUARANTINE))?;
        let reason = path.with_file_name(with_end(&name_of(&path), ".reason"));
        let why = format!("{}\n", why.trim_end());
        fs::write(&reason, why).map_err(|error| unmoved(&reason, &error))
    }
}

/// The files of a folder to which nobody has written for a time, the oldest first.
fn files(folder: &Path, settled: Duration) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let text = name.to_string_lossy();
        let is_hidden = text.starts_with('.');
        let is_unfinished = UNFINISHED.iter().any(|end| text.ends_with(end));
        // Whoever wrote it may have given it its name, or taken it away, just now.
        let about = match entry.metadata() {
            Ok(about) => about,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        if !about.is_file() || is_hidden || is_unfinished {
            continue;
        }
        let written = about.modified()?;
        // A time in the future is that of another clock: it is taken as settled.
        let age = written.elapsed().unwrap_or(Duration::MAX);
        if age >= settled {
            found.push((written, entry.path()));
        }
    }
    found.sort();
    let paths = found.into_iter().map(|(_, path)| path);
    Ok(paths.take(MAX_FILES).collect())
}

fn name_of(path: &Path) -> OsString {
    path.file_name().unwrap_or_default().to_owned()
}

fn with_end(name: &OsString, end: &str) -> OsString {
    let mut name = name.clone();
    name.push(end);
    name
}

/// Moves a file into a folder, and says where it is then.
fn moved(file: &Path, folder: &Path) -> Result<PathBuf, Problem> {
    let to = folder.join(name_of(file));
    fs::rename(file, &to).map_err(|error| unmoved(file, &error))?;
    Ok(to)
}

fn unmoved(path: &Path, error: &io::Error) -> Problem {
    let place = path.display().to_string();
    let next = "give the command a folder of its own that it may write to, and start it again: \
                what is recorded stays";
    Problem::failed(
        format!("the folder cannot be worked with: {error}"),
        &place,
        next,
    )
}
