//! How far a file is read, and why it cannot be.

use import::{Asked, Kind, SourceError};

use crate::problem::{Exit, Problem};

/// A bar for so many bytes; for none, what was done.
pub(super) fn bar(bytes: u64) -> indicatif::ProgressBar {
    let (bar, shape) = if bytes > 0 {
        let bar = indicatif::ProgressBar::new(bytes);
        (bar, "reading {bar:32} {percent:>3}% {eta:>4}")
    } else {
        (indicatif::ProgressBar::new_spinner(), "{spinner} {msg}")
    };
    let style = indicatif::ProgressStyle::with_template(shape);
    bar.set_style(style.unwrap_or_else(|_| indicatif::ProgressStyle::default_bar()));
    bar
}

pub(super) fn unread(kind: Kind, error: SourceError) -> Problem {
    let next = match &error {
        SourceError::Open { .. } => "check the path".to_owned(),
        SourceError::Columns { .. } | SourceError::Unrecognised { .. } => {
            let needed = kind
                .needed()
                .iter()
                .map(|field| format!("{}=…", field.name()));
            let needed: Vec<String> = needed.collect();
            format!("name the columns: --columns {}", needed.join(","))
        }
        SourceError::Read { .. } => "mend the file and run again: nothing was recorded".to_owned(),
        SourceError::Delimiter { .. } => "say --delimiter , or ; or tab or |".to_owned(),
        SourceError::Asked { source, .. } => {
            let Asked { option, .. } = &**source;
            format!("say {option}: nothing was recorded")
        }
        SourceError::Torn { .. } => {
            "close the quote and run again: nothing was recorded".to_owned()
        }
        SourceError::Sort(_) => "make space in the folder that TMPDIR names".to_owned(),
    };
    let problem = Problem::caused(&anyhow::Error::from(error), "the file", &next);
    Problem {
        exit: Exit::Usage,
        ..problem
    }
}
