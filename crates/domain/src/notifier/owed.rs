//! How an order's news become letters: a new one, or a better one in the place of one that has not
//! left. It must not know how units are counted.

use super::letter::{Letter, LetterLine, notice_id};
use super::notices::Notice;
use super::order::News;
use super::{DIGEST_MS, MAX_FAILED_KEPT, MAX_PENDING, Notifier, keep};
use crate::decider::Recorded;
use crate::event::NoticeKind;
use crate::ids::{OrderId, Sku, Timestamp};

impl Notifier {
    /// The letters that an order's news come to.
    pub(super) fn owe(
        &mut self,
        recorded: Recorded,
        order: &OrderId,
        news: News,
        (not_before, why): (Timestamp, Option<&String>),
    ) {
        self.withdraw(recorded, order, NoticeKind::PromiseMoved, &news.over);
        self.withdraw(recorded, order, NoticeKind::TakenBack, &news.made_good);
        self.lose(recorded, order, news.taken_back, not_before);
        let moved = self.measured(news.moved);
        self.redate(recorded, order, moved);
        let kinds = [
            (NoticeKind::Backordered, news.backordered),
            (NoticeKind::Filled, news.filled),
            (NoticeKind::Cancelled, news.cancelled),
        ];
        for (kind, lines) in kinds {
            if let Some(mut letter) = self.letter(recorded, order, kind, lines) {
                match kind {
                    NoticeKind::Backordered => letter.not_before = not_before,
                    NoticeKind::Cancelled => letter.reason = why.cloned(),
                    NoticeKind::PromiseMoved
                    | NoticeKind::Filled
                    | NoticeKind::Shipped
                    | NoticeKind::TakenBack => {}
                }
                self.post(letter);
            }
        }
    }

    /// Units that are gone go into the letter that tells of others and has not left, else into a
    /// new one.
    fn lose(
        &mut self,
        recorded: Recorded,
        order: &OrderId,
        lost: Vec<LetterLine>,
        not_before: Timestamp,
    ) {
        let lost = self.measured(lost);
        let tells = |letter: &Letter| letter.kind == NoticeKind::TakenBack;
        let at_rest = self.outbox.last_at_rest(order, recorded.at, tells);
        if let Some(mut letter) = at_rest.cloned().filter(|_| !lost.is_empty()) {
            letter
                .lines
                .retain(|told| lost.iter().all(|line| line.line != told.line));
            letter.lines.extend(lost);
            letter.lines.sort_by_key(|told| told.line);
            if letter.attempts == 0 {
                letter.not_before = not_before;
            }
            self.revise(recorded, letter);
        } else if let Some(mut letter) = self.letter(recorded, order, NoticeKind::TakenBack, lost) {
            letter.not_before = not_before;
            self.post(letter);
        }
    }

    /// Lines whose quantities are told in the units of their items, by what people call these.
    fn measured(&self, mut lines: Vec<LetterLine>) -> Vec<LetterLine> {
        for line in &mut lines {
            line.measure = self.measures.get(&line.sku).cloned();
            line.description = self.names.of_item(&line.sku).cloned();
            let called = |sku: &Sku| {
                self.names
                    .of_item(sku)
                    .map_or_else(|| sku.to_string(), String::clone)
            };
            line.instead_called = line.instead.iter().map(called).collect();
        }
        lines
    }

