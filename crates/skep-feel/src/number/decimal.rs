//! Decimal arithmetic with 34 significant digits, half-even, scales kept.
//!
//! The results, their scales included, are those of `java.math.BigDecimal` under
//! `MathContext.DECIMAL128`, because `string()` shows the scale: `1.10 + 1` is `2.10`.

use std::cmp::Ordering;

use fastnum::{U256, U512};

/// Significant digits kept.
pub(crate) const PRECISION: u32 = 34;

/// Largest magnitude of a scale; far beyond what a model means, small enough to never overflow.
const SCALE_MAX: i64 = 1_000_000_000;

/// `coefficient × 10^-scale`, the coefficient below `10^34`.
#[derive(Clone, Copy)]
pub(super) struct Decimal {
    // Two words instead of one u128, whose alignment would cost every value 16 bytes.
    high: u64,
    low: u64,
    pub(super) scale: i32,
    pub(super) negative: bool,
}

/// How digits are dropped.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Rounding {
    Up,
    Down,
    Ceiling,
    Floor,
    HalfUp,
    HalfDown,
    HalfEven,
    Unnecessary,
}

/// What lies behind the last kept digit, compared with half a unit of it.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Rest {
    Zero,
    BelowHalf,
    Half,
    AboveHalf,
}

impl Rounding {
    /// Whether the magnitude grows by one; `None` when digits must not be dropped.
    fn grows(self, rest: Rest, negative: bool, odd: bool) -> Option<bool> {
        if rest == Rest::Zero {
            return Some(false);
        }
        Some(match self {
            Self::Up => true,
            Self::Down => false,
            Self::Ceiling => !negative,
            Self::Floor => negative,
            Self::HalfUp => rest != Rest::BelowHalf,
            Self::HalfDown => rest == Rest::AboveHalf,
            Self::HalfEven => rest == Rest::AboveHalf || (rest == Rest::Half && odd),
            Self::Unnecessary => return None,
        })
    }
}

/// `10^exponent`; exponents up to 38.
pub(super) fn power_of_ten(exponent: u32) -> u128 {
    10u128.pow(exponent)
}

/// Number of decimal digits, at least 1.
pub(super) fn digits(coefficient: u128) -> u32 {
    coefficient.checked_ilog10().unwrap_or(0) + 1
}

impl Decimal {
    /// A decimal from parts that are in range already.
    pub(super) fn from_parts(negative: bool, coefficient: u128, scale: i32) -> Self {
        debug_assert!(digits(coefficient) <= PRECISION);
        #[expect(clippy::cast_possible_truncation, reason = "the halves of the coefficient")]
        let (high, low) = ((coefficient >> 64) as u64, coefficient as u64);
        Self { high, low, scale, negative: negative && coefficient != 0 }
    }

    /// Rounds to the precision; `None` when the scale leaves its range.
    pub(super) fn rounded(negative: bool, coefficient: u128, scale: i64) -> Option<Self> {
        let excess = digits(coefficient).saturating_sub(PRECISION);
        if excess == 0 {
            return Self::checked(negative, coefficient, scale);
        }
        let kept = drop_digits(coefficient, excess, negative, Rounding::HalfEven, false)?;
        // 9.99…9 may have become 10.0…0, one digit too many again.
        Self::rounded(negative, kept, scale - i64::from(excess))
    }

    fn rounded_wide(negative: bool, coefficient: U512, scale: i64, sticky: bool) -> Option<Self> {
        let n_digits = wide_digits(coefficient);
        if n_digits <= 38 && !sticky {
            return Self::rounded(negative, narrow(coefficient), scale);
        }
        let excess = n_digits.saturating_sub(PRECISION);
        let (quotient, rest) = wide_drop(coefficient, excess, sticky);
        let quotient = narrow(quotient);
        let grows = Rounding::HalfEven.grows(rest, negative, quotient % 2 == 1)?;
        Self::rounded(negative, quotient + u128::from(grows), scale - i64::from(excess))
    }

    fn checked(negative: bool, coefficient: u128, scale: i64) -> Option<Self> {
        if coefficient == 0 {
            let scale = scale.clamp(-SCALE_MAX, SCALE_MAX);
            return Some(Self::from_parts(false, 0, i32::try_from(scale).ok()?));
        }
        if scale.abs() > SCALE_MAX {
            return None;
        }
        Some(Self::from_parts(negative, coefficient, i32::try_from(scale).ok()?))
    }

