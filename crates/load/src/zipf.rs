//! Which item is asked for: few are wanted by many. Zipf's law with the exponent that YCSB has made
//! usual (Cooper and others, "Benchmarking cloud serving systems with YCSB", 2010).

/// YCSB's exponent.
const EXPONENT: f64 = 0.99;

/// Ranks from 0, the lower the likelier.
#[derive(Debug)]
pub struct Zipf {
    /// For each rank, the weight of it and of all before it.
    sums: Vec<f64>,
}

impl Zipf {
    /// Of so many.
    pub fn new(many: u32) -> Self {
        let weights = (1..=many).map(|rank| f64::from(rank).powf(-EXPONENT));
        let sum = |sum: &mut f64, weight| {
            *sum += weight;
            Some(*sum)
        };
        Self {
            sums: weights.scan(0.0, sum).collect(),
        }
    }

    /// One of them.
    pub fn pick(&self, random: &mut fastrand::Rng) -> usize {
        let all = self.sums.last().copied().unwrap_or_default();
        let at = random.f64() * all;
        let last = self.sums.len().saturating_sub(1);
        self.sums.partition_point(|sum| *sum <= at).min(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_picked_as_often_as_its_weight_says() {
        let zipf = Zipf::new(10_000);
        let mut random = fastrand::Rng::with_seed(7);
        let picks: Vec<usize> = (0..100_000).map(|_| zipf.pick(&mut random)).collect();
        let share = |rank| {
            f64::from(u32::try_from(picks.iter().filter(|it| **it == rank).count()).unwrap())
                / 100_000.0
        };
        // The sum of n^-0.99 from 1 to 10,000 is 10.22.
        assert!((share(0) - 0.0978).abs() < 0.005, "{}", share(0));
        assert!((share(1) - 0.0493).abs() < 0.005, "{}", share(1));
        assert!(picks.iter().all(|pick| *pick < 10_000));
    }
}
