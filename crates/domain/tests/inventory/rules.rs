//! The rules of what is counted and defined.

use backorder_domain::command::{Outcome, RoomState};
use backorder_domain::decider::Refusal;
use backorder_domain::event::*;
use backorder_domain::ids::{Position, Revision, Sku, Timestamp};
use backorder_domain::inventory::{
    AdjustStock, DefineItem, DefineLocation, Inventory, InventoryRefusal as No, ReceiveStock,
};
use backorder_domain::quantity::Step;

use crate::history::*;

#[test]
fn a_receipt_is_counted_once() {
    let mut history = shop();
    let asked = ReceiveStock(received("r1", "MAIN", &[("BOLT", 4)]));
    history.record(&asked);
    let again = history.ask(&asked).unwrap();
    let at = Position {
        revision: Revision(5),
        index: 0,
    };
    assert_eq!(again, Outcome::Before(at));
    assert_eq!(history.sums("BOLT"), (4, 0, 0, 4));
}

#[test]
fn a_receipt_names_what_is_known() {
    let history = shop();
    let receive = |asked| history.refusal(&ReceiveStock(asked));
    let unknown = No::UnknownLocation {
        location: "MOON".into(),
    };
    assert_eq!(receive(received("r", "MOON", &[("BOLT", 1)])), unknown);
    assert_eq!(
        receive(received("r", "MAIN", &[("BOLT", 1), ("CHEESE", 1)])),
        No::UnknownSku {
            sku: "CHEESE".into()
        }
    );
    assert_eq!(
        receive(delivered("r", "p1", &[("BOLT", 1)])),
        No::UnknownPurchaseOrder {
            purchase_order: "p1".into()
        }
    );
}

#[test]
fn a_receipt_has_lines_units_and_each_sku_once() {
    let history = shop();
    let receive =
        |lines: &[(&str, u32)]| history.refusal(&ReceiveStock(received("r", "MAIN", lines)));
    assert_eq!(receive(&[]), No::LineCountOutOfRange { count: 0 });
    assert_eq!(
        receive(&[("BOLT", 1); 1_001]),
        No::LineCountOutOfRange { count: 1_001 }
    );
    assert_eq!(
        receive(&[("BOLT", 0)]),
        No::QuantityOutOfRange { quantity: 0 }
    );
    assert_eq!(
        receive(&[("BOLT", 10_000_001)]),
        No::QuantityOutOfRange {
            quantity: 10_000_001
        }
    );
    assert_eq!(
        receive(&[("BOLT", 1), ("BOLT", 2)]),
        No::RepeatedSku { sku: "BOLT".into() }
    );
}

#[test]
fn a_location_holds_what_a_warehouse_could() {
    let mut history = shop();
    history.tell(adjusted("a1", "BOLT", 1_000_000_000_000));
    let full = No::TooManyUnits {
        sku: "BOLT".into(),
        location: "MAIN".into(),
    };
    let more = received("r1", "MAIN", &[("NUT", 1), ("BOLT", 1)]);
    assert_eq!(history.refusal(&ReceiveStock(more)), full);
    assert_eq!(
        history.refusal(&AdjustStock(adjusted("a2", "BOLT", 1))),
        full
    );
    let aside = received("r1", "SIDE", &[("BOLT", 1)]);
    assert!(history.ask(&ReceiveStock(aside)).is_ok());
}

#[test]
fn a_count_goes_up_and_down_but_not_below_nothing() {
    let mut history = shop();
    history.record(&AdjustStock(adjusted("a1", "BOLT", 5)));
    history.record(&AdjustStock(adjusted("a2", "BOLT", -2)));
    assert_eq!(history.sums("BOLT"), (3, 0, 0, 3));
    assert_eq!(
        history.refusal(&AdjustStock(adjusted("a3", "BOLT", -4))),
        No::MoreThanCounted {
            sku: "BOLT".into(),
            location: "MAIN".into(),
            on_hand: 3
        }
    );
}

