//! The words of a letter: built-in templates, each replaced by a file of the same name in the
//! operator's folder. Every template is tried at the start, so a broken one stops the service with
//! its name and line instead of spoiling a letter later. It must not know how letters travel.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use domain::event::{NoticeKind, RefuseReason};
use domain::ids::{Sku, Timestamp};
use domain::notifier::{Letter, LetterLine, Loss, kind_token};
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

const BUILT_IN: [(&str, &str); 12] = [
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
    (
        "taken_back.subject.txt",
        include_str!("../templates/taken_back.subject.txt"),
    ),
    (
        "taken_back.txt",
        include_str!("../templates/taken_back.txt"),
    ),
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

const KINDS: [NoticeKind; 6] = [
    NoticeKind::Backordered,
    NoticeKind::PromiseMoved,
    NoticeKind::Filled,
    NoticeKind::Shipped,
    NoticeKind::Cancelled,
    NoticeKind::TakenBack,
];

/// What a template may name.
#[derive(Debug, Serialize)]
struct Page<'a> {
    order: &'a str,
    customer: &'a str,
    to: &'a str,
    tracking: Option<String>,
    /// The first letter about this order, to whoever knows nothing of it from elsewhere.
    first: bool,
    /// What people call the place where the order is collected, if it is.
    pick_up: Option<String>,
    /// Some of the order is still to come.
    open: bool,
    /// Some of the order has left.
    shipped: bool,
    /// Why units were cancelled, in the words of whoever cancelled them. It may be meant for
    /// nobody else: no built-in template says it.
    reason: Option<String>,
    lines: Vec<Row<'a>>,
}

#[derive(Debug, Serialize)]
struct Row<'a> {
    line: u32,
    sku: &'a str,
    /// What a person calls it, if its item has a description.
    description: Option<&'a str>,
    /// That, else the SKU.
    name: &'a str,
    quantity: Quantity,
    /// `YYYY-MM-DD` in the letter's time zone, as are all dates.
    date: Option<String>,
    was: Option<String>,
    estimate: bool,
    refused: Option<&'static str>,
    /// What became of units that had been set aside.
    lost: Option<&'static str>,
    /// It waited before.
    again: bool,
    instead: Vec<&'a str>,
    /// What people call these.
    instead_names: Vec<&'a str>,
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
            description: line.description.as_deref(),
            name: line.description.as_deref().unwrap_or(line.sku.as_str()),
            quantity: Quantity::of(line),
            date: day(line.date),
            was: day(line.was),
            estimate: line.estimate,
            refused: line.refused.map(reason),
            lost: line.lost.map(lost),
            again: line.again,
            instead: line.instead.iter().map(Sku::as_str).collect(),
            instead_names: line.instead_called.iter().map(String::as_str).collect(),
            answer_by: day(line.answer_by),
        });
        Self {
            order: letter.order.as_str(),
            customer: letter.customer.as_str(),
            to: &letter.to,
            tracking: letter.tracking.as_deref().map(one_line),
            first: letter.first,
            pick_up: letter.pick_up.as_deref().map(one_line),
            open: letter.open,
            shipped: letter.shipped,
            reason: letter.reason.as_deref().map(one_line),
            lines: rows.collect(),
        }
    }
}

/// Free text from outside: a letter has room for one line of it.
fn one_line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(100).collect()
}

/// Pages that between them have and have not everything that a template may name.
fn samples() -> [Page<'static>; 3] {
    let bare = || Row {
        line: 1,
        sku: "SKU",
        description: None,
        name: "SKU",
        quantity: Quantity::Whole(1),
        date: None,
        was: None,
        estimate: false,
        refused: None,
        lost: None,
        again: false,
        instead: Vec::new(),
        instead_names: Vec::new(),
        answer_by: None,
    };
    let day = || Some("2026-01-31".to_owned());
    let full = || Row {
        date: day(),
        was: day(),
        refused: Some("not sold"),
        description: Some("Desk lamp"),
        name: "Desk lamp",
        lost: Some("not found"),
        again: true,
        instead: vec!["SKU-A", "SKU-B"],
        instead_names: vec!["Floor lamp", "SKU-B"],
        answer_by: day(),
        ..bare()
    };
    let page = |tracking, lines| Page {
        order: "1001",
        customer: "C1",
        to: "ann@example.com",
        tracking,
        first: true,
        pick_up: None,
        open: false,
        shipped: false,
        reason: None,
        lines,
    };
    let also = |page: Page<'static>| Page {
        first: false,
        pick_up: Some("Hall 1".to_owned()),
        open: true,
        shipped: true,
        reason: Some("by mistake".to_owned()),
        ..page
    };
    let rows = vec![
        full(),
        Row {
            estimate: true,
            ..full()
        },
    ];
    [
        page(None, vec![bare()]),
        page(Some("1Z".to_owned()), rows),
        also(page(None, vec![bare(), full()])),
    ]
}

const fn reason(why: RefuseReason) -> &'static str {
    match why {
        RefuseReason::UnknownItem => "we do not carry it",
        RefuseReason::StockOnly => "not enough in stock, and no more is ordered",
        RefuseReason::Substitutable => "not enough in stock; ask us for an alternative",
        RefuseReason::CapReached => "not in stock, and more than may be on backorder",
        RefuseReason::WaitTooLong => "not in stock, and the next delivery would come too late",
        RefuseReason::Discontinued => "it will not come any more",
        RefuseReason::OrderWhole => "something else of your order cannot be had, and it goes whole",
    }
}

const fn lost(how: Loss) -> &'static str {
    match how {
        Loss::NotFound => "it was not found where it should be",
        Loss::NotThere => "less was there than we had counted",
        Loss::GivenToOthers => "it was given to another order",
        Loss::Suspended => "your order is on hold, and keeps no stock",
    }
}
