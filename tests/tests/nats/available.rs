//! One number at every door: what of an item may be sold, whoever is asked and for whom.

use std::time::Duration;

use api::allocator::v1 as allocator;
use api::inventory::v1 as inventory;
use api::orders::v1 as orders;
use chassis::Clock;
use chassis::wire::stamp;
use domain::ids::HOUR_MS;
use local_nats::{LocalNats, Options};

use crate::cell::Services;

const SKUS: [&str; 2] = ["BOLT", "NUT"];
const ASKERS: [(&str, &str); 3] = [("", ""), ("shop", "gold"), ("web", "standard")];
/// How often the doors are asked until all answer as of one revision.
const TRIES: u32 = 100;

/// What a seed decides.
struct Draws(fastrand::Rng);

impl Draws {
    fn units(&mut self) -> u32 {
        self.0.u32(1..=6)
    }

    fn sku(&mut self) -> String {
        SKUS[self.0.usize(..SKUS.len())].to_owned()
    }
}

/// What each door says of an item for one asker, as of which revision.
async fn asked(services: &Services, sku: &str, asker: (&str, &str)) -> [(i64, u64); 5] {
    let (channel, tier) = (asker.0.to_owned(), asker.1.to_owned());
    let mut client = services.inventory.clone();
    let one = inventory::GetStockRequest {
        sku: sku.to_owned(),
        channel: channel.clone(),
        tier: tier.clone(),
        ..Default::default()
    };
    let one = client.get_stock(one).await.unwrap().into_inner();
    let list = inventory::ListStockRequest {
        skus: vec![sku.to_owned()],
        channel: channel.clone(),
        tier: tier.clone(),
        ..Default::default()
    };
    let list = client.list_stock(list).await.unwrap().into_inner();
    let watch = inventory::WatchStockRequest {
        skus: vec![sku.to_owned()],
        channel: channel.clone(),
        tier: tier.clone(),
        ..Default::default()
    };
    let mut watch = client.watch_stock(watch).await.unwrap().into_inner();
    let watched = watch.message().await.unwrap().unwrap();
    let mut client = services.allocator.clone();
    let queue = allocator::GetQueueRequest {
        sku: sku.to_owned(),
        channel: channel.clone(),
        tier: tier.clone(),
        ..Default::default()
    };
    let queue = client.get_queue(queue).await.unwrap().into_inner();
    let door = allocator::CheckAvailabilityRequest {
        sku: sku.to_owned(),
        quantity: 1_000_000,
        channel,
        tier,
        ..Default::default()
    };
    let door = client.check_availability(door).await.unwrap().into_inner();
    assert_eq!(door.available, u64::from(door.available_now));
    let of = |units: u64| i64::try_from(units).unwrap();
    [
        (one.stock.unwrap().available, one.revision),
        (list.stocks[0].available, list.revision),
        (watched.stock.unwrap().available, watched.revision),
        (of(queue.available_units), queue.revision),
        (of(door.available), door.revision),
    ]
}

