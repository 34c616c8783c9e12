//! Which process instances a command is about, where they are not named by key.

use std::{borrow::Borrow, collections::BTreeSet, fmt};

use serde::{Deserialize, Serialize};

/// Selects process instances: each condition of `all` must hold and, unless `any` is empty, every
/// condition of one of its groups.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub struct ProcessInstanceFilter {
    /// Conditions that must all hold.
    pub all: Vec<InstanceCondition>,
    /// Groups of conditions, of which one must hold as a whole.
    pub any: Vec<Vec<InstanceCondition>>,
}

/// Something that holds for a process instance or not.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub enum InstanceCondition {
    /// About a key or a version.
    Number(NumberField, Test<i64>),
    /// About an id or a name.
    Text(TextField, TextTest),
    /// Whether it has an incident, or a process instance that it called has one.
    HasIncident(bool),
    /// It has all of these tags.
    Tags(Vec<String>),
    /// About a variable of any scope.
    Variable(VariableCondition),
    /// About an element instance of it.
    Element(ElementCondition),
}

/// What has a number.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub enum NumberField {
    /// Key of the instance.
    ProcessInstanceKey,
    /// Key of the instance that called it.
    ParentProcessInstanceKey,
    /// Key of the call activity's execution that called it.
    ParentElementInstanceKey,
    /// Key of its definition.
    ProcessDefinitionKey,
    /// Version of its definition.
    ProcessDefinitionVersion,
}

/// What has a text.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub enum TextField {
    /// Id of its process.
    ProcessDefinitionId,
    /// Name of its process.
    ProcessDefinitionName,
    /// Version tag of its definition.
    ProcessDefinitionVersionTag,
    /// Its business id.
    BusinessId,
    /// Its tenant.
    TenantId,
    /// `ACTIVE` for every instance that runs.
    State,
}

/// A comparison with something that may be absent.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub enum Test<T: Ord> {
    /// It is this.
    Equals(T),
    /// It is absent or something else.
    Differs(T),
    /// It is there, or it is not.
    Exists(bool),
    /// It is greater.
    Above(T),
    /// It is greater or equal.
    AtLeast(T),
    /// It is less.
    Below(T),
    /// It is less or equal.
    AtMost(T),
    /// It is one of these.
    OneOf(BTreeSet<T>),
    /// It is absent or none of these.
    NoneOf(BTreeSet<T>),
}

/// A comparison of text.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub enum TextTest {
    /// As a whole.
    Is(Test<String>),
    /// With a pattern: `*` is any run of characters, `?` is one, and a backslash takes the next
    /// character as it is.
    Like(String),
}

/// The instance has a variable of this name, in any scope, for which all tests hold; with
/// `Exists(false)` among them, it has none.
#[derive(Clone, PartialEq, Deserialize, Serialize)]
pub struct VariableCondition {
    /// The variable's name.
    pub name: String,
    /// What its value as JSON text must fulfil; at least one.
    pub tests: Vec<TextTest>,
}

/// Shows no tests: they hold values.
impl fmt::Debug for VariableCondition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VariableCondition").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The instance has an element instance for which all of this holds.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub struct ElementCondition {
    /// About the id of its element.
    pub id: Vec<TextTest>,
    /// About its state, which is `ACTIVE` for every one that runs.
    pub state: Vec<TextTest>,
    /// Whether it has an incident.
    pub has_incident: Option<bool>,
}

impl ProcessInstanceFilter {
    /// About how many bytes it takes.
    #[must_use]
    pub fn len_bytes(&self) -> usize {
        let groups = self.any.iter().map(|group| 2 + conditions_bytes(group));
        2 + conditions_bytes(&self.all) + groups.sum::<usize>()
    }

