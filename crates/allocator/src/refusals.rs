//! Why the service itself refuses a call: one variant for each rule. The room's own refusals are
//! those of `allocation`.

use crate::bounds::MAX_PREVIEWS;

domain::refusals! {
    /// Why the service itself refuses a call.
    ServiceRefusal {
        /// Each preview copies the state.
        TooManyPreviews {} => Exhausted "",
            "{MAX_PREVIEWS} previews are running, the most",
            "try again in a moment";
    }
}
