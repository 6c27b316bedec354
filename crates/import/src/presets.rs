//! What the exports of known shops and marketplaces call their columns, and which of them a header
//! is.

use csv::ByteRecord;
use domain::ids::Currency;

use crate::columns::{ColumnError, ColumnMap, Columns};
use crate::fields::{Field, Kind};
use crate::lists::presets as lists;
use crate::number::Decimal;
use crate::plain::plain;

/// All of a kind, in the order in which a header is tried.
pub(crate) fn all(kind: Kind) -> Vec<ColumnMap> {
    match kind {
        Kind::Orders => orders().into(),
        Kind::Items | Kind::Stock | Kind::Receipts | Kind::Purchases => lists::all(kind),
    }
}

fn orders() -> [ColumnMap; 7] {
    [
        plain(Kind::Orders),
        online_retail(),
        shopify(),
        woocommerce(),
        amazon(),
        etsy(),
        ebay(),
    ]
}

impl Kind {
    /// The names of its presets.
    pub fn presets(self) -> Vec<String> {
        all(self).into_iter().map(|map| map.name).collect()
    }
}

impl ColumnMap {
    /// A preset by its name, or a map declared as `FIELD=COLUMN,FIELD=COLUMN,…`.
    ///
    /// # Errors
    /// [`ColumnError::Declared`] for a part that is neither.
    pub fn declared(kind: Kind, text: &str) -> Result<Self, ColumnError> {
        if let Some(preset) = all(kind).into_iter().find(|map| map.name == text) {
            return Ok(preset);
        }
        let mut map = Self {
            name: "declared".into(),
            columns: Vec::new(),
            ..plain(kind)
        };
        let fields = kind.fields();
        for part in text.split(',') {
            let declared = part.split_once('=').and_then(|(name, column)| {
                let field = fields.iter().find(|field| field.name() == name.trim())?;
                Some((*field, column.trim().to_owned()))
            });
            map.columns
                .push(declared.ok_or_else(|| ColumnError::Declared {
                    part: part.to_owned(),
                    presets: kind.presets().join(", "),
                    fields: kind.names().join(", "),
                })?);
        }
        map.named = map.columns.len();
        Ok(map)
    }

    /// What the caller did not name is read as the preset of that header reads it, or as in a
    /// plain file, so that a word on one column makes nobody read an order that is done as one to
    /// be sent.
    pub(crate) fn completed(mut self, header: &ByteRecord) -> Self {
        if self.named == 0 {
            return self;
        }
        let preset = Self::recognise(self.kind, header);
        let preset = preset.unwrap_or_else(|| plain(self.kind));
        for (field, column) in &mut self.columns {
            let known = preset.columns.iter().any(|(known, name)| {
                *known == Field::LineTotal && name.eq_ignore_ascii_case(column)
            });
            if *field == Field::Price && known {
                *field = Field::LineTotal;
                self.of_all = Some(column.clone());
            }
        }
        let is_price = |field| matches!(field, Field::Price | Field::LineTotal);
        let named: Vec<Field> = self.columns.iter().map(|(field, _)| *field).collect();
        let more = preset.columns.into_iter().filter(|(field, _)| {
            let priced = is_price(*field) && named.iter().any(|named| is_price(*named));
            !priced && !named.contains(field)
        });
        self.columns.extend(more);
        self.decimal = self.decimal.or(preset.decimal);
        self.channel = preset.channel;
        self
    }

    /// The preset whose needed columns a header has.
    pub(crate) fn recognise(kind: Kind, header: &ByteRecord) -> Option<Self> {
        all(kind)
            .into_iter()
            .find(|map| Columns::resolve(map, header).is_ok())
    }
}

fn preset(name: &str, channel: &str, columns: &[(Field, &str)]) -> ColumnMap {
    ColumnMap {
        name: name.into(),
        columns: columns
            .iter()
            .map(|(field, column)| (*field, (*column).to_owned()))
            .collect(),
        channel: channel.into(),
        ..plain(Kind::Orders)
    }
}

/// The data set *Online Retail* (UCI): a UK wholesaler's invoices, cancelled by documents whose
/// number begins with `C`.
fn online_retail() -> ColumnMap {
    let columns = [
        (Field::Order, "InvoiceNo"),
        (Field::Sku, "StockCode"),
        (Field::Quantity, "Quantity"),
        (Field::At, "InvoiceDate"),
        (Field::Price, "UnitPrice"),
        (Field::Description, "Description"),
        (Field::Customer, "CustomerID"),
        (Field::Country, "Country"),
    ];
    let no_goods = [
        "POST",
        "DOT",
        "M",
        "S",
        "D",
        "B",
        "C2",
        "CRUK",
        "PADS",
        "AMAZONFEE",
        "BANK CHARGES",
        "GIFT_*",
        "TEST*",
    ];
    ColumnMap {
        cancels_with: Some('C'),
        corrects_stock: true,
        no_goods: no_goods.map(str::to_owned).to_vec(),
        capitals: true,
        decimal: Some(Decimal::Point),
        currency: Currency::new("GBP"),
        ..preset("online-retail", "web", &columns)
    }
}

