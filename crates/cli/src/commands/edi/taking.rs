//! `edi import`: what the messages of a file say is recorded of the purchase orders that they name.
//! Each message for itself: one that cannot be recorded is told, and the others are.

mod facts;

use std::path::{Path, PathBuf};

use clap::Args;
use edi::{Document, Envelope, Interchange, Receipt, Verdict, write_receipt};
use serde_json::{Value, json};

use super::checking::called;
use super::ordering::now;
use super::reading::{Names, Partnership, judged, read};
use crate::output::{Format, line, table};
use crate::problem::{Exit, Problem};
use crate::session::Session;
use facts::{Outcome, Taking};

/// Record what the messages of a file say of purchase orders; the same file again records nothing
#[derive(Debug, Args)]
#[command(
    before_help = "\
Examples:
  backorder edi import answers.edi --supplier acme --dry-run
  backorder edi import answers.edi --supplier acme --answer 997.edi
  backorder edi import answers.edi --supplier acme --partner docs/edi.toml",
    after_help = "\
Each message is taken or left for itself. It is recorded once, by its sender,
kind, control numbers, document and purpose: the same one again changes nothing.
A line is found by our SKU, or by what the supplier calls it (`backorder
supplier item`), among the articles that the message gives; else by our line's
number. What has left already is taken off the parts that come first.
A cancelled or changed dispatch, an article that is not on the order, a date
before the order, a message of ours that they could not read: such a message is
left, with its reason, for a person.

--answer writes what the partner is to get: a 997 (and a TA1 where it is asked
for) or a CONTRL, which says of each message whether it could be read."
)]
pub(crate) struct Import {
    /// The file
    file: PathBuf,
    #[command(flatten)]
    partner: Partnership,
    #[command(flatten)]
    from: From,
    /// Write the answer to the partner into this file
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    answer: Option<PathBuf>,
    /// Ask whether each would be taken; record nothing
    #[arg(long)]
    dry_run: bool,
}

/// Whose messages are taken.
#[derive(Debug, Args)]
pub(super) struct From {
    /// The supplier who sent it; messages about orders of another one are left
    #[arg(long)]
    pub supplier: String,
    /// Take interchanges that their sender marks as a test
    #[arg(long)]
    tests: bool,
}

/// What became of one message, or of its part about one order.
pub(super) struct Row {
    interchange: String,
    message: String,
    order: String,
    outcome: Outcome,
}

impl Import {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        let mut profile = self.partner.profile()?;
        let names = Names::learn(session, &self.from.supplier, &mut profile).await?;
        let interchanges = read(&self.file, &profile)?;
        if session.out.0 == Format::Table {
            notes(&interchanges).for_each(|note| eprintln!("! {note}"));
        }
        let from = (self.file.as_path(), interchanges.as_slice(), &names);
        let rows = self.from.take(session, from, self.dry_run).await?;
        match session.out.0 {
            Format::Table => line(&page(&rows)),
            Format::Json => session.out.value(&json!({
                "notes": notes(&interchanges).collect::<Vec<_>>(),
                "messages": rows.iter().map(value).collect::<Vec<_>>(),
            })),
        }
        if let Some(path) = &self.answer {
            let (text, unanswered) = answers(&interchanges);
            std::fs::write(path, text).map_err(|error| {
                let what = format!("the answer cannot be written: {error}");
                let next = "run the same again with another file: nothing is recorded twice";
                Problem::usage(what, &path.display().to_string(), next)
            })?;
            if !unanswered.is_empty() {
                let next = "answer it by hand; what it says is recorded";
                return Err(refused(unanswered.join("; "), next));
            }
        }
        let next = "each row says why; mend what was left, or type it in with `backorder po`";
        judged(left_of(&rows), rows.len(), next)
    }
}

/// What is wrong with envelopes whose messages are whole.
pub(super) fn notes(interchanges: &[Interchange]) -> impl Iterator<Item = String> {
    interchanges.iter().flat_map(|interchange| {
        let called = called(interchange);
        let notes = interchange.notes.iter();
        notes.map(move |note| format!("{called}: {note}"))
    })
}

/// What became of each, as a table.
pub(super) fn page(rows: &[Row]) -> String {
    let rows = rows.iter().map(|row| {
        vec![
            row.interchange.clone(),
            row.message.clone(),
            row.order.clone(),
            row.outcome.told(),
        ]
    });
    table(
        &["interchange", "message", "order", "what became of it"],
        rows,
    )
}

