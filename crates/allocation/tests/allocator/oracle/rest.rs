//! The same rules, sorted and scanned from scratch, obviously right and slow; the room must come
//! to the same result at every rest. Without ship-complete orders and lapses, which have
//! sentences of their own.

use domain::demand::Tally;
use domain::event::{Event, Promise};
use domain::ids::{DAY_MS, Timestamp};
use proptest::prelude::*;

use crate::fixture::*;

const CAP: u32 = 20;
const LONGEST_DAYS: i64 = 30;

#[derive(Debug, Clone)]
struct Wish {
    id: String,
    rank: (Timestamp, usize),
    tally: Tally,
    complete_only: bool,
    promised: Option<Promise>,
}

/// One SKU at one place.
#[derive(Debug, Default)]
struct Naive {
    on_hand: u32,
    wishes: Vec<Wish>,
    inbounds: Vec<(Timestamp, String, u32)>,
}

impl Naive {
    fn settle(&mut self) {
        self.wishes.sort_by_key(|wish| wish.rank);
        for wish in &mut self.wishes {
            wish.tally.release(wish.tally.excess());
        }
        let held = |wishes: &[Wish]| wishes.iter().map(|wish| wish.tally.reserved).sum::<u32>();
        while held(&self.wishes) > self.on_hand {
            let last = self
                .wishes
                .iter_mut()
                .rfind(|wish| wish.tally.reserved > 0)
                .unwrap();
            last.tally.release(1);
        }
        let mut free = self.on_hand - held(&self.wishes);
        let new: Vec<bool> = self.wishes.iter().map(|wish| !wish.tally.decided).collect();
        for wish in &mut self.wishes {
            let open = wish.tally.wanted() - wish.tally.covered();
            if open > 0 && free > 0 && (!wish.complete_only || open <= free) {
                wish.tally.assign(open.min(free));
                free -= open.min(free);
            }
        }
        self.door(&new);
        self.promise();
    }

    fn door(&mut self, new: &[bool]) {
        let rest = |wish: &Wish| wish.tally.wanted() - wish.tally.covered();
        let mut waits: Vec<bool> = new.iter().map(|new| !new).collect();
        for index in 0..self.wishes.len() {
            let open = rest(&self.wishes[index]);
            if !new[index] || open == 0 {
                continue;
            }
            let among = |upto: usize| -> u32 {
                (0..upto)
                    .filter(|at| waits[*at])
                    .map(|at| rest(&self.wishes[at]))
                    .sum()
            };
            let (ahead, all) = (among(index), among(self.wishes.len()));
            let may = CAP.saturating_sub(all);
            let wait = if self.wishes[index].complete_only && may < open {
                0
            } else {
                may.min(open)
            };
            let late = self
                .quote(ahead + wait)
                .at()
                .is_some_and(|at| at.ms_since(NOW) > LONGEST_DAYS * DAY_MS);
            let wait = if late { 0 } else { wait };
            if wait < open {
                self.wishes[index].tally.refuse(open - wait);
            }
            if wait > 0 {
                waits[index] = true;
                self.wishes[index].tally.backorder();
            }
        }
    }

    fn quote(&self, units: u32) -> Promise {
        let mut inbounds = self.inbounds.clone();
        inbounds.sort();
        let mut sum = 0;
        for (at, purchase_order, open) in inbounds {
            sum += open;
            if sum >= units {
                let purchase_order = purchase_order.as_str().into();
                return Promise::Inbound { purchase_order, at };
            }
        }
        Promise::Estimate { at: day(7) }
    }

    fn promise(&mut self) {
        let mut ahead = 0;
        for index in 0..self.wishes.len() {
            let waiting = self.wishes[index].tally.backordered();
            if waiting == 0 {
                self.wishes[index].promised = None;
                continue;
            }
            ahead += waiting;
            let new = self.quote(ahead);
            let promise = match (&self.wishes[index].promised, &new) {
                (None, _) => true,
                (Some(Promise::Estimate { .. }), Promise::Estimate { .. }) => false,
                (Some(was), new) => {
                    let (was, new) = (was.at().unwrap(), new.at().unwrap());
                    new.ms_since(was).abs() > DAY_MS
                }
            };
            if promise {
                self.wishes[index].promised = Some(new);
            }
        }
    }

