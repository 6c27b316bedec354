//! How the services stand: their snapshots, their disks, their versions. Must not know what in them
//! needs a person.

use api::room::v1::{GetRoomRequest, GetRoomResponse, ListExceptionsResponse, Snapshot};
use domain::decider::Room;

use super::super::problems;
use super::finding::Finding;
use crate::output::{many, minute};
use crate::problem::Problem;
use crate::session::Session;

/// Below this share of its disk that is free a service is warned of, in percent.
const LOW_PERCENT: u64 = 10;
/// Below this one the check fails: snapshots and the log soon find no space.
const FULL_PERCENT: u64 = 3;
/// A snapshot that lies so many times further back than one is written is old: writing it fails.
const OLD_SNAPSHOTS: u64 = 3;
/// The most exceptions of a room that are looked at for their sentences: one of each kind is told.
const LOOKED_AT: u32 = 500;

/// What a service that answers says of itself.
pub(super) struct Stands {
    pub name: Room,
    pub room: GetRoomResponse,
    pub exceptions: ListExceptionsResponse,
}

/// How a service stands, and what in it needs a person.
pub(super) async fn stands(session: &Session, name: Room) -> Result<Stands, Finding> {
    let asked = async {
        let room = room(session, name).await?;
        let exceptions = problems::list(session, name, LOOKED_AT, "").await?;
        Ok(Stands {
            name,
            room,
            exceptions,
        })
    };
    let unasked = |problem: Problem| Finding::ill(name.token(), problem.what, problem.next);
    asked.await.map_err(unasked)
}

/// How a service stands.
pub(super) async fn room(session: &Session, room: Room) -> Result<GetRoomResponse, Problem> {
    let doors = &session.doors;
    let mut client = doors.room(room)?;
    let call = client.get_room(GetRoomRequest {});
    doors.ask(room, "GetRoom", call).await
}

/// Snapshots and disks: one finding a service, as bad as the worse of the two.
pub(super) fn state(standing: &[Stands]) -> Vec<Finding> {
    standing.iter().map(of_service).collect()
}

fn of_service(stands: &Stands) -> Finding {
    let snapshot = snapshot(stands);
    let Some(disk) = disk(stands) else {
        return snapshot;
    };
    let seen = format!("{}; {}", disk.seen, snapshot.seen);
    let worse = if disk.is_well() { snapshot } else { disk };
    Finding { seen, ..worse }
}

fn disk(stands: &Stands) -> Option<Finding> {
    let disk = stands.room.disk?;
    let free = u128::from(disk.free_bytes).saturating_mul(100);
    let free = free.checked_div(u128::from(disk.total_bytes))?;
    let gigabytes = disk.free_bytes / 1_000_000_000;
    let (name, seen) = (
        stands.name.token(),
        format!("{gigabytes} GB free ({free} %)"),
    );
    let remedy = "free space there: snapshots need some, and the log where it is on the same disk";
    Some(if free < u128::from(FULL_PERCENT) {
        Finding::ill(name, seen, remedy)
    } else if free < u128::from(LOW_PERCENT) {
        Finding::warning(name, seen, remedy)
    } else {
        Finding::well(name, seen)
    })
}

fn snapshot(stands: &Stands) -> Finding {
    let (room, name) = (&stands.room, stands.name.token());
    if room.snapshot_every == 0 {
        let seen = "no folder for snapshots";
        let remedy = "set state.dir (BACKORDER_STATE_DIR), or each start reads the whole log";
        return Finding::warning(name, seen, remedy);
    }
    let stands_at = room.snapshot.map_or(0, |snapshot| snapshot.revision);
    let behind = room.revision.saturating_sub(stands_at);
    let seen = match room.snapshot {
        None => {
            let every = many(room.snapshot_every, "revision");
            format!("no snapshot yet, one comes after {every}")
        }
        Some(snapshot) => told(snapshot, behind),
    };
    if behind > room.snapshot_every.saturating_mul(OLD_SNAPSHOTS) {
        let remedy = "see its log output for why none is written; its next start takes longer";
        Finding::warning(name, seen, remedy)
    } else {
        Finding::well(name, seen)
    }
}