/// The number that all doors say as of one revision.
async fn agreed(services: &Services, sku: &str, asker: (&str, &str)) -> i64 {
    for _ in 0..TRIES {
        let told = asked(services, sku, asker).await;
        let (available, revision) = told[0];
        if told.iter().all(|(_, at)| *at == revision) {
            let same = told.iter().all(|(units, _)| *units == available);
            assert!(same, "{sku} for {asker:?} at {revision}: {told:?}");
            return available;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the doors do not come to the same revision");
}

async fn define(services: &Services, draws: &mut Draws, sku: &str) {
    use inventory::define_item_request::Segment;
    let item = inventory::DefineItemRequest {
        sku: sku.to_owned(),
        description: "a thing".to_owned(),
        segment: Some(Segment::Backorderable(inventory::Backorderable {
            cap: 1_000,
            longest_wait_days: 60,
        })),
        protection: Some(inventory::Protection {
            safety_stock: draws.units() - 1,
            channels: vec![inventory::ChannelLevel {
                channel: "shop".to_owned(),
                units: draws.units(),
            }],
            tiers: vec![inventory::TierLevel {
                tier: "gold".to_owned(),
                units: draws.units(),
            }],
        }),
        ..Default::default()
    };
    services.inventory.clone().define_item(item).await.unwrap();
}

async fn hold(services: &Services, draws: &mut Draws, id: &str) {
    let until = Clock::wall().now().plus_ms(HOUR_MS);
    let asked = allocator::CheckAvailabilityRequest {
        sku: draws.sku(),
        quantity: draws.units(),
        channel: "shop".to_owned(),
        hold: Some(allocator::HoldFor {
            hold_id: id.to_owned(),
            until: Some(stamp(until)),
        }),
        ..Default::default()
    };
    // Where so much is not free, it is refused.
    let _refused = services.allocator.clone().check_availability(asked).await;
}

async fn place(services: &Services, draws: &mut Draws, order: String, hold: String) {
    let placed = orders::PlaceOrderRequest {
        order_id: order,
        customer: Some(orders::Customer {
            id: "ada".to_owned(),
            ..Default::default()
        }),
        channel: ["shop", "web"][draws.0.usize(..2)].to_owned(),
        ship_to: Some(orders::ShipTo {
            country: "GB".to_owned(),
            ..Default::default()
        }),
        currency: "GBP".to_owned(),
        lines: vec![orders::OrderLine {
            sku: draws.sku(),
            quantity: draws.units(),
            ..Default::default()
        }],
        hold_id: hold,
        ..Default::default()
    };
    // Who names a hold that was never granted, or has ended, is refused.
    let _refused = services.orders.clone().place_order(placed).await;
}

async fn adjust(services: &Services, draws: &mut Draws, change: i64) {
    let adjusted = inventory::AdjustStockRequest {
        sku: draws.sku(),
        location_id: "MAIN".to_owned(),
        change,
        reason: "count".to_owned(),
        ..Default::default()
    };
    // Below nothing it is refused.
    let _refused = services.inventory.clone().adjust_stock(adjusted).await;
}

#[tokio::test]
async fn every_door_says_the_same_is_available() {
    let nats = LocalNats::start(Options::default()).await.unwrap();
    let services = Services::start(&nats, None).await;
    let main = inventory::DefineLocationRequest {
        location_id: "MAIN".to_owned(),
        name: "Hall 1".to_owned(),
        ..Default::default()
    };
    services
        .inventory
        .clone()
        .define_location(main)
        .await
        .unwrap();
    let mut draws = Draws(fastrand::Rng::with_seed(7));
    for sku in SKUS {
        services.define(sku).await;
    }
    let (mut some, mut kept_back) = (0, 0);
    for step in 0..60_u64 {
        match draws.0.u64(..8) {
            0..3 => {
                let change = i64::from(draws.units());
                adjust(&services, &mut draws, change).await;
            }
            3 => {
                let change = -i64::from(draws.units());
                adjust(&services, &mut draws, change).await;
            }
            4 => {
                let sku = draws.sku();
                define(&services, &mut draws, &sku).await;
            }
            5 => hold(&services, &mut draws, &format!("h{step}")).await,
            _ => {
                let named = draws.0.u64(..=step);
                let hold = if named.is_multiple_of(2) {
                    format!("h{named}")
                } else {
                    String::new()
                };
                place(&services, &mut draws, format!("o{step}"), hold).await;
            }
        }
        for sku in SKUS {
            let ordinary = agreed(&services, sku, ASKERS[0]).await;
            some += u32::from(ordinary > 0);
            for asker in &ASKERS[1..] {
                let theirs = agreed(&services, sku, *asker).await;
                kept_back += u32::from(theirs > ordinary);
            }
        }
    }
    assert!(some > 10 && kept_back > 10, "{some} {kept_back}");
    services.stop().await;
}
