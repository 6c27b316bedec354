//! One room on a log in the making: facts of other rooms at will, its own by its own decisions
//! alone, some of them recorded only after other facts have crossed them. Must not know a room.

use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use arbtest::arbitrary::{Result, Unstructured};
use backorder_domain::command::{Outcome, RoomState};
use backorder_domain::decider::{Decider, Projection, Recorded};
use backorder_domain::event::Event;
use backorder_domain::exact::stopped;
use backorder_domain::ids::{Position, Revision, Timestamp};

use crate::corpus::Corpus;

/// What a target says of its room.
pub trait Fuzzed: Decider + Clone + PartialEq + Debug {
    /// What it decides when asked for this; nothing when it refuses, or it is no command.
    fn ask(room: &RoomState<Self>, asked: &Event, now: Timestamp) -> Option<Outcome>;
    /// What is wrong with it.
    fn wrong(&self) -> Vec<String>;
    /// What is wrong with it when nothing is due.
    fn wrong_at_rest(&self) -> Vec<String> {
        self.wrong()
    }
    /// What a side effect comes to.
    fn run(room: &RoomState<Self>, side_effect: &Self::SideEffect, now: Timestamp)
    -> Option<Event>;
}

/// The most rounds of settling after which a room must be at rest.
const MAX_ROUNDS: usize = 500;

struct Play<R> {
    room: RoomState<R>,
    now: Timestamp,
    revision: u64,
    /// Decided and not yet recorded: as of when, and what.
    under_way: Option<(Revision, Vec<Event>)>,
    /// Quantities and times are such as the doors let in, so the books must be in order.
    tame: bool,
    /// All that stands on the log, and when and as of when it was decided.
    log: Vec<(Timestamp, Revision, Event)>,
}

/// Plays one history; here and there twice, since the same choices must give the same log.
pub fn play<R: Fuzzed>(corpus: &Corpus, u: &mut Unstructured) -> Result<()> {
    let twice = u.ratio(1, 8)?;
    let choices = u.peek_bytes(u.len()).unwrap_or_default().to_vec();
    let played = played::<R>(corpus, u)?;
    if twice {
        let again = self::played::<R>(corpus, &mut Unstructured::new(&choices))?;
        assert_eq!(played.log, again.log);
        assert_eq!(played.room, again.room);
    }
    Ok(())
}

fn played<R: Fuzzed>(corpus: &Corpus, u: &mut Unstructured) -> Result<Play<R>> {
    let now = Timestamp::from_ms(1_795_000_000_000);
    let (room, tame) = (RoomState::default(), u.ratio(3, 4)?);
    let mut play = Play {
        room,
        now,
        revision: 0,
        under_way: None,
        tame,
        log: Vec::new(),
    };
    let lived = catch_unwind(AssertUnwindSafe(|| {
        while !u.is_empty() {
            match play.step(corpus, u) {
                Ok(()) => play.check(),
                Err(_) => break,
            }
        }
        play.finish();
    }));
    if let Err(panic) = lived {
        // On what no door lets in a room may stop, by exact arithmetic and nothing else.
        if tame {
            resume_unwind(panic);
        }
        let _said = stopped(|| resume_unwind(panic));
    }
    Ok(play)
}

