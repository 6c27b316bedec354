//! The words that identify and measure: keys from outside, revisions, times, money.
//!
//! Nothing here knows a room. Keys come from outside (an order number, an SKU), so they are
//! checked once, at the door, by `new`; what already stands on the log is believed as it is.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

mod country;
mod near;
mod text;
mod time;
mod unseen;
mod zone;

pub use country::{Country, UnknownCountry};
pub(crate) use near::{bare, cmp_bare};
pub use near::{but_near, nearest};
pub use text::Text;
pub use time::{DAY_MS, HOUR_MS, Timestamp};
pub use zone::{UnknownZone, Zone};

/// Longest key from outside, in bytes of UTF-8. A longer one is refused.
pub const MAX_KEY_BYTES: usize = 128;

/// Why a text cannot be a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Nothing was given.
    #[error("is empty")]
    Empty,
    /// More than [`MAX_KEY_BYTES`].
    #[error("is {0} bytes long, {MAX_KEY_BYTES} is the most")]
    TooLong(usize),
    /// Control characters would make a log unreadable.
    #[error("has the control character U+{0:04X}")]
    Control(u32),
    /// Two texts that differ by it look the same, or it has others shown in another order.
    #[error("has U+{character:04X} as character {at}, which is not seen")]
    Unseen {
        /// Which.
        character: u32,
        /// Its number in the text, from 1.
        at: usize,
    },
}

fn check_key(text: &str) -> Result<(), KeyError> {
    if text.is_empty() {
        return Err(KeyError::Empty);
    }
    if text.len() > MAX_KEY_BYTES {
        return Err(KeyError::TooLong(text.len()));
    }
    for (at, character) in (1..).zip(text.chars()) {
        if character.is_control() {
            return Err(KeyError::Control(u32::from(character)));
        }
        if unseen::is_unseen(character) {
            let character = u32::from(character);
            return Err(KeyError::Unseen { character, at });
        }
    }
    Ok(())
}

/// Identity inside a cell, for ever: the first 128 bits of SHA-256 over kind and id, so that
/// nobody can choose an id that meets another one. 16 bytes, whatever the id's length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key(pub u128);

impl Key {
    /// The key of `id` among things of this `kind`.
    pub fn of(kind: &str, id: &str) -> Self {
        let digest = Sha256::new()
            .chain_update(kind)
            .chain_update([0])
            .chain_update(id)
            .finalize();
        let mut bytes = [0_u8; 16];
        bytes
            .iter_mut()
            .zip(digest)
            .for_each(|(byte, from)| *byte = from);
        Self(u128::from_be_bytes(bytes))
    }
}

macro_rules! text_ids {
    ($($(#[$doc:meta])* $name:ident = $kind:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Text);

        impl $name {
            /// Checks a text that comes from outside.
            ///
            /// # Errors
            /// [`KeyError`] when it is empty, over [`MAX_KEY_BYTES`], or has control
            /// characters or characters that are not seen.
            pub fn new(text: &str) -> Result<Self, KeyError> {
                check_key(text)?;
                Ok(Self(text.into()))
            }

            /// The text itself.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }

            /// The same as it is kept: to be compared or measured, it needs no reading.
            pub const fn text(&self) -> &Text {
                &self.0
            }

            /// Its identity in the cell.
            pub fn key(&self) -> Key {
                Key::of($kind, self.as_str())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        /// For ids the system itself makes; keys from outside go through [`Self::new`].
        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text.as_str().into())
            }
        }

        /// For what was an id before.
        impl From<Text> for $name {
            fn from(text: Text) -> Self {
                Self(text)
            }
        }

        /// For ids written in code; keys from outside go through [`Self::new`].
        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }

        /// Its bytes, which need no reading to be compared.
        impl AsRef<[u8]> for $name {
            #[inline]
            fn as_ref(&self) -> &[u8] {
                self.0.as_bytes()
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                self.as_str()
            }
        }
    )*};
}

