//! `edi check`: what each message of a file says, or why it is refused. Asks nobody.

use std::path::PathBuf;

use clap::Args;
use edi::{Interchange, Standard, Transaction};
use serde_json::{Value, json};

use super::reading::{Partnership, judged, read};
use crate::output::{Format, line};
use crate::problem::Problem;
use crate::session::Session;

/// Tell what each message of a file says, or why it is refused; record nothing
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder edi check answers.edi
  backorder edi check answers.edi --partner docs/edi.toml
  backorder edi check answers.edi -o json

No service is asked: whether an order is known is seen when it is imported.")]
pub(crate) struct Check {
    /// The file
    file: PathBuf,
    #[command(flatten)]
    partner: Partnership,
}

impl Check {
    pub fn run(self, session: &Session) -> Result<(), Problem> {
        let interchanges = read(&self.file, &self.partner.profile()?)?;
        match session.out.0 {
            Format::Table => interchanges.iter().for_each(tell),
            Format::Json => {
                let all: Vec<Value> = interchanges.iter().map(value).collect();
                session.out.value(&json!({ "interchanges": all }));
            }
        }
        let broken = interchanges.iter().filter(|it| it.fault.is_some()).count();
        let (mut refused, mut all) = (broken, broken);
        for transaction in interchanges.iter().flat_map(Interchange::transactions) {
            all = all.saturating_add(1);
            if transaction.says.is_err() {
                refused = refused.saturating_add(1);
            }
        }
        let next = "each says why; what the partner agreed goes into a file for --partner";
        judged(refused, all, next)
    }
}

/// Which interchange it is.
pub(super) fn called(it: &Interchange) -> String {
    let standard = match it.standard {
        Standard::X12 => "X12",
        Standard::Edifact => "EDIFACT",
    };
    let test = if it.is_test { ", a test" } else { "" };
    let sent = it
        .sent
        .map(|day| format!(", sent on {day}"))
        .unwrap_or_default();
    let (from, to) = (&it.sender.id, &it.receiver.id);
    format!(
        "{standard} interchange {} from {from} to {to}{sent}{test}",
        it.control
    )
}

fn tell(it: &Interchange) {
    line(&called(it));
    for note in &it.notes {
        line(&format!("  ! {note}"));
    }
    if let Some(fault) = &it.fault {
        line(&format!("  refused: {fault}"));
    }
    for receipt in &it.receipts {
        line(&format!("  TA1: {receipt}"));
    }
    for transaction in it.transactions() {
        let says = says(transaction).replace('\n', "\n    ");
        line(&format!(
            "  {} {}: {says}",
            transaction.kind, transaction.control
        ));
    }
}

fn says(transaction: &Transaction) -> String {
    match &transaction.says {
        Ok(document) => document.to_string(),
        Err(fault) => format!("refused: {fault}"),
    }
}

fn value(it: &Interchange) -> Value {
    let messages = it.transactions().map(|of| {
        json!({
            "kind": of.kind,
            "control": of.control,
            "segment": of.segment,
            "says": of.says.as_ref().ok().map(ToString::to_string),
            "refused": of.says.as_ref().err().map(ToString::to_string),
        })
    });
    json!({
        "interchange": called(it),
        "control": it.control,
        "sender": it.sender.id,
        "receiver": it.receiver.id,
        "notes": it.notes,
        "refused": it.fault.as_ref().map(ToString::to_string),
        "receipts": it.receipts.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "messages": messages.collect::<Vec<_>>(),
    })
}
