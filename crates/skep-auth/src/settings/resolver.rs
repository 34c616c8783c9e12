//! Which of several values wins, and where each came from.

use std::{collections::BTreeMap, fmt, str::FromStr, time::Duration};

use super::Setting;

/// Values given by one source, by setting.
pub type Values = BTreeMap<Setting, String>;

/// Values given by something else than the environment.
#[derive(Clone, Default)]
pub struct Explicit {
    /// Flags of the command line: stronger than anything else.
    pub flags: Values,
    /// Values that a program sets itself: stronger than the environment.
    pub values: Values,
    /// Values of a configuration file: weaker than the environment.
    pub file: Values,
}

/// Where a value comes from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Origin {
    /// A flag of the command line.
    Flag,
    /// The program.
    Program,
    /// The environment variable of that name.
    Variable(String),
    /// A configuration file.
    File,
    /// Nobody set it.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("command line"),
            Self::Program => f.write_str("program"),
            Self::Variable(name) => f.write_str(name),
            Self::File => f.write_str("configuration file"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// A setting that is in effect, for people: secrets are masked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Explanation {
    /// Which one.
    pub setting: Setting,
    /// Its value; `***` for a secret.
    pub value: String,
    /// Where it comes from.
    pub origin: Origin,
    /// Weaker sources that gave a value too, with it.
    pub shadowed: Vec<(Origin, String)>,
}

/// Text that was found, and where.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) text: String,
    pub(super) origin: Origin,
}

pub(super) struct Resolver<'a> {
    explicit: &'a Explicit,
    environment: &'a dyn Fn(&str) -> Option<String>,
    pub(super) explanations: Vec<Explanation>,
    /// What is there but has no effect, or should be looked at.
    pub(super) notes: Vec<String>,
    /// What is wrong; all of it is told at once.
    pub(super) problems: Vec<String>,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(
        explicit: &'a Explicit,
        environment: &'a dyn Fn(&str) -> Option<String>,
    ) -> Self {
        let (explanations, notes, problems) = Default::default();
        Self { explicit, environment, explanations, notes, problems }
    }

    /// The value of the strongest source; empty ones count as not set.
    pub(super) fn text(&mut self, setting: Setting) -> Option<Found> {
        let mut found = self.all(setting).into_iter();
        let winner = found.next()?;
        if winner.text.trim() != winner.text {
            let (label, origin) = (setting.label(), &winner.origin);
            let note = format!("the {label} in {origin} begins or ends with white space");
            self.notes.push(note);
        }
        let shown = |text: &str| if setting.is_secret() { "***".into() } else { text.to_owned() };
        self.explanations.push(Explanation {
            setting,
            value: shown(&winner.text),
            origin: winner.origin.clone(),
            shadowed: found.map(|other| (other.origin, shown(&other.text))).collect(),
        });
        Some(winner)
    }

    /// True when any source gives a value; nothing is recorded.
    pub(super) fn has(&self, setting: Setting) -> bool {
        !self.all(setting).is_empty()
    }

    /// Settings that have a value nobody asked for, in what was resolved so far.
    pub(super) fn unused(&self) -> Vec<Explanation> {
        let is_used =
            |setting| self.explanations.iter().any(|explanation| explanation.setting == setting);
        let candidates = Setting::ALL
            .iter()
            .copied()
            .filter(|setting| !setting.is_ambient() && !is_used(*setting));
        let explain = |setting: Setting| {
            let shown = |text: String| if setting.is_secret() { "***".into() } else { text };
            let mut found = self.all(setting).into_iter();
            let first = found.next()?;
            Some(Explanation {
                setting,
                value: shown(first.text),
                origin: first.origin,
                shadowed: found.map(|other| (other.origin, shown(other.text))).collect(),
            })
        };
        candidates.filter_map(explain).collect()
    }

    fn all(&self, setting: Setting) -> Vec<Found> {
        let Explicit { flags, values, file } = self.explicit;
        let given = |from: &Values, origin| {
            from.get(&setting).map(|text| Found { text: text.clone(), origin })
        };
        let mut found = Vec::new();
        found.extend(given(flags, Origin::Flag));
        found.extend(given(values, Origin::Program));
        for name in setting.variables() {
            if let Some(text) = (self.environment)(name) {
                found.push(Found { text, origin: Origin::Variable((*name).to_owned()) });
            }
        }
        found.extend(given(file, Origin::File));
        found.retain(|found| !found.text.trim().is_empty());
        for found in &mut found {
            if !setting.is_secret() {
                found.text = found.text.trim().to_owned();
            }
        }
        found
    }

    /// Records a value that nobody set.
    pub(super) fn default(&mut self, setting: Setting, value: impl fmt::Display) {
        let (value, origin, shadowed) = (value.to_string(), Origin::Default, Vec::new());
        self.explanations.push(Explanation { setting, value, origin, shadowed });
    }

    /// A value that `parse` takes; what it does not take is a problem.
    pub(super) fn parsed<T>(
        &mut self,
        setting: Setting,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let found = self.text(setting)?;
        let value = parse(&found.text);
        if value.is_none() {
            let Found { text, origin } = &found;
            let label = setting.label();
            self.problems.push(format!("{label}: {origin} must be {expected}, but is {text:?}"));
        }
        value
    }

    pub(super) fn flag(&mut self, setting: Setting) -> Option<bool> {
        self.parsed(setting, "true or false", |text| match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Some(true),
            "false" | "0" | "no" | "off" => Some(false),
            _ => None,
        })
    }

    pub(super) fn number<T: FromStr>(&mut self, setting: Setting) -> Option<T> {
        self.parsed(setting, "a whole number that is not too large", |text| text.parse().ok())
    }

    /// A number of milliseconds, at least one, as official clients take it.
    pub(super) fn millis(&mut self, setting: Setting, default: Duration) -> Duration {
        let found = self.parsed(setting, "a number of milliseconds from 1 to 2147483647", |text| {
            let millis: u32 = text.parse().ok()?;
            (1..=i32::MAX.unsigned_abs()).contains(&millis).then_some(millis)
        });
        match found {
            Some(millis) => Duration::from_millis(millis.into()),
            None => default,
        }
    }

    pub(super) fn list(&mut self, setting: Setting) -> Option<Vec<String>> {
        let found = self.text(setting)?;
        let items = found.text.split(',').map(str::trim).filter(|item| !item.is_empty());
        Some(items.map(str::to_owned).collect())
    }
}
