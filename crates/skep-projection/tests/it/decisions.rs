//! Decisions, their graphs and their evaluations.

use skep_projection::{
    Condition, DecisionDefinition, DecisionDefinitionCondition, DecisionInstance,
    DecisionInstanceField as Field, DecisionRequirements, ElementInstance, Order, Search,
};
use skep_record::{
    AuthorizedTenants, Command, DecisionEvaluationKey, DecisionEvaluationValue, DecisionRef,
    DeleteResource, Document, EvaluateDecision, Response, TenantId, Test, TextTest, Timestamp,
};

use crate::{
    model,
    rig::{Model, Rig, Running},
};

const DISHES: Model =
    ("requirements.dmn", include_bytes!("../../../../tests/dmn/requirements.dmn"));
const TIERS: Model =
    ("unique_violated.dmn", include_bytes!("../../../../tests/dmn/unique_violated.dmn"));
const KNOWLEDGE: Model = ("knowledge.dmn", include_bytes!("../../../../tests/dmn/knowledge.dmn"));
const DECISION_TASK: Model = model!("decision_task");

async fn evaluate(
    running: &Running,
    id: &str,
    variables: &str,
) -> (DecisionEvaluationKey, DecisionEvaluationValue) {
    let command = Command::EvaluateDecision(Box::new(EvaluateDecision {
        decision: DecisionRef::Latest(id.into()),
        variables: Document::from_json(variables).unwrap(),
        tenant_id: TenantId::default(),
    }));
    let answer = running.submit(command).await;
    let Response::DecisionEvaluated(key, value) = answer else { panic!("{answer:?}") };
    (key, *value)
}

fn ids(found: &[DecisionInstance]) -> Vec<&str> {
    found.iter().map(|found| found.decision_definition_id.as_str()).collect()
}

#[tokio::test]
async fn decisions_stay_when_their_graph_is_deleted() {
    let mut rig = Rig::new();
    rig.config.n_partitions = 3;
    let running = rig.start();
    running.deploy(&[DISHES]).await;
    let content = [DISHES.1, b"<!-- 2 -->"].concat();
    let second = running.deploy(&[("more.dmn", content.leak())]).await;
    let graphs = running.search(Search::<DecisionRequirements>::default()).await;
    assert_eq!(graphs.items.len(), 2, "once, however many partitions have it");
    let graph = &graphs.items[1];
    assert_eq!(graph.key, second.decision_requirements[0].key.0);
    assert_eq!((graph.version, graph.resource_name.as_str()), (2, "more.dmn"));
    assert_eq!(
        (graph.decision_requirements_id.as_str(), graph.name.as_str()),
        ("requirements", "Requirements")
    );
    let latest = Search::<DecisionDefinition> {
        all: vec![Condition::Of(DecisionDefinitionCondition::IsLatestVersion)],
        ..Search::default()
    };
    let found = running.search(latest).await.items;
    assert_eq!(found.len(), 5);
    for decision in &found {
        assert_eq!((decision.version, decision.decision_requirements_key), (2, graph.key));
        assert_eq!(decision.decision_requirements_version, 2);
        let file = running.history.decision_file(decision.key, &AuthorizedTenants::All).unwrap();
        assert!(file.unwrap().ends_with(b"<!-- 2 -->"));
    }
    let delete = DeleteResource { resource_key: graph.key, operation_reference: 0 };
    running.submit(Command::DeleteResource(delete)).await;
    assert_eq!(running.search(Search::<DecisionDefinition>::default()).await.total, 10);
    let file = |tenants| running.history.decision_requirements_file(graph.key, &tenants).unwrap();
    assert!(file(AuthorizedTenants::All).is_some());
    assert_eq!(file(AuthorizedTenants::Only(["acme".into()].into())), None);
    running.stop().await;
}

