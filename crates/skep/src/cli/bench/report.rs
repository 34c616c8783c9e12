//! What a load found, for people and for programs.

use hdrhistogram::Histogram;
use serde_json::{Value, json};

use super::load::{Plan, Tally, ms};

/// The result of one run.
pub(super) struct Report {
    json: Value,
}

impl Report {
    pub(super) fn new(plan: &Plan, tally: &Tally, gateway_version: &str) -> Self {
        let measured_s = tally.measured.as_secs_f64();
        let json = json!({
            "process_instances_per_s": per_s(tally.n_completed_in_time, measured_s),
            "offered_per_s": per_s(tally.n_offered, measured_s),
            "jobs_per_s": per_s(tally.n_jobs_in_time, measured_s),
            "latency_ms": percentiles(&tally.latency_us),
            "create_latency_ms": percentiles(&tally.create_us),
            "job_push_latency_ms": percentiles(&tally.push_us),
            "errors": tally.n_errors(),
            "errors_by_kind": tally.errors,
            "completed": tally.n_completed,
            "offered": tally.n_offered,
            "unfinished": tally.n_unfinished,
            "duration_s": rounded(measured_s),
            "warm_up_s": rounded(plan.warm_up.as_secs_f64()),
            "rate": plan.rate.map_or_else(|| json!("max"), |rate| json!(rate)),
            "in_flight_max": plan.in_flight_max,
            "payload_bytes": plan.variables.len(),
            "jobs_per_instance": (!plan.awaits_result).then_some(plan.model.jobs_per_instance),
            "gateway_version": gateway_version,
        });
        Self { json }
    }

    /// For programs.
    pub(super) fn json(&self) -> &Value {
        &self.json
    }

    /// For people.
    pub(super) fn text(&self) -> String {
        let json = &self.json;
        let latency = |name: &str| {
            let of = &json[name];
            format!("p50 {}  p90 {}  p99 {}  max {} ms", of["p50"], of["p90"], of["p99"], of["max"])
        };
        format!(
            "process instances  {}/s completed, {}/s offered\n\
             jobs               {}/s completed\n\
             latency            {}\n\
             creation           {}\n\
             job push           {}\n\
             errors             {}",
            json["process_instances_per_s"],
            json["offered_per_s"],
            json["jobs_per_s"],
            latency("latency_ms"),
            latency("create_latency_ms"),
            latency("job_push_latency_ms"),
            json["errors"],
        )
    }
}

pub(super) fn percentiles(us: &Histogram<u64>) -> Value {
    json!({
        "p50": rounded(ms(us.value_at_quantile(0.50))),
        "p90": rounded(ms(us.value_at_quantile(0.90))),
        "p99": rounded(ms(us.value_at_quantile(0.99))),
        "p999": rounded(ms(us.value_at_quantile(0.999))),
        "max": rounded(ms(us.max())),
        "mean": rounded(us.mean() / 1_000.0),
    })
}

#[expect(clippy::cast_precision_loss, reason = "counts of one run fit")]
fn per_s(n: u64, s: f64) -> f64 {
    if s > 0.0 { rounded(n as f64 / s) } else { 0.0 }
}

/// To three digits after the point: more would be noise.
fn rounded(number: f64) -> f64 {
    (number * 1_000.0).round() / 1_000.0
}
