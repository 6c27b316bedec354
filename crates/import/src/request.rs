//! A purchase as its customer asks for it at the door of orders.

use api::orders::v1::{
    Customer, History, HistoryEnd, LineQuantity, OrderLine, PlaceOrderRequest, ShipTo,
};

use crate::entry::Purchase;
use crate::state::Ended;

impl Purchase {
    /// The request that places it, as the file tells it. When it was placed is not said: that is
    /// for whoever sends it to say, or the order is placed now.
    pub fn request(&self) -> PlaceOrderRequest {
        let lines = (1_u32..).zip(&self.rows).map(|(line, row)| OrderLine {
            line,
            sku: row.sku.to_string(),
            quantity: row.quantity,
            unit_price_minor: row.unit_price_minor,
            complete_only: false,
        });
        PlaceOrderRequest {
            order_id: self.order.to_string(),
            customer: Some(Customer {
                id: self.customer.to_string(),
                tier: self.tier.to_string(),
                email: self.email.clone().unwrap_or_default(),
                lifetime_value_minor: None,
            }),
            channel: self.channel.clone(),
            ship_to: Some(ShipTo {
                country: self.country.clone(),
                region: self.region.clone().unwrap_or_default(),
            }),
            currency: self.currency.to_string(),
            lines: lines.collect(),
            history: self.ended.map(|ended| self.history(ended)),
            ..PlaceOrderRequest::default()
        }
    }

    fn history(&self, ended: Ended) -> History {
        let ended = match ended {
            Ended::Fulfilled => HistoryEnd::Fulfilled,
            Ended::Refunded => HistoryEnd::Refunded,
            Ended::Cancelled => HistoryEnd::Cancelled,
        };
        let returned = (1_u32..).zip(&self.rows);
        let returned = returned.filter(|(_, row)| row.returned > 0);
        let returned = returned.map(|(line, row)| LineQuantity {
            line,
            quantity: row.returned,
        });
        History {
            ended: ended.into(),
            returned: returned.collect(),
        }
    }
}