    /// A letter about these lines of an open order, unless there are none, or there is nobody to
    /// write to.
    pub(super) fn letter(
        &mut self,
        recorded: Recorded,
        id: &OrderId,
        kind: NoticeKind,
        lines: Vec<LetterLine>,
    ) -> Option<Letter> {
        if lines.is_empty() {
            return None;
        }
        let lines = self.measured(lines);
        let order = self
            .orders
            .get_mut(id)
            .filter(|order| !order.to.is_empty())?;
        let order = order.to_mut();
        let first = !std::mem::replace(&mut order.written, true);
        let (open, shipped) = order.stands();
        let pick_up = order.pick_up_at.as_ref();
        Some(Letter {
            first,
            pick_up: pick_up.map(|place| self.names.of_place(place)),
            open,
            shipped,
            reason: None,
            notice: notice_id(id, kind, recorded.position),
            kind,
            order: id.clone(),
            customer: order.customer.clone(),
            to: order.to.clone(),
            time_zone: self.zones.at(order.pick_up_at.as_ref()).clone(),
            lines,
            tracking: None,
            cause: recorded.position,
            caused_at: recorded.at,
            attempts: 0,
            tried_at: None,
            error: None,
            not_before: recorded.at,
        })
    }

    pub(super) fn post(&mut self, mut letter: Letter) {
        if let Some(mut same) = self.outbox.get(&letter.notice).cloned() {
            // One cause, one kind, one letter: a `settled` may date one line of an order and make
            // another one wait.
            same.absorb(letter);
            self.outbox.replace(&same.notice.clone(), same);
        } else if self.outbox.len() >= MAX_PENDING {
            letter.error = Some(format!("{MAX_PENDING} letters wait already"));
            let at = letter.caused_at;
            self.give_up(&letter, at);
        } else {
            self.outbox.put(letter);
        }
    }

    pub(super) fn give_up(&mut self, letter: &Letter, at: Timestamp) {
        keep(
            &mut self.failed,
            Notice::failed(letter, at),
            MAX_FAILED_KEPT,
        );
    }

    /// New dates go into the letter that tells of the line and has not left, else into the
    /// order's digest of moved dates, else into a new one that waits a little for more.
    fn redate(&mut self, recorded: Recorded, order: &OrderId, moved: Vec<LetterLine>) {
        for line in moved {
            let dates = |letter: &Letter| {
                let dates = letter.says_waiting() || letter.kind == NoticeKind::PromiseMoved;
                dates && letter.tells_of(line.line)
            };
            let digest = |letter: &Letter| letter.kind == NoticeKind::PromiseMoved;
            let at_rest = self.outbox.last_at_rest(order, recorded.at, dates);
            let at_rest = at_rest.or_else(|| self.outbox.last_at_rest(order, recorded.at, digest));
            if let Some(mut letter) = at_rest.cloned() {
                letter.redate(line);
                if letter.attempts == 0 && letter.is_dated() {
                    letter.not_before = recorded.at;
                }
                self.revise(recorded, letter);
            } else if let Some(mut letter) =
                self.letter(recorded, order, NoticeKind::PromiseMoved, vec![line])
            {
                letter.not_before = recorded.at.plus_ms(DIGEST_MS);
                self.post(letter);
            }
        }
    }

    /// What nobody has read of lines of which it is no longer so need not be read.
    fn withdraw(&mut self, recorded: Recorded, order: &OrderId, kind: NoticeKind, over: &[u32]) {
        for line in over {
            let tells = |letter: &Letter| letter.kind == kind && letter.tells_of(*line);
            if let Some(letter) = self.outbox.last_at_rest(order, recorded.at, tells) {
                let mut letter = letter.clone();
                letter.lines.retain(|told| told.line != *line);
                self.revise(recorded, letter);
            }
        }
    }

    /// A letter with other content takes the place of the one it was, under an id of its own.
    fn revise(&mut self, recorded: Recorded, mut letter: Letter) {
        if letter.lines.is_empty() {
            self.outbox.take(&letter.notice);
            return;
        }
        let old = letter.notice.clone();
        letter.notice = notice_id(&letter.order, letter.kind, recorded.position);
        letter.cause = recorded.position;
        letter.caused_at = recorded.at;
        if old == letter.notice {
            self.outbox.replace(&old, letter);
            return;
        }
        if let Some(mut same) = self.outbox.get(&letter.notice).cloned() {
            self.outbox.take(&letter.notice);
            same.absorb(letter);
            letter = same;
        }
        self.outbox.replace(&old, letter);
    }
}
