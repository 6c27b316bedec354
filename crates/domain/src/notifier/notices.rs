//! Notices as they are listed: what waits, what was sent, what was given up. It must not know how
//! they came to be.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::letter::Letter;
use crate::event::NoticeKind;
use crate::exact::Exact;
use crate::ids::{CustomerId, NoticeId, OrderId, Position, Timestamp};

/// The most notices on one page.
pub const MAX_PAGE: usize = 500;

/// One notice and how it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// The notice.
    pub notice: NoticeId,
    /// What kind of news.
    pub kind: NoticeKind,
    /// About which order.
    pub order: OrderId,
    /// Whose order it is.
    pub customer: CustomerId,
    /// The address.
    pub to: String,
    /// How it stands.
    pub state: NoticeState,
    /// When it was last tried, or given up untried.
    pub tried_at: Option<Timestamp>,
    /// When it is tried, if it waits.
    pub next_at: Option<Timestamp>,
    /// The last event that it tells of.
    pub cause: Position,
    /// How often it was tried.
    pub attempts: u32,
    /// What the channel said when it last failed.
    pub error: Option<String>,
}

/// How a notice stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoticeState {
    /// It waits to be sent.
    Pending,
    /// It was sent.
    Sent,
    /// It was given up: a person must look.
    Failed,
}

/// Which notices are asked for; what is absent is not asked.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct NoticeFilter {
    /// Of this order.
    pub order: Option<OrderId>,
    /// That stand so.
    pub state: Option<NoticeState>,
    /// Of this kind.
    pub kind: Option<NoticeKind>,
}

/// Where a page ended.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NoticeCursor {
    /// The cause of the page's last notice.
    pub cause: Position,
    /// The page's last notice.
    pub notice: NoticeId,
}

/// One page.
#[derive(Debug, Clone, PartialEq)]
pub struct NoticePage {
    /// The notices, the oldest cause first.
    pub notices: Vec<Notice>,
    /// Where to go on, if there are more.
    pub next: Option<NoticeCursor>,
}

impl Notice {
    fn of(letter: &Letter, state: NoticeState) -> Self {
        Self {
            notice: letter.notice.clone(),
            kind: letter.kind,
            order: letter.order.clone(),
            customer: letter.customer.clone(),
            to: letter.to.clone(),
            state,
            tried_at: letter.tried_at,
            next_at: None,
            cause: letter.cause,
            attempts: letter.attempts,
            error: letter.error.clone(),
        }
    }

    pub(super) fn pending(letter: &Letter) -> Self {
        Self {
            next_at: Some(letter.not_before),
            ..Self::of(letter, NoticeState::Pending)
        }
    }

    pub(super) fn sent(letter: &Letter, at: Timestamp, attempts: u32) -> Self {
        Self {
            tried_at: Some(at),
            attempts,
            ..Self::of(letter, NoticeState::Sent)
        }
    }

    pub(super) fn failed(letter: &Letter, at: Timestamp) -> Self {
        Self {
            tried_at: Some(at),
            ..Self::of(letter, NoticeState::Failed)
        }
    }

    /// Where it stands in a listing.
    pub fn cursor(&self) -> NoticeCursor {
        NoticeCursor {
            cause: self.cause,
            notice: self.notice.clone(),
        }
    }
}

impl NoticeFilter {
    fn takes(&self, notice: &Notice) -> bool {
        self.order
            .as_ref()
            .is_none_or(|order| *order == notice.order)
            && self.state.is_none_or(|state| state == notice.state)
            && self.kind.is_none_or(|kind| kind == notice.kind)
    }
}

/// Looks through all that is kept, which is bounded, and holds no more than a page of it.
pub(super) fn page(
    notices: impl Iterator<Item = Notice>,
    filter: &NoticeFilter,
    after: Option<&NoticeCursor>,
    size: usize,
) -> NoticePage {
    let size = size.clamp(1, MAX_PAGE);
    let mut oldest = BTreeMap::new();
    for notice in notices.filter(|notice| filter.takes(notice)) {
        let cursor = notice.cursor();
        if after.is_none_or(|after| cursor > *after) {
            oldest.insert(cursor, notice);
            if oldest.len() > size.plus(1) {
                oldest.pop_last();
            }
        }
    }
    let more = oldest.len() > size;
    let notices: Vec<Notice> = oldest.into_values().take(size).collect();
    let next = if more {
        notices.last().map(Notice::cursor)
    } else {
        None
    };
    NoticePage { notices, next }
}
