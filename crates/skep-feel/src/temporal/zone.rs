//! Offsets and time zones.

use std::sync::OnceLock;

use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};

use super::scan::Scanner;
use super::{Date, SECONDS_PER_DAY};

/// An offset, and the zone it is of when the value names one.
#[derive(Clone, Debug)]
pub(crate) struct Zone {
    offset: i32,
    region: Option<Region>,
}

/// A zone with rules, such as `Europe/Berlin`.
#[derive(Clone, Debug)]
struct Region {
    /// `None` for rules an environment brings without an IANA name.
    name: Option<Box<str>>,
    rules: TimeZone,
}

/// Largest offset from UTC, 18 hours.
const OFFSET_MAX: i32 = 18 * 3_600;

/// The instant whose standard offset a time of day in a zone has.
///
/// feel-scala takes the instant of parsing; a fixed one keeps an expression's meaning.
const REFERENCE: i64 = 1_735_689_600;

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.offset == other.offset && self.name() == other.name()
    }
}

impl Zone {
    /// Just an offset in seconds; `None` beyond 18 hours.
    pub(crate) fn fixed(offset: i64) -> Option<Self> {
        let offset = i32::try_from(offset).ok()?;
        (offset.abs() <= OFFSET_MAX).then_some(Self { offset, region: None })
    }

    /// UTC as an offset.
    pub(crate) const UTC: Self = Self { offset: 0, region: None };

    /// `Europe/Berlin`, `UTC`, `GMT+2`, `+02:00`, `Z`: what `ZoneId.of` understands.
    ///
    /// The offset of a region is its standard offset.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if let Some(zone) = Self::parse_offset(text) {
            return Some(zone);
        }
        for prefix in ["UTC", "GMT", "UT"] {
            let Some(rest) = text.strip_prefix(prefix) else { continue };
            if rest.is_empty() {
                return Some(Self::named(text, TimeZone::UTC, 0));
            }
            if rest.starts_with(['+', '-'])
                && let Some(fixed) = Self::parse_offset(rest)
            {
                let offset = jiff::tz::Offset::from_seconds(fixed.offset).ok()?;
                return Some(Self::named(text, TimeZone::fixed(offset), fixed.offset));
            }
        }
        let rules = bundled().get(text).ok()?;
        // Zone ids are case-sensitive in Java, and not in jiff.
        if rules.iana_name() != Some(text) {
            return None;
        }
        let offset = standard_offset(&rules);
        Some(Self::named(text, rules, offset))
    }

    fn named(name: &str, rules: TimeZone, offset: i32) -> Self {
        Self { offset, region: Some(Region { name: Some(name.into()), rules }) }
    }

    /// The zone of an environment; without a name it shows as its offset.
    pub(crate) fn of(rules: &TimeZone, unix_seconds: i64) -> Self {
        let offset = offset_at(rules, unix_seconds);
        let name = rules.iana_name().map(Box::from);
        Self { offset, region: Some(Region { name, rules: rules.clone() }) }
    }

    /// `Z`, `+2`, `+02`, `+0230`, `+02:30`, `+02:30:15`.
    fn parse_offset(text: &str) -> Option<Self> {
        if text == "Z" {
            return Some(Self::UTC);
        }
        let mut scanner = Scanner::new(text);
        let negative = scanner.eat(b'-');
        if !negative {
            scanner.expect(b'+')?;
        }
        let digits = scanner.rest().as_bytes();
        let (hours, minutes, seconds) = match digits {
            [hour] => ([b'0', *hour], *b"00", *b"00"),
            [a, b] => ([*a, *b], *b"00", *b"00"),
            [a, b, c, d] | [a, b, b':', c, d] => ([*a, *b], [*c, *d], *b"00"),
            [a, b, c, d, e, f] | [a, b, b':', c, d, b':', e, f] => ([*a, *b], [*c, *d], [*e, *f]),
            _ => return None,
        };
        let number = |digits: [u8; 2]| {
            let text = std::str::from_utf8(&digits).ok()?;
            Scanner::new(text).two_digits().map(i64::from)
        };
        let (hours, minutes, seconds) = (number(hours)?, number(minutes)?, number(seconds)?);
        if minutes > 59 || seconds > 59 {
            return None;
        }
        let total = (hours * 60 + minutes) * 60 + seconds;
        Self::fixed(if negative { -total } else { total })
    }

    /// What may follow a time: `Z`, `+01:00` or `@zone`.
    pub(super) fn scan_of_time(scanner: &mut Scanner<'_>) -> Option<Self> {
        let text = scanner.rest();
        let zone = match text.strip_prefix('@') {
            Some(name) => Self::parse(name)?,
            None => Self::strict_offset(text)?,
        };
        *scanner = Scanner::new("");
        Some(zone)
    }

    /// `Z` or an offset of hours and minutes.
    pub(super) fn strict_offset(text: &str) -> Option<Self> {
        (text == "Z" || text.len() == 6).then(|| Self::parse_offset(text)).flatten()
    }

    /// Seconds east of UTC.
    pub(crate) fn offset(&self) -> i32 {
        self.offset
    }

    /// The zone's id, if it is more than an offset.
    pub(crate) fn name(&self) -> Option<&str> {
        self.region.as_ref()?.name.as_deref()
    }

    /// What orders zones: the id, or the offset's text.
    pub(super) fn id(&self) -> String {
        self.name().map_or_else(|| self.offset_text().to_string(), str::to_owned)
    }

    /// The same zone with the offset it has at an instant.
    pub(super) fn at(&self, unix_seconds: i64) -> Self {
        let offset =
            self.region.as_ref().map_or(self.offset, |r| offset_at(&r.rules, unix_seconds));
        Self { offset, region: self.region.clone() }
    }

    /// The offset of a local date-time: in a gap that before it, in an overlap the earlier,
    /// unless `preferred` is the later.
    pub(super) fn offset_of_local(
        &self,
        date: Date,
        second_of_day: u64,
        preferred: Option<i32>,
    ) -> i32 {
        let Some(region) = &self.region else { return self.offset };
        match ambiguous_offset(&region.rules, date, second_of_day) {
            None => self.offset,
            Some(AmbiguousOffset::Unambiguous { offset }) => offset.seconds(),
            Some(AmbiguousOffset::Gap { before, .. }) => before.seconds(),
            Some(AmbiguousOffset::Fold { before, after }) => {
                if preferred == Some(after.seconds()) {
                    after.seconds()
                } else {
                    before.seconds()
                }
            }
        }
    }
}

