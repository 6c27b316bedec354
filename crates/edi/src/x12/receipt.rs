//! 997, 999 and TA1: whether what we sent was read.

use super::codes;
use super::lines::{id, unknown};
use super::segments::Segment;
use crate::bounds::MAX_TRANSACTIONS;
use crate::fault::{Fault, Reason};
use crate::said::{Receipt, TransactionReceipt, Verdict};

/// The most codes of errors of one transaction that are kept.
const MAX_CODES: usize = 5;

/// Reads a 997, or a 999, which says the same with other tags.
pub(super) fn functional(segments: &[Segment]) -> Result<Receipt, Fault> {
    let missing = |tag| Fault {
        segment: segments.first().map_or(0, |it| it.number),
        tag: String::new(),
        why: Reason::NoSegment(tag),
    };
    let find = |tag: &str| segments.iter().find(|it| it.tag() == tag);
    let group = find("AK1").ok_or_else(|| missing("AK1"))?;
    let whole = find("AK9").ok_or_else(|| missing("AK9"))?;
    let mut transactions: Vec<TransactionReceipt> = Vec::new();
    for of in segments {
        match of.tag() {
            "AK2" if transactions.len() >= MAX_TRANSACTIONS => {
                return Err(of.fault(Reason::TooLarge {
                    what: "transactions",
                    most: MAX_TRANSACTIONS,
                }));
            }
            // Until its AK5 says something else.
            "AK2" => transactions.push(TransactionReceipt {
                kind: id(of, 1, "AK201")?,
                control: id(of, 2, "AK202")?,
                verdict: Verdict::Rejected,
                codes: Vec::new(),
            }),
            "AK5" | "IK5" => {
                let last = transactions.last_mut();
                let last = last.ok_or_else(|| of.fault(Reason::NoSegment("AK2")))?;
                last.verdict = verdict(of, "AK501")?;
                last.codes = codes(of, 2);
            }
            _ => {}
        }
    }
    Ok(Receipt {
        control: id(group, 2, "AK102")?,
        verdict: verdict(whole, "AK901")?,
        codes: codes(whole, 5),
        transactions,
    })
}

/// Reads a TA1: what became of an interchange of ours.
pub(super) fn interchange(of: &Segment) -> Result<Receipt, Fault> {
    let code = of.get(4);
    Ok(Receipt {
        control: id(of, 1, "TA101")?,
        verdict: codes::verdict(code).ok_or_else(|| unknown(of, "TA104", code))?,
        codes: codes(of, 5),
        transactions: Vec::new(),
    })
}

fn verdict(of: &Segment, element: &'static str) -> Result<Verdict, Fault> {
    let code = of.get(1);
    codes::verdict(code).ok_or_else(|| unknown(of, element, code))
}

fn codes(of: &Segment, from: usize) -> Vec<String> {
    let codes = of.from(from).filter(|code| !code.is_empty());
    let short = codes.map(|code| code.chars().take(8).collect());
    short.take(MAX_CODES).collect()
}
