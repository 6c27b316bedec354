//! `what-if`: a span of the log played again in other worlds.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};

use api::allocator::v1::{RankingRule, WhatIfRequest, WhatIfResponse, WhatIfScenario};
use chassis::wire::stamp;
use clap::Args;
use domain::decider::Room;
use domain::ids::Timestamp;
use study::comparison::{Rows, chart, days, rows};

use crate::output::{minute, table};
use crate::problem::Problem;
use crate::rule_file;
use crate::session::Session;

/// What the recorded rules come to when they are played again.
pub(crate) const AS_IT_WAS: &str = "as it was";

/// The longest SKU that a world is called by.
const LONGEST_SKU: usize = 16;

/// Replay a span of the log under other rules or supply, and compare; writes nothing
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder what-if --rule value.toml --plot waits.svg
  backorder what-if --rule value.toml --rule first-come.toml --from 2026-10-01
  backorder what-if --cap 100            with at most 100 units waiting an item
  backorder what-if --supply-days 7      with every delivery a week later
  backorder what-if --supply-days -2 --from 2026-10-01 --to 2026-11-01
  backorder what-if --supply-percent 80  with four of five units coming
  backorder what-if --supply-percent 150 --supply-sku BOLT --supply-sku NUT
  backorder what-if --fair-share         with stock divided, not given by rank

The recorded world is measured first; `as it was` plays it again by its own
rules, to compare the others with. Customers and buyers do in each world what
they really did. A chart is written as SVG, which any browser shows.")]
pub(crate) struct WhatIf {
    /// A file with a ranking rule, as for `rule set`; each one is a scenario of its own
    #[arg(long, value_name = "FILE", num_args = 1)]
    rule: Vec<PathBuf>,
    /// Cap: the most units that may wait for a backorderable item
    #[arg(long, value_name = "UNITS")]
    cap: Option<u32>,
    /// Days by which deliveries and their dates come later, or earlier if negative
    #[arg(
        long,
        value_name = "DAYS",
        default_value_t = 0,
        allow_negative_numbers = true,
        value_parser = clap::value_parser!(i32).range(-365..=365)
    )]
    supply_days: i32,
    /// Of all that was ordered from suppliers in the span, or counted in unordered, so many percent
    /// come, in whole units
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u32).range(..=1_000))]
    supply_percent: Option<u32>,
    /// Scale the supply of this SKU only; may be given again for others
    #[arg(long, value_name = "SKU", num_args = 1, requires = "supply_percent")]
    supply_sku: Vec<String>,
    /// Divide each item's free stock in fair shares among those who wait; items that keep levels
    /// for channels or tiers stay as they are
    #[arg(long)]
    fair_share: bool,
    #[command(flatten)]
    span: Span,
    /// Draw open backorders and waits over time, as SVG
    #[arg(long, value_name = "FILE.svg", value_parser = svg)]
    plot: Option<PathBuf>,
}

/// Which part of the log is played again.
#[derive(Debug, Args)]
pub(crate) struct Span {
    /// The first revision, day or time that is played again [default: the begin of the log]
    #[arg(long, value_name = "WHEN", value_parser = cut)]
    from: Option<Cut>,
    /// The last one [default: the end of the log]
    #[arg(long, value_name = "WHEN", value_parser = cut)]
    to: Option<Cut>,
}

impl Span {
    /// A question about this span.
    pub fn request(&self, scenarios: Vec<WhatIfScenario>) -> WhatIfRequest {
        let mut request = WhatIfRequest {
            scenarios,
            ..Default::default()
        };
        match self.from {
            Some(Cut::Revision(revision)) => request.from_revision = revision,
            Some(Cut::Day(at) | Cut::Time(at)) => request.from_at = Some(stamp(at)),
            None => {}
        }
        match self.to {
            Some(Cut::Revision(revision)) => request.to_revision = revision,
            Some(Cut::Day(at)) => request.to_at = Some(stamp(at.plus_days(1).plus_ms(-1))),
            Some(Cut::Time(at)) => request.to_at = Some(stamp(at)),
            None => {}
        }
        request
    }
}

