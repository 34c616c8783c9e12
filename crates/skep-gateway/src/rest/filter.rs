//! From the filters of requests to those of the engine.
//!
//! The engine knows what runs. What is only known of the past, or of the messages of incidents, is
//! for the history to select.

use std::collections::BTreeSet;

use skep_api::rest::{self, PropertyFilter, VariableFilter};
use skep_record::{
    ElementCondition, InstanceCondition, NumberField, ProcessInstanceFilter, Test, TextField,
    TextTest, VariableCondition,
};

use crate::problem::Problem;

/// Most values of one list, and most groups of alternatives.
pub(super) const LIST_MAX: usize = 10_000;
/// Most alternatives of one filter.
const GROUPS_MAX: usize = 100;

/// What instances and element instances can be asked for; all that run are `ACTIVE`.
pub(super) const STATES: [&str; 3] = ["ACTIVE", "COMPLETED", "TERMINATED"];

/// The filter of a batch operation, which must be there.
///
/// # Errors
/// 400: it is not.
pub(super) fn take_required(
    filter: Option<rest::ProcessInstanceFilter>,
) -> Result<rest::ProcessInstanceFilter, Problem> {
    filter.ok_or_else(no_filter)
}

/// The refusal of a request without a filter.
pub(super) fn no_filter() -> Problem {
    Problem::invalid_argument("No filter provided")
}

/// The refusal of a filter that selects everything.
pub(super) fn is_required() -> Problem {
    Problem::invalid_argument(
        "At least one of filter criteria is required; to select all that runs, ask for \
         {\"state\": \"ACTIVE\"}",
    )
}

/// The refusal of an alternative that selects everything.
pub(super) fn is_required_in(path: &str) -> Problem {
    Problem::invalid_argument(format!(
        "{path} has no criterion, so that it would select everything"
    ))
}

/// The filter of a batch operation, by which each partition can select; it must say something.
///
/// # Errors
/// 400, naming the attribute that is missing, or not as it should be.
pub(super) fn required_filter(
    mut filter: rest::ProcessInstanceFilter,
) -> Result<ProcessInstanceFilter, Problem> {
    let groups = groups(&mut filter)?;
    let all = conditions("filter", filter)?;
    let mut any = Vec::with_capacity(groups.len());
    for (path, group) in groups {
        let group = conditions(&path, group)?;
        if group.is_empty() {
            return Err(is_required_in(&path));
        }
        any.push(group);
    }
    if all.is_empty() && any.is_empty() {
        return Err(is_required());
    }
    Ok(ProcessInstanceFilter { all, any })
}

/// Whether a filter, or one of its alternatives, asks for what the state of an instance does not
/// tell.
pub(super) fn needs_history(filter: &rest::ProcessInstanceFilter) -> bool {
    filter.start_date.is_some()
        || filter.end_date.is_some()
        || filter.batch_operation_id.is_some()
        || filter.batch_operation_key.is_some()
        || filter.error_message.is_some()
        || filter.has_retries_left.is_some()
        || filter.incident_error_hash_code.is_some()
        || filter.or.iter().flatten().any(needs_history)
}

/// The alternatives of a filter, each with its path.
pub(super) fn groups(
    filter: &mut rest::ProcessInstanceFilter,
) -> Result<Vec<(String, rest::ProcessInstanceFilter)>, Problem> {
    let groups = filter.or.take().unwrap_or_default();
    check_length("filter.$or", groups.len(), GROUPS_MAX)?;
    let group = |(n, group): (usize, rest::ProcessInstanceFilter)| {
        let path = format!("filter.$or[{n}]");
        if group.or.is_some() {
            return Err(Problem::invalid_argument(format!(
                "{path}.$or is not allowed: alternatives have none of their own"
            )));
        }
        Ok((path, group))
    };
    groups.into_iter().enumerate().map(group).collect()
}

pub(super) fn check_length(path: &str, n: usize, max: usize) -> Result<(), Problem> {
    if n <= max {
        return Ok(());
    }
    Err(Problem::invalid_argument(format!(
        "Expected {path} to have at most {max} entries, but it has {n}"
    )))
}

