//! Durations on the command line.

use std::time::Duration;

/// Parses `500ms`, `30s`, `5m`, `2h`, `1d`, or seconds as a plain number.
///
/// # Errors
/// A text for the user when `text` is none of them.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit_ms: u64 = match unit {
        "ms" => 1,
        "s" | "" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(wrong(text)),
    };
    let number: u64 = number.parse().map_err(|_| wrong(text))?;
    // The protocol carries milliseconds in a signed 64-bit number.
    number
        .checked_mul(unit_ms)
        .filter(|ms| i64::try_from(*ms).is_ok())
        .map(Duration::from_millis)
        .ok_or_else(|| wrong(text))
}

fn wrong(text: &str) -> String {
    format!("{text:?} is not a duration; write for example 500ms, 30s, 5m or 2h")
}

/// The duration as the protocol wants it.
pub(super) fn ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units() {
        for (text, ms) in
            [("500ms", 500), ("30s", 30_000), ("30", 30_000), ("5m", 300_000), ("2h", 7_200_000)]
        {
            assert_eq!(parse(text), Ok(Duration::from_millis(ms)), "{text}");
        }
    }

    #[test]
    fn nonsense_is_named() {
        for text in ["", "s", "5x", "-1s", "1.5s", "99999999999999999999s", "9999999999999999d"] {
            assert!(parse(text).is_err_and(|e| e.contains("is not a duration")), "{text}");
        }
    }
}
