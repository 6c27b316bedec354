//! What keeps lines that wait from an SKU's stock, beside rank and what is kept for others: that
//! another SKU of their order, which takes all or nothing, is not there; or that they are
//! collected, or go on, at a place where it is not. Each SKU state numbers these, so that a search
//! passes over all lines at once that the same ones keep back, as it does by classes. Must not
//! know lines.

use domain::exact::Exact;
use serde::{Deserialize, Serialize};

/// The most that an SKU numbers at once, from 1; lines that any other keeps back count as
/// those that nothing does, and are looked at one by one.
pub(super) const MAX_BLOCKERS: u8 = 31;

/// What keeps a line back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Blocker {
    /// Another SKU, by its SKU state: as long as nobody who waits there could take of it.
    SkuState(u32),
    /// Where it takes from: as long as nothing is free there.
    Place(u16),
}

/// What keeps lines of an SKU back, by number, and how many lines each.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Blockers(Vec<(Blocker, u32)>);

impl Blockers {
    /// One more line is kept back by it. Its number; 0 if there is none left.
    pub fn refer(&mut self, blocker: Blocker) -> u8 {
        let mine = |(other, lines): &(Blocker, u32)| *other == blocker && *lines > 0;
        let at = self.0.iter().position(mine);
        let at = at.or_else(|| self.0.iter().position(|(_, lines)| *lines == 0));
        let at = at.unwrap_or_else(|| {
            if self.0.len() < usize::from(MAX_BLOCKERS) {
                self.0.push((blocker, 0));
            }
            self.0.len().minus(1)
        });
        match self.0.get_mut(at) {
            Some((other, lines)) if *lines == 0 || *other == blocker => {
                (*other, *lines) = (blocker, lines.plus(1));
                u8::try_from(at.plus(1)).unwrap_or_default()
            }
            Some(_) | None => 0,
        }
    }

    /// One line less is kept back by the one of this number.
    pub fn forget(&mut self, number: u8) {
        let at = usize::from(number).checked_sub(1);
        if let Some((_, lines)) = at.and_then(|at| self.0.get_mut(at)) {
            *lines = lines.minus(1);
        }
        while self.0.last().is_some_and(|(_, lines)| *lines == 0) {
            self.0.pop();
        }
    }

    /// The one of this number.
    pub fn get(&self, number: u8) -> Option<Blocker> {
        let at = usize::from(number).checked_sub(1)?;
        let (blocker, lines) = self.0.get(at)?;
        (*lines > 0).then_some(*blocker)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Lines that each of them keeps back, by number.
    pub fn lines(&self) -> impl Iterator<Item = (u8, u32)> {
        let lines = self.0.iter().map(|(_, lines)| *lines);
        (1..=MAX_BLOCKERS)
            .zip(lines)
            .filter(|(_, lines)| *lines > 0)
    }

    /// Those that are so, by bit.
    pub fn those(&self, are: impl Fn(Blocker) -> bool) -> u32 {
        let numbered = (1..=MAX_BLOCKERS).zip(&self.0);
        let those = numbered.filter(|(_, (blocker, lines))| *lines > 0 && are(*blocker));
        those.fold(0, |bits, (number, _)| bits | blocker_bit(number))
    }
}

/// On which terms a line takes stock, in a byte: whether it takes all of its units or none, alone
/// or with its order's other lines; and what keeps it back, by its number among the SKU state's
/// [`Blockers`], 0 if nothing does.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Terms(u8);

impl Terms {
    const WHOLE: u8 = 0x80;

    pub const fn new(whole: bool, blocker: u8) -> Self {
        let blocker = if blocker > MAX_BLOCKERS { 0 } else { blocker };
        Self(if whole {
            blocker | Self::WHOLE
        } else {
            blocker
        })
    }

    pub const fn whole(self) -> bool {
        self.0 & Self::WHOLE != 0
    }

    pub const fn blocker(self) -> u8 {
        self.0 & !Self::WHOLE
    }
}

/// A number as a bit; that of 0, which keeps nobody back, too. There are as many bits as numbers.
pub(super) fn blocker_bit(number: u8) -> u32 {
    1_u32.wrapping_shl(number.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_belongs_to_one_as_long_as_it_keeps_a_line_back() {
        let mut blockers = Blockers::default();
        assert_eq!(blockers.refer(Blocker::SkuState(7)), 1);
        assert_eq!(blockers.refer(Blocker::Place(7)), 2);
        assert_eq!(blockers.refer(Blocker::SkuState(7)), 1);
        blockers.forget(1);
        assert_eq!(blockers.get(1), Some(Blocker::SkuState(7)));
        blockers.forget(1);
        assert_eq!(
            (blockers.get(1), blockers.get(2)),
            (None, Some(Blocker::Place(7)))
        );
        assert_eq!(blockers.refer(Blocker::SkuState(9)), 1);
        assert_eq!(
            blockers.those(|blocker| blocker == Blocker::SkuState(9)),
            0b10
        );
        blockers.forget(1);
        blockers.forget(2);
        assert!(blockers.is_empty());
    }

    #[test]
    fn what_finds_no_number_keeps_nobody_back() {
        let mut blockers = Blockers::default();
        for sku_state in 0..31 {
            assert!(blockers.refer(Blocker::SkuState(sku_state)) > 0);
        }
        assert_eq!(blockers.refer(Blocker::SkuState(31)), 0);
        assert_eq!(blockers.refer(Blocker::SkuState(30)), 31);
        assert_eq!(blockers.lines().last(), Some((31, 2)));
    }
}
