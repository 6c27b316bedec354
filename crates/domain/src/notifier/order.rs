//! What the notifier keeps of an open order: who is told of it, where to, and of
//! each line how many units are where and what was said about them. It must not know letters'
//! ways; it says what news there is.

use crate::exact::Exact;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::letter::{LetterLine, Loss};
use crate::demand::{self, Change, LineChange, Lines, Tally};
use crate::event::{
    Offered, OrderAmended, OrderField, OrderPlaced, Promise, RefuseReason, ReleaseReason,
    SubstituteAccepted,
};
use crate::ids::{CustomerId, LocationId, Sku, Timestamp};

/// An open order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Order {
    pub customer: CustomerId,
    /// The address; empty: nobody is told of it.
    pub to: String,
    /// Where it is collected, if it is.
    pub pick_up_at: Option<LocationId>,
    /// The customer was written to about it, or knows of it from elsewhere.
    pub written: bool,
    /// It is refused whole once a line of it is.
    falls: bool,
    lines: BTreeMap<u32, Line>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Line {
    sku: Sku,
    tally: Tally,
    /// A letter says that it waits, and none since that it no longer does.
    waits: bool,
    /// How many units of it wait, as its customer was told.
    told_units: u32,
    /// The date in the last letter about it.
    told: Option<Timestamp>,
    /// That is an estimate.
    estimate: bool,
    elsewhere: Elsewhere,
    /// An earlier decision stands: if more waits after a later one, it had been set aside.
    stood: bool,
    /// It has waited, as its customer was told.
    waited: bool,
    /// What became of units of it that were set aside, the last time that some were gone.
    loss: Option<Loss>,
    /// What was told before a letter about such units that may not have left yet.
    before: Option<Before>,
}

/// What a customer was told of a line.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Before {
    waits: bool,
    told_units: u32,
    told: Option<Timestamp>,
    waited: bool,
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
    /// The customer gave up some of it, or got it.
    done: bool,
    /// Units that had been set aside are gone, before the allocator has decided on it.
    lost: bool,
}

/// The news of an order that one event gives rise to, by kind.
#[derive(Debug, Default)]
pub(super) struct News {
    pub backordered: Vec<LetterLine>,
    pub moved: Vec<LetterLine>,
    pub filled: Vec<LetterLine>,
    pub cancelled: Vec<LetterLine>,
    pub taken_back: Vec<LetterLine>,
    /// Lines of which units were gone that are there again, or others for them, before anybody
    /// read of it.
    pub made_good: Vec<u32>,
    /// Lines that no longer wait: a date that has not been sent yet need not be.
    pub over: Vec<u32>,
    /// No date was decided for some of the lines that wait now.
    pub undated: bool,
}

impl Order {
    /// An order that was placed.
    pub fn placed(placed: &OrderPlaced) -> Self {
        let lines = placed.lines.iter().map(|line| {
            let mut of_order = Line::new(line.sku.clone(), Tally::new(line.quantity));
            if placed.told_elsewhere {
                of_order.elsewhere = Elsewhere::First;
            }
            (line.line, of_order)
        });
        Self {
            customer: placed.customer.id.clone(),
            to: address(placed.customer.email.as_deref()),
            pick_up_at: placed.pick_up_at.clone(),
            falls: placed.ship_complete && !placed.rest_may_go,
            written: placed.told_elsewhere,
            lines: lines.collect(),
        }
    }

    /// It says something else from now on. The news, for a customer who can be told at last: what
    /// waits.
    pub fn amend(&mut self, amended: &OrderAmended) -> News {
        let mut news = News::default();
        for field in amended.news() {
            match &field.to {
                OrderField::Email(email) => {
                    let is = address(email.as_deref());
                    let was = std::mem::replace(&mut self.to, is);
                    if was.is_empty() && !self.to.is_empty() {
                        news.backordered = self.waiting();
                    }
                }
                // It was said of an order that goes whole, as the door sees to.
                OrderField::RestMayGo(rest) => self.falls = !rest,
                OrderField::Tier(_)
                | OrderField::Country(_)
                | OrderField::Region(_)
                | OrderField::RequestedAt(_)
                | OrderField::Urgency(_)
                | OrderField::ShipBy(_)
                | OrderField::UnitPrice { .. } => {}
            }
        }
        news
    }

