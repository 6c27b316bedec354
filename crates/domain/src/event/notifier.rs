//! What becomes true in `notifier`.

use serde::{Deserialize, Serialize};

use super::answers::Answers;
use crate::ids::{Key, NoticeId, OrderId, Timestamp};

/// A customer was told something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notified {
    /// The notice, once for ever.
    pub notice: NoticeId,
    /// What kind of news.
    pub kind: NoticeKind,
    /// About which order.
    pub order: OrderId,
    /// To whom.
    pub to: String,
    /// How often it was tried, from 1.
    pub attempt: u32,
}

/// What kind of news a notice brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// Some of the order waits, until when.
    Backordered,
    /// The date moved.
    PromiseMoved,
    /// What waited has its stock.
    Filled,
    /// Goods left.
    Shipped,
    /// Units were cancelled, or refused at the door.
    Cancelled,
    /// What had been set aside is gone: it waits.
    TakenBack,
}

/// A notice could not be delivered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NotificationFailed {
    /// The notice.
    pub notice: NoticeId,
    /// What kind of news.
    pub kind: NoticeKind,
    /// About which order.
    pub order: OrderId,
    /// To whom.
    pub to: String,
    /// How often it was tried, from 1.
    pub attempt: u32,
    /// What the channel said.
    pub error: String,
    /// When it is tried again; absent: given up, and a person must look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<Timestamp>,
}

impl Notified {
    pub(super) fn concerns(&self) -> Vec<Key> {
        vec![self.order.key()]
    }

    pub(super) const fn answers(&self) -> Option<Answers> {
        None
    }
}

impl NotificationFailed {
    pub(super) fn concerns(&self) -> Vec<Key> {
        vec![self.order.key()]
    }

    pub(super) const fn answers(&self) -> Option<Answers> {
        None
    }
}
