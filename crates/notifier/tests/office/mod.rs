//! The SMTP server of the tests: a real one, in a process of its own.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

/// aiosmtpd and what it needs, each at one version.
const PACKAGES: [&str; 3] = ["aiosmtpd==1.4.6", "atpublic==5.1", "attrs==25.3.0"];

pub struct Office {
    process: Child,
    pub port: u16,
    pub folder: PathBuf,
}

impl Office {
    /// Opens at any free port.
    pub fn open(folder: &Path, mode: &str) -> Self {
        Self::open_at(0, folder, mode)
    }

    pub fn open_at(port: u16, folder: &Path, mode: &str) -> Self {
        std::fs::create_dir_all(folder).unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/office/server.py");
        let mut process = Command::new("python3")
            .arg(script)
            .arg(port.to_string())
            .arg(folder)
            .arg(mode)
            .env("PYTHONPATH", packages())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 must be on the PATH to run these tests");
        let mut ready = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut ready)
            .unwrap();
        let port = ready
            .trim()
            .strip_prefix("ready ")
            .expect("the SMTP server did not start");
        Self {
            process,
            port: port.parse().unwrap(),
            folder: folder.to_owned(),
        }
    }

    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// Whether a client gave this command.
    pub fn heard(&self, command: &str) -> bool {
        let heard = std::fs::read_to_string(self.folder.join("heard")).unwrap_or_default();
        heard.lines().any(|line| line == command)
    }

    /// What was accepted, in order.
    pub fn mail(&self) -> Vec<String> {
        mail(&self.folder)
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// The `.eml` files of a folder, by name.
pub fn mail(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries
        .filter(|path| path.extension().is_some_and(|end| end == "eml"))
        .collect();
    files.sort();
    files
        .iter()
        .map(|file| std::fs::read_to_string(file).unwrap())
        .collect()
}

/// Where the packages are; the first test that needs them installs them, once for all runs.
fn packages() -> &'static Path {
    static INSTALLED: OnceLock<PathBuf> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let installed = target.join(PACKAGES[0]);
        if installed.is_dir() {
            return installed;
        }
        let unfinished = target.join(format!("{}.{}", PACKAGES[0], std::process::id()));
        let pip = Command::new("python3")
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--no-deps",
            ])
            .arg("--target")
            .arg(&unfinished)
            .args(PACKAGES)
            .output()
            .expect("python3 must be on the PATH to run these tests");
        assert!(
            pip.status.success(),
            "these tests need {} from pip, which said:\n{}",
            PACKAGES.join(" "),
            String::from_utf8_lossy(&pip.stderr)
        );
        if std::fs::rename(&unfinished, &installed).is_err() {
            assert!(
                installed.is_dir(),
                "{} cannot be moved in place",
                unfinished.display()
            );
            std::fs::remove_dir_all(&unfinished).unwrap();
        }
        installed
    })
}
