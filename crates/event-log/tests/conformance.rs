//! What every log promises, asked of the log in memory and of JetStream on a real server.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "small numbers, and a test fails where it must"
)]

use std::sync::Arc;
use std::time::Duration;

use backorder_event_log as event_log;
use bytes::Bytes;
use domain::decider::Room;
use domain::event::{Commit, MAX_COMMIT_BYTES};
use domain::ids::{Position, Revision, Timestamp};
use event_log::{AppendError, Encoded, EventLog, FollowError, Logged, ReadError};
use futures::StreamExt;
use futures::stream::BoxStream;

#[path = "conformance/places.rs"]
mod places;
#[path = "conformance/quarantine.rs"]
mod quarantine;

use places::{JetStream, Memory, Place};
use quarantine::{
    a_message_is_read_as_before_unless_its_record_fits,
    a_reader_that_has_taken_it_stops_when_it_is_quarantined,
    one_stranger_after_another_is_passed_over_in_their_order,
    what_is_quarantined_is_passed_over_by_every_reader,
};

type Followed = BoxStream<'static, Result<Arc<Logged>, FollowError>>;

/// A commit that can be told from others by its time.
fn commit(number: i64) -> Encoded {
    let at = Timestamp::from_ms(number);
    let commit = Commit {
        as_of: Revision(0),
        at,
        events: Vec::new(),
        traces: Default::default(),
    };
    Encoded::new(&commit).unwrap()
}

/// The next item, or a failed test when none comes for long.
async fn next(followed: &mut Followed) -> Option<Result<Arc<Logged>, FollowError>> {
    tokio::time::timeout(Duration::from_secs(30), followed.next())
        .await
        .expect("something comes")
}

async fn revisions(followed: &mut Followed, count: usize) -> Vec<u64> {
    let mut found = Vec::new();
    while found.len() < count {
        found.push(next(followed).await.unwrap().unwrap().revision.0);
    }
    found
}

async fn append_all(log: &dyn EventLog, rooms: &[Room]) {
    for (number, room) in (0..).zip(rooms) {
        let last = log.last(&[*room]).await.unwrap();
        log.append(*room, commit(number), last).await.unwrap();
    }
}

async fn a_commit_is_read_back_as_it_was_appended(place: impl Place) {
    let log = place.log();
    assert_eq!(log.last(&Room::ALL).await.unwrap(), Revision(0));
    let at = log
        .append(Room::Orders, commit(7), Revision(0))
        .await
        .unwrap();
    let read = log.read(at).await.unwrap();
    assert_eq!((read.room, read.revision), (Room::Orders, at));
    assert_eq!(read.commit.at, Timestamp::from_ms(7));
    assert!(matches!(
        log.read(Revision(9)).await,
        Err(ReadError::Missing(Revision(9)))
    ));
    let position = Position {
        revision: at,
        index: 0,
    };
    assert!(matches!(
        log.event(position).await,
        Err(ReadError::NoEvent(none)) if none == position
    ));
    assert_eq!(log.last(&Room::ALL).await.unwrap(), at);
    assert_eq!(log.last(&[Room::Notifier]).await.unwrap(), Revision(0));
}

async fn many_readers_of_one_commit_share_it(place: impl Place) {
    let log = place.log();
    append_all(&*log, &[Room::Orders, Room::Inventory]).await;
    let readers = (0..200).map(|_| log.written(Revision(2)));
    let read = futures::future::try_join_all(readers).await.unwrap();
    let first = read.first().unwrap();
    assert!(read.iter().all(|one| Arc::ptr_eq(one, first)));
    assert_eq!(first.room, Room::Inventory);
    assert_eq!(first.text.at(), Timestamp::from_ms(1));
}

async fn the_last_revision_is_that_of_the_rooms_asked_for(mut place: impl Place) {
    let log = place.log();
    append_all(&*log, &[Room::Orders, Room::Inventory, Room::Orders]).await;
    for (room, last) in [(Room::Orders, 3), (Room::Inventory, 2), (Room::Notifier, 0)] {
        assert_eq!(log.last(&[room]).await.unwrap(), Revision(last), "{room}");
    }
    place.put_raw(Room::Inventory, "not a commit").await;
    assert_eq!(log.last(&Room::ALL).await.unwrap(), Revision(4));
    assert_eq!(log.last(&[Room::Orders]).await.unwrap(), Revision(3));
}