/// A place on the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    Revision(u64),
    /// A day: from its begin, to its end.
    Day(Timestamp),
    Time(Timestamp),
}

fn cut(text: &str) -> Result<Cut, String> {
    if let Ok(revision) = text.parse::<u64>() {
        return match revision {
            0 => Err("revisions are counted from 1".into()),
            revision => Ok(Cut::Revision(revision)),
        };
    }
    if let Ok(day) = Timestamp::parse(&format!("{text}T00:00:00Z")) {
        return Ok(Cut::Day(day));
    }
    let time = Timestamp::parse(text).map(Cut::Time);
    time.map_err(|_| "give a revision, a day such as 2026-11-22, or a time in RFC 3339".into())
}

fn svg(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    if path
        .extension()
        .is_some_and(|it| it.eq_ignore_ascii_case("svg"))
    {
        return Ok(path);
    }
    Err("only SVG is written: name a file that ends in .svg".into())
}

impl WhatIf {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        let doors = &session.doors;
        if let Some(file) = &self.plot {
            may_write(file)?;
        }
        let mut client = doors.allocator()?;
        let call = client.what_if(self.request()?);
        let answer = doors.ask(Room::Allocator, "WhatIf", call).await?;
        session.out.show(&answer, words);
        if let Some(file) = &self.plot {
            write(file, &chart(&answer, "What if").svg())?;
            eprintln!("drawn to {}", file.display());
        }
        Ok(())
    }

    fn request(&self) -> Result<WhatIfRequest, Problem> {
        let mut scenarios = vec![WhatIfScenario {
            name: AS_IT_WAS.into(),
            ..Default::default()
        }];
        let mut named = Vec::new();
        named.extend(self.cap.map(|cap| format!("cap {cap}")));
        if self.supply_days != 0 {
            named.push(format!("supply {:+} d", self.supply_days));
        }
        named.extend(self.supply_percent.map(|percent| {
            let skus = match self.supply_sku.as_slice() {
                [] => String::new(),
                [sku] if sku.chars().count() <= LONGEST_SKU => format!(" of {sku}"),
                skus => format!(" of {} SKUs", skus.len()),
            };
            format!("supply {percent} %{skus}")
        }));
        if self.fair_share {
            named.push("fair share".into());
        }
        let world = |rule: Option<(String, RankingRule)>| {
            let (file, rule) = rule.unzip();
            let names: Vec<String> = file.into_iter().chain(named.iter().cloned()).collect();
            WhatIfScenario {
                name: names.join(", "),
                rule,
                cap: self.cap,
                fair_share: self.fair_share.then_some(true),
                supply_days: self.supply_days,
                supply_percent: self.supply_percent,
                supply_skus: self.supply_sku.clone(),
            }
        };
        for file in &self.rule {
            let name = file.file_stem().unwrap_or(file.as_os_str());
            let rule = rule_file::read(file)?;
            scenarios.push(world(Some((name.to_string_lossy().into_owned(), rule))));
        }
        if self.rule.is_empty() && !named.is_empty() {
            scenarios.push(world(None));
        }
        Ok(self.span.request(scenarios))
    }
}

/// The comparison as a table.
fn words(answer: &WhatIfResponse) -> String {
    let Rows { columns, rows } = rows(answer);
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let lag = match answer.pick_and_ship_ms {
        Some(ms) => format!("goods leave {} days after they are assigned", days(ms)),
        None => "nothing was shipped, so nothing is".into(),
    };
    format!(
        "{}\n\nfrom {} to {}; {lag}",
        table(&columns, rows),
        minute(answer.from.as_ref()),
        minute(answer.to.as_ref()),
    )
}

/// Writes a file.
fn write(file: &Path, text: &str) -> Result<(), Problem> {
    std::fs::write(file, text).map_err(|error| unwritable(file, &error))
}

