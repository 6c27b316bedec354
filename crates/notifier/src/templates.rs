//! The words of a letter: built-in templates, each replaced by a file of the same name in the
//! operator's folder. Every template is tried at the start, so a broken one stops the service with
//! its name and line instead of spoiling a letter later. It must not know how letters travel.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use domain::event::{NoticeKind, RefuseReason};
use domain::ids::{Sku, Timestamp};
use domain::notifier::{Letter, LetterLine, kind_token};
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

const BUILT_IN: [(&str, &str); 10] = [
    (
        "backordered.subject.txt",
        include_str!("../templates/backordered.subject.txt"),
    ),
    (
        "backordered.txt",
        include_str!("../templates/backordered.txt"),
    ),
    (
        "promise_moved.subject.txt",
        include_str!("../templates/promise_moved.subject.txt"),
    ),
    (
        "promise_moved.txt",
        include_str!("../templates/promise_moved.txt"),
    ),
    (
        "filled.subject.txt",
        include_str!("../templates/filled.subject.txt"),
    ),
    ("filled.txt", include_str!("../templates/filled.txt")),
    (
        "shipped.subject.txt",
        include_str!("../templates/shipped.subject.txt"),
    ),
    ("shipped.txt", include_str!("../templates/shipped.txt")),
    (
        "cancelled.subject.txt",
        include_str!("../templates/cancelled.subject.txt"),
    ),
    ("cancelled.txt", include_str!("../templates/cancelled.txt")),
];

/// The longest subject in characters; the rest is cut off.
pub const MAX_SUBJECT_CHARS: usize = 150;
/// The largest template file in bytes.
pub const MAX_TEMPLATE_BYTES: u64 = 256 * 1024;

/// Why letters cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// The folder or a file in it cannot be read.
    #[error("templates: {} cannot be read", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// A file that no letter is written from: most likely its name is misspelt.
    #[error("templates: {} is not the name of one; there are {}", path.display(), names())]
    Unknown {
        /// Which.
        path: PathBuf,
    },
    /// A file over [`MAX_TEMPLATE_BYTES`].
    #[error("templates: {} is over {MAX_TEMPLATE_BYTES} bytes", path.display())]
    TooBig {
        /// Which.
        path: PathBuf,
    },
    /// A template has an error, or names what a letter has not.
    #[error("template {name} is broken: {reason}")]
    Broken {
        /// Which.
        name: String,
        /// What is wrong, and in which line.
        reason: String,
    },
}

fn names() -> String {
    BUILT_IN.map(|(name, _)| name).join(", ")
}

/// A letter in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// One line, not empty.
    pub subject: String,
    /// The text.
    pub text: String,
}

/// The templates of all kinds of letters.
#[derive(Debug)]
pub struct Templates {
    environment: Environment<'static>,
    sources: BTreeMap<&'static str, String>,
}

impl Templates {
    /// The built-in templates with what the folder replaces, all tried once.
    ///
    /// # Errors
    /// [`TemplateError`], which says the file and what to change.
    pub fn load(folder: Option<&Path>) -> Result<Self, TemplateError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        let mut sources: BTreeMap<_, _> = BUILT_IN
            .iter()
            .map(|(name, source)| (*name, (*source).to_owned()))
            .collect();
        if let Some(folder) = folder {
            replace(&mut sources, folder)?;
        }
        let templates = Self {
            environment,
            sources,
        };
        for kind in KINDS {
            for page in samples() {
                templates.render(kind, &page)?;
            }
        }
        Ok(templates)
    }

    /// Writes a letter.
    ///
    /// # Errors
    /// [`TemplateError::Broken`] where the trial at the start could not foresee it.
    pub fn write(&self, letter: &Letter) -> Result<Written, TemplateError> {
        self.render(letter.kind, &Page::of(letter))
    }

    fn render(&self, kind: NoticeKind, page: &Page<'_>) -> Result<Written, TemplateError> {
        let kind = kind_token(kind);
        let subject = self.fill(&format!("{kind}.subject.txt"), page)?;
        let subject: Vec<&str> = subject
            .split(|c: char| c.is_whitespace() || c.is_control())
            .collect();
        let subject: Vec<&str> = subject
            .into_iter()
            .filter(|word| !word.is_empty())
            .collect();
        if subject.is_empty() {
            let name = format!("{kind}.subject.txt");
            return Err(TemplateError::Broken {
                name,
                reason: "the subject is empty".into(),
            });
        }
        let subject = subject.join(" ").chars().take(MAX_SUBJECT_CHARS).collect();
        Ok(Written {
            subject,
            text: self.fill(&format!("{kind}.txt"), page)?,
        })
    }

    fn fill(&self, name: &str, page: &Page<'_>) -> Result<String, TemplateError> {
        let source = self.sources.get(name).map_or("", String::as_str);
        let filled = self.environment.render_named_str(name, source, Serde(page));
        filled.map_err(|error| {
            let line = error
                .line()
                .map(|line| format!(" (line {line})"))
                .unwrap_or_default();
            let reason = format!(
                "{}{line}",
                error.detail().unwrap_or("it cannot be filled in")
            );
            TemplateError::Broken {
                name: name.to_owned(),
                reason,
            }
        })
    }
}

