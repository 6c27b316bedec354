//! Lists that keep little room to spare: what a node's entries and children stand in.

use domain::exact::Exact;

/// By how much a list grows at most: what a node may hold without need.
pub(super) const STEP: usize = 8;

/// Makes room for one more.
pub(super) fn reserve<T>(list: &mut Vec<T>) {
    if list.len() == list.capacity() {
        list.reserve_exact(list.len().clamp(1, STEP));
    }
}

/// Gives back room that is not needed.
pub(super) fn release<T>(list: &mut Vec<T>) {
    if list.capacity().minus(list.len()) > STEP.times(2) {
        list.shrink_to(list.len().plus(STEP));
    }
}

/// The end of a list from there on, both parts without spare room.
pub(super) fn part<T>(list: &mut Vec<T>, at: usize) -> Vec<T> {
    let right = list.split_off(at);
    list.shrink_to_fit();
    right
}

/// How many of the first hold, when none holds after one that does not. Looks at each eighth, then
/// at eight: all of a round can be fetched at once, where halving waits for each.
pub(super) fn first_of<T>(list: &[T], holds: impl Fn(&T) -> bool) -> usize {
    // Mostly all do: what comes, comes last.
    if list.last().is_none_or(&holds) {
        return list.len();
    }
    let (eights, _) = list.as_chunks::<STEP>();
    let ends = eights.iter().map(|[.., last]| usize::from(holds(last)));
    let skipped = ends.sum::<usize>().times(STEP);
    let rest = list.get(skipped..).unwrap_or_default();
    let rest = rest.get(..STEP).unwrap_or(rest);
    skipped.plus(rest.iter().map(|item| usize::from(holds(item))).sum())
}

#[cfg(test)]
#[allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "figures in tests are small"
)]
mod tests {
    use super::*;

    #[test]
    fn a_list_grows_by_a_step_and_keeps_two_to_spare_at_most() {
        let mut list: Vec<u64> = Vec::new();
        for item in 0..100 {
            reserve(&mut list);
            list.push(item);
            assert!(list.capacity() <= list.len() + STEP);
        }
        let whole = list.capacity();
        list.truncate(whole - 2 * STEP);
        release(&mut list);
        assert_eq!(list.capacity(), whole);
        list.pop();
        release(&mut list);
        assert_eq!(list.capacity(), list.len() + STEP);
    }

    #[test]
    fn a_list_is_parted_without_room_to_spare() {
        let mut list: Vec<u64> = (0..40).collect();
        list.reserve(40);
        let right = part(&mut list, 15);
        assert_eq!((list.len(), list.capacity()), (15, 15));
        assert_eq!((right.first(), right.len()), (Some(&15), 25));
    }

    #[test]
    fn the_first_that_hold_are_counted_in_lists_of_any_length() {
        for len in 0..70_u32 {
            let list: Vec<u32> = (0..len).collect();
            for hold in 0..=len {
                assert_eq!(first_of(&list, |item| *item < hold), hold as usize);
            }
        }
    }
}