    /// Whether a line of it is of an SKU.
    pub fn names(&self, sku: &Sku) -> bool {
        self.lines.values().any(|line| line.sku == *sku)
    }

    /// An item is called otherwise.
    pub fn rename(&mut self, was: &Sku, is: &Sku) {
        for line in self.lines.values_mut().filter(|line| line.sku == *was) {
            line.sku = is.clone();
        }
    }

    /// What waits of it and stands in no letter, nor is known from elsewhere.
    fn waiting(&self) -> Vec<LetterLine> {
        let untold = |line: &Line| line.waits && line.elsewhere == Elsewhere::Nothing;
        let lines = self.lines.iter().filter(|(_, line)| untold(line));
        let lines = lines.map(|(number, line)| LetterLine {
            date: line.told,
            estimate: line.estimate,
            ..LetterLine::new(*number, line.sku.clone(), line.tally.backordered())
        });
        lines.collect()
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

    /// Whether some of it is still to come, and whether some of it has left.
    pub fn stands(&self) -> (bool, bool) {
        let mut tallies = self.lines.values().map(|line| line.tally);
        let falls = self.falls && tallies.clone().any(|tally| tally.refused > 0);
        let open = !falls && tallies.clone().any(|tally| tally.wanted() > 0);
        (open, tallies.any(|tally| tally.shipped > 0))
    }

    /// The news after a whole event was counted. `unread`: of a line's units that are gone nobody
    /// can have read yet.
    pub fn news(&mut self, touched: &BTreeMap<u32, Touched>, unread: impl Fn(u32) -> bool) -> News {
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
            line.forget_before(*number, unread(*number), &mut news);
            if touched.settled || touched.lost {
                line.wait_or_not(*number, touched, &mut news);
            } else if touched.done && line.waits && line.tally.backordered() == 0 {
                line.rest(*number, &mut news);
            }
        }
        news
    }
}

/// Where to write to; empty: nowhere.
fn address(email: Option<&str>) -> String {
    email.unwrap_or_default().trim().to_owned()
}

impl Line {
    const fn new(sku: Sku, tally: Tally) -> Self {
        Self {
            sku,
            tally,
            waits: false,
            told_units: 0,
            told: None,
            estimate: false,
            elsewhere: Elsewhere::Nothing,
            stood: false,
            waited: false,
            loss: None,
            before: None,
        }
    }

