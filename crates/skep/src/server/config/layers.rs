//! The configuration as it comes about: layer over layer, with where each value came from and
//! everything that is wrong with it.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::{Path, PathBuf},
};

use serde_json::{Map, Value};

use super::{Config, initialization, lines};
use crate::failure::Failure;

/// Where a value came from; each beats those before it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Origin {
    /// Nobody said anything else.
    Default,
    /// The configuration file, in this line if it can be told.
    File(Option<usize>),
    /// The environment variable of this name.
    Variable(String),
    /// The flag of this name.
    Flag(&'static str),
}

/// Something that is wrong.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    /// Where it was said.
    pub(crate) origin: Origin,
    /// What is wrong.
    pub(crate) text: String,
    /// How to mend it, if the text does not say so.
    pub(crate) fix: Option<String>,
}

/// One setting.
#[derive(Debug)]
pub(crate) struct Setting {
    /// Names of the sections and its own.
    pub(crate) path: String,
    /// Secrets in it are masked.
    pub(crate) value: Value,
    pub(crate) origin: Origin,
}

/// Defaults, file, environment and flags, laid over each other.
#[derive(Debug)]
pub(crate) struct Layers {
    file: Option<PathBuf>,
    defaults: Value,
    values: Value,
    /// Of what is not a default.
    origins: BTreeMap<String, Origin>,
    problems: Vec<Problem>,
    /// Names of variables that would have been read.
    asked: BTreeSet<String>,
}

