//! What became of each row: counted, and written to the report.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};

use domain::ids::Tier;

use crate::problem::Problem;
use import::{Purchase, Reason, Return};

/// The most tiers that are kept to be told.
const MAX_TIERS: usize = 1_000;

/// Every row is either taken or left, once.
#[derive(Default)]
pub(super) struct Account {
    pub report: Option<(PathBuf, csv::Writer<File>)>,
    pub rows: u64,
    pub taken: u64,
    pub left: BTreeMap<Reason, Lot>,
    pub placed: u64,
    /// Orders that were done elsewhere.
    pub history: u64,
    pub repeated: u64,
    /// What a list says that is so already.
    pub unchanged: u64,
    /// Numbers under which orders with other content were placed before.
    pub otherwise: u64,
    pub refused: u64,
    pub cancellations: u64,
    pub cancelled_before: u64,
    pub cancellations_refused: u64,
    /// Orders whose time the clocks of their zone showed twice.
    pub twice: u64,
    /// Orders that were taken as of another tier than they say.
    pub of_other_tier: u64,
    /// Tiers that they say, up to [`MAX_TIERS`].
    pub other_tiers: BTreeSet<Tier>,
    pub units: u64,
    pub units_unmatched: u64,
}

/// Rows that are left for one reason, and the first of them.
pub(super) struct Lot {
    pub rows: u64,
    pub row: u64,
    pub document: String,
    pub detail: String,
    /// The detail says more than the reason does.
    pub says_more: bool,
}

/// A row as the report names it.
#[derive(Clone, Copy)]
pub(super) struct Told<'a> {
    pub row: u64,
    pub document: &'a str,
    pub sku: &'a str,
}

impl Account {
    pub fn open(report: Option<&Path>) -> Result<Self, Problem> {
        let Some(path) = report else {
            return Ok(Self::default());
        };
        let mut writer = csv::Writer::from_path(path).map_err(|error| unwritten(path, &error))?;
        writer
            .write_record(["row", "document", "sku", "result", "reason", "detail"])
            .map_err(|error| unwritten(path, &error))?;
        Ok(Self {
            report: Some((path.to_owned(), writer)),
            ..Self::default()
        })
    }

    pub fn progress(&self) -> String {
        let orders = self.placed.saturating_add(self.history);
        let orders = orders.saturating_add(self.repeated);
        format!("{} rows, {orders} orders", self.rows)
    }

    fn write(
        &mut self,
        told: Told<'_>,
        result: &str,
        reason: &str,
        detail: &str,
    ) -> Result<(), Problem> {
        self.rows = self.rows.saturating_add(1);
        let Some((path, writer)) = &mut self.report else {
            return Ok(());
        };
        writer
            .write_record([
                &*cell(&told.row.to_string()),
                &*cell(told.document),
                &*cell(told.sku),
                &*cell(result),
                &*cell(reason),
                &*cell(detail),
            ])
            .map_err(|error| unwritten(path, &error))
    }

    pub fn taken(&mut self, told: Told<'_>, detail: &str) -> Result<(), Problem> {
        self.taken = self.taken.saturating_add(1);
        self.write(told, "taken", "", detail)
    }

    pub fn left(&mut self, told: Told<'_>, reason: Reason, detail: &str) -> Result<(), Problem> {
        let lot = self.left.entry(reason).or_insert_with(|| Lot {
            rows: 0,
            row: told.row,
            document: told.document.to_owned(),
            detail: detail.to_owned(),
            says_more: detail != reason.meaning(),
        });
        lot.rows = lot.rows.saturating_add(1);
        self.write(told, "left", reason.code(), detail)
    }