    fn change(&mut self, change: &Change<'_>, touched: &mut Touched) {
        let was = self.tally;
        self.tally.apply(change);
        self.know(was);
        match change {
            Change::Cancel { .. } => {
                let units = self.tally.cancelled.minus_or_zero(was.cancelled);
                touched.cancelled = touched.cancelled.plus(units);
                touched.done = true;
            }
            // Who chose something else need not be told of it.
            Change::Exchange { .. } => touched.done = true,
            Change::Assign(_) | Change::Wait(_) => touched.settled = true,
            Change::Release(released) => {
                touched.settled = true;
                match released.why {
                    ReleaseReason::CountedDown => self.loss = Some(Loss::NotThere),
                    ReleaseReason::Rebalanced | ReleaseReason::GivenAway => {
                        self.loss = Some(Loss::GivenToOthers);
                    }
                    ReleaseReason::Suspended => self.loss = Some(Loss::Suspended),
                    // Nobody wants these.
                    ReleaseReason::Cancelled => {}
                    // Its customer hears of the refusal.
                    ReleaseReason::Refused => {}
                }
            }
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
            // Goods that leave have a letter of their own.
            Change::Ship { .. } => touched.done = true,
            Change::Miss { .. } => {
                touched.lost = true;
                self.loss = Some(Loss::NotFound);
            }
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
        if self.stood && waiting > self.told_units {
            self.lose(waiting, touched, told, news);
        } else if waiting > 0 && first && (!self.waits || promise.is_some()) {
            self.tell(waiting, &told);
            if promise.is_some() {
                self.elsewhere = Elsewhere::Waits;
            }
        } else if waiting > 0 && !self.waits {
            self.tell(waiting, &told);
            self.elsewhere = Elsewhere::Nothing;
            news.undated |= promise.is_none() && offered.is_none();
            news.backordered.push(told);
        } else if waiting > 0 && offered.is_some() {
            self.told = None;
            self.elsewhere = Elsewhere::Nothing;
            news.backordered.push(told);
        } else if waiting == 0 && self.waits {
            let reserved = self.tally.covered().min(self.told_units);
            self.rest(number, news);
            if reserved > 0 && touched.refused.is_none() {
                news.filled
                    .push(LetterLine::new(number, self.sku.clone(), reserved));
            }
        } else if self.waits && promise.is_some() && promised != self.told {
            let in_a_letter = self.elsewhere == Elsewhere::Nothing;
            let was = self.told.filter(|_| in_a_letter);
            (self.told, self.estimate) = (promised, told.estimate);
            self.elsewhere = Elsewhere::Nothing;
            news.moved.push(LetterLine { was, ..told });
        }
        if waiting == 0 {
            // If it waits again, that is news.
            self.elsewhere = Elsewhere::Nothing;
        }
        self.stood |= self.tally.decided;
    }

    /// It no longer waits.
    fn rest(&mut self, number: u32, news: &mut News) {
        self.waits = false;
        self.told = None;
        self.told_units = 0;
        news.over.push(number);
    }

    /// Its customer is told that so many units wait.
    fn tell(&mut self, waiting: u32, told: &LetterLine) {
        (self.waits, self.waited, self.told_units) = (true, true, waiting);
        (self.told, self.estimate) = (told.date, told.estimate);
    }

    /// Of units that its customer gave up or got, they know that these wait no more.
    fn know(&mut self, was: Tally) {
        let done = |tally: Tally| tally.cancelled.plus(tally.refused).plus(tally.shipped);
        let units = done(self.tally).minus_or_zero(done(was));
        if units > 0 {
            let waiting = self.tally.backordered().min(self.told_units);
            self.told_units = self.told_units.minus_or_zero(units).max(waiting);
        }
    }

    /// Units that had been set aside are gone. Where a letter about others of it has not left,
    /// it tells of all of them.
    fn lose(&mut self, waiting: u32, touched: &Touched, told: LetterLine, news: &mut News) {
        let now = Before {
            waits: self.waits,
            told_units: self.told_units,
            told: self.told,
            waited: self.waited,
            elsewhere: self.elsewhere,
        };
        let before = *self.before.get_or_insert(now);
        let dated = touched.promise.is_some() || touched.offered.is_some();
        let (date, estimate) = if dated || !self.waits {
            (told.date, told.estimate)
        } else {
            (self.told, self.estimate)
        };
        let line = LetterLine {
            quantity: waiting.minus(before.told_units),
            date,
            estimate,
            lost: self.loss,
            again: before.waited,
            ..told
        };
        self.tell(waiting, &line);
        self.elsewhere = Elsewhere::Nothing;
        news.undated |= line.date.is_none() && !dated;
        news.taken_back.push(line);
    }

    /// What was told before a letter about units that are gone is of no more use once that may
    /// have left. Until then the letter is not sent, if no more waits than before.
    fn forget_before(&mut self, number: u32, unread: bool, news: &mut News) {
        let Some(before) = self.before else { return };
        if !unread {
            self.before = None;
        } else if self.tally.backordered() <= before.told_units {
            self.before = None;
            news.made_good.push(number);
            (self.waits, self.waited) = (before.waits, before.waited);
            self.told_units = self.told_units.min(before.told_units);
            self.elsewhere = before.elsewhere;
            self.restored(number, before.told, news);
        }
    }

    /// The date that was told before stands again, unless it moved meanwhile.
    fn restored(&mut self, number: u32, was: Option<Timestamp>, news: &mut News) {
        let waiting = self.tally.backordered();
        if !self.waits {
            self.told = None;
        } else if self.told != was && waiting > 0 {
            news.moved.push(LetterLine {
                date: self.told,
                estimate: self.estimate,
                was,
                ..LetterLine::new(number, self.sku.clone(), waiting)
            });
        } else {
            self.told = was;
        }
    }
}
