//! The laws of a room, over random histories.

use super::*;

fn behaviour() -> impl Strategy<Value = Simulated> {
    (
        any::<u64>(),
        0_u32..20,
        0_u8..=100,
        0_u8..=100,
        0_u8..=100,
        0_u8..=100,
    )
        .prop_map(
            |(seed, spread_days, late_percent, part_percent, short_percent, reject_percent)| {
                Simulated {
                    seed,
                    spread_days,
                    late_percent,
                    part_percent,
                    short_percent,
                    reject_percent: reject_percent / 2,
                }
            },
        )
}

#[derive(Debug, Clone)]
enum Step {
    Define(u8, u32, Option<u8>, Simulated),
    Request(u8, u8, u32),
    Wait,
    Count(u8, u32),
    Reject(u8, u32),
    Ship(u8, u32),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => (0_u8..3, 0_u32..40, prop::option::of(0_u8..24), behaviour())
            .prop_map(|(who, lead, cutoff, how)| Step::Define(who, lead, cutoff, how)),
        4 => (0_u8..3, 0_u8..5, 0_u32..30).prop_map(|(who, what, n)| Step::Request(who, what, n)),
        6 => Just(Step::Wait),
        3 => (any::<u8>(), 0_u32..40).prop_map(|(which, n)| Step::Count(which, n)),
        1 => (any::<u8>(), 0_u32..20).prop_map(|(which, n)| Step::Reject(which, n)),
        1 => (any::<u8>(), 0_u32..20).prop_map(|(which, n)| Step::Ship(which, n)),
    ]
}

impl World {
    fn take(&mut self, number: usize, step: Step) {
        match step {
            Step::Define(who, lead_time_days, cutoff_hour, how) => {
                let request = SupplierDefined {
                    definition: format!("d{number}").into(),
                    supplier: format!("S{who}").into(),
                    name: "S".to_owned(),
                    lead_time_days,
                    cutoff_hour,
                    adapter: Adapter::Simulated(how),
                };
                self.tell(&DefineSupplier(request));
            }
            Step::Request(who, what, quantity) => self.record([ReplenishmentRequested {
                requisition: format!("q{number}").into(),
                sku: format!("K{what}").into(),
                quantity,
                supplier: format!("S{who}").into(),
                position: 0,
            }
            .into()]),
            Step::Wait => {
                self.run();
                self.wait();
            }
            Step::Count(which, quantity) => {
                let Some((order, _, sku)) = self.pick(which) else {
                    return;
                };
                self.record([counted(&format!("r{number}"), &order, &sku, quantity)]);
            }
            Step::Reject(which, quantity) => {
                let Some((order, number_, sku)) = self.pick(which) else {
                    return;
                };
                let lines = vec![line(number_, &sku, quantity)];
                self.try_hear(&rejected(&format!("m{number}"), &order, lines));
            }
            Step::Ship(which, quantity) => {
                let Some((order, number_, sku)) = self.pick(which) else {
                    return;
                };
                let lines = vec![line(number_, &sku, quantity)];
                self.try_hear(&shipped(&format!("m{number}"), &order, "by hand", lines));
            }
        }
    }

    fn pick(&self, which: u8) -> Option<(String, u32, String)> {
        let all = self
            .room
            .purchase_orders(&PurchaseOrderFilter::default(), None, MAX_PAGE);
        let open: Vec<_> = all
            .entries
            .into_iter()
            .filter(|order| !order.is_closed())
            .collect();
        let order = open.get(usize::from(which) % open.len().max(1))?;
        let (number, line) = order
            .lines
            .iter()
            .nth(usize::from(which) % order.lines.len())?;
        Some((
            order.purchase_order.to_string(),
            *number,
            line.sku.to_string(),
        ))
    }

    fn try_hear(&mut self, message: &Message) {
        if let Ok(Outcome::Record(event)) = self.ask(&HearSupplier(message.clone())) {
            self.record([event]);
        }
    }
}

