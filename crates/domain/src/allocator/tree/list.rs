//! Lists that keep little room to spare: what a node's entries and children stand in.

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
    if list.capacity().saturating_sub(list.len()) > STEP.saturating_mul(2) {
        list.shrink_to(list.len().saturating_add(STEP));
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
    let skipped = if list.len() > STEP {
        let lasts = list.iter().skip(STEP.saturating_sub(1)).step_by(STEP);
        lasts
            .map(|item| usize::from(holds(item)))
            .sum::<usize>()
            .saturating_mul(STEP)
    } else {
        0
    };
    let rest = list.iter().skip(skipped).take(STEP);
    skipped.saturating_add(rest.map(|item| usize::from(holds(item))).sum())
}
