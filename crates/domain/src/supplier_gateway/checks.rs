//! Whether a supplier's word can be true of a purchase order.

use std::collections::BTreeSet;

use super::SupplierGatewayRefusal as Refusal;
use super::message::Message;
use super::purchase_order::{Line, PurchaseOrder};
use super::{
    MAX_DISPATCHES, MAX_ETA_DAYS, MAX_LINE_UNITS, MAX_MESSAGE_PARTS, MAX_PARTS, MAX_PO_LINES,
    MAX_TEXT_BYTES,
};
use crate::event::{Adapter, DatedLine, PurchaseScheduled, ScheduledLine, SupplierLine};
use crate::exact::Exact;
use crate::ids::{Sku, Timestamp};

impl PurchaseOrder {
    /// Whether the message can be true of this purchase order.
    pub(super) fn check(&self, message: &Message) -> Result<(), Refusal> {
        self.check_id(message)?;
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

    /// Nobody but a simulated supplier uses the ids of its steps.
    fn check_id(&self, message: &Message) -> Result<(), Refusal> {
        let simulated = matches!(self.adapter, Some(Adapter::Simulated(_)));
        if simulated && message.source().is_some() && self.step_of(message.id()).is_some() {
            let message = message.id().clone();
            return Err(Refusal::MessageIdMalformed { message });
        }
        Ok(())
    }

    fn check_dates(&self, lines: &[DatedLine]) -> Result<(), Refusal> {
        self.check_lines(lines.iter().map(|said| (said.line, &said.sku)))?;
        lines.iter().try_for_each(|said| self.check_date(said.eta))
    }

    fn check_schedule(&self, lines: &[ScheduledLine]) -> Result<(), Refusal> {
        self.check_lines(lines.iter().map(|said| (said.line, &said.sku)))?;
        let all: usize = lines.iter().map(|said| said.parts.len()).sum();
        if all > MAX_MESSAGE_PARTS {
            return Err(Refusal::TooManyPartsTogether {
                parts: all,
                most: MAX_MESSAGE_PARTS,
            });
        }
        lines.iter().try_for_each(|said| self.check_parts(said))
    }

    fn check_parts(&self, said: &ScheduledLine) -> Result<(), Refusal> {
        let line = said.line;
        let parts = said.parts.len();
        if parts > MAX_PARTS {
            return Err(Refusal::TooManyParts {
                line,
                parts,
                most: MAX_PARTS,
            });
        }
        let pending = self.lines.get(&line).map_or(0, Line::pending);
        if let Some(said) = said.pending.filter(|said| *said != pending) {
            return Err(Refusal::PendingOutdated {
                line,
                said,
                pending,
            });
        }
        if said.parts.iter().any(|part| part.quantity == 0) {
            return Err(Refusal::QuantityOutOfRange { line, units: 0 });
        }
        let of = said.parts.iter().map(|part| u64::from(part.quantity));
        let gone = self.lines.get(&line).map_or(0, Line::gone);
        let units = u64::from(gone).plus(of.sum());
        if units > u64::from(MAX_LINE_UNITS) {
            return Err(Refusal::QuantityOutOfRange { line, units });
        }
        let mut dates = said.parts.iter().filter_map(|part| part.eta);
        dates.try_for_each(|eta| self.check_date(eta))
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
                let (line, units) = (said.line, 0);
                return Err(Refusal::QuantityOutOfRange { line, units });
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
