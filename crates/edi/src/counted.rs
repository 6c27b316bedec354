//! What a quantity is counted in: pieces, or a measure with codes of its own. Must not know how
//! much.

use std::fmt;

/// What a unit is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Counted {
    /// Nobody says: the item's own unit.
    #[default]
    Unsaid,
    /// Pieces.
    Pieces,
    /// A measure, of those that have codes of their own.
    By(Measure),
}

/// A measure with codes of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// Metres.
    Metre,
    /// Yards.
    Yard,
    /// Feet.
    Foot,
    /// Square metres.
    SquareMetre,
    /// Square feet.
    SquareFoot,
    /// Kilograms.
    Kilogram,
    /// Grams.
    Gram,
    /// Pounds.
    Pound,
    /// Litres.
    Litre,
}

/// Each measure, its codes (X12 355, UN/ECE recommendation 20), and how people write it.
const MEASURES: [(Measure, &str, &str, &[&str]); 9] = [
    (Measure::Metre, "MR", "MTR", &["m", "metre", "meter"]),
    (Measure::Yard, "YD", "YRD", &["yd", "yard"]),
    (Measure::Foot, "FT", "FOT", &["ft", "foot", "feet"]),
    (Measure::SquareMetre, "SM", "MTK", &["m²", "m2", "sqm"]),
    (Measure::SquareFoot, "SF", "FTK", &["ft²", "ft2", "sqft"]),
    (Measure::Kilogram, "KG", "KGM", &["kg", "kilo", "kilogram"]),
    (Measure::Gram, "GR", "GRM", &["g", "gram"]),
    (Measure::Pound, "LB", "LBR", &["lb", "lbs", "pound"]),
    (Measure::Litre, "LT", "LTR", &["l", "litre", "liter"]),
];

impl Counted {
    /// By a code of a message, of either standard; none where it is of no measure.
    pub(crate) fn of_code(code: &str) -> Option<Self> {
        let found = MEASURES
            .iter()
            .find(|(_, x12, edifact, _)| code == *x12 || code == *edifact);
        found.map(|(measure, ..)| Self::By(*measure))
    }

    /// By what a person calls the unit of an item; what is no measure is pieces.
    pub fn of_item(unit: &str) -> Self {
        let unit = unit.trim().to_lowercase();
        let singular = unit.strip_suffix('s').unwrap_or(&unit);
        let found = MEASURES
            .iter()
            .find(|(.., words)| words.iter().any(|word| *word == unit || *word == singular));
        found.map_or(Self::Pieces, |(measure, ..)| Self::By(*measure))
    }

    /// The codes that are written for it, in X12 and in EDIFACT.
    pub fn codes(self) -> (&'static str, &'static str) {
        let of = |by| MEASURES.iter().find(|(measure, ..)| *measure == by);
        match self {
            Self::Unsaid | Self::Pieces => ("EA", "PCE"),
            Self::By(by) => of(by).map_or(("EA", "PCE"), |(_, x12, edifact, _)| (*x12, *edifact)),
        }
    }

    /// Whether both may count the same.
    pub(crate) fn fits(self, other: Self) -> bool {
        self == Self::Unsaid || other == Self::Unsaid || self == other
    }
}

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unsaid => "units",
            Self::Pieces => "pieces",
            Self::By(Measure::Metre) => "metres",
            Self::By(Measure::Yard) => "yards",
            Self::By(Measure::Foot) => "feet",
            Self::By(Measure::SquareMetre) => "square metres",
            Self::By(Measure::SquareFoot) => "square feet",
            Self::By(Measure::Kilogram) => "kilograms",
            Self::By(Measure::Gram) => "grams",
            Self::By(Measure::Pound) => "pounds",
            Self::By(Measure::Litre) => "litres",
        })
    }
}
