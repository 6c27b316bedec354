//! Saying what a supplier calls an item of ours and on which terms they sell it, and asking for it.

use std::collections::BTreeSet;
use std::ops::Bound;

use serde::Serialize;

use super::listing::{Page, page};
use super::purchase::check_who;
use super::terms::{Name, SupplierItem, bare_gtin, is_gtin, names};
use super::{
    MAX_GTINS, MAX_LEAD_TIME_DAYS, MAX_LINE_UNITS, MAX_PACK_UNITS, MAX_PACKS, MAX_SUPPLIER_ITEMS,
    MAX_SUPPLIER_SKU_BYTES, SupplierGateway, SupplierGatewayRefusal as No,
};
use crate::command::{Command, RoomState};
use crate::decider::{Decided, Decision};
use crate::event::{Event, SupplierItemDefined};
use crate::ids::{Key, Sku, SupplierId, Timestamp};

/// Says what a supplier calls an item of ours and on which terms they sell it, instead of what was
/// said before. Purchase orders under way keep their quantities and dates.
///
/// Refused when the supplier or the item is not defined, a bound does not hold, or another item of
/// the supplier has one of the names.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DefineSupplierItem(pub SupplierItemDefined);

impl Command<SupplierGateway> for DefineSupplierItem {
    fn id(&self) -> Option<Key> {
        Some(self.0.definition.key())
    }

    fn keys(&self) -> Vec<Key> {
        vec![self.0.supplier.key()]
    }

    fn decide(&self, gateway: &RoomState<SupplierGateway>, _now: Timestamp) -> Decision<No> {
        let said = &self.0;
        if let Some(source) = &said.source {
            check_who(source)?;
        }
        gateway.supplier(&said.supplier)?;
        gateway.check_not_renamed(&said.sku)?;
        if !gateway.items.has(&said.sku) {
            return Err(No::UnknownItem {
                sku: said.sku.clone(),
                near: gateway.items.but(&said.sku),
            });
        }
        check_names(said)?;
        check_terms(said)?;
        let terms = &gateway.terms;
        for name in names(&said.supplier_sku, &said.gtins) {
            let other = terms.names.get(&(said.supplier.clone(), name.clone()));
            if let Some(other) = other.filter(|other| **other != said.sku) {
                let (Name::Theirs(name) | Name::Gtin(name)) = name;
                let sku = other.clone();
                return Err(No::SupplierSkuUsed { name, sku });
            }
        }
        let is_new = terms.of(&said.supplier, &said.sku).is_none();
        if is_new && terms.items.len() >= MAX_SUPPLIER_ITEMS {
            return Err(No::TooManySupplierItems {
                most: MAX_SUPPLIER_ITEMS,
            });
        }
        Ok(Decided::Record(said.clone().into()))
    }

    fn answered_by(event: &Event) -> Option<Self> {
        SupplierItemDefined::of(event).cloned().map(Self)
    }
}

fn check_names(said: &SupplierItemDefined) -> Result<(), No> {
    let bytes = said.supplier_sku.len();
    let is_plain = said.supplier_sku.trim() == said.supplier_sku
        && !said.supplier_sku.chars().any(char::is_control);
    if bytes > MAX_SUPPLIER_SKU_BYTES || !is_plain {
        return Err(No::SupplierSkuMalformed {
            bytes,
            most: MAX_SUPPLIER_SKU_BYTES,
        });
    }
    if said.gtins.len() > MAX_GTINS {
        return Err(No::TooManyGtins {
            gtins: said.gtins.len(),
            most: MAX_GTINS,
        });
    }
    let mut named = BTreeSet::new();
    for gtin in &said.gtins {
        if !is_gtin(gtin) || !named.insert(bare_gtin(gtin)) {
            return Err(No::GtinMalformed { gtin: gtin.clone() });
        }
    }
    Ok(())
}

fn check_terms(said: &SupplierItemDefined) -> Result<(), No> {
    if said.packs.len() > MAX_PACKS {
        return Err(No::TooManyPacks {
            packs: said.packs.len(),
            most: MAX_PACKS,
        });
    }
    for (code, holds) in &said.packs {
        let is_code = (1..=3).contains(&code.len())
            && code
                .bytes()
                .all(|it| it.is_ascii_uppercase() || it.is_ascii_digit());
        if !is_code || !(1..=MAX_PACK_UNITS).contains(holds) {
            return Err(No::PackMalformed {
                code: code.chars().take(20).collect(),
                holds: *holds,
            });
        }
    }
    for (field, quantity) in [("minimum", said.minimum), ("multiple", said.multiple)] {
        if let Some(quantity) = quantity.filter(|it| !(1..=MAX_LINE_UNITS).contains(it)) {
            return Err(No::TermOutOfRange { field, quantity });
        }
    }
    if let Some(days) = said.lead_time_days.filter(|it| *it > MAX_LEAD_TIME_DAYS) {
        return Err(No::LeadTimeOutOfRange {
            days,
            most: MAX_LEAD_TIME_DAYS,
        });
    }
    let cost = said.cost.as_ref().map(|cost| cost.unit_minor);
    if let Some(minor) = cost.filter(|minor| *minor < 0) {
        return Err(No::CostOutOfRange { minor });
    }
    Ok(())
}

impl SupplierGateway {
    /// What suppliers call our items and on which terms they sell them: of one supplier or of all,
    /// by supplier and SKU, after the last one of the page before.
    pub fn supplier_items(
        &self,
        (supplier, sku): (Option<&SupplierId>, Option<&Sku>),
        last: Option<&(SupplierId, Sku)>,
        size: usize,
    ) -> Page<&SupplierItem> {
        let from = match (last, supplier) {
            (Some(last), _) => Bound::Excluded(last.clone()),
            // No SKU is before the empty one.
            (None, Some(supplier)) => Bound::Included((supplier.clone(), Sku::from(""))),
            (None, None) => Bound::Unbounded,
        };
        let found = self.terms.items.range_from(from.as_ref());
        let found = found.take_while(|((of, _), _)| supplier.is_none_or(|asked| asked == of));
        let found = found.filter(|((_, of), _)| sku.is_none_or(|asked| asked == of));
        page(found.map(|(_, terms)| &**terms), size, |_| 0)
    }
}
