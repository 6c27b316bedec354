//! What the notifier keeps of an open order whose customer can be told: who, where to, and of
//! each line how many units are where and what was said about them. It must not know letters'
//! ways; it says what news there is.

use crate::exact::Exact;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::letter::LetterLine;
use crate::demand::{self, Change, LineChange, Lines, Tally};
use crate::event::{Offered, OrderPlaced, Promise, RefuseReason, SubstituteAccepted};
use crate::ids::{CustomerId, LocationId, Sku, Timestamp};

/// An open order that somebody is told about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Order {
    pub customer: CustomerId,
    pub to: String,
    /// Where it is collected, if it is.
    pub pick_up_at: Option<LocationId>,
    lines: BTreeMap<u32, Line>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Line {
    sku: Sku,
    tally: Tally,
    /// A letter says that it waits, and none since that it no longer does.
    waits: bool,
    /// The date in the last letter about it.
    told: Option<Timestamp>,
    elsewhere: Elsewhere,
}

/// What the customer knows of a line from elsewhere, and so need not read in a letter.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Elsewhere {
    /// Nothing.
    #[default]
    Nothing,
    /// What it comes to at first: that it waits, and until when.
    First,
    /// That it waits. The date in `told` stands in no letter.
    Waits,
}

/// What one event did to one line, as far as it is news.
#[derive(Debug, Default)]
pub(super) struct Touched {
    /// The allocator decided on it.
    settled: bool,
    promise: Option<Promise>,
    refused: Option<(u32, RefuseReason)>,
    offered: Option<Offered>,
    /// Units that the customer gave up, and is to be told so.
    cancelled: u32,
    /// The customer gave up some of it.
    given_up: bool,
}

/// The news of an order that one event gives rise to, by kind.
#[derive(Debug, Default)]
pub(super) struct News {
    pub backordered: Vec<LetterLine>,
    pub moved: Vec<LetterLine>,
    pub filled: Vec<LetterLine>,
    pub cancelled: Vec<LetterLine>,
    /// Lines that no longer wait: a date that has not been sent yet need not be.
    pub over: Vec<u32>,
    /// No date was decided for some of the lines that wait now.
    pub undated: bool,
}

impl Order {
    /// An order that was placed, if there is an address to write to.
    pub fn placed(placed: &OrderPlaced) -> Option<Self> {
        let to = placed
            .customer
            .email
            .as_deref()
            .map(str::trim)
            .filter(|to| !to.is_empty())?;
        let lines = placed.lines.iter().map(|line| {
            let mut of_order = Line::new(line.sku.clone(), Tally::new(line.quantity));
            if placed.told_elsewhere {
                of_order.elsewhere = Elsewhere::First;
            }
            (line.line, of_order)
        });
        Some(Self {
            customer: placed.customer.id.clone(),
            to: to.to_owned(),
            pick_up_at: placed.pick_up_at.clone(),
            lines: lines.collect(),
        })
    }

    /// Counts what an event does to lines, and notes what may be news. News is judged when the
    /// whole event is counted, for a line may wait and get stock in the same one.
    pub fn change(&mut self, change: &LineChange<'_>, touched: &mut BTreeMap<u32, Touched>) {
        if let Some(accepted) = change.change.opens() {
            self.open(accepted);
        }
        match change.lines {
            Lines::All => {
                for (number, line) in &mut self.lines {
                    line.change(&change.change, touched.entry(*number).or_default());
                }
            }
            Lines::One(number) => {
                change.look_at_line(self.lines.get(&number).map(|line| line.sku.as_str()));
                if let Some(line) = self.lines.get_mut(&number) {
                    line.change(&change.change, touched.entry(number).or_default());
                }
            }
        }
    }

    fn open(&mut self, accepted: &SubstituteAccepted) {
        if demand::is_next(accepted.new_line, self.lines.keys().copied()) {
            let tally = Tally::new(accepted.quantity);
            let line = Line::new(accepted.sku.clone(), tally);
            self.lines.insert(accepted.new_line, line);
        }
    }

