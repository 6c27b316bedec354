//! What lists of known shops call their columns, beside the plain names.

use crate::columns::ColumnMap;
use crate::fields::{Field, Kind};
use crate::number::Decimal;
use crate::plain::plain;

/// All of a kind, in the order in which a header is tried. An item needs no column but its SKU, so
/// that every shop's export is a plain list, too; a count needs one that no shop has.
pub(crate) fn all(kind: Kind) -> Vec<ColumnMap> {
    match kind {
        Kind::Items => vec![shopify_items(), woocommerce_items(), plain(kind)],
        Kind::Stock => vec![plain(kind), shopify_stock(), woocommerce_stock()],
        Kind::Orders | Kind::Receipts | Kind::Purchases => vec![plain(kind)],
    }
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

/// WooCommerce's own export of products. It has a `Description` as well, of several lines in HTML.
fn woocommerce_items() -> ColumnMap {
    let columns = [
        (Field::Sku, "SKU"),
        (Field::Description, "Name"),
        (Field::Sold, "Backorders allowed?"),
    ];
    ColumnMap {
        named: columns.len(),
        ..preset(Kind::Items, "woocommerce", &columns)
    }
}

/// Shopify's export of inventory, a row for each item and location. What is available there is less
/// than what is on hand, by what is committed.
fn shopify_stock() -> ColumnMap {
    let columns = [
        (Field::Sku, "SKU"),
        (Field::Location, "Location"),
        (Field::Quantity, "On hand (current)"),
        (Field::Quantity, "On hand"),
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
