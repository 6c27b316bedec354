//! One row of a file, read and judged by itself.

use csv::ByteRecord;
use domain::ids::{Currency, CustomerId, OrderId, Sku, Tier, Timestamp};
use domain::money::minor;

use crate::columns::{ColumnMap, Columns, Field};
use crate::entry::{GUEST, Left, Purchase, PurchaseRow, Reason, Return};

/// The most units that a row may name.
pub const MAX_QUANTITY: u32 = 1_000_000;

/// What a row is by itself.
#[derive(Debug, Clone, PartialEq)]
pub enum Row {
    /// A row of a purchase: the purchase with this row only.
    Sale(Purchase),
    /// It takes back goods.
    Return(Return),
    /// It is left.
    Left(Left),
}

impl Row {
    /// Reads row `number` (from 1). Total: what cannot be read is left with its reason.
    pub fn read(map: &ColumnMap, columns: &Columns, number: u64, record: &ByteRecord) -> Self {
        let text = |field| columns.text(record, field).unwrap_or_default();
        let (document, code) = (text(Field::Order), text(Field::Sku));
        judge(map, columns, number, record).unwrap_or_else(|reason| {
            Self::Left(Left {
                row: number,
                document,
                sku: code,
                reason,
            })
        })
    }
}

fn judge(
    map: &ColumnMap,
    columns: &Columns,
    number: u64,
    record: &ByteRecord,
) -> Result<Row, Reason> {
    if !columns.suffices(record) {
        return Err(Reason::MissingFields);
    }
    let text = |field| columns.text(record, field).filter(|text| !text.is_empty());
    let document = text(Field::Order).ok_or(Reason::BadOrder)?;
    let order = OrderId::new(&document).map_err(|_| Reason::BadOrder)?;
    let code = text(Field::Sku).ok_or(Reason::BadSku)?;
    if map.is_no_goods(&code) {
        return Err(Reason::NoGoods);
    }
    let code = if map.capitals {
        code.to_uppercase()
    } else {
        code
    };
    let sku = Sku::new(&code).map_err(|_| Reason::BadSku)?;
    let quantity = text(Field::Quantity).ok_or(Reason::BadQuantity)?;
    let quantity: i64 = quantity.parse().map_err(|_| Reason::BadQuantity)?;
    if quantity == 0 {
        return Err(Reason::ZeroQuantity);
    }
    let takes_back = quantity < 0;
    let cancels = map
        .cancels_with
        .is_none_or(|letter| document.starts_with(letter));
    if takes_back && !cancels {
        return Err(Reason::StockCorrection);
    }
    let quantity = u32::try_from(quantity.unsigned_abs()).map_err(|_| Reason::BadQuantity)?;
    if quantity > MAX_QUANTITY {
        return Err(Reason::BadQuantity);
    }
    let at = text(Field::At)
        .ok_or(Reason::BadTime)
        .and_then(|at| time(&at))?;
    let customer = text(Field::Customer).unwrap_or_else(|| GUEST.into());
    let customer = CustomerId::new(&customer).map_err(|_| Reason::BadCustomer)?;
    if takes_back {
        return Ok(Row::Return(Return {
            row: number,
            document,
            customer,
            at,
            sku,
            quantity,
        }));
    }
    let tier = text(Field::Tier).unwrap_or_else(|| "standard".into());
    let currency = text(Field::Currency).unwrap_or_else(|| map.currency.clone());
    let currency = Currency::new(&currency).filter(Currency::is_known);
    let currency = currency.ok_or(Reason::BadCustomer)?;
    let unit_price_minor = text(Field::Price).map_or(Ok(0), |price| minor(&price, currency));
    let unit_price_minor = unit_price_minor.map_err(|_| Reason::BadPrice)?;
    Ok(Row::Sale(Purchase {
        order,
        customer,
        tier: Tier::new(&tier).map_err(|_| Reason::BadCustomer)?,
        email: text(Field::Email),
        channel: text(Field::Channel).unwrap_or_else(|| map.channel.clone()),
        country: text(Field::Country).unwrap_or_else(|| "unknown".into()),
        region: text(Field::Region),
        currency,
        at,
        rows: vec![PurchaseRow {
            row: number,
            sku,
            description: text(Field::Description).unwrap_or_default(),
            quantity,
            unit_price_minor,
        }],
    }))
}

/// A time in RFC 3339, or `YYYY-MM-DD` with or without `HH:MM` or `HH:MM:SS`, which is then read
/// as UTC: a file without zones is at least in one, and order and distance stay true.
fn time(text: &str) -> Result<Timestamp, Reason> {
    if let Ok(time) = Timestamp::parse(text) {
        return Ok(time);
    }
    let local: jiff::civil::DateTime = text.parse().map_err(|_| Reason::BadTime)?;
    let utc = local
        .to_zoned(jiff::tz::TimeZone::UTC)
        .map_err(|_| Reason::BadTime)?;
    Ok(Timestamp::from_ms(utc.timestamp().as_millisecond()))
}