    /// The news after a whole event was counted.
    pub fn news(&mut self, touched: &BTreeMap<u32, Touched>) -> News {
        let mut news = News::default();
        for (number, touched) in touched {
            let Some(line) = self.lines.get_mut(number) else {
                continue;
            };
            let told = |units| LetterLine::new(*number, line.sku.clone(), units);
            if touched.cancelled > 0 {
                news.cancelled.push(told(touched.cancelled));
            }
            if let Some((units, why)) = touched.refused.filter(|(units, _)| *units > 0) {
                news.cancelled.push(LetterLine {
                    refused: Some(why),
                    ..told(units)
                });
            }
            if touched.settled {
                line.wait_or_not(*number, touched, &mut news);
            } else if touched.given_up && line.waits && line.tally.backordered() == 0 {
                line.rest(*number, &mut news);
            }
        }
        news
    }
}

impl Line {
    const fn new(sku: Sku, tally: Tally) -> Self {
        Self {
            sku,
            tally,
            waits: false,
            told: None,
            elsewhere: Elsewhere::Nothing,
        }
    }

    fn change(&mut self, change: &Change<'_>, touched: &mut Touched) {
        let was = self.tally;
        self.tally.apply(change);
        match change {
            Change::Cancel { .. } => {
                let units = self.tally.cancelled.minus_or_zero(was.cancelled);
                touched.cancelled = touched.cancelled.plus(units);
                touched.given_up = true;
            }
            // Who chose something else need not be told of it.
            Change::Exchange { .. } => touched.given_up = true,
            Change::Assign(_) | Change::Release(_) | Change::Wait(_) => touched.settled = true,
            Change::Offer(offered) => {
                touched.settled = true;
                touched.offered = Some(Offered::clone(offered));
            }
            Change::Refuse(refused) => {
                touched.settled = true;
                let units = self.tally.refused.minus_or_zero(was.refused);
                let earlier = touched.refused.map_or(0, |(units, _)| units);
                touched.refused = Some((earlier.plus(units), refused.why));
            }
            Change::Promise(promised) => {
                touched.settled = true;
                touched.promise = Some(promised.promise.clone());
            }
            // Goods that leave have a letter of their own; what is not there is decided on next,
            // and told then.
            Change::Ship { .. } | Change::Miss { .. } => {}
            Change::Place(_)
            | Change::Open(_)
            | Change::Freeze { .. }
            | Change::Recall { .. }
            | Change::Move { .. }
            | Change::Return { .. }
            | Change::Close => {}
        }
    }

    fn wait_or_not(&mut self, number: u32, touched: &Touched, news: &mut News) {
        let waiting = self.tally.backordered();
        let (promise, offered) = (touched.promise.as_ref(), touched.offered.as_ref());
        let promised = promise.and_then(Promise::at);
        let told = LetterLine {
            date: promised,
            estimate: matches!(promise, Some(Promise::Estimate { .. })),
            instead: offered.map_or_else(Vec::new, |offered| offered.alternatives.clone()),
            answer_by: offered.map(|offered| offered.until),
            ..LetterLine::new(number, self.sku.clone(), waiting)
        };
        // An offer is news, whoever told of the order.
        let first = self.elsewhere == Elsewhere::First && offered.is_none();
        if waiting > 0 && first && (!self.waits || promise.is_some()) {
            self.waits = true;
            self.told = promised;
            if promise.is_some() {
                self.elsewhere = Elsewhere::Waits;
            }
        } else if waiting > 0 && !self.waits {
            self.waits = true;
            self.told = promised;
            self.elsewhere = Elsewhere::Nothing;
            news.undated |= promise.is_none() && offered.is_none();
            news.backordered.push(told);
        } else if waiting == 0 && self.waits {
            self.rest(number, news);
            let reserved = self.tally.covered();
            if reserved > 0 && touched.refused.is_none() {
                news.filled
                    .push(LetterLine::new(number, self.sku.clone(), reserved));
            }
        } else if self.waits && promise.is_some() && promised != self.told {
            let in_a_letter = self.elsewhere == Elsewhere::Nothing;
            let was = self.told.filter(|_| in_a_letter);
            self.told = promised;
            self.elsewhere = Elsewhere::Nothing;
            news.moved.push(LetterLine { was, ..told });
        }
        if waiting == 0 {
            // If it waits again, that is news.
            self.elsewhere = Elsewhere::Nothing;
        }
    }

    /// It no longer waits.
    fn rest(&mut self, number: u32, news: &mut News) {
        self.waits = false;
        self.told = None;
        news.over.push(number);
    }
}