    /// The instances that it can be about at most, where it names them by key.
    #[must_use]
    pub fn keys(&self) -> Option<BTreeSet<i64>> {
        self.all.iter().find_map(|condition| match condition {
            InstanceCondition::Number(NumberField::ProcessInstanceKey, Test::Equals(key)) => {
                Some(BTreeSet::from([*key]))
            }
            InstanceCondition::Number(NumberField::ProcessInstanceKey, Test::OneOf(keys)) => {
                Some(keys.clone())
            }
            InstanceCondition::Number(..)
            | InstanceCondition::Text(..)
            | InstanceCondition::HasIncident(_)
            | InstanceCondition::Tags(_)
            | InstanceCondition::Variable(_)
            | InstanceCondition::Element(_) => None,
        })
    }
}

fn conditions_bytes(conditions: &[InstanceCondition]) -> usize {
    let texts = |tests: &[TextTest]| tests.iter().map(TextTest::len_bytes).sum::<usize>();
    let size = |condition: &InstanceCondition| match condition {
        InstanceCondition::Number(_, test) => test.len_bytes(|_| 10),
        InstanceCondition::Text(_, test) => test.len_bytes(),
        InstanceCondition::HasIncident(_) => 1,
        InstanceCondition::Tags(tags) => tags.iter().map(|tag| tag.len() + 2).sum(),
        InstanceCondition::Variable(variable) => variable.name.len() + texts(&variable.tests),
        InstanceCondition::Element(element) => texts(&element.id) + texts(&element.state),
    };
    conditions.iter().map(|condition| 4 + size(condition)).sum()
}

impl<T: Ord> Test<T> {
    /// Whether it holds for this value, or for none.
    pub fn holds<B: Ord + ?Sized>(&self, value: Option<&B>) -> bool
    where
        T: Borrow<B>,
    {
        match self {
            Self::Equals(wanted) => value == Some(wanted.borrow()),
            Self::Differs(unwanted) => value != Some(unwanted.borrow()),
            Self::Exists(wanted) => value.is_some() == *wanted,
            Self::Above(limit) => value.is_some_and(|value| value > limit.borrow()),
            Self::AtLeast(limit) => value.is_some_and(|value| value >= limit.borrow()),
            Self::Below(limit) => value.is_some_and(|value| value < limit.borrow()),
            Self::AtMost(limit) => value.is_some_and(|value| value <= limit.borrow()),
            Self::OneOf(wanted) => value.is_some_and(|value| wanted.contains(value)),
            Self::NoneOf(unwanted) => value.is_none_or(|value| !unwanted.contains(value)),
        }
    }

    fn len_bytes(&self, size: impl Fn(&T) -> usize) -> usize {
        match self {
            Self::Equals(value)
            | Self::Differs(value)
            | Self::Above(value)
            | Self::AtLeast(value)
            | Self::Below(value)
            | Self::AtMost(value) => size(value),
            Self::Exists(_) => 1,
            Self::OneOf(values) | Self::NoneOf(values) => values.iter().map(size).sum(),
        }
    }
}

impl TextTest {
    /// Whether it holds for this text, or for none.
    #[must_use]
    pub fn holds(&self, text: Option<&str>) -> bool {
        match self {
            Self::Is(test) => test.holds(text),
            Self::Like(pattern) => text.is_some_and(|text| is_like(text, pattern)),
        }
    }

    fn len_bytes(&self) -> usize {
        match self {
            Self::Is(test) => test.len_bytes(|text| text.len() + 2),
            Self::Like(pattern) => pattern.len() + 2,
        }
    }
}

/// One character of a pattern.
#[derive(Clone, Copy)]
enum Wanted {
    Run,
    One,
    Exactly(char),
}

/// The next part of a pattern, and what follows it.
fn wanted(pattern: &str) -> Option<(Wanted, &str)> {
    let mut chars = pattern.chars();
    let wanted = match chars.next()? {
        '*' => Wanted::Run,
        '?' => Wanted::One,
        // One at the end stands for itself.
        '\\' => Wanted::Exactly(chars.next().unwrap_or('\\')),
        other => Wanted::Exactly(other),
    };
    Some((wanted, chars.as_str()))
}

