//! The REST API: each request is mapped to a command, and the answer back.

mod batch_operation;
mod batch_operation_item_search;
mod batch_operation_search;
mod body;
mod clock;
mod cluster;
mod conditional;
mod decision;
mod decision_instance_search;
mod decision_search;
mod deployment;
mod element_instance;
mod element_instance_search;
mod expression;
mod filter;
mod form;
mod health;
mod history_deletion;
mod incident;
mod incident_search;
mod incident_statistics;
mod job;
mod job_search;
mod job_statistics;
mod layer;
mod message;
mod message_subscription_search;
mod metrics;
mod migration;
mod modification;
mod process_definition;
mod process_definition_statistics;
mod process_instance;
mod process_instance_search;
mod resource;
mod search;
mod user_task;
mod user_task_search;
mod variable_search;

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::{from_fn, from_fn_with_state},
    routing::{delete, get, patch, post, put},
};
use hyper_util::service::TowerToHyperService;

use crate::{
    auth::Authenticator,
    problem::{Kind, Problem},
    shared::Shared,
};

/// Answers the requests of one HTTP port; cheap to clone.
pub(crate) fn service(
    shared: &Arc<Shared>,
    authenticator: Authenticator,
) -> TowerToHyperService<Router> {
    let protected = Router::new()
        .route("/v2/topology", get(cluster::topology))
        .route("/v2/authentication/me", get(cluster::me))
        .route("/v2/deployments", post(deployment::deploy))
        .route("/v2/expression/evaluation", post(expression::evaluate))
        .route("/v2/clock", put(clock::pin))
        .route("/v2/clock/reset", post(clock::reset))
        .route("/v2/resources/{key}", get(resource::get))
        .route("/v2/resources/{key}/content", get(resource::content))
        .route("/v2/resources/{key}/content/binary", get(resource::binary_content))
        .route("/v2/resources/{key}/deletion", post(resource::delete))
        .route("/v2/decision-definitions/evaluation", post(decision::evaluate))
        .route("/v2/decision-definitions/search", post(decision_search::search))
        .route("/v2/decision-definitions/{key}", get(decision_search::get))
        .route("/v2/decision-definitions/{key}/xml", get(decision_search::xml))
        .route("/v2/decision-requirements/search", post(decision_search::search_graphs))
        .route("/v2/decision-requirements/{key}", get(decision_search::get_graph))
        .route("/v2/decision-requirements/{key}/xml", get(decision_search::graph_xml))
        .route("/v2/decision-instances/search", post(decision_instance_search::search))
        .route("/v2/decision-instances/deletion", post(history_deletion::delete_evaluations))
        .route("/v2/decision-instances/{key}", get(decision_instance_search::get))
        .route("/v2/decision-instances/{key}/deletion", post(history_deletion::delete_evaluation))
        .route("/v2/process-definitions/search", post(process_definition::search))
        .route(
            "/v2/process-definitions/statistics/message-subscriptions",
            post(process_definition_statistics::message_subscriptions),
        )
        .route(
            "/v2/process-definitions/statistics/process-instances",
            post(process_definition_statistics::process_instances),
        )
        .route(
            "/v2/process-definitions/statistics/process-instances-by-version",
            post(process_definition_statistics::process_instances_by_version),
        )
        .route(
            "/v2/process-definitions/{key}/statistics/element-instances",
            post(process_definition_statistics::element_instances),
        )
        .route("/v2/process-definitions/{key}", get(process_definition::get))
        .route("/v2/process-definitions/{key}/form", get(form::of_start))
        .route("/v2/process-definitions/{key}/xml", get(process_definition::xml))
        .route("/v2/process-instances", post(process_instance::create))
        .route("/v2/process-instances/search", post(process_instance_search::search))
        .route("/v2/process-instances/{key}", get(process_instance_search::get))
        .route(
            "/v2/process-instances/{key}/call-hierarchy",
            get(process_instance_search::call_hierarchy),
        )
        .route(
            "/v2/process-instances/{key}/statistics/element-instances",
            get(process_instance_search::element_statistics),
        )
        .route(
            "/v2/process-instances/{key}/sequence-flows",
            get(process_instance_search::sequence_flows),
        )
        .route("/v2/process-instances/{key}/deletion", post(history_deletion::delete_instance))
        .route("/v2/process-instances/{key}/cancellation", post(process_instance::cancel))
        .route("/v2/process-instances/{key}/migration", post(migration::migrate))
        .route("/v2/process-instances/{key}/modification", post(modification::modify))
        .route("/v2/process-instances/cancellation", post(batch_operation::cancel_instances))
        .route(
            "/v2/process-instances/incident-resolution",
            post(batch_operation::resolve_incidents),
        )
        .route("/v2/process-instances/migration", post(batch_operation::migrate_instances))
        .route("/v2/process-instances/modification", post(batch_operation::modify_instances))
        .route("/v2/process-instances/deletion", post(history_deletion::delete_instances))
        .route(
            "/v2/process-instances/{key}/incident-resolution",
            post(batch_operation::resolve_incidents_of),
        )
        .route("/v2/batch-operation-items/search", post(batch_operation_item_search::search))
        .route("/v2/batch-operations/search", post(batch_operation_search::search))
        .route("/v2/batch-operations/{key}", get(batch_operation_search::get))
        .route("/v2/batch-operations/{key}/cancellation", post(batch_operation::cancel))
        .route("/v2/batch-operations/{key}/suspension", post(batch_operation::suspend))
        .route("/v2/batch-operations/{key}/resumption", post(batch_operation::resume))
        .route("/v2/jobs/activation", post(job::activate))
        .route("/v2/jobs/search", post(job_search::search))
        .route("/v2/jobs/statistics/by-types", post(job_statistics::by_types))
        .route("/v2/jobs/statistics/by-workers", post(job_statistics::by_workers))
        .route("/v2/jobs/statistics/errors", post(job_statistics::errors))
        .route("/v2/jobs/statistics/global", get(job_statistics::global))
        .route("/v2/jobs/statistics/time-series", post(job_statistics::time_series))
        .route("/v2/jobs/{key}", patch(job::update))
        .route("/v2/jobs/{key}/completion", post(job::complete))
        .route("/v2/jobs/{key}/failure", post(job::fail))
        .route("/v2/jobs/{key}/error", post(job::throw_error))
        .route("/v2/user-tasks/search", post(user_task_search::search))
        .route("/v2/user-tasks/{key}", get(user_task_search::get).patch(user_task::update))
        .route("/v2/user-tasks/{key}/form", get(form::of_user_task))
        .route("/v2/user-tasks/{key}/variables/search", post(user_task_search::variables))
        .route(
            "/v2/user-tasks/{key}/effective-variables/search",
            post(user_task_search::effective_variables),
        )
        .route("/v2/user-tasks/{key}/assignment", post(user_task::assign))
        .route("/v2/user-tasks/{key}/assignee", delete(user_task::unassign))
        .route("/v2/user-tasks/{key}/completion", post(user_task::complete))
        .route("/v2/message-subscriptions/search", post(message_subscription_search::search))
        .route(
            "/v2/correlated-message-subscriptions/search",
            post(message_subscription_search::search_correlated),
        )
        .route("/v2/messages/publication", post(message::publish))
        .route("/v2/messages/correlation", post(message::correlate))
        .route("/v2/signals/broadcast", post(message::broadcast_signal))
        .route("/v2/conditionals/evaluation", post(conditional::evaluate))
        .route("/v2/element-instances/search", post(element_instance_search::search))
        .route("/v2/element-instances/{key}", get(element_instance_search::get))
        .route(
            "/v2/element-instances/{key}/variables",
            // The 8.6 and 8.7 documentation says POST, clients and later versions say PUT.
            put(element_instance::set_variables).post(element_instance::set_variables),
        )
        .route(
            "/v2/element-instances/ad-hoc-activities/{key}/activation",
            post(element_instance::activate_ad_hoc),
        )
        .route("/v2/variables/search", post(variable_search::search))
        .route("/v2/variables/{key}", get(variable_search::get))
        .route("/v2/incidents/search", post(incident_search::search))
        .route("/v2/incidents/{key}", get(incident_search::get))
        .route(
            "/v2/process-instances/{key}/incidents/search",
            post(incident_search::search_of_instance),
        )
        .route(
            "/v2/element-instances/{key}/incidents/search",
            post(incident_search::search_of_element_instance),
        )
        .route(
            "/v2/incidents/statistics/process-instances-by-error",
            post(incident_statistics::by_error),
        )
        .route(
            "/v2/incidents/statistics/process-instances-by-definition",
            post(incident_statistics::by_definition),
        )
        .route("/v2/incidents/{key}/resolution", post(incident::resolve))
        .route("/metrics", get(metrics::metrics))
        .route("/actuator/prometheus", get(metrics::metrics))
        .fallback(no_such_path)
        .method_not_allowed_fallback(no_such_method)
        .layer(from_fn_with_state(authenticator, layer::authenticate));
    let public = Router::new()
        .route("/v2/status", get(cluster::status))
        .route("/v2/license", get(cluster::license))
        .route("/health", get(health::health))
        .route("/ready", get(health::health))
        .route("/actuator/health", get(health::health))
        .route("/actuator/health/readiness", get(health::health))
        .route("/actuator/health/liveness", get(health::live))
        .method_not_allowed_fallback(no_such_method);
    let router = protected
        .merge(public)
        .layer(DefaultBodyLimit::max(shared.limits.message_bytes_max))
        .layer(from_fn(layer::write_problems))
        .with_state(Arc::clone(shared));
    TowerToHyperService::new(router)
}

async fn no_such_path(uri: http::Uri) -> Problem {
    Problem::new(Kind::NotFound, format!("No endpoint {}", uri.path()))
}

async fn no_such_method(method: http::Method, uri: http::Uri) -> Problem {
    Problem::new(
        Kind::MethodNotAllowed,
        format!("Request method '{method}' is not supported for {}", uri.path()),
    )
}