    pub(super) fn coefficient(&self) -> u128 {
        u128::from(self.high) << 64 | u128::from(self.low)
    }

    pub(super) fn is_zero(&self) -> bool {
        self.high == 0 && self.low == 0
    }

    fn signed(&self) -> i128 {
        #[expect(clippy::cast_possible_wrap, reason = "a coefficient is below 10^34")]
        let coefficient = self.coefficient() as i128;
        if self.negative { -coefficient } else { coefficient }
    }

    fn from_signed(value: i128, scale: i64) -> Option<Self> {
        Self::rounded(value < 0, value.unsigned_abs(), scale)
    }

    pub(super) fn negated(self) -> Self {
        Self { negative: !self.negative && !self.is_zero(), ..self }
    }

    /// Exponent of the first digit in scientific notation.
    fn adjusted(&self) -> i64 {
        i64::from(digits(self.coefficient())) - 1 - i64::from(self.scale)
    }

    pub(super) fn add(self, other: Self) -> Option<Self> {
        let (coarse, fine) = if self.scale <= other.scale { (self, other) } else { (other, self) };
        if coarse.is_zero() {
            return Some(fine);
        }
        if fine.is_zero() {
            return Some(coarse.extended(fine.scale));
        }
        let distance = i64::from(fine.scale) - i64::from(coarse.scale);
        let Some(shift) = u32::try_from(distance).ok().filter(|shift| *shift <= 70) else {
            // Too far apart: the finer one does not reach the last digit kept.
            return Some(coarse);
        };
        if shift <= 38 {
            #[expect(clippy::cast_possible_wrap, reason = "10^38 is below 2^127")]
            let factor = power_of_ten(shift) as i128;
            let sum =
                coarse.signed().checked_mul(factor).and_then(|c| c.checked_add(fine.signed()));
            if let Some(sum) = sum {
                return Self::from_signed(sum, i64::from(fine.scale));
            }
        }
        let wide = widen(coarse.coefficient()).strict_mul(U512::power_of_ten(shift));
        let small = widen(fine.coefficient());
        let (negative, sum) = if coarse.negative == fine.negative {
            (coarse.negative, wide + small)
        } else if wide >= small {
            (coarse.negative, wide - small)
        } else {
            (fine.negative, small - wide)
        };
        Self::rounded_wide(negative, sum, i64::from(fine.scale), false)
    }

    /// The same value with trailing zeros up to `scale`, as far as the precision allows.
    fn extended(self, scale: i32) -> Self {
        let wanted = i64::from(scale) - i64::from(self.scale);
        let room = PRECISION - digits(self.coefficient()).min(PRECISION);
        let shift = u32::try_from(wanted).unwrap_or(0).min(room);
        match i32::try_from(shift).ok().and_then(|shift| self.scale.checked_add(shift)) {
            Some(scale) => {
                Self::from_parts(self.negative, self.coefficient() * power_of_ten(shift), scale)
            }
            None => self,
        }
    }

    pub(super) fn multiply(self, other: Self) -> Option<Self> {
        let scale = i64::from(self.scale) + i64::from(other.scale);
        if let Some(product) = self.signed().checked_mul(other.signed()) {
            return Self::from_signed(product, scale);
        }
        let product = widen(self.coefficient()).strict_mul(widen(other.coefficient()));
        Self::rounded_wide(self.negative != other.negative, product, scale, false)
    }

    /// `None` for a zero divisor.
    pub(super) fn divide(self, other: Self) -> Option<Self> {
        if other.is_zero() {
            return None;
        }
        let preferred = i64::from(self.scale) - i64::from(other.scale);
        if self.is_zero() {
            return Self::checked(false, 0, preferred);
        }
        let negative = self.negative != other.negative;
        let (a, b) = (self.coefficient(), other.coefficient());
        // One digit more than is kept, so that the rest only decides ties.
        let shift = (PRECISION + 1 + digits(b)).saturating_sub(digits(a));
        let scale = preferred + i64::from(shift);
        let numerator = narrow_256(a).strict_mul(U256::power_of_ten(shift));
        let (quotient, rest) = numerator.div_rem(narrow_256(b));
        let quotient = u128_of(quotient.digits());
        if !rest.is_zero() {
            return Self::rounded_wide(negative, widen(quotient), scale, true);
        }
        let (coefficient, scale) = strip_zeros(quotient, scale, preferred);
        Self::rounded(negative, coefficient, scale)
    }

