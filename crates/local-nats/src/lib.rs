//! A nats-server of one's own: found or fetched, started, and ended with its owner.
//!
//! It knows nothing of what is stored on it.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::{Instant, sleep, timeout};

mod error;
mod find;

pub use error::Error;
use error::io;
pub use find::{cache, find};

/// How long a server may take to be ready; it reads its whole store before.
const READY_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a server may take to end when asked nicely; it is killed after 10 s.
const END_TIMEOUT: Duration = Duration::from_secs(15);
/// How long a store directory may still be held by a server that is just ending.
const LOCK_TIMEOUT: Duration = Duration::from_secs(5);
/// How much of its log a server that does not start leaves in the error.
const LOG_TAIL_BYTES: u64 = 2_000;

/// The supervisor: a shell, so that it outlives an owner that is killed, and needs no unsafe code.
const SUPERVISOR: &str = include_str!("supervise.sh");

/// How a server is run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where it stores; a directory of its own, removed with it, if none is given.
    pub dir: Option<PathBuf>,
    /// Its port on 127.0.0.1; a free one if none is given.
    pub port: Option<u16>,
    /// Whether each write is on disk before it is acknowledged.
    pub sync_always: bool,
    /// The most bytes it may store.
    pub max_store_bytes: Option<u64>,
    /// Further lines of its configuration, such as users and their permissions.
    pub further: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            dir: None,
            port: None,
            sync_always: true,
            max_store_bytes: None,
            further: String::new(),
        }
    }
}

/// A running server. Dropped, it is killed.
#[derive(Debug)]
pub struct LocalNats {
    options: Options,
    dir: PathBuf,
    port: u16,
    pid: Option<u32>,
    words: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    supervisor: Child,
}

impl LocalNats {
    /// Finds a server and starts it; back when it takes connections.
    ///
    /// # Errors
    /// [`Error`], in words for the operator.
    pub async fn start(options: Options) -> Result<Self, Error> {
        let binary = find().await?;
        let (dir, temporary) = match &options.dir {
            Some(dir) => (dir.clone(), false),
            None => (
                tempfile::Builder::new()
                    .prefix("backorder-nats-")
                    .tempdir()
                    .map_err(io("making a temporary directory"))?
                    .keep(),
                true,
            ),
        };
        std::fs::create_dir_all(&dir).map_err(io(format!("making {}", dir.display())))?;
        let dir = dir
            .canonicalize()
            .map_err(io(format!("resolving {}", dir.display())))?;
        let lock = lock(&dir).await?;
        let mut supervisor = Command::new("sh")
            .args(["-c", SUPERVISOR, "supervise"])
            .arg(&binary)
            .arg(dir.join("nats.conf"))
            .arg(dir.join("nats.log"))
            .arg(if temporary { dir.as_os_str() } else { "".as_ref() })
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // The lock lasts as long as the supervisor has it open, so until the server is gone,
            // also when the owner is killed.
            .stderr(Stdio::from(lock))
            // The terminal's Ctrl-C is for the owner, who ends the server when it is done.
            .process_group(0)
            .spawn()
            .map_err(io("starting sh"))?;
        let (Some(words), Some(stdout)) = (supervisor.stdin.take(), supervisor.stdout.take())
        else {
            return Err(Error::NotReady {
                reason: "sh has no pipes".into(),
                log: String::new(),
            });
        };
        let answers = BufReader::new(stdout).lines();
        let port = options.port.unwrap_or_default();
        let mut nats = Self {
            options,
            dir,
            port,
            pid: None,
            words,
            answers,
            supervisor,
        };
        nats.launch().await?;
        Ok(nats)
    }

    /// Where clients connect.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Its port on 127.0.0.1.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Its process, unless it was killed.
    pub const fn pid(&self) -> Option<u32> {
        self.pid
    }

    /// Where it stores, configuration and log included.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Kills it (SIGKILL), as a power cut would.
    ///
    /// # Errors
    /// [`Error::Io`] when the supervisor is gone.
    pub async fn kill(&mut self) -> Result<(), Error> {
        if self.pid.take().is_some() {
            self.say("kill").await?;
            self.hear(END_TIMEOUT).await?;
        }
        Ok(())
    }

    /// Starts it again on the same port and store, after killing it if it runs.
    ///
    /// # Errors
    /// [`Error::NotReady`] when it does not come up.
    pub async fn restart(&mut self) -> Result<(), Error> {
        self.kill().await?;
        self.launch().await
    }

    /// Holds it still (SIGSTOP): connections stay, answers do not come.
    ///
    /// # Errors
    /// [`Error::Io`] when the supervisor is gone.
    pub async fn pause(&mut self) -> Result<(), Error> {
        self.say("STOP").await
    }

    /// Lets it go on.
    ///
    /// # Errors
    /// [`Error::Io`] when the supervisor is gone.
    pub async fn resume(&mut self) -> Result<(), Error> {
        self.say("CONT").await
    }