#[test]
fn a_correction_changes_something_and_says_why() {
    let history = shop();
    let adjust = |asked| history.refusal(&AdjustStock(asked));
    for change in [0, 10_000_001, -10_000_001, i64::MIN, i64::MAX] {
        assert_eq!(
            adjust(adjusted("a", "BOLT", change)),
            No::ChangeOutOfRange { change }
        );
    }
    for reason in [String::new(), "  ".to_owned(), "x".repeat(129)] {
        let bytes = reason.len();
        let asked = Adjusted {
            reason,
            ..adjusted("a", "BOLT", 1)
        };
        assert_eq!(adjust(asked), No::ReasonMalformed { bytes });
    }
    let moon = Adjusted {
        location: "MOON".into(),
        ..adjusted("a", "BOLT", 1)
    };
    assert_eq!(
        adjust(moon),
        No::UnknownLocation {
            location: "MOON".into()
        }
    );
    assert_eq!(
        adjust(adjusted("a", "CHEESE", 1)),
        No::UnknownSku {
            sku: "CHEESE".into()
        }
    );
}

#[test]
fn a_count_may_go_below_what_is_reserved() {
    let mut history = reserved();
    history.record(&AdjustStock(adjusted("a1", "BOLT", -5)));
    assert_eq!(history.sums("BOLT"), (5, 7, 0, 0));
    history.tell(settled(vec![released("o2", 1, "BOLT", "MAIN", 2)]));
    assert_eq!(history.sums("BOLT"), (5, 5, 0, 0));
    assert_eq!(
        history
            .inventory
            .stock(&Sku::from("BOLT"))
            .unwrap()
            .backordered(),
        4
    );
}

#[test]
fn the_latest_definition_of_an_item_stands_and_no_late_retry_undoes_it() {
    let mut history = shop();
    let before = history.inventory.room.clone();
    let same = DefineItem(item("d8", "BOLT"));
    history.record(&same);
    assert_eq!(
        before.stock(&Sku::from("BOLT")).unwrap().places(),
        history
            .inventory
            .stock(&Sku::from("BOLT"))
            .unwrap()
            .places()
    );
    let other = ItemDefined {
        segment: Segment::StockOnly,
        ..item("d9", "BOLT")
    };
    history.record(&DefineItem(other));
    // It said what stood then; what stands now it does not undo.
    let late = history.ask(&same).unwrap();
    assert!(matches!(late, Outcome::Before(_)), "{late:?}");
    let stock = history.inventory.stock(&Sku::from("BOLT")).unwrap();
    assert_eq!(stock.item().unwrap().segment, Segment::StockOnly);
    let again = history.ask(&DefineItem(item("d1", "BOLT"))).unwrap();
    assert!(matches!(again, Outcome::Before(_)));
}

#[test]
fn the_latest_definition_of_a_location_stands_and_no_late_retry_undoes_it() {
    let mut history = shop();
    let same = DefineLocation(location("d8", "MAIN"));
    history.record(&same);
    let other = LocationDefined {
        region: Some("north".into()),
        ..location("d9", "MAIN")
    };
    history.record(&DefineLocation(other));
    let late = history.ask(&same).unwrap();
    assert!(matches!(late, Outcome::Before(_)), "{late:?}");
    assert_eq!(
        history
            .inventory
            .location(&"MAIN".into())
            .unwrap()
            .region
            .as_deref(),
        Some("north")
    );
}

#[test]
fn a_location_has_a_name() {
    let history = shop();
    let define = |asked| history.refusal(&DefineLocation(asked));
    for (name, bytes) in [(String::new(), 0), ("x".repeat(257), 257)] {
        let asked = LocationDefined {
            name,
            ..location("d9", "NEW")
        };
        assert_eq!(define(asked), No::NameMalformed { bytes });
    }
    let asked = LocationDefined {
        region: Some(String::new()),
        ..location("d9", "NEW")
    };
    assert_eq!(define(asked), No::RegionMalformed { bytes: 0 });
}

#[test]
fn a_cell_has_a_bounded_number_of_locations() {
    let mut inventory = RoomState::<Inventory>::default();
    for number in 0..5_000 {
        let place = location(&format!("d{number}"), &format!("L{number}"));
        fold(&mut inventory, number + 1, 0, &place.into());
    }
    let define = |asked| inventory.decide(&DefineLocation(asked), Timestamp::from_ms(0));
    let more = define(location("d", "NEW"));
    let full = No::TooManyLocations {
        location: "NEW".into(),
    };
    assert_eq!(more, Err(full));
    let renamed = LocationDefined {
        name: "renamed".into(),
        ..location("d", "L7")
    };
    assert!(define(renamed).is_ok());
}

