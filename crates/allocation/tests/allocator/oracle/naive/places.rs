//! From where a line is filled, by comparing every place with every other.

use std::collections::BTreeMap;

use super::serve::Plan;
use super::{Line, Name};

/// Where an order takes from.
#[derive(Debug, Clone)]
pub enum Where {
    Anywhere,
    Only(Name),
    Nowhere,
}

impl Where {
    pub fn allows(&self, place: &str) -> bool {
        match self {
            Self::Anywhere => true,
            Self::Only(only) => only == place,
            Self::Nowhere => false,
        }
    }
}

impl Plan<'_> {
    /// A near place first, then the cheaper, then the one with more, then the one named first.
    pub fn by_preference(&self, line: &Line) -> Vec<Name> {
        let mut places: Vec<_> = (0..self.naive.places.len())
            .map(|named| {
                let place = self.naive.places[named].location.to_string();
                let free = self.free.get(&(line.sku.clone(), place.clone())).copied();
                let (far, cost) = self.away(line, named);
                (far, cost, -free.unwrap_or_default(), named, place)
            })
            .collect();
        places.sort();
        places.into_iter().map(|(.., place)| place).collect()
    }

    /// Whether a place is another region's, and what it costs to ship from there.
    fn away(&self, line: &Line, named: usize) -> (bool, u32) {
        let place = &self.naive.places[named];
        let near = line.region.is_some() && line.region == place.region;
        (!near, place.cost.unwrap_or_default())
    }

    /// One that may not be split takes all from the place where it has stock, or else where its
    /// goods left from; or else from that which covers most lines, then most units, then the one
    /// it prefers, of those that have some of what this line is about. One that takes all or
    /// nothing takes from no place that does not cover it.
    pub fn goes_to(&self, line: &Line) -> Where {
        if let Some(place) = &line.pick_up_at {
            return Where::Only(place.clone());
        }
        if !line.no_split {
            return Where::Anywhere;
        }
        if let Some(place) = self.bound.get(&line.rank.1) {
            return Where::Only(place.clone());
        }
        let mine = |other: &&Line| other.order == line.order;
        let lines: Vec<&Line> = self.naive.lines.iter().filter(mine).collect();
        let holds = lines.iter().flat_map(|it| &it.held).next();
        let left_from = self.naive.left_from.get(&line.order);
        let bound = holds.map(|(place, _, _)| place).or(left_from);
        let mut best = None;
        for (named, place) in self.naive.places.iter().enumerate() {
            let place = place.location.to_string();
            let (short, taken) = self.covers(&lines, &place);
            let units: i64 = taken.values().sum();
            let will_do = if line.ship_complete {
                short == 0
            } else {
                taken[&line.sku] > 0
            };
            if will_do && bound.is_none_or(|bound| *bound == place) {
                let (far, cost) = self.away(line, named);
                let offer = (short, -units, far, cost, named, place);
                best = best.into_iter().chain([offer]).min();
            }
        }
        best.map_or(Where::Nowhere, |(.., place)| Where::Only(place))
    }

    /// How many of these lines a place would not cover, and what of each SKU they would get there.
    fn covers<'l>(&self, lines: &[&'l Line], place: &str) -> (usize, BTreeMap<&'l Name, i64>) {
        let (mut short, mut all) = (0, BTreeMap::<&Name, i64>::new());
        for line in lines {
            let wanted = i64::from(line.unfilled());
            let taken = all.entry(&line.sku).or_default();
            let left = self.may_take(line, &Where::Only(place.to_owned())) - *taken;
            short += usize::from(left < wanted);
            if left >= wanted || !(line.complete_only || line.ship_complete) {
                *taken += left.min(wanted);
            }
        }
        (short, all)
    }
}
