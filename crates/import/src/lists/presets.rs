//! What lists of known shops call their columns, beside the plain names.

use crate::columns::ColumnMap;
use crate::fields::{Field, Kind};
use crate::number::Decimal;
use crate::plain::plain;

/// All of a kind, in the order in which a header is tried.
pub(crate) fn all(kind: Kind) -> Vec<ColumnMap> {
    let known = match kind {
        Kind::Items => vec![shopify_items(), woocommerce_items()],
        Kind::Stock => vec![shopify_stock(), woocommerce_stock()],
        Kind::Orders | Kind::Receipts => Vec::new(),
    };
    std::iter::once(plain(kind)).chain(known).collect()
}

fn preset(kind: Kind, name: &str, columns: &[(Field, &str)]) -> ColumnMap {
    let columns = columns.iter();
    ColumnMap {
        name: name.into(),
        columns: columns
            .map(|(field, column)| (*field, (*column).to_owned()))
            .collect(),
        ..plain(kind)
    }
}

/// Shopify's export of products: a row with only a picture has no SKU.
fn shopify_items() -> ColumnMap {
    let columns = [
        (Field::Sku, "Variant SKU"),
        (Field::Description, "Title"),
        (Field::Sold, "Variant Inventory Policy"),
    ];
    ColumnMap {
        decimal: Some(Decimal::Point),
        ..preset(Kind::Items, "shopify", &columns)
    }
}

/// WooCommerce's own export of products.
fn woocommerce_items() -> ColumnMap {
    let columns = [
        (Field::Sku, "SKU"),
        (Field::Description, "Name"),
        (Field::Sold, "Backorders allowed?"),
    ];
    preset(Kind::Items, "woocommerce", &columns)
}

/// Shopify's export of inventory, a row for each item and location.
fn shopify_stock() -> ColumnMap {
    let columns = [
        (Field::Sku, "SKU"),
        (Field::Location, "Location"),
        (Field::Quantity, "On hand (current)"),
        (Field::Quantity, "On hand"),
        (Field::Quantity, "Available"),
    ];
    ColumnMap {
        decimal: Some(Decimal::Point),
        ..preset(Kind::Stock, "shopify", &columns)
    }
}

/// The stock in WooCommerce's export of products.
fn woocommerce_stock() -> ColumnMap {
    let columns = [(Field::Sku, "SKU"), (Field::Quantity, "Stock")];
    preset(Kind::Stock, "woocommerce", &columns)
}