    /// The remainder with the sign of the dividend; `None` for a zero divisor and where the
    /// quotient is beyond the precision.
    pub(super) fn remainder(self, other: Self) -> Option<Self> {
        if other.is_zero() {
            return None;
        }
        let scale = self.scale.max(other.scale);
        let shift_of = |decimal: &Self| {
            let shift = i64::from(scale) - i64::from(decimal.scale);
            u32::try_from(shift).ok().filter(|shift| *shift <= 110)
        };
        let a = widen(self.coefficient()).strict_mul(U512::power_of_ten(shift_of(&self)?));
        let b = widen(other.coefficient()).strict_mul(U512::power_of_ten(shift_of(&other)?));
        let (quotient, rest) = a.div_rem(b);
        if wide_digits(quotient) > PRECISION {
            return None;
        }
        Self::rounded_wide(self.negative, rest, i64::from(scale), false)
    }

    /// `self` to a whole power, with the working precision of ANSI X3.274.
    pub(super) fn power(self, exponent: i32) -> Option<Self> {
        if exponent == 0 {
            return Some(Self::from_parts(false, 1, 0));
        }
        let magnitude = exponent.unsigned_abs();
        let precision = PRECISION + digits(u128::from(magnitude)) + 1;
        let base = (widen(self.coefficient()), i64::from(self.scale));
        let mut power = (U512::ONE, 0i64);
        for bit in (0..=magnitude.ilog2()).rev() {
            power = limit(power.0.strict_mul(power.0), power.1 * 2, precision);
            if magnitude >> bit & 1 == 1 {
                power = limit(power.0.strict_mul(base.0), power.1 + base.1, precision);
            }
            if power.1.abs() > 2 * SCALE_MAX {
                return None;
            }
        }
        let negative = self.negative && magnitude % 2 == 1;
        if exponent > 0 {
            return Self::rounded_wide(negative, power.0, power.1, false);
        }
        if power.0.is_zero() {
            return None;
        }
        let shift = precision + wide_digits(power.0);
        let (quotient, rest) = U512::power_of_ten(shift).div_rem(power.0);
        let scale = i64::from(shift) - power.1;
        let result = Self::rounded_wide(negative, quotient, scale, !rest.is_zero())?;
        if !rest.is_zero() {
            return Some(result);
        }
        let (coefficient, scale) =
            strip_zeros(result.coefficient(), i64::from(result.scale), -power.1);
        Self::rounded(negative, coefficient, scale)
    }

    /// The value with exactly `scale` digits behind the point; `None` when `rounding` forbids it.
    pub(super) fn with_scale(self, scale: i32, rounding: Rounding) -> Option<Self> {
        if scale >= self.scale {
            return Some(if self.is_zero() {
                Self { scale, ..self }
            } else {
                self.extended(scale)
            });
        }
        let excess = u32::try_from(i64::from(self.scale) - i64::from(scale)).ok()?;
        let coefficient = drop_digits(self.coefficient(), excess, self.negative, rounding, false)?;
        Self::rounded(self.negative, coefficient, i64::from(scale))
    }

    /// The integer part, if it fits.
    pub(super) fn truncated(self) -> Option<i128> {
        let whole = if self.scale <= 0 {
            let shift = u32::try_from(-i64::from(self.scale)).ok().filter(|shift| *shift <= 38)?;
            self.coefficient().checked_mul(power_of_ten(shift))?
        } else {
            let excess = self.scale.unsigned_abs();
            drop_digits(self.coefficient(), excess, false, Rounding::Down, false)?
        };
        let whole = i128::try_from(whole).ok()?;
        Some(if self.negative { -whole } else { whole })
    }

    pub(super) fn is_integer(self) -> bool {
        self.scale <= 0
            || self.is_zero()
            || (self.scale <= 38
                && self.coefficient().is_multiple_of(power_of_ten(self.scale.unsigned_abs())))
    }

    /// The shortest coefficient and its scale.
    pub(super) fn stripped(self) -> (u128, i64) {
        if self.is_zero() {
            return (0, 0);
        }
        strip_zeros(self.coefficient(), i64::from(self.scale), i64::MIN)
    }

