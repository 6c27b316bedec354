//! How far a shop is played, on standard error, and only if that is a terminal.

use std::time::Duration;

use demo::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output::many;

/// How often the bar is drawn anew.
const DRAWN_EVERY: Duration = Duration::from_millis(200);

/// A bar of the rows that were played.
#[derive(Default)]
pub(crate) struct Bar(Option<ProgressBar>);

impl Bar {
    /// Draws it as far as the shop is played.
    pub fn show(&mut self, progress: Progress) {
        let bar = self.0.get_or_insert_with(|| new(progress.rows));
        bar.set_position(progress.done);
        let (day, waiting) = (progress.now.date(), progress.waiting);
        bar.set_message(format!("{day}  {} waiting", many(size(waiting), "line")));
        if progress.done >= progress.rows {
            bar.finish();
        }
    }
}

fn size(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// It stands when all was played, and is taken away where the playing ends before.
impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(bar) = self.0.as_ref().filter(|bar| !bar.is_finished()) {
            bar.finish_and_clear();
        }
    }
}

fn new(rows: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(rows), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{bar:32} {pos:>7}/{len} rows  {msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(DRAWN_EVERY);
    bar
}

/// A bar of something that is counted, on standard error, and only if that is a terminal.
pub(crate) struct Count(ProgressBar);

impl Count {
    /// Up to a number that is known.
    pub fn new(end: u64, of: &'static str) -> Self {
        Self::drawn(Some(end), "{bar:32} {pos:>9}/{len} {msg}", of)
    }

    /// Up to nobody knows where.
    pub fn endless(of: &'static str) -> Self {
        Self::drawn(None, "{spinner} {pos:>9} {msg}", of)
    }

    fn drawn(end: Option<u64>, template: &str, of: &'static str) -> Self {
        let bar = ProgressBar::with_draw_target(end, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(of);
        bar.enable_steady_tick(DRAWN_EVERY);
        Self(bar)
    }

    /// So far.
    pub fn reach(&mut self, position: u64) {
        self.0.set_position(position);
    }
}

impl Drop for Count {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