/// Shopify's own export of orders: an order's cells stand on its first row alone.
fn shopify() -> ColumnMap {
    let columns = [
        (Field::Order, "Name"),
        (Field::Sku, "Lineitem sku"),
        (Field::Quantity, "Lineitem quantity"),
        (Field::At, "Created at"),
        (Field::Price, "Lineitem price"),
        (Field::Description, "Lineitem name"),
        (Field::Customer, "Email"),
        (Field::Email, "Email"),
        (Field::Country, "Shipping Country"),
        (Field::Country, "Billing Country"),
        (Field::Currency, "Currency"),
        (Field::Status, "Financial Status"),
        (Field::Status, "Fulfillment Status"),
        (Field::CancelledAt, "Cancelled at"),
    ];
    ColumnMap {
        decimal: Some(Decimal::Point),
        ..preset("shopify", "shopify", &columns)
    }
}

/// Exports of WooCommerce orders, one row an item, with the headers of its two common exporters.
fn woocommerce() -> ColumnMap {
    let columns = [
        (Field::Order, "Order Number"),
        (Field::Order, "order_number"),
        (Field::Sku, "SKU"),
        (Field::Sku, "item_sku"),
        (Field::Quantity, "Quantity (- Refund)"),
        (Field::Quantity, "Quantity"),
        (Field::Quantity, "item_quantity"),
        (Field::At, "Order Date"),
        (Field::At, "order_date"),
        (Field::Price, "Item Cost"),
        (Field::Price, "item_price"),
        (Field::LineTotal, "Order Line Total"),
        (Field::LineTotal, "item_total"),
        (Field::Description, "Item Name"),
        (Field::Description, "Name"),
        (Field::Description, "item_name"),
        // Its number for a customer is 0 for everybody who has no account.
        (Field::Customer, "Email (Billing)"),
        (Field::Customer, "billing_email"),
        (Field::Email, "Email (Billing)"),
        (Field::Email, "billing_email"),
        (Field::Country, "Country Code (Shipping)"),
        (Field::Country, "shipping_country"),
        (Field::Country, "Country Code (Billing)"),
        (Field::Currency, "Order Currency"),
        (Field::Currency, "order_currency"),
        (Field::Status, "Order Status"),
        (Field::Status, "order_status"),
    ];
    preset("woocommerce", "woocommerce", &columns)
}

/// Amazon's reports of orders: one to be shipped, one of all. Prices are of all units of a row.
fn amazon() -> ColumnMap {
    let columns = [
        (Field::Order, "order-id"),
        (Field::Order, "amazon-order-id"),
        (Field::Sku, "sku"),
        (Field::Quantity, "quantity-purchased"),
        (Field::Quantity, "quantity"),
        (Field::At, "purchase-date"),
        (Field::LineTotal, "item-price"),
        (Field::Description, "product-name"),
        (Field::Customer, "buyer-email"),
        (Field::Email, "buyer-email"),
        (Field::Country, "ship-country"),
        (Field::Currency, "currency"),
        (Field::Status, "order-status"),
        (Field::Status, "item-status"),
    ];
    ColumnMap {
        decimal: Some(Decimal::Point),
        ..preset("amazon", "amazon", &columns)
    }
}

/// Etsy's export of sold order items.
fn etsy() -> ColumnMap {
    let columns = [
        (Field::Order, "Order ID"),
        (Field::Sku, "SKU"),
        (Field::Quantity, "Quantity"),
        (Field::At, "Sale Date"),
        (Field::Price, "Price"),
        (Field::Description, "Item Name"),
        (Field::Customer, "Buyer"),
        (Field::Country, "Ship Country"),
        (Field::Currency, "Currency"),
        (Field::DoneAt, "Date Shipped"),
    ];
    preset("etsy", "etsy", &columns)
}

/// eBay's report of orders, also with the headers of its older downloads.
fn ebay() -> ColumnMap {
    let columns = [
        (Field::Order, "Order Number"),
        (Field::Order, "Order ID"),
        (Field::Order, "Sales Record Number"),
        (Field::Sku, "Custom Label"),
        (Field::Sku, "Custom Label (SKU)"),
        (Field::Quantity, "Quantity"),
        (Field::At, "Sale Date"),
        (Field::Price, "Sold For"),
        (Field::Price, "Sale Price"),
        (Field::Description, "Item Title"),
        (Field::Customer, "Buyer Username"),
        (Field::Customer, "User Id"),
        (Field::Email, "Buyer Email"),
        (Field::Country, "Ship To Country"),
        (Field::Country, "Buyer Country"),
        (Field::DoneAt, "Shipped On Date"),
    ];
    preset("ebay", "ebay", &columns)
}
