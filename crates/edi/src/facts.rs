//! What a message says, put to the purchase order that it is about: which line is meant, what of it
//! is still to leave, and when. What comes out is what the supplier gateway can record. Must not
//! know how it is recorded.
//!
//! A message speaks of all units of a line; the gateway records what has not left. So units that
//! have left or were counted in are taken off the parts that come first.

use jiff::civil::Date;

use crate::bounds::{MAX_ID_BYTES, MAX_UNITS};
use crate::interchange::{Group, Interchange, Transaction};
use crate::said::{
    DispatchAdvice, LineAnswer, LineRef, OrderAnswer, OrderDispatch, Others, Purpose, When, Whose,
};

/// The most characters of what somebody has to approve, over all lines.
const MAX_REASON_CHARS: usize = 120;

/// A purchase order as it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownOrder {
    /// Its lines.
    pub lines: Vec<KnownLine>,
    /// Its dispatches.
    pub dispatches: Vec<KnownDispatch>,
}

/// A line of a purchase order. Quantities are in steps, by which its item is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownLine {
    /// Its number.
    pub number: u32,
    /// Its item.
    pub sku: String,
    /// Steps in one unit: 1, where it is counted in whole units.
    pub steps_in_unit: u32,
    /// Steps that have not left and are still to come.
    pub pending: u32,
    /// Steps that have left or were counted in.
    pub gone: u32,
}

/// A dispatch that was announced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownDispatch {
    /// Its number.
    pub id: String,
    /// What is in it: line and steps.
    pub lines: Vec<(u32, u32)>,
}

/// What can be recorded of a purchase order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// What of lines has not left comes in these parts.
    Schedule {
        /// The lines that are spoken of, each once; at least one.
        lines: Vec<ScheduledLine>,
        /// What somebody has to approve; may be empty.
        reason: String,
    },
    /// Goods left.
    Dispatch {
        /// Their number.
        dispatch: String,
        /// When they arrive.
        arrives: Date,
        /// What is in it, each line once; at least one.
        lines: Vec<LineSteps>,
    },
    /// Nothing that is not known, and why, in words.
    Nothing(&'static str),
}

/// What of a line has not left, in parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduledLine {
    /// Its number.
    pub line: u32,
    /// Its item.
    pub sku: String,
    /// Steps, and when; none: nothing more leaves.
    pub parts: Vec<(u32, When)>,
    /// It comes whole and as ordered, in one part, and nothing of it has left.
    pub is_whole: bool,
}

/// So many steps of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineSteps {
    /// Its number.
    pub line: u32,
    /// Its item.
    pub sku: String,
    /// How many.
    pub steps: u32,
}

/// Why a message cannot be put to a purchase order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unplaced {
    /// The order has no such line.
    #[error("the order has no {0}")]
    NoLine(String),
    /// The message names our article, and the order does not have it on that line.
    #[error("{named}: the order has {sku} on line {line}")]
    OtherArticle {
        /// What the message names.
        named: String,
        /// The line of that number.
        line: u32,
        /// What it ordered.
        sku: String,
    },
    /// Two lines of the order have the article.
    #[error("{0}: several lines of the order have it")]
    Several(String),
    /// The message speaks of one line twice.
    #[error("it speaks of line {0} of the order twice")]
    Twice(u32),
    /// More than a line may have.
    #[error("line {0} would have more than 1,000,000,000 steps")]
    TooMany(u32),
    /// A dispatch is taken back, for which there is no record.
    #[error("it cancels dispatch {0}, which a person has to settle: count what does come")]
    Cancels(String),
    /// A dispatch of this number was announced with other contents.
    #[error("dispatch {0} was announced with other contents: count what does come")]
    OtherDispatch(String),
    /// What names the message is too long to be its id.
    #[error("what names it has {0} bytes, more than {MAX_ID_BYTES}")]
    IdTooLong(usize),
}

/// What an answer comes to.
///
/// # Errors
/// [`Unplaced`]: a line is not found, is named twice, or would have too much.
pub fn of_answer(answer: &OrderAnswer, order: &KnownOrder) -> Result<Fact, Unplaced> {
    let mut lines: Vec<ScheduledLine> = Vec::new();
    let mut named: Vec<u32> = Vec::new();
    let mut approve: Vec<String> = Vec::new();
    for said in &answer.lines {
        let line = find(&said.line, order)?;
        if named.contains(&line.number) {
            return Err(Unplaced::Twice(line.number));
        }
        named.push(line.number);
        let wanted = said.approve.iter();
        approve.extend(wanted.map(|what| format!("line {}: {what}", line.number)));
        if said.parts.is_some() {
            lines.push(scheduled(said, line)?);
        }
    }
    let others = order
        .lines
        .iter()
        .filter(|line| !named.contains(&line.number));
    for line in others.filter(|line| line.pending > 0) {
        let parts = match answer.others {
            Others::Unsaid => continue,
            Others::Come(when) => vec![(line.pending, when)],
            Others::Refused => Vec::new(),
        };
        lines.push(schedule_of(line, parts));
    }
    if lines.is_empty() {
        return Ok(Fact::Nothing("it changes nothing of the order"));
    }
    let reason = if approve.is_empty() {
        String::new()
    } else {
        let all = format!("to approve: {}", approve.join("; "));
        all.chars().take(MAX_REASON_CHARS).collect()
    };
    Ok(Fact::Schedule { lines, reason })
}

fn schedule_of(line: &KnownLine, parts: Vec<(u32, When)>) -> ScheduledLine {
    let is_whole = line.gone == 0 && matches!(parts.as_slice(), [(all, _)] if *all == line.pending);
    ScheduledLine {
        line: line.number,
        sku: line.sku.clone(),
        parts,
        is_whole,
    }
}