fn told(snapshot: Snapshot, behind: u64) -> String {
    let written = match snapshot.written_at {
        Some(at) => format!("written {}", minute(Some(&at))),
        None => "written before it started".to_owned(),
    };
    let at = snapshot.revision;
    format!("snapshot at revision {at}, {behind} behind, {written}")
}

/// Services of different versions may read each other's facts, but not each other's mind.
pub(super) fn versions(standing: &[Stands]) -> Vec<Finding> {
    let ours = env!("CARGO_PKG_VERSION");
    let Some(first) = standing.first() else {
        return Vec::new();
    };
    let version = &first.room.version;
    let others = standing
        .iter()
        .filter(|stands| stands.room.version != *version);
    let others: Vec<String> = others
        .map(|stands| format!("{} is {}", stands.name, stands.room.version))
        .collect();
    let services = if others.is_empty() {
        Finding::well("services", format!("all are {version}"))
    } else {
        let seen = format!("{} is {version}, but {}", first.name, others.join(", "));
        Finding::ill("services", seen, "run the same version of all services")
    };
    let command = if version == ours {
        Finding::well("this command", ours)
    } else {
        let seen = format!("{ours}, and the services are another version");
        Finding::warning("this command", seen, "install the version of the services")
    };
    vec![services, command]
}

#[cfg(test)]
mod tests {
    use api::room::v1::Disk;

    use super::super::finding::State;
    use super::*;

    fn stands(name: Room, room: GetRoomResponse) -> Stands {
        let exceptions = ListExceptionsResponse::default();
        Stands {
            name,
            room,
            exceptions,
        }
    }

    fn of(version: &str) -> GetRoomResponse {
        GetRoomResponse {
            version: version.into(),
            revision: 10_000,
            snapshot_every: 1_000,
            ..GetRoomResponse::default()
        }
    }

    #[test]
    fn services_of_different_versions_fail_and_another_command_is_warned_of() {
        let ours = env!("CARGO_PKG_VERSION");
        let same = [
            stands(Room::Orders, of(ours)),
            stands(Room::Notifier, of(ours)),
        ];
        assert!(versions(&same).iter().all(Finding::is_well));
        let mixed = [
            stands(Room::Orders, of(ours)),
            stands(Room::Notifier, of("9.9.9")),
        ];
        let found = versions(&mixed);
        assert_eq!(found[0].state, State::Ill);
        assert!(
            found[0].seen.contains("notifier is 9.9.9"),
            "{}",
            found[0].seen
        );
        let newer = [stands(Room::Orders, of("9.9.9"))];
        assert_eq!(versions(&newer)[1].state, State::Warning);
    }

    #[test]
    fn a_disk_is_warned_of_before_it_is_full() {
        let with = |free_bytes| {
            let disk = Some(Disk {
                free_bytes,
                total_bytes: 1_000,
            });
            let room = GetRoomResponse { disk, ..of("1") };
            disk_of(&stands(Room::Orders, room))
        };
        let disk_states = [with(500), with(99), with(29)];
        assert_eq!(disk_states, [State::Well, State::Warning, State::Ill]);
    }

    fn disk_of(stands: &Stands) -> State {
        disk(stands).unwrap().state
    }

    #[test]
    fn a_snapshot_that_lies_far_back_is_warned_of() {
        let with = |revision| {
            let snapshot = Some(Snapshot {
                revision,
                written_at: None,
            });
            let room = GetRoomResponse {
                snapshot,
                ..of("1")
            };
            snapshot_of(&stands(Room::Orders, room))
        };
        assert_eq!([with(9_500), with(1_000)], [State::Well, State::Warning]);
    }

    fn snapshot_of(stands: &Stands) -> State {
        snapshot(stands).state
    }
}
