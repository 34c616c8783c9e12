//! An amount of bytes as a configuration has it: `512MB`.

use std::{borrow::Cow, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, de};

/// Units, as Camunda's configuration has them: each is 1024 of the one before.
const UNITS: [(&str, u32); 5] = [("B", 0), ("KB", 10), ("MB", 20), ("GB", 30), ("TB", 40)];

/// So many bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct ByteSize(pub(crate) u64);

/// The text is no amount.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct NotBytes;

impl FromStr for ByteSize {
    type Err = NotBytes;

    fn from_str(text: &str) -> Result<Self, NotBytes> {
        let text = text.trim();
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let unit = unit.trim().to_ascii_uppercase().replace("IB", "B");
        let known = UNITS.iter().find(|(name, _)| *name == unit || unit.is_empty());
        let (_, shift) = known.ok_or(NotBytes)?;
        let number: u64 = number.parse().map_err(|_| NotBytes)?;
        number.checked_mul(1 << shift).map(Self).ok_or(NotBytes)
    }
}

/// In the largest unit that needs no fraction.
impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fits = |shift: &u32| self.0 != 0 && self.0.is_multiple_of(1 << shift);
        let unit = UNITS.iter().rev().find(|(_, shift)| fits(shift)).unwrap_or(&UNITS[0]);
        write!(f, "{}{}", self.0 >> unit.1, unit.0)
    }
}

/// Reads the value of the key `name`, which is a text, or a number of bytes.
pub(crate) fn deserialize<'de, T, D>(name: &str, deserializer: D) -> Result<T, D::Error>
where
    T: FromStr<Err = String>,
    D: Deserializer<'de>,
{
    /// As files and variables have it.
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written<'a> {
        Number(u64),
        Text(Cow<'a, str>),
    }
    let text = match Written::deserialize(deserializer) {
        Ok(Written::Number(bytes)) => bytes.to_string(),
        Ok(Written::Text(text)) => text.into_owned(),
        Err(_) => {
            return Err(de::Error::custom(format!("{name} is neither a text nor a number")));
        }
    };
    text.parse().map_err(|error| de::Error::custom(format!("{name} {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_read_and_written() {
        for (text, bytes) in [
            ("512MB", 512 << 20),
            ("2GB", 2 << 30),
            ("64 kb", 64 << 10),
            ("1TiB", 1 << 40),
            ("1000", 1000),
            ("0", 0),
        ] {
            let read: ByteSize = text.parse().unwrap();
            assert_eq!(read, ByteSize(bytes), "{text}");
            assert_eq!(read.to_string().parse(), Ok(read), "{text}");
        }
        assert_eq!(ByteSize(512 << 20).to_string(), "512MB");
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "MB", "-1MB", "1.5GB", "5 apples", "99999999TB", "1e9"] {
            assert_eq!(text.parse::<ByteSize>(), Err(NotBytes), "{text}");
        }
    }
}
