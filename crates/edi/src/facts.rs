//! What a message says, put to the purchase order that it is about: which line is meant, what of it
//! is still to leave, and when. What comes out is what the supplier gateway can record. Must not
//! know how it is recorded.
//!
//! A message speaks of all units of a line; the gateway records what has not left. So units that
//! have left or were counted in are taken off the parts that come first.

use jiff::civil::Date;

use crate::bounds::{MAX_ID_BYTES, MAX_UNITS};
use crate::counted::Counted;
use crate::interchange::{Group, Interchange, Transaction, hash};
use crate::quantity::Quantity;
use crate::said::{
    ArticleId, DispatchAdvice, LineAnswer, LineRef, OrderAnswer, OrderDispatch, Others, Purpose,
    When, Whose, bare,
};

/// The most bytes of what somebody has to approve, over all lines, as a reason may have.
const MAX_REASON_BYTES: usize = 500;

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
    /// What its item was called before: a supplier may go on naming it as it was ordered.
    pub former_skus: Vec<String>,
    /// What the supplier and GS1 call its item, if anybody said so.
    pub names: Vec<ArticleId>,
    /// What its item is counted in.
    pub counted: Counted,
    /// One step of it, in millionths of a unit: 1,000,000, where it is counted in whole units.
    pub step: u64,
    /// Steps that were ordered.
    pub ordered: u32,
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
    /// When it was to arrive, by the last word of it.
    pub arrives: Option<Date>,
    /// All of it was counted in.
    pub counted: bool,
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
    /// Goods that left arrive on another day.
    Later {
        /// The lines of which all that is to come is under way with them.
        lines: Vec<(u32, String)>,
        /// When they arrive.
        arrives: Date,
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
    /// It is counted in something else.
    #[error("line {line} is counted in {item}, and the message counts it in {message}")]
    OtherUnits {
        /// The line.
        line: u32,
        /// What the item is counted in.
        item: Counted,
        /// What the message counts it in.
        message: Counted,
    },
    /// It is no whole number of the item's steps.
    #[error("{quantity} of line {line} is a fraction of what its item is counted in")]
    Fraction {
        /// The line.
        line: u32,
        /// How much it is.
        quantity: Quantity,
    },
    /// Nothing would change but what a person has to approve.
    #[error("somebody has to approve {0}")]
    Approve(String),
    /// More than a line may have.
    #[error("line {0} would have more than 1,000,000,000 steps")]
    TooMany(u32),
    /// A dispatch is taken back, for which there is no record.
    #[error("it cancels dispatch {0}, which a person has to settle: count what does come")]
    Cancels(String),
    /// A dispatch arrives on another day, and a date of its lines would be one of other goods, too.
    #[error("dispatch {number} arrives on {arrives} now, as not all of its lines do")]
    OtherArrival {
        /// Its number.
        number: String,
        /// When it arrives.
        arrives: Date,
    },
    /// A dispatch of this number was announced with other contents.
    #[error("dispatch {0} was announced with other contents: count what does come")]
    OtherDispatch(String),
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
    for line in others {
        match answer.others {
            Others::Unsaid => {}
            Others::Come(when) if line.to_come() > 0 => {
                lines.push(schedule_of(line, vec![(line.to_come(), when)]));
            }
            Others::Refused if line.pending > 0 => lines.push(schedule_of(line, Vec::new())),
            Others::Come(_) | Others::Refused => {}
        }
    }
    let approve = short(approve.join("; "), MAX_REASON_BYTES);
    match (lines.is_empty(), approve.is_empty()) {
        (true, true) => Ok(Fact::Nothing("it changes nothing of the order")),
        (true, false) => Err(Unplaced::Approve(approve)),
        (false, true) => Ok(Fact::Schedule {
            lines,
            reason: String::new(),
        }),
        (false, false) => Ok(Fact::Schedule {
            lines,
            reason: short(format!("to approve: {approve}"), MAX_REASON_BYTES),
        }),
    }
}

