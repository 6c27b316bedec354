//! An item is called otherwise: all that inventory has of it goes on under the other SKU. Must not
//! know why.

use super::Inventory;
use crate::decider::Recorded;
use crate::event::{ItemRenamed, Segment};
use crate::exact::impossible;
use crate::ids::Sku;

impl Inventory {
    /// Walks all open orders once: few things are rarer, and no other fact pays for it.
    pub(super) fn item_renamed(&mut self, fact: &ItemRenamed, at: Recorded) {
        let (was, is) = (&fact.sku, &fact.to);
        self.renamed.rename(fact);
        let stock = self.skus.remove(was);
        let Some(stock) = stock.filter(|_| !self.skus.contains_key(is)) else {
            impossible(format_args!("{was} is renamed to {is}"));
        };
        self.skus.insert(is.clone(), stock);
        self.short.remove(was);
        if let Some(since) = self.shortfalls.remove(was) {
            self.shortfalls.insert(is.clone(), since);
        }
        self.rename_alternatives(was, is);
        self.rename_lines(was, is);
        self.floor.rename(was, is);
        self.held.rename(was, is);
        self.touch(is, at, |_| {});
    }

    /// Other items may name it as what is offered instead of them.
    fn rename_alternatives(&mut self, was: &Sku, is: &Sku) {
        let names = |segment: &Segment| match segment {
            Segment::Substitutable { alternatives, .. } => alternatives.contains(was),
            Segment::Backorderable { .. } | Segment::StockOnly => false,
        };
        let item = |sku: &Sku| {
            let item = self.skus.get(sku).and_then(|stock| stock.item.as_ref());
            item.is_some_and(|item| names(&item.segment))
        };
        let naming: Vec<Sku> = self.skus.keys().filter(|sku| item(sku)).cloned().collect();
        for sku in naming {
            let stock = self.skus.get_mut(&sku).map(|stock| stock.to_mut());
            let item = stock.and_then(|stock| stock.item.as_mut());
            if let Some(Segment::Substitutable { alternatives, .. }) =
                item.map(|item| &mut item.segment)
            {
                rename_all(alternatives, was, is);
            }
        }
    }

    /// Lines of orders, of purchase orders, of moves, and requests.
    fn rename_lines(&mut self, was: &Sku, is: &Sku) {
        let of = self.orders.iter();
        let of = of.filter(|(_, open)| open.lines.iter().any(|line| line.sku == *was));
        for id in of.map(|(id, _)| id.clone()).collect::<Vec<_>>() {
            let open = self.orders.get_mut(&id).map(|open| open.to_mut());
            let lines = open.into_iter().flat_map(|open| &mut open.lines);
            rename_all(lines.map(|line| &mut line.sku), was, is);
        }
        let of = self.purchases.iter();
        let of = of.filter(|(_, lines)| lines.iter().any(|line| line.sku == *was));
        for id in of.map(|(id, _)| id.clone()).collect::<Vec<_>>() {
            let lines = self.purchases.get_mut(&id).map(|lines| lines.to_mut());
            let lines = lines.into_iter().flatten();
            rename_all(lines.map(|line| &mut line.sku), was, is);
        }
        let of = self.travels.iter();
        let of = of.filter(|(_, travel)| travel.lines.iter().any(|line| line.sku == *was));
        for via in of.map(|(via, _)| via.clone()).collect::<Vec<_>>() {
            let travel = self.travels.get_mut(&via).map(|travel| travel.to_mut());
            let lines = travel.into_iter().flat_map(|travel| &mut travel.lines);
            rename_all(lines.map(|line| &mut line.sku), was, is);
        }
        let of = self.requisitions.iter();
        let of = of.filter(|(_, asked)| asked.sku == *was);
        for id in of.map(|(id, _)| id.clone()).collect::<Vec<_>>() {
            let asked = self.requisitions.get_mut(&id);
            rename_all(asked.map(|asked| &mut asked.sku), was, is);
        }
    }
}

/// Of these, those that are called so are called otherwise.
pub(super) fn rename_all<'a>(skus: impl IntoIterator<Item = &'a mut Sku>, was: &Sku, is: &Sku) {
    for sku in skus.into_iter().filter(|sku| **sku == *was) {
        *sku = is.clone();
    }
}
