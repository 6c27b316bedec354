//! A letter as an e-mail. Whatever an order's number, an SKU or an address says, it cannot add a
//! header, a recipient or a second message: the address is parsed, the subject is one line, all
//! else is text. It must not know where the message goes.

use std::time::{Duration, SystemTime};

use domain::ids::Key;
use domain::notifier::Letter;
use lettre::Message;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder};

use crate::templates::Written;

/// Why a letter cannot be an e-mail: it never will be.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// Nobody can be written to there.
    #[error("the address is not one")]
    Address(#[source] lettre::address::AddressError),
    /// The parts do not make a message.
    #[error("the message cannot be put together")]
    Build(#[source] lettre::error::Error),
}

/// What marks one notice among all of all cells, in 32 hexadecimal digits. The same letter has
/// the same mark whenever and by whomever it is delivered.
pub fn mark(letter: &Letter) -> String {
    let at = letter.caused_at.as_ms();
    let letter = format!("{}\n{at}\n{}", letter.notice, letter.to);
    format!("{:032x}", Key::of("letter", &letter).0)
}

/// The e-mail of a letter. The same letter makes the same message, byte for byte: its id lets a
/// receiver drop a second copy, and its date is that of the news.
///
/// # Errors
/// [`MessageError`] when the address is no address.
pub fn compose(letter: &Letter, from: &Mailbox, written: Written) -> Result<Message, MessageError> {
    let to = letter.to.parse().map_err(MessageError::Address)?;
    let since = u64::try_from(letter.caused_at.as_ms()).unwrap_or_default();
    let date = SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(since));
    let id = format!("<{}@{}>", mark(letter), from.email.domain());
    let builder = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to))
        .date(date.unwrap_or(SystemTime::UNIX_EPOCH))
        .message_id(Some(id))
        .subject(written.subject)
        .header(ContentType::TEXT_PLAIN);
    automatic(builder)
        .body(written.text)
        .map_err(MessageError::Build)
}

/// RFC 3834: no out-of-office answers, please.
fn automatic(builder: MessageBuilder) -> MessageBuilder {
    match HeaderName::new_from_ascii("Auto-Submitted".to_owned()) {
        Ok(name) => builder.raw_header(HeaderValue::new(name, "auto-generated".to_owned())),
        Err(_) => builder,
    }
}