async fn the_expected_revision_is_the_rooms_own(place: impl Place) {
    let log = place.log();
    assert_eq!(
        log.append(Room::Orders, commit(1), Revision(0))
            .await
            .unwrap(),
        Revision(1)
    );
    assert_eq!(
        log.append(Room::Inventory, commit(2), Revision(0))
            .await
            .unwrap(),
        Revision(2)
    );
    assert_eq!(
        log.append(Room::Orders, commit(3), Revision(1))
            .await
            .unwrap(),
        Revision(3)
    );
    for wrong in [0, 1, 2, 4] {
        let answer = log.append(Room::Orders, commit(4), Revision(wrong)).await;
        assert!(
            matches!(
                answer,
                Err(AppendError::Conflict { room: Room::Orders, expected }) if expected.0 == wrong
            ),
            "{answer:?}"
        );
    }
    assert_eq!(log.last(&Room::ALL).await.unwrap(), Revision(3));
}

async fn an_unanswered_commit_may_stand_and_its_repetition_never_doubles_it(mut place: impl Place) {
    let log = place.log();
    place.fall_silent().await;
    let answer = log.append(Room::Orders, commit(1), Revision(0)).await;
    assert!(
        matches!(answer, Err(AppendError::Unanswered { .. })),
        "{answer:?}"
    );
    place.speak_again().await;
    let mut followed = log.follow(&[Room::Orders], Revision(0));
    assert_eq!(revisions(&mut followed, 1).await, [1]);
    match log.append(Room::Orders, commit(1), Revision(0)).await {
        // The message id told the server that it is the same one, and it was read back.
        Ok(at) => assert_eq!(at, Revision(1)),
        Err(AppendError::Conflict { .. }) => {}
        other => panic!("{other:?}"),
    }
    assert_eq!(log.last(&Room::ALL).await.unwrap(), Revision(1));
}

async fn a_gap_stops_the_reader(mut place: impl Place) {
    let log = place.log();
    append_all(&*log, &[Room::Inventory, Room::Orders, Room::Orders]).await;
    place.lose_the_second().await;
    for (rooms, good) in [(&Room::ALL[..], 1), (&[Room::Orders][..], 0)] {
        let mut followed = log.follow(rooms, Revision(0));
        assert_eq!(revisions(&mut followed, good).await.len(), good);
        let error = next(&mut followed).await.unwrap().unwrap_err();
        assert!(
            matches!(
                error,
                FollowError::Gap {
                    found: Revision(3),
                    ..
                }
            ),
            "{error:?}"
        );
        assert!(next(&mut followed).await.is_none());
    }
}

async fn what_cannot_be_read_stops_its_hearers_only(mut place: impl Place) {
    let log = place.log();
    append_all(&*log, &[Room::Orders]).await;
    place.put_raw(Room::Inventory, "not a commit").await;
    append_all(&*log, &[Room::Orders]).await;
    let mut all = log.follow(&Room::ALL, Revision(0));
    assert_eq!(revisions(&mut all, 1).await, [1]);
    let error = next(&mut all).await.unwrap().unwrap_err();
    assert!(
        matches!(
            error,
            FollowError::Undecodable {
                revision: Revision(2),
                ..
            }
        ),
        "{error:?}"
    );
    assert!(next(&mut all).await.is_none());
    let mut orders = log.follow(&[Room::Orders], Revision(0));
    assert_eq!(revisions(&mut orders, 2).await, [1, 3]);
    let read = log.read(Revision(2)).await;
    assert!(
        matches!(
            read,
            Err(ReadError::Undecodable {
                revision: Revision(2),
                ..
            })
        ),
        "{read:?}"
    );
}

/// A receipt, which is inventory's fact, and a settlement, which is the allocator's.
const RECEIVED: &str = r#"{"as_of":0,"at":"2026-11-22T08:00:00Z","events":[
    {"type":"received","receipt":"r1","location":"MAIN","lines":[{"sku":"BOLT","quantity":9}]}]}"#;
const SETTLED: &str = r#"{"as_of":0,"at":"2026-11-22T08:00:00Z","events":[
    {"type":"settled","rule":1,"effects":[],"at_rest":true}]}"#;

