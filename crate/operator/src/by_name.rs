//! Enums of the core, as serde reads and writes them: by their names.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serializer};
use std::fmt::Display;
use std::str::FromStr;

pub(crate) fn serialize<T: Display, S: Serializer>(one: &T, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(one)
}

pub(crate) fn deserialize<'de, T, D>(from: D) -> Result<T, D::Error>
where
    T: FromStr,
    T::Err: Display,
    D: Deserializer<'de>,
{
    let name = String::deserialize(from)?;
    name.parse().map_err(|error| D::Error::custom(format_args!("{name}: {error}")))
}
