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