async fn a_fact_of_another_room_stops_its_hearers_and_is_read_by_nobody(mut place: impl Place) {
    let log = place.log();
    append_all(&*log, &[Room::Inventory]).await;
    for (at, room, body, whose) in [
        (2, Room::Orders, RECEIVED, Room::Inventory),
        (3, Room::Notifier, SETTLED, Room::Allocator),
    ] {
        place.put_raw(room, body).await;
        let after = Revision(at - 1);
        for rooms in [&Room::ALL[..], &[room]] {
            let error = next(&mut log.follow(rooms, after)).await.unwrap();
            let FollowError::Foreign(foreign) = error.unwrap_err() else {
                panic!("{rooms:?} at {at}");
            };
            assert_eq!((foreign.room, foreign.whose), (room, whose));
        }
        let position = Position {
            revision: Revision(at),
            index: 0,
        };
        let written = log.written(Revision(at)).await.unwrap();
        let reads = [
            log.read(Revision(at)).await.map(|_| ()),
            log.event(position).await.map(|_| ()),
            written.passage(0, &"o1".into()).map(|_| ()),
        ];
        for read in reads {
            let error = read.unwrap_err();
            assert!(
                matches!(&error, ReadError::Foreign(it) if it.position == position),
                "{error:?}"
            );
            let said = format!("the event at {at}.0 on the subject of {room} is `");
            assert!(error.to_string().starts_with(&said), "{error}");
        }
    }
    // Who hears none of that room goes on.
    append_all(&*log, &[Room::Inventory]).await;
    let mut inventory = log.follow(&[Room::Inventory], Revision(0));
    assert_eq!(revisions(&mut inventory, 2).await, [1, 4]);
}

async fn a_commit_over_the_bound_is_refused_and_one_at_the_bound_is_taken(place: impl Place) {
    let log = place.log();
    let of_bytes = |bytes: usize| {
        let mut body = commit(1).body.to_vec();
        body.resize(bytes, b' ');
        Encoded {
            body: Bytes::from(body),
            commit: None,
            types: String::new(),
        }
    };
    let big = of_bytes(MAX_COMMIT_BYTES + 1);
    let answer = log.append(Room::Orders, big, Revision(0)).await;
    assert!(
        matches!(answer, Err(AppendError::TooBig { .. })),
        "{answer:?}"
    );
    assert_eq!(log.last(&Room::ALL).await.unwrap(), Revision(0));
    log.append(Room::Orders, of_bytes(MAX_COMMIT_BYTES), Revision(0))
        .await
        .unwrap();
    let mut followed = log.follow(&Room::ALL, Revision(0));
    assert_eq!(revisions(&mut followed, 1).await, [1]);
}

async fn a_reader_begins_anywhere_and_goes_on_with_what_comes(place: impl Place) {
    let log = place.log();
    append_all(
        &*log,
        &[Room::Orders, Room::Inventory, Room::Allocator, Room::Orders],
    )
    .await;
    for after in 0..=4 {
        let mut followed = log.follow(&Room::ALL, Revision(after));
        let rest: Vec<u64> = (after + 1..=4).collect();
        assert_eq!(revisions(&mut followed, rest.len()).await, rest);
    }
    let mut followed = log.follow(&Room::ALL, Revision(4));
    let (came, ()) = tokio::join!(revisions(&mut followed, 2), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        append_all(&*log, &[Room::Notifier, Room::SupplierGateway]).await;
    });
    assert_eq!(came, [5, 6]);
}

async fn a_reader_hears_the_rooms_it_asked_for(place: impl Place) {
    let log = place.log();
    let rooms = [
        Room::Orders,
        Room::Inventory,
        Room::Allocator,
        Room::Orders,
        Room::Inventory,
    ];
    append_all(&*log, &rooms).await;
    let mut orders = log.follow(&[Room::Orders], Revision(0));
    assert_eq!(revisions(&mut orders, 2).await, [1, 4]);
    let mut two = log.follow(&[Room::Inventory, Room::Allocator], Revision(2));
    assert_eq!(revisions(&mut two, 2).await, [3, 5]);
    append_all(&*log, &[Room::Notifier, Room::Orders, Room::Allocator]).await;
    assert_eq!(revisions(&mut orders, 1).await, [7]);
    assert_eq!(revisions(&mut two, 1).await, [8]);
}

