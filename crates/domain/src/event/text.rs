//! A commit as it is written, of which single events are decoded: who wants one event does not pay
//! for its neighbours. Must not know where commits are kept.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::{Commit, Effect, Event, Tag, TypeField};
use crate::ids::{OrderId, Revision, Timestamp};

/// The text of a commit, and where each of its events stands in it. The whole text is looked
/// through once, when this is made: that it is JSON from end to end is known, what its events say
/// is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitText<B> {
    body: B,
    as_of: Revision,
    at: Timestamp,
    events: Vec<Span>,
}

/// Bytes of the text, from the first up to the one after the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    from: u32,
    to: u32,
}

/// What an event says of one order.
#[derive(Debug, Clone, PartialEq)]
#[allow(
    clippy::large_enum_variant,
    reason = "read one at a time, and moved once"
)]
pub enum Passage {
    /// The whole event, of another room than the allocator, or about no order's lines.
    Event(Event),
    /// Of what the allocator did to many orders, what it did to this one, in its order.
    Effects(Vec<Effect>),
}

/// The frame of a commit. Its events are only delimited.
#[derive(Deserialize)]
struct Frame<'a> {
    as_of: Revision,
    at: Timestamp,
    #[serde(borrow)]
    events: Vec<&'a RawValue>,
}

impl<B: AsRef<[u8]>> CommitText<B> {
    /// Finds the events in the words of the wire.
    ///
    /// # Errors
    /// The text is no commit, apart from what its events say.
    pub fn new(body: B) -> Result<Self, serde_json::Error> {
        let text = text(body.as_ref())?;
        let frame: Frame<'_> = serde_json::from_str(text)?;
        let begin = text.as_ptr().addr();
        let span = |event: &&RawValue| {
            let event = event.get();
            let from = event.as_ptr().addr().checked_sub(begin)?;
            let to = from.checked_add(event.len())?;
            Some(Span {
                from: u32::try_from(from).ok()?,
                to: u32::try_from(to).ok()?,
            })
        };
        let events: Option<Vec<Span>> = frame.events.iter().map(span).collect();
        let events =
            events.ok_or_else(|| serde_json::Error::custom("the text is over 4 GB long"))?;
        let (as_of, at) = (frame.as_of, frame.at);
        Ok(Self {
            body,
            as_of,
            at,
            events,
        })
    }

    /// The words of the wire.
    pub const fn body(&self) -> &B {
        &self.body
    }

    /// What the room had folded when it decided.
    pub const fn as_of(&self) -> Revision {
        self.as_of
    }

    /// When it decided, by its clock.
    pub const fn at(&self) -> Timestamp {
        self.at
    }

    /// How many events it has.
    pub const fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether it has none.
    pub const fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// The event at an index, from 0; nothing beyond the last.
    ///
    /// # Errors
    /// It is no event that is known here.
    pub fn event(&self, index: u32) -> Result<Option<Event>, serde_json::Error> {
        self.slice(index)
            .map(|event| serde_json::from_str(text(event)?))
            .transpose()
    }

    /// What the event at an index, from 0, says of an order; nothing beyond the last. Of what the
    /// allocator did to other orders, only whose it is is read.
    ///
    /// # Errors
    /// It is no event that is known here.
    pub fn passage(
        &self,
        index: u32,
        order: &OrderId,
    ) -> Result<Option<Passage>, serde_json::Error> {
        let Some(event) = self.slice(index) else {
            return Ok(None);
        };
        let mut reader = serde_json::Deserializer::from_str(text(event)?);
        let passage = PassageOf(order).deserialize(&mut reader)?;
        reader.end()?;
        Ok(Some(passage))
    }

    /// All of it, decoded.
    ///
    /// # Errors
    /// One of its events is none that is known here.
    pub fn commit(&self) -> Result<Commit, serde_json::Error> {
        Commit::read(self.body.as_ref())
    }

    fn slice(&self, index: u32) -> Option<&[u8]> {
        let span = self.events.get(usize::try_from(index).ok()?)?;
        let (from, to) = (usize::try_from(span.from), usize::try_from(span.to));
        self.body.as_ref().get(from.ok()?..to.ok()?)
    }
}

fn text(bytes: &[u8]) -> Result<&str, serde_json::Error> {
    std::str::from_utf8(bytes).map_err(serde_json::Error::custom)
}

/// Reads what an event says of this order.
struct PassageOf<'o>(&'o OrderId);

impl<'de> DeserializeSeed<'de> for PassageOf<'_> {
    type Value = Passage;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Passage, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for PassageOf<'_> {
    type Value = Passage;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event with its `type` first")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Passage, A::Error> {
        let Some((TypeField::Type, tag)) = map.next_entry()? else {
            return Err(A::Error::missing_field("type"));
        };
        if !matches!(tag, Tag::Settled | Tag::Rebalanced | Tag::WaitsEnded) {
            return Tag::fields(tag, map).map(Passage::Event);
        }
        let mut effects = None;
        while let Some(field) = map.next_key::<Cow<'de, str>>()? {
            if field != "effects" {
                map.next_value::<IgnoredAny>()?;
            } else if effects.is_some() {
                return Err(A::Error::duplicate_field("effects"));
            } else {
                effects = Some(map.next_value_seed(EffectsOf(self.0))?);
            }
        }
        let effects = effects.ok_or_else(|| A::Error::missing_field("effects"))?;
        Ok(Passage::Effects(effects))
    }
}

/// Reads the effects on this order.
struct EffectsOf<'o>(&'o OrderId);

impl<'de> DeserializeSeed<'de> for EffectsOf<'_> {
    type Value = Vec<Effect>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<Effect>, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for EffectsOf<'_> {
    type Value = Vec<Effect>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of effects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut effects: A) -> Result<Vec<Effect>, A::Error> {
        let mut ours = Vec::new();
        while let Some(effect) = effects.next_element::<&RawValue>()? {
            let effect = effect.get();
            let whose: Whose<'_> = serde_json::from_str(effect).map_err(A::Error::custom)?;
            if whose.order() == self.0.as_str() {
                ours.push(serde_json::from_str(effect).map_err(A::Error::custom)?);
            }
        }
        Ok(ours)
    }
}

/// An [`Effect`] as far as it says whose it is.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Whose<'a> {
    #[serde(borrow)]
    Assigned(OfOrder<'a>),
    #[serde(borrow)]
    Released(OfOrder<'a>),
    #[serde(borrow)]
    Backordered(OfOrder<'a>),
    #[serde(borrow)]
    Offered(OfOrder<'a>),
    #[serde(borrow)]
    Refused(OfOrder<'a>),
    #[serde(borrow)]
    Promised(OfOrder<'a>),
}

#[derive(Deserialize)]
struct OfOrder<'a> {
    #[serde(borrow)]
    order: Cow<'a, str>,
}

impl Whose<'_> {
    fn order(&self) -> &str {
        match self {
            Self::Assigned(of)
            | Self::Released(of)
            | Self::Backordered(of)
            | Self::Offered(of)
            | Self::Refused(of)
            | Self::Promised(of) => &of.order,
        }
    }
}
