//! A supplier that exists in the computer only. Pure: what they say follows from the seed and
//! the purchase order, and is worked out anew whenever it is asked for.
//!
//! Messages fall on few hours of the day, each purchase order's within some minutes of its own: no
//! two are said at one instant, so that what follows from the first (a request for more, another
//! promise) is settled before the second, and a replay does not hang on how fast rooms are.

use super::message::Message;
use super::purchase_order::{Line, PurchaseOrder};
use crate::event::{
    Adapter, DatedLine, PurchaseConfirmed, PurchaseDelayed, PurchaseDelivered, PurchaseRejected,
    PurchaseShipped, Simulated, SupplierLine,
};
use crate::exact::{Exact, fewer};
use crate::ids::{DAY_MS, DispatchId, HOUR_MS, Key, PurchaseOrderId, SupplierMessageId, Timestamp};

/// Hours of the day (UTC) at which a simulated supplier acts.
const ANSWER_HOUR: i64 = 9;
const DELIVERY_HOUR: i64 = 10;
const DELAY_HOUR: i64 = 11;
const SHIPPING_HOUR: i64 = 16;
/// A purchase order's messages come so much after the hour at most: 20 minutes.
const MINUTES_MS: u128 = 1_200_000;
/// Between two messages of one purchase order that belong to the same hour.
const BETWEEN_MS: i64 = 1_000;
/// Days after the order on which they answer.
const ANSWER_DAY: i64 = 1;
/// The earliest day of a delivery: answered and sent on the day after the order, there on the next.
const EARLIEST_DAY: i64 = 2;

/// What the supplier says next about a purchase order, and when. Units that are no longer open,
/// because somebody counted them early, are left out, so that it is always a word that
/// [`HearSupplier`](super::HearSupplier) takes.
pub fn next(order: &PurchaseOrder) -> Option<(Timestamp, Message)> {
    let Some(Adapter::Simulated(behaviour)) = &order.adapter else {
        return None;
    };
    let plan = plan(behaviour, order);
    let from = usize::try_from(order.step).ok()?;
    let mut ahead = plan.into_iter().skip(from);
    ahead.find_map(|(at, message)| still_true(message, order).map(|message| (at, message)))
}

fn still_true(message: Message, order: &PurchaseOrder) -> Option<Message> {
    let coming = |number: u32| {
        let line = order.lines.get(&number);
        line.map_or(0, |line| line.unshipped().min(line.open()))
    };
    let clip = |lines: Vec<SupplierLine>| -> Vec<SupplierLine> {
        let clipped = lines.into_iter().map(|line| {
            let quantity = line.quantity.min(coming(line.line));
            SupplierLine { quantity, ..line }
        });
        clipped.filter(|line| line.quantity > 0).collect()
    };
    let dated = |lines: &mut Vec<DatedLine>| {
        lines.retain(|line| coming(line.line) > 0);
        !lines.is_empty()
    };
    match message {
        Message::Confirmed(mut said) => dated(&mut said.lines).then_some(Message::Confirmed(said)),
        Message::Delayed(mut said) => dated(&mut said.lines).then_some(Message::Delayed(said)),
        // No plan has one.
        Message::Scheduled(_) | Message::Closed(_) => None,
        Message::Rejected(said) => {
            let said = PurchaseRejected {
                lines: clip(said.lines),
                ..said
            };
            (!said.lines.is_empty()).then_some(Message::Rejected(said))
        }
        Message::Shipped(said) => {
            let said = PurchaseShipped {
                lines: clip(said.lines),
                ..said
            };
            let new = order.dispatch(&said.dispatch).is_none();
            (new && !said.lines.is_empty()).then_some(Message::Shipped(said))
        }
        Message::Delivered(said) => {
            let travels = order
                .dispatch(&said.dispatch)
                .is_some_and(|d| d.delivered_at.is_none());
            travels.then_some(Message::Delivered(said))
        }
    }
}

/// What becomes of one line.
struct Fate {
    number: u32,
    rejected: u32,
    short: u32,
    first: u32,
    second: u32,
}

/// Days after the order on which things happen.
struct Days {
    promised: i64,
    delay: Option<i64>,
    shipping: i64,
    arrival: i64,
    second_arrival: i64,
}

