//! X12's codes, and what they mean for an order. The tables of `docs/edi.md` are these. Must not
//! know a segment.

use crate::said::{Purpose, Verdict, Whose};

/// What an acknowledgment of a line (ACK01, data element 668) makes of its units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// They come.
    Comes,
    /// They come; the rest of the line is back-ordered.
    ComesInPart,
    /// They are back-ordered.
    Backordered,
    /// They come, and nothing else of the line.
    Quantity,
    /// They come, at a price that somebody has to approve.
    Price,
    /// Something else or another article is offered: nothing is sure before somebody approves.
    Offer(&'static str),
    /// They come, nobody knows when.
    Pending,
    /// They do not come.
    Refused,
    /// They were taken off the order.
    Deleted,
}

pub(super) fn status(code: &str) -> Option<Status> {
    Some(match code {
        "IA" | "AC" | "AR" | "AA" | "DR" => Status::Comes,
        "BP" => Status::ComesInPart,
        "IB" => Status::Backordered,
        "IQ" => Status::Quantity,
        "IP" => Status::Price,
        "IS" => Status::Offer("a substitute"),
        "IC" => Status::Offer("a change"),
        "SP" | "IH" | "IF" | "IW" | "IE" => Status::Pending,
        "ID" => Status::Deleted,
        "IR" | "R1" | "R2" | "R3" | "R4" | "R5" | "R6" | "R7" | "R8" => Status::Refused,
        _ => return None,
    })
}

/// What a whole acknowledgment (BAK02, BCA02, data element 587) makes of lines without an ACK.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whole {
    /// They come.
    Accepted,
    /// They come, and so do lines that are not named: only exceptions are.
    AcceptedButNamed,
    /// They do not come.
    Refused,
    /// Nobody knows yet.
    Held,
}

pub(super) fn whole(code: &str) -> Option<Whole> {
    Some(match code {
        "AC" | "AD" | "AK" | "AP" | "AT" => Whole::Accepted,
        "AE" => Whole::AcceptedButNamed,
        "NA" | "RD" | "RF" | "RJ" | "RO" => Whole::Refused,
        "AH" => Whole::Held,
        _ => return None,
    })
}

/// What a message does with an earlier one (data element 353).
pub(super) fn purpose(code: &str) -> Option<Purpose> {
    Some(match code {
        // Original, change, confirmation, duplicate, response, advance notification, sent again,
        // reissued, initiated by the seller, approval: each says what holds now.
        "" | "00" | "04" | "06" | "07" | "11" | "14" | "15" | "18" | "19" | "54" => {
            Purpose::Original
        }
        "01" | "03" | "17" => Purpose::Cancels,
        "05" => Purpose::Replaces,
        _ => return None,
    })
}

/// What a change (POC02, data element 670) does with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// Its units and dates are what is said.
    Line,
    /// The same, of a line that the order did not have.
    Added,
    /// Only its date.
    Date,
    /// Only its price.
    Price,
    /// Nothing.
    Nothing,
    /// It does not come.
    Deleted,
}

pub(super) fn change(code: &str) -> Option<Change> {
    Some(match code {
        "AI" => Change::Added,
        "CA" | "CE" | "PQ" | "QD" | "QI" | "RA" | "RQ" | "RZ" => Change::Line,
        "CT" | "RS" | "RE" => Change::Date,
        "PC" | "PR" => Change::Price,
        "NC" | "OC" => Change::Nothing,
        "DI" => Change::Deleted,
        _ => return None,
    })
}

/// How much a date says about when goods come (data element 374): the arrival that is known best
/// comes first; then when goods leave; last what was wished for.
pub(super) fn date_rank(code: &str) -> Option<(u8, bool)> {
    const ARRIVES: [&str; 4] = ["067", "017", "371", "069"];
    const LEAVES: [&str; 3] = ["011", "068", "079"];
    const WISHES: [(&str, bool); 4] =
        [("002", false), ("106", false), ("010", true), ("118", true)];
    let place = |codes: &[&str]| codes.iter().position(|it| *it == code);
    let rank = |place: usize| u8::try_from(place).ok();
    if let Some(place) = place(&ARRIVES) {
        return Some((rank(place)?, false));
    }
    if let Some(place) = place(&LEAVES) {
        return Some((rank(place)?.saturating_add(100), true));
    }
    let wish = WISHES.iter().position(|it| it.0 == code)?;
    let leaves = WISHES.get(wish)?.1;
    Some((rank(wish)?.saturating_add(200), leaves))
}

/// Whose number of an article it is (data element 235).
pub(super) fn whose(code: &str) -> Whose {
    match code {
        "UP" | "UA" | "UI" | "UK" | "UN" | "EN" | "EO" | "IB" | "UD" => Whose::Gtin,
        "VP" | "VN" | "VC" | "VA" | "VO" | "MG" | "MN" | "MF" => Whose::Supplier,
        "BP" | "IN" | "CB" | "PI" => Whose::Buyer,
        _ => Whose::Other,
    }
}

/// What became of a transaction or a group (AK5, AK9, IK5, TA104).
pub(super) fn verdict(code: &str) -> Option<Verdict> {
    Some(match code {
        "A" => Verdict::Accepted,
        "E" => Verdict::WithErrors,
        "P" => Verdict::Partly,
        "M" | "R" | "W" | "X" => Verdict::Rejected,
        _ => return None,
    })
}
