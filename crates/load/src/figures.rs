//! When answers came and how long they took. Must not know what was asked.

use std::time::Duration;

use tokio::time::Instant;
use tonic::{Code, Status};

/// The answers that came within a span of time.
#[derive(Debug, Clone)]
pub struct Figures {
    began: Instant,
    span: Duration,
    /// How long each took, sorted once it is [`done`](Self::done).
    took: Vec<Duration>,
    /// When each came, after the beginning; sorted likewise.
    came: Vec<Duration>,
    failed: u64,
    failure: Option<String>,
}

impl Figures {
    /// None yet.
    pub fn new(began: Instant, span: Duration) -> Self {
        Self {
            began,
            span,
            took: Vec::new(),
            came: Vec::new(),
            failed: 0,
            failure: None,
        }
    }

    /// Whether the span is over.
    pub fn is_over(&self) -> bool {
        self.began.elapsed() >= self.span
    }

    /// Counts an answer, unless it came after the span. A refusal of the business is an answer.
    pub fn add<T>(&mut self, asked: Instant, answer: &Result<T, Status>) {
        let came = self.began.elapsed();
        if came > self.span {
            return;
        }
        let refused = |code| matches!(code, Code::FailedPrecondition | Code::NotFound);
        match answer {
            Err(status) if !refused(status.code()) => {
                self.failed = self.failed.saturating_add(1);
                self.failure.get_or_insert_with(|| status.to_string());
            }
            Ok(_) | Err(_) => {
                self.took.push(asked.elapsed());
                self.came.push(came);
            }
        }
    }

    /// Takes in those of another caller in the same span.
    pub fn join(&mut self, other: Self) {
        self.took.extend(other.took);
        self.came.extend(other.came);
        self.failed = self.failed.saturating_add(other.failed);
        self.failure = self.failure.take().or(other.failure);
    }

    /// No more come.
    pub fn done(mut self) -> Self {
        self.took.sort_unstable();
        self.came.sort_unstable();
        self
    }

    /// Answers a second.
    pub fn rate(&self) -> f64 {
        float(self.took.len()) / self.span.as_secs_f64()
    }

    /// The time within which so many percent of the answers came.
    pub fn percentile_ms(&self, percent: usize) -> f64 {
        let at = self.took.len().saturating_mul(percent).div_ceil(100);
        let found = self.took.get(at.saturating_sub(1));
        found.map_or(f64::NAN, |took| ms(*took))
    }

    /// The longest time without an answer, from the beginning to the end of the span.
    pub fn longest_silence_ms(&self) -> f64 {
        let ends = self.came.iter().copied().chain([self.span]);
        let begins = std::iter::once(Duration::ZERO).chain(self.came.iter().copied());
        let silences = begins
            .zip(ends)
            .map(|(begin, end)| end.saturating_sub(begin));
        ms(silences.max().unwrap_or(self.span))
    }

    /// How many were no answer.
    pub const fn failed(&self) -> u64 {
        self.failed
    }

    /// What the first of those said.
    pub fn failure(&self) -> Option<String> {
        self.failure.clone()
    }
}

/// The middle one; of an even number the upper of the two.
pub fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len().checked_div(2).unwrap_or_default();
    values.get(middle).copied().unwrap_or(f64::NAN)
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

fn float(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::NAN, f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn rate_percentiles_and_the_longest_silence_are_of_the_span_alone() {
        let began = Instant::now();
        let mut figures = Figures::new(began, Duration::from_secs(1));
        let step = |ms| tokio::time::sleep(Duration::from_millis(ms));
        for _ in 0..10 {
            let asked = Instant::now();
            step(50).await;
            figures.add(asked, &Ok(()));
        }
        let asked = Instant::now();
        step(200).await;
        figures.add(asked, &Err::<(), _>(Status::not_found("a no is an answer")));
        figures.add(asked, &Err::<(), _>(Status::unavailable("nobody is there")));
        assert!(!figures.is_over());
        step(400).await;
        figures.add(asked, &Ok(()));
        assert!(figures.is_over());
        let figures = figures.done();
        assert!((figures.rate() - 11.0).abs() < 1e-9);
        assert!((figures.percentile_ms(50) - 50.0).abs() < 1e-9);
        assert!((figures.percentile_ms(99) - 200.0).abs() < 1e-9);
        assert!((figures.longest_silence_ms() - 300.0).abs() < 1e-9);
        assert_eq!(figures.failed(), 1);
        assert!(figures.failure().unwrap().contains("nobody is there"));
    }
}