/// How many were left for a person.
pub(super) fn left_of(rows: &[Row]) -> usize {
    rows.iter().filter(|row| row.outcome.is_left()).count()
}

impl From {
    /// Takes all interchanges of a file.
    pub async fn take(
        &self,
        session: &Session,
        (file, interchanges, names): (&Path, &[Interchange], &Names),
        dry_run: bool,
    ) -> Result<Vec<Row>, Problem> {
        let mut rows = Vec::new();
        for interchange in interchanges {
            let row = |message: String, order: String, outcome| Row {
                interchange: interchange.control.clone(),
                message,
                order,
                outcome,
            };
            if let Some(fault) = &interchange.fault {
                let outcome = Outcome::Left(fault.to_string());
                rows.push(row(String::new(), String::new(), outcome));
            }
            for receipt in &interchange.receipts {
                rows.push(row("TA1".into(), String::new(), heard(receipt)));
            }
            for group in &interchange.groups {
                for transaction in &group.transactions {
                    let taking = Taking {
                        session,
                        supplier: &self.supplier,
                        names,
                        file,
                        dry_run,
                        of: (interchange, group, transaction),
                    };
                    let message = format!("{} {}", transaction.kind, transaction.control);
                    for (order, outcome) in self.take_message(&taking).await? {
                        rows.push(row(message.clone(), order, outcome));
                    }
                }
            }
        }
        Ok(rows)
    }

    /// Takes one message: what became of it, by order.
    async fn take_message(&self, taking: &Taking<'_>) -> Result<Vec<(String, Outcome)>, Problem> {
        let (interchange, _, transaction) = taking.of;
        let document = match &transaction.says {
            Ok(document) => document,
            Err(fault) => return Ok(vec![(String::new(), Outcome::Left(fault.to_string()))]),
        };
        if interchange.is_test && !self.tests {
            let why = "its sender marks it as a test, which --tests takes";
            return Ok(vec![(String::new(), Outcome::Left(why.into()))]);
        }
        match document {
            Document::Answer(said) => {
                let outcome = taking.answer(said).await?;
                Ok(vec![(said.order.clone(), outcome)])
            }
            Document::Dispatch(said) => taking.dispatch(said).await,
            Document::Receipt(receipt) => Ok(vec![(String::new(), heard(receipt))]),
            Document::Stock(_) => Ok(vec![(String::new(), Outcome::Told(document.to_string()))]),
        }
    }
}

/// Whether what we sent was read. What was not is for a person: the supplier does not know of it.
fn heard(receipt: &Receipt) -> Outcome {
    let all = receipt.transactions.iter().map(|it| it.verdict);
    let mut all = all.chain([receipt.verdict]);
    let told = receipt.to_string();
    if all.any(|it| matches!(it, Verdict::Rejected | Verdict::Partly)) {
        return Outcome::Left(format!(
            "{told}: they do not know it; send it by other means"
        ));
    }
    Outcome::Told(told)
}

fn refused(what: String, next: &str) -> Problem {
    Problem {
        exit: Exit::Refused,
        ..Problem::failed(what, "", next)
    }
}

fn value(row: &Row) -> Value {
    json!({
        "interchange": row.interchange,
        "message": row.message,
        "order": row.order,
        "result": row.outcome.name(),
        "detail": row.outcome.told(),
        "revision": row.outcome.revision(),
    })
}

/// What the partner is to get: an answer to each interchange that is not itself one; it may be
/// empty. And why one cannot be answered, for each of these.
pub(super) fn answers(interchanges: &[Interchange]) -> (String, Vec<String>) {
    let (mut text, mut unanswered) = (String::new(), Vec::new());
    for interchange in interchanges {
        let (sender, receiver) = (&interchange.receiver, &interchange.sender);
        let digests = interchange.transactions().map(|it| it.digest.as_str());
        let mut named = vec!["answer", &receiver.id, &interchange.control];
        named.extend(digests);
        let envelope = Envelope {
            sender: sender.clone(),
            receiver: receiver.clone(),
            control: edi::control_of(&named),
            at: now(),
            is_test: interchange.is_test,
        };
        match write_receipt(&envelope, interchange) {
            Ok(written) => text.push_str(&written.unwrap_or_default()),
            Err(why) => {
                unanswered.push(format!("{} cannot be answered: {why}", called(interchange)))
            }
        }
    }
    (text, unanswered)
}
