//! What the allocator may be asked to do, and the decisions on it.

use domain::exact::Exact;

use serde::Serialize;

use super::availability::Asked;
use super::holds::{MAX_HOLD_MS, MAX_HOLD_UNITS, MAX_OPEN_HOLDS};
use super::rule::{RankingRule, check};
use super::{Allocator, AllocatorRefusal as No};
use domain::command::{Command, RoomState};
use domain::decider::{Decided, Decision};
use domain::event::{Event, HoldEnd, RankingRuleSet, Rebalanced, RunSegment, StockHeld, What};
use domain::ids::{DefinitionId, HoldId, Key, RunId, Sku, Tier, Timestamp};

/// Holds free units for somebody, for a time. All that is asked for is held, or nothing.
///
/// Refused under a SKU that its item gave up, when less is free to them, when the time is past or
/// too long, and when too many holds are open.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HoldStock {
    /// The hold, by the caller's number or ours.
    pub hold: HoldId,
    /// What.
    pub sku: Sku,
    /// Whole units.
    pub quantity: u32,
    /// The standing of whom they are held for: what is kept back for others is not held.
    pub tier: Tier,
    /// How they came, for the same reason.
    pub channel: Option<String>,
    /// Until when. It follows from when it is asked for: a repetition asks for a later one, and
    /// the first one stands.
    #[serde(skip_serializing)]
    pub until: Timestamp,
}

impl Command<Allocator> for HoldStock {
    fn id(&self) -> Option<Key> {
        Some(self.hold.key())
    }

    fn keys(&self) -> Vec<Key> {
        vec![self.sku.key()]
    }

    fn decide(&self, allocator: &RoomState<Allocator>, now: Timestamp) -> Decision<No> {
        check_hold(self, now)?;
        allocator.check_not_renamed(&self.sku)?;
        if allocator.holds.len() >= MAX_OPEN_HOLDS {
            return Err(No::TooManyHolds {});
        }
        let (sku, quantity) = (self.sku.clone(), self.quantity);
        let asked = Asked {
            channel: self.channel.clone().unwrap_or_default(),
            ..Asked::of(&sku, quantity, &self.tier)
        };
        let free = allocator.free_to(asked, now);
        if free < quantity {
            return Err(No::MoreThanFree {
                sku,
                quantity,
                free,
            });
        }
        let held = StockHeld {
            hold: self.hold.clone(),
            sku,
            quantity,
            tier: self.tier.clone(),
            channel: self.channel.clone(),
            until: self.until,
        };
        Ok(Decided::Record(held.into()))
    }

    fn answered_by(event: &Event) -> Option<Self> {
        StockHeld::of(event).map(|held| Self {
            hold: held.hold.clone(),
            sku: held.sku.clone(),
            quantity: held.quantity,
            tier: held.tier.clone(),
            channel: held.channel.clone(),
            until: held.until,
        })
    }
}

/// The longest name of a channel, in characters: as long as an order's may be.
const MAX_CHANNEL_CHARS: usize = 64;

/// The rules on a hold that need no state.
fn check_hold(asked: &HoldStock, now: Timestamp) -> Result<(), No> {
    let (quantity, until) = (asked.quantity, asked.until);
    if !(1..=MAX_HOLD_UNITS).contains(&quantity) {
        return Err(No::HoldQuantityOutOfRange { quantity });
    }
    if until <= now || until > now.plus_ms(MAX_HOLD_MS) {
        return Err(No::HoldUntilOutOfRange { until });
    }
    let is_name = |name: &String| {
        !name.trim().is_empty()
            && name.chars().count() <= MAX_CHANNEL_CHARS
            && !name.chars().any(char::is_control)
    };
    if asked.channel.as_ref().is_none_or(is_name) {
        Ok(())
    } else {
        Err(No::HoldChannelMalformed {})
    }
}

/// Gives a hold up. Nothing, if it has ended already.
///
/// Refused when there was never such a hold, and when an order has taken it over.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReleaseHold {
    /// Which.
    pub hold: HoldId,
}

impl Command<Allocator> for ReleaseHold {
    fn keys(&self) -> Vec<Key> {
        vec![self.hold.key()]
    }

    fn decide(&self, allocator: &RoomState<Allocator>, _now: Timestamp) -> Decision<No> {
        let hold = self.hold.clone();
        let open = allocator.holds.get(&hold);
        if let Some(order) = open.and_then(|open| open.order.clone()) {
            return Err(No::HoldUsed { hold, order });
        }
        match allocator.holds.ended(&hold, HoldEnd::Withdrawn) {
            Some(ended) => Ok(Decided::Record(ended.into())),
            None if allocator.commands.find(hold.key()).is_some() => Ok(Decided::Nothing),
            None => Err(No::UnknownHold { hold }),
        }
    }
}

