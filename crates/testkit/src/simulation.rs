//! Five rooms, two instances of each, one log in memory, one seed.
//!
//! A seeded scheduler lets them fold late, lose acknowledgements, lose commits, meet conflicts,
//! stop and start from old snapshots or from nothing, while an outside world orders, cancels,
//! receives, miscounts, ships and repeats itself. After every step the log is counted
//! independently and each room's own invariants are asked. The rooms run the very code that the
//! services run: `chassis::turn`.

mod asked;
mod baskets;
mod chance;
mod clerk;
mod floor;
mod names;
mod rooms;
mod seat;
mod world;

use std::collections::BTreeSet;

use allocation::Allocator;
use audit::Audit;
use domain::decider::{Projection, Recorded};
use domain::ids::{Position, Revision, Timestamp};
use domain::inventory::Inventory;
use domain::notifier::Notifier;
use domain::orders::Orders;
use domain::supplier_gateway::SupplierGateway;
use event_log::MemoryLog;

pub use asked::{Ask, Asked};
pub use chance::Chance;
pub use rooms::Simulated;
use seat::{Seat, Seated};
use world::World;

/// Steps with faults, before all comes to rest.
const STEPS: u32 = 120;
/// Rounds without faults in which all must have come to rest.
const MAX_REST_ROUNDS: u32 = 2_000;

/// One cell, one seed.
pub struct Simulation {
    chance: Chance,
    log: MemoryLog,
    now: Timestamp,
    seats: Vec<Box<dyn Seated>>,
    world: World,
    audit: Audit,
    audited: Revision,
    identities: BTreeSet<String>,
}

impl Simulation {
    /// A cell before its first order.
    pub fn new(seed: u64) -> Self {
        let seats: Vec<Box<dyn Seated>> = vec![
            Box::new(Seat::<Orders>::default()),
            Box::new(Seat::<Orders>::default()),
            Box::new(Seat::<Inventory>::default()),
            Box::new(Seat::<Inventory>::default()),
            Box::new(Seat::<Allocator>::default()),
            Box::new(Seat::<Allocator>::default()),
            Box::new(Seat::<SupplierGateway>::default()),
            Box::new(Seat::<SupplierGateway>::default()),
            Box::new(Seat::<Notifier>::default()),
            Box::new(Seat::<Notifier>::default()),
        ];
        Self {
            chance: Chance::new(seed),
            log: MemoryLog::named("simulation"),
            now: Timestamp::from_ms(1_763_769_600_000),
            seats,
            world: World::default(),
            audit: Audit::default(),
            audited: Revision(0),
            identities: BTreeSet::new(),
        }
    }

    /// Runs the seed to its end.
    ///
    /// # Errors
    /// The first thing that does not hold, in words.
    pub fn run(mut self) -> Result<MemoryLog, String> {
        for _ in 0..STEPS {
            self.step()?;
        }
        self.come_to_rest()?;
        self.check_at_rest()?;
        Ok(self.log)
    }

    fn step(&mut self) -> Result<(), String> {
        for asked in self.world.act(&mut self.chance, &self.audit) {
            self.hand_over(asked);
        }
        for _ in 0..self.chance.below(6) {
            let which = self.chance.index(self.seats.len());
            let Some(seat) = self.seats.get_mut(which) else {
                continue;
            };
            match self.chance.below(40) {
                0 => seat.restart(true),
                1 => seat.restart(false),
                2 => seat.save(),
                _ => {
                    let commits = self.chance.index(8).saturating_add(1);
                    seat.fold(&self.log, commits)?;
                    let retry = seat.turn(&self.log, self.now, Some(&mut self.chance))?;
                    self.world.retry_later(retry);
                }
            }
            seat.check()?;
        }
        if self.chance.below(4) == 0 {
            let hours = i64::try_from(self.chance.below(30)).unwrap_or(0);
            self.now = self.now.plus_ms(hours.saturating_mul(3_600_000));
        }
        self.count(false)
    }

    fn hand_over(&mut self, asked: Asked) {
        // Whichever instance the caller happens to reach.
        let second = self.chance.below(5) == 0;
        let mut of_room = self
            .seats
            .iter_mut()
            .filter(|seat| seat.room() == asked.room());
        if let Some(seat) = of_room.nth(usize::from(second)) {
            seat.ask(asked);
        }
    }

    /// Faults are over: every caller retries what was not answered, every room catches up and
    /// does what is due, until nothing is.
    fn come_to_rest(&mut self) -> Result<(), String> {
        for _ in 0..MAX_REST_ROUNDS {
            let before = self.log.len();
            for asked in self.world.all_unanswered() {
                self.hand_over(asked);
            }
            let mut busy = false;
            for seat in &mut self.seats {
                seat.fold(&self.log, usize::MAX)?;
                let unanswered = seat.turn(&self.log, self.now, None)?;
                busy |= !unanswered.is_empty() || !seat.is_idle();
                self.world.retry_later(unanswered);
            }
            self.count(false)?;
            if before == self.log.len() && !busy && self.world.is_answered() {
                return Ok(());
            }
        }
        Err(format!(
            "not at rest after {MAX_REST_ROUNDS} rounds: `due` never rests"
        ))
    }

    fn check_at_rest(&mut self) -> Result<(), String> {
        self.count(true)?;
        for seat in &mut self.seats {
            seat.fold(&self.log, usize::MAX)?;
            seat.check_at_rest(&self.log, &self.audit)?;
        }
        Ok(())
    }

    /// Counts what is new on the log, with an account of its own.
    fn count(&mut self, at_rest: bool) -> Result<(), String> {
        let commits = self.log.commits_after(self.audited, usize::MAX);
        for logged in commits.map_err(|error| error.to_string())? {
            self.audited = logged.revision;
            for (index, event) in (0_u32..).zip(&logged.commit.events) {
                let position = Position {
                    revision: logged.revision,
                    index,
                };
                let (as_of, at) = (logged.commit.as_of, logged.commit.at);
                self.audit.fold(
                    Recorded {
                        position,
                        as_of,
                        at,
                    },
                    event,
                );
                self.world.saw(event);
                if let Some(identity) = rooms::identity(event)
                    && !self.identities.insert(identity.clone())
                {
                    return Err(format!(
                        "{identity} stands on the log twice, again at {position}"
                    ));
                }
            }
        }
        let violations = self.audit.violations(at_rest);
        match violations.first() {
            Some(first) => Err(format!("revision {}: {first}", self.audited)),
            None => Ok(()),
        }
    }
}