    /// All rows of a purchase were taken.
    pub fn purchase_taken(&mut self, purchase: &Purchase, detail: &str) -> Result<(), Problem> {
        let twice = if purchase.twice {
            self.twice = self.twice.saturating_add(1);
            "; the clocks showed its time twice: read as the first"
        } else {
            ""
        };
        let detail = format!("{detail}{twice}");
        for row in &purchase.rows {
            let told = Told {
                row: row.row,
                document: purchase.order.as_str(),
                sku: row.sku.as_str(),
            };
            self.taken(told, &detail)?;
        }
        Ok(())
    }

    /// An order was placed, or kept as history; or would be.
    pub fn count_placed(&mut self, purchase: &Purchase) {
        if purchase.ended.is_some() {
            self.history = self.history.saturating_add(1);
            return;
        }
        self.placed = self.placed.saturating_add(1);
        let units = purchase.rows.iter().map(|row| u64::from(row.quantity));
        self.units = self.units.saturating_add(units.sum());
    }

    /// It was taken as one of another tier than it says.
    pub fn count_other_tier(&mut self, purchase: &Purchase) {
        self.of_other_tier = self.of_other_tier.saturating_add(1);
        if self.other_tiers.len() < MAX_TIERS {
            self.other_tiers.insert(purchase.tier.clone());
        }
    }

    /// A purchase is left, with all its rows.
    pub fn purchase_left(
        &mut self,
        purchase: &Purchase,
        reason: Reason,
        detail: &str,
    ) -> Result<(), Problem> {
        for row in &purchase.rows {
            let told = Told {
                row: row.row,
                document: purchase.order.as_str(),
                sku: row.sku.as_str(),
            };
            self.left(told, reason, detail)?;
        }
        Ok(())
    }

    /// A row that takes back took back something.
    pub fn return_taken(
        &mut self,
        back: &Return,
        unmatched: u32,
        detail: &str,
    ) -> Result<(), Problem> {
        self.units_unmatched = self.units_unmatched.saturating_add(u64::from(unmatched));
        self.taken(Told::of(back), detail)
    }

    pub fn left_rows(&self) -> u64 {
        self.rows.saturating_sub(self.taken)
    }

    /// Rows that are left and should not be, or that somebody should look at.
    pub fn rows_to_mend(&self) -> u64 {
        let left = self.left.iter();
        let to_mend = left.filter(|(reason, _)| !reason.is_expected());
        to_mend.map(|(_, lot)| lot.rows).sum()
    }

    /// Writes the report out.
    pub fn close(&mut self) -> Result<(), Problem> {
        if let Some((path, writer)) = &mut self.report {
            writer.flush().map_err(|error| unwritten(path, &error))?;
        }
        Ok(())
    }
}

/// A cell that a spreadsheet takes for a text, whatever a shop's file says: what begins like a
/// formula gets an apostrophe before it (OWASP, "CSV Injection").
fn cell(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}").into()
    } else {
        text.into()
    }
}

impl<'a> Told<'a> {
    pub fn of(back: &'a Return) -> Self {
        Self {
            row: back.row,
            document: &back.document,
            sku: back.sku.as_str(),
        }
    }
}

fn unwritten(path: &Path, error: &dyn std::error::Error) -> Problem {
    let what = format!("{} cannot be written: {error}", path.display());
    Problem::failed(
        what,
        "--report",
        "name a file in a folder that can be written to",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_of_a_report_is_a_formula() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("report.csv");
        let mut account = Account::open(Some(&path)).unwrap();
        let told = Told {
            row: 7,
            document: "=cmd|' /C calc'!A0",
            sku: "@SUM(1)",
        };
        account.taken(told, "-1+2").unwrap();
        account.left(told, Reason::BadQuantity, "a, b").unwrap();
        drop(account);
        let written = std::fs::read_to_string(&path).unwrap();
        let rows: Vec<&str> = written.lines().skip(1).collect();
        assert_eq!(rows[0], "7,'=cmd|' /C calc'!A0,'@SUM(1),taken,,'-1+2");
        assert!(rows[1].ends_with("\"a, b\""), "{}", rows[1]);
    }
}