/// A text of so many bytes at most; what is cut ends in `…`.
fn short(mut text: String, most: usize) -> String {
    const CUT: char = '…';
    if text.len() > most {
        let room = most.saturating_sub(CUT.len_utf8());
        let ends = text
            .char_indices()
            .map(|(at, it)| at.saturating_add(it.len_utf8()));
        let fits = ends
            .take_while(|end| *end <= room)
            .last()
            .unwrap_or_default();
        text.truncate(fits);
        text.push(CUT);
    }
    text
}

impl KnownLine {
    /// Whether it is a name of its item: our own by whoever's word, theirs and GS1's.
    fn is_called(&self, id: &ArticleId) -> bool {
        let same = |it: &ArticleId| {
            let fits = id.of == it.of || id.of == Whose::Other;
            fits && bare(&it.id) == bare(&id.id)
        };
        // By another's word our own number is theirs, of whatever they call so.
        let knows = self.names.iter().any(|it| it.of == id.of);
        let is_ours = id.id == self.sku || self.former_skus.contains(&id.id);
        (is_ours && !knows) || self.names.iter().any(same)
    }

    /// Whether a name that is none of its item's is another item's: one of ours, or one by whoever
    /// has a name for its item.
    fn is_other(&self, id: &ArticleId) -> bool {
        id.of == Whose::Buyer || self.names.iter().any(|it| it.of == id.of)
    }

    /// Steps that are still to come if all that was ordered comes, what was refused included.
    fn to_come(&self) -> u32 {
        self.ordered.saturating_sub(self.gone).max(self.pending)
    }

    /// A quantity in its item's steps.
    fn steps(&self, quantity: Quantity) -> Result<u32, Unplaced> {
        let line = self.number;
        if !quantity.of.fits(self.counted) {
            return Err(Unplaced::OtherUnits {
                line,
                item: self.counted,
                message: quantity.of,
            });
        }
        let steps = quantity.steps(self.step);
        let steps = steps.ok_or(Unplaced::Fraction { line, quantity })?;
        let steps = u32::try_from(steps)
            .ok()
            .filter(|steps| *steps <= MAX_UNITS);
        steps.ok_or(Unplaced::TooMany(line))
    }
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

/// The parts of a line, in steps, without what has gone: that is first of what comes as it is
/// known to, then of the earliest dates.
fn scheduled(said: &LineAnswer, line: &KnownLine) -> Result<ScheduledLine, Unplaced> {
    let too_many = || Unplaced::TooMany(line.number);
    let said_parts = said.parts.as_deref().unwrap_or_default();
    let mut named = line.steps(said.refused)?;
    for part in said_parts {
        let units = line.steps(part.quantity.unwrap_or_default())?;
        named = named.checked_add(units).ok_or_else(too_many)?;
    }
    // Of all that was ordered: what was refused before comes after all, or is refused once more.
    let all = line.to_come().checked_add(line.gone).ok_or_else(too_many)?;
    let mut parts: Vec<(u32, When)> = Vec::new();
    for part in said_parts {
        let steps = match part.quantity {
            Some(units) => line.steps(units)?,
            None => all.saturating_sub(named),
        };
        match parts.last_mut().filter(|(_, when)| *when == part.when) {
            Some((same, _)) => *same = same.checked_add(steps).ok_or_else(too_many)?,
            None => parts.push((steps, part.when)),
        }
    }
    let mut gone = line.gone;
    let mut take = |left: &mut u32| {
        let off = (*left).min(gone);
        *left = left.saturating_sub(off);
        gone = gone.saturating_sub(off);
    };
    let as_known = |when: When| when == When::AsKnown;
    parts
        .iter_mut()
        .filter(|it| as_known(it.1))
        .for_each(|it| take(&mut it.0));
    parts.iter_mut().for_each(|it| take(&mut it.0));
    parts.retain(|(left, _)| *left > 0);
    Ok(schedule_of(line, parts))
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
        let too_many = || Unplaced::TooMany(line.number);
        let steps = line.steps(said.quantity)?;
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
        if before != now {
            return Err(Unplaced::OtherDispatch(advice.number.clone()));
        }
        if known.counted || known.arrives == Some(of.arrives) {
            return Ok(Fact::Nothing("the dispatch was announced before"));
        }
        return arrives_on(of.arrives, known, order);
    }
    Ok(Fact::Dispatch {
        dispatch: advice.number.clone(),
        arrives: of.arrives,
        lines,
    })
}

