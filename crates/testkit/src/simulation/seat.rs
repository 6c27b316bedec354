//! One instance of a room: folds, drafts, appends, forgets, begins anew.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use audit::Audit;
use chassis::turn::{Draft, Folded, Offer};
use domain::command::RoomState;
use domain::decider::{Room, SideEffect};
use domain::event::Event;
use domain::ids::{Position, Revision, Timestamp};
use event_log::{AppendError, Fault, MemoryLog};

use super::asked::{Ask, Asked};
use super::chance::Chance;
use super::rooms::Simulated;

/// An instance, whatever its room.
pub(super) trait Seated {
    fn room(&self) -> Room;
    /// A caller asks for this.
    fn ask(&mut self, asked: Asked);
    /// Folds at most so many commits.
    fn fold(&mut self, log: &MemoryLog, most: usize) -> Result<(), String>;
    /// One turn: what is due, the commands that wait, one commit. Returns what was not answered:
    /// their callers ask again.
    fn turn(
        &mut self,
        log: &MemoryLog,
        now: Timestamp,
        faults: Option<&mut Chance>,
    ) -> Result<Vec<Asked>, String>;
    /// Keeps a snapshot.
    fn save(&mut self);
    /// Is killed, and begins from its snapshot or from nothing.
    fn restart(&mut self, from_snapshot: bool);
    fn is_idle(&self) -> bool;
    fn check(&self) -> Result<(), String>;
    fn check_at_rest(&self, log: &MemoryLog, audit: &Audit) -> Result<(), String>;
}

/// What is in a draft, and what waits for the next one.
type Offered<D> = (Vec<Arc<dyn Ask<D>>>, VecDeque<Arc<dyn Ask<D>>>);

/// An instance of one room.
pub(super) struct Seat<D> {
    folded: Folded<D>,
    waiting: VecDeque<Arc<dyn Ask<D>>>,
    hold: Revision,
    snapshot: Option<(Revision, Revision, Vec<u8>)>,
    idle: bool,
}

impl<D: Simulated> Default for Seat<D> {
    fn default() -> Self {
        Self {
            folded: Folded::default(),
            waiting: VecDeque::new(),
            hold: Revision(0),
            snapshot: None,
            idle: false,
        }
    }
}

impl<D: Simulated> Seat<D> {
    /// Lets the side effects that are due happen; each comes back as something to be recorded.
    fn run_side_effects(
        &mut self,
        side_effects: Vec<D::SideEffect>,
        chance: &mut Option<&mut Chance>,
    ) {
        let mut under_way = BTreeSet::new();
        for side_effect in side_effects {
            // A process may die between an effect and its record.
            let dies = chance.as_mut().is_some_and(|chance| chance.below(10) == 0);
            if under_way.insert(side_effect.key()) && !dies {
                let luck = chance.as_mut().map_or(1, |chance| chance.below(5));
                self.waiting
                    .extend(self.folded.state.perform(&side_effect, luck > 0));
            }
        }
    }

    fn offer_all(&mut self, draft: &mut Draft, log: &MemoryLog) -> Result<Offered<D>, String> {
        let (mut taken, mut later) = (Vec::new(), VecDeque::new());
        for asked in std::mem::take(&mut self.waiting) {
            let mut keys = asked.keys();
            keys.extend(asked.id());
            match draft.offer(&self.folded.state, &*asked, &keys) {
                Offer::Taken(_) => taken.push(asked),
                Offer::Later(_) | Offer::Full => later.push_back(asked),
                Offer::Before(at) => {
                    if !was_asked(log, at, (&self.folded.state, &*asked))? {
                        return Err(format!("{at} does not hold what was asked: {asked:?}"));
                    }
                }
                Offer::Nothing | Offer::Refused(_) => {}
            }
        }
        Ok((taken, later))
    }
}

