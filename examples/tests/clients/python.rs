//! The clients in Python, with the packages that they need.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;
use tokio::sync::Mutex;

/// Only one test installs packages.
static INSTALLING: Mutex<()> = Mutex::const_new(());

/// A client, ready to be started; nothing, and it is said loudly, where its packages cannot be had.
pub async fn client(script: &str) -> Option<Command> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("python");
    let _installing = INSTALLING.lock().await;
    match packages(&folder).await {
        Ok(packages) => {
            let mut client = Command::new("python3");
            client
                .arg(folder.join(script))
                .env("PYTHONPATH", packages)
                .env("PYTHONDONTWRITEBYTECODE", "1");
            Some(client)
        }
        Err(why) => {
            // Past the test runner, which keeps what a test that passes prints.
            let told = format!("\n!! SKIPPED: THE PYTHON EXAMPLE {script} WAS NOT RUN: {why}\n");
            std::io::stderr().write_all(told.as_bytes()).unwrap();
            None
        }
    }
}

/// Where the packages of requirements.txt are, installed once for all runs; or why they are not.
async fn packages(folder: &Path) -> Result<PathBuf, String> {
    let requirements = folder.join("requirements.txt");
    let wanted = std::fs::read_to_string(&requirements).unwrap();
    let installed = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python-client");
    let of = installed.join("requirements.txt");
    if std::fs::read_to_string(&of).is_ok_and(|present| present == wanted) {
        return Ok(installed);
    }
    if installed.exists() {
        std::fs::remove_dir_all(&installed).unwrap();
    }
    let pip = Command::new("python3")
        .args(["-m", "pip", "install", "--quiet", "--no-deps"])
        .args(["--disable-pip-version-check", "--only-binary=:all:"])
        .arg("--target")
        .arg(&installed)
        .arg("--requirement")
        .arg(&requirements)
        .stdin(Stdio::null())
        .output()
        .await
        .map_err(|error| format!("python3 cannot be started: {error}"))?;
    if !pip.status.success() {
        let said = String::from_utf8_lossy(&pip.stderr);
        let last = said.trim().lines().last().unwrap_or_default();
        return Err(format!("pip installs no grpcio: {last}"));
    }
    std::fs::write(&of, wanted).unwrap();
    Ok(installed)
}