    pub(super) fn compare(&self, other: &Self) -> Ordering {
        match (self.is_zero(), other.is_zero()) {
            (true, true) => return Ordering::Equal,
            (true, false) if other.negative => return Ordering::Greater,
            (true, false) => return Ordering::Less,
            (false, true) if self.negative => return Ordering::Less,
            (false, true) => return Ordering::Greater,
            (false, false) => (),
        }
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.compare_magnitude(other),
            (true, true) => other.compare_magnitude(self),
        }
    }

    fn compare_magnitude(&self, other: &Self) -> Ordering {
        // With the same first position, the scales differ by as much as the digit counts, so
        // both aligned coefficients stay within the precision.
        self.adjusted().cmp(&other.adjusted()).then_with(|| {
            let align = |decimal: &Self, scale: i32| {
                decimal.coefficient() * power_of_ten(scale.abs_diff(decimal.scale))
            };
            let scale = self.scale.max(other.scale);
            align(self, scale).cmp(&align(other, scale))
        })
    }
}

/// Drops the last `excess` digits.
fn drop_digits(
    coefficient: u128,
    excess: u32,
    negative: bool,
    rounding: Rounding,
    sticky: bool,
) -> Option<u128> {
    let (quotient, rest) = if excess > 38 {
        (0, if coefficient == 0 && !sticky { Rest::Zero } else { Rest::BelowHalf })
    } else {
        let divisor = power_of_ten(excess);
        (coefficient / divisor, rest_of(coefficient % divisor, divisor, sticky))
    };
    let grows = rounding.grows(rest, negative, quotient % 2 == 1)?;
    Some(quotient + u128::from(grows))
}

fn rest_of(rest: u128, divisor: u128, sticky: bool) -> Rest {
    match (rest.cmp(&(divisor - rest)), rest == 0, sticky) {
        (_, true, false) => Rest::Zero,
        (_, true, true) | (Ordering::Less, _, _) => Rest::BelowHalf,
        (Ordering::Equal, _, false) => Rest::Half,
        (Ordering::Equal, _, true) | (Ordering::Greater, _, _) => Rest::AboveHalf,
    }
}

fn strip_zeros(mut coefficient: u128, mut scale: i64, preferred: i64) -> (u128, i64) {
    while scale > preferred && coefficient.is_multiple_of(10) && coefficient != 0 {
        coefficient /= 10;
        scale -= 1;
    }
    (coefficient, scale)
}

fn widen(coefficient: u128) -> U512 {
    let [low, high] = halves(coefficient);
    U512::from_digits([low, high, 0, 0, 0, 0, 0, 0])
}

fn narrow_256(coefficient: u128) -> U256 {
    let [low, high] = halves(coefficient);
    U256::from_digits([low, high, 0, 0])
}

#[expect(clippy::cast_possible_truncation, reason = "the halves of the value")]
fn halves(coefficient: u128) -> [u64; 2] {
    [coefficient as u64, (coefficient >> 64) as u64]
}

fn u128_of(digits: &[u64]) -> u128 {
    debug_assert!(digits.iter().skip(2).all(|digit| *digit == 0));
    u128::from(digits[1]) << 64 | u128::from(digits[0])
}

fn narrow(value: U512) -> u128 {
    u128_of(value.digits())
}

fn wide_digits(value: U512) -> u32 {
    if value.is_zero() { 1 } else { value.ilog10() + 1 }
}

fn wide_drop(value: U512, excess: u32, sticky: bool) -> (U512, Rest) {
    if excess == 0 {
        return (value, if sticky { Rest::BelowHalf } else { Rest::Zero });
    }
    let divisor = U512::power_of_ten(excess);
    let (quotient, rest) = value.div_rem(divisor);
    let rest = match (rest.cmp(&(divisor - rest)), rest.is_zero(), sticky) {
        (_, true, false) => Rest::Zero,
        (_, true, true) | (Ordering::Less, _, _) => Rest::BelowHalf,
        (Ordering::Equal, _, false) => Rest::Half,
        (Ordering::Equal, _, true) | (Ordering::Greater, _, _) => Rest::AboveHalf,
    };
    (quotient, rest)
}

/// Rounds a working value of [`Decimal::power`].
fn limit(value: U512, scale: i64, precision: u32) -> (U512, i64) {
    let excess = wide_digits(value).saturating_sub(precision);
    if excess == 0 {
        return (value, scale);
    }
    let (quotient, rest) = wide_drop(value, excess, false);
    let odd = quotient.digits()[0] % 2 == 1;
    let grows = Rounding::HalfEven.grows(rest, false, odd).unwrap_or(false);
    let kept = if grows { quotient + U512::ONE } else { quotient };
    (kept, scale - i64::from(excess))
}
