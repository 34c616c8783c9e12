//! Numbers to and from text and doubles.

use std::fmt::{self, Write as _};

use super::decimal::{Decimal, PRECISION, digits};
use super::{Number, Repr};

/// Text on the stack: formatting a number must not allocate.
struct Buffer {
    bytes: [u8; 64],
    len: usize,
}

impl Buffer {
    fn new() -> Self {
        Self { bytes: [0; 64], len: 0 }
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.len]).unwrap_or_default()
    }
}

impl fmt::Write for Buffer {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let target = self.bytes.get_mut(self.len..self.len + text.len()).ok_or(fmt::Error)?;
        target.copy_from_slice(text.as_bytes());
        self.len += text.len();
        Ok(())
    }
}

impl Number {
    /// Reads decimal text: sign, digits, point, exponent; the syntax of `java.math.BigDecimal`.
    ///
    /// More than 34 significant digits are rounded.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let (negative, bytes) = match bytes {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            _ => (false, bytes),
        };
        let end = bytes.iter().position(|b| matches!(b, b'e' | b'E')).unwrap_or(bytes.len());
        let (mantissa, exponent) = bytes.split_at(end);
        let exponent = match exponent {
            [] => 0,
            [_, rest @ ..] => std::str::from_utf8(rest).ok()?.parse::<i32>().ok()?,
        };
        let mut coefficient = 0u128;
        let (mut scale, mut n_digits, mut n_dropped) = (0i64, 0usize, 0i64);
        let mut rest_above_half = None;
        let mut rest_nonzero = false;
        let mut point = false;
        for byte in mantissa {
            match byte {
                b'.' if !point => point = true,
                b'0'..=b'9' => {
                    let digit = byte - b'0';
                    n_digits += 1;
                    scale += i64::from(point);
                    if digits(coefficient) < PRECISION {
                        coefficient = coefficient * 10 + u128::from(digit);
                    } else {
                        n_dropped += 1;
                        if rest_above_half.is_none() {
                            rest_above_half = Some(digit.cmp(&5));
                        } else {
                            rest_nonzero |= digit != 0;
                        }
                    }
                }
                _ => return None,
            }
        }
        if n_digits == 0 {
            return None;
        }
        let grows = match rest_above_half {
            None | Some(std::cmp::Ordering::Less) => false,
            Some(std::cmp::Ordering::Equal) => rest_nonzero || coefficient % 2 == 1,
            Some(std::cmp::Ordering::Greater) => true,
        };
        let scale = scale - n_dropped - i64::from(exponent);
        Decimal::rounded(negative, coefficient + u128::from(grows), scale).map(Self::from_decimal)
    }

    /// The decimal that `value` prints as: `0.1` is 0.1, not its binary neighbour.
    ///
    /// `None` for NaN and infinities. The scale follows Java's `Double.toString`, so a stored
    /// double 1.0 has the text `1.0`.
    ///
    /// Source: camunda/feel-scala: src/main/scala/org/camunda/feel/impl/DefaultValueMapper.scala
    #[must_use]
    pub fn from_f64(value: f64) -> Option<Self> {
        if !value.is_finite() {
            return None;
        }
        if let Some(number) = Self::from_short_f64(value) {
            return Some(number);
        }
        let mut text = Buffer::new();
        write!(text, "{:e}", value.abs()).ok()?;
        let (mantissa, exponent) = text.as_str().split_once('e')?;
        let exponent: i64 = exponent.parse().ok()?;
        let mut coefficient = 0u128;
        let mut n_digits = 0i64;
        for byte in mantissa.bytes().filter(u8::is_ascii_digit) {
            coefficient = coefficient * 10 + u128::from(byte - b'0');
            n_digits += 1;
        }
        // Java shows at least one digit behind the point, in either notation.
        let mut scale = n_digits - 1 - exponent;
        let least = if (-3..7).contains(&exponent) { 1 } else { 1 - exponent };
        while scale < least {
            coefficient *= 10;
            scale += 1;
        }
        Decimal::rounded(value.is_sign_negative(), coefficient, scale).map(Self::from_decimal)
    }

    /// Doubles with few decimals, by far the most, without formatting them.
    fn from_short_f64(value: f64) -> Option<Self> {
        let magnitude = value.abs();
        if !(1e-3..1e7).contains(&magnitude) {
            return None;
        }
        let mut factor = 10.0;
        for scale in 1..=6 {
            let scaled = (magnitude * factor).round();
            #[expect(clippy::float_cmp, reason = "exactly this double is meant")]
            let exact = scaled / factor == magnitude;
            if exact {
                // Both operands are exact, so the division rounds correctly: this is the
                // double nearest to `scaled / factor`, and no shorter decimal names it.
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a whole number below 10^13"
                )]
                let coefficient = u128::from(scaled as u64);
                return Some(Self::from_decimal(Decimal::from_parts(
                    value < 0.0,
                    coefficient,
                    scale,
                )));
            }
            factor *= 10.0;
        }
        None
    }

    /// The nearest double.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        let decimal = match self.0 {
            #[expect(clippy::cast_precision_loss, reason = "rounds to the nearest double")]
            Repr::Integer(value) => return value as f64,
            Repr::Decimal(decimal) => decimal,
        };
        let mut text = Buffer::new();
        let sign = if decimal.negative { "-" } else { "" };
        let exponent = -i64::from(decimal.scale);
        // The text always fits the buffer and always parses.
        let written = write!(text, "{sign}{}e{exponent}", decimal.coefficient());
        if written.is_ok() { text.as_str().parse().unwrap_or(f64::NAN) } else { f64::NAN }
    }
}

/// As `java.math.BigDecimal.toString`: an exponent only for negative scales and tiny numbers.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimal = match self.0 {
            Repr::Integer(value) => return write!(f, "{value}"),
            Repr::Decimal(decimal) => decimal,
        };
        let mut text = Buffer::new();
        write!(text, "{}", decimal.coefficient())?;
        let text = text.as_str();
        if decimal.negative {
            f.write_char('-')?;
        }
        let scale = i64::from(decimal.scale);
        let n_digits = i64::try_from(text.len()).unwrap_or(i64::MAX);
        let adjusted = n_digits - 1 - scale;
        if scale == 0 {
            return f.write_str(text);
        }
        if scale < 0 || adjusted < -6 {
            let (first, rest) = text.split_at(1);
            f.write_str(first)?;
            if !rest.is_empty() {
                write!(f, ".{rest}")?;
            }
            return if adjusted == 0 { Ok(()) } else { write!(f, "E{adjusted:+}") };
        }
        match usize::try_from(n_digits - scale) {
            Ok(n_whole) if n_whole > 0 => {
                let (whole, fraction) = text.split_at(n_whole);
                write!(f, "{whole}.{fraction}")
            }
            Ok(_) | Err(_) => {
                f.write_str("0.")?;
                for _ in n_digits..scale {
                    f.write_char('0')?;
                }
                f.write_str(text)
            }
        }
    }
}

/// The kind alone: a number may be a variable's value, and those stay out of logs.
impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Number(..)")
    }
}
