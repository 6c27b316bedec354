//! `import items`, `import stock`, `import receipts`: lists that a shop keeps, by the rules of
//! orders.

mod call;
mod defining;
mod doing;
mod known;
mod receiving;
mod stocking;
mod whole;

pub(super) use defining::DefineItems;
pub(super) use receiving::Receive;
pub(super) use stocking::CountIn;
