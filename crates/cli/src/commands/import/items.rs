//! Which SKUs of a file nobody has defined, and which known ones they were perhaps meant to be.
//! Asked before anything is placed: an order for a slip in master data would be decided for good.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use api::inventory::v1::define_item_request::Segment;
use api::inventory::v1::{Backorderable, DefineItemRequest, ListStockRequest};
use domain::decider::Room;
use domain::ids::Sku;
use domain::quantity::Measure;
use futures::{StreamExt, TryStreamExt};
use import::Purchase;
use tonic::Code;

use super::tries::again;
use crate::problem::Problem;
use crate::session::Session;
use crate::units;

/// How many items one page of inventory has.
const PAGE: i32 = 500;

/// Items that are counted in a unit or in parts of one, whose quantities a file tells so.
pub(super) async fn measures(session: &Session) -> Result<BTreeMap<Sku, Measure>, Problem> {
    let client = session.doors.inventory()?;
    let (mut measures, mut page_token) = (BTreeMap::new(), String::new());
    loop {
        let request = ListStockRequest {
            page_size: PAGE,
            page_token,
            measured: true,
            ..ListStockRequest::default()
        };
        let answer = again(|| {
            let (mut client, request) = (client.clone(), request.clone());
            async move { client.list_stock(request).await }
        });
        let problem = |status| session.doors.problem(Room::Inventory, "ListStock", &status);
        let answer = answer.await.map_err(problem)?.into_inner();
        for stock in answer.stocks {
            let measure = units::measure(&stock.unit, &stock.step);
            measures.insert(Sku::from(stock.sku), measure);
        }
        page_token = answer.next_page_token;
        if page_token.is_empty() {
            return Ok(measures);
        }
    }
}

/// SKUs of a file that inventory does not know.
#[derive(Debug, Default)]
pub(super) struct Items {
    /// Those that stay unknown, each with the known one that it looks like.
    pub unknown: BTreeMap<Sku, Option<String>>,
    /// Those that are to be defined.
    new: BTreeSet<Sku>,
}

impl Items {
    /// Asks inventory. With `define`, only what looks like a known item, or like another one that
    /// is not known, stays unknown.
    pub async fn ask<'a>(
        session: &Session,
        named: impl Iterator<Item = &'a Sku>,
        define: bool,
    ) -> Result<Self, Problem> {
        let mut missing: BTreeSet<&str> = named.map(Sku::as_str).collect();
        let mut near: HashMap<String, Vec<&str>> = HashMap::new();
        for sku in &missing {
            near.entry(bare(sku)).or_default().push(sku);
        }
        let mut looks: HashMap<&str, String> = HashMap::new();
        let client = session.doors.inventory()?;
        let mut page_token = String::new();
        loop {
            let request = ListStockRequest {
                page_size: PAGE,
                page_token,
                ..ListStockRequest::default()
            };
            let answer = again(|| {
                let (mut client, request) = (client.clone(), request.clone());
                async move { client.list_stock(request).await }
            });
            let problem = |status| session.doors.problem(Room::Inventory, "ListStock", &status);
            let answer = answer.await.map_err(problem)?.into_inner();
            for stock in &answer.stocks {
                missing.remove(stock.sku.as_str());
                for alike in near.get(&bare(&stock.sku)).into_iter().flatten() {
                    looks.entry(alike).or_insert_with(|| stock.sku.clone());
                }
            }
            page_token = answer.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        let mut items = Self::default();
        for sku in &missing {
            let mut alike = near.get(&bare(sku)).into_iter().flatten();
            let other = alike.find(|other| *other != sku && missing.contains(*other));
            let near = looks.remove(sku);
            let near = near.or_else(|| other.map(|other| (*other).to_owned()));
            if define && near.is_none() {
                items.new.insert(Sku::from(*sku));
            } else {
                items.unknown.insert(Sku::from(*sku), near);
            }
        }
        Ok(items)
    }

    /// Defines the new ones, each called as the file calls it, or by its SKU.
    pub async fn define(
        &self,
        session: &Session,
        named: &BTreeMap<Sku, String>,
        define: Backorderable,
        at_once: u32,
    ) -> Result<(), Problem> {
        let client = session.doors.inventory()?;
        let requests = self.new.iter().map(|sku| {
            let called = named.get(sku).filter(|called| !called.is_empty());
            DefineItemRequest {
                definition_id: format!("import {sku}"),
                sku: sku.to_string(),
                description: called.cloned().unwrap_or_else(|| sku.to_string()),
                segment: Some(Segment::Backorderable(define)),
                ..DefineItemRequest::default()
            }
        });
        let at_once = usize::try_from(at_once).unwrap_or(1);
        futures::stream::iter(requests)
            .map(|request| {
                let client = &client;
                async move {
                    let answer = again(|| {
                        let (mut client, request) = (client.clone(), request.clone());
                        async move { client.define_item(request).await }
                    });
                    match answer.await {
                        Ok(_) => Ok(()),
                        // Defined meanwhile: it is there, which is what was wanted.
                        Err(status) if status.code() == Code::AlreadyExists => Ok(()),
                        Err(status) => {
                            Err(session
                                .doors
                                .problem(Room::Inventory, "DefineItem", &status))
                        }
                    }
                }
            })
            .buffer_unordered(at_once)
            .try_collect()
            .await
    }

    /// Whether one of its items is to be defined.
    pub fn defines_of(&self, purchase: &Purchase) -> bool {
        purchase.rows.iter().any(|row| self.new.contains(&row.sku))
    }

    /// An unknown item and what it looks like; none if it is known.
    pub fn in_words(&self, sku: &Sku) -> Option<String> {
        Some(match self.unknown.get(sku)? {
            None => sku.to_string(),
            Some(near) if self.unknown.contains_key(&Sku::from(near.as_str())) => {
                format!("{sku} (it looks like {near})")
            }
            Some(near) => format!("{sku} (but {near} is)"),
        })
    }

    /// Which items of an order nobody has defined, in words; none if all are.
    pub fn unknown_of(&self, purchase: &Purchase) -> Option<String> {
        let mut unknown: BTreeSet<String> = BTreeSet::new();
        for row in &purchase.rows {
            unknown.extend(self.in_words(&row.sku));
        }
        let unknown: Vec<String> = unknown.into_iter().collect();
        (!unknown.is_empty()).then(|| format!("nobody has defined {}", unknown.join(", ")))
    }
}

/// A SKU as spreadsheets and people keep it: without case, whitespace and leading zeros.
pub(super) fn bare(sku: &str) -> String {
    let visible = sku.chars().filter(|letter| !letter.is_whitespace());
    let lower: String = visible.flat_map(char::to_lowercase).collect();
    lower.trim_start_matches('0').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sku_looks_like_one_that_a_spreadsheet_or_a_person_makes_of_it() {
        assert_eq!(bare("00123"), bare("123"));
        assert_eq!(bare("mug 01"), bare("MUG01"));
        assert_ne!(bare("MUG01"), bare("MUG1"));
    }
}