    /// Ends it in order; back when it is gone.
    ///
    /// # Errors
    /// [`Error::Io`] when the supervisor is gone.
    pub async fn stop(mut self) -> Result<(), Error> {
        if self.pid.take().is_some() {
            self.say("end").await?;
            self.hear(END_TIMEOUT).await?;
        }
        drop(self.words);
        self.supervisor
            .wait()
            .await
            .map_err(io("waiting for the supervisor"))?;
        Ok(())
    }

    async fn say(&mut self, word: &str) -> Result<(), Error> {
        let line = format!("{word}\n");
        self.words
            .write_all(line.as_bytes())
            .await
            .map_err(io("talking to the supervisor"))?;
        self.words
            .flush()
            .await
            .map_err(io("talking to the supervisor"))
    }

    async fn hear(&mut self, limit: Duration) -> Result<String, Error> {
        let reason = match timeout(limit, self.answers.next_line()).await {
            Ok(Ok(Some(line))) => return Ok(line),
            Ok(Ok(None)) => "the supervisor is gone".to_owned(),
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("nothing happened within {} s", limit.as_secs()),
        };
        Err(self.not_ready(reason))
    }

    async fn launch(&mut self) -> Result<(), Error> {
        let config = self.config();
        std::fs::write(self.dir.join("nats.conf"), config).map_err(io("writing nats.conf"))?;
        self.say("start").await?;
        let said = self.hear(END_TIMEOUT).await?;
        let pid = said
            .parse()
            .map_err(|_| self.not_ready(format!("sh said {said:?}")))?;
        self.pid = Some(pid);
        let by = Instant::now().checked_add(READY_TIMEOUT);
        while by.is_some_and(|by| Instant::now() < by) {
            if self.port == 0 {
                self.port = self.chosen_port(pid).unwrap_or_default();
            }
            if self.port != 0 && greets(self.port).await {
                return Ok(());
            }
            if !runs(pid).await {
                return Err(self.not_ready("it ended at once"));
            }
            sleep(Duration::from_millis(10)).await;
        }
        Err(self.not_ready(format!(
            "it was not ready within {} s",
            READY_TIMEOUT.as_secs()
        )))
    }

    fn config(&self) -> String {
        let dir = self.dir.display();
        let port = if self.port == 0 {
            "-1".to_owned()
        } else {
            self.port.to_string()
        };
        let sync = if self.options.sync_always {
            "always"
        } else {
            "\"2m\""
        };
        let most = match self.options.max_store_bytes {
            Some(bytes) => format!("  max_file_store: {bytes}\n"),
            None => String::new(),
        };
        format!(
            "server_name: backorder-local\nhost: 127.0.0.1\nport: {port}\n\
             ports_file_dir: {dir:?}\n\
             jetstream {{\n  store_dir: {dir:?}\n  sync_interval: {sync}\n{most}}}\n{}\n",
            self.options.further,
            dir = dir.to_string(),
        )
    }

    /// The port that the server chose, once it has written it down.
    fn chosen_port(&self, pid: u32) -> Option<u16> {
        let ending = format!("_{pid}.ports");
        let entries = std::fs::read_dir(&self.dir).ok()?;
        let path = entries
            .flatten()
            .map(|entry| entry.path())
            .find(|path| path.to_string_lossy().ends_with(&ending))?;
        let text = std::fs::read_to_string(path).ok()?;
        let (_, after) = text.split_once("nats://127.0.0.1:")?;
        after
            .split(|c: char| !c.is_ascii_digit())
            .next()?
            .parse()
            .ok()
    }

    fn not_ready(&self, reason: impl Into<String>) -> Error {
        let log = log_tail(&self.dir.join("nats.log")).unwrap_or_default();
        Error::NotReady {
            reason: reason.into(),
            log,
        }
    }
}

async fn lock(dir: &Path) -> Result<File, Error> {
    let path = dir.join("supervisor.lock");
    let file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(&path)
        .map_err(io(format!("opening {}", path.display())))?;
    let by = Instant::now().checked_add(LOCK_TIMEOUT);
    while by.is_some_and(|by| Instant::now() < by) {
        if file.try_lock().is_ok() {
            return Ok(file);
        }
        sleep(Duration::from_millis(50)).await;
    }
    Err(Error::InUse {
        dir: dir.to_owned(),
    })
}

/// Whether a server greets there, with JetStream on: it accepts clients when its store is read.
async fn greets(port: u16) -> bool {
    let greeting = async {
        let mut connection = TcpStream::connect(("127.0.0.1", port)).await?;
        let mut first = [0_u8; 4];
        connection.read_exact(&mut first).await?;
        Ok::<_, std::io::Error>(&first == b"INFO")
    };
    matches!(
        timeout(Duration::from_secs(2), greeting).await,
        Ok(Ok(true))
    )
}

/// Whether a process runs: it is there, and not only waiting to be buried.
async fn runs(pid: u32) -> bool {
    let ps = Command::new("ps")
        .args(["-o", "stat=", "-p", &pid.to_string()])
        .output()
        .await;
    match ps {
        Ok(output) => {
            let state = String::from_utf8_lossy(&output.stdout);
            !state.trim().is_empty() && !state.trim().starts_with('Z')
        }
        // Without ps we wait for the bound instead.
        Err(_) => true,
    }
}

fn log_tail(path: &Path) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LOG_TAIL_BYTES)))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