/// Everything that the supplier will say about a purchase order, in order of time.
fn plan(behaviour: &Simulated, order: &PurchaseOrder) -> Vec<(Timestamp, Message)> {
    let mut dice = Dice::of(behaviour.seed, &order.purchase_order);
    let days = days(behaviour, order, &mut dice);
    let roll = |(number, line): (&u32, &Line)| fate(*number, line.ordered, behaviour, &mut dice);
    let fates: Vec<Fate> = order.lines.iter().map(roll).collect();
    let mut plan = Plan {
        order,
        steps: Vec::new(),
    };

    let answered = plan.at(ANSWER_DAY, ANSWER_HOUR);
    plan.reject(answered, &fates, |fate| fate.rejected, "not available");
    let promised = plan.at(days.promised, DELIVERY_HOUR);
    let lines = plan.dated(&fates, promised, |fate| fate.first);
    let confirmed = PurchaseConfirmed {
        message: plan.message(),
        purchase_order: plan.id(),
        lines,
        source: None,
    };
    plan.steps.push((answered, Message::Confirmed(confirmed)));

    let arrival = plan.at(days.arrival, DELIVERY_HOUR);
    if let Some(day) = days.delay {
        plan.delay(
            plan.at(day, DELAY_HOUR),
            &fates,
            arrival,
            |fate| fate.first,
            "late",
        );
    }
    let sent = plan.at(days.shipping, SHIPPING_HOUR);
    plan.reject(sent, &fates, |fate| fate.short, "short");
    plan.ship(1, sent, arrival, &fates, |fate| fate.first);
    if fates.iter().any(|fate| fate.second > 0) {
        let second = plan.at(days.second_arrival, DELIVERY_HOUR);
        plan.delay(sent, &fates, second, |fate| fate.second, "the rest follows");
        plan.deliver(1, arrival);
        let sent = plan.at(days.second_arrival.minus(1), SHIPPING_HOUR);
        plan.ship(2, sent, second, &fates, |fate| fate.second);
        plan.deliver(2, second);
    } else {
        plan.deliver(1, arrival);
    }
    spread(plan.steps, &order.purchase_order)
}

/// Moves each step to its purchase order's own minutes after the hour.
fn spread(steps: Vec<(Timestamp, Message)>, order: &PurchaseOrderId) -> Vec<(Timestamp, Message)> {
    let Key(bits) = Key::of("simulated minutes", order.as_str());
    let mut after = i64::try_from(bits.checked_rem(MINUTES_MS).unwrap_or(0)).unwrap_or(0);
    let mut moved = Vec::with_capacity(steps.len());
    for (at, message) in steps {
        moved.push((at.plus_ms(after), message));
        after = after.plus(BETWEEN_MS);
    }
    moved
}

fn days(behaviour: &Simulated, order: &PurchaseOrder, dice: &mut Dice) -> Days {
    let lead = order
        .expected_at
        .ms_since(order.ordered_at)
        .div_euclid(DAY_MS);
    let spread = i64::from(behaviour.spread_days);
    let promised = lead.plus(dice.between(fewer(spread), spread));
    let promised = promised.max(EARLIEST_DAY);
    let late = dice.percent(behaviour.late_percent);
    let late_by = dice.between(2, spread.plus(7));
    let second_after = dice.between(3, 7);
    let arrival = if late {
        promised.plus(late_by)
    } else {
        promised
    };
    Days {
        promised,
        // Midway, and so on or before the day on which the late goods are sent.
        delay: late.then_some(promised.div_euclid(2).max(ANSWER_DAY)),
        shipping: arrival.minus(dice.between(1, 2)).max(ANSWER_DAY),
        arrival,
        second_arrival: arrival.plus(second_after),
    }
}

fn fate(number: u32, ordered: u32, behaviour: &Simulated, dice: &mut Dice) -> Fate {
    let rejected = dice.percent(behaviour.reject_percent);
    let short = dice.percent(behaviour.short_percent);
    let part = dice.percent(behaviour.part_percent);
    let half = ordered.div_euclid(2);
    let share = u32::try_from(dice.between(1, i64::from(half.max(1)))).unwrap_or(1);
    if rejected {
        return Fate {
            number,
            rejected: ordered,
            short: 0,
            first: 0,
            second: 0,
        };
    }
    let short = if short { share.min(half) } else { 0 };
    let sent = ordered.minus(short);
    let second = if part { sent.div_euclid(2) } else { 0 };
    Fate {
        number,
        rejected: 0,
        short,
        first: sent.minus(second),
        second,
    }
}

