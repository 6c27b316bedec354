//! What channels, tiers, countries, regions, SKUs and purchase orders are called: each has a small
//! number, by which open orders refer to it, for as long as one does. Must not know how an order
//! stands.
//!
//! The allocator numbers channels, tiers and regions too, by numbers of two bytes. So the door
//! refuses an order with a new one at the bound.

use std::num::NonZeroU16;

use serde::{Deserialize, Serialize};

use super::bounds::{MAX_CHANNELS, MAX_REGIONS, MAX_TIERS};
use super::refusals::OrdersRefusal;
use crate::event::OrderPlaced;
use crate::exact::Exact;
use crate::ids::{PurchaseOrderId, Revision, Sku, Tier};
use crate::names::{Names, Number};

/// The names that open orders use, by number.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub(super) struct Catalogue {
    channels: Names<String>,
    tiers: Names<Tier>,
    regions: Names<String>,
    countries: Names<String, u32>,
    skus: Names<Sku, u32>,
    purchase_orders: Names<PurchaseOrderId, u32>,
}

/// The number of a region among its names: that of none is left out.
fn number_of(region: NonZeroU16) -> u16 {
    region.get().minus(1)
}

/// One more thing refers to a name since this fact. Its number.
impl Catalogue {
    pub fn refer_channel(&mut self, channel: &String, at: Revision) -> u16 {
        self.channels.refer_at(channel, "channels", at)
    }

    pub fn refer_tier(&mut self, tier: &Tier, at: Revision) -> u16 {
        self.tiers.refer_at(tier, "tiers", at)
    }

    pub fn refer_region(&mut self, region: Option<&String>, at: Revision) -> Option<NonZeroU16> {
        let number = self.regions.refer_at(region?, "regions", at);
        NonZeroU16::new(number.plus(1))
    }

    pub fn refer_country(&mut self, country: &String, at: Revision) -> u32 {
        self.countries.refer_at(country, "countries", at)
    }

    pub fn refer_sku(&mut self, sku: &Sku, at: Revision) -> u32 {
        self.skus.refer_at(sku, "SKUs", at)
    }

    pub fn refer_purchase_order(&mut self, id: &PurchaseOrderId, at: Revision) -> u32 {
        self.purchase_orders.refer_at(id, "purchase orders", at)
    }
}

/// One thing less refers to the name of a number.
impl Catalogue {
    pub fn forget_channel(&mut self, number: u16) {
        self.channels.forget(number);
    }

    pub fn forget_tier(&mut self, number: u16) {
        self.tiers.forget(number);
    }

    pub fn forget_region(&mut self, number: Option<NonZeroU16>) {
        if let Some(number) = number {
            self.regions.forget(number_of(number));
        }
    }

    pub fn forget_country(&mut self, number: u32) {
        self.countries.forget(number);
    }

    pub fn forget_sku(&mut self, number: u32) {
        self.skus.forget(number);
    }

    pub fn forget_purchase_order(&mut self, number: u32) {
        self.purchase_orders.forget(number);
    }
}

/// What numbers stand for.
impl Catalogue {
    pub fn channel(&self, number: u16) -> &str {
        self.channels.get(number).map_or("", String::as_str)
    }

    pub fn tier(&self, number: u16) -> &str {
        self.tiers.get(number).map_or("", Tier::as_str)
    }

    pub fn region(&self, number: Option<NonZeroU16>) -> Option<&str> {
        let region = self.regions.get(number_of(number?));
        region.map(String::as_str)
    }

    pub fn country(&self, number: u32) -> &str {
        self.countries.get(number).map_or("", String::as_str)
    }

    pub fn sku(&self, number: u32) -> &str {
        self.skus.get(number).map_or("", Sku::as_str)
    }

    pub fn purchase_order(&self, number: u32) -> Option<&PurchaseOrderId> {
        self.purchase_orders.get(number)
    }

    /// A SKU is another one. Its number, if an order refers to it.
    pub fn rename_sku(&mut self, was: &Sku, is: &Sku) -> Option<u32> {
        self.skus.rename(was, is)
    }

    pub fn find_sku(&self, sku: &Sku) -> Option<u32> {
        self.skus.find(sku)
    }
}

impl Catalogue {
    /// Whether there is room for the names that an order brings.
    pub fn check(&self, request: &OrderPlaced) -> Result<(), OrdersRefusal> {
        if is_one_too_many(&self.channels, &request.channel, MAX_CHANNELS) {
            let channel = request.channel.clone();
            return Err(OrdersRefusal::TooManyChannelsNamed { channel });
        }
        self.check_tier(&request.customer.tier)?;
        self.check_region(request.ship_to.region.as_ref())
    }

    /// Whether there is room for a tier.
    pub fn check_tier(&self, tier: &Tier) -> Result<(), OrdersRefusal> {
        if is_one_too_many(&self.tiers, tier, MAX_TIERS) {
            let tier = tier.clone();
            return Err(OrdersRefusal::TooManyTiersNamed { tier });
        }
        Ok(())
    }

    /// Whether there is room for a region.
    pub fn check_region(&self, region: Option<&String>) -> Result<(), OrdersRefusal> {
        match region {
            Some(region) if is_one_too_many(&self.regions, region, MAX_REGIONS) => {
                let region = region.clone();
                Err(OrdersRefusal::TooManyRegionsNamed { region })
            }
            Some(_) | None => Ok(()),
        }
    }
}

fn is_one_too_many<T, N>(names: &Names<T, N>, name: &T, most: usize) -> bool
where
    T: AsRef<[u8]> + Clone,
    N: Number,
{
    names.count() >= most && names.find(name).is_none()
}
