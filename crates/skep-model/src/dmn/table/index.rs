//! Rules by the strings they ask for.

use std::collections::BTreeMap;

use skep_feel::{Expression, Val};

use super::{Rule, is_constant};

/// Fewer rules are tested faster than they are looked up.
const RULES_MIN: usize = 32;

/// Rules by what one of their input entries asks for, as in a table of rates per country.
pub(in crate::dmn) struct RuleIndex {
    column: usize,
    /// Rules that match these strings only, in order.
    by_string: BTreeMap<Box<str>, Vec<usize>>,
    /// Rules that may match any string, in order.
    others: Vec<usize>,
}

impl RuleIndex {
    /// An index of the column that tells rules apart best; `None` when none does.
    pub(super) fn new(rules: &[Rule]) -> Option<Self> {
        if rules.len() < RULES_MIN {
            return None;
        }
        let n_columns = rules.iter().map(|rule| rule.tests.len()).max()?;
        let indexes = (0..n_columns).map(|column| Self::of_column(rules, column));
        let best = indexes.min_by_key(Self::n_tested_at_most)?;
        (best.n_tested_at_most() <= rules.len() / 2).then_some(best)
    }

    fn of_column(rules: &[Rule], column: usize) -> Self {
        let mut index = Self { column, by_string: BTreeMap::new(), others: Vec::new() };
        for (at, rule) in rules.iter().enumerate() {
            match only_strings(rule, column) {
                None => index.others.push(at),
                Some(mut strings) => {
                    strings.sort_unstable();
                    strings.dedup();
                    for string in strings {
                        index.by_string.entry(string.into()).or_default().push(at);
                    }
                }
            }
        }
        index
    }

    fn n_tested_at_most(&self) -> usize {
        self.others.len() + self.by_string.values().map(Vec::len).max().unwrap_or(0)
    }

    /// The input column it goes by.
    pub(in crate::dmn) fn column(&self) -> usize {
        self.column
    }

    /// The rules that may match this value, in order; `None` when it does not tell.
    pub(in crate::dmn) fn candidates(&self, value: &Val<'_>) -> Option<Vec<usize>> {
        let found = self.by_string.get(value.as_str()?).map_or(&[][..], Vec::as_slice);
        let mut candidates = [found, &self.others].concat();
        candidates.sort_unstable();
        Some(candidates)
    }
}

/// The only strings that a rule's entry holds for, if the rule cannot fail before it comes to it.
fn only_strings(rule: &Rule, column: usize) -> Option<Vec<&str>> {
    let strings = rule.tests.get(column).and_then(Expression::only_strings)?;
    rule.tests[..column].iter().all(is_constant).then_some(strings)
}
