//! Why the service itself refuses a call: one variant for each rule. The room's own refusals are
//! those of `allocation`.

use crate::bounds::{MAX_PREVIEWS, MAX_QUESTIONS};

domain::refusals! {
    /// Why the service itself refuses a call.
    ServiceRefusal {
        /// Each preview copies the state.
        TooManyPreviews {} => Exhausted "",
            "{MAX_PREVIEWS} previews are running, the most",
            "try again in a moment";
        /// Each explanation reads the log, and folds past states.
        TooManyQuestions {} => Exhausted "",
            "{MAX_QUESTIONS} explanations are being worked out, the most",
            "try again in a moment, or ask without ranks";
    }
}
