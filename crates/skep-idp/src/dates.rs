//! Points in time, as the clock tells them and as Entra writes them.

use jiff::Timestamp;
use skep_auth::Clock;

/// The current time, in whole milliseconds.
pub(crate) fn now(clock: &Clock) -> Timestamp {
    Timestamp::from_millisecond(clock.now_ms()).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// `2026-01-31 12:34:56Z`, with a space and without fractions.
pub(crate) fn entra(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_have_a_space_and_whole_seconds() {
        let at = Timestamp::from_millisecond(1_700_000_000_999).unwrap();
        assert_eq!(entra(at), "2023-11-14 22:13:20Z");
    }
}