impl Layers {
    /// Reads `file` if there is one, then the variables that `environment` finds.
    ///
    /// # Errors
    /// Usage: the file cannot be read, or is not YAML. What is wrong in it is kept.
    pub(crate) fn read(
        file: Option<&Path>,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Failure> {
        let defaults = serde_json::to_value(Config::default())
            .map_err(|error| Failure::new("cannot lay out the configuration").caused_by(error))?;
        let mut layers = Self {
            file: file.map(Path::to_owned),
            values: defaults.clone(),
            defaults,
            origins: BTreeMap::new(),
            problems: Vec::new(),
            asked: BTreeSet::new(),
        };
        if let Some(path) = file {
            layers.add_file(path)?;
        }
        layers.add_environment(&environment);
        layers.check_kinds();
        Ok(layers)
    }

    /// Lays a flag over the rest.
    pub(crate) fn add_flag(&mut self, path: &str, flag: &'static str, value: impl Into<Value>) {
        if let Some(slot) = self.values.pointer_mut(&pointer(path)) {
            *slot = value.into();
            self.origins.insert(path.to_owned(), Origin::Flag(flag));
        }
    }

    /// The configuration.
    ///
    /// # Errors
    /// Usage: something is wrong; the text names everything.
    pub(crate) fn config(&self) -> Result<Config, Failure> {
        let told: Vec<_> = self.problems.iter().map(|problem| self.tell(problem)).collect();
        match told.as_slice() {
            [] => serde_json::from_value(self.values.clone()).map_err(|error| {
                let error = without_values(&error.to_string());
                Failure::usage(format!("the configuration has a value of the wrong kind: {error}"))
            }),
            [one] => Err(Failure::usage(one.clone())),
            several => Err(Failure::usage(format!(
                "the configuration has {} problems:\n  {}",
                several.len(),
                several.join("\n  ")
            ))),
        }
    }

    /// What is wrong with keys and kinds of values.
    pub(crate) fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Says it with where it is.
    pub(crate) fn tell(&self, problem: &Problem) -> String {
        match problem.origin {
            Origin::File(_) => format!("{}: {}", self.place(&problem.origin), problem.text),
            Origin::Default | Origin::Variable(_) | Origin::Flag(_) => problem.text.clone(),
        }
    }

    /// Where something came from, for people.
    pub(crate) fn place(&self, origin: &Origin) -> String {
        let file = || self.file.as_deref().unwrap_or_else(|| Path::new("the file")).display();
        match origin {
            Origin::Default => "default".to_owned(),
            Origin::File(None) => format!("configuration file {}", file()),
            Origin::File(Some(line)) => format!("configuration file {}, line {line}", file()),
            Origin::Variable(name) => format!("environment variable {name}"),
            Origin::Flag(name) => format!("flag {name}"),
        }
    }

    /// The file, if there is one.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// All settings, in the order of their names, without secrets.
    pub(crate) fn settings(&self) -> Vec<Setting> {
        let mut found = Vec::new();
        collect(&self.values, "", &mut |path, value| {
            let origin = self.origins.get(path).cloned().unwrap_or(Origin::Default);
            let mut value = value.clone();
            mask(&mut value, path);
            found.push(Setting { path: path.to_owned(), value, origin });
        });
        found
    }

    /// Where the setting was said that a text names, if it names one that was said.
    pub(crate) fn origin_named_in(&self, text: &str) -> Origin {
        let named = self.origins.iter().filter(|(path, _)| text.contains(path.as_str()));
        let longest = named.max_by_key(|(path, _)| path.len());
        longest.map_or(Origin::Default, |(_, origin)| origin.clone())
    }

    /// Whether a variable of this name would have been read.
    pub(crate) fn reads(&self, variable: &str) -> bool {
        self.asked.contains(variable)
    }

    /// The name that is read and resembles this one most, if one does.
    pub(crate) fn nearest_variable(&self, variable: &str) -> Option<&str> {
        let near = self.asked.iter().map(|name| (distance(variable, name), name)).min()?;
        (near.0 <= 1 + variable.len() / 8).then_some(near.1.as_str())
    }

    fn add_file(&mut self, path: &Path) -> Result<(), Failure> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            Failure::usage(format!("cannot read configuration file {}", path.display()))
                .caused_by(error)
        })?;
        let read: Option<Value> = serde_saphyr::from_str(&text).map_err(|error| {
            Failure::usage(format!("configuration file {} is not YAML", path.display()))
                .caused_by(std::io::Error::other(error.to_string()))
        })?;
        let mut read = normalised(read.unwrap_or_default());
        adopt_embedded_gateway(&mut read);
        let mut merge = Merge {
            lines: lines::of_keys(&text, camel_case),
            origins: &mut self.origins,
            problems: &mut self.problems,
        };
        merge.lay(&mut self.values, &read, &self.defaults, "");
        Ok(())
    }

    fn add_environment(&mut self, environment: &impl Fn(&str) -> Option<String>) {
        let asked = RefCell::new(BTreeSet::new());
        let listening = |name: &str| {
            asked.borrow_mut().insert(name.to_owned());
            environment(name)
        };
        let mut variables = Variables {
            environment: &listening,
            origins: &mut self.origins,
            problems: &mut self.problems,
        };
        let names = Names::default();
        variables.apply(&mut self.values, &names, "");
        self.asked = asked.into_inner();
    }

    /// Each value alone, so that all that are of the wrong kind are named.
    fn check_kinds(&mut self) {
        for (path, origin) in &self.origins {
            let Some(value) = self.values.pointer(&pointer(path)) else { continue };
            let mut alone = self.defaults.clone();
            if let Some(slot) = alone.pointer_mut(&pointer(path)) {
                *slot = value.clone();
            }
            let Err(error) = serde_json::from_value::<Config>(alone) else { continue };
            let error = without_values(&error.to_string());
            let what = match origin {
                Origin::Variable(name) => format!("environment variable {name} ({path})"),
                Origin::Default | Origin::File(_) | Origin::Flag(_) => path.clone(),
            };
            let text = format!("{what} has a value of the wrong kind: {error}");
            self.problems.push(Problem { origin: origin.clone(), text, fix: None });
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Default => "default",
            Self::File(_) => "file",
            Self::Variable(_) => "environment",
            Self::Flag(_) => "flag",
        })
    }
}

/// Lays a file over the defaults.
struct Merge<'l> {
    /// By path in camelCase.
    lines: BTreeMap<String, usize>,
    origins: &'l mut BTreeMap<String, Origin>,
    problems: &'l mut Vec<Problem>,
}

impl Merge<'_> {
    /// Lays `read` over `merged`; every key must exist in `known`.
    fn lay(&mut self, merged: &mut Value, read: &Value, known: &Value, path: &str) {
        let (Value::Object(into), Value::Object(from), Value::Object(names)) =
            (merged, read, known)
        else {
            self.wrong(path, format!("{path} is a section, not a value"));
            return;
        };
        for (key, value) in from {
            let full = below(path, key);
            let Some(expected) = names.get(key) else {
                let nearest = nearest(key, names.keys());
                self.wrong(&full, format!("there is no key {full}{nearest}"));
                continue;
            };
            let slot = into.entry(key.as_str()).or_insert(Value::Null);
            if expected.is_object() {
                self.lay(slot, value, expected, &full);
            } else {
                *slot = value.clone();
                let origin = self.origin(&full);
                self.origins.insert(full, origin);
            }
        }
    }

    fn wrong(&mut self, path: &str, text: String) {
        let origin = self.origin(path);
        self.problems.push(Problem { origin, text, fix: None });
    }

    fn origin(&self, path: &str) -> Origin {
        // A broker's embedded gateway is configured inside the broker.
        let embedded = path.strip_prefix("zeebe.gateway.");
        let embedded = embedded.map(|rest| format!("zeebe.broker.gateway.{rest}"));
        let line = self.lines.get(path).or_else(|| self.lines.get(&embedded?));
        Origin::File(line.copied())
    }
}