/// What of a filter must all hold, without what only the history knows.
pub(super) fn conditions(
    path: &str,
    filter: rest::ProcessInstanceFilter,
) -> Result<Vec<InstanceCondition>, Problem> {
    let mut reader = Reader { path, conditions: Vec::new() };
    let keys = [
        ("processInstanceKey", NumberField::ProcessInstanceKey, filter.process_instance_key),
        (
            "parentProcessInstanceKey",
            NumberField::ParentProcessInstanceKey,
            filter.parent_process_instance_key,
        ),
        (
            "parentElementInstanceKey",
            NumberField::ParentElementInstanceKey,
            filter.parent_element_instance_key,
        ),
        ("processDefinitionKey", NumberField::ProcessDefinitionKey, filter.process_definition_key),
    ];
    for (name, field, property) in keys {
        reader.number(name, field, property, KEYS, |key| key.raw)?;
    }
    reader.number(
        "processDefinitionVersion",
        NumberField::ProcessDefinitionVersion,
        filter.process_definition_version,
        NUMBERS,
        i64::from,
    )?;
    let texts = [
        ("processDefinitionId", TextField::ProcessDefinitionId, filter.process_definition_id),
        ("processDefinitionName", TextField::ProcessDefinitionName, filter.process_definition_name),
        (
            "processDefinitionVersionTag",
            TextField::ProcessDefinitionVersionTag,
            filter.process_definition_version_tag,
        ),
        ("businessId", TextField::BusinessId, filter.business_id),
        ("tenantId", TextField::TenantId, filter.tenant_id),
    ];
    for (name, field, property) in texts {
        for test in reader.texts(name, property, TEXTS)? {
            reader.conditions.push(InstanceCondition::Text(field, test));
        }
    }
    for test in reader.state("state", filter.state)? {
        reader.conditions.push(InstanceCondition::Text(TextField::State, test));
    }
    reader.conditions.extend(filter.has_incident.map(InstanceCondition::HasIncident));
    reader.element(
        filter.element_id,
        filter.element_instance_state,
        filter.has_element_instance_incident,
    )?;
    reader.tags(filter.tags)?;
    reader.variables(filter.variables)?;
    Ok(reader.conditions)
}

/// Which operators an attribute takes.
///
/// Source: camunda/camunda: zeebe/gateway-protocol/src/main/proto/rest-api.yaml, `Advanced…Filter`
#[derive(Clone, Copy)]
pub(super) struct Operators {
    order: bool,
    none_of: bool,
    like: bool,
}

pub(super) const TEXTS: Operators = Operators { order: false, none_of: true, like: true };
pub(super) const KEYS: Operators = Operators { order: false, none_of: true, like: false };
pub(super) const NUMBERS: Operators = Operators { order: true, none_of: false, like: false };
pub(super) const DATES: Operators = NUMBERS;
pub(super) const ENUMS: Operators = Operators { order: false, none_of: false, like: true };

struct Reader<'p> {
    path: &'p str,
    conditions: Vec<InstanceCondition>,
}

impl Reader<'_> {
    fn number<T>(
        &mut self,
        name: &str,
        field: NumberField,
        property: Option<PropertyFilter<T>>,
        operators: Operators,
        number: impl Fn(T) -> i64,
    ) -> Result<(), Problem> {
        let Some(property) = property else { return Ok(()) };
        let path = format!("{}.{name}", self.path);
        let tests = tests(&path, property, operators, number)?;
        self.conditions
            .extend(tests.into_iter().map(|test| InstanceCondition::Number(field, test)));
        Ok(())
    }

    fn texts(
        &self,
        name: &str,
        property: Option<PropertyFilter<String>>,
        operators: Operators,
    ) -> Result<Vec<TextTest>, Problem> {
        match property {
            Some(property) => text_tests(&format!("{}.{name}", self.path), property, operators),
            None => Ok(Vec::new()),
        }
    }

    fn state(
        &self,
        name: &str,
        property: Option<PropertyFilter<String>>,
    ) -> Result<Vec<TextTest>, Problem> {
        if let Some(property) = &property {
            check_enum(&format!("{}.{name}", self.path), property, &STATES)?;
        }
        self.texts(name, property, ENUMS)
    }

    /// What is said of an element instance is said of one and the same.
    fn element(
        &mut self,
        id: Option<PropertyFilter<String>>,
        state: Option<PropertyFilter<String>>,
        has_incident: Option<bool>,
    ) -> Result<(), Problem> {
        if id.is_some() || state.is_some() || has_incident.is_some() {
            let condition = ElementCondition {
                id: self.texts("elementId", id, TEXTS)?,
                state: self.state("elementInstanceState", state)?,
                has_incident,
            };
            self.conditions.push(InstanceCondition::Element(condition));
        }
        Ok(())
    }

    fn tags(&mut self, tags: Option<Vec<String>>) -> Result<(), Problem> {
        let tags = tags.unwrap_or_default();
        check_length(&format!("{}.tags", self.path), tags.len(), LIST_MAX)?;
        if !tags.is_empty() {
            self.conditions.push(InstanceCondition::Tags(tags));
        }
        Ok(())
    }

    fn variables(&mut self, variables: Option<Vec<VariableFilter>>) -> Result<(), Problem> {
        let path = format!("{}.variables", self.path);
        let variables = variable_conditions(&path, variables)?;
        self.conditions.extend(variables.into_iter().map(InstanceCondition::Variable));
        Ok(())
    }
}

