//! What is wrong with a message that stops its readers, and what would follow if it were passed
//! over: found out by reading the log as every room does. Must not know what is done about it.

use allocation::Allocator;
use chassis::Broken;
use chassis::turn::Folded;
use domain::decider::Room;
use domain::ids::Revision;
use domain::inventory::Inventory;
use domain::notifier::Notifier;
use domain::orders::Orders;
use domain::supplier_gateway::SupplierGateway;
use event_log::{FollowError, Heads, Link, Log, Logged, Offence, Raw, ReadError};
use futures::StreamExt;

/// A message that may be quarantined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Judged {
    pub offence: Offence,
    /// The room's commit before it.
    pub before: Link,
    /// It has the hash that follows from its bytes and those before: the room wrote it, or whoever
    /// has its key.
    pub fits: bool,
}

/// Why a message is not to be quarantined.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotToBe {
    #[error("revision {0} is a good commit of {1}: every room can fold it")]
    Good(Revision, Room),
    #[error("revision {0} is a commit of {1}: the room has gone on from it at revision {2}")]
    BuiltUpon(Revision, Room, Revision),
    #[error("without revision {at} another fact cannot be: {broken}")]
    RestedOn { at: Revision, broken: Broken },
    #[error("revision {1} stops readers before they come to revision {0}")]
    NotFirst(Revision, Revision),
    #[error(transparent)]
    Damaged(FollowError),
    #[error("the {} room breaks before revision {at}: {broken}", broken.room)]
    BrokenBefore { at: Revision, broken: Broken },
    #[error(transparent)]
    Unread(#[from] ReadError),
}

/// The states of all five rooms.
#[derive(Default, Clone)]
struct Rooms {
    orders: Folded<Orders>,
    inventory: Folded<Inventory>,
    allocator: Folded<Allocator>,
    notifier: Folded<Notifier>,
    supplier_gateway: Folded<SupplierGateway>,
}

impl Rooms {
    fn fold(&mut self, logged: &Logged) -> Result<(), Broken> {
        self.orders.fold(logged)?;
        self.inventory.fold(logged)?;
        self.allocator.fold(logged)?;
        self.notifier.fold(logged)?;
        self.supplier_gateway.fold(logged)
    }

    /// Whether all can fold a commit; these states stay as they are.
    fn can_fold(&self, logged: &Logged) -> bool {
        self.clone().fold(logged).is_ok()
    }
}

/// Reads the log up to a message on a room's subject, and, if any room may have taken it, beyond.
///
/// # Errors
/// It is none that may be quarantined.
pub(crate) async fn judge(
    log: &Log,
    at: Revision,
    room: Room,
    raw: &Raw,
) -> Result<Judged, NotToBe> {
    let mut heads = Heads::default();
    let mut commits = log.follow(&Room::ALL, Revision(0));
    let offence = loop {
        match commits.next().await {
            Some(Ok(logged)) if logged.revision < at => {
                if let Some(chain) = logged.chain {
                    let revision = logged.revision;
                    heads.know(logged.room, Link { revision, chain });
                }
            }
            Some(Ok(_)) | None => break Offence::Impossible,
            Some(Err(error)) => match (error.offender(), &error) {
                (Some(first), _) if first != at => return Err(NotToBe::NotFirst(at, first)),
                (Some(_), FollowError::Foreign(_)) => break Offence::Foreign,
                (Some(_), FollowError::Undecodable { .. }) => break Offence::Unreadable,
                (Some(_), _) => break Offence::Stranger,
                (None, _) => return Err(NotToBe::Damaged(error)),
            },
        }
    };
    let before = heads.of(room).unwrap_or(Link::START);
    let fits = raw.chain.is_some();
    if !fits {
        let offence = Offence::Stranger;
        return Ok(Judged {
            offence,
            before,
            fits,
        });
    }
    could_be_without(log, at, room, offence).await?;
    Ok(Judged {
        offence,
        before,
        fits,
    })
}

/// Whether the rooms can fold all the rest of the log without a message; and, if it can be read,
/// whether one of them cannot fold it.
async fn could_be_without(
    log: &Log,
    at: Revision,
    room: Room,
    offence: Offence,
) -> Result<(), NotToBe> {
    let mut rooms = Rooms::default();
    let mut commits = log.follow(&Room::ALL, Revision(0));
    while let Some(Ok(logged)) = commits.next().await {
        if logged.revision < at {
            let folded = rooms.fold(&logged);
            folded.map_err(|broken| NotToBe::BrokenBefore { at, broken })?;
            continue;
        }
        if offence == Offence::Impossible && rooms.can_fold(&logged) {
            return Err(NotToBe::Good(at, room));
        }
        break;
    }
    let last = log.last(&Room::ALL).await?;
    if last <= at {
        return Ok(());
    }
    let mut commits = log.follow(&Room::ALL, at);
    // What else stops readers is found when this is passed over.
    while let Some(Ok(logged)) = commits.next().await {
        if logged.room == room && logged.quarantined.is_none() {
            return Err(NotToBe::BuiltUpon(at, room, logged.revision));
        }
        let folded = rooms.fold(&logged);
        folded.map_err(|broken| NotToBe::RestedOn { at, broken })?;
        if logged.revision >= last {
            break;
        }
    }
    Ok(())
}
