//! The whole definition of an item: what a list says of it, on what is defined. A cell that the
//! definition has no place for is told, and not passed over. Calls nobody.

use api::inventory::v1::define_item_request::Segment;
use api::inventory::v1::{
    Backorderable, DefineItemRequest, Replenishment, StockOnly, Substitutable,
};
use clap::Args;
use domain::quantity::Measure;
use import::{Defined, Field, Sold};

use crate::commands::item::typed_cap;
use crate::units;

/// Days from order to delivery where nobody says.
const LEAD_TIME_DAYS: u32 = 14;

/// What holds for new items where the list does not say.
#[derive(Debug, Args)]
pub(super) struct Unsaid {
    /// New items of which the file does not say how they are sold: at most CAP
    /// units wait at once, for at most DAYS days
    #[arg(long, value_name = "CAP:DAYS", group = "segment", value_parser = typed_cap)]
    backorderable: Option<(String, u32)>,
    /// The same: they are sold from stock only
    #[arg(long, group = "segment")]
    stock_only: bool,
    /// Reorder point and level to order up to, of items that have a supplier and
    /// of which neither is said
    #[arg(long, value_name = "POINT:UP_TO", value_parser = reorder)]
    reorder: Option<(String, String)>,
}

fn reorder(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once(':');
    let parts = parts.ok_or_else(|| "write POINT:UP_TO, as in 20:100".to_owned())?;
    Ok((parts.0.to_owned(), parts.1.to_owned()))
}

impl Unsaid {
    /// The whole definition: what is said, on what is known.
    pub fn whole(
        &self,
        told: &Defined,
        known: Option<&DefineItemRequest>,
    ) -> Result<DefineItemRequest, String> {
        let mut whole = known.cloned().unwrap_or_else(|| DefineItemRequest {
            sku: told.sku.to_string(),
            description: told.sku.to_string(),
            step: "1".to_owned(),
            ..DefineItemRequest::default()
        });
        let was = units::measure(&whole.unit, &whole.step);
        let measure = told.measure(&was);
        if known.is_some() && measure.step != was.step {
            recount(&mut whole, &was, &measure)?;
        }
        whole.unit.clone_from(&measure.unit);
        whole.step = measure.step.to_string();
        if let Some(description) = &told.description {
            whole.description.clone_from(description);
        }
        whole.segment = Some(self.segment(told, whole.segment.take(), &measure)?);
        whole.replenishment = self.bought(told, whole.replenishment.as_ref(), &measure)?;
        if let Some(units) = told.safety_stock {
            let mut kept = whole.protection.take().unwrap_or_default();
            kept.safety_stock = units;
            whole.protection = Some(kept).filter(|kept| *kept != Default::default());
        }
        Ok(whole)
    }

    /// What happens to an order when no stock is free.
    fn segment(
        &self,
        told: &Defined,
        known: Option<Segment>,
        measure: &Measure,
    ) -> Result<Segment, String> {
        let implied = match (&told.substitutes, told.cap) {
            (Some(_), _) => Some(Sold::Substitutable),
            (None, Some(_)) => Some(Sold::Backorderable),
            (None, None) => None,
        };
        let stays = known.as_ref().map(|known| match known {
            Segment::Backorderable(_) => Sold::Backorderable,
            Segment::Substitutable(_) => Sold::Substitutable,
            Segment::StockOnly(_) => Sold::StockOnly,
        });
        let new = if self.stock_only {
            Sold::StockOnly
        } else {
            Sold::Backorderable
        };
        let sold = told.sold.or(implied).or(stays).unwrap_or(new);
        has_place(told, sold)?;
        match sold {
            Sold::StockOnly => Ok(Segment::StockOnly(StockOnly {})),
            Sold::Substitutable => substitutable(told, known),
            Sold::Backorderable => self.backorderable(told, known.as_ref(), measure),
        }
    }

    fn backorderable(
        &self,
        told: &Defined,
        known: Option<&Segment>,
        measure: &Measure,
    ) -> Result<Segment, String> {
        let known = match known {
            Some(Segment::Backorderable(of)) => Some(of),
            Some(Segment::Substitutable(_) | Segment::StockOnly(_)) | None => None,
        };
        let typed = match &self.backorderable {
            Some((cap, days)) => Some((steps(measure, cap)?, *days)),
            None => None,
        };
        let cap = told.cap.or(known.map(|of| of.cap)).or(typed.map(|of| of.0));
        let days = told.wait_days.or(known.map(|of| of.longest_wait_days));
        let days = days.or(typed.map(|of| of.1));
        let (Some(cap), Some(longest_wait_days)) = (cap, days) else {
            return Err(
                "what happens without free stock is not said: columns sold, cap and wait_days, \
                 or --backorderable CAP:DAYS or --stock-only"
                    .to_owned(),
            );
        };
        Ok(Segment::Backorderable(Backorderable {
            cap,
            longest_wait_days,
        }))
    }

