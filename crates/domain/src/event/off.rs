//! Flags and counts of events, which are written only where they say something.

/// For `skip_serializing_if`: a flag that is off is not written.
#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands the field by reference"
)]
pub(super) const fn off(flag: &bool) -> bool {
    !*flag
}

/// For `skip_serializing_if`: none of what is counted are not written.
pub(super) fn none<N: Default + PartialEq>(count: &N) -> bool {
    *count == N::default()
}
