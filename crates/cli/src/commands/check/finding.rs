//! What is found of one part of a cell, and whether it is well.

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Well,
    /// A person should look, and nothing is in the way of the services.
    Warning,
    Ill,
}

pub(super) struct Finding {
    pub name: String,
    pub state: State,
    pub seen: String,
    pub remedy: String,
}

impl Finding {
    pub fn well(name: impl Into<String>, seen: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            state: State::Well,
            seen: seen.into(),
            remedy: String::new(),
        }
    }

    pub fn ill(
        name: impl Into<String>,
        seen: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            name: name.into(),
            state: State::Ill,
            seen: seen.into(),
            remedy: remedy.into(),
        }
    }

    pub fn warning(name: &str, seen: impl Into<String>, remedy: impl Into<String>) -> Self {
        let state = State::Warning;
        Self {
            state,
            ..Self::ill(name, seen, remedy)
        }
    }

    pub fn is_well(&self) -> bool {
        self.state == State::Well
    }
}
