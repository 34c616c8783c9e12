//! Numbers: 64-bit integers while they fit, decimals with 34 significant digits otherwise.

mod convert;
mod decimal;

use std::cmp::Ordering;

use decimal::Decimal;
pub(crate) use decimal::Rounding;

/// A decimal number with up to 34 significant digits (IEEE 754 decimal128, half-even).
///
/// Its text keeps trailing zeros behind the point, as `java.math.BigDecimal` does; equality and
/// order do not see them.
///
/// Source: camunda/feel-scala: src/main/scala/org/camunda/package.scala (`Number`)
#[derive(Clone, Copy)]
pub struct Number(Repr);

#[derive(Clone, Copy)]
enum Repr {
    Integer(i64),
    /// Whatever is not a plain 64-bit integer of scale 0.
    Decimal(Decimal),
}

impl Number {
    /// 0.
    pub const ZERO: Self = Self(Repr::Integer(0));

    fn from_decimal(decimal: Decimal) -> Self {
        if decimal.scale == 0
            && let Ok(magnitude) = i64::try_from(decimal.coefficient())
        {
            return Self(Repr::Integer(if decimal.negative { -magnitude } else { magnitude }));
        }
        Self(Repr::Decimal(decimal))
    }

    fn to_decimal(self) -> Decimal {
        match self.0 {
            Repr::Integer(value) => {
                Decimal::from_parts(value < 0, u128::from(value.unsigned_abs()), 0)
            }
            Repr::Decimal(decimal) => decimal,
        }
    }

    fn both(
        self,
        other: Self,
        fast: impl FnOnce(i64, i64) -> Option<i64>,
        slow: impl FnOnce(Decimal, Decimal) -> Option<Decimal>,
    ) -> Option<Self> {
        if let (Repr::Integer(a), Repr::Integer(b)) = (self.0, other.0)
            && let Some(value) = fast(a, b)
        {
            return Some(Self(Repr::Integer(value)));
        }
        slow(self.to_decimal(), other.to_decimal()).map(Self::from_decimal)
    }

    /// The sum; `None` where the exponent leaves its range.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.both(other, i64::checked_add, Decimal::add)
    }

    /// The difference; `None` where the exponent leaves its range.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.both(other, i64::checked_sub, |a, b| a.add(b.negated()))
    }

    /// The product; `None` where the exponent leaves its range.
    #[must_use]
    pub fn checked_mul(self, other: Self) -> Option<Self> {
        self.both(other, i64::checked_mul, Decimal::multiply)
    }

    /// The quotient; `None` for a zero divisor.
    #[must_use]
    pub fn checked_div(self, other: Self) -> Option<Self> {
        let exact = |a: i64, b: i64| {
            if a.checked_rem(b)? == 0 { a.checked_div(b) } else { None }
        };
        self.both(other, exact, Decimal::divide)
    }

    /// The remainder with the sign of the dividend; `None` for a zero divisor.
    #[must_use]
    pub fn checked_rem(self, other: Self) -> Option<Self> {
        self.both(other, i64::checked_rem, Decimal::remainder)
    }

    /// `self` to the power `exponent`: decimal for a whole exponent, double precision otherwise.
    ///
    /// `None` where there is no such number or it is out of range.
    ///
    /// Source: camunda/feel-scala: src/main/scala/org/camunda/feel/impl/interpreter/FeelInterpreter.scala
    #[must_use]
    pub fn checked_pow(self, exponent: Self) -> Option<Self> {
        if !exponent.is_integer() {
            return Self::from_f64(self.to_f64().powf(exponent.to_f64()));
        }
        let exponent = i32::try_from(exponent.truncate()?).ok()?;
        if exponent.unsigned_abs() > 999_999_999 {
            return None;
        }
        if let (Repr::Integer(base), Ok(exponent)) = (self.0, u32::try_from(exponent))
            && let Some(value) = base.checked_pow(exponent)
        {
            return Some(Self(Repr::Integer(value)));
        }
        self.to_decimal().power(exponent).map(Self::from_decimal)
    }

    /// The number with the opposite sign.
    #[must_use]
    pub fn negated(self) -> Self {
        match self.0 {
            Repr::Integer(value) if value != i64::MIN => Self(Repr::Integer(-value)),
            Repr::Integer(_) | Repr::Decimal(_) => Self::from_decimal(self.to_decimal().negated()),
        }
    }

    /// The magnitude.
    #[must_use]
    pub fn abs(self) -> Self {
        if self.is_negative() { self.negated() } else { self }
    }

    /// Exactly `scale` digits behind the point; `None` when `rounding` forbids it.
    pub(crate) fn with_scale(self, scale: i32, rounding: Rounding) -> Option<Self> {
        if let (Repr::Integer(_), 0) = (self.0, scale) {
            return Some(self);
        }
        self.to_decimal().with_scale(scale, rounding).map(Self::from_decimal)
    }

    /// Whether it is below 0.
    #[must_use]
    pub fn is_negative(self) -> bool {
        match self.0 {
            Repr::Integer(value) => value < 0,
            Repr::Decimal(decimal) => decimal.negative,
        }
    }

    /// Whether it is 0.
    #[must_use]
    pub fn is_zero(self) -> bool {
        match self.0 {
            Repr::Integer(value) => value == 0,
            Repr::Decimal(decimal) => decimal.is_zero(),
        }
    }

    /// Whether it has no fraction.
    #[must_use]
    pub fn is_integer(self) -> bool {
        match self.0 {
            Repr::Integer(_) => true,
            Repr::Decimal(decimal) => decimal.is_integer(),
        }
    }

    /// The integer part, if it fits.
    #[must_use]
    pub fn truncate(self) -> Option<i64> {
        match self.0 {
            Repr::Integer(value) => Some(value),
            Repr::Decimal(decimal) => i64::try_from(decimal.truncated()?).ok(),
        }
    }

    /// The number, if it is whole and fits.
    #[must_use]
    pub fn to_i64(self) -> Option<i64> {
        self.truncate().filter(|_| self.is_integer())
    }

    /// Coefficient, sign and scale without trailing zeros: equal for equal numbers.
    pub(crate) fn canonical(self) -> (bool, u128, i64) {
        let decimal = self.to_decimal();
        let (coefficient, scale) = decimal.stripped();
        (decimal.negative, coefficient, scale)
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self(Repr::Integer(value))
    }
}

impl From<i32> for Number {
    fn from(value: i32) -> Self {
        Self(Repr::Integer(i64::from(value)))
    }
}

impl From<u64> for Number {
    fn from(value: u64) -> Self {
        match i64::try_from(value) {
            Ok(value) => Self(Repr::Integer(value)),
            Err(_) => Self(Repr::Decimal(Decimal::from_parts(false, u128::from(value), 0))),
        }
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        if let (Repr::Integer(a), Repr::Integer(b)) = (self.0, other.0) {
            return a.cmp(&b);
        }
        self.to_decimal().compare(&other.to_decimal())
    }
}

#[cfg(test)]
mod tests;
