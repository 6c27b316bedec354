//! What suppliers call our items and on which terms they sell them: requests read into commands,
//! and the state in the words of the wire. Checks form alone.

use api::supplier_gateway::v1;
use chassis::invalid;
use chassis::wire::{key, key_or_new, missing, optional, page_size, page_token, stamp, time};
use domain::event::{Cost, SupplierItemDefined};
use domain::ids::{Currency, DefinitionId, Sku, SupplierId};
use domain::supplier_gateway::{DefineSupplierItem, SupplierItem};
use tonic::Status;

use crate::purchase::source;

/// Stands between the supplier and the SKU of a page's token: no key has it.
const BETWEEN: char = '\n';

/// A request to say what a supplier calls an item.
pub fn define(request: v1::DefineSupplierItemRequest) -> Result<DefineSupplierItem, Status> {
    let definition = key_or_new("definition_id", &request.definition_id, DefinitionId::new)?;
    let Some(item) = request.item else {
        return Err(missing("item", "say which item of which supplier it is"));
    };
    let some = |quantity: u32| (quantity > 0).then_some(quantity);
    Ok(DefineSupplierItem(SupplierItemDefined {
        definition,
        supplier: key("item.supplier_id", &item.supplier_id, SupplierId::new)?,
        sku: key("item.sku", &item.sku, Sku::new)?,
        supplier_sku: item.supplier_sku,
        gtins: item.gtins,
        packs: item.packs.into_iter().collect(),
        minimum: some(item.minimum),
        multiple: some(item.multiple),
        lead_time_days: item.lead_time_days,
        cost: item.cost.as_ref().map(cost).transpose()?,
        source: request
            .source
            .as_ref()
            .map(|it| source(Some(it)))
            .transpose()?,
    }))
}

fn cost(asked: &v1::Cost) -> Result<Cost, Status> {
    let currency = Currency::new(&asked.currency).filter(Currency::is_known);
    let currency = currency.ok_or_else(|| {
        let problem = format!("is {:?}, which ISO 4217 does not list", asked.currency);
        let remedy = "give an ISO 4217 code, such as EUR";
        invalid("item.cost.currency", "CURRENCY_MALFORMED", problem, remedy)
    })?;
    Ok(Cost {
        unit_minor: asked.unit_minor,
        currency,
        valid_until: time("item.cost.valid_until", asked.valid_until)?,
    })
}

/// Which page is asked for.
pub struct Asked {
    /// Of whom.
    pub supplier: Option<SupplierId>,
    /// Of what.
    pub sku: Option<Sku>,
    /// The last one of the page before.
    pub after: Option<(SupplierId, Sku)>,
    /// Entries at most.
    pub size: usize,
}

/// Reads which page is asked for.
pub fn asked(request: &v1::ListSupplierItemsRequest) -> Result<Asked, Status> {
    let read = |token: &str| {
        let (supplier, sku) = token.split_once(BETWEEN)?;
        Some((SupplierId::new(supplier).ok()?, Sku::new(sku).ok()?))
    };
    Ok(Asked {
        supplier: optional("supplier_id", &request.supplier_id, SupplierId::new)?,
        sku: optional("sku", &request.sku, Sku::new)?,
        after: page_token(&request.page_token, read)?,
        size: page_size(request.page_size)?,
    })
}

/// The token of the page after this one.
pub fn token(last: &SupplierItem) -> String {
    format!("{}{BETWEEN}{}", last.supplier, last.sku)
}

/// An item of a supplier.
pub fn told(of: &SupplierItem) -> v1::SupplierItem {
    v1::SupplierItem {
        supplier_id: of.supplier.to_string(),
        sku: of.sku.to_string(),
        supplier_sku: of.supplier_sku.clone(),
        gtins: of.gtins.clone(),
        packs: of.packs.clone().into_iter().collect(),
        minimum: of.minimum.unwrap_or_default(),
        multiple: of.multiple.unwrap_or_default(),
        lead_time_days: of.lead_time_days,
        cost: of.cost.as_ref().map(|cost| v1::Cost {
            unit_minor: cost.unit_minor,
            currency: cost.currency.to_string(),
            valid_until: cost.valid_until.map(stamp),
        }),
    }
}
