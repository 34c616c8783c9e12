//! How long the history keeps what has ended.

use std::{fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::cli::duration;

/// The word for what is never removed.
const FOREVER: &str = "forever";

/// How long the history keeps what has ended; for ever by default.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Retention(Option<Duration>);

impl Retention {
    /// `None` is for ever.
    pub(crate) fn duration(self) -> Option<Duration> {
        self.0
    }
}

impl FromStr for Retention {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == FOREVER {
            return Ok(Self(None));
        }
        match duration::parse(text) {
            Ok(duration) if !duration.is_zero() => Ok(Self(Some(duration))),
            Ok(_) | Err(_) => Err(format!(
                "{text:?} is not how long something is kept; write for example 30d, 12h or {FOREVER}"
            )),
        }
    }
}

impl fmt::Display for Retention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(duration) = self.0 else { return f.write_str(FOREVER) };
        let ms = duration.as_millis();
        let units = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
        match units.into_iter().find(|(_, unit_ms)| ms.is_multiple_of(*unit_ms)) {
            Some((unit, unit_ms)) => write!(f, "{}{unit}", ms / unit_ms),
            None => write!(f, "{ms}ms"),
        }
    }
}

impl Serialize for Retention {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Retention {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for (text, seconds) in
            [("30d", Some(2_592_000)), ("36h", Some(129_600)), ("90s", Some(90)), (FOREVER, None)]
        {
            let retention: Retention = text.parse().unwrap();
            assert_eq!(retention.duration(), seconds.map(Duration::from_secs), "{text}");
            assert_eq!(retention.to_string(), text);
        }
        for text in ["", "0d", "-1d", "soon", "30 d"] {
            let error = text.parse::<Retention>().unwrap_err();
            assert!(error.contains("30d"), "{error}");
        }
    }
}
