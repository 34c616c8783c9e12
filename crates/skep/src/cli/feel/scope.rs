//! The variables that expressions see.

use std::{
    collections::BTreeMap,
    hash::{BuildHasher as _, RandomState},
};

use skep_feel::{Environment, Expression, Value, Variables};

use crate::{cli::variables, failure::Failure};

/// Variables by name.
#[derive(Default)]
pub(super) struct Scope(BTreeMap<String, Value>);

impl Scope {
    /// The variables that the JSON object `given` with the flag or command `origin` holds.
    ///
    /// # Errors
    /// When it cannot be read, or is no JSON object.
    pub(super) fn read(origin: &str, given: Option<&str>) -> Result<Self, Failure> {
        let object = variables::read_object(origin, "variables", given)?;
        let entries = object.into_iter().map(|(name, json)| {
            let value = Value::from_json(&json.to_string()).ok_or_else(|| {
                Failure::usage(format!(
                    "the variable {name} of {origin} nests too deep or is too large"
                ))
            })?;
            Ok((name, value))
        });
        entries.collect::<Result<_, _>>().map(Self)
    }

    /// Sets a variable.
    ///
    /// # Errors
    /// When no expression could refer to `name`.
    pub(super) fn set(&mut self, name: &str, value: Value) -> Result<(), Failure> {
        let names: Option<Vec<String>> =
            Expression::parse(name).ok().map(|it| it.names().map(str::to_owned).collect());
        match names.as_deref() {
            Some([bare]) if name == bare || name == format!("`{bare}`") => {
                self.0.insert(bare.clone(), value);
                Ok(())
            }
            _ => Err(Failure::usage(format!("{name:?} is not the name of a variable"))
                .fix("write names with spaces or signs in backticks, for example `order id`")),
        }
    }

    /// Forgets a variable; whether there was one.
    pub(super) fn unset(&mut self, name: &str) -> bool {
        self.0.remove(name.trim_matches('`')).is_some()
    }

    /// All variables, by name.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The time and randomness of one evaluation.
    pub(super) fn environment(&self) -> Environment {
        Environment::new(jiff::Timestamp::now(), jiff::tz::TimeZone::system())
            .with_random(|| RandomState::new().hash_one(0_u8))
    }
}

impl Variables for Scope {
    fn variable(&self, _name: &str) -> Option<&[u8]> {
        None
    }

    fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }
}
