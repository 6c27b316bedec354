//! What every log promises of messages that are quarantined: exactly those are passed over, by
//! every reader, and nothing else ever is.

use std::collections::BTreeSet;

use backorder_event_log::{
    Chain, FollowError, Link, Log, Mark, Offence, Quarantined, Start, last_at, time_of,
};
use domain::decider::Room;
use domain::ids::{Revision, Timestamp};

use super::places::Place;
use super::{Followed, append_all, commit, next, revisions};

/// When a stranger wrote, and when that was quarantined.
const WRITTEN_MS: i64 = 2;
const QUARANTINED_MS: i64 = 50;

/// A room's commit at a revision, as readers know it.
async fn link(log: &Log, room: Room, revision: u64) -> Link {
    if revision == 0 {
        return Link::START;
    }
    let mut followed = log.follow(&[room], Revision(revision - 1));
    let logged = next(&mut followed).await.unwrap().unwrap();
    let (revision, chain) = (logged.revision, logged.chain.unwrap());
    Link { revision, chain }
}

async fn record(place: &impl Place, at: u64, before: Link) -> Quarantined {
    let (room, body) = place.raw(Revision(at)).await;
    Quarantined {
        revision: Revision(at),
        room,
        before,
        chain: before.chain.then(&body),
        bytes: body.len().try_into().unwrap(),
        written_at: Timestamp::from_ms(WRITTEN_MS),
        offence: Offence::Stranger,
        reason: "nobody of ours wrote it".to_owned(),
        at: Timestamp::from_ms(QUARANTINED_MS),
        recorded_at: Revision(0),
    }
}

async fn error(followed: &mut Followed) -> FollowError {
    loop {
        if let Err(error) = next(followed).await.expect("it stops") {
            return error;
        }
    }
}

pub async fn what_is_quarantined_is_passed_over_by_every_reader(mut place: impl Place) {
    let log = place.log();
    append_all(&*log, &[Room::Orders, Room::Inventory]).await;
    place.put_raw(Room::Orders, "not a commit").await;
    append_all(&*log, &[Room::Inventory]).await;
    for rooms in [&Room::ALL[..], &[Room::Orders]] {
        let stopped = error(&mut log.follow(rooms, Revision(0))).await;
        assert_eq!(stopped.offender(), Some(Revision(3)), "{stopped}");
    }
    assert!(log.quarantined().is_empty());

    let before = link(&log, Room::Orders, 1).await;
    let record = record(&place, 3, before).await;
    assert!(place.quarantine(record.clone()).await);
    // The same again changes nothing.
    place.quarantine(record.clone()).await;

    let log = place.reopened().await;
    let [known] = &log.quarantined()[..] else {
        panic!("{:?}", log.quarantined());
    };
    let recorded_at = known.recorded_at;
    assert_eq!(
        **known,
        Quarantined {
            recorded_at,
            ..record.clone()
        }
    );
    for (rooms, read) in [
        (&Room::ALL[..], &[1, 2, 3, 4][..]),
        (&[Room::Orders], &[1, 3]),
        (&[Room::Inventory], &[2, 4]),
    ] {
        let mut followed = log.follow(rooms, Revision(0));
        for revision in read {
            let logged = next(&mut followed).await.unwrap().unwrap();
            assert_eq!(logged.revision, Revision(*revision), "{rooms:?}");
            let passed = logged.quarantined.as_ref().map(|it| it.revision);
            assert_eq!(passed, (*revision == 3).then_some(Revision(3)));
            assert!(*revision != 3 || logged.commit.events.is_empty());
        }
    }

    goes_on(&log, &record, recorded_at).await;
}

/// The room goes on from what was quarantined, for readers that begin anywhere.
async fn goes_on(log: &Log, record: &Quarantined, recorded_at: Revision) {
    let last = log.last(&[Room::Orders]).await.unwrap();
    assert_eq!(last, Revision(3));
    let at = log.append(Room::Orders, commit(60), last).await.unwrap();
    for after in 0..at.0 {
        let mut followed = log.follow(&[Room::Orders], Revision(after));
        let rest: Vec<u64> = [1, 3, at.0].into_iter().filter(|it| *it > after).collect();
        assert_eq!(revisions(&mut followed, rest.len()).await, rest);
    }
    // What was read of it is found again, and single reads and times agree.
    let mark = |revision| {
        let noted_in = "marks".into();
        let room = Room::Orders;
        Mark {
            room,
            link: revision,
            noted_in,
        }
    };
    let marks = vec![
        mark(record.link()),
        mark(link(log, Room::Orders, at.0).await),
    ];
    let after = Revision(3);
    let start = Start {
        after,
        marks,
        without: None,
    };
    let mut followed = log.follow_from(&[Room::Orders], start);
    assert_eq!(revisions(&mut followed, 1).await, [at.0]);
    assert!(
        log.read(Revision(3))
            .await
            .unwrap()
            .commit
            .events
            .is_empty()
    );
    assert_eq!(time_of(&**log, recorded_at).await.unwrap().as_ms(), 0);
    let found = last_at(&**log, Timestamp::from_ms(WRITTEN_MS))
        .await
        .unwrap();
    assert!(found >= Revision(4) && found < at, "{found}");
}

