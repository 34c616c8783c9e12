//! Numbers.

/// A decimal number with up to 34 significant digits.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Number(i64);

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self(value)
    }
}
