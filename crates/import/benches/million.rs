//! A million rows of orders, read and put together: how long it takes, and how much memory. Rows of
//! one order stand far apart, and some take back without naming an order, so that everything is
//! sorted that can be.
//!
//! `just bench-import`, or with another count of rows as its argument.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark tells what a clock showed"
)]

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;

use backorder_import::{Entries, Entry, ReadAs, Source};

/// The most seconds that a million rows may take.
const MOST_SECONDS: u64 = 60;
/// The most megabytes that they may take.
const MOST_MEGABYTES: u64 = 200;
/// How many items there are.
const ITEMS: u64 = 20_000;

fn main() -> Result<(), Box<dyn Error>> {
    let said = std::env::args().skip(1).find_map(|word| word.parse().ok());
    let rows: u64 = said.unwrap_or(1_000_000);
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("orders.csv");
    write(&path, rows)?;
    let megabytes = std::fs::metadata(&path)?.len().div_euclid(1_000_000);
    let began = Instant::now();
    let (mut lines, mut orders, mut backs, mut left) = (0_usize, 0_u64, 0_u64, 0_u64);
    for entry in Entries::of(Source::open(&path, ReadAs::default())?)? {
        match entry? {
            Entry::Purchase(order) => {
                orders = orders.saturating_add(1);
                lines = lines.saturating_add(order.rows.len());
            }
            Entry::Return(_) => backs = backs.saturating_add(1),
            Entry::Left(_) => left = left.saturating_add(1),
        }
    }
    let seconds = began.elapsed().as_secs_f64();
    let memory = most_megabytes();
    println!(
        "{rows} rows ({megabytes} MB): {orders} orders of {lines} lines, {backs} rows that take \
         back, {left} left\n{seconds:.1} s, at most {memory} MB of memory"
    );
    if rows <= 1_000_000 && (began.elapsed().as_secs() >= MOST_SECONDS || memory > MOST_MEGABYTES) {
        return Err(format!("over {MOST_SECONDS} s or {MOST_MEGABYTES} MB").into());
    }
    Ok(())
}

/// Four rows an order, a quarter of the file apart; every hundredth row takes back.
fn write(path: &Path, rows: u64) -> Result<(), Box<dyn Error>> {
    let mut file = BufWriter::new(File::create(path)?);
    writeln!(
        file,
        "order,customer,email,sku,quantity,placed_at,unit_price,country"
    )?;
    let orders = rows.div_ceil(4).max(1);
    for row in 0..rows {
        let order = row.checked_rem(orders).unwrap_or_default();
        let customer = order.checked_rem(50_000).unwrap_or_default();
        let sku = row
            .wrapping_mul(7_919)
            .checked_rem(ITEMS)
            .unwrap_or_default();
        let day = order.checked_rem(28).unwrap_or_default().saturating_add(1);
        let (number, quantity) = match row.checked_rem(100) {
            Some(99) => (format!("R{row}"), -1),
            _ => (order.to_string(), 2),
        };
        writeln!(
            file,
            "{number},c{customer},c{customer}@shop.example,SKU-{sku:05},{quantity},\
             2026-10-{day:02} 08:26,12.50,Germany"
        )?;
    }
    file.flush()?;
    Ok(())
}

/// The most memory that the process ever had; 0 where the system does not tell.
fn most_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next());
    let kilobytes: u64 = kilobytes
        .and_then(|text| text.parse().ok())
        .unwrap_or_default();
    kilobytes.div_euclid(1_000)
}
