//! Where an order's stock lies, and what came back of it: it follows from its timeline, so no room
//! keeps it.

use std::collections::BTreeMap;

use api::orders::v1;
use domain::demand::{Change, Lines, Picks, Reservations, Tally};
use domain::exact::Exact;
use domain::ids::{LocationId, OrderId};

use super::told::Told;

/// One line, as its timeline tells it.
#[derive(Default)]
struct Line {
    tally: Tally,
    reservations: Reservations<LocationId>,
}

/// Adds to the lines of an open order where their stock lies, and what came back. Of a timeline
/// whose beginning fell away nothing is added: it does not say.
pub(super) fn tell(told: &[Told], id: &OrderId, order: &mut v1::Order) {
    came_back(told, id, order);
    let whole = told.first().and_then(Told::event);
    if whole.and_then(domain::event::OrderPlaced::of).is_none() {
        return;
    }
    let (mut lines, mut picks) = (BTreeMap::<u32, Line>::new(), Picks::default());
    for it in told.iter().flat_map(|told| told.line_changes(id)) {
        match it.change {
            Change::Place(placed) => {
                let opened = placed.lines.iter().map(|line| {
                    let tally = Tally::new(line.quantity);
                    let reservations = Reservations::default();
                    (
                        line.line,
                        Line {
                            tally,
                            reservations,
                        },
                    )
                });
                lines.extend(opened);
                continue;
            }
            Change::Open(accepted) => {
                let line = Line {
                    tally: Tally::new(accepted.quantity),
                    ..Line::default()
                };
                lines.insert(accepted.new_line, line);
                continue;
            }
            Change::Cancel { .. }
            | Change::Exchange { .. }
            | Change::Assign(_)
            | Change::Release(_)
            | Change::Wait(_)
            | Change::Offer(_)
            | Change::Refuse(_)
            | Change::Promise(_)
            | Change::Freeze { .. }
            | Change::Recall { .. }
            | Change::Miss { .. }
            | Change::Move { .. }
            | Change::Ship { .. }
            | Change::Return { .. }
            | Change::Close => {}
        }
        for (number, line) in &mut lines {
            if it.lines == Lines::All || it.lines == Lines::One(*number) {
                picks.apply(*number, &it.change);
                line.reservations.apply(
                    &mut line.tally,
                    &it.change,
                    (),
                    LocationId::clone,
                    |_, (), _| {},
                );
            }
        }
    }
    for line in &mut order.lines {
        if let Some(known) = lines.get(&line.line) {
            line.stock = stock(line.line, &known.reservations, &picks);
        }
    }
}

fn stock(line: u32, reservations: &Reservations<LocationId>, picks: &Picks) -> Vec<v1::LineStock> {
    let mut places = BTreeMap::<&LocationId, v1::LineStock>::new();
    for it in reservations {
        let here = places.entry(&it.place).or_default();
        here.reserved = here.reserved.plus(it.units);
    }
    for pick in picks.iter().filter(|pick| pick.line == line) {
        let here = places.entry(&pick.location).or_default();
        here.picked = here.picked.plus(pick.units);
        let wave = pick.wave.to_string();
        if !here.wave_ids.contains(&wave) {
            here.wave_ids.push(wave);
        }
    }
    let named = places.into_iter().map(|(location, here)| v1::LineStock {
        location_id: location.to_string(),
        ..here
    });
    named.collect()
}

/// Adds to the lines of an order what came back from the customer.
pub(super) fn came_back(told: &[Told], id: &OrderId, order: &mut v1::Order) {
    for (number, change) in told.iter().flat_map(|told| of_lines(told, id)) {
        if let Change::Return { units, .. } = change
            && let Some(line) = line(order, number)
        {
            line.returned = line.returned.plus(units);
        }
    }
}

/// Adds to the lines of a closed order what left after it was closed: its closing does not say.
pub(super) fn left_late(after: &[Told], id: &OrderId, order: &mut v1::Order) {
    for (number, change) in after.iter().flat_map(|told| of_lines(told, id)) {
        if let Change::Ship { units, .. } = change
            && let Some(line) = line(order, number)
        {
            line.shipped = line.shipped.plus(units);
            line.cancelled = line.cancelled.minus_or_zero(units);
            order.set_status(v1::OrderStatus::Shipped);
        }
    }
}

/// What is told of single lines of an order, by line number.
fn of_lines<'a>(told: &'a Told, id: &'a OrderId) -> impl Iterator<Item = (u32, Change<'a>)> {
    told.line_changes(id).filter_map(|it| match it.lines {
        Lines::One(number) => Some((number, it.change)),
        Lines::All => None,
    })
}

fn line(order: &mut v1::Order, number: u32) -> Option<&mut v1::Line> {
    order.lines.iter_mut().find(|line| line.line == number)
}