async fn of_two_that_race_exactly_one_wins_each_revision(place: impl Place) {
    const EACH: i64 = 40;
    let race = |number: i64| {
        let log = place.log();
        async move {
            let mut won = Vec::new();
            while won.len() < usize::try_from(EACH).unwrap() {
                let last = log.last(&[Room::Orders]).await.unwrap();
                match log.append(Room::Orders, commit(number), last).await {
                    Ok(at) => won.push(at),
                    Err(AppendError::Conflict { .. }) => {}
                    Err(other) => panic!("{other:?}"),
                }
            }
            won
        }
    };
    let (one, other) = tokio::join!(tokio::spawn(race(1)), tokio::spawn(race(2)));
    let mut won = [one.unwrap(), other.unwrap()].concat();
    won.sort();
    let all: Vec<Revision> = (1..=2 * u64::try_from(EACH).unwrap())
        .map(Revision)
        .collect();
    assert_eq!(won, all);
}

async fn a_reader_and_a_writer_outlive_a_restart(mut place: impl Place) {
    let log = place.log();
    append_all(&*log, &[Room::Orders, Room::Inventory]).await;
    let mut all = log.follow(&Room::ALL, Revision(0));
    let mut orders = log.follow(&[Room::Orders], Revision(0));
    assert_eq!(revisions(&mut all, 2).await, [1, 2]);
    assert_eq!(revisions(&mut orders, 1).await, [1]);
    for round in 0..3 {
        place.restart().await;
        let mut last = log.last(&[Room::Orders]).await;
        while last.is_err() {
            last = log.last(&[Room::Orders]).await;
        }
        assert_eq!(
            log.append(Room::Orders, commit(3), last.unwrap())
                .await
                .unwrap()
                .0,
            3 + round
        );
        assert_eq!(revisions(&mut all, 1).await, [3 + round]);
        assert_eq!(revisions(&mut orders, 1).await, [3 + round]);
    }
}

async fn a_reader_that_is_ahead_of_the_log_is_told(place: impl Place) {
    let log = place.log();
    append_all(&*log, &[Room::Orders]).await;
    let mut followed = log.follow(&Room::ALL, Revision(5));
    let error = next(&mut followed).await.unwrap().unwrap_err();
    let (last, folded) = (Revision(1), Revision(5));
    assert!(
        matches!(error, FollowError::Behind { last: l, folded: f } if (l, f) == (last, folded)),
        "{error:?}"
    );
    assert!(next(&mut followed).await.is_none());
}

async fn a_full_store_refuses_for_good_and_says_so(mut place: impl Place) {
    let log = place.log();
    place.fill().await;
    let answer = log.append(Room::Orders, commit(1), Revision(0)).await;
    assert!(
        matches!(answer, Err(AppendError::Rejected { .. })),
        "{answer:?}"
    );
    assert_eq!(log.last(&[Room::Orders]).await.unwrap(), Revision(0));
}

macro_rules! conformance {
    ($($promise:ident,)*) => {
        mod memory {$(
            #[tokio::test]
            async fn $promise() {
                super::$promise(super::Memory::default()).await;
            }
        )*}
        mod jetstream {$(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $promise() {
                super::$promise(super::JetStream::start().await).await;
            }
        )*}
    };
}

conformance! {
    a_commit_is_read_back_as_it_was_appended,
    many_readers_of_one_commit_share_it,
    the_last_revision_is_that_of_the_rooms_asked_for,
    the_expected_revision_is_the_rooms_own,
    an_unanswered_commit_may_stand_and_its_repetition_never_doubles_it,
    a_gap_stops_the_reader,
    what_cannot_be_read_stops_its_hearers_only,
    a_fact_of_another_room_stops_its_hearers_and_is_read_by_nobody,
    a_commit_over_the_bound_is_refused_and_one_at_the_bound_is_taken,
    a_reader_begins_anywhere_and_goes_on_with_what_comes,
    a_reader_hears_the_rooms_it_asked_for,
    of_two_that_race_exactly_one_wins_each_revision,
    a_reader_and_a_writer_outlive_a_restart,
    a_reader_that_is_ahead_of_the_log_is_told,
    a_full_store_refuses_for_good_and_says_so,
    what_is_quarantined_is_passed_over_by_every_reader,
    a_message_is_read_as_before_unless_its_record_fits,
    one_stranger_after_another_is_passed_over_in_their_order,
    a_reader_that_has_taken_it_stops_when_it_is_quarantined,
}