/// The parts of a line, in steps, without what has gone.
fn scheduled(said: &LineAnswer, line: &KnownLine) -> Result<ScheduledLine, Unplaced> {
    let too_many = || Unplaced::TooMany(line.number);
    let steps = |units: u32| {
        let steps = units.checked_mul(line.steps_in_unit);
        steps
            .filter(|steps| *steps <= MAX_UNITS)
            .ok_or_else(too_many)
    };
    let parts = said.parts.as_deref().unwrap_or_default();
    let mut named = steps(said.refused)?;
    for part in parts {
        let units = steps(part.quantity.unwrap_or_default())?;
        named = named.checked_add(units).ok_or_else(too_many)?;
    }
    let all = line.pending.checked_add(line.gone).ok_or_else(too_many)?;
    let mut gone = line.gone;
    let mut left = Vec::new();
    for part in parts {
        let of_part = match part.quantity {
            Some(units) => steps(units)?,
            None => all.saturating_sub(named),
        };
        let off = of_part.min(gone);
        gone = gone.saturating_sub(off);
        if of_part > off {
            left.push((of_part.saturating_sub(off), part.when));
        }
    }
    Ok(schedule_of(line, left))
}

/// What a dispatch of one order comes to.
///
/// # Errors
/// [`Unplaced`]: a line is not found or would have too much, or it changes a dispatch that was
/// announced.
pub fn of_dispatch(
    advice: &DispatchAdvice,
    of: &OrderDispatch,
    order: &KnownOrder,
) -> Result<Fact, Unplaced> {
    if advice.purpose == Purpose::Cancels {
        return Err(Unplaced::Cancels(advice.number.clone()));
    }
    let mut lines: Vec<LineSteps> = Vec::new();
    for said in &of.lines {
        let line = find(&said.line, order)?;
        // A dispatch counts its own lines: beside an article that is none of ours, its number says
        // nothing of the order.
        if !said.line.ids.is_empty() && !said.line.ids.iter().any(|it| it.id == line.sku) {
            return Err(Unplaced::NoLine(said.line.to_string()));
        }
        let too_many = || Unplaced::TooMany(line.number);
        let steps = said.quantity.checked_mul(line.steps_in_unit);
        let steps = steps.ok_or_else(too_many)?;
        match lines.iter_mut().find(|known| known.line == line.number) {
            // The same line in several packs, named in several ways.
            Some(known) => {
                known.steps = known.steps.checked_add(steps).ok_or_else(too_many)?;
            }
            None => lines.push(LineSteps {
                line: line.number,
                sku: line.sku.clone(),
                steps,
            }),
        }
    }
    if let Some(known) = order.dispatches.iter().find(|it| it.id == advice.number) {
        let mut before = known.lines.clone();
        let mut now: Vec<(u32, u32)> = lines.iter().map(|it| (it.line, it.steps)).collect();
        before.sort_unstable();
        now.sort_unstable();
        if before == now {
            return Ok(Fact::Nothing("the dispatch was announced before"));
        }
        return Err(Unplaced::OtherDispatch(advice.number.clone()));
    }
    Ok(Fact::Dispatch {
        dispatch: advice.number.clone(),
        arrives: of.arrives,
        lines,
    })
}

/// The line that a message means: that of the article, by whoever's number; else that of the
/// number, unless the message says that our article is another one.
fn find<'o>(named: &LineRef, order: &'o KnownOrder) -> Result<&'o KnownLine, Unplaced> {
    let number = named.number.trim_start_matches('0').parse::<u32>().ok();
    let is_named = |line: &&KnownLine| named.ids.iter().any(|it| it.id == line.sku);
    let by_number = order.lines.iter().find(|line| Some(line.number) == number);
    let mut by_article = order.lines.iter().filter(is_named);
    match (by_article.next(), by_article.next()) {
        (Some(line), None) => return Ok(line),
        (Some(_), Some(_)) => {
            let both = by_number.filter(is_named);
            return both.ok_or_else(|| Unplaced::Several(named.to_string()));
        }
        (None, _) => {}
    }
    let line = by_number.ok_or_else(|| Unplaced::NoLine(named.to_string()))?;
    if named.ids.iter().any(|it| it.of == Whose::Buyer) {
        return Err(Unplaced::OtherArticle {
            named: named.to_string(),
            line: line.number,
            sku: line.sku.clone(),
        });
    }
    Ok(line)
}

/// What names a message, so that the same one is recorded once: the partner, the kind, the control
/// numbers, the document's number, its purpose, and the order's place where it speaks of several.
///
/// # Errors
/// [`Unplaced::IdTooLong`].
pub fn message_id(
    (interchange, group, transaction): (&Interchange, &Group, &Transaction),
    (number, purpose): (&str, Purpose),
    place: usize,
) -> Result<String, Unplaced> {
    let purpose = match purpose {
        Purpose::Original => "original",
        Purpose::Cancels => "cancels",
        Purpose::Replaces => "replaces",
    };
    let place = place.to_string();
    let parts = [
        interchange.sender.id.as_str(),
        &transaction.kind,
        &interchange.control,
        &group.control,
        &transaction.control,
        number,
        purpose,
        &place,
    ];
    // A slash inside of a part would make two messages look alike.
    let parts: Vec<String> = parts.iter().map(|it| it.replace('/', "%2F")).collect();
    let id = parts.join("/");
    if id.len() > MAX_ID_BYTES {
        return Err(Unplaced::IdTooLong(id.len()));
    }
    Ok(id)
}
