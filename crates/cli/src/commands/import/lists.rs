//! `import items`, `import stock`, `import receipts`: lists that a shop keeps, by the rules of
//! orders.

mod defining;
mod doing;
mod receiving;
mod stocking;

pub(super) use defining::DefineItems;
pub(super) use receiving::Receive;
pub(super) use stocking::CountIn;
