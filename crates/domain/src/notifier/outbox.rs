//! Letters that wait to be sent. The letters of one order leave one after the other, in the order
//! in which their causes became true: whatever fails and is tried again, the last word a customer
//! hears is the newest. It must not know why a letter was written.

use std::ops::Deref;

use serde::{Deserialize, Serialize};

use super::letter::Letter;
use crate::event::NoticeKind;
use crate::ids::{NoticeId, OrderId, Sku, Timestamp};
use crate::shared::{Shared, SharedMap, SharedSet};

/// How long the word of another room may take to be heard here, by its own clock: a letter that was
/// due within it may have left before.
const UNDER_WAY_MS: i64 = 3_000;

/// All letters that wait, and whose turn it is.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Outbox {
    letters: SharedMap<NoticeId, Shared<Letter>>,
    /// Of each order, its letters in the order in which they leave; never empty.
    queues: SharedMap<OrderId, Vec<NoticeId>>,
    /// The first letter of each queue, by when it may leave.
    turns: SharedSet<(Timestamp, NoticeId)>,
}

impl Outbox {
    /// How many letters wait.
    pub fn len(&self) -> usize {
        self.letters.len()
    }

    /// The letter of this notice, if it waits.
    pub fn get(&self, notice: &NoticeId) -> Option<&Letter> {
        self.letters.get(notice).map(Deref::deref)
    }

    /// All that wait.
    pub fn letters(&self) -> impl Iterator<Item = &Letter> {
        self.letters.values().map(Deref::deref)
    }

    /// Those that may leave now, the longest due first.
    pub fn ready(&self, now: Timestamp) -> impl Iterator<Item = &Letter> {
        self.turns
            .iter()
            .take_while(move |(not_before, _)| *not_before <= now)
            .filter_map(|(_, notice)| self.get(notice))
    }

    /// When the next one may leave that may not yet.
    pub fn next_after(&self, now: Timestamp) -> Option<Timestamp> {
        let mut later = self.turns.iter().map(|(not_before, _)| *not_before);
        later.find(|not_before| *not_before > now)
    }

    /// A letter joins its order's queue.
    pub fn put(&mut self, letter: Letter) {
        let order = letter.order.clone();
        self.lose_turn(&order);
        if let Some(queue) = self.queues.get_or_insert_with(&order, Vec::new) {
            queue.push(letter.notice.clone());
        }
        self.letters.insert(letter.notice.clone(), letter.into());
        self.take_turn(&order);
    }

    /// A letter leaves the outbox.
    pub fn take(&mut self, notice: &NoticeId) -> Option<Letter> {
        let order = self.letters.get(notice)?.order.clone();
        self.lose_turn(&order);
        let taken = self.letters.remove(notice);
        if let Some(queue) = self.queues.get_mut(&order) {
            queue.retain(|queued| queued != notice);
            if queue.is_empty() {
                self.queues.remove(&order);
            }
        }
        self.take_turn(&order);
        taken.map(Shared::into_inner)
    }

    /// A letter takes another one's place in the queue, or joins at the end if that is gone.
    pub fn replace(&mut self, old: &NoticeId, new: Letter) {
        let order = new.order.clone();
        self.lose_turn(&order);
        self.letters.remove(old);
        if let Some(queue) = self.queues.get_or_insert_with(&order, Vec::new) {
            match queue.iter_mut().find(|queued| *queued == old) {
                Some(place) => *place = new.notice.clone(),
                None => queue.push(new.notice.clone()),
            }
        }
        self.letters.insert(new.notice.clone(), new.into());
        self.take_turn(&order);
    }

    /// Of the order's letters that match, the last one; unless that one may be under way, since
    /// what may have been sent can no longer be changed. `at` is when the other room decided: by
    /// the time that its word is heard here, a letter that was due shortly after may have left.
    pub fn last_at_rest(
        &self,
        order: &OrderId,
        at: Timestamp,
        matches: impl Fn(&Letter) -> bool,
    ) -> Option<&Letter> {
        let queue = self.queues.get(order)?;
        let letters = queue.iter().enumerate().rev();
        let (place, letter) = letters
            .filter_map(|(place, notice)| Some((place, self.get(notice)?)))
            .find(|(_, letter)| matches(letter))?;
        let certain = at.plus_ms(UNDER_WAY_MS) < letter.not_before;
        (place > 0 || certain).then_some(letter)
    }

    /// Whether a letter that tells of units of this line that are gone has certainly not left.
    pub fn tells_loss(&self, order: &OrderId, at: Timestamp, line: u32) -> bool {
        let tells = |letter: &Letter| letter.kind == NoticeKind::TakenBack && letter.tells_of(line);
        self.last_at_rest(order, at, tells).is_some()
    }

    /// The letters of an order go to another address; without one, nobody gets them.
    pub fn readdress(&mut self, order: &OrderId, to: &str) {
        for notice in self.queues.get(order).cloned().unwrap_or_default() {
            if to.is_empty() {
                self.take(&notice);
            } else if let Some(letter) = self.letters.get_mut(&notice) {
                to.clone_into(&mut letter.to_mut().to);
            }
        }
    }

    /// An item is called otherwise.
    pub fn rename(&mut self, was: &Sku, is: &Sku) {
        let of = self.letters.iter().filter(|(_, letter)| letter.names(was));
        for notice in of.map(|(notice, _)| notice.clone()).collect::<Vec<_>>() {
            if let Some(letter) = self.letters.get_mut(&notice) {
                letter.to_mut().rename(was, is);
            }
        }
    }

    fn lose_turn(&mut self, order: &OrderId) {
        if let Some(turn) = self.turn_of(order) {
            self.turns.remove(&turn);
        }
    }

    fn take_turn(&mut self, order: &OrderId) {
        if let Some(turn) = self.turn_of(order) {
            self.turns.insert(turn);
        }
    }

    fn turn_of(&self, order: &OrderId) -> Option<(Timestamp, NoticeId)> {
        let first = self.queues.get(order)?.first()?;
        self.letters
            .get(first)
            .map(|letter| (letter.not_before, first.clone()))
    }
}