pub async fn a_message_is_read_as_before_unless_its_record_fits(mut place: impl Place) {
    let log = place.log();
    append_all(&*log, &[Room::Orders, Room::Orders, Room::Orders]).await;
    // One on which the room has built.
    let first = link(&log, Room::Orders, 1).await;
    let built_upon = record(&place, 2, first).await;
    assert!(!place.quarantine(built_upon).await);
    // Other bytes than those that stand there, or after another commit.
    let place_of_last = record(&place, 3, link(&log, Room::Orders, 2).await).await;
    let other_bytes = Quarantined {
        chain: Chain::START.then(b"other"),
        ..place_of_last.clone()
    };
    let other_before = record(&place, 3, first).await;
    let other_room = Quarantined {
        room: Room::Notifier,
        ..place_of_last
    };
    let not_there = Quarantined {
        revision: Revision(900),
        ..other_bytes.clone()
    };
    for wrong in [other_bytes, other_before, other_room, not_there] {
        assert!(!place.quarantine(wrong.clone()).await, "{wrong:?}");
    }
    let log = place.reopened().await;
    assert!(log.quarantined().is_empty());
    let mut followed = log.follow(&Room::ALL, Revision(0));
    for revision in 1..=3 {
        let logged = next(&mut followed).await.unwrap().unwrap();
        assert_eq!(
            (logged.revision, &logged.quarantined),
            (Revision(revision), &None)
        );
    }
}

pub async fn one_stranger_after_another_is_passed_over_in_their_order(mut place: impl Place) {
    let log = place.log();
    place.put_raw(Room::Orders, "one").await;
    place.put_raw(Room::Orders, "two").await;
    let one = record(&place, 1, Link::START).await;
    let two = record(&place, 2, one.link()).await;
    assert!(
        !place.quarantine(two.clone()).await,
        "what is before it is not known yet"
    );
    assert!(place.quarantine(one).await);
    assert!(place.quarantine(two).await);
    let log_again = place.reopened().await;
    let at = log_again.append(Room::Orders, commit(9), Revision(2)).await;
    let mut followed = log.follow(&Room::ALL, Revision(0));
    assert_eq!(revisions(&mut followed, 3).await, [1, 2, at.unwrap().0]);
}

pub async fn a_reader_that_has_taken_it_stops_when_it_is_quarantined(mut place: impl Place) {
    let log = place.log();
    append_all(&*log, &[Room::Orders, Room::Inventory]).await;
    let mut took = log.follow(&Room::ALL, Revision(0));
    assert_eq!(revisions(&mut took, 2).await, [1, 2]);
    let mut other = log.follow(&[Room::Orders], Revision(0));
    assert_eq!(revisions(&mut other, 1).await, [1]);
    let from_state = |without: &[u64]| Start {
        after: Revision(2),
        marks: Vec::new(),
        without: Some(
            without
                .iter()
                .map(|it| Revision(*it))
                .collect::<BTreeSet<_>>(),
        ),
    };
    let mut folded = log.follow_from(&Room::ALL, from_state(&[]));

    let record = record(&place, 2, Link::START).await;
    assert!(place.quarantine(record).await);
    for stopped in [error(&mut took).await, error(&mut folded).await] {
        let FollowError::Quarantined { room, revision } = stopped else {
            panic!("{stopped}");
        };
        assert_eq!((room, revision), (Room::Inventory, Revision(2)));
    }
    // Who does not hear that room goes on; and so does a state that was made without it.
    append_all(&*log, &[Room::Orders]).await;
    assert_eq!(revisions(&mut other, 1).await, [4]);
    let log = place.reopened().await;
    let mut folded = log.follow_from(&Room::ALL, from_state(&[2]));
    assert_eq!(revisions(&mut folded, 1).await, [4]);
    let stopped = error(&mut log.follow_from(&Room::ALL, from_state(&[]))).await;
    assert!(
        matches!(stopped, FollowError::Quarantined { .. }),
        "{stopped}"
    );
}