fn replace(sources: &mut BTreeMap<&str, String>, folder: &Path) -> Result<(), TemplateError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |source| TemplateError::Unreadable { path, source }
    };
    let entries = std::fs::read_dir(folder).map_err(unreadable(folder))?;
    for entry in entries {
        let path = entry.map_err(unreadable(folder))?.path();
        if path.extension().is_none_or(|extension| extension != "txt") {
            continue;
        }
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        let Some(source) = sources.get_mut(name) else {
            return Err(TemplateError::Unknown { path });
        };
        let size = std::fs::metadata(&path).map_err(unreadable(&path))?.len();
        if size > MAX_TEMPLATE_BYTES {
            return Err(TemplateError::TooBig { path });
        }
        *source = std::fs::read_to_string(&path).map_err(unreadable(&path))?;
    }
    Ok(())
}

const KINDS: [NoticeKind; 5] = [
    NoticeKind::Backordered,
    NoticeKind::PromiseMoved,
    NoticeKind::Filled,
    NoticeKind::Shipped,
    NoticeKind::Cancelled,
];

/// What a template may name.
#[derive(Debug, Serialize)]
struct Page<'a> {
    order: &'a str,
    customer: &'a str,
    to: &'a str,
    tracking: Option<String>,
    lines: Vec<Row<'a>>,
}

#[derive(Debug, Serialize)]
struct Row<'a> {
    line: u32,
    sku: &'a str,
    quantity: Quantity,
    /// `YYYY-MM-DD` in the letter's time zone, as are all dates.
    date: Option<String>,
    was: Option<String>,
    estimate: bool,
    refused: Option<&'static str>,
    instead: Vec<&'a str>,
    answer_by: Option<String>,
}

/// A number that templates may count with; of an item with a unit or a step, its words: `1.5 m`.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Quantity {
    Whole(u32),
    InUnits(String),
}

impl Quantity {
    fn of(line: &LetterLine) -> Self {
        match &line.measure {
            Some(measure) => Self::InUnits(measure.show(line.quantity)),
            None => Self::Whole(line.quantity),
        }
    }
}

impl<'a> Page<'a> {
    fn of(letter: &'a Letter) -> Self {
        let day = |at: Option<Timestamp>| at.map(|at| letter.time_zone.date(at));
        let rows = letter.lines.iter().map(|line| Row {
            line: line.line,
            sku: line.sku.as_str(),
            quantity: Quantity::of(line),
            date: day(line.date),
            was: day(line.was),
            estimate: line.estimate,
            refused: line.refused.map(reason),
            instead: line.instead.iter().map(Sku::as_str).collect(),
            answer_by: day(line.answer_by),
        });
        Self {
            order: letter.order.as_str(),
            customer: letter.customer.as_str(),
            to: &letter.to,
            // A carrier's number is free text from outside; a letter has room for one line of it.
            tracking: letter
                .tracking
                .as_ref()
                .map(|text| text.chars().filter(|c| !c.is_control()).take(100).collect()),
            lines: rows.collect(),
        }
    }
}

/// Pages that between them have and have not everything that a template may name.
fn samples() -> [Page<'static>; 2] {
    let bare = || Row {
        line: 1,
        sku: "SKU",
        quantity: Quantity::Whole(1),
        date: None,
        was: None,
        estimate: false,
        refused: None,
        instead: Vec::new(),
        answer_by: None,
    };
    let day = || Some("2026-01-31".to_owned());
    let full = || Row {
        date: day(),
        was: day(),
        refused: Some("not sold"),
        instead: vec!["SKU-A", "SKU-B"],
        answer_by: day(),
        ..bare()
    };
    let page = |tracking, lines| Page {
        order: "1001",
        customer: "C1",
        to: "ann@example.com",
        tracking,
        lines,
    };
    let rows = vec![
        full(),
        Row {
            estimate: true,
            ..full()
        },
    ];
    [page(None, vec![bare()]), page(Some("1Z".to_owned()), rows)]
}

const fn reason(why: RefuseReason) -> &'static str {
    match why {
        RefuseReason::UnknownItem => "we do not carry it",
        RefuseReason::StockOnly => "not enough in stock, and no more is ordered",
        RefuseReason::Substitutable => "not enough in stock; ask us for an alternative",
        RefuseReason::CapReached => "not in stock, and more than may be on backorder",
        RefuseReason::WaitTooLong => "not in stock, and the next delivery would come too late",
    }
}