/// The zone rules built into the program: the same on every machine.
fn bundled() -> &'static TimeZoneDatabase {
    static DATABASE: OnceLock<TimeZoneDatabase> = OnceLock::new();
    DATABASE.get_or_init(TimeZoneDatabase::bundled)
}

fn ambiguous_offset(rules: &TimeZone, date: Date, second_of_day: u64) -> Option<AmbiguousOffset> {
    let date = date.within_jiff();
    let (hour, minute, second) =
        (second_of_day / 3_600, second_of_day / 60 % 60, second_of_day % 60);
    let local = jiff::civil::DateTime::new(
        i16::try_from(date.year()).ok()?,
        i8::try_from(date.month()).ok()?,
        i8::try_from(date.day()).ok()?,
        i8::try_from(hour).ok()?,
        i8::try_from(minute).ok()?,
        i8::try_from(second).ok()?,
        0,
    )
    .ok()?;
    Some(rules.to_ambiguous_timestamp(local).offset())
}

fn offset_at(rules: &TimeZone, unix_seconds: i64) -> i32 {
    let day = Date::from_epoch_day(unix_seconds.div_euclid(SECONDS_PER_DAY));
    let seconds = match day.map(|day| day.within_jiff().epoch_day()) {
        Some(day) => day * SECONDS_PER_DAY + unix_seconds.rem_euclid(SECONDS_PER_DAY),
        None => unix_seconds,
    };
    match jiff::Timestamp::from_second(seconds) {
        Ok(instant) => rules.to_offset(instant).seconds(),
        Err(_) => 0,
    }
}

/// The offset outside daylight saving time.
fn standard_offset(rules: &TimeZone) -> i32 {
    let Ok(reference) = jiff::Timestamp::from_second(REFERENCE) else { return 0 };
    let here = rules.to_offset_info(reference);
    if !here.dst().is_dst() {
        return here.offset().seconds();
    }
    rules
        .preceding(reference)
        .find(|transition| !transition.dst().is_dst())
        .map_or_else(|| here.offset(), |transition| transition.offset())
        .seconds()
}