/// Whether the same stands at this position, or where the event there says that it does.
fn was_asked<D: Simulated>(
    log: &MemoryLog,
    at: Position,
    (room, asked): (&RoomState<D>, &dyn Ask<D>),
) -> Result<bool, String> {
    let read = |at: Position| {
        let logged = log.read_now(at.revision);
        let index = usize::try_from(at.index).unwrap_or(usize::MAX);
        let event = logged.map(|logged| logged.commit.events.get(index).cloned());
        event.map_err(|error| error.to_string())
    };
    let mut recorded = read(at)?;
    let answers = recorded.as_ref().and_then(Event::answers);
    if let Some(earlier) = answers.and_then(|answers| answers.asked_at) {
        recorded = read(earlier)?;
    }
    Ok(recorded.is_some_and(|event| asked.was_asked(room, &event)))
}

impl<D: Simulated> Seated for Seat<D> {
    fn room(&self) -> Room {
        D::ROOM
    }

    fn ask(&mut self, asked: Asked) {
        self.waiting.extend(D::take(asked));
        self.idle = false;
    }

    fn fold(&mut self, log: &MemoryLog, most: usize) -> Result<(), String> {
        let commits = log.commits_after(self.folded.revision, most);
        for logged in commits.map_err(|error| error.to_string())? {
            self.folded
                .fold(&logged)
                .and_then(|()| self.folded.check_some())
                .map_err(|broken| broken.to_string())?;
        }
        Ok(())
    }

    fn turn(
        &mut self,
        log: &MemoryLog,
        now: Timestamp,
        mut faults: Option<&mut Chance>,
    ) -> Result<Vec<Asked>, String> {
        if self.folded.revision < self.hold {
            return Ok(Vec::new());
        }
        let due = self.folded.state.due(now);
        let mut draft = Draft::new(&self.folded, now);
        let rests = due.is_at_rest();
        for event in due.events {
            if draft.due(event).is_none() {
                break;
            }
        }
        self.run_side_effects(due.side_effects, &mut faults);
        let (taken, later) = self.offer_all(&mut draft, log)?;
        self.waiting = later;
        self.idle = rests && draft.is_empty() && self.waiting.is_empty();
        if draft.is_empty() {
            return Ok(Vec::new());
        }
        if let Some(chance) = faults {
            match chance.below(12) {
                0 => log.fault(Fault::Lost),
                1 => log.fault(Fault::AcknowledgementLost),
                2 => log.fault(Fault::InFlight),
                _ => {}
            }
        }
        let expected = draft.expected();
        match log.append_now(D::ROOM, draft.encode().1, expected) {
            Ok(_revision) => Ok(Vec::new()),
            Err(AppendError::Conflict { .. } | AppendError::Unanswered { .. }) => {
                self.hold = log.last_of(D::ROOM);
                Ok(taken.into_iter().map(D::give_back).collect())
            }
            Err(error) => Err(error.to_string()),
        }
    }

    fn save(&mut self) {
        if let Ok(bytes) = postcard::to_stdvec(&self.folded.state) {
            self.snapshot = Some((self.folded.revision, self.folded.own, bytes));
        }
    }

    fn restart(&mut self, from_snapshot: bool) {
        // The callers of what waited get no answer and ask again.
        self.hold = Revision(0);
        self.folded = Folded::default();
        if let Some((revision, own, bytes)) = self.snapshot.as_ref().filter(|_| from_snapshot)
            && let Ok(state) = postcard::from_bytes(bytes)
        {
            self.folded = Folded {
                state,
                revision: *revision,
                own: *own,
            };
        }
    }

    fn is_idle(&self) -> bool {
        self.idle
    }

    fn check(&self) -> Result<(), String> {
        let wrong = self.folded.state.wrong();
        wrong.map_or(Ok(()), |wrong| Err(format!("{}: {wrong}", D::ROOM)))
    }

    fn check_at_rest(&self, log: &MemoryLog, audit: &Audit) -> Result<(), String> {
        self.check()?;
        if let Some(wrong) = self.folded.state.wrong_at_rest(audit) {
            return Err(format!("{} at rest: {wrong}", D::ROOM));
        }
        let mut full = Folded::<D>::default();
        let commits = log.commits_after(Revision(0), usize::MAX);
        for logged in commits.map_err(|error| error.to_string())? {
            full.fold(&logged).map_err(|broken| broken.to_string())?;
        }
        if full == self.folded {
            Ok(())
        } else {
            Err(format!(
                "{}: what was lived through is not what the log says",
                D::ROOM
            ))
        }
    }
}
