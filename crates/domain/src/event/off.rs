//! Flags and counts of events, which are written only where they say something.

/// For `skip_serializing_if`: a flag that is off is not written.
#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands the field by reference"
)]
pub(super) const fn off(flag: &bool) -> bool {
    !*flag
}

/// For `skip_serializing_if`: no units are not written.
#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands the field by reference"
)]
pub(super) const fn none(units: &u32) -> bool {
    *units == 0
}

/// For `skip_serializing_if`: no change is not written.
#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands the field by reference"
)]
pub(super) const fn nothing(change: &i64) -> bool {
    *change == 0
}
