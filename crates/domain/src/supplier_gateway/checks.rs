//! Whether a supplier's word can be true of a purchase order.

use std::collections::BTreeSet;

use super::SupplierGatewayRefusal as Refusal;
use super::message::Message;
use super::purchase_order::{Line, PurchaseOrder};
use super::{
    MAX_DISPATCHES, MAX_ETA_DAYS, MAX_MESSAGE_PARTS, MAX_PARTS, MAX_PO_LINES, MAX_TEXT_BYTES,
};
use crate::event::{DatedLine, PurchaseScheduled, ScheduledLine, SupplierLine};
use crate::exact::Exact;
use crate::ids::{Sku, Timestamp};

impl PurchaseOrder {
    /// Whether the message can be true of this purchase order.
    pub(super) fn check(&self, message: &Message) -> Result<(), Refusal> {
        match message {
            Message::Confirmed(said) => self.check_dates(&said.lines),
            Message::Delayed(said) => {
                check_reason(&said.reason)?;
                self.check_dates(&said.lines)
            }
            Message::Rejected(said) => {
                check_reason(&said.reason)?;
                self.check_units(&said.lines, Line::open)
            }
            Message::Scheduled(said) => {
                check_reason(&said.reason)?;
                self.check_schedule(&said.lines)
            }
            Message::Closed(said) => {
                check_reason(&said.reason)?;
                self.check_units(&said.lines, Line::open)
            }
            Message::Shipped(said) => {
                if self.dispatch(&said.dispatch).is_some() {
                    return Err(Refusal::DispatchUsed {
                        dispatch: said.dispatch.clone(),
                    });
                }
                if self.dispatches.len() >= MAX_DISPATCHES {
                    return Err(Refusal::TooManyDispatches {
                        most: MAX_DISPATCHES,
                    });
                }
                self.check_date(said.eta)?;
                self.check_units(&said.lines, Line::unshipped)
            }
            Message::Delivered(said) => match self.dispatch(&said.dispatch) {
                Some(_) => Ok(()),
                None => Err(Refusal::UnknownDispatch {
                    dispatch: said.dispatch.clone(),
                }),
            },
        }
    }

    fn check_dates(&self, lines: &[DatedLine]) -> Result<(), Refusal> {
        self.check_lines(lines.iter().map(|said| (said.line, &said.sku)))?;
        lines.iter().try_for_each(|said| self.check_date(said.eta))
    }

    fn check_schedule(&self, lines: &[ScheduledLine]) -> Result<(), Refusal> {
        self.check_lines(lines.iter().map(|said| (said.line, &said.sku)))?;
        let mut all = 0_usize;
        for said in lines {
            let parts = said.parts.len();
            all = all.plus(parts);
            let most = if parts > MAX_PARTS {
                MAX_PARTS
            } else {
                MAX_MESSAGE_PARTS
            };
            if parts > MAX_PARTS || all > MAX_MESSAGE_PARTS {
                return Err(Refusal::TooManyParts {
                    line: said.line,
                    parts: parts.max(all),
                    most,
                });
            }
            let mut sum = 0_u32;
            for part in &said.parts {
                let more = sum.checked_add(part.quantity).filter(|_| part.quantity > 0);
                sum = more.ok_or(Refusal::QuantityOutOfRange { line: said.line })?;
                if let Some(eta) = part.eta {
                    self.check_date(eta)?;
                }
            }
        }
        Ok(())
    }

    /// A schedule with what follows from it here: how many units more are to come than before.
    pub(super) fn scheduled(&self, said: &PurchaseScheduled) -> PurchaseScheduled {
        let mut said = said.clone();
        for line in &mut said.lines {
            let parts = line.parts.iter().map(|part| i64::from(part.quantity));
            let pending = self.lines.get(&line.line).map_or(0, Line::pending);
            line.change = parts.sum::<i64>().minus(i64::from(pending));
        }
        said
    }

    fn check_date(&self, eta: Timestamp) -> Result<(), Refusal> {
        if eta < self.ordered_at || eta > self.ordered_at.plus_days(MAX_ETA_DAYS) {
            return Err(Refusal::EtaOutOfRange {
                eta,
                ordered_at: self.ordered_at,
                most: MAX_ETA_DAYS,
            });
        }
        Ok(())
    }

    fn check_units(
        &self,
        lines: &[SupplierLine],
        allowed: impl Fn(&Line) -> u32,
    ) -> Result<(), Refusal> {
        self.check_lines(lines.iter().map(|said| (said.line, &said.sku)))?;
        for said in lines {
            if said.quantity == 0 {
                return Err(Refusal::QuantityOutOfRange { line: said.line });
            }
            let open = self.lines.get(&said.line).map_or(0, &allowed);
            if said.quantity > open {
                return Err(Refusal::MoreThanOpen {
                    line: said.line,
                    quantity: said.quantity,
                    open,
                });
            }
        }
        Ok(())
    }

    fn check_lines<'a>(
        &self,
        lines: impl ExactSizeIterator<Item = (u32, &'a Sku)>,
    ) -> Result<(), Refusal> {
        if lines.len() == 0 {
            return Err(Refusal::LinesMissing {});
        }
        if lines.len() > MAX_PO_LINES {
            return Err(Refusal::TooManyLines {
                lines: lines.len(),
                most: MAX_PO_LINES,
            });
        }
        let mut named = BTreeSet::new();
        for (number, sku) in lines {
            let Some(line) = self.lines.get(&number) else {
                return Err(Refusal::UnknownLine { line: number });
            };
            if line.sku != *sku {
                return Err(Refusal::WrongSku {
                    line: number,
                    sku: sku.clone(),
                    ordered: line.sku.clone(),
                });
            }
            if !named.insert(number) {
                return Err(Refusal::RepeatedLine { line: number });
            }
        }
        Ok(())
    }
}

fn check_reason(reason: &str) -> Result<(), Refusal> {
    if reason.len() > MAX_TEXT_BYTES {
        return Err(Refusal::ReasonMalformed {
            bytes: reason.len(),
            most: MAX_TEXT_BYTES,
        });
    }
    Ok(())
}