#[test]
fn an_item_is_described_and_sold_within_bounds() {
    let history = shop();
    let define = |asked| history.refusal(&DefineItem(asked));
    let selling = |segment| {
        define(ItemDefined {
            segment,
            ..item("d9", "NEW")
        })
    };
    let asked = ItemDefined {
        description: String::new(),
        ..item("d9", "NEW")
    };
    assert_eq!(define(asked), No::DescriptionMalformed { bytes: 0 });
    let cap = 1_000_000_001;
    let wait = |cap, longest_wait_days| Segment::Backorderable {
        cap,
        longest_wait_days,
    };
    assert_eq!(selling(wait(cap, 1)), No::CapOutOfRange { cap });
    assert_eq!(
        selling(wait(1, 3_651)),
        No::LongestWaitOutOfRange { days: 3_651 }
    );
    let instead = |skus: &[&str]| Segment::Substitutable {
        offer_days: None,
        alternatives: skus.iter().map(|sku| Sku::from(*sku)).collect(),
    };
    assert_eq!(
        selling(instead(&[])),
        No::AlternativeCountOutOfRange { count: 0 }
    );
    assert_eq!(
        selling(instead(&["A"; 17])),
        No::AlternativeCountOutOfRange { count: 17 }
    );
    assert_eq!(
        selling(instead(&["A", "A"])),
        No::RepeatedAlternative { sku: "A".into() }
    );
    assert_eq!(
        selling(instead(&["NEW"])),
        No::RepeatedAlternative { sku: "NEW".into() }
    );
}

#[test]
fn an_item_is_bought_within_bounds() {
    let history = shop();
    let define = |asked| history.refusal(&DefineItem(asked));
    assert_eq!(
        define(bought("d9", "NEW", (1, 2), 0)),
        No::PackSizeOutOfRange { pack_size: 0 }
    );
    assert_eq!(
        define(bought("d9", "NEW", (2, 2), 1)),
        No::OrderUpToOutOfRange {
            reorder_point: 2,
            order_up_to: 2
        }
    );
    let mut late = bought("d9", "NEW", (1, 2), 1);
    late.replenishment.as_mut().unwrap().lead_time_days = 3_651;
    assert_eq!(define(late), No::LeadTimeOutOfRange { days: 3_651 });
}

#[test]
fn an_items_stock_is_kept_back_or_divided_within_bounds() {
    let history = shop();
    let define = |protection, fair_share| {
        let asked = ItemDefined {
            protection: Some(protection),
            fair_share,
            ..item("d9", "NEW")
        };
        history.ask(&DefineItem(asked))
    };
    let no = |protection| define(protection, false).unwrap_err();
    let for_channels = |levels: &[(&str, u32)]| Protection {
        channels: levels
            .iter()
            .map(|(channel, units)| ChannelLevel {
                channel: (*channel).to_owned(),
                units: *units,
            })
            .collect(),
        ..Protection::default()
    };
    let gold = |units| TierLevel {
        tier: "gold".into(),
        units,
    };
    let for_tiers = |tiers| Protection {
        tiers,
        ..Protection::default()
    };
    let units = 1_000_000_001;
    let safe = |safety_stock| Protection {
        safety_stock,
        ..Protection::default()
    };
    assert_eq!(no(safe(units)), No::SafetyStockOutOfRange { units });
    assert_eq!(
        no(for_channels(&[("web", 0)])),
        No::LevelOutOfRange { units: 0 }
    );
    assert_eq!(
        no(for_tiers(vec![gold(units)])),
        No::LevelOutOfRange { units }
    );
    assert_eq!(no(for_channels(&[("", 1)])), No::ChannelMalformed {});
    assert_eq!(no(for_channels(&[("a\nb", 1)])), No::ChannelMalformed {});
    let of = |name: &str| No::RepeatedLevel { of: name.into() };
    assert_eq!(no(for_channels(&[("web", 1), ("web", 2)])), of("web"));
    assert_eq!(no(for_tiers(vec![gold(1), gold(1)])), of("gold"));
    let many = vec![gold(1); 17];
    assert_eq!(no(for_tiers(many)), No::TooManyLevels { count: 17 });
    let shared = define(for_channels(&[("web", 1)]), true).unwrap_err();
    assert_eq!(shared, No::FairShareConflict {});
    assert!(define(safe(5), true).is_ok());
    assert!(define(for_channels(&[("web", 1), ("shop", 2)]), false).is_ok());
}

