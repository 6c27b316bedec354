//! How an e-mail leaves: by SMTP, or into a folder. It must not know why it was written.
//!
//! A letter reaches a folder once, however often it is delivered: its file's name follows from its
//! notice. By SMTP there is one window that nobody can close: if the process dies between the
//! server's `250` and our own record, the letter is sent again after the restart. Both copies
//! carry the same Message-ID, so that a receiver can drop the second.

use std::borrow::Cow;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::notifier::Letter;
use lettre::transport::smtp::Error as SmtpError;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use uuid::Uuid;

use crate::message::mark;

/// How long one exchange with the server may take, from connecting to its last word.
pub const SMTP_TIMEOUT: Duration = Duration::from_secs(30);

/// Why a letter has not left.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Undelivered {
    /// It will not leave another time either.
    #[error("{0}")]
    Permanent(String),
    /// Another time it may.
    #[error("{0}")]
    Transient(String),
}

/// Where letters go.
#[derive(Debug)]
pub enum Channel {
    /// To an SMTP server.
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    /// Into a folder, one `.eml` file a notice.
    Folder(PathBuf),
}

impl Channel {
    /// A server by its URL: `smtp://` with STARTTLS where the server offers it, and always when
    /// there is a password to keep; `smtp://…?tls=required` always; `smtps://` with TLS from the
    /// start; `smtp://…?tls=none` in the clear, password and all. Nothing is sent yet.
    ///
    /// # Errors
    /// The URL is not one.
    pub fn smtp(url: &str) -> Result<Self, SmtpError> {
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(&guarded(url))?;
        Ok(Self::Smtp(builder.timeout(Some(SMTP_TIMEOUT)).build()))
    }

    /// A folder for this user alone, made if it is not there.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn folder(path: &Path) -> std::io::Result<Self> {
        let mut folder = std::fs::DirBuilder::new();
        folder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
        folder.create(path)?;
        Ok(Self::Folder(path.to_owned()))
    }

    /// What it is called in metrics.
    pub const fn token(&self) -> &'static str {
        match self {
            Self::Smtp(_) => "smtp",
            Self::Folder(_) => "folder",
        }
    }

    /// Hands a message over. When this returns without an error, it is in other hands: the
    /// server's, or the disk's.
    ///
    /// # Errors
    /// [`Undelivered`], which says whether to try again.
    pub async fn deliver(&self, letter: &Letter, message: Message) -> Result<(), Undelivered> {
        match self {
            Self::Smtp(server) => send(server, message).await,
            Self::Folder(folder) => {
                let (folder, name) = (folder.clone(), file_name(letter));
                let put = move || put(&folder, &name, &message.formatted());
                match tokio::task::spawn_blocking(put).await {
                    Ok(Ok(())) => Ok(()),
                    Ok(Err(error)) => Err(Undelivered::Transient(error.to_string())),
                    Err(error) => Err(Undelivered::Transient(error.to_string())),
                }
            }
        }
    }
}

async fn send(
    server: &AsyncSmtpTransport<Tokio1Executor>,
    message: Message,
) -> Result<(), Undelivered> {
    let error = match tokio::time::timeout(SMTP_TIMEOUT, server.send(message)).await {
        Ok(Ok(_accepted)) => return Ok(()),
        Ok(Err(error)) => error,
        Err(_elapsed) => return Err(Undelivered::Transient("the server took too long".into())),
    };
    let said = in_words(&error);
    // A final no may be about this letter, or about us: a wrong password, a server that takes no
    // mail. Only a server that is ready for another letter has judged this one.
    let ready = tokio::time::timeout(SMTP_TIMEOUT, server.test_connection());
    if (error.is_permanent() || error.is_client()) && matches!(ready.await, Ok(Ok(true))) {
        Err(Undelivered::Permanent(said))
    } else {
        Err(Undelivered::Transient(said))
    }
}

fn in_words(error: &SmtpError) -> String {
    let mut said = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let cause_said = cause.to_string();
        if !said.contains(&cause_said) {
            said.push_str(": ");
            said.push_str(&cause_said);
        }
        source = cause.source();
    }
    said
}

/// The URL in the client's words, with what it does not say of encryption: the client would send in
/// the clear.
fn guarded(url: &str) -> Cow<'_, str> {
    if !url.starts_with("smtp://") {
        return url.into();
    }
    let (place, asked) = url.split_once('?').unwrap_or((url, ""));
    match asked.split('&').find_map(|key| key.strip_prefix("tls=")) {
        Some("none") => place.into(),
        Some(_) => url.into(),
        None => {
            let who = place.rsplit_once('@').map_or("", |(who, _)| who);
            let has_password = who.trim_start_matches("smtp://").contains(':');
            let tls = if has_password {
                "required"
            } else {
                "opportunistic"
            };
            format!("{place}?tls={tls}").into()
        }
    }
}

/// A name that says what it is to a person and cannot leave the folder: letters, digits, `-`,
/// `_` and inner dots of the notice's id, and the mark that makes it the notice's own.
pub fn file_name(letter: &Letter) -> String {
    let readable = |c: char| {
        if c.is_ascii_alphanumeric() || c == '-' {
            c
        } else {
            '_'
        }
    };
    let head: String = letter
        .notice
        .as_str()
        .chars()
        .map(readable)
        .take(80)
        .collect();
    format!("{head}.{}.eml", mark(letter))
}

/// Writes a file whole or not at all: under another name first, then renamed over whatever an
/// earlier delivery left.
fn put(folder: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    let unfinished = folder.join(format!(".{}.tmp", Uuid::now_v7()));
    let written = (|| {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&unfinished)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&unfinished, folder.join(name))?;
        std::fs::File::open(folder)?.sync_all()
    })();
    if written.is_err() {
        // What went wrong is told; that the rest could not be swept up adds nothing.
        let _left_behind = std::fs::remove_file(&unfinished);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_kept_whatever_else_the_url_asks() {
        for (url, asked) in [
            ("smtp://mail:25", "smtp://mail:25?tls=opportunistic"),
            (
                "smtp://me:pw@mail:587",
                "smtp://me:pw@mail:587?tls=required",
            ),
            (
                "smtp://me:pw@mail:587?x=1",
                "smtp://me:pw@mail:587?tls=required",
            ),
            (
                "smtp://me:pw@mail?x=1&tls=required",
                "smtp://me:pw@mail?x=1&tls=required",
            ),
            ("smtp://me:pw@mail:25?tls=none", "smtp://me:pw@mail:25"),
            ("smtps://me:pw@mail", "smtps://me:pw@mail"),
        ] {
            assert_eq!(guarded(url), asked, "{url}");
        }
    }
}
