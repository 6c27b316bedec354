//! Customers, the warehouse and a careless clerk, by chance. Everything they ask for is asked
//! again, sometimes although it was answered, until the faults are over.

use std::collections::BTreeMap;
use std::sync::Arc;

use audit::Audit;
use domain::event::{
    Adapter, Adjusted, ChannelLevel, Customer, Event, ItemDefined, LineQuantity, LocationDefined,
    OrderCancelled, OrderPlaced, PlacedLine, Protection, Received, Replenishment, Segment, ShipTo,
    Shipped, ShippedLine, Simulated, SkuQuantity, SupplierDefined, SupplierGatewayEvent,
    WaveFilter,
};
use domain::ids::{Currency, DispatchId, LocationId, OrderId, PurchaseOrderId, Sku};
use domain::inventory::{
    AdjustStock, ConfirmShipment, DefineItem, DefineLocation, ReceiveStock, ReleaseWave,
};
use domain::orders::{CancelOrder, PlaceOrder};
use domain::supplier_gateway::DefineSupplier;

use super::asked::Asked;
use super::baskets::Baskets;
use super::chance::Chance;
use super::names::{self, LOCATIONS, SKUS, any};
use super::{clerk, floor};

const CHANNELS: [&str; 2] = ["web", "shop"];
const SUPPLIERS: [&str; 2] = ["ACME", "BETA"];
/// Of commands that were answered, one in so many is sent again all the same.
const REPEATS: u64 = 6;
/// The most commands remembered for a repetition.
const MAX_REMEMBERED: usize = 64;

/// Goods that a supplier has sent.
#[derive(Debug)]
struct Goods {
    purchase_order: PurchaseOrderId,
    lines: Vec<SkuQuantity>,
}

/// The world outside of one cell.
#[derive(Debug, Default)]
pub(super) struct World {
    opened: bool,
    number: u32,
    orders: Vec<OrderId>,
    baskets: Baskets,
    sent: Vec<Asked>,
    unanswered: Vec<Asked>,
    road: BTreeMap<DispatchId, Goods>,
    dock: Vec<(DispatchId, Goods)>,
}

impl World {
    /// What is asked for in this step.
    pub fn act(&mut self, chance: &mut Chance, audit: &Audit) -> Vec<Asked> {
        if !self.opened {
            self.opened = true;
            let shop = open_shop(chance);
            self.unanswered.extend(shop.iter().cloned());
            return shop;
        }
        let mut asked = Vec::new();
        for _ in 0..chance.below(4) {
            self.number = self.number.saturating_add(1);
            let new = match chance.below(36) {
                0..9 => Some(self.place(chance, audit)),
                9..11 => self.cancel(chance),
                11 => Some(self.receive(chance)),
                12 => Some(self.miscount(chance)),
                13 => Some(self.release(chance)),
                14..17 => self.ship(chance, audit),
                18..20 => {
                    let sku = names::item(chance, audit);
                    Some(self.baskets.hold(chance, self.number, sku.as_str(), audit))
                }
                20 => self.baskets.release(chance),
                21..24 => self.baskets.accept(chance, self.number),
                17 => Some(item(chance, &format!("again-{}", self.number), audit)),
                26..32 => floor::act(chance, self.number, &self.orders, audit),
                32..36 => clerk::act(chance, self.number, &self.orders),
                _ => self.count_in(),
            };
            asked.extend(new);
        }
        for new in &asked {
            if self.sent.len() < MAX_REMEMBERED {
                self.sent.push(new.clone());
            } else if let Some(old) = self.sent.get_mut(chance.index(MAX_REMEMBERED)) {
                old.clone_from(new);
            }
        }
        if chance.below(REPEATS) == 0 && !self.sent.is_empty() {
            let again = chance.index(self.sent.len());
            asked.extend(self.sent.get(again).cloned());
        }
        if chance.below(3) == 0 {
            asked.append(&mut self.unanswered);
        }
        asked
    }

    /// These got no answer.
    pub fn retry_later(&mut self, mut asked: Vec<Asked>) {
        self.unanswered.append(&mut asked);
    }

    /// All that got no answer, now.
    pub fn all_unanswered(&mut self) -> Vec<Asked> {
        std::mem::take(&mut self.unanswered)
    }

    /// Nobody waits for an answer.
    pub const fn is_answered(&self) -> bool {
        self.unanswered.is_empty()
    }

