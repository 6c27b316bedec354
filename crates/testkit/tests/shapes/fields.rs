//! Which fields of a state ever held something: a serializer that writes nothing and looks at
//! everything. Knows no room.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::ser::{self, Serialize, Serializer};

/// What was seen of a state's types.
#[derive(Debug, Default)]
pub struct Fields {
    /// Of each field of each struct: whether it ever held other than zero, nothing or none.
    held: BTreeMap<String, bool>,
    /// The variants that were seen of each enum, by index.
    variants: BTreeMap<&'static str, BTreeSet<u32>>,
}

impl Fields {
    /// Looks at a state.
    pub fn look_at(&mut self, state: &impl Serialize) {
        state.serialize(Look(self)).unwrap();
    }

    /// How many fields and variants there are.
    pub fn len(&self) -> usize {
        self.held.len() + self.variants.values().map(BTreeSet::len).sum::<usize>()
    }

    /// The fields that never held anything, and the variants that were passed over.
    pub fn never(&self) -> Vec<String> {
        let fields = self.held.iter().filter(|(_, held)| !**held);
        let mut never: Vec<String> = fields.map(|(field, _)| field.clone()).collect();
        for (of, seen) in &self.variants {
            let most = seen.last().copied().unwrap_or_default();
            let missed = (0..most).filter(|index| !seen.contains(index));
            never.extend(missed.map(|index| format!("{of}, variant {index}")));
        }
        never
    }

    fn saw(&mut self, owner: &str, field: &str, held: bool) {
        *self.held.entry(format!("{owner}.{field}")).or_default() |= held;
    }
}

/// Looks at one value; says whether it is other than zero, nothing or none.
struct Look<'a>(&'a mut Fields);

/// A state always has a binary form, so that nothing fails.
#[derive(Debug)]
struct Failed(String);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failed {}

impl ser::Error for Failed {
    fn custom<T: fmt::Display>(text: T) -> Self {
        Self(text.to_string())
    }
}

/// Looks at the parts of one value.
struct Parts<'a> {
    fields: &'a mut Fields,
    owner: String,
    any: bool,
    /// A list or a map holds something if it has an entry, whatever that is.
    counts: bool,
}

impl Parts<'_> {
    fn part<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<bool, Failed> {
        let held = value.serialize(Look(self.fields))?;
        self.any |= held || self.counts;
        Ok(held)
    }

    fn field<T: ?Sized + Serialize>(&mut self, name: &str, value: &T) -> Result<(), Failed> {
        let held = self.part(value)?;
        self.fields.saw(&self.owner, name, held);
        Ok(())
    }
}

impl<'a> Look<'a> {
    fn parts(self, owner: &str, counts: bool) -> Parts<'a> {
        Parts {
            fields: self.0,
            owner: owner.to_owned(),
            any: false,
            counts,
        }
    }

    fn variant(&mut self, of: &'static str, index: u32) {
        self.0.variants.entry(of).or_default().insert(index);
    }
}

macro_rules! numbers {
    ($($name:ident $type:ty,)*) => {$(
        fn $name(self, value: $type) -> Result<bool, Failed> {
            Ok(value != <$type>::default())
        }
    )*};
}

impl<'a> Serializer for Look<'a> {
    type Ok = bool;
    type Error = Failed;
    type SerializeSeq = Parts<'a>;
    type SerializeTuple = Parts<'a>;
    type SerializeTupleStruct = Parts<'a>;
    type SerializeTupleVariant = Parts<'a>;
    type SerializeMap = Parts<'a>;
    type SerializeStruct = Parts<'a>;
    type SerializeStructVariant = Parts<'a>;

    fn is_human_readable(&self) -> bool {
        false
    }

    numbers! {
        serialize_bool bool, serialize_char char,
        serialize_i8 i8, serialize_i16 i16, serialize_i32 i32, serialize_i64 i64,
        serialize_i128 i128, serialize_u8 u8, serialize_u16 u16, serialize_u32 u32,
        serialize_u64 u64, serialize_u128 u128, serialize_f32 f32, serialize_f64 f64,
    }

    fn serialize_str(self, text: &str) -> Result<bool, Failed> {
        Ok(!text.is_empty())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<bool, Failed> {
        Ok(!bytes.is_empty())
    }

    fn serialize_none(self) -> Result<bool, Failed> {
        Ok(false)
    }

    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Result<bool, Failed> {
        value.serialize(self).map(|_| true)
    }

    fn serialize_unit(self) -> Result<bool, Failed> {
        Ok(false)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<bool, Failed> {
        Ok(false)
    }

    fn serialize_unit_variant(
        mut self,
        of: &'static str,
        index: u32,
        _: &'static str,
    ) -> Result<bool, Failed> {
        self.variant(of, index);
        Ok(true)
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<bool, Failed> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        mut self,
        of: &'static str,
        index: u32,
        _: &'static str,
        value: &T,
    ) -> Result<bool, Failed> {
        self.variant(of, index);
        value.serialize(self).map(|_| true)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Parts<'a>, Failed> {
        Ok(self.parts("", true))
    }

    fn serialize_tuple(self, _: usize) -> Result<Parts<'a>, Failed> {
        Ok(self.parts("", false))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Parts<'a>, Failed> {
        Ok(self.parts("", false))
    }

    fn serialize_tuple_variant(
        mut self,
        of: &'static str,
        index: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Parts<'a>, Failed> {
        self.variant(of, index);
        Ok(self.parts("", true))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Parts<'a>, Failed> {
        Ok(self.parts("", true))
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Parts<'a>, Failed> {
        Ok(self.parts(name, false))
    }

    fn serialize_struct_variant(
        mut self,
        of: &'static str,
        index: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Parts<'a>, Failed> {
        self.variant(of, index);
        Ok(self.parts(&format!("{of}::{name}"), true))
    }
}

/// Parts without names.
macro_rules! unnamed {
    ($($trait:ident $method:ident,)*) => {$(
        impl ser::$trait for Parts<'_> {
            type Ok = bool;
            type Error = Failed;

            fn $method<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), Failed> {
                self.part(value).map(|_| ())
            }

            fn end(self) -> Result<bool, Failed> {
                Ok(self.any)
            }
        }
    )*};
}

unnamed! {
    SerializeSeq serialize_element,
    SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field,
}

macro_rules! named {
    ($($trait:ident,)*) => {$(
        impl ser::$trait for Parts<'_> {
            type Ok = bool;
            type Error = Failed;

            fn serialize_field<T: ?Sized + Serialize>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), Failed> {
                self.field(name, value)
            }

            fn end(self) -> Result<bool, Failed> {
                Ok(self.any)
            }
        }
    )*};
}

named! {
    SerializeStruct,
    SerializeStructVariant,
}

impl ser::SerializeMap for Parts<'_> {
    type Ok = bool;
    type Error = Failed;

    fn serialize_key<T: ?Sized + Serialize>(&mut self, key: &T) -> Result<(), Failed> {
        self.part(key).map(|_| ())
    }

    fn serialize_value<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), Failed> {
        self.part(value).map(|_| ())
    }

    fn end(self) -> Result<bool, Failed> {
        Ok(self.any)
    }
}
