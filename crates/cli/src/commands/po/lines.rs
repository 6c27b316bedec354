//! Lines of a purchase order as a buyer types them: by number or by SKU, with a quantity or a date.

use api::supplier_gateway::v1::{PurchaseOrder, PurchaseOrderLine};

use crate::problem::Problem;
use crate::words::{self, Moment};

/// When goods are to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    By(Moment),
    /// The supplier does not know.
    Unknown,
}

/// Reads a date, or `?` where nobody knows.
pub(super) fn when(text: &str) -> Result<When, String> {
    if text == "?" {
        return Ok(When::Unknown);
    }
    words::time(text).map(When::By)
}

/// A line of a purchase order, and what is said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OfPurchase {
    /// Its number, or its SKU.
    pub line: String,
    /// In the item's unit.
    pub quantity: Option<String>,
    pub when: Option<When>,
    /// All that was typed: an SKU may itself have colons and an @.
    typed: String,
}

/// Reads `LINE[:QUANTITY][@DATE]`.
pub(super) fn of_purchase(text: &str) -> Result<OfPurchase, String> {
    let (rest, when) = match text.rsplit_once('@') {
        Some((rest, date)) => (rest, Some(when(date)?)),
        None => (text, None),
    };
    let (line, quantity) = match rest.rsplit_once(':') {
        Some((line, quantity)) if is_quantity(quantity) => (line, Some(quantity.to_owned())),
        Some(_) | None => (rest, None),
    };
    if line.is_empty() {
        return Err("name the line by its number or its SKU, as in 1:40 or BOLT@2026-12-12".into());
    }
    Ok(OfPurchase {
        line: line.to_owned(),
        quantity,
        when,
        typed: text.to_owned(),
    })
}

fn is_quantity(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let points = text.bytes().filter(|it| *it == b'.').count();
    digits > 0 && points <= 1 && digits.checked_add(points) == Some(text.len())
}

impl OfPurchase {
    /// The line that is meant: the one of this number, else that of this SKU.
    pub fn find<'a>(&self, order: &'a PurchaseOrder) -> Result<&'a PurchaseOrderLine, Problem> {
        let number = self.line.parse::<u32>().ok();
        let mut lines = order.lines.iter();
        let by_number = lines.find(|line| Some(line.line) == number);
        let named = |line: &&PurchaseOrderLine| {
            line.sku == self.line || line.former_skus.contains(&self.line)
        };
        let by_sku = || order.lines.iter().find(named);
        by_number.or_else(by_sku).ok_or_else(|| {
            let id = &order.purchase_order_id;
            let what = format!("purchase order {id} has no line {}", self.line);
            let next = format!("`backorder po show {id}` lists its lines");
            Problem::usage(what, "--line", &next)
        })
    }

    /// Where only units are said.
    pub fn without_date(&self) -> Result<(), Problem> {
        if self.when.is_none() {
            return Ok(());
        }
        let what = format!("`{}` has a date, which is not said here", self.typed);
        Err(Problem::usage(what, "--line", "write LINE:QUANTITY"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_by_number_or_sku_with_units_or_a_date() {
        let read = |text| {
            let of = of_purchase(text).unwrap();
            (of.line, of.quantity, of.when.is_some())
        };
        assert_eq!(read("1"), ("1".into(), None, false));
        assert_eq!(read("1:40"), ("1".into(), Some("40".into()), false));
        assert_eq!(read("BOLT:1.5"), ("BOLT".into(), Some("1.5".into()), false));
        assert_eq!(read("a:b"), ("a:b".into(), None, false));
        assert_eq!(read("BOLT@2026-12-12"), ("BOLT".into(), None, true));
        assert_eq!(read("1:4@2026-12-12"), ("1".into(), Some("4".into()), true));
        assert_eq!(of_purchase("1:4@?").unwrap().when, Some(When::Unknown));
        for wrong in ["", ":4", "BOLT@soon", "@2026-12-12"] {
            assert!(of_purchase(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_line_is_found_by_its_number_before_an_sku_of_the_same_digits() {
        let line = |line, sku: &str| PurchaseOrderLine {
            line,
            sku: sku.into(),
            ..Default::default()
        };
        let order = PurchaseOrder {
            lines: vec![
                line(1, "2"),
                PurchaseOrderLine {
                    former_skus: vec!["B0".into()],
                    ..line(2, "BOLT")
                },
            ],
            ..Default::default()
        };
        let found = |text| of_purchase(text).unwrap().find(&order).map(|it| it.line);
        assert_eq!(found("2").unwrap(), 2);
        assert_eq!(found("BOLT").unwrap(), 2);
        assert_eq!(found("B0").unwrap(), 2);
        assert_eq!(found("1").unwrap(), 1);
        assert!(found("NUT").is_err());
    }
}
