//! The notifier's side effect: write a letter, hand it to the channel, record what became of it.
//! It must not know why the letter is owed.

use anyhow::Context;
use chassis::instruments::LETTERS;
use chassis::telemetry::Counted;
use chassis::{Config, Host, trace};
use domain::event::Notified;
use domain::notifier::{Letter, MAX_ATTEMPTS, Notifier, RecordFailure, RecordSent, kind_token};
use lettre::message::Mailbox;

use crate::channel::{Channel, Undelivered};
use crate::message::compose;
use crate::templates::Templates;

/// The most characters kept of what a channel said.
pub const MAX_ERROR_CHARS: usize = 300;

/// All that is needed to send a letter.
#[derive(Debug)]
pub struct Post {
    templates: Templates,
    from: Mailbox,
    channel: Channel,
    handed_over: Counted,
}

impl Post {
    /// Opens the configured channel, or a folder if none is, and tries every template.
    ///
    /// # Errors
    /// What is wrong with the settings, and which one.
    pub fn open(config: &Config) -> anyhow::Result<Self> {
        let settings = &config.notifier;
        let templates = Templates::load(settings.templates.as_deref())?;
        let from = settings.from.parse().with_context(|| {
            format!(
                "notifier.from: {:?} is no sender such as `Shop <orders@shop.example>`",
                settings.from
            )
        })?;
        let channel = if let Some(url) = &settings.smtp_url {
            // The URL may hold a password: only what follows it is ever said.
            let server = url.rsplit('@').next().unwrap_or_default();
            let server = server.rsplit("//").next().unwrap_or_default();
            let channel = Channel::smtp(url).with_context(
                || "notifier.smtp_url is no URL such as `smtps://user:password@mail.example:465`",
            )?;
            tracing::info!(server, "letters leave by SMTP");
            channel
        } else {
            let folder = settings
                .folder
                .clone()
                .unwrap_or_else(|| match &config.state.dir {
                    Some(state) => state.join("notices"),
                    None => std::env::temp_dir().join("backorder-notices"),
                });
            let channel = Channel::folder(&folder)
                .with_context(|| format!("notifier.folder: {}", folder.display()))?;
            tracing::warn!(
                folder = %folder.display(),
                "NO CUSTOMER GETS A LETTER: no mail server is set, so letters are put into this \
                 folder; set notifier.smtp_url (BACKORDER_NOTIFIER_SMTP_URL) to send them"
            );
            channel
        };
        Ok(Self {
            templates,
            from,
            channel,
            handed_over: Counted::new(&LETTERS),
        })
    }

    /// Writes and delivers a letter, once.
    ///
    /// # Errors
    /// [`Undelivered`], which says whether to try again.
    pub async fn send(&self, letter: &Letter) -> Result<(), Undelivered> {
        // A template that only this letter breaks can be mended, so the letter waits for that.
        let written = self.templates.write(letter);
        let written = written.map_err(|error| Undelivered::Transient(error.to_string()))?;
        let message = compose(letter, &self.from, written)
            .map_err(|error| Undelivered::Permanent(format!("{:#}", anyhow::Error::from(error))))?;
        self.channel.deliver(letter, message).await
    }
}

/// Sends a letter and records what became of it.
///
/// What was sent is not sent again while the log takes no writes: its record is tried again.
///
/// # Errors
/// It could not be recorded: the letter stays due.
pub async fn deliver(host: Host<Notifier>, post: &Post, letter: Letter) -> anyhow::Result<()> {
    let attempt = letter.attempts.saturating_add(1);
    let (notice, kind, order, to) = (
        letter.notice.clone(),
        letter.kind,
        letter.order.clone(),
        letter.to.clone(),
    );
    trace::tell(trace::ORDER, || letter.order.to_string());
    trace::tell("backorder.letter.kind", || kind_token(kind).to_owned());
    let sent = post.send(&letter).await;
    post.handed_over.add(&[
        kind_token(kind),
        post.channel.token(),
        outcome(&sent, attempt),
    ]);
    let answer = match sent {
        Ok(()) => {
            let notified = Notified {
                notice,
                kind,
                order,
                to,
                attempt,
            };
            host.record_done(RecordSent(notified)).await
        }
        Err(undelivered) => {
            let error = one_line(&undelivered.to_string());
            tracing::warn!(%notice, attempt, error, "a letter could not be sent");
            let failure = RecordFailure {
                notice,
                kind,
                order,
                to,
                attempt,
                error,
                may_succeed_later: matches!(undelivered, Undelivered::Transient(_)),
            };
            host.record_done(failure).await
        }
    };
    answer.context("what became of a letter could not be recorded")?;
    Ok(())
}

/// What became of a letter, for the metrics.
const fn outcome(sent: &Result<(), Undelivered>, attempt: u32) -> &'static str {
    match sent {
        Ok(()) => "sent",
        Err(Undelivered::Transient(_)) if attempt < MAX_ATTEMPTS => "retried",
        Err(Undelivered::Transient(_) | Undelivered::Permanent(_)) => "given_up",
    }
}

/// A server's words come from outside: one line of them, of bounded length.
fn one_line(said: &str) -> String {
    let plain = said.chars().map(|c| if c.is_control() { ' ' } else { c });
    plain.take(MAX_ERROR_CHARS).collect()
}