/// A list that has something in it.
fn given<T>(list: Option<Vec<T>>) -> Option<Vec<T>> {
    list.filter(|list| !list.is_empty())
}

/// What is said of variables.
pub(super) fn variable_conditions(
    path: &str,
    variables: Option<Vec<VariableFilter>>,
) -> Result<Vec<VariableCondition>, Problem> {
    let variables = variables.unwrap_or_default();
    check_length(path, variables.len(), LIST_MAX)?;
    let condition = |(n, variable): (usize, VariableFilter)| {
        let tests = text_tests(&format!("{path}[{n}].value"), variable.value, TEXTS)?;
        Ok(VariableCondition { name: variable.name, tests })
    };
    variables.into_iter().enumerate().map(condition).collect()
}

/// Refuses a value that is none of these names.
pub(super) fn check_enum(
    path: &str,
    property: &PropertyFilter<String>,
    names: &[&str],
) -> Result<(), Problem> {
    let listed = property.one_of.iter().chain(&property.none_of).flatten();
    let mut given = property.equals.iter().chain(&property.differs).chain(listed);
    match given.find(|name| !names.contains(&name.as_str())) {
        None => Ok(()),
        Some(unknown) => Err(Problem::invalid_argument(format!(
            "Unexpected value '{unknown}' for {path}; use one of {names:?}"
        ))),
    }
}

pub(super) fn text_tests(
    path: &str,
    property: PropertyFilter<String>,
    operators: Operators,
) -> Result<Vec<TextTest>, Problem> {
    let like = property.like.clone();
    let tests = tests(path, property, operators, |text| text)?;
    Ok(tests.into_iter().map(TextTest::Is).chain(like.map(TextTest::Like)).collect())
}

/// The comparisons of an attribute, all but that with a pattern.
///
/// # Errors
/// 400: there is none, or one that the attribute does not take.
pub(super) fn tests<T, U: Ord>(
    path: &str,
    property: PropertyFilter<T>,
    operators: Operators,
    value: impl Fn(T) -> U,
) -> Result<Vec<Test<U>>, Problem> {
    let PropertyFilter {
        equals,
        differs,
        exists,
        above,
        at_least,
        below,
        at_most,
        one_of,
        none_of,
        like,
    } = property;
    // The Java client sends both lists, empty, beside whatever operator it means.
    let (one_of, none_of) = (given(one_of), given(none_of));
    let refused = [
        ("$gt", above.is_some() && !operators.order),
        ("$gte", at_least.is_some() && !operators.order),
        ("$lt", below.is_some() && !operators.order),
        ("$lte", at_most.is_some() && !operators.order),
        ("$notIn", none_of.is_some() && !operators.none_of),
        ("$like", like.is_some() && !operators.like),
    ];
    if let Some((operator, _)) = refused.into_iter().find(|(_, refused)| *refused) {
        return Err(Problem::invalid_argument(format!("{path} does not take {operator}")));
    }
    let list = |operator: &str, values: Vec<T>| -> Result<BTreeSet<U>, Problem> {
        check_length(&format!("{path}.{operator}"), values.len(), LIST_MAX)?;
        Ok(values.into_iter().map(&value).collect())
    };
    let mut tests = Vec::new();
    tests.extend(one_of.map(|values| list("$in", values)).transpose()?.map(Test::OneOf));
    tests.extend(none_of.map(|values| list("$notIn", values)).transpose()?.map(Test::NoneOf));
    tests.extend(equals.map(&value).map(Test::Equals));
    tests.extend(differs.map(&value).map(Test::Differs));
    tests.extend(exists.map(Test::Exists));
    tests.extend(above.map(&value).map(Test::Above));
    tests.extend(at_least.map(&value).map(Test::AtLeast));
    tests.extend(below.map(&value).map(Test::Below));
    tests.extend(at_most.map(&value).map(Test::AtMost));
    if tests.is_empty() && like.is_none() {
        return Err(Problem::invalid_argument(format!("{path} names no operator")));
    }
    Ok(tests)
}
