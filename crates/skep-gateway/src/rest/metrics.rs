//! What the server has done, in the text format of Prometheus.
//!
//! Names that Zeebe has are Zeebe's, so that its dashboards find them; the others begin with
//! `skep_`. No label holds anything that a user chose.
//!
//! Source: camunda/camunda-docs: versioned_docs/version-8.5/self-managed/zeebe-deployment/operations/metrics.md;
//! prometheus/docs: content/docs/instrumenting/exposition_formats.md

use std::{
    fmt::{Display, Write as _},
    sync::Arc,
};

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::header::CONTENT_TYPE;
use skep_auth::ValidatorMetrics;
use skep_broker::ExportPosition;

use crate::{config::AuthMode, shared::Shared};

/// `GET /metrics`, `/actuator/prometheus`
pub(super) async fn metrics(State(shared): State<Arc<Shared>>) -> Response {
    let mut page = Page::default();
    page.family("zeebe_health", "gauge", "Whether the partition works: 1, or 0.");
    for partition in shared.broker.partitions() {
        let is_healthy = u8::from(partition.stopped.is_none());
        page.sample(&[("partition", &partition.id.to_string())], is_healthy);
    }
    page.family("zeebe_received_request_count_total", "counter", "Commands handed to a partition.");
    page.sample(&[], shared.commands.received());
    page.family(
        "zeebe_dropped_request_count_total",
        "counter",
        "Commands that a full queue did not take.",
    );
    page.sample(&[], shared.commands.dropped());
    let exported = shared.broker.exported();
    if !exported.is_empty() {
        page.exported(&exported);
    }
    page.family("skep_job_streams", "gauge", "Open job streams.");
    let n_streams_max = shared.limits.job_streams_max;
    page.sample(&[], n_streams_max.saturating_sub(shared.job_streams.available_permits()));
    if let AuthMode::Oidc(validator) = &shared.auth {
        page.tokens(&validator.metrics());
    }
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], page.text).into_response()
}

/// A page under way.
#[derive(Default)]
struct Page {
    text: String,
    family: &'static str,
}

impl Page {
    fn family(&mut self, name: &'static str, kind: &str, help: &str) {
        self.family = name;
        // Writing to a string does not fail.
        let _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn sample(&mut self, labels: &[(&str, &str)], value: impl Display) {
        self.text.push_str(self.family);
        for (index, (name, value)) in labels.iter().enumerate() {
            let start = if index == 0 { '{' } else { ',' };
            let _ = write!(self.text, "{start}{name}=\"{}\"", escaped(value));
        }
        let end = if labels.is_empty() { "" } else { "}" };
        let _ = writeln!(self.text, "{end} {value}");
    }

    /// How far the history is behind is the difference of the two.
    fn exported(&mut self, positions: &[ExportPosition]) {
        let partitions = || (1..).map(|id: u32| id.to_string()).zip(positions);
        self.family(
            "zeebe_log_appender_last_committed_position",
            "gauge",
            "Position of the last record that is on disk.",
        );
        for (partition, position) in partitions() {
            self.sample(&[("partition", &partition)], position.committed);
        }
        self.family(
            "zeebe_exporter_last_exported_position",
            "gauge",
            "Position of the last record that searches see.",
        );
        for (partition, position) in partitions() {
            let labels = [("exporter", "history"), ("partition", partition.as_str())];
            self.sample(&labels, position.exported);
        }
    }

    fn tokens(&mut self, metrics: &ValidatorMetrics) {
        self.family(
            "skep_token_checks_total",
            "counter",
            "Bearer tokens by outcome: accepted (kept or checked), or the code of the refusal.",
        );
        self.sample(&[("outcome", "accepted"), ("by", "kept")], metrics.n_accepted_kept);
        self.sample(&[("outcome", "accepted"), ("by", "checked")], metrics.n_accepted_checked);
        for (code, n) in &metrics.n_refused {
            self.sample(&[("outcome", code), ("by", "checked")], n);
        }
        self.family("skep_jwks_fetches_total", "counter", "Fetches of signing keys by outcome.");
        for keys in &metrics.issuers {
            let issuer = ("issuer", keys.issuer.as_str());
            self.sample(&[issuer, ("outcome", "ok")], keys.n_fetched);
            self.sample(&[issuer, ("outcome", "failed")], keys.n_failed);
        }
        self.family("skep_jwks_fetch_seconds", "summary", "How long fetches of keys took.");
        for keys in &metrics.issuers {
            let labels = [("issuer", keys.issuer.as_str())];
            self.part("_sum", &labels, keys.latency_sum.as_secs_f64());
            self.part("_count", &labels, keys.n_fetched + keys.n_failed);
        }
        self.family("skep_jwks_waits_total", "counter", "Token checks that waited for keys.");
        for keys in &metrics.issuers {
            self.sample(&[("issuer", &keys.issuer)], keys.n_waited);
        }
        self.family("skep_jwks_age_seconds", "gauge", "How long ago the keys were fetched.");
        for keys in &metrics.issuers {
            if let Some(age) = keys.age {
                self.sample(&[("issuer", &keys.issuer)], age.as_secs());
            }
        }
    }

    /// A sample of a family with parts, such as a summary.
    fn part(&mut self, suffix: &str, labels: &[(&str, &str)], value: impl Display) {
        let _ = write!(self.text, "{}{suffix}", self.family);
        let name = std::mem::take(&mut self.family);
        self.sample(labels, value);
        self.family = name;
    }
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