    /// Watches the road and the dock.
    pub fn saw(&mut self, event: &Event) {
        self.baskets.saw(event);
        match event {
            Event::SupplierGateway(event) => match event {
                SupplierGatewayEvent::PurchaseShipped(shipped) => {
                    let lines = shipped.lines.iter().map(|line| SkuQuantity {
                        sku: line.sku.clone(),
                        quantity: line.quantity,
                    });
                    let goods = Goods {
                        purchase_order: shipped.purchase_order.clone(),
                        lines: lines.collect(),
                    };
                    self.road.insert(shipped.dispatch.clone(), goods);
                }
                SupplierGatewayEvent::PurchaseDelivered(delivered) => {
                    if let Some(goods) = self.road.remove(&delivered.dispatch) {
                        self.dock.push((delivered.dispatch.clone(), goods));
                    }
                }
                SupplierGatewayEvent::SupplierDefined(_)
                | SupplierGatewayEvent::SupplierItemDefined(_)
                | SupplierGatewayEvent::PurchaseOrdered(_)
                | SupplierGatewayEvent::PurchaseConfirmed(_)
                | SupplierGatewayEvent::PurchaseDelayed(_)
                | SupplierGatewayEvent::PurchaseScheduled(_)
                | SupplierGatewayEvent::PurchaseClosed(_)
                | SupplierGatewayEvent::PurchaseRejected(_) => {}
            },
            Event::Orders(_) | Event::Inventory(_) | Event::Allocator(_) | Event::Notifier(_) => {}
        }
    }

    fn place(&mut self, chance: &mut Chance, audit: &Audit) -> Asked {
        let order = OrderId::from(format!("o{}", self.number));
        self.orders.push(order.clone());
        let gold = chance.below(3) == 0;
        let count = chance.units(3);
        let named = (chance.below(3) == 0).then(|| self.baskets.any(chance).cloned());
        let named = named.flatten();
        let complete_only = chance.below(5) == 0;
        let lines = (1..=count).map(|line| PlacedLine {
            line,
            sku: match &named {
                Some((_, sku)) if line == 1 => sku.clone(),
                Some(_) | None => names::item(chance, audit),
            },
            quantity: chance.units(8),
            unit_price_minor: 250,
            complete_only,
        });
        let lines = lines.collect();
        let hold = named.map(|(hold, _)| hold);
        let ship_complete = chance.below(6) == 0;
        Asked::Orders(Arc::new(PlaceOrder::carried_over(OrderPlaced {
            order,
            customer: Customer {
                id: format!("c{}", chance.below(5)).as_str().into(),
                tier: if gold {
                    "gold".into()
                } else {
                    "standard".into()
                },
                said_tier: None,
                email: (chance.below(2) == 0).then(|| "a@example.com".into()),
                lifetime_value_minor: None,
            },
            channel: any(chance, &CHANNELS).into(),
            ship_to: ShipTo {
                country: "GB".into(),
                region: None,
            },
            currency: currency(),
            lines,
            requested_at: None,
            placed_at: None,
            ship_complete,
            rest_may_go: ship_complete && chance.below(3) == 0,
            urgency: None,
            ship_by: None,
            no_split: chance.below(6) == 0,
            pick_up_at: (chance.below(8) == 0).then(|| any(chance, &LOCATIONS).into()),
            hold,
            told_elsewhere: false,
        })))
    }

    fn cancel(&self, chance: &mut Chance) -> Option<Asked> {
        let order = self.orders.get(chance.index(self.orders.len()))?.clone();
        let whole = chance.below(2) == 0;
        let part = LineQuantity {
            line: 1,
            quantity: chance.units(4),
        };
        let lines = if whole { Vec::new() } else { vec![part] };
        let cancellation = format!("x{}", self.number).as_str().into();
        Some(Asked::Orders(Arc::new(CancelOrder(OrderCancelled {
            cancellation,
            order,
            lines,
            reason: String::new(),
        }))))
    }

    fn receive(&self, chance: &mut Chance) -> Asked {
        let line = SkuQuantity {
            sku: any(chance, &SKUS).into(),
            quantity: chance.units(20),
        };
        Asked::Inventory(Arc::new(ReceiveStock(Received {
            receipt: format!("r{}", self.number).as_str().into(),
            location: any(chance, &LOCATIONS).into(),
            purchase_order: None,
            lines: vec![line],
        })))
    }

    fn count_in(&mut self) -> Option<Asked> {
        let (dispatch, goods) = self.dock.pop()?;
        let received = Received {
            receipt: dispatch.as_str().into(),
            location: LOCATIONS.first().copied().unwrap_or_default().into(),
            purchase_order: Some(goods.purchase_order),
            lines: goods.lines,
        };
        Some(Asked::Inventory(Arc::new(ReceiveStock(received))))
    }

    fn miscount(&self, chance: &mut Chance) -> Asked {
        let units = i64::from(chance.units(6));
        let down = chance.below(3) > 0;
        Asked::Inventory(Arc::new(AdjustStock(Adjusted {
            adjustment: format!("a{}", self.number).as_str().into(),
            sku: any(chance, &SKUS).into(),
            location: any(chance, &LOCATIONS).into(),
            change: if down { units.saturating_neg() } else { units },
            reason: "count".into(),
        })))
    }