struct Plan<'a> {
    order: &'a PurchaseOrder,
    steps: Vec<(Timestamp, Message)>,
}

impl Plan<'_> {
    fn at(&self, day: i64, hour: i64) -> Timestamp {
        let start = self.order.ordered_at.start_of_day();
        start.plus_days(day).plus_ms(hour.times(HOUR_MS))
    }

    fn id(&self) -> PurchaseOrderId {
        self.order.purchase_order.clone()
    }

    /// The id of the step that is about to be added. It names the step, as
    /// the purchase order reads it back.
    fn message(&self) -> SupplierMessageId {
        format!("{}/{}", self.order.purchase_order, self.steps.len()).into()
    }

    fn dispatch(&self, number: u8) -> DispatchId {
        format!("{}/dispatch-{number}", self.order.purchase_order).into()
    }

    fn dated(&self, fates: &[Fate], eta: Timestamp, of: impl Fn(&Fate) -> u32) -> Vec<DatedLine> {
        let units = self.units(fates, of);
        units
            .into_iter()
            .map(|unit| DatedLine {
                line: unit.line,
                sku: unit.sku,
                eta,
            })
            .collect()
    }

    fn units(&self, fates: &[Fate], of: impl Fn(&Fate) -> u32) -> Vec<SupplierLine> {
        let line = |fate: &Fate| {
            let sku = self.order.lines.get(&fate.number)?.sku.clone();
            let quantity = of(fate);
            (quantity > 0).then_some(SupplierLine {
                line: fate.number,
                sku,
                quantity,
            })
        };
        fates.iter().filter_map(line).collect()
    }

    fn reject(&mut self, at: Timestamp, fates: &[Fate], of: impl Fn(&Fate) -> u32, why: &str) {
        let said = PurchaseRejected {
            message: self.message(),
            purchase_order: self.id(),
            lines: self.units(fates, of),
            reason: why.to_owned(),
            source: None,
        };
        self.steps.push((at, Message::Rejected(said)));
    }

    fn delay(
        &mut self,
        at: Timestamp,
        fates: &[Fate],
        eta: Timestamp,
        of: impl Fn(&Fate) -> u32,
        why: &str,
    ) {
        let said = PurchaseDelayed {
            message: self.message(),
            purchase_order: self.id(),
            lines: self.dated(fates, eta, of),
            reason: why.to_owned(),
            source: None,
        };
        self.steps.push((at, Message::Delayed(said)));
    }

    fn ship(
        &mut self,
        number: u8,
        at: Timestamp,
        eta: Timestamp,
        fates: &[Fate],
        of: impl Fn(&Fate) -> u32,
    ) {
        let said = PurchaseShipped {
            message: self.message(),
            purchase_order: self.id(),
            dispatch: self.dispatch(number),
            lines: self.units(fates, of),
            eta,
            source: None,
        };
        self.steps.push((at, Message::Shipped(said)));
    }

    fn deliver(&mut self, number: u8, at: Timestamp) {
        let said = PurchaseDelivered {
            message: self.message(),
            purchase_order: self.id(),
            dispatch: self.dispatch(number),
            source: None,
        };
        self.steps.push((at, Message::Delivered(said)));
    }
}

/// `SplitMix64` (Steele, Lea, Flood 2014): small, and the same on every machine for ever.
struct Dice(u64);

impl Dice {
    fn of(seed: u64, order: &PurchaseOrderId) -> Self {
        let Key(bits) = Key::of("simulated", &format!("{seed}/{order}"));
        Self(u64::try_from(bits & u128::from(u64::MAX)).unwrap_or_default())
    }

    const fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed.wrapping_shr(30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed.wrapping_shr(27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed.wrapping_shr(31)
    }

    /// From `least` to `most`, both included.
    fn between(&mut self, least: i64, most: i64) -> i64 {
        let width = u64::try_from(most.minus(least)).unwrap_or(0).plus(1);
        let rolled = self.roll().checked_rem(width).unwrap_or(0);
        least.plus(i64::try_from(rolled).unwrap_or(0))
    }

    fn percent(&mut self, percent: u8) -> bool {
        self.roll().checked_rem(100).unwrap_or(0) < u64::from(percent)
    }
}