/// The names of a variable: with dashes dropped, and with dashes as `_`.
#[derive(Default)]
struct Names {
    plain: String,
    spelled: String,
}

impl Names {
    fn below(&self, key: &str) -> Self {
        let below = |path: &str, key: &str| match path {
            "" => key.to_ascii_uppercase(),
            path => format!("{path}_{}", key.to_ascii_uppercase()),
        };
        Self {
            plain: below(&self.plain, key),
            spelled: below(&self.spelled, &with_underscores(key)),
        }
    }
}

/// Lays the environment over the file.
struct Variables<'l, F> {
    environment: &'l F,
    origins: &'l mut BTreeMap<String, Origin>,
    problems: &'l mut Vec<Problem>,
}

impl<F: Fn(&str) -> Option<String>> Variables<'_, F> {
    /// Replaces each value for which there is a variable.
    fn apply(&mut self, value: &mut Value, names: &Names, path: &str) {
        if let Value::Object(entries) = value {
            for (key, value) in entries {
                self.apply(value, &names.below(key), &below(path, key));
            }
            return;
        }
        if let Some(template) = initialization::template(&names.plain) {
            self.apply_to_items(value, &template, names, path);
            return;
        }
        let Some((name, text)) = self.find(names, value.is_array()) else { return };
        match typed(&text, value) {
            Ok(typed) => {
                *value = typed;
                self.origins.insert(path.to_owned(), Origin::Variable(name));
            }
            Err(expected) => self.problems.push(Problem {
                text: format!("environment variable {name} is {text:?}, but must be {expected}"),
                origin: Origin::Variable(name),
                fix: None,
            }),
        }
    }

    fn find(&self, names: &Names, is_list: bool) -> Option<(String, String)> {
        [&names.plain, &names.spelled].into_iter().find_map(|name| {
            let embedded = name.strip_prefix("ZEEBE_GATEWAY_");
            let embedded = embedded.map(|rest| format!("ZEEBE_BROKER_GATEWAY_{rest}"));
            let names = std::iter::once(name.clone()).chain(embedded);
            names.into_iter().find_map(|name| {
                let whole = (self.environment)(&name);
                let text = whole.or_else(|| is_list.then(|| self.items(&name))?)?;
                Some((name, text))
            })
        })
    }

    /// The items of a list that has a variable for each: `NAME_0`, `NAME_1`, …
    fn items(&self, name: &str) -> Option<String> {
        let item = |i: usize| (self.environment)(&format!("{name}_{i}"));
        let items: Vec<_> = (0..).map_while(item).collect();
        (!items.is_empty()).then(|| items.join(","))
    }

    /// The items of a list of objects, each with a variable for each of its values:
    /// `NAME_0_KEY`, `NAME_1_KEY`, …
    fn apply_to_items(&mut self, value: &mut Value, template: &Value, names: &Names, path: &str) {
        let Value::Array(items) = value else { return };
        for i in 0.. {
            let is_known = i < items.len();
            let mut item = template.clone();
            if let (Some(known), Value::Object(entries)) = (items.get(i), &mut item) {
                entries.extend(known.as_object().cloned().unwrap_or_default());
            }
            let before = item.clone();
            // What a value of an item came from is told of the whole list.
            let mut within = BTreeMap::new();
            let mut inner = Variables {
                environment: self.environment,
                origins: &mut within,
                problems: &mut *self.problems,
            };
            inner.apply(&mut item, &names.below(&i.to_string()), "");
            if item == before {
                if is_known {
                    continue;
                }
                break;
            }
            if is_known {
                items[i] = item;
            } else {
                items.push(item);
            }
            if let Some(origin) = within.into_values().next() {
                self.origins.insert(path.to_owned(), origin);
            }
        }
    }
}