/// Sets another rule, by which every open line is ranked from then on. The room gives it its
/// version, one more than that in force. A rule that says the same as what stands is recorded with
/// the version that stands, so that no retry of it comes late.
///
/// Refused at the first bound that the rule breaks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SetRankingRule {
    /// This request.
    pub definition: DefinitionId,
    /// What it asks for. Its version is the room's to give: here it is 0.
    #[serde(flatten)]
    pub rule: RankingRule,
}

impl SetRankingRule {
    /// Whether this rule says the same.
    pub fn says_the_same_as(&self, rule: &RankingRule) -> bool {
        let version = rule.version;
        *rule
            == RankingRule {
                version,
                ..self.rule.clone()
            }
    }

    /// The rule that it asks for, as this version.
    pub fn as_version(&self, version: u32) -> RankingRuleSet {
        let rule = self.rule.clone();
        RankingRuleSet {
            definition: self.definition.clone(),
            version,
            explanation: rule.explanation,
            tier_days: rule.tier_days,
            value: rule.value,
            lifetime_value: rule.lifetime_value,
            requested_within_days: rule.requested_within_days,
            urgency_days: rule.urgency_days,
            deadline_within_days: rule.deadline_within_days,
            small_line_days: rule.small_line_days,
            promise_due_days: rule.promise_due_days,
            max_boost_days: rule.max_boost_days,
            unchanged: false,
        }
    }
}

impl Command<Allocator> for SetRankingRule {
    fn id(&self) -> Option<Key> {
        Some(self.definition.key())
    }

    /// There is one rule in a cell.
    fn keys(&self) -> Vec<Key> {
        vec![Key::of("ranking_rule", "")]
    }

    fn decide(&self, allocator: &RoomState<Allocator>, _now: Timestamp) -> Decision<No> {
        let in_force = allocator.ranking_rule();
        let next = self.as_version(in_force.version.plus(1));
        check(&next)?;
        let set = if self.says_the_same_as(in_force) {
            RankingRuleSet {
                version: in_force.version,
                unchanged: true,
                ..next
            }
        } else {
            next
        };
        Ok(Decided::Record(set.into()))
    }

    fn answered_by(event: &Event) -> Option<Self> {
        RankingRuleSet::of(event).map(|set| Self {
            definition: set.definition.clone(),
            rule: RankingRule {
                version: 0,
                ..RankingRule::from(set)
            },
        })
    }
}

/// Does what a preview showed. What that is the room works out again, and it must come to the same.
/// A run that comes to nothing is recorded as well: its id has been used.
///
/// Refused at a bound of the request, when the state has moved on from the preview, and when an
/// SKU of the run is being settled.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CommitRebalance {
    /// This run.
    pub run: RunId,
    /// Who is looked at and how, the first that a line fits decides.
    pub segments: Vec<RunSegment>,
    /// The most promises that may move; absent: any number.
    pub nervousness_budget: Option<u32>,
    /// The preview that was agreed to. It follows from the state on which it was made: a
    /// repetition may come with another one, and the first one stands.
    #[serde(skip_serializing)]
    pub preview: String,
}

impl Command<Allocator> for CommitRebalance {
    fn id(&self) -> Option<Key> {
        Some(self.run.key())
    }

    /// Two runs would share stock.
    fn keys(&self) -> Vec<Key> {
        vec![Key::of("rebalance", "")]
    }

    fn decide(&self, allocator: &RoomState<Allocator>, now: Timestamp) -> Decision<No> {
        let effects = allocator.agreed_effects(&self.segments, &self.preview, now)?;
        let (causes, before) = allocator.causes_of_moves(What::Rebalanced, &effects);
        let run = Rebalanced {
            causes,
            before,
            run: self.run.clone(),
            rule: allocator.ranking_rule().version,
            segments: self.segments.clone(),
            nervousness_budget: self.nervousness_budget,
            preview: self.preview.clone(),
            effects,
        };
        Ok(Decided::Record(run.into()))
    }

    fn answered_by(event: &Event) -> Option<Self> {
        Rebalanced::of(event).map(|run| Self {
            run: run.run.clone(),
            segments: run.segments.clone(),
            nervousness_budget: run.nervousness_budget,
            preview: run.preview.clone(),
        })
    }
}