    fn release(&self, chance: &mut Chance) -> Asked {
        Asked::Inventory(Arc::new(ReleaseWave {
            wave: format!("w{}", self.number).as_str().into(),
            location: any(chance, &LOCATIONS).into(),
            max_lines: chance.units(5),
            max_units: (chance.below(4) == 0).then(|| chance.units(9)),
            only: (chance.below(3) == 0).then(|| WaveFilter {
                backorders: chance.below(2) == 0,
                skus: Vec::from_iter((chance.below(2) == 0).then(|| any(chance, &SKUS).into())),
                channels: Vec::from_iter(
                    (chance.below(2) == 0).then(|| any(chance, &CHANNELS).into()),
                ),
                ship_by: None,
            }),
        }))
    }

    fn ship(&self, chance: &mut Chance, audit: &Audit) -> Option<Asked> {
        let held = audit.open.iter().filter_map(|key| {
            let line = audit.lines.get(key)?;
            (line.tally.reserved > 0).then_some((key, line))
        });
        let held: Vec<_> = held.collect();
        let ((order, number), line) = held.get(chance.index(held.len()))?;
        let quantity = chance.units(line.tally.reserved.into());
        let line = ShippedLine {
            line: *number,
            sku: line.sku.clone(),
            quantity,
            unplanned: 0,
        };
        let shipped = Shipped {
            shipment: format!("s{}", self.number).as_str().into(),
            order: order.clone(),
            location: any(chance, &LOCATIONS).into(),
            lines: vec![line],
            tracking: None,
            from_others: chance.below(4) == 0,
        };
        Some(Asked::Inventory(Arc::new(ConfirmShipment(shipped))))
    }
}

fn currency() -> Currency {
    Currency::new("GBP").unwrap_or_else(|| unreachable!("three capital letters"))
}

fn open_shop(chance: &mut Chance) -> Vec<Asked> {
    let mut shop = Vec::new();
    for (number, location) in LOCATIONS.into_iter().enumerate() {
        shop.push(Asked::Inventory(Arc::new(DefineLocation(
            LocationDefined {
                definition: format!("l{number}").as_str().into(),
                location: LocationId::from(location),
                name: location.to_lowercase(),
                region: None,
                cost: Some(chance.units(3)),
                time_zone: None,
            },
        ))));
    }
    for supplier in SUPPLIERS {
        shop.push(Asked::SupplierGateway(Arc::new(DefineSupplier(
            SupplierDefined {
                definition: supplier.into(),
                supplier: supplier.into(),
                name: supplier.to_lowercase(),
                lead_time_days: chance.units(5),
                cutoff_hour: (chance.below(2) == 0).then_some(17),
                adapter: Adapter::Simulated(Simulated {
                    seed: chance.draw(),
                    spread_days: 1,
                    late_percent: 30,
                    part_percent: 30,
                    short_percent: 20,
                    reject_percent: 10,
                }),
            },
        ))));
    }
    // The last SKU is not defined at first: orders for it are refused at the door.
    for (number, sku) in SKUS.into_iter().take(3).enumerate() {
        shop.push(item_of(chance, sku.into(), &format!("i{number}")));
    }
    shop
}

fn item(chance: &mut Chance, definition: &str, audit: &Audit) -> Asked {
    let sku = names::item(chance, audit);
    item_of(chance, sku, definition)
}

fn item_of(chance: &mut Chance, sku: Sku, definition: &str) -> Asked {
    let segment = match chance.below(5) {
        0 => Segment::StockOnly,
        1 => Segment::Substitutable {
            alternatives: vec![any(chance, &SKUS).into()],
            offer_days: (chance.below(2) == 0).then(|| chance.units(4).saturating_sub(1)),
        },
        _ => Segment::Backorderable {
            cap: chance.units(40),
            longest_wait_days: chance.units(60),
        },
    };
    let reorder_point = chance.units(6);
    let replenishment = (chance.below(4) > 0).then(|| Replenishment {
        supplier: any(chance, &SUPPLIERS).into(),
        reorder_point,
        order_up_to: reorder_point.saturating_add(chance.units(20)),
        pack_size: chance.units(4),
        lead_time_days: chance.units(6),
    });
    let fair_share = chance.below(4) == 0;
    let protection = (chance.below(3) == 0).then(|| Protection {
        safety_stock: chance.units(3),
        channels: Vec::from_iter((!fair_share).then(|| ChannelLevel {
            channel: any(chance, &CHANNELS).into(),
            units: chance.units(4),
        })),
        tiers: Vec::new(),
    });
    Asked::Inventory(Arc::new(DefineItem(ItemDefined {
        definition: definition.into(),
        sku,
        description: "a thing".into(),
        segment,
        replenishment,
        fair_share,
        protection,
        unit: None,
        step: None,
        reserve_days_before: None,
        releases_at: None,
    })))
}
