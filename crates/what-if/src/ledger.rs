//! A world's lines as its facts tell of them: who waits, what was told, what left. Counts the
//! recorded world and the replayed ones with the same code, so that they can be compared.

use std::collections::{BTreeMap, BTreeSet};

use super::lines::{End, MeasuredLine, MeasuredOrder};
use super::report::{Count, Day, Report};
use domain::demand::{self, Change, LineChange, LineChanges, Lines};
use domain::event::{ClosedLine, Event, OrderPlaced, Promise, SubstituteAccepted};
use domain::exact::Exact;
use domain::ids::{LocationId, OrderId, Sku, Timestamp};
use domain::zones::Zones;

/// Units of a line that left its hands for the warehouse: to be shipped when their time comes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Pick {
    pub since: Timestamp,
    pub order: OrderId,
    pub line: u32,
    pub location: LocationId,
    pub units: u32,
}

/// Every line that is open, and the measure of those that were.
#[derive(Debug, Default, Clone)]
pub(super) struct Ledger {
    zones: Zones,
    open: BTreeMap<OrderId, MeasuredOrder>,
    /// When the span began, if it did.
    began: Option<Timestamp>,
    /// What was measured of lines that are not open any more, or moved since the span began.
    count: Count,
    /// Days that are over.
    days: Vec<Day>,
    today: Day,
    open_lines: u64,
    open_units: u64,
    /// How long what was shipped had been held.
    lags: Vec<i64>,
    /// Orders of which nothing may be open any more.
    done: BTreeSet<OrderId>,
    /// What was assigned since it was last asked for.
    picks: Vec<Pick>,
    now: Timestamp,
}

impl Ledger {
    /// When the span began, if it did.
    pub const fn began(&self) -> Option<Timestamp> {
        self.began
    }

    /// The span begins: only what is open now or comes later is measured.
    pub fn begin(&mut self, at: Timestamp) {
        self.began = Some(at);
        self.now = self.now.max(at);
        self.count = Count::default();
        self.days.clear();
        self.today = Day::new(self.zones.cell().start_of_day(at));
        for order in self.open.values_mut() {
            order.carried = true;
            for (_, line) in &mut order.lines {
                line.past = matches!(line.end(), End::Filled(_) | End::Nothing);
            }
        }
    }

    /// Takes in a fact.
    pub fn hear(&mut self, now: Timestamp, event: &Event) {
        self.go_to(now);
        if let Event::Inventory(event) = event {
            self.zones.hear(event);
        }
        self.follow(event.line_changes());
    }

    /// An item is called otherwise.
    pub fn rename(&mut self, was: &Sku, is: &Sku) {
        let orders = self.open.values_mut();
        let lines = orders.flat_map(|order| &mut order.lines);
        for (_, line) in lines.filter(|(_, line)| line.sku == *was) {
            line.sku = is.clone();
        }
    }

    /// Days that are over are written down.
    pub fn go_to(&mut self, now: Timestamp) {
        self.now = self.now.max(now);
        if self.began.is_none() {
            return;
        }
        loop {
            let next = self.zones.cell().end_of_day(self.today.begins);
            if self.now < next || next == self.today.begins {
                return;
            }
            self.today.open_lines = self.open_lines;
            self.today.open_units = self.open_units;
            let over = std::mem::replace(&mut self.today, Day::new(next));
            self.days.push(over);
        }
    }

    /// What an event does to lines.
    fn follow(&mut self, changes: LineChanges<'_>) {
        for of in changes {
            match of.change {
                Change::Place(placed) => self.place(placed),
                Change::Open(accepted) => self.open(accepted),
                Change::Close => self.close(of.order),
                Change::Assign(it) => {
                    self.change(&of);
                    self.picks.push(Pick {
                        since: self.now,
                        order: it.order.clone(),
                        line: it.line,
                        location: it.location.clone(),
                        units: it.quantity,
                    });
                }
                Change::Wait(_) | Change::Offer(_) => {
                    self.change(&of);
                }
                Change::Move { to, units, .. } => {
                    self.change(&of);
                    let Lines::One(line) = of.lines else { continue };
                    self.picks.push(Pick {
                        since: self.now,
                        order: of.order.clone(),
                        line,
                        location: to.clone(),
                        units,
                    });
                }
                // Whether units are on the floor is told of no line here.
                Change::Freeze { .. } | Change::Recall { .. } | Change::Return { .. } => {}
                Change::Promise(it) => {
                    let was = it.was.as_ref().and_then(Promise::at);
                    if was.is_some() && was != it.promise.at() {
                        let tier = self.open.get(of.order).map(|order| order.tier.clone());
                        self.count.moved(tier);
                    }
                    self.change(&of);
                }
                Change::Ship { .. } => {
                    let (now, gone) = (self.now, self.change(&of));
                    self.lags
                        .extend(gone.into_iter().map(|since| now.ms_since(since)));
                    self.done.insert(of.order.clone());
                }
                Change::Cancel { .. }
                | Change::Exchange { .. }
                | Change::Release(_)
                | Change::Miss { .. }
                | Change::Refuse(_) => {
                    self.change(&of);
                    self.done.insert(of.order.clone());
                }
            }
        }
    }

