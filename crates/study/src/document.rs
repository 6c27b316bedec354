//! A document whose figures are written anew, and its chart beside it.

use std::io;
use std::path::{Path, PathBuf};

use api::allocator::v1::WhatIfResponse;

use crate::comparison::{Rows, chart, rows};

/// What stands between these lines of the document is written anew; the rest is left.
const BEGIN: &str = "<!-- figures: `backorder study` writes from here -->";
const END: &str = "<!-- figures: to here -->";

/// Why a document has no new figures.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// It cannot be read.
    #[error("{} cannot be read", file.display())]
    Unread {
        /// Which file.
        file: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// It lacks the two lines between which figures stand.
    #[error("{} has no place for the figures", file.display())]
    NoPlace {
        /// Which file.
        file: PathBuf,
    },
    /// It, or the chart beside it, cannot be written.
    #[error("{} cannot be written", file.display())]
    Unwritten {
        /// Which file.
        file: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// Writes the figures of a comparison into a document, and its chart beside it as SVG. Returns
/// where the chart is.
///
/// # Errors
/// [`DocumentError`]. A document that has no place for figures is left as it is.
pub fn write(into: &Path, answer: &WhatIfResponse) -> Result<PathBuf, DocumentError> {
    let text = std::fs::read_to_string(into).map_err(|source| DocumentError::Unread {
        file: into.to_owned(),
        source,
    })?;
    let text = with_figures(&text, &figures(answer)).ok_or_else(|| DocumentError::NoPlace {
        file: into.to_owned(),
    })?;
    let put = |file: &Path, text: &str| {
        std::fs::write(file, text).map_err(|source| DocumentError::Unwritten {
            file: file.to_owned(),
            source,
        })
    };
    put(into, &text)?;
    let svg = into.with_extension("svg");
    let title = "Open backorders and waits under four policies";
    put(&svg, &chart(answer, title).svg())?;
    Ok(svg)
}

/// The comparison as tables in Markdown.
pub fn figures(answer: &WhatIfResponse) -> String {
    let Rows { columns, rows } = rows(answer);
    let row = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let mut text = row(&columns);
    text.push_str("|---|");
    text.push_str(&"---:|".repeat(columns.len().saturating_sub(1)));
    text.push('\n');
    for cells in rows {
        let says_nothing = |cell: &String| matches!(cell.as_str(), "0" | "-" | "0.00");
        if !cells.iter().skip(1).all(says_nothing) {
            text.push_str(&row(&cells));
        }
    }
    text
}

/// The document with these figures; none if it has no place for them.
fn with_figures(text: &str, figures: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n\n{figures}\n{END}{after}"))
}

#[cfg(test)]
mod tests {
    use api::allocator::v1::{WhatIfMeasures, WhatIfWorld};

    use super::*;

    #[test]
    fn figures_take_the_place_of_older_ones_and_the_prose_stays() {
        let world = |name: &str| WhatIfWorld {
            name: name.into(),
            overall: Some(WhatIfMeasures {
                lines: 7,
                ..Default::default()
            }),
            ..Default::default()
        };
        let answer = WhatIfResponse {
            worlds: vec![world("tiers"), world("value")],
            ..Default::default()
        };
        let text = format!("# Study\n{BEGIN}\nold\n{END}\nprose\n");
        let new = with_figures(&text, &figures(&answer)).unwrap();
        assert!(
            new.contains("| measure | tiers | value |\n|---|---:|---:|\n"),
            "{new}"
        );
        assert!(new.contains("| lines placed | 7 | 7 |"), "{new}");
        assert!(!new.contains("old") && !new.contains("units refused"));
        assert!(new.ends_with("\nprose\n"));
        assert_eq!(with_figures("# Study", ""), None);
    }

    #[test]
    fn a_document_and_its_chart_are_written_and_one_without_a_place_stays() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("study.md");
        std::fs::write(&file, format!("{BEGIN}\n{END}\n")).unwrap();
        let answer = WhatIfResponse::default();
        let svg = write(&file, &answer).unwrap();
        assert_eq!(svg, dir.path().join("study.svg"));
        assert!(std::fs::read_to_string(&svg).unwrap().starts_with("<svg "));
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.contains("| measure |\n|---|\n"), "{text}");

        std::fs::write(&file, "prose\n").unwrap();
        let error = write(&file, &answer).unwrap_err();
        assert!(matches!(error, DocumentError::NoPlace { .. }), "{error}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "prose\n");
        let error = write(&dir.path().join("none.md"), &answer).unwrap_err();
        assert!(matches!(error, DocumentError::Unread { .. }), "{error}");
    }
}