/// Another day for goods that left. A date is said of lines: where more of one is to come than
/// these goods, it would move that, too.
fn arrives_on(arrives: Date, known: &KnownDispatch, order: &KnownOrder) -> Result<Fact, Unplaced> {
    let mut lines = Vec::new();
    for (number, _) in &known.lines {
        let found = order.lines.iter().find(|line| line.number == *number);
        let in_other = |other: &KnownDispatch| {
            let has = other.lines.iter().any(|(line, _)| line == number);
            other.id != known.id && !other.counted && has
        };
        match found.filter(|line| line.pending == 0 && !order.dispatches.iter().any(in_other)) {
            Some(line) => lines.push((line.number, line.sku.clone())),
            None => {
                return Err(Unplaced::OtherArrival {
                    number: known.id.clone(),
                    arrives,
                });
            }
        }
    }
    Ok(Fact::Later { lines, arrives })
}

/// The line that a message means: that of the article, by whoever's number; else that of the
/// number. But a number that a message counts by itself says nothing beside an article that is not
/// known, nor does any number beside the name of another article.
fn find<'o>(named: &LineRef, order: &'o KnownOrder) -> Result<&'o KnownLine, Unplaced> {
    let number = named.number.trim_start_matches('0').parse::<u32>().ok();
    let is_named = |line: &&KnownLine| named.ids.iter().any(|it| line.is_called(it));
    let by_number = order.lines.iter().find(|line| Some(line.number) == number);
    let mut by_article = order.lines.iter().filter(is_named);
    match (by_article.next(), by_article.next()) {
        (Some(line), None) => return Ok(line),
        (Some(_), Some(_)) => {
            let both = by_number.filter(|line| named.is_ours && is_named(line));
            return both.ok_or_else(|| Unplaced::Several(named.to_string()));
        }
        (None, _) => {}
    }
    let line = by_number.ok_or_else(|| Unplaced::NoLine(named.to_string()))?;
    let is_another = named.ids.iter().any(|it| line.is_other(it));
    if is_another || !(named.is_ours || named.ids.is_empty()) {
        return Err(Unplaced::OtherArticle {
            named: named.to_string(),
            line: line.number,
            sku: line.sku.clone(),
        });
    }
    Ok(line)
}

/// What names a message, so that the same one is recorded once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageId {
    /// The partner, the kind, the control numbers, the document's numbers and its purpose, and the
    /// order's place where it speaks of several.
    pub numbers: String,
    /// These, and the hash of what it says: a partner may use a number twice.
    pub id: String,
}

/// The most bytes of the numbers: the id of a message has 9 more.
const MAX_NUMBERS_BYTES: usize = MAX_ID_BYTES - 9;

/// What names a message about an order that has this number, if it has one itself.
pub fn message_id(
    (interchange, group, transaction): (&Interchange, &Group, &Transaction),
    (order, number, purpose): (&str, &str, Purpose),
    place: usize,
) -> MessageId {
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
        order,
        number,
        purpose,
        &place,
    ];
    // A slash inside of a part would make two messages look alike.
    let parts: Vec<String> = parts.iter().map(|it| it.replace('/', "%2F")).collect();
    let mut numbers = parts.join("/");
    if numbers.len() > MAX_NUMBERS_BYTES {
        let hash = hash([numbers.as_str()].into_iter());
        numbers = format!(
            "{}/{}",
            transaction.kind.chars().take(6).collect::<String>(),
            hash
        );
    }
    let id = format!("{numbers}/{}", transaction.digest);
    MessageId { numbers, id }
}
