//! Each command of docs/nats.md does what the page says, for the operator's user as deployed, by a
//! client in Python. (The operator logs in by password here, since that client needs a compiler to
//! sign with an nkey; `permitted.rs` has the key.)

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::{sleep, timeout};

use crate::cell::Services;
use crate::users::{deployed, keys, server_of};

/// How long the whole page may take.
const PATIENCE: Duration = Duration::from_secs(120);
/// How often something happens in the shop meanwhile.
const EVERY: Duration = Duration::from_millis(200);

#[tokio::test]
async fn each_command_of_the_cookbook_does_what_it_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/nats");
    let packages = match packages(&folder).await {
        Ok(packages) => packages,
        Err(why) => {
            // Past the test runner, which keeps what a test that passes prints.
            let told = format!("\n!! SKIPPED: THE COMMANDS OF docs/nats.md WERE NOT RUN: {why}\n");
            std::io::stderr().write_all(told.as_bytes()).unwrap();
            return;
        }
    };
    let keys = keys();
    let users = std::fs::read_to_string(deployed("users.conf")).unwrap();
    let (by_key, by_password) = ("nkey: $NKEY_OPERATOR", "user: operator\npassword: cookbook");
    assert!(users.contains(by_key));
    let users = users.replace(by_key, by_password);
    // The server wants each variable to be used.
    let public = keys.path().join("keys.conf");
    let of_all = std::fs::read_to_string(&public).unwrap();
    let of_services = of_all.lines().filter(|line| !line.contains("OPERATOR"));
    std::fs::write(&public, of_services.collect::<Vec<_>>().join("\n")).unwrap();
    let (nats, other) = (
        server_of(&keys, &users).await,
        server_of(&keys, &users).await,
    );
    let services = Services::start(&nats, Some(&keys)).await;
    services.sell("BOLT", "web-1", 900).await;
    let mut client = Command::new("python3");
    client
        .arg(folder.join("cookbook.py"))
        .arg(folder.join("../../../docs/nats.md"))
        .args([&nats.url(), "operator", "cookbook", &other.url()])
        .env("PYTHONPATH", packages)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let shopping = async {
        for number in 2.. {
            services.place(&format!("web-{number}"), "BOLT", 1).await;
            let less = format!("less of it, {number}");
            services.cancel_one("web-1", &less).await;
            sleep(EVERY).await;
        }
    };
    let output = tokio::select! {
        output = timeout(PATIENCE, client.output()) => output,
        () = shopping => unreachable!("shopping does not end"),
    };
    let output = output.expect("the page is done in time").unwrap();
    let (said, errors) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{said}\n{errors}");
    assert!(said.trim_end().ends_with("commands, 0 failed"), "{said}");
    services.stop().await;
}

/// Where the packages of requirements.txt are, installed once for all runs; or why they are not.
async fn packages(folder: &Path) -> Result<PathBuf, String> {
    let requirements = folder.join("requirements.txt");
    let wanted = std::fs::read_to_string(&requirements).unwrap();
    let installed = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python-cookbook");
    let of = installed.join("requirements.txt");
    if std::fs::read_to_string(&of).is_ok_and(|present| present == wanted) {
        return Ok(installed);
    }
    if installed.exists() {
        std::fs::remove_dir_all(&installed).unwrap();
    }
    let pip = Command::new("python3")
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--require-hashes",
        ])
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
        return Err(format!("pip installs no nats-py: {last}"));
    }
    std::fs::write(&of, wanted).unwrap();
    Ok(installed)
}
