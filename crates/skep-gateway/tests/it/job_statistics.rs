//! Statistics of jobs over REST.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    models::{BOUNDARY_ERROR, HEADERS},
    rig::{Rig, Steps},
};

/// Two jobs of the type `work`, one of `pay-mint`; one of the first is completed, the other one
/// has thrown an error, and the last one has failed twice.
async fn rig() -> Rig {
    let (rig, mut client) = Rig::with(&[HEADERS, BOUNDARY_ERROR]).await;
    client.create("headers", r#"{"provider":"mint","attempts":3}"#).await;
    for retries in [2, 1] {
        let key = client.job("pay-mint").await.key;
        let body = json!({"retries": retries, "errorMessage": "no line"});
        let (status, _) = rig.post(&format!("/v2/jobs/{key}/failure"), body).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
    }
    for _ in 0..2 {
        client.create("boundary_error", "{}").await;
    }
    let key = client.job("work").await.key;
    client.complete(key, "{}").await;
    let key = client.job("work").await.key;
    let body = json!({"errorCode": "CARD_DECLINED", "errorMessage": "declined"});
    let (status, _) = rig.post(&format!("/v2/jobs/{key}/error"), body).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    rig
}

async fn found(rig: &Rig, what: &str, body: Value) -> Value {
    let (status, answer) = rig.post(&format!("/v2/jobs/statistics/{what}"), body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer
}

/// The counts, once the times are what they should be.
fn counts(item: &Value) -> [u64; 3] {
    ["created", "completed", "failed"].map(|name| {
        let count = item[name]["count"].as_u64().unwrap();
        let last = &item[name]["lastUpdatedAt"];
        assert_eq!(last.is_string(), count > 0, "{item}");
        count
    })
}

fn filter(other: &Value) -> Value {
    let mut filter = json!({"from": "2020-01-01T00:00:00Z", "to": "2100-01-01T00:00:00+01:00"});
    for (name, value) in other.as_object().unwrap() {
        filter[name] = value.clone();
    }
    filter
}

#[tokio::test]
async fn jobs_are_counted_by_type_worker_and_time() {
    let rig = rig().await;
    let body = json!({"filter": filter(&json!({}))});
    let answer = found(&rig, "by-types", body).await;
    assert_eq!(answer["page"]["totalItems"], 2);
    let types = answer["items"].as_array().unwrap();
    assert_eq!((&types[0]["jobType"], counts(&types[0])), (&json!("pay-mint"), [1, 0, 2]));
    assert_eq!((&types[1]["jobType"], counts(&types[1])), (&json!("work"), [2, 1, 0]));
    assert_eq!((&types[0]["workers"], &types[1]["workers"]), (&json!(1), &json!(1)));
    let some = filter(&json!({"jobType": {"$like": "w*"}}));
    let answer = found(&rig, "by-types", json!({"filter": some})).await;
    assert_eq!(answer["items"], json!([types[1]]));
    let page = json!({"filter": filter(&json!({})), "page": {"limit": 1}});
    let answer = found(&rig, "by-types", page.clone()).await;
    let mut next = page;
    next["page"]["after"] = answer["page"]["endCursor"].clone();
    assert_eq!(found(&rig, "by-types", next).await["items"], json!([types[1]]));

    let of_work = json!({"filter": filter(&json!({"jobType": "work"}))});
    let answer = found(&rig, "by-workers", of_work.clone()).await;
    let workers = answer["items"].as_array().unwrap();
    assert_eq!((&workers[0]["worker"], counts(&workers[0])), (&json!(""), [2, 0, 0]));
    assert_eq!((&workers[1]["worker"], counts(&workers[1])), (&json!("test-worker"), [0, 1, 0]));

    let mut by_day = of_work;
    by_day["filter"]["resolution"] = json!("P1D");
    let answer = found(&rig, "time-series", by_day).await;
    let days = answer["items"].as_array().unwrap();
    let sum = |n: usize| days.iter().map(|day| counts(day)[n]).sum::<u64>();
    assert_eq!([sum(0), sum(1), sum(2)], [2, 1, 0]);
    assert!(days[0]["time"].as_str().unwrap().ends_with("T00:00:00.000Z"), "{answer}");

    let path = "/v2/jobs/statistics/global?from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z";
    let (status, all) = rig.get(path).await;
    assert_eq!((status, counts(&all)), (StatusCode::OK, [3, 1, 2]));
    assert_eq!(all["isIncomplete"], false);
    let (_, some) = rig.get(&format!("{path}&jobType=pay-mint")).await;
    assert_eq!(counts(&some), [1, 0, 2]);
    let (_, past) = rig.get(&path.replace("2100", "2021")).await;
    assert_eq!(counts(&past), [0, 0, 0]);
}

#[tokio::test]
async fn errors_of_jobs_are_counted() {
    let rig = rig().await;
    let errors = async |other: Value| {
        found(&rig, "errors", json!({"filter": filter(&other)})).await["items"].clone()
    };
    let declined =
        json!([{"errorCode": "CARD_DECLINED", "errorMessage": "declined", "workers": 1}]);
    let failed = json!([{"errorCode": "", "errorMessage": "no line", "workers": 1}]);
    assert_eq!(errors(json!({"jobType": "work"})).await, declined);
    assert_eq!(errors(json!({"jobType": "pay-mint"})).await, failed);
    for (filter, n) in [
        (json!({"jobType": "work", "errorCode": {"$like": "CARD_*"}}), 1),
        (json!({"jobType": "work", "errorCode": "OTHER"}), 0),
        (json!({"jobType": "pay-mint", "errorMessage": "no line"}), 1),
        (json!({"jobType": "pay-mint", "errorCode": {"$exists": true}}), 0),
        (json!({"jobType": "work", "to": "2021-01-01T00:00:00Z"}), 0),
    ] {
        assert_eq!(errors(filter.clone()).await.as_array().unwrap().len(), n, "{filter}");
    }
}

#[tokio::test]
async fn bad_requests_for_statistics_are_refused_by_name() {
    let rig = Rig::start();
    for (what, body, words) in [
        ("by-types", json!({}), "No filter provided"),
        ("by-types", json!({"filter": {"from": "2020-01-01T00:00:00Z"}}), "No filter.to provided"),
        ("by-types", json!({"filter": {"from": "x", "to": "y"}}), "filter.from 'x' cannot be"),
        ("by-workers", json!({"filter": filter(&json!({}))}), "No filter.jobType provided"),
        ("errors", json!({"filter": filter(&json!({}))}), "No filter.jobType provided"),
        (
            "time-series",
            json!({"filter": filter(&json!({"jobType": "a", "resolution": "PT1S"}))}),
            "filter.resolution is 'PT1S'",
        ),
        (
            "by-types",
            json!({"filter": filter(&json!({})), "page": {"from": 1}}),
            "[page.from] cannot be parsed",
        ),
        (
            "by-types",
            json!({"filter": filter(&json!({})), "page": {"after": "W10="}}),
            "page.after is no cursor",
        ),
    ] {
        let (status, answer) = rig.post(&format!("/v2/jobs/statistics/{what}"), body.clone()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body}: {answer}");
        let detail = answer["detail"].as_str().unwrap();
        assert!(detail.contains(words), "{words:?} is not in {detail:?}");
    }
    let (status, answer) = rig.get("/v2/jobs/statistics/global?from=2020-01-01T00:00:00Z").await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
}