    fn place(&mut self, placed: &OrderPlaced) {
        let line = |line: &domain::event::PlacedLine| {
            let new = MeasuredLine::new(line.sku.clone(), line.quantity, line.unit_price_minor);
            (line.line, new)
        };
        let order = MeasuredOrder {
            tier: placed.customer.tier.clone(),
            placed_at: placed.placed_at.unwrap_or(self.now),
            zone: self.zones.at(placed.pick_up_at.as_ref()).clone(),
            carried: false,
            lines: placed.lines.iter().map(line).collect(),
        };
        self.open.entry(placed.order.clone()).or_insert(order);
    }

    fn open(&mut self, accepted: &SubstituteAccepted) {
        if let Some(order) = self.open.get_mut(&accepted.order) {
            let numbers = order.lines.iter().map(|(number, _)| *number);
            if demand::is_next(accepted.new_line, numbers) {
                let (sku, price) = (accepted.sku.clone(), accepted.unit_price_minor);
                let line = MeasuredLine::new(sku, accepted.quantity, price);
                order.lines.push((accepted.new_line, line));
            }
        }
    }

    /// Returns since when the units were reserved that are so no more.
    fn change(&mut self, of: &LineChange<'_>) -> Vec<Timestamp> {
        match of.lines {
            Lines::One(number) => self.change_line(of.order, number, &of.change),
            Lines::All => {
                let order = self.open.get(of.order).into_iter();
                let numbers: Vec<u32> = order
                    .flat_map(|order| order.lines.iter().map(|(number, _)| *number))
                    .collect();
                let gone = numbers
                    .into_iter()
                    .flat_map(|number| self.change_line(of.order, number, &of.change));
                gone.collect()
            }
        }
    }

    /// What becomes of one line, and of those that wait.
    fn change_line(&mut self, order: &OrderId, number: u32, change: &Change<'_>) -> Vec<Timestamp> {
        let now = self.now;
        let Some(order) = self.open.get_mut(order) else {
            return Vec::new();
        };
        let placed_at = order.placed_at;
        let Some(line) = order.line_mut(number) else {
            return Vec::new();
        };
        let was = line.tally.backordered();
        let assigned = line.assigned_at;
        let gone = line.change(change, now);
        let is = line.tally.backordered();
        let got = line.assigned_at != assigned;
        self.open_units = self.open_units.plus(is.into()).minus(was.into());
        match (was > 0, is > 0) {
            (false, true) => self.open_lines = self.open_lines.plus(1),
            (true, false) => {
                self.open_lines = self.open_lines.minus(1);
                if got && self.began.is_some() {
                    self.today.filled(now.ms_since(placed_at));
                }
            }
            (true, true) | (false, false) => {}
        }
        gone
    }

    /// The order is gone; its lines are measured as they ended.
    fn close(&mut self, order: &OrderId) {
        self.done.remove(order);
        let Some(order) = self.open.remove(order) else {
            return;
        };
        for (_, line) in &order.lines {
            let waiting = line.tally.backordered();
            self.open_lines = self.open_lines.minus(u64::from(waiting > 0));
            self.open_units = self.open_units.minus(waiting.into());
            if self.began.is_some() {
                self.count.line(&order, line, self.now);
            }
        }
    }

    /// Orders of which nothing is open, as their closing would tell.
    pub fn take_done(&mut self) -> Vec<(OrderId, Vec<ClosedLine>)> {
        let mut done = Vec::new();
        for id in std::mem::take(&mut self.done) {
            let Some(order) = self.open.get(&id).filter(|order| order.is_done()) else {
                continue;
            };
            let line = |(number, line): &(u32, MeasuredLine)| ClosedLine {
                line: *number,
                shipped: line.tally.shipped,
                cancelled: line.tally.cancelled,
                refused: line.tally.refused,
                why: None,
            };
            let lines = order.lines.iter().map(line).collect();
            done.push((id, lines));
        }
        done
    }

    /// What was assigned since this was last asked.
    pub fn take_picks(&mut self) -> Vec<Pick> {
        std::mem::take(&mut self.picks)
    }

    /// All that is held now.
    pub fn held(&self) -> Vec<Pick> {
        let mut picks = Vec::new();
        for (id, order) in &self.open {
            for (number, line) in &order.lines {
                picks.extend(line.reservations.iter().map(|it| Pick {
                    since: it.since,
                    order: id.clone(),
                    line: *number,
                    location: it.place.clone(),
                    units: it.units,
                }));
            }
        }
        picks
    }

    /// Units of a line that are held at a place and wanted, and of what SKU.
    pub fn held_of(&self, pick: &Pick) -> Option<(Sku, u32)> {
        let order = self.open.get(&pick.order)?;
        let (_, line) = order.lines.iter().find(|(line, _)| *line == pick.line)?;
        let held = line.reservations.units_at(&pick.location);
        Some((line.sku.clone(), held.min(line.tally.covered())))
    }

    /// The median time from assigned to shipped; none if nothing was shipped.
    pub fn pick_and_ship_ms(&self) -> Option<i64> {
        let mut lags = self.lags.clone();
        lags.sort_unstable();
        lags.get(lags.len() / 2).copied()
    }

    /// The measures as of `now`.
    pub fn report(&self, name: &str, now: Timestamp) -> Report {
        let mut ended = self.clone();
        ended.go_to(now);
        ended.today.open_lines = ended.open_lines;
        ended.today.open_units = ended.open_units;
        let today = ended.today.clone();
        ended.days.push(today);
        for order in ended.open.values() {
            for (_, line) in &order.lines {
                ended.count.line(order, line, now);
            }
        }
        ended.count.report(name, ended.days)
    }
}