#[tokio::test]
async fn each_decision_that_is_evaluated_is_found() {
    let (rig, running) = Rig::with(&[DISHES, TIERS, KNOWLEDGE, DECISION_TASK]).await;
    running.clock.advance_ms(5);
    let (key, value) = evaluate(&running, "dish", r#"{"temperature": 5, "weekend": true}"#).await;
    let found = running.search(Search::<DecisionInstance>::default()).await.items;
    assert_eq!(ids(&found), ["season", "guests", "dish"]);
    let dish = &found[2];
    assert_eq!((dish.id.clone(), dish.evaluation_key), (format!("{key}-3"), key.0));
    assert_eq!((dish.state, dish.failure.as_deref()), ("EVALUATED", None));
    assert_eq!(
        (dish.result.as_str(), dish.decision_definition_name.as_str()),
        ("\"stew\"", "Dish")
    );
    assert_eq!((dish.decision_definition_version, dish.tenant_id.as_str()), (1, "<default>"));
    assert_eq!(dish.evaluated_at, Timestamp(1_700_000_000_005));
    assert_eq!(dish.process_instance_key, None);
    assert_eq!(dish.root_process_instance_key, None);
    assert_eq!(dish.decision_definition_key, value.decision_key.0);
    for part in &found {
        assert_eq!(part.root_decision_definition_key, value.decision_key.0);
    }
    let types: Vec<&str> = found.iter().map(|part| part.decision_definition_type).collect();
    assert_eq!(types, ["DECISION_TABLE", "LITERAL_EXPRESSION", "DECISION_TABLE"]);

    let read = |id: String| running.history.decision_instance(&id, &AuthorizedTenants::All);
    let (again, details) = read(format!("{key}-3")).unwrap().unwrap();
    assert_eq!(&again, dish);
    let inputs: Vec<(&str, &str)> =
        details.inputs.iter().map(|input| (input.name.as_str(), input.value.as_str())).collect();
    assert_eq!(inputs, [("Season", "\"winter\""), ("`guest count`", "12")]);
    assert_eq!((details.rules[0].id.as_str(), details.rules[0].index), ("table_2_rule_2", 2));
    assert_eq!(details.rules[0].outputs[0].value, "\"stew\"");
    let (_, nothing) = read(format!("{key}-2")).unwrap().unwrap();
    assert!(nothing.inputs.is_empty() && nothing.rules.is_empty());
    for unknown in [format!("{key}-4"), "7-1".to_owned(), key.to_string(), String::new()] {
        assert!(read(unknown).unwrap().is_none());
    }
    let foreign = AuthorizedTenants::Only(["acme".into()].into());
    assert!(running.history.decision_instance(&dish.id, &foreign).unwrap().is_none());
    assert!(!format!("{again:?} {details:?}").contains("stew"), "values are not shown");
    rig.check_made_anew(running).await;
}

#[tokio::test]
async fn a_failed_evaluation_says_what_failed() {
    let (_rig, running) = Rig::with(&[TIERS, KNOWLEDGE]).await;
    let (key, _) = evaluate(&running, "tier", r#"{"customer": {"points": 500}}"#).await;
    let failed = TextTest::Is(Test::Equals("FAILED".to_owned()));
    let search = Search::<DecisionInstance> {
        all: vec![Condition::Text(Field::State, failed)],
        ..Search::default()
    };
    let found = running.search(search).await.items;
    let [tier] = &found[..] else { panic!("{found:?}") };
    assert_eq!((tier.id.clone(), tier.result.as_str()), (format!("{key}-1"), "null"));
    assert!(tier.failure.as_ref().unwrap().contains("UNIQUE"));

    // A business knowledge model is evaluated too, and is no decision that was deployed.
    let variables = r#"{"lines": [{"price": 200}], "tier": "gold", "factor": 1}"#;
    let (_, value) = evaluate(&running, "prices", variables).await;
    let search = Search::<DecisionInstance> {
        all: vec![Condition::Number(
            Field::RootDecisionDefinitionKey,
            Test::Equals(value.decision_key.0),
        )],
        order: vec![(Field::No, Order::Descending)],
        ..Search::default()
    };
    let found = running.search(search).await.items;
    assert_eq!(found.len(), value.evaluated_decisions.len());
    assert_eq!(ids(&found)[0], "prices");
    let models = found.iter().filter(|found| found.decision_definition_key == -1);
    let expected = value.evaluated_decisions.iter().filter(|one| one.decision_key.0 == -1);
    assert_eq!(models.count(), expected.count());
    running.stop().await;
}

#[tokio::test]
async fn a_decision_that_a_process_calls_names_it() {
    let (rig, running) = Rig::with(&[DISHES, DECISION_TASK]).await;
    let variables = r#"{"temperature": 30, "weekend": false}"#;
    let created = running.create("decision_task", variables).await;
    let of_instance = Search::<DecisionInstance> {
        all: vec![Condition::Number(Field::ProcessInstanceKey, Test::Equals(created.key.0))],
        ..Search::default()
    };
    let found = running.search(of_instance).await.items;
    assert_eq!(ids(&found), ["season", "guests", "dish"]);
    let tasks = running.search(Search::<ElementInstance>::default()).await.items;
    let task = tasks.iter().find(|task| task.element_id == "decide").unwrap();
    for part in &found {
        assert_eq!(part.element_instance_key, Some(task.key));
        assert_eq!(part.process_definition_key, Some(created.process_definition_key.0));
        assert_eq!(part.root_process_instance_key, Some(created.key.0));
    }
    rig.check_made_anew(running).await;
}
