//! One number, whoever is asked: what of an SKU may be sold. On logs of whole cells with faults,
//! after each commit, inventory, the queue, the door and an independent count say the same.

#![cfg(test)]

use allocation::{Allocator, Asked};
use audit::Audit;
use backorder_testkit::simulation::Simulation;
use domain::available::Asker;
use domain::decider::{Projection, Recorded};
use domain::event::Event;
use domain::ids::{Position, Revision, Sku};
use domain::inventory::Inventory;

const SEEDS: u64 = 120;
const SKUS: usize = 500;

#[derive(Default)]
struct Rooms {
    inventory: Inventory,
    allocator: Allocator,
    audit: Audit,
}

impl Rooms {
    fn fold(&mut self, recorded: Recorded, event: &Event) {
        self.inventory.fold(recorded, event);
        self.allocator.fold(recorded, event);
        self.audit.fold(recorded, event);
    }

    /// What each of them says is available of an SKU.
    fn compare(&self, sku: &Sku, asker: &Asker, recorded: Recorded) -> u64 {
        let stock = self.inventory.stock(sku).map(|it| it.for_asker(asker));
        let stock = stock.unwrap_or_default();
        let queue = self.allocator.sku_stock(sku, asker);
        let told = format!("{sku} for {asker:?} at {}", recorded.position);
        assert_eq!(stock, queue, "{told}");
        let asked = Asked {
            channel: asker.channel.clone(),
            ..Asked::of(sku, u32::MAX, &asker.tier)
        };
        let door = self.allocator.availability(&asked, recorded.at).unwrap();
        assert_eq!(door.available, stock.available, "{told}");
        assert_eq!(u64::from(door.available_now), stock.available, "{told}");
        let counted = self.audit.available(sku, &asker.channel, &asker.tier);
        assert_eq!(i64::try_from(stock.available).unwrap(), counted, "{told}");
        stock.available
    }

    /// The same at each place, for who would collect there.
    fn compare_places(&self, sku: &Sku, asker: &Asker, recorded: Recorded) {
        let Some(stock) = self.inventory.stock(sku) else {
            return;
        };
        let theirs = stock.for_asker(asker);
        for (location, count) in stock.places() {
            let asked = Asked {
                channel: asker.channel.clone(),
                pick_up_at: Some(location.clone()),
                ..Asked::of(sku, u32::MAX, &asker.tier)
            };
            let door = self.allocator.availability(&asked, recorded.at).unwrap();
            let told = format!("{sku} at {location} for {asker:?}");
            assert_eq!(door.available, theirs.at_place(count.free()), "{told}");
        }
    }
}

fn askers() -> Vec<Asker> {
    let asker = |channel: &str, tier: &str| Asker {
        channel: channel.to_owned(),
        tier: tier.into(),
    };
    let of =
        ["", "web", "shop"].map(|channel| [asker(channel, "gold"), asker(channel, "standard")]);
    of.into_iter().flatten().collect()
}

#[test]
fn every_room_says_the_same_is_available_after_each_commit() {
    let (mut compared, mut some, mut held) = (0_usize, 0_usize, 0_usize);
    for seed in 0..SEEDS {
        let log = Simulation::new(seed).run().unwrap();
        let mut rooms = Rooms::default();
        for logged in log.commits_after(Revision(0), usize::MAX).unwrap() {
            let mut last = Recorded {
                position: Position::default(),
                as_of: logged.commit.as_of,
                at: logged.commit.at,
            };
            for (index, event) in (0_u32..).zip(&logged.commit.events) {
                let revision = logged.revision;
                last.position = Position { revision, index };
                rooms.fold(last, event);
            }
            let skus: Vec<Sku> = rooms
                .inventory
                .list(None)
                .map(|(sku, _)| sku.clone())
                .collect();
            assert!(skus.len() < SKUS);
            for sku in &skus {
                for asker in askers() {
                    some += usize::from(rooms.compare(sku, &asker, last) > 0);
                    compared += 1;
                    rooms.compare_places(sku, &asker, last);
                }
                held += usize::from(rooms.allocator.sku_stock(sku, &Asker::default()).held > 0);
            }
        }
    }
    assert!(
        compared > 10_000 && some > 1_000 && held > 100,
        "{compared} {some} {held}"
    );
}
