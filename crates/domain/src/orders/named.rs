//! The names that open orders use: how many orders name each channel, tier and region.
//!
//! The allocator numbers each name for as long as an open order uses it, and has a bounded count of
//! numbers. So the door counts the names, and refuses an order with a new one at the bound.

use std::collections::BTreeMap;

use super::bounds::{MAX_CHANNELS, MAX_REGIONS, MAX_TIERS};
use super::order::Order;
use super::refusals::OrdersRefusal;
use crate::event::OrderPlaced;
use crate::exact::Exact;
use crate::ids::Tier;

/// How many open orders use each name.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Named {
    channels: BTreeMap<String, u64>,
    tiers: BTreeMap<Tier, u64>,
    regions: BTreeMap<String, u64>,
}

impl Named {
    pub(super) fn add(&mut self, order: &Order) {
        one_more(&mut self.channels, &order.channel);
        one_more(&mut self.tiers, &order.tier);
        if let Some(region) = &order.region {
            one_more(&mut self.regions, region);
        }
    }

    pub(super) fn remove(&mut self, order: &Order) {
        one_less(&mut self.channels, &order.channel);
        one_less(&mut self.tiers, &order.tier);
        if let Some(region) = &order.region {
            one_less(&mut self.regions, region);
        }
    }

    /// Whether there is room for the names that an order brings.
    pub(super) fn check(&self, request: &OrderPlaced) -> Result<(), OrdersRefusal> {
        if is_one_too_many(&self.channels, &request.channel, MAX_CHANNELS) {
            let channel = request.channel.clone();
            return Err(OrdersRefusal::TooManyChannelsNamed { channel });
        }
        if is_one_too_many(&self.tiers, &request.customer.tier, MAX_TIERS) {
            let tier = request.customer.tier.clone();
            return Err(OrdersRefusal::TooManyTiersNamed { tier });
        }
        match &request.ship_to.region {
            Some(region) if is_one_too_many(&self.regions, region, MAX_REGIONS) => {
                let region = region.clone();
                Err(OrdersRefusal::TooManyRegionsNamed { region })
            }
            Some(_) | None => Ok(()),
        }
    }
}

fn is_one_too_many<N: Ord>(named: &BTreeMap<N, u64>, name: &N, most: usize) -> bool {
    named.len() >= most && !named.contains_key(name)
}

fn one_more<N: Ord + Clone>(named: &mut BTreeMap<N, u64>, name: &N) {
    // Most orders use a name that others use: it is not copied to be found.
    if let Some(orders) = named.get_mut(name) {
        *orders = orders.plus(1);
    } else {
        named.insert(name.clone(), 1);
    }
}

fn one_less<N: Ord>(named: &mut BTreeMap<N, u64>, name: &N) {
    match named.get_mut(name) {
        Some(orders @ 2..) => *orders = orders.minus(1),
        Some(_) | None => drop(named.remove(name)),
    }
}
