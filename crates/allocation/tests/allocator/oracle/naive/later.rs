//! From when a line may take stock, asked of its item and of its order every time.

use domain::ids::{DAY_MS, Timestamp};

use super::{Line, Naive};

fn day(at: Timestamp) -> i64 {
    at.as_ms().div_euclid(DAY_MS)
}

impl Naive {
    /// The first day on which a line may take stock: an order that takes all or nothing takes on
    /// the last of the days of its lines.
    fn opens_on(&self, line: &Line) -> i64 {
        let together = |other: &&Line| {
            let wanted = other.order == line.order && other.tally.wanted() > 0;
            if line.ship_complete {
                wanted
            } else {
                other.order == line.order && other.number == line.number
            }
        };
        let lines = self.lines.iter().filter(together);
        lines.map(|line| self.own_day(line)).max().unwrap_or(0)
    }

    fn own_day(&self, line: &Line) -> i64 {
        let Some(item) = self.items.get(&line.sku) else {
            return 0;
        };
        let wanted = item.reserve_days_before.zip(line.requested_at);
        let wanted = wanted.map(|(days, at)| day(at) - i64::from(days));
        let released = item.releases_at.map(day);
        wanted.max(released).unwrap_or(0)
    }

    /// A line may take stock now.
    pub fn may_now(&self, line: &Line, now: Timestamp) -> bool {
        line.suspended.is_none() && self.opens_on(line) <= day(now)
    }

    /// When a line may take stock that may not yet.
    pub fn opens_at(&self, line: &Line, now: Timestamp) -> Option<Timestamp> {
        // Nobody knows when a suspended order goes on.
        let known = line.suspended.is_none().then(|| self.opens_on(line));
        let later = known.filter(|opens| *opens > day(now));
        later.map(|opens| Timestamp::from_ms(opens * DAY_MS))
    }

    /// Nobody is given any of an item before it is released.
    pub fn is_released(&self, sku: &str, now: Timestamp) -> bool {
        let item = self.items.get(sku);
        let at = item.and_then(|item| item.releases_at);
        at.is_none_or(|at| day(at) <= day(now))
    }
}