fn below(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn pointer(path: &str) -> String {
    format!("/{}", path.replace('.', "/"))
}

fn collect(value: &Value, path: &str, found: &mut impl FnMut(&str, &Value)) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                collect(value, &below(path, key), found);
            }
        }
        leaf @ (Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)) => found(path, leaf),
    }
}

/// Puts stars in the place of secrets.
fn mask(value: &mut Value, key: &str) {
    let is_secret = ["password", "secret"].iter().any(|word| key.to_lowercase().contains(word));
    match value {
        Value::Object(entries) => entries.iter_mut().for_each(|(key, value)| mask(value, key)),
        Value::Array(items) => items.iter_mut().for_each(|item| mask(item, key)),
        Value::String(text) if is_secret && !text.is_empty() => "********".clone_into(text),
        Value::Number(_) if is_secret => *value = "********".into(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => (),
    }
}

/// The text of an error of serde without the value that it quotes, which may be a secret.
fn without_values(text: &str) -> String {
    if !text.starts_with("invalid") {
        return text.to_owned();
    }
    match text.rsplit_once(", expected ") {
        Some((_, expected)) => format!("expected {expected}"),
        None if text.contains(['"', '`']) => "it is not what is expected".to_owned(),
        None => text.to_owned(),
    }
}

/// Keys in camelCase, however the file spells them.
fn normalised(value: Value) -> Value {
    match value {
        Value::Object(entries) => Value::Object(
            entries.into_iter().map(|(key, value)| (camel_case(&key), normalised(value))).collect(),
        ),
        Value::Null => Value::Object(Map::new()),
        Value::Array(items) => Value::Array(items.into_iter().map(normalised_item).collect()),
        scalar @ (Value::Bool(_) | Value::Number(_) | Value::String(_)) => scalar,
    }
}

fn normalised_item(item: Value) -> Value {
    if item.is_null() { item } else { normalised(item) }
}

fn camel_case(key: &str) -> String {
    let mut parts = key.split('-');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |mut name, part| {
        let mut letters = part.chars();
        name.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        name.extend(letters);
        name
    })
}

/// A broker with an embedded gateway configures it at `zeebe.broker.gateway`.
fn adopt_embedded_gateway(read: &mut Value) {
    let Some(zeebe) = read.get_mut("zeebe").and_then(Value::as_object_mut) else { return };
    let embedded = zeebe
        .get_mut("broker")
        .and_then(Value::as_object_mut)
        .and_then(|broker| broker.remove("gateway"));
    if let Some(embedded) = embedded {
        zeebe.entry("gateway").or_insert(embedded);
    }
}

/// `; did you mean X?` when a known key is close, else the keys that exist.
fn nearest<'k>(key: &str, known: impl Iterator<Item = &'k String>) -> String {
    let known: Vec<_> = known.collect();
    match known.iter().map(|name| (distance(key, name), name)).min() {
        Some((distance, name)) if distance <= 1 + key.len() / 4 => {
            format!("; did you mean {name}?")
        }
        _ => {
            let names: Vec<_> = known.iter().map(|name| name.as_str()).collect();
            format!("; there are {}", names.join(", "))
        }
    }
}

/// How many letters must be put in, taken out or changed (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.to_lowercase().chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, other) in b.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *other);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

/// `issuerBackendUrl` as `issuer_Backend_Url`.
fn with_underscores(key: &str) -> String {
    let mut spelled = String::new();
    for letter in key.chars() {
        if letter.is_ascii_uppercase() {
            spelled.push('_');
        }
        spelled.push(letter);
    }
    spelled
}

/// The text as the kind of value that stands there now.
fn typed(text: &str, current: &Value) -> Result<Value, &'static str> {
    let text = text.trim();
    Ok(match current {
        Value::Bool(_) => text.parse::<bool>().map_err(|_| "true or false").map(Value::from)?,
        Value::Number(_) => text.parse::<u64>().map_err(|_| "a number").map(Value::from)?,
        Value::Array(_) => text.split(',').map(str::trim).filter(|item| !item.is_empty()).collect(),
        // An option that is not set has no kind yet: a whole number can only be meant as one
        // where the field is numeric, and text is accepted nowhere else.
        Value::Null => text.parse::<u64>().map_or_else(|_| Value::from(text), Value::from),
        Value::String(_) | Value::Object(_) => Value::from(text),
    })
}