fn measured(definition: &str, unit: &str, step: &str) -> ItemDefined {
    ItemDefined {
        unit: Some(unit.to_owned()),
        step: Some(Step::new(step).unwrap()),
        ..item(definition, "BOLT")
    }
}

#[test]
fn the_step_of_an_item_stays_once_anything_of_it_was_counted_or_ordered() {
    // While nothing was, it may become any.
    let mut fresh = shop();
    fresh.record(&DefineItem(measured("d8", "m", "0.01")));
    fresh.record(&DefineItem(measured("d9", "cm", "1")));
    fresh.record(&DefineItem(measured("d10", "m", "0.01")));
    let measure = |history: &History| {
        let stock = history.inventory.stock(&Sku::from("BOLT")).unwrap();
        stock.item().unwrap().measure.clone()
    };
    assert_eq!(measure(&fresh).show(150), "1.5 m");
    let used = |stands: &str, step: &str| No::StepUsed {
        sku: "BOLT".into(),
        stands: Step::new(stands).unwrap(),
        step: Step::new(step).unwrap(),
    };
    let mut counted = fresh.clone();
    counted.record(&ReceiveStock(received("r1", "MAIN", &[("BOLT", 150)])));
    counted.record(&AdjustStock(adjusted("a1", "BOLT", -150)));
    let mut ordered = fresh.clone();
    ordered.tell(placed("o1", &[(1, "BOLT", 5)]));
    ordered.tell(settled(vec![backordered("o1", 1, "BOLT", 5)]));
    for mut history in [counted, ordered] {
        let other = DefineItem(measured("d11", "m", "0.5"));
        assert_eq!(history.refusal(&other), used("0.01", "0.5"));
        let none = DefineItem(item("d12", "BOLT"));
        assert_eq!(history.refusal(&none), used("0.01", "1"));
        // What it is called may change, and all else.
        history.record(&DefineItem(measured("d13", "metre", "0.010")));
        assert_eq!(measure(&history).show(150), "1.5 metre");
    }
    let mut whole = shop();
    whole.record(&ReceiveStock(received("r1", "MAIN", &[("BOLT", 1)])));
    let other = DefineItem(measured("d14", "m", "0.01"));
    assert_eq!(whole.refusal(&other), used("1", "0.01"));
    for unit in ["", "a b", "1m", "seventeen-letters", "m\n"] {
        let malformed = DefineItem(measured("d15", unit, "1"));
        assert_eq!(whole.refusal(&malformed), No::UnitMalformed {}, "{unit:?}");
    }
}

#[test]
fn how_stock_is_given_is_part_of_what_an_item_is() {
    let mut history = shop();
    let shared = ItemDefined {
        fair_share: true,
        protection: Some(Protection::default()),
        ..item("d9", "BOLT")
    };
    history.record(&DefineItem(shared));
    let stock = history.inventory.stock(&Sku::from("BOLT")).unwrap();
    assert!(stock.item().unwrap().fair_share);
    let dear = LocationDefined {
        cost: Some(7),
        time_zone: None,
        ..location("d10", "MAIN")
    };
    history.record(&DefineLocation(dear));
    let place = history.inventory.location(&"MAIN".into()).unwrap();
    assert_eq!(place.cost, Some(7));
    let bytes = postcard::to_stdvec(&history.inventory).unwrap();
    let read: RoomState<Inventory> = postcard::from_bytes(&bytes).unwrap();
    assert_eq!(read, history.inventory, "also in a snapshot");
}

#[test]
fn every_refusal_says_what_to_do_next() {
    for row in No::TABLE {
        assert!(
            !row.remedy.is_empty() && !row.field.is_empty(),
            "{}",
            row.variant
        );
    }
}
