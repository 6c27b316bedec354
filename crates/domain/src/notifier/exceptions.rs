//! Letters that need a person: those given up, and those that the channel does not take. Must not
//! know which channel that is.

use super::Notifier;
use super::letter::kind_token;
use super::notices::Notice;
use crate::exact::{Exact, fewer};
use crate::exception::{Exception, ExceptionKind, Exceptions, Worst};
use crate::ids::Timestamp;

/// For how many days a letter that was given up is told of: its customer has been told otherwise
/// by then, or never will be.
pub const FAILED_LETTER_DAYS: i64 = 7;

impl Exceptions for Notifier {
    fn exceptions(&self, now: Timestamp, worst: &mut Worst) {
        if let Some(exception) = self.delayed()
            && !worst.take(exception)
        {
            return;
        }
        let first = now.plus_days(fewer(FAILED_LETTER_DAYS));
        let failed = self.failed.iter().rev();
        let failed = failed.filter_map(|notice| given_up(notice));
        for exception in failed.take_while(|exception| exception.since >= first) {
            if !worst.take(exception) {
                return;
            }
        }
    }
}

impl Notifier {
    /// All letters that were tried and wait to be tried again, as one: what keeps them back is most
    /// often the same.
    fn delayed(&self) -> Option<Exception> {
        let mut delayed = self.outbox.letters().filter(|letter| letter.attempts > 0);
        let first = delayed.next()?;
        let (mut oldest, mut last, mut count) = (first, first, 1_u64);
        for letter in delayed {
            count = count.plus(1);
            if letter.caused_at < oldest.caused_at {
                oldest = letter;
            }
            if letter.tried_at > last.tried_at {
                last = letter;
            }
        }
        let error = last.error.as_deref().unwrap_or("nothing is known of why");
        let letters = if count == 1 { "letter" } else { "letters" };
        let text = format!("{count} {letters} could not be sent yet; the last failure: {error}");
        let kind = ExceptionKind::LettersDelayed;
        Some(Exception::new(kind, oldest.caused_at, count, text))
    }
}

fn given_up(notice: &Notice) -> Option<Exception> {
    let error = notice.error.as_deref().unwrap_or("nothing is known of why");
    let (to, attempts, about) = (&notice.to, notice.attempts, kind_token(notice.kind));
    let tries = if attempts == 1 { "try" } else { "tries" };
    let text = format!("letter to {to} ({about}) given up after {attempts} {tries}: {error}");
    Some(Exception {
        order: Some(notice.order.clone()),
        ..Exception::new(ExceptionKind::LetterFailed, notice.tried_at?, 1, text)
    })
}
