//! The other side of exchange's codecs: bincode as Rust's own crate has it. What the host hands over is decoded, and
//! encoded again; `make` hands over a value that the host knows.
//!
//! Formats: 0 is bincode::serialize, as version 1 does by default; 1 has integers of variable size, as version 2 does.

use bincode::Options;
use serde::de::{EnumAccess, Error, SeqAccess, VariantAccess, Visitor};
use serde::ser::SerializeTupleVariant;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::alloc::{self, Layout};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

enum Shape {
    Empty,
    Number(u64),
    Pair(i16, String),
}

impl Serialize for Shape {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Shape::Empty => to.serialize_unit_variant("Shape", 0, "Empty"),
            Shape::Number(number) => to.serialize_newtype_variant("Shape", 1, "Number", number),
            Shape::Pair(number, text) => {
                let mut pair = to.serialize_tuple_variant("Shape", 2, "Pair", 2)?;
                pair.serialize_field(number)?;
                pair.serialize_field(text)?;
                pair.end()
            }
        }
    }
}

struct PairVisitor;

impl<'de> Visitor<'de> for PairVisitor {
    type Value = Shape;

    fn expecting(&self, to: &mut fmt::Formatter) -> fmt::Result {
        to.write_str("a number and a text")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Shape, A::Error> {
        let number = from.next_element()?;
        let text = from.next_element()?;
        match (number, text) {
            (Some(number), Some(text)) => Ok(Shape::Pair(number, text)),
            _ => Err(A::Error::custom("the pair ends early")),
        }
    }
}

struct ShapeVisitor;

impl<'de> Visitor<'de> for ShapeVisitor {
    type Value = Shape;

    fn expecting(&self, to: &mut fmt::Formatter) -> fmt::Result {
        to.write_str("a shape")
    }

    fn visit_enum<A: EnumAccess<'de>>(self, from: A) -> Result<Shape, A::Error> {
        let (tag, variant): (u32, _) = from.variant()?;
        match tag {
            0 => variant.unit_variant().map(|()| Shape::Empty),
            1 => variant.newtype_variant().map(Shape::Number),
            2 => variant.tuple_variant(2, PairVisitor),
            _ => Err(A::Error::custom("there is no such shape")),
        }
    }
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Shape, D::Error> {
        from.deserialize_enum("Shape", &["Empty", "Number", "Pair"], ShapeVisitor)
    }
}

type Record = (
    (bool, u8, i8, u16, i16, u32, i32, u64, i64, u128, i128),
    (f32, f64, char, String),
    Vec<u16>,
    Vec<u8>,
    [i32; 3],
    Option<Box<(u8, String)>>,
    BTreeMap<String, i64>,
    BTreeSet<u32>,
    Vec<Result<u64, String>>,
    Vec<Shape>,
    (),
);

fn decode(format: u32, bytes: &[u8]) -> Record {
    if format == 0 {
        bincode::deserialize(bytes).unwrap()
    } else {
        bincode::options().with_varint_encoding().deserialize(bytes).unwrap()
    }
}

fn encode(format: u32, record: &Record) -> Vec<u8> {
    if format == 0 {
        bincode::serialize(record).unwrap()
    } else {
        bincode::options().with_varint_encoding().serialize(record).unwrap()
    }
}

/// Hands bytes over: pointer << 32 | length. The host gives them back with `dealloc` and an alignment of 1.
fn hand_over(bytes: Vec<u8>) -> u64 {
    let bytes = Box::leak(bytes.into_boxed_slice());
    (bytes.as_ptr() as u64) << 32 | bytes.len() as u64
}

#[no_mangle]
pub unsafe extern "C" fn alloc(size: usize, align: usize) -> *mut u8 {
    alloc::alloc(Layout::from_size_align(size, align).unwrap())
}

#[no_mangle]
pub unsafe extern "C" fn dealloc(pointer: *mut u8, size: usize, align: usize) {
    alloc::dealloc(pointer, Layout::from_size_align(size, align).unwrap())
}

/// Decodes a record and encodes it again. Traps when the bytes are no record.
#[no_mangle]
pub unsafe extern "C" fn echo(format: u32, pointer: *const u8, size: usize) -> u64 {
    let record = decode(format, std::slice::from_raw_parts(pointer, size));
    hand_over(encode(format, &record))
}

#[no_mangle]
pub extern "C" fn make(format: u32) -> u64 {
    let record: Record = (
        (true, 200, -100, 60000, -30000, 4000000000, -2000000000, u64::MAX, i64::MIN, u128::MAX - 1, i128::MIN),
        (0.5, -2.25, '\u{20ac}', "h\u{e9}llo".to_string()),
        vec![0, 250, 251, 65535],
        vec![1, 2, 255],
        [-1, 0, 1],
        Some(Box::new((7, "boxed".to_string()))),
        vec![("one".to_string(), 1), ("minus".to_string(), -1)].into_iter().collect(),
        vec![3, 1, 2].into_iter().collect(),
        vec![Ok(5), Err("no".to_string())],
        vec![Shape::Empty, Shape::Number(1 << 40), Shape::Pair(-2, "two".to_string())],
        (),
    );
    hand_over(encode(format, &record))
}