/// Whether a file can be written, before the work is done of which it is told. What stands in it
/// stays.
fn may_write(file: &Path) -> Result<(), Problem> {
    let is_new = !file.exists();
    let opened = OpenOptions::new().append(true).create(true).open(file);
    opened.map_err(|error| unwritable(file, &error))?;
    if is_new {
        std::fs::remove_file(file).map_err(|error| unwritable(file, &error))?;
    }
    Ok(())
}

fn unwritable(file: &Path, error: &std::io::Error) -> Problem {
    Problem::failed(
        format!("the file cannot be written: {error}"),
        &file.display().to_string(),
        "name a file that can be written",
    )
}

#[cfg(test)]
mod tests {
    use api::allocator::v1::{WhatIfMeasures, WhatIfWorld};

    use super::*;

    #[derive(clap::Parser)]
    struct Words {
        #[command(flatten)]
        what_if: WhatIf,
    }

    fn request(words: &[&str]) -> WhatIfRequest {
        let words = [&["what-if"], words].concat();
        <Words as clap::Parser>::try_parse_from(words)
            .unwrap()
            .what_if
            .request()
            .unwrap()
    }

    #[test]
    fn the_recorded_rules_are_always_played_again_beside_what_is_asked() {
        let asked = request(&["--cap", "9", "--supply-days", "-2"]);
        let names: Vec<_> = asked.scenarios.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, [AS_IT_WAS, "cap 9, supply -2 d"]);
        assert_eq!(
            (asked.scenarios[1].cap, asked.scenarios[1].supply_days),
            (Some(9), -2)
        );
        assert_eq!(request(&[]).scenarios.len(), 1);
        let asked = request(&["--supply-percent", "80", "--supply-sku", "BOLT"]);
        let world = &asked.scenarios[1];
        assert_eq!(world.name, "supply 80 % of BOLT");
        assert_eq!(
            (world.supply_percent, world.supply_skus.as_slice()),
            (Some(80), ["BOLT".to_owned()].as_slice())
        );
    }

    #[test]
    fn the_table_stands_a_measure_a_row_and_a_world_a_column() {
        let world = |name: &str, wait_mean_ms| WhatIfWorld {
            name: name.into(),
            overall: Some(WhatIfMeasures {
                lines: 8,
                at_once_lines: 5,
                wait_mean_ms,
                ..Default::default()
            }),
            ..Default::default()
        };
        let told = words(&WhatIfResponse {
            worlds: vec![world("recorded", 86_400_000), world("tiers", 43_200_000)],
            ..Default::default()
        });
        let row = |name: &str| {
            let line = told.lines().find(|line| line.starts_with(name)).unwrap();
            line.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(row("MEASURE"), ["MEASURE", "RECORDED", "TIERS"]);
        assert_eq!(row("filled at once")[3..], ["62.5", "%", "62.5", "%"]);
        assert_eq!(row("wait, mean days")[3..], ["1.0", "0.5"]);
        assert_eq!(row("from")[..4], ["from", "-", "to", "-;"]);
    }

    #[test]
    fn an_unwritable_file_is_found_before_the_work() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("waits.svg");
        may_write(&file).unwrap();
        assert!(!file.exists());
        write(&file, "drawn").unwrap();
        may_write(&file).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "drawn");
        assert!(may_write(&dir.path().join("none").join("waits.svg")).is_err());
    }

    #[test]
    fn a_span_is_told_by_revisions_days_or_times() {
        let asked = request(&["--from", "12", "--to", "2026-11-22"]);
        assert_eq!((asked.from_revision, asked.to_revision), (12, 0));
        let last = Timestamp::parse("2026-11-22T23:59:59.999Z").unwrap();
        assert_eq!(asked.to_at, Some(stamp(last)));
        assert!(cut("yesterday").is_err() && cut("0").is_err());
        assert!(svg("waits.png").is_err());
    }
}