text_ids! {
    /// An order, by the caller's number.
    OrderId = "order";
    /// A stock keeping unit.
    Sku = "sku";
    /// A customer, by the caller's number.
    CustomerId = "customer";
    /// A customer's standing, such as `gold`; a ranking rule gives it its boost.
    Tier = "tier";
    /// A place that holds stock.
    LocationId = "location";
    /// A supplier.
    SupplierId = "supplier";
    /// A purchase order.
    PurchaseOrderId = "purchase_order";
    /// One message from a supplier about a purchase order.
    SupplierMessageId = "supplier_message";
    /// Goods a supplier sent together (an advance ship notice).
    DispatchId = "dispatch";
    /// One count of a delivery.
    ReceiptId = "receipt";
    /// One correction of the count.
    AdjustmentId = "adjustment";
    /// One release of lines to the warehouse floor.
    WaveId = "wave";
    /// One return of lines from the warehouse floor to ordinary reservations.
    RecallId = "recall";
    /// One report that less was found of a line than was reserved.
    ShortPickId = "short_pick";
    /// One count of what is really there.
    CountId = "count";
    /// One move of stock between two places.
    MoveId = "move";
    /// Goods that left together for one order.
    ShipmentId = "shipment";
    /// Goods that came back together of one order.
    ReturnId = "return";
    /// One request to cancel.
    CancellationId = "cancellation";
    /// One request to suspend an order.
    SuspensionId = "suspension";
    /// One request to let a suspended order go on.
    ResumptionId = "resumption";
    /// One request to put right what an order says.
    AmendmentId = "amendment";
    /// One acceptance of something else instead of what was ordered.
    AcceptanceId = "acceptance";
    /// One definition (of an item, a location, a supplier).
    DefinitionId = "definition";
    /// One request to give an item another SKU.
    RenamingId = "renaming";
    /// One run that rebalances stock already reserved.
    RunId = "run";
    /// One word on the rank of a line.
    PriorityId = "priority";
    /// One word that gives stock to a line.
    AssignmentId = "assignment";
    /// One request to end the waits for an item.
    EndingId = "ending";
    /// One request of inventory for replenishment.
    RequisitionId = "requisition";
    /// One notice to one person.
    NoticeId = "notice";
    /// Units held for somebody for a time, before they order.
    HoldId = "hold";
}

/// A commit's sequence in the cell's stream; 0 is before the first.
#[derive(
    Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Revision(pub u64);

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Where an event stands: its commit's revision, and its index in that commit. The order of
/// positions is the order in which things became true.
#[derive(
    Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Position {
    /// The commit.
    pub revision: Revision,
    /// The event's index in it, from 0.
    pub index: u32,
}

/// Bits of a packed position that hold the index: a commit has at most 1,000 events.
const INDEX_BITS: u32 = 10;

impl Position {
    /// In eight bytes, with some of the first bits left over: no log comes to 2^50 commits.
    pub fn packed(self) -> u64 {
        self.revision.0.wrapping_shl(INDEX_BITS) | u64::from(self.index)
    }

    /// The position that was packed.
    pub fn unpacked(packed: u64) -> Self {
        Self {
            revision: Revision(packed.wrapping_shr(INDEX_BITS)),
            index: u32::try_from(packed & 0x3FF).unwrap_or_default(),
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.revision, self.index)
    }
}

/// An ISO 4217 code: three capital letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// Checks the form, so that what stands on a log can always be read. Whoever takes one in asks
    /// [`Self::is_known`], too.
    pub fn new(code: &str) -> Option<Self> {
        let bytes: [u8; 3] = code.as_bytes().try_into().ok()?;
        bytes
            .iter()
            .all(u8::is_ascii_uppercase)
            .then_some(Self(bytes))
    }

    /// Whether ISO 4217 lists it.
    pub fn is_known(&self) -> bool {
        iso_currency::Currency::from_code(self.as_str()).is_some()
    }

    /// The places after the point in its amounts, as ISO 4217 has them: none for JPY, three for
    /// KWD. Two where the list has no number, as for a code that it does not have.
    pub fn places(&self) -> usize {
        let listed = iso_currency::Currency::from_code(self.as_str());
        let places = listed.and_then(|currency| currency.exponent());
        places.map_or(2, usize::from)
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        // A currency is made of capital letters alone, so this reads. XXX is what ISO 4217 itself
        // says for no currency.
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Text::deserialize(deserializer)?;
        Self::new(text.as_str())
            .ok_or_else(|| serde::de::Error::custom("not three capital letters"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_from_outside_is_bounded_printable_and_any_language() {
        assert!(Sku::new("*.> bólt 螺栓").is_ok());
        assert_eq!(Sku::new(""), Err(KeyError::Empty));
        assert_eq!(Sku::new("a\nb"), Err(KeyError::Control(10)));
        // An id that reads as `BOLT` and is another one.
        let twin = Sku::new("BO\u{200B}LT").unwrap_err();
        assert_eq!(
            twin.to_string(),
            "has U+200B as character 3, which is not seen"
        );
        assert!(Sku::new("\u{202E}TLOB").is_err());
        assert_eq!(
            Sku::new(&"x".repeat(10_000)),
            Err(KeyError::TooLong(10_000))
        );
    }

    #[test]
    fn the_same_text_of_another_kind_is_another_key() {
        assert_ne!(OrderId::from("1").key(), Sku::from("1").key());
        assert_eq!(OrderId::from("1").key(), OrderId::from("1").key());
    }
}