    fn find(&mut self, id: &str) -> Option<&mut Wish> {
        self.wishes.iter_mut().find(|wish| wish.id == id)
    }

    /// Takes units of a purchase order off what is inbound. Each has one line here.
    fn take(&mut self, purchase_order: &str, quantity: u32) {
        for (_, id, open) in &mut self.inbounds {
            if id == purchase_order {
                *open = open.saturating_sub(quantity);
            }
        }
        self.inbounds.retain(|(_, _, open)| *open > 0);
    }
}

/// Both, side by side.
struct Pair {
    naive: Naive,
    cell: Cell,
    orders: usize,
    purchases: usize,
}

impl Pair {
    fn place(&mut self, units: u32, which: usize) {
        let id = format!("o{}", self.orders);
        let mut order = order(&id, &[("BOLT", units)]);
        let boost = [0, 7, 14][which % 3];
        order.customer.tier = ["standard", "silver", "gold"][which % 3].into();
        order.lines[0].complete_only = which.is_multiple_of(4);
        order.placed_at = Some(day(-(which as i64 % 10)));
        self.naive.wishes.push(Wish {
            id,
            rank: (order.placed_at.unwrap().plus_days(-boost), self.orders),
            tally: Tally::new(units),
            complete_only: order.lines[0].complete_only,
            promised: None,
        });
        self.orders += 1;
        self.cell.fold(&order.into());
    }

    fn step(&mut self, kind: u8, which: usize, units: u32) {
        let id = format!("o{}", which % self.orders.max(1));
        let po = format!("p{}", which % self.purchases.max(1));
        let fact: Event = match kind {
            0..=3 => return self.place(units, which),
            4 if self.orders == 0 => return,
            4 => {
                if let Some(wish) = self.naive.find(&id) {
                    wish.tally.cancel(units);
                    // Who does not wait is owed no date.
                    wish.promised = wish
                        .promised
                        .take()
                        .filter(|_| wish.tally.backordered() > 0);
                }
                cancelled(&id, &[(1, units)])
            }
            5 => {
                self.naive.on_hand += units;
                received("BOLT", units)
            }
            6 => {
                self.naive.on_hand += units;
                self.naive.take(&po, units);
                received_of(&po, "BOLT", units)
            }
            7 => {
                let down = units.min(self.naive.on_hand);
                self.naive.on_hand -= down;
                adjusted("BOLT", -i64::from(down))
            }
            8 => {
                let po = format!("p{}", self.purchases);
                self.purchases += 1;
                let at = day(3 * units as i64);
                self.naive.inbounds.push((at, po.clone(), units));
                purchased(&po, "BOLT", units, at)
            }
            9 => {
                let at = day(4 * units as i64);
                let mine = self
                    .naive
                    .inbounds
                    .iter_mut()
                    .filter(|inbound| inbound.1 == po);
                mine.for_each(|inbound| inbound.0 = at);
                delayed(&po, "BOLT", at)
            }
            10 => {
                self.naive.take(&po, units);
                rejected(&po, "BOLT", units)
            }
            _ => return self.settle(),
        };
        self.cell.fold(&fact);
    }

    fn settle(&mut self) {
        self.cell.settle();
        self.naive.settle();
        for wish in &self.naive.wishes {
            let order = self.cell.allocator.order(&wish.id.as_str().into()).unwrap();
            let line = &order.lines[0];
            let is = (
                line.tally.reserved,
                line.tally.backordered(),
                line.tally.refused,
            );
            let should = (
                wish.tally.reserved,
                wish.tally.backordered(),
                wish.tally.refused,
            );
            assert_eq!(is, should, "held, waiting, refused of {}", wish.id);
            assert_eq!(line.promised, wish.promised, "the date of {}", wish.id);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn the_room_decides_as_one_who_sorts_and_scans(
        steps in prop::collection::vec((0_u8..15, 0_usize..64, 1_u32..12), 0..80),
    ) {
        let longest = u32::try_from(LONGEST_DAYS).unwrap();
        let mut pair = Pair {
            naive: Naive::default(),
            cell: Cell::given([capped("BOLT", CAP, longest)]),
            orders: 0,
            purchases: 0,
        };
        for (kind, which, units) in steps {
            pair.step(kind, which, units);
        }
        pair.settle();
    }
}
