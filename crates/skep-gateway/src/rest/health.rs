//! Whether the server lives, in the form that Spring Boot's probes made known.

use std::sync::Arc;

use axum::{Json, extract::State};
use http::StatusCode;
use serde::Serialize;

use crate::shared::Shared;

/// The body of a health check.
#[derive(Debug, Serialize)]
pub(super) struct Health {
    status: &'static str,
}

/// `GET /health`, `/ready`, `/actuator/health`: whether some partition works.
pub(super) async fn health(State(shared): State<Arc<Shared>>) -> (StatusCode, Json<Health>) {
    if shared.is_healthy() {
        (StatusCode::OK, Json(Health { status: "UP" }))
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, Json(Health { status: "DOWN" }))
    }
}

/// `GET /actuator/health/liveness`: whoever can answer lives.
pub(super) async fn live() -> Json<Health> {
    Json(Health { status: "UP" })
}
