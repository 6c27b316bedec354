//! EDIFACT's codes, and what they mean for an order. The tables of `docs/edi.md` are these. Must
//! not know a segment.

use crate::said::{Purpose, Verdict, Whose};

/// What a line of an ORDRSP (LIN, 1229) makes of its units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// They come as ordered.
    Accepted,
    /// They come as the message says.
    Amended,
    /// They do not come.
    Refused,
    /// They are back-ordered.
    Backordered,
    /// As it was.
    Nothing,
}

pub(super) fn action(code: &str) -> Option<Action> {
    Some(match code {
        "5" => Action::Accepted,
        "1" | "3" | "6" => Action::Amended,
        "2" | "7" | "10" => Action::Refused,
        "24" => Action::Backordered,
        "4" | "11" => Action::Nothing,
        _ => return None,
    })
}

/// What a quantity (QTY, 6063) says of a line's units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counts {
    /// So many are ordered.
    Ordered,
    /// So many come.
    Comes,
    /// So many are back-ordered.
    Backordered,
    /// So many do not come.
    Refused,
}

pub(super) fn counts(code: &str) -> Option<Counts> {
    Some(match code {
        "21" => Counts::Ordered,
        "12" | "66" | "113" => Counts::Comes,
        "83" => Counts::Backordered,
        "85" => Counts::Refused,
        _ => return None,
    })
}

/// What a whole ORDRSP (BGM, 1225 and 4343) makes of lines without an action.
pub(super) fn is_accepted(function: &str, response: &str) -> Option<bool> {
    match (function, response) {
        ("27", _) | (_, "RE" | "RJ" | "NA") => Some(false),
        ("29" | "44", _) | (_, "AC" | "AD" | "AI" | "AP") => Some(true),
        _ => None,
    }
}

/// What a message does with an earlier one (BGM, 1225).
pub(super) fn purpose(code: &str) -> Option<Purpose> {
    Some(match code {
        // Change, confirmation, duplicate, original, response, accepted or not, in whichever way.
        "" | "4" | "6" | "7" | "9" | "11" | "12" | "27" | "28" | "29" | "34" | "42" | "44" => {
            Purpose::Original
        }
        "1" | "3" => Purpose::Cancels,
        "5" => Purpose::Replaces,
        _ => return None,
    })
}

/// How much a date (DTM, 2005) says about when goods come, as in X12.
pub(super) fn date_rank(code: &str) -> Option<(u8, bool)> {
    const ARRIVES: [&str; 7] = ["67", "17", "132", "69", "76", "358", "35"];
    const LEAVES: [&str; 4] = ["11", "133", "79", "110"];
    const WISHES: [(&str, bool); 2] = [("2", false), ("10", true)];
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

/// Whose number of an article it is (7143).
pub(super) fn whose(code: &str) -> Whose {
    match code {
        "EN" | "SRV" | "UP" | "IB" | "IS" | "GTIN" => Whose::Gtin,
        "SA" | "VN" | "VP" | "MF" | "MP" => Whose::Supplier,
        "IN" | "BP" | "PO" => Whose::Buyer,
        _ => Whose::Other,
    }
}

/// What became of a message or an interchange (UCI, UCM, 0083).
pub(super) fn verdict(code: &str) -> Option<Verdict> {
    Some(match code {
        "1" | "7" | "8" => Verdict::Accepted,
        "2" => Verdict::WithErrors,
        "4" => Verdict::Rejected,
        _ => return None,
    })
}
