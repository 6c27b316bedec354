//! How far a shop is played, on standard error, and only if that is a terminal.

use std::time::Duration;

use demo::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

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
        bar.set_message(format!("{day}  {waiting} lines wait"));
    }
}

/// It is taken away when the playing is over.
impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
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
