//! Whether a filter selects a process instance.

use skep_record::{
    ElementCondition, InstanceCondition, NumberField, ProcessInstanceFilter, StoredValue, Test,
    TextField, TextTest, VariableCondition,
};

use crate::state::{
    State,
    instance::{ElementInstance, ProcessInstance},
};

/// State of all that runs, instances and element instances.
const ACTIVE: &str = "ACTIVE";

pub(super) fn selects(
    state: &State,
    filter: &ProcessInstanceFilter,
    instance: &ProcessInstance,
) -> bool {
    let all_hold = |conditions: &[InstanceCondition]| {
        conditions.iter().all(|condition| holds(state, condition, instance))
    };
    all_hold(&filter.all)
        && (filter.any.is_empty() || filter.any.iter().any(|group| all_hold(group)))
}

fn holds(state: &State, condition: &InstanceCondition, instance: &ProcessInstance) -> bool {
    match condition {
        InstanceCondition::Number(field, test) => test.holds(number(*field, instance).as_ref()),
        InstanceCondition::Text(field, test) => test.holds(text(*field, instance)),
        InstanceCondition::HasIncident(wanted) => has_incident(state, instance) == *wanted,
        InstanceCondition::Tags(wanted) => {
            let tags = instance.details.as_ref().map_or(&[][..], |details| &details.tags);
            wanted.iter().all(|tag| tags.contains(tag))
        }
        InstanceCondition::Variable(wanted) => has_variable(instance, wanted),
        InstanceCondition::Element(wanted) => instance
            .elements
            .iter()
            .any(|element| element.key.0 != instance.key.0 && is_wanted(instance, element, wanted)),
    }
}

fn number(field: NumberField, instance: &ProcessInstance) -> Option<i64> {
    match field {
        NumberField::ProcessInstanceKey => Some(instance.key.0),
        NumberField::ParentProcessInstanceKey => {
            instance.call().map(|call| call.called_by.process_instance_key.0)
        }
        NumberField::ParentElementInstanceKey => {
            instance.call().map(|call| call.called_by.element_instance_key.0)
        }
        NumberField::ProcessDefinitionKey => Some(instance.definition.key.0),
        NumberField::ProcessDefinitionVersion => Some(i64::from(instance.definition.version)),
    }
}

fn text(field: TextField, instance: &ProcessInstance) -> Option<&str> {
    let definition = &instance.definition;
    match field {
        TextField::ProcessDefinitionId => Some(&definition.bpmn_process_id),
        TextField::ProcessDefinitionName => definition.process.name.as_deref(),
        TextField::ProcessDefinitionVersionTag => definition.process.version_tag.as_deref(),
        TextField::BusinessId => instance.details.as_ref()?.business_id.as_deref(),
        TextField::TenantId => Some(&definition.tenant_id),
        TextField::State => Some(ACTIVE),
    }
}

/// Whether the instance has an incident, or one that it called.
fn has_incident(state: &State, instance: &ProcessInstance) -> bool {
    let mut called = Vec::new();
    let mut instance = instance;
    loop {
        for element in &instance.elements {
            if element_has_incident(element) {
                return true;
            }
            called.extend(element.details.as_ref().and_then(|details| details.called));
        }
        let Some(next) = std::iter::from_fn(|| called.pop())
            .find_map(|key: skep_record::ProcessInstanceKey| state.instances.get(key))
        else {
            return false;
        };
        instance = next;
    }
}

fn element_has_incident(element: &ElementInstance) -> bool {
    element.events.as_ref().is_some_and(|events| !events.incidents.is_empty())
}

fn has_variable(instance: &ProcessInstance, wanted: &VariableCondition) -> bool {
    let mut variables = instance.elements.iter().filter_map(|scope| scope.variable(&wanted.name));
    let nowhere = TextTest::Is(Test::Exists(false));
    if wanted.tests.contains(&nowhere) {
        return variables.next().is_none();
    }
    variables.any(|variable| {
        // A stored variable is a value; one that were none would be of no filter.
        let Ok(value) = StoredValue::from_msgpack(variable.value().to_vec()) else {
            return false;
        };
        let json = value.to_json();
        wanted.tests.iter().all(|test| test.holds(Some(&json)))
    })
}

fn is_wanted(
    instance: &ProcessInstance,
    element: &ElementInstance,
    wanted: &ElementCondition,
) -> bool {
    let id = &instance.definition.facts(element.index()).reference.element_id;
    wanted.id.iter().all(|test| test.holds(Some(id)))
        && wanted.state.iter().all(|test| test.holds(Some(ACTIVE)))
        && wanted.has_incident.is_none_or(|wanted| element_has_incident(element) == wanted)
}