/// Whether `text` as a whole fits `pattern`; takes time in proportion to both at worst, because
/// only the last run is ever made longer.
fn is_like(text: &str, pattern: &str) -> bool {
    let (mut text, mut pattern) = (text, pattern);
    // After the last run: the pattern that follows, and the text where it was tried last.
    let mut retry: Option<(&str, &str)> = None;
    loop {
        let mut rest = text.chars();
        let fits = match (wanted(pattern), rest.next()) {
            (None, None) => return true,
            (Some((Wanted::Run, after)), _) => {
                retry = Some((after, text));
                pattern = after;
                continue;
            }
            (Some((Wanted::One, after)), Some(_)) => Some(after),
            (Some((Wanted::Exactly(wanted), after)), Some(found)) if wanted == found => Some(after),
            (Some((Wanted::Exactly(_) | Wanted::One, _)) | None, _) => None,
        };
        if let Some(after) = fits {
            (text, pattern) = (rest.as_str(), after);
            continue;
        }
        let Some((after, tried)) = retry else { return false };
        let mut longer = tried.chars();
        if longer.next().is_none() {
            return false;
        }
        retry = Some((after, longer.as_str()));
        (text, pattern) = (longer.as_str(), after);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_texts() {
        for (text, pattern, expected) in [
            ("", "", true),
            ("", "*", true),
            ("", "?", false),
            ("order", "order", true),
            ("order", "orde", false),
            ("order", "ord*", true),
            ("order", "*er", true),
            ("order", "*d?r", true),
            ("order", "o*d*r", true),
            ("order", "o*x*r", false),
            ("ordering", "ord*ing", true),
            ("aab", "*ab", true),
            ("abab", "*ab", true),
            ("ab*", "ab\\*", true),
            ("abc", "ab\\*", false),
            ("a\\", "a\\\\", true),
            ("a\\", "a\\", true),
            ("größe", "gr??e", true),
            ("order", "**", true),
            ("order", "?????", true),
            ("order", "??????", false),
        ] {
            assert_eq!(is_like(text, pattern), expected, "{text:?} like {pattern:?}");
        }
    }

    #[test]
    fn a_pattern_of_many_runs_does_not_take_for_ever() {
        let text = "a".repeat(2_000);
        let pattern = format!("{}b", "*a".repeat(500));
        assert!(!is_like(&text, &pattern));
    }

    #[test]
    fn what_is_absent_differs_from_everything() {
        let text = |test: Test<String>| test.holds(None::<&str>);
        assert!(!text(Test::Equals("a".into())));
        assert!(text(Test::Differs("a".into())));
        assert!(text(Test::Exists(false)));
        assert!(!text(Test::OneOf(BTreeSet::from(["a".into()]))));
        assert!(text(Test::NoneOf(BTreeSet::from(["a".into()]))));
        assert!(!text(Test::AtLeast(String::new())));
    }

    #[test]
    fn numbers_are_compared() {
        for (test, expected) in [
            (Test::Equals(7), true),
            (Test::Differs(7), false),
            (Test::Exists(true), true),
            (Test::Above(7), false),
            (Test::AtLeast(7), true),
            (Test::Below(8), true),
            (Test::AtMost(6), false),
            (Test::OneOf(BTreeSet::from([1, 7])), true),
            (Test::NoneOf(BTreeSet::from([1, 7])), false),
        ] {
            assert_eq!(test.holds(Some(&7)), expected, "{test:?}");
        }
    }

    #[test]
    fn values_of_variables_are_not_shown() {
        let condition = VariableCondition {
            name: "card".into(),
            tests: vec![TextTest::Is(Test::Equals("\"4111\"".into()))],
        };
        let shown = format!("{:?}", InstanceCondition::Variable(condition));
        assert!(shown.contains("card") && !shown.contains("4111"), "{shown}");
    }
}