    /// How it is bought; not at all, if nobody says from whom.
    fn bought(
        &self,
        told: &Defined,
        known: Option<&Replenishment>,
        measure: &Measure,
    ) -> Result<Option<Replenishment>, String> {
        let supplier = told.supplier.as_ref().map(ToString::to_string);
        let supplier = supplier.or_else(|| known.map(|it| it.supplier_id.clone()));
        let Some(supplier_id) = supplier else {
            let said = [
                (Field::ReorderPoint, told.reorder_point),
                (Field::OrderUpTo, told.order_up_to),
                (Field::Pack, told.pack),
                (Field::LeadTimeDays, told.lead_time_days),
            ];
            return match figures(&said) {
                None => Ok(None),
                Some(said) => Err(format!(
                    "it says how it is bought ({said}), but not from whom: column supplier"
                )),
            };
        };
        let typed = match &self.reorder {
            Some((point, up_to)) => Some((steps(measure, point)?, steps(measure, up_to)?)),
            None => None,
        };
        let point = told.reorder_point.or(known.map(|it| it.reorder_point));
        let up_to = told.order_up_to.or(known.map(|it| it.order_up_to));
        let (Some(reorder_point), Some(order_up_to)) = (
            point.or(typed.map(|it| it.0)),
            up_to.or(typed.map(|it| it.1)),
        ) else {
            return Err(
                "it has a supplier, but it is not said when to buy: columns reorder_point and \
                 order_up_to, or --reorder POINT:UP_TO"
                    .to_owned(),
            );
        };
        let one = || steps(measure, "1").unwrap_or(1);
        let pack = told.pack.or(known.map(|it| it.pack_size));
        let lead = told.lead_time_days.or(known.map(|it| it.lead_time_days));
        Ok(Some(Replenishment {
            supplier_id,
            reorder_point,
            order_up_to,
            pack_size: pack.unwrap_or_else(one),
            lead_time_days: lead.unwrap_or(LEAD_TIME_DAYS),
        }))
    }
}

/// Which of these are said. 0 stands in many an export where nothing is said.
fn figures(said: &[(Field, Option<u32>)]) -> Option<String> {
    let said = said
        .iter()
        .filter(|(_, figure)| figure.is_some_and(|it| it > 0));
    let names: Vec<&str> = said.map(|(field, _)| field.name()).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// What is said of an order that waits, or of what is offered instead, of an item that is sold so.
fn has_place(told: &Defined, sold: Sold) -> Result<(), String> {
    let of_waiting = [(Field::Cap, told.cap), (Field::WaitDays, told.wait_days)];
    let substitutes = told.substitutes.as_ref().map(|_| 1);
    let of_offer = [
        (Field::Substitutes, substitutes),
        (Field::OfferDays, told.offer_days),
    ];
    let (said, is) = match sold {
        Sold::StockOnly => (
            figures(&[of_waiting, of_offer].concat()),
            "sold from stock only (stock_only)",
        ),
        Sold::Substitutable => (figures(&of_waiting), "substitutable"),
        Sold::Backorderable => (figures(&of_offer), "backorderable"),
    };
    match said {
        None => Ok(()),
        Some(said) => Err(format!(
            "the item is {is}, so {said} has no meaning: leave it blank, or say another `sold`"
        )),
    }
}

fn substitutable(told: &Defined, known: Option<Segment>) -> Result<Segment, String> {
    let known = match known {
        Some(Segment::Substitutable(of)) => Some(of),
        Some(Segment::Backorderable(_) | Segment::StockOnly(_)) | None => None,
    };
    let said = told.substitutes.as_ref();
    let said = said.map(|skus| skus.iter().map(ToString::to_string).collect());
    let stays = known.as_ref().map(|of| of.alternatives.clone());
    let alternatives: Option<Vec<String>> = said.or(stays);
    let alternatives = alternatives.ok_or_else(|| {
        "it is substitutable, but nothing is named instead: column substitutes".to_owned()
    })?;
    Ok(Segment::Substitutable(Substitutable {
        alternatives,
        offer_days: told.offer_days.or(known.and_then(|of| of.offer_days)),
    }))
}

/// So many steps of an item are what is said in its unit.
fn steps(measure: &Measure, text: &str) -> Result<u32, String> {
    let steps = measure.read(text).map_err(|error| error.to_string())?;
    u32::try_from(steps).map_err(|_| format!("{text} is too much"))
}

/// What was defined in steps of one size is told in those of another.
fn recount(whole: &mut DefineItemRequest, was: &Measure, is: &Measure) -> Result<(), String> {
    let again = |units: &mut u32| steps(is, &was.number(*units)).map(|steps| *units = steps);
    if let Some(Segment::Backorderable(of)) = &mut whole.segment {
        again(&mut of.cap)?;
    }
    if let Some(bought) = &mut whole.replenishment {
        again(&mut bought.reorder_point)?;
        again(&mut bought.order_up_to)?;
        again(&mut bought.pack_size)?;
    }
    if let Some(kept) = &mut whole.protection {
        again(&mut kept.safety_stock)?;
        for level in &mut kept.channels {
            again(&mut level.units)?;
        }
        for level in &mut kept.tiers {
            again(&mut level.units)?;
        }
    }
    Ok(())
}