impl<R: Fuzzed> Play<R> {
    fn step(&mut self, corpus: &Corpus, u: &mut Unstructured) -> Result<()> {
        let own = |tag: &str| {
            Event::TAGS
                .iter()
                .any(|(room, t)| *room == R::ROOM && *t == tag)
        };
        let heard = |tag: &str| {
            let hears = |(room, t): &(_, &str)| R::HEARS.contains(room) && *t == tag;
            !own(tag) && Event::TAGS.iter().any(hears)
        };
        match u.int_in_range(0..=9)? {
            0..=3 => {
                // Of facts in bounds those are told that the other room could have recorded.
                if let Some(event) = corpus.event(u, self.tame, self.now, heard)?
                    && (!self.tame || self.may_hear(&event))
                {
                    self.record(Revision(self.revision), &[event]);
                }
            }
            4..=6 if self.under_way.is_none() => {
                let asked = corpus.event(u, self.tame, self.now, own)?;
                let decided = asked
                    .as_ref()
                    .and_then(|asked| R::ask(&self.room, asked, self.now));
                if let (Some(asked), Some(Outcome::Record(event))) = (asked, decided) {
                    self.under_way = Some((Revision(self.revision), vec![event]));
                    if u.ratio(3, 4)? {
                        self.land();
                        let again = R::ask(&self.room, &asked, self.now);
                        let twice = matches!(again, Some(Outcome::Record(_)));
                        assert!(!twice, "{asked:?} was recorded twice");
                    }
                }
            }
            7 if self.under_way.is_none() => {
                let due = self.room.due(self.now).events;
                if !due.is_empty() {
                    self.under_way = Some((Revision(self.revision), due));
                }
            }
            8 => self.now = self.now.plus_ms(u.int_in_range(0..=10 * 86_400_000)?),
            _ => self.settle(),
        }
        if self.under_way.is_some() && u.ratio(1, 3)? {
            self.land();
        }
        Ok(())
    }

    fn check(&self) {
        if self.tame {
            assert_eq!(self.room.wrong(), Vec::<String>::new(), "{:?}", self.room);
        }
    }

    fn record(&mut self, as_of: Revision, events: &[Event]) {
        self.revision += 1;
        for (index, event) in (0..).zip(events) {
            let recorded = self.recorded(as_of, index);
            self.log.push((self.now, as_of, event.clone()));
            self.room.fold(recorded, event);
        }
    }

    fn recorded(&self, as_of: Revision, index: u32) -> Recorded {
        let revision = Revision(self.revision);
        Recorded {
            position: Position { revision, index },
            as_of,
            at: self.now,
        }
    }

    /// Whether a fact does not stop the room.
    fn may_hear(&self, event: &Event) -> bool {
        let mut copy = self.room.clone();
        let recorded = self.recorded(Revision(self.revision), 0);
        stopped(|| copy.fold(recorded, event)).is_none()
    }

    fn land(&mut self) {
        if let Some((as_of, events)) = self.under_way.take() {
            self.record(as_of, &events);
        }
    }

    /// Records what is due and runs what side effects ask for, until nothing is.
    fn settle(&mut self) {
        self.land();
        for _ in 0..MAX_ROUNDS {
            let due = self.room.due(self.now);
            let ran = due
                .side_effects
                .iter()
                .filter_map(|side_effect| R::run(&self.room, side_effect, self.now));
            // Each on the state that the one before it has left.
            let ran = ran.take(1).collect::<Vec<_>>();
            if due.events.is_empty() && ran.is_empty() {
                let later = due
                    .again_at
                    .is_none_or(|at| at > self.now || !due.side_effects.is_empty());
                assert!(later, "asks to be asked again at {:?}", due.again_at);
                if self.tame {
                    assert_eq!(self.room.wrong_at_rest(), Vec::<String>::new());
                }
                return;
            }
            let before = self.room.clone();
            let as_of = Revision(self.revision);
            for events in [due.events, ran] {
                if !events.is_empty() {
                    self.record(as_of, &events);
                }
            }
            assert_ne!(
                before, self.room,
                "what was due must take the state past it"
            );
            self.check();
        }
        panic!("does not come to rest: {:?}", self.room.due(self.now));
    }

    /// Comes to rest, now and at the next times at which something is due; and is the same after
    /// it was written down and read again.
    fn finish(&mut self) {
        for _ in 0..5 {
            self.settle();
            let Some(next) = self.room.due(self.now).again_at else {
                break;
            };
            self.now = self.now.max(next);
        }
        let bytes = postcard::to_stdvec(&self.room).unwrap();
        let read: RoomState<R> = postcard::from_bytes(&bytes).unwrap();
        assert_eq!(read, self.room);
        assert_eq!(read.due(self.now), self.room.due(self.now));
    }
}
