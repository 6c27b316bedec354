//! Holds, as sentences.

use super::*;
use domain::ids::Revision;

fn at(revision: u64) -> Position {
    let (revision, index) = (Revision(revision), 0);
    Position { revision, index }
}

fn held(id: &str, quantity: u32, until: i64) -> StockHeld {
    StockHeld {
        hold: id.into(),
        sku: "BOLT".into(),
        quantity,
        tier: "standard".into(),
        channel: None,
        until: Timestamp::from_ms(until),
    }
}

/// Ten units are free; two of the three holds last until 100, the one between them until 50.
fn three() -> Holds {
    let mut holds = Holds::default();
    holds.open(&held("h1", 3, 100), at(1));
    holds.open(&held("h2", 2, 50), at(2));
    holds.open(&held("h3", 4, 100), at(3));
    holds.stocked(&"BOLT".into(), 10);
    holds
}

/// What is held for an order.
fn claim(holds: &Holds, order: &OrderId) -> u32 {
    let bolt = Sku::from("BOLT");
    let mut claims = holds.claims(&bolt).filter(|(id, _)| *id == order);
    claims.next().map_or(0, |(_, units)| units)
}

fn due(holds: &Holds, now: i64) -> Vec<(String, HoldEnd)> {
    let due = holds.due(Timestamp::from_ms(now), 10);
    due.iter()
        .map(|ended| (ended.hold.to_string(), ended.why))
        .collect()
}

#[test]
fn units_are_held_until_their_time_is_over() {
    let mut holds = three();
    let bolt = Sku::from("BOLT");
    assert_eq!((holds.len(), holds.units(&bolt)), (3, 9));
    assert_eq!(due(&holds, 49), []);
    assert_eq!(
        holds.next_end(Timestamp::from_ms(0)),
        Some(Timestamp::from_ms(50))
    );
    assert_eq!(due(&holds, 50), [("h2".to_owned(), HoldEnd::Expired)]);
    assert_eq!(holds.end(&"h2".into()).map(|hold| hold.left), Some(2));
    assert_eq!(holds.end(&"h2".into()), None);
    assert_eq!((due(&holds, 50), holds.units(&bolt)), (vec![], 7));
}

#[test]
fn only_the_order_that_names_a_hold_takes_it_over() {
    let mut holds = three();
    let (h1, bolt) = (HoldId::from("h1"), Sku::from("BOLT"));
    let (o1, o2) = (OrderId::from("o1"), OrderId::from("o2"));
    holds.bind(&h1, &o1, |sku| sku.as_str() == "NUT");
    assert_eq!(claim(&holds, &o1), 0, "not its SKU");
    holds.bind(&h1, &o1, |_| true);
    holds.bind(&h1, &o2, |_| true);
    assert_eq!(claim(&holds, &o1), 3);
    assert_eq!(claim(&holds, &o2), 0);
    assert_eq!(due(&holds, 100).len(), 2, "the order decides how h1 ends");
    holds.take(&h1, &o2, &bolt, 1);
    holds.take(&h1, &o1, &bolt, 2);
    assert_eq!(holds.units(&bolt), 7);
    holds.spend(&h1, &o2);
    assert_eq!(due(&holds, 0), []);
    holds.spend(&h1, &o1);
    let [ended] = &holds.due(Timestamp::from_ms(0), 10)[..] else {
        panic!("one ends");
    };
    assert_eq!((ended.quantity, ended.why), (1, HoldEnd::Used));
    assert_eq!(ended.order, Some(o1));
    assert_eq!(claim(&holds, &OrderId::from("o1")), 0, "decided on");
    holds.end(&h1);
    assert_eq!((due(&holds, 0), holds.units(&bolt)), (vec![], 6));
}

#[test]
fn when_stock_is_short_the_youngest_hold_ends_first() {
    let mut holds = three();
    let bolt = Sku::from("BOLT");
    holds.stocked(&bolt, 9);
    assert_eq!(due(&holds, 0), []);
    holds.stocked(&bolt, 8);
    assert_eq!(due(&holds, 0), [("h3".to_owned(), HoldEnd::TakenBack)]);
    holds.stocked(&bolt, 0);
    let all = due(&holds, 0);
    assert_eq!(
        all.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(),
        ["h3", "h2", "h1"]
    );
    holds.bind(&"h2".into(), &"o1".into(), |_| true);
    assert_eq!(due(&holds, 0).len(), 2);
    holds.stocked(&bolt, 4);
    holds.end(&"h3".into());
    assert_eq!(due(&holds, 0), [("h1".to_owned(), HoldEnd::TakenBack)]);
    holds.end(&"h1".into());
    assert_eq!(due(&holds, 0), [], "what is left is there");
}

#[test]
fn a_hold_that_ends_for_two_reasons_ends_once() {
    let mut holds = three();
    holds.stocked(&"BOLT".into(), 0);
    assert_eq!(due(&holds, 200).len(), 3);
    assert_eq!(holds.due(Timestamp::from_ms(200), 2).len(), 2);
}
