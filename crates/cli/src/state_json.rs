//! Any serde state as JSON, for people and scripts to look at.
//!
//! A room's state has maps whose keys are numbers, pairs or positions, which JSON has no words
//! for; here such a key is written as the JSON text of itself.

use serde::ser::{
    Error, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, SerializeTupleVariant, Serializer,
};
use serde_json::{Map, Value};

type Result<T> = std::result::Result<T, serde_json::Error>;

/// The state as a JSON value.
pub(crate) fn value<T: Serialize + ?Sized>(state: &T) -> Result<Value> {
    state.serialize(Json)
}

struct Json;

struct List {
    items: Vec<Value>,
    variant: Option<&'static str>,
}

struct Fields {
    fields: Map<String, Value>,
    key: Option<String>,
    variant: Option<&'static str>,
}

impl Fields {
    fn new(variant: Option<&'static str>) -> Self {
        Self {
            fields: Map::new(),
            key: None,
            variant,
        }
    }

    fn end(self) -> Value {
        tagged(self.variant, Value::Object(self.fields))
    }
}

fn tagged(variant: Option<&'static str>, value: Value) -> Value {
    match variant {
        Some(name) => Value::Object(Map::from_iter([(name.to_owned(), value)])),
        None => value,
    }
}

fn key(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            value.to_string()
        }
    }
}

macro_rules! plainly {
    ($($name:ident($type:ty))*) => {$(
        fn $name(self, value: $type) -> Result<Value> {
            Ok(Value::from(value))
        }
    )*};
}

impl Serializer for Json {
    type Ok = Value;
    type Error = serde_json::Error;
    type SerializeSeq = List;
    type SerializeTuple = List;
    type SerializeTupleStruct = List;
    type SerializeTupleVariant = List;
    type SerializeMap = Fields;
    type SerializeStruct = Fields;
    type SerializeStructVariant = Fields;

    plainly! {
        serialize_bool(bool) serialize_i8(i8) serialize_i16(i16) serialize_i32(i32)
        serialize_i64(i64) serialize_u8(u8) serialize_u16(u16) serialize_u32(u32)
        serialize_u64(u64) serialize_f32(f32) serialize_f64(f64) serialize_str(&str)
    }

    fn serialize_u128(self, value: u128) -> Result<Value> {
        Ok(Value::from(format!("{value:032x}")))
    }

    fn serialize_i128(self, value: i128) -> Result<Value> {
        Ok(Value::from(value.to_string()))
    }

    fn serialize_char(self, value: char) -> Result<Value> {
        Ok(Value::from(value.to_string()))
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<Value> {
        Ok(Value::from(value.to_vec()))
    }

    fn serialize_none(self) -> Result<Value> {
        Ok(Value::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Value> {
        Ok(Value::Null)
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<Value> {
        Ok(Value::Null)
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<Value> {
        Ok(Value::from(variant))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<Value> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Value> {
        Ok(tagged(Some(variant), value.serialize(self)?))
    }

    fn serialize_seq(self, _length: Option<usize>) -> Result<List> {
        Ok(List {
            items: Vec::new(),
            variant: None,
        })
    }

    fn serialize_tuple(self, _length: usize) -> Result<List> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_struct(self, _name: &'static str, _length: usize) -> Result<List> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<List> {
        Ok(List {
            items: Vec::new(),
            variant: Some(variant),
        })
    }

    fn serialize_map(self, _length: Option<usize>) -> Result<Fields> {
        Ok(Fields::new(None))
    }

    fn serialize_struct(self, _name: &'static str, _length: usize) -> Result<Fields> {
        Ok(Fields::new(None))
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<Fields> {
        Ok(Fields::new(Some(variant)))
    }
}

macro_rules! lists {
    ($($shape:ident $add:ident)*) => {$(
        impl $shape for List {
            type Ok = Value;
            type Error = serde_json::Error;

            fn $add<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<()> {
                self.items.push(value(item)?);
                Ok(())
            }

            fn end(self) -> Result<Value> {
                Ok(tagged(self.variant, Value::Array(self.items)))
            }
        }
    )*};
}

lists! {
    SerializeSeq serialize_element
    SerializeTuple serialize_element
    SerializeTupleStruct serialize_field
    SerializeTupleVariant serialize_field
}

macro_rules! structs {
    ($($shape:ident)*) => {$(
        impl $shape for Fields {
            type Ok = Value;
            type Error = serde_json::Error;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                field: &T,
            ) -> Result<()> {
                self.fields.insert(name.to_owned(), value(field)?);
                Ok(())
            }

            fn end(self) -> Result<Value> {
                Ok(Fields::end(self))
            }
        }
    )*};
}

structs! { SerializeStruct SerializeStructVariant }

impl SerializeMap for Fields {
    type Ok = Value;
    type Error = serde_json::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, name: &T) -> Result<()> {
        self.key = Some(key(value(name)?));
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, field: &T) -> Result<()> {
        let name = self
            .key
            .take()
            .ok_or_else(|| Error::custom("a value came before its key"))?;
        self.fields.insert(name, value(field)?);
        Ok(())
    }

    fn end(self) -> Result<Value> {
        Ok(Self::end(self))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use domain::ids::{Position, Revision};
    use serde_json::json;

    use super::*;

    #[derive(serde::Serialize)]
    enum Kind {
        Plain,
        Pair(u8, u8),
        Named { at: Option<u8> },
    }

    #[test]
    fn maps_with_keys_that_json_does_not_have_are_written_all_the_same() {
        let position = Position {
            revision: Revision(7),
            index: 2,
        };
        assert_eq!(
            value(&BTreeMap::from([(position, "x")])).unwrap(),
            json!({ "{\"index\":2,\"revision\":7}": "x" })
        );
        assert_eq!(
            value(&BTreeMap::from([(3_u32, 1)])).unwrap(),
            json!({ "3": 1 })
        );
        assert_eq!(
            value(&BTreeSet::from([(1, "a")])).unwrap(),
            json!([[1, "a"]])
        );
        assert_eq!(
            value(&[Kind::Plain, Kind::Pair(1, 2), Kind::Named { at: None }]).unwrap(),
            json!(["Plain", { "Pair": [1, 2] }, { "Named": { "at": null } }])
        );
    }

    #[test]
    fn what_json_has_words_for_is_written_as_serde_json_does() {
        let state = json!({ "a": [1, 2.5, null, true, "x"], "b": { "c": -1 } });
        assert_eq!(value(&state).unwrap(), state);
    }
}
