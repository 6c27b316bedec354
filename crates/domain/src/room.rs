//! The five rooms of a cell, by name.

use std::fmt;

use serde::Serialize;

/// The five rooms of a cell. A room's token names its subject, its service and its crate.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, serde::Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Room {
    /// What customers asked for.
    Orders,
    /// What stock there is.
    Inventory,
    /// Who gets it.
    Allocator,
    /// Who is told.
    Notifier,
    /// What suppliers owe.
    SupplierGateway,
}

impl Room {
    /// All of them, in the order above.
    pub const ALL: [Self; 5] = [
        Self::Orders,
        Self::Inventory,
        Self::Allocator,
        Self::Notifier,
        Self::SupplierGateway,
    ];

    /// The last token of its subject.
    pub const fn token(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::Inventory => "inventory",
            Self::Allocator => "allocator",
            Self::Notifier => "notifier",
            Self::SupplierGateway => "supplier-gateway",
        }
    }

    /// The room with this token.
    pub fn from_token(token: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|room| room.token() == token)
    }
}

impl fmt::Display for Room {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.token())
    }
}
