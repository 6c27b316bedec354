//! What the notifier keeps of an open order whose customer can be told: who, where to, and of
//! each line how many units are where and what was said about them. It must not know letters'
//! ways; it says what news there is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::letter::LetterLine;
use crate::demand::Tally;
use crate::event::{
    Effect, Offered, OrderCancelled, OrderPlaced, Promise, RefuseReason, Shipped,
    SubstituteAccepted,
};
use crate::ids::{CustomerId, Sku, Timestamp};

/// An open order that somebody is told about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Order {
    pub customer: CustomerId,
    pub to: String,
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
}

/// What one `settled` did to one line, as far as it is news.
#[derive(Debug, Default)]
pub(super) struct Touched {
    promise: Option<Promise>,
    refused: Option<(u32, RefuseReason)>,
    offered: Option<Offered>,
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
            let tally = Tally::new(line.quantity);
            (line.line, Line::new(line.sku.clone(), tally))
        });
        Some(Self {
            customer: placed.customer.id.clone(),
            to: to.to_owned(),
            lines: lines.collect(),
        })
    }

    /// Counts one effect, and notes what may be news. News is judged when the whole `settled` is
    /// counted, for a line may wait and get stock in the same one.
    pub fn count(&mut self, effect: &Effect, touched: &mut BTreeMap<u32, Touched>) {
        let Some(line) = self.lines.get_mut(&effect.line()) else {
            return;
        };
        let touched = touched.entry(effect.line()).or_default();
        match effect {
            Effect::Assigned(assigned) => line.tally.assign(assigned.quantity),
            Effect::Released(released) => line.tally.release(released.quantity),
            Effect::Backordered(_) => line.tally.backorder(),
            Effect::Offered(offered) => {
                line.tally.backorder();
                touched.offered = Some(offered.clone());
            }
            Effect::Refused(refused) => {
                let before = line.tally.refused;
                line.tally.refuse(refused.quantity);
                let units = line.tally.refused.saturating_sub(before);
                let earlier = touched.refused.map_or(0, |(units, _)| units);
                touched.refused = Some((earlier.saturating_add(units), refused.why));
            }
            Effect::Promised(promised) => touched.promise = Some(promised.promise.clone()),
        }
    }

    /// The news after a whole `settled` was counted.
    pub fn settle(&mut self, touched: &BTreeMap<u32, Touched>) -> News {
        let mut news = News::default();
        for (number, touched) in touched {
            let Some(line) = self.lines.get_mut(number) else {
                continue;
            };
            if let Some((units, why)) = touched.refused.filter(|(units, _)| *units > 0) {
                let refused = LetterLine::new(*number, line.sku.clone(), units);
                news.cancelled.push(LetterLine {
                    refused: Some(why),
                    ..refused
                });
            }
            line.wait_or_not(*number, touched, &mut news);
        }
        news
    }

    /// The news of a cancellation.
    pub fn cancel(&mut self, cancelled: &OrderCancelled) -> News {
        let mut news = News::default();
        let whole = cancelled.lines.is_empty();
        for (number, line) in &mut self.lines {
            let named = cancelled.lines.iter().filter(|named| named.line == *number);
            let asked = named.fold(0_u32, |sum, named| sum.saturating_add(named.quantity));
            let units = line.tally.cancel(if whole { u32::MAX } else { asked });
            if units > 0 {
                news.cancelled
                    .push(LetterLine::new(*number, line.sku.clone(), units));
            }
            if line.waits && line.tally.backordered() == 0 {
                line.rest(*number, &mut news);
            }
        }
        news
    }

    /// The news of an acceptance: nothing but that units wait no more.
    pub fn substitute(&mut self, accepted: &SubstituteAccepted) -> News {
        let mut news = News::default();
        let is_new = self.lines.keys().all(|number| *number < accepted.new_line);
        let Some(line) = self.lines.get_mut(&accepted.line) else {
            return news;
        };
        let tally = line.tally.substitute(accepted.quantity);
        if line.waits && line.tally.backordered() == 0 {
            line.rest(accepted.line, &mut news);
        }
        if is_new {
            let line = Line::new(accepted.sku.clone(), tally);
            self.lines.insert(accepted.new_line, line);
        }
        news
    }

    /// The lines of a shipment.
    pub fn ship(&mut self, shipped: &Shipped) -> Vec<LetterLine> {
        let mut lines = Vec::with_capacity(shipped.lines.len());
        for left in &shipped.lines {
            if let Some(line) = self.lines.get_mut(&left.line) {
                line.tally.ship(left.quantity);
            }
            lines.push(LetterLine::new(left.line, left.sku.clone(), left.quantity));
        }
        lines
    }
}

impl Line {
    const fn new(sku: Sku, tally: Tally) -> Self {
        Self {
            sku,
            tally,
            waits: false,
            told: None,
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
        if waiting > 0 && !self.waits {
            self.waits = true;
            self.told = promised;
            news.undated |= promise.is_none() && offered.is_none();
            news.backordered.push(told);
        } else if waiting == 0 && self.waits {
            self.rest(number, news);
            let reserved = self.tally.reserved();
            if reserved > 0 && touched.refused.is_none() {
                news.filled
                    .push(LetterLine::new(number, self.sku.clone(), reserved));
            }
        } else if self.waits && promise.is_some() && promised != self.told {
            let was = self.told;
            self.told = promised;
            news.moved.push(LetterLine { was, ..told });
        }
    }

    /// It no longer waits.
    fn rest(&mut self, number: u32, news: &mut News) {
        self.waits = false;
        self.told = None;
        news.over.push(number);
    }
}
