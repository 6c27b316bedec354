//! What an order says is another, and all that follows from it is looked at anew.

use domain::event::{AmendedField, OrderAmended, OrderField};

use super::{Line, Naive};

impl Naive {
    pub fn amended(&mut self, amended: &OrderAmended) {
        for field in &amended.fields {
            self.says(amended.order.as_str(), &field.to);
        }
        self.rank_all();
        let told = |field: &AmendedField| {
            matches!(field.to, OrderField::Email(_) | OrderField::Country(_))
        };
        if !amended.fields.iter().all(told) {
            let mine = |line: &&Line| line.order == amended.order.as_str();
            let skus = self.lines.iter().filter(mine).map(|line| line.sku.clone());
            for sku in skus.collect::<Vec<_>>() {
                self.sharing.remove(&sku);
            }
        }
    }

    fn says(&mut self, order: &str, field: &OrderField) {
        let (placed, _) = self.placed.get_mut(order).unwrap();
        let lines = self.lines.iter_mut().filter(|line| line.order == order);
        match field.clone() {
            OrderField::Email(email) => placed.customer.email = email,
            OrderField::Country(country) => placed.ship_to.country = country,
            OrderField::Urgency(urgency) => placed.urgency = urgency,
            OrderField::ShipBy(at) => placed.ship_by = at,
            OrderField::Tier(tier) => {
                lines.for_each(|line| line.tier = tier.to_string());
                placed.customer.tier = tier;
            }
            OrderField::Region(region) => {
                lines.for_each(|line| line.region = region.clone());
                placed.ship_to.region = region;
            }
            OrderField::RequestedAt(at) => {
                lines.for_each(|line| line.requested_at = at);
                placed.requested_at = at;
            }
            OrderField::RestMayGo(rest) => {
                for line in lines {
                    line.rest_may_go = rest;
                    line.falls &= !rest;
                }
                placed.rest_may_go = rest;
                self.fall(order);
            }
            OrderField::UnitPrice { line, minor } => {
                let mut lines = placed.lines.iter_mut();
                if let Some(line) = lines.find(|placed| placed.line == line) {
                    line.unit_price_minor = minor;
                }
            }
        }
    }
}
