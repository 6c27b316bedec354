//! What the log in memory does besides what every log promises.

use domain::event::Commit;
use domain::ids::Timestamp;

use super::*;

fn commit() -> Encoded {
    let (as_of, at) = (Revision(0), Timestamp::default());
    Encoded::new(&Commit {
        as_of,
        at,
        events: Vec::new(),
        traces: BTreeMap::new(),
    })
    .unwrap()
}

#[tokio::test]
async fn a_follower_reads_what_is_there_and_then_what_comes() {
    let log = MemoryLog::new();
    log.append_now(Room::Orders, commit(), Revision(0)).unwrap();
    log.append_now(Room::Inventory, commit(), Revision(0))
        .unwrap();
    let mut orders = log.follow(&[Room::Orders], Revision(0));
    assert_eq!(orders.next().await.unwrap().unwrap().revision, Revision(1));
    let waiting = tokio::spawn(async move { orders.next().await.unwrap().unwrap().revision });
    tokio::task::yield_now().await;
    log.append_now(Room::Orders, commit(), Revision(1)).unwrap();
    assert_eq!(waiting.await.unwrap(), Revision(3));
    assert_eq!(log.commits_after(Revision(1), 10).unwrap().len(), 2);
}

#[tokio::test]
async fn what_a_replica_lacks_is_read_from_the_leader_and_then_kept() {
    let log = MemoryLog::new();
    for last in 0..3 {
        log.append_now(Room::Orders, commit(), Revision(last))
            .unwrap();
    }
    log.replica_stays_at(Revision(2));
    for (at, asked) in [(2, (1, 0)), (3, (2, 1)), (3, (2, 1)), (2, (2, 1))] {
        assert_eq!(
            log.written(Revision(at)).await.unwrap().revision,
            Revision(at)
        );
        assert_eq!(log.asked(), asked, "at {at}");
    }
    let missing = log.written(Revision(4)).await;
    assert!(matches!(missing, Err(ReadError::Missing(Revision(4)))));
    assert_eq!(log.asked(), (3, 2));
}

#[test]
fn a_lost_acknowledgement_leaves_the_commit_and_a_lost_commit_does_not() {
    let log = MemoryLog::new();
    log.fault(Fault::Lost);
    log.fault(Fault::AcknowledgementLost);
    for left in [0, 1] {
        let answer = log.append_now(Room::Orders, commit(), Revision(0));
        assert!(matches!(answer, Err(AppendError::Unanswered { .. })));
        assert_eq!(log.len(), left);
    }
    let answer = log.append_now(Room::Orders, commit(), Revision(0));
    assert!(matches!(answer, Err(AppendError::Conflict { .. })));
}
