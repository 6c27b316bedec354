//! An item is called otherwise. Must not know what is kept under its name elsewhere.

use domain::ids::Sku;

use super::SkuState;

impl SkuState {
    /// It is called otherwise.
    pub fn rename(&mut self, sku: Sku) {
        self.sku = sku;
    }

    /// Another item that is offered instead of it is called otherwise.
    pub fn rename_alternative(&mut self, was: &Sku, is: &Sku) {
        if let Some(policy) = &mut self.policy {
            policy.rename_alternative(was, is);
        }
    }
}