fn played(steps: Vec<Step>) -> World {
    let mut world = World::new();
    for (number, step) in steps.into_iter().enumerate() {
        world.take(number, step);
    }
    world
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_snapshot_anywhere_and_the_tail_equal_the_full_fold(
        steps in prop::collection::vec(step(), 0..60),
        cut in any::<prop::sample::Index>(),
    ) {
        let world = played(steps);
        let cut = cut.index(world.log.len() + 1);
        let mut room = RoomState::<SupplierGateway>::default();
        for (number, (position, at, event)) in world.log.iter().enumerate() {
            if number == cut {
                let bytes = postcard::to_stdvec(&room).unwrap();
                room = postcard::from_bytes(&bytes).unwrap();
            }
            room.fold(Recorded { position: *position, as_of: Revision(0), at: *at}, event);
        }
        prop_assert_eq!(room, world.room);
    }

    #[test]
    fn what_was_due_is_not_due_again_and_due_comes_to_rest(
        steps in prop::collection::vec(step(), 0..60),
    ) {
        let mut world = played(steps);
        let due = world.due();
        prop_assert_eq!(&due, &world.due());
        world.record(due.events.clone());
        let after = world.due();
        prop_assert!(due.events.iter().all(|event| !after.events.contains(event)));
        world.run();
        prop_assert!(world.due().is_at_rest());
        prop_assert!(world.due().again_at.is_none_or(|at| at > world.now));
    }

    #[test]
    fn every_command_recorded_answers_a_repetition_with_its_first_position(
        steps in prop::collection::vec(step(), 0..60),
    ) {
        let world = played(steps);
        for (position, _, event) in &world.log {
            let again = if let Some(asked) = DefineSupplier::answered_by(event) {
                world.ask(&asked)
            } else if let Some(asked) = HearSupplier::answered_by(event) {
                world.ask(&asked)
            } else {
                continue;
            };
            prop_assert_eq!(again, Ok(Outcome::Before(*position)));
        }
    }

    #[test]
    fn no_line_takes_in_or_loses_more_than_was_ordered(
        steps in prop::collection::vec(step(), 0..60),
    ) {
        let world = played(steps);
        let all = world.room.purchase_orders(&PurchaseOrderFilter::default(), None, MAX_PAGE);
        for order in all.entries {
            for line in order.lines.values() {
                prop_assert!(line.rejected + line.received <= line.ordered);
                prop_assert!(line.shipped <= line.ordered);
            }
            let closed = order.lines.values().all(|line| line.open() == 0);
            prop_assert_eq!(closed, order.is_closed());
        }
    }

    #[test]
    fn a_simulated_supplier_accounts_for_every_unit_in_its_time(
        how in behaviour(),
        lead_time_days in 0_u32..120,
        quantities in prop::collection::vec(1_u32..500, 1..20),
    ) {
        let mut world = World::new();
        let adapter = Adapter::Simulated(how);
        world.record([SupplierDefined { lead_time_days, adapter, ..acme() }.into()]);
        for (number, quantity) in quantities.iter().enumerate() {
            world.record([request(&format!("q{number}"), &format!("K{number}"), *quantity)]);
        }
        world.run();
        while world.wait() {}
        let order = world.po(PO).clone();
        for dispatch in &order.dispatches {
            let late_ms = dispatch.delivered_at.unwrap().ms_since(dispatch.eta);
            prop_assert!((0..HOUR_MS).contains(&late_ms), "{late_ms}");
            for line in &dispatch.lines {
                let (receipt, sku) = (dispatch.dispatch.as_str(), line.sku.as_str());
                let count = counted(receipt, PO, sku, line.quantity);
                world.record([count]);
            }
        }
        for line in order.lines.values() {
            prop_assert_eq!(line.shipped + line.rejected, line.ordered);
        }
        prop_assert!(world.po(PO).is_closed());
        prop_assert_eq!(world.room.next_simulated(&PO.into()), None);
    }
}

#[test]
fn a_perfect_simulated_supplier_confirms_ships_and_delivers_on_the_day() {
    let mut world = World::with_an_order();
    let mut history = Vec::new();
    while world.wait() {
        // To the hour: the minutes are the purchase order's own.
        let hour: String = world.now.to_string().chars().take(13).collect();
        history.push(format!("{hour} {}", world.log.last().unwrap().2.tag()));
    }
    assert_eq!(history.len(), 3, "{history:?}");
    assert_eq!(history[0], "2026-03-02T09 purchase_confirmed");
    assert!(history[1].ends_with("T16 purchase_shipped"), "{history:?}");
    assert_eq!(history[2], "2026-03-11T10 purchase_delivered");
}

#[test]
fn a_late_partial_and_short_supplier_says_so_before_the_date() {
    let mut world = World::new();
    let how = Simulated {
        late_percent: 100,
        part_percent: 100,
        short_percent: 100,
        ..perfect()
    };
    world.record([SupplierDefined {
        adapter: Adapter::Simulated(how),
        ..acme()
    }
    .into()]);
    world.record([request("q1", "BOLT", 100)]);
    world.run();
    while world.wait() {}
    let history: Vec<&str> = world.log.iter().map(|(_, _, event)| event.tag()).collect();
    assert_eq!(
        history,
        [
            "supplier_defined",
            "replenishment_requested",
            "purchase_ordered",
            "purchase_confirmed",
            "purchase_delayed",
            "purchase_rejected",
            "purchase_shipped",
            "purchase_delayed",
            "purchase_delivered",
            "purchase_shipped",
            "purchase_delivered",
        ]
    );
}
