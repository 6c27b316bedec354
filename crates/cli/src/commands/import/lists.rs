//! `import items`, `stock`, `receipts` and `purchase-orders`: lists that a shop keeps, by the rules
//! of orders.

mod answered;
mod bought;
mod buying;
mod call;
mod defining;
mod doing;
mod known;
mod receiving;
mod stocking;
mod whole;

pub(super) use buying::BuyIn;
pub(super) use defining::DefineItems;
pub(super) use receiving::Receive;
pub(super) use stocking::CountIn;
