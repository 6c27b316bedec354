//! Arithmetic that says what happens at its bounds. A count that only a bug can push past a bound
//! stops the room, in release builds too: a plausible wrong number would be decided on. Knows no
//! room; whoever folds catches the panic and adds the position on the log.

use std::fmt;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};

/// Exact arithmetic of whole numbers.
pub trait Exact: Sized {
    /// The sum. Stops the room if it cannot be counted, which only a bug leads to.
    #[must_use]
    #[track_caller]
    fn plus(self, other: Self) -> Self;
    /// The difference. Stops the room below the least value, for a count below zero, which only
    /// a bug leads to.
    #[must_use]
    #[track_caller]
    fn minus(self, other: Self) -> Self;
    /// The product. Stops the room if it cannot be counted, which only a bug leads to.
    #[must_use]
    #[track_caller]
    fn times(self, other: Self) -> Self;
    /// What is left when `other` is taken away, or zero where `other` is more: what is free above
    /// a level, what is held beyond what is wanted, what two facts that crossed leave of a count.
    #[must_use]
    #[track_caller]
    fn minus_or_zero(self, other: Self) -> Self;
}

macro_rules! exact {
    ($floor:item $($number:ty)*) => {$(
        impl Exact for $number {
            #[inline]
            #[track_caller]
            fn plus(self, other: Self) -> Self {
                match self.checked_add(other) {
                    Some(sum) => sum,
                    None => stop(format_args!("{self} plus {other}")),
                }
            }
            #[inline]
            #[track_caller]
            fn minus(self, other: Self) -> Self {
                match self.checked_sub(other) {
                    Some(difference) => difference,
                    None => stop(format_args!("{self} minus {other}")),
                }
            }
            #[inline]
            #[track_caller]
            fn times(self, other: Self) -> Self {
                match self.checked_mul(other) {
                    Some(product) => product,
                    None => stop(format_args!("{self} times {other}")),
                }
            }
            #[inline]
            #[track_caller]
            $floor
        }
    )*};
}

exact! {
    fn minus_or_zero(self, other: Self) -> Self { self.saturating_sub(other) }
    u8 u16 u32 u64 u128 usize
}
exact! {
    fn minus_or_zero(self, other: Self) -> Self { self.minus(other).max(0) }
    i64 i128
}

/// So many units fewer.
#[must_use]
#[track_caller]
pub fn fewer(units: impl Into<i64>) -> i64 {
    0.minus(units.into())
}

/// Units kept with a sign that are never fewer than none: only a bug leads below.
#[must_use]
#[track_caller]
pub fn no_fewer_than_none(units: i64) -> i64 {
    if units < 0 {
        stop(format_args!("{units}"));
    }
    units
}

/// Units that are some of so many, never more: only a bug, or a fact that no room recorded, leads
/// above. `what` they are is said in one word.
#[must_use]
#[track_caller]
pub fn some_of(units: u32, all: u32, what: &str) -> u32 {
    if units > all {
        stop(format_args!("{units} {what} of {all}"));
    }
    units
}

/// A fact that no room records after those before it on the log: a bug, damage or somebody else
/// wrote it. Stops the room.
#[cold]
#[inline(never)]
#[track_caller]
pub fn impossible(what: fmt::Arguments<'_>) -> ! {
    let at = Location::caller();
    panic!("{what}, {NO_FACT} ({at})")
}

/// A count of units after a change by so many more or fewer.
#[must_use]
#[track_caller]
pub fn moved(units: u64, change: i64) -> u64 {
    match units.checked_add_signed(change) {
        Some(after) => after,
        None => stop(format_args!("{units} changed by {change}")),
    }
}

/// Why `run` stops by what this module says; nothing, if it does not. What it changed is not to be
/// used after. For whoever asks whether a fact can be folded at all.
pub fn stopped(run: impl FnOnce()) -> Option<String> {
    let panic = catch_unwind(AssertUnwindSafe(run)).err()?;
    match panic.downcast::<String>() {
        Ok(said) if said.contains(NO_COUNT) || said.contains(NO_FACT) => Some(*said),
        Ok(other) => resume_unwind(other),
        Err(other) => resume_unwind(other),
    }
}

const NO_COUNT: &str = "is no count";
const NO_FACT: &str = "which no room records here";

#[cold]
#[inline(never)]
#[track_caller]
fn stop(what: fmt::Arguments<'_>) -> ! {
    let at = Location::caller();
    panic!("{what} {NO_COUNT} ({at})")
}

#[cfg(test)]
mod tests {
    use std::hint::black_box;

    use super::*;

    #[test]
    fn what_can_be_counted_is_counted() {
        assert_eq!(2_u32.plus(3).minus(4).times(5), 5);
        assert_eq!((2_u64.minus_or_zero(3), 3_u64.minus_or_zero(2)), (0, 1));
        assert_eq!((2_i64.minus_or_zero(3), 2_i64.minus(3)), (0, -1));
        assert_eq!((fewer(3_u32), moved(5, -2), moved(5, 2)), (-3, 3, 7));
        assert_eq!((no_fewer_than_none(0), no_fewer_than_none(4)), (0, 4));
        assert_eq!((some_of(0, 0, "shipped"), some_of(5, 5, "shipped")), (0, 5));
    }

    #[test]
    fn what_cannot_be_counted_stops_with_the_numbers_and_the_place() {
        let said = |broken: fn()| stopped(broken).unwrap();
        assert_eq!(stopped(|| ()), None);
        let below = said(|| drop(black_box(Box::new(2_u32.minus(5)))));
        assert!(below.starts_with("2 minus 5 is no count"), "{below}");
        assert!(below.contains("exact.rs:"), "{below}");
        let above = said(|| drop(black_box(Box::new(u64::MAX.plus(1)))));
        assert!(above.contains("plus 1 is no count"), "{above}");
        assert!(said(|| drop(black_box(Box::new(i64::MAX.times(2))))).contains("times 2"));
        assert!(said(|| drop(black_box(Box::new(fewer(i64::MIN))))).contains("0 minus"));
        assert!(said(|| drop(black_box(Box::new(moved(2, -3))))).starts_with("2 changed by -3"));
        let beyond = said(|| drop(black_box(Box::new(some_of(9, 5, "shipped")))));
        assert!(beyond.starts_with("9 shipped of 5 is no count"), "{beyond}");
        let never = said(|| impossible(format_args!("o1 has no line 9")));
        assert!(never.starts_with("o1 has no line 9, which no room records here"));
        let none = said(|| drop(black_box(Box::new(no_fewer_than_none(-3)))));
        assert!(none.starts_with("-3 is no count"), "{none}");
    }
}
