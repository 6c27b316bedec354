//! What messages of either standard say, as tables: each a message of our own, and what it says in
//! words or why it is refused.
#![cfg(test)]
#![allow(clippy::arithmetic_side_effects, reason = "figures in tests are small")]

mod answers;
mod changes;
mod dispatches;
mod edifact;
mod envelopes;
mod fuzz;
mod others;
mod placed;
mod written;

use backorder_edi::{Interchange, Profile, read};

/// The one interchange of a text.
fn one(text: &str) -> Interchange {
    let mut read = read(text.as_bytes(), &Profile::default()).unwrap();
    assert_eq!(read.len(), 1, "{text}");
    read.remove(0)
}

/// An X12 interchange of transactions, each its segments without ST and SE, separated by spaces
/// between `;`.
fn x12(kind: &str, transactions: &[&str]) -> String {
    let mut text = String::from(
        "ISA*00*          *00*          *ZZ*ACME           *ZZ*SHOP           \
         *260301*0800*U*00401*000000042*0*P*>~\nGS*PR*ACME*SHOP*20260301*0800*42*X*004010~\n",
    );
    for (number, segments) in (1..).zip(transactions) {
        let segments: Vec<&str> = segments.split(';').map(str::trim).collect();
        let counted = segments.len() + 2;
        text.push_str(&format!("ST*{kind}*{number:04}~\n"));
        for segment in segments {
            text.push_str(&format!("{segment}~\n"));
        }
        text.push_str(&format!("SE*{counted}*{number:04}~\n"));
    }
    let counted = transactions.len();
    text.push_str(&format!("GE*{counted}*42~\nIEA*1*000000042~\n"));
    text
}

/// An EDIFACT interchange of messages of one kind, each its segments without UNH and UNT, separated
/// by `;`.
fn edifact(kind: &str, messages: &[&str]) -> String {
    let mut text = String::from("UNB+UNOC:3+4000001000005:14+SHOP:ZZ+260301:0800+42'\n");
    for (number, segments) in (1..).zip(messages) {
        let segments: Vec<&str> = segments.split(';').map(str::trim).collect();
        text.push_str(&format!("UNH+{number}+{kind}:D:96A:UN'\n"));
        for segment in &segments {
            text.push_str(&format!("{segment}'\n"));
        }
        text.push_str(&format!("UNT+{}+{number}'\n", segments.len() + 2));
    }
    text.push_str(&format!("UNZ+{}+42'\n", messages.len()));
    text
}

/// What each transaction of a text says in words, or why it is refused.
fn told_with(text: &str, profile: &Profile) -> Vec<String> {
    let read = read(text.as_bytes(), profile).unwrap();
    let said = read.iter().flat_map(Interchange::transactions);
    said.map(|it| match &it.says {
        Ok(document) => document.to_string(),
        Err(fault) => format!("no: {fault}"),
    })
    .collect()
}

fn told(text: &str) -> Vec<String> {
    told_with(text, &Profile::default())
}

/// What follows the first line: what is said of lines.
fn of_lines(kind: &str, segments: &str) -> String {
    let said = told(&x12(kind, &[segments])).remove(0);
    match said.split_once('\n') {
        Some((_, lines)) => lines.to_owned(),
        None => said,
    }
}

/// Each message comes to what stands beside it.
fn table(kind: &str, rows: &[(&str, &str)]) {
    for (segments, says) in rows {
        assert_eq!(of_lines(kind, segments), *says, "{segments}");
    }
}
