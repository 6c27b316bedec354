//! What of the open orders needs a person: nothing that this room owns. Whether they are late is
//! the allocator's to say, and what was refused has closed, so its service reads that from the log.

use super::Orders;
use crate::exception::{Exceptions, Worst};
use crate::ids::Timestamp;

impl Exceptions for Orders {
    fn exceptions(&self, _now: Timestamp, _worst: &mut Worst) {}
}
