//! What became of each row: counted, and written to the report.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use import::{Purchase, Reason, Return};
use serde_json::json;

use crate::output::{Format, Out, line, table};
use crate::problem::Problem;

/// Every row is either taken or left, once.
#[derive(Default)]
pub(super) struct Account {
    report: Option<(PathBuf, csv::Writer<File>)>,
    rows: u64,
    taken: u64,
    left: BTreeMap<Reason, u64>,
    pub placed: u64,
    pub repeated: u64,
    pub refused: u64,
    pub cancellations: u64,
    units: u64,
    units_unmatched: u64,
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
        let orders = self.placed.saturating_add(self.repeated);
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
        let count = self.left.entry(reason).or_default();
        *count = count.saturating_add(1);
        self.write(told, "left", reason.code(), detail)
    }

    /// All rows of a purchase were taken.
    pub fn purchase_taken(&mut self, purchase: &Purchase, detail: &str) -> Result<(), Problem> {
        for row in &purchase.rows {
            self.units = self.units.saturating_add(u64::from(row.quantity));
            let document = purchase.order.as_str();
            self.taken(
                Told {
                    row: row.row,
                    document,
                    sku: row.sku.as_str(),
                },
                detail,
            )?;
        }
        Ok(())
    }

    /// A purchase was refused, with all its rows.
    pub fn purchase_left(&mut self, purchase: &Purchase, detail: &str) -> Result<(), Problem> {
        self.refused = self.refused.saturating_add(1);
        for row in &purchase.rows {
            let document = purchase.order.as_str();
            let told = Told {
                row: row.row,
                document,
                sku: row.sku.as_str(),
            };
            self.left(told, Reason::Refused, detail)?;
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

    /// Writes the report out and tells the sums.
    pub fn close(mut self, out: Out, dry_run: bool, took: Duration) -> Result<(), Problem> {
        if let Some((path, writer)) = &mut self.report {
            writer.flush().map_err(|error| unwritten(path, &error))?;
        }
        match out.0 {
            Format::Json => out.value(&self.value(dry_run, took)),
            Format::Table => line(&self.page(dry_run, took)),
        }
        Ok(())
    }

    fn value(&self, dry_run: bool, took: Duration) -> serde_json::Value {
        let left: BTreeMap<&str, u64> = self
            .left
            .iter()
            .map(|(reason, count)| (reason.code(), *count))
            .collect();
        json!({
            "input": { "rows": self.rows, "taken": self.taken, "left": left },
            "orders": {
                "placed": self.placed, "repeated": self.repeated, "refused": self.refused,
            },
            "units": { "ordered": self.units, "taken_back_unmatched": self.units_unmatched },
            "cancellations": self.cancellations,
            "dry_run": dry_run,
            "seconds": took.as_secs_f64(),
        })
    }

    fn page(&self, dry_run: bool, took: Duration) -> String {
        let left = self.rows.saturating_sub(self.taken);
        let mut text = format!("{} rows: {} taken, {left} left\n", self.rows, self.taken);
        let reasons = self.left.iter().map(|(reason, count)| {
            vec![
                count.to_string(),
                reason.code().to_owned(),
                reason.meaning().to_owned(),
            ]
        });
        if !self.left.is_empty() {
            text.push_str(&table(&["rows", "left as", "since"], reasons));
            text.push('\n');
        }
        let (would, was) = if dry_run {
            ("would be ", "")
        } else {
            ("", " were placed before")
        };
        text.push_str(&format!(
            "{} orders of {} units {would}placed",
            self.placed, self.units
        ));
        if !dry_run {
            text.push_str(&format!(
                ", {}{was}, {} were refused",
                self.repeated, self.refused
            ));
        }
        text.push_str(&format!(
            "; {} cancellations {would}asked for; {:.1} s",
            self.cancellations,
            took.as_secs_f64()
        ));
        if let Some((path, _)) = &self.report {
            text.push_str(&format!("\neach row with its reason: {}", path.display()));
        }
        text
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
