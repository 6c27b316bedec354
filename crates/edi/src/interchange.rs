//! What a file holds: interchanges, their groups, their transactions. The same for both standards.

use jiff::civil::Date;
use sha2::{Digest, Sha256};

use crate::bounds::MAX_NOTES;
use crate::fault::Fault;
use crate::said::{Document, Receipt};

/// Which standard an interchange follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standard {
    /// ASC X12.
    X12,
    /// UN/EDIFACT.
    Edifact,
}

/// What is sent at once, from one partner to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interchange {
    /// By which standard.
    pub standard: Standard,
    /// Who sent it.
    pub sender: Party,
    /// To whom.
    pub receiver: Party,
    /// The sender's number of it.
    pub control: String,
    /// The day on which it was sent.
    pub sent: Option<Date>,
    /// When on that day, as its header has it: four digits; may be empty.
    pub sent_at: String,
    /// It is a test, by its sender.
    pub is_test: bool,
    /// The sender asks for an answer that it arrived.
    pub wants_receipt: bool,
    /// What is wrong with its envelope while its transactions are whole, in words.
    pub notes: Vec<String>,
    /// Why nothing of it is read, or nothing after this place.
    pub fault: Option<Fault>,
    /// Whether interchanges of ours arrived (TA1).
    pub receipts: Vec<Receipt>,
    /// Its groups; an interchange without groups has one that is empty but for its transactions.
    pub groups: Vec<Group>,
}

/// Who sends or receives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Party {
    /// Whose number it is; may be empty.
    pub qualifier: String,
    /// The number.
    pub id: String,
}

/// Transactions of one kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    /// Of which kind, such as `PR`; empty where the transactions stand in no group.
    pub kind: String,
    /// The sender's number of it.
    pub control: String,
    /// The version of the standard.
    pub version: String,
    /// How many transactions it says it has.
    pub counted: String,
    /// Its transactions.
    pub transactions: Vec<Transaction>,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// Of which kind, such as `855` or `ORDRSP`.
    pub kind: String,
    /// Its version, where it says one itself, such as `D:96A:UN`.
    pub version: String,
    /// The sender's number of it.
    pub control: String,
    /// Where it begins: the segment's number in the interchange.
    pub segment: usize,
    /// A short hash of its segments, from the first to the last before its trailer.
    pub digest: String,
    /// What it says, or why it is not read.
    pub says: Result<Document, Fault>,
}

impl Interchange {
    pub(crate) fn new(standard: Standard) -> Self {
        Self {
            standard,
            sender: Party::default(),
            receiver: Party::default(),
            control: String::new(),
            sent: None,
            sent_at: String::new(),
            is_test: false,
            wants_receipt: false,
            notes: Vec::new(),
            fault: None,
            receipts: Vec::new(),
            groups: Vec::new(),
        }
    }

    /// All transactions, in order.
    pub fn transactions(&self) -> impl Iterator<Item = &Transaction> {
        self.groups.iter().flat_map(|group| &group.transactions)
    }

    pub(crate) fn note(&mut self, note: String) {
        if self.notes.len() < MAX_NOTES {
            self.notes.push(note);
        }
    }

    /// A transaction of the last group, or of one without a name where there is none.
    pub(crate) fn push(&mut self, transaction: Transaction) {
        if self.groups.is_empty() {
            self.groups.push(Group::default());
        }
        if let Some(group) = self.groups.last_mut() {
            group.transactions.push(transaction);
        }
    }
}

/// A hash of texts in turn, in hexadecimal digits: SHA-256, of which 128 bits.
pub(crate) fn hash<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    let mut hasher = Sha256::new();
    for text in texts {
        // With its length, so that two ways to cut a text differ.
        hasher.update(text.len().to_le_bytes());
        hasher.update(text.as_bytes());
    }
    let digits = hasher.finalize().into_iter().take(16);
    digits.map(|byte| format!("{byte:02x}")).collect()
}

/// What tells a message from another one of the same numbers: a hash of its segments, shortened.
pub(crate) fn digest<'t>(segments: impl Iterator<Item = &'t str>) -> String {
    let mut hash = hash(segments);
    hash.truncate(8);
    hash
}

/// Whether two control numbers are the same: as texts, or as numbers.
pub(crate) fn same_number(one: &str, other: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    let zeros = |text: &str| text.trim_start_matches('0').to_owned();
    one == other || (digits(one) && digits(other) && zeros(one) == zeros(other))
}
