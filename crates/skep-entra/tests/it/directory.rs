//! What Graph does to its callers, and what becomes of it.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use skep_auth::{ClientCertificate, NewCertificate, Secret, jose::Certificate};
use skep_entra::{
    Audit, Component, CredentialKind, Directory, Error, ErrorKind, Patience, Plan, Setup,
    upload_certificate,
};

use crate::graph::{Answer, Graph};

const APP: &str = "11111111-1111-4111-8111-111111111111";

fn now() -> Timestamp {
    "2026-06-01T00:00:00Z".parse().unwrap()
}

fn certificate() -> Certificate {
    let made = ClientCertificate::generate(&NewCertificate::named("test"), now().as_second());
    made.unwrap().certificate().clone()
}

fn directory(graph: &Graph) -> Directory {
    let patience = Patience {
        propagation: Duration::from_secs(5),
        backoff: Duration::from_millis(1),
        ..Patience::default()
    };
    Directory::new(&graph.cloud, reqwest::Client::new(), Secret::new("graph-token"))
        .with_patience(patience)
}

fn application(keys: &[Value]) -> Value {
    json!({"id": "object", "appId": APP, "displayName": "Skep Zeebe client", "keyCredentials": keys})
}

async fn upload(graph: &Graph) -> Result<(String, bool), Error> {
    upload_certificate(&directory(graph), APP, &certificate(), "name", now()).await
}

#[tokio::test]
async fn certificates_that_are_there_are_sent_back_and_ended_ones_are_not() {
    let known = json!({
        "keyId": "k-1", "type": "AsymmetricX509Cert", "usage": "Verify", "key": null,
        "displayName": "known", "endDateTime": "2027-01-01T00:00:00Z",
        "customKeyIdentifier": "AAAA", "somethingNew": 7,
    });
    let ended = json!({"keyId": "k-2", "endDateTime": "2026-01-01T00:00:00Z"});
    let graph = Graph::start(vec![
        Answer::json(200, &application(&[known.clone(), ended])),
        Answer::text(204, ""),
    ])
    .await;
    let (key_id, is_new) = upload(&graph).await.unwrap();
    assert!(is_new);
    let requests = graph.requests();
    assert_eq!(requests[1].line, "PATCH /v1.0/applications/object");
    assert_eq!(requests[1].authorization, "Bearer graph-token");
    let sent = requests[1].body["keyCredentials"].as_array().unwrap();
    assert_eq!((sent.len(), &sent[0]), (2, &known));
    assert_eq!((&sent[1]["keyId"], &sent[1]["usage"]), (&json!(key_id), &json!("Verify")));
    let (start, end) = (&sent[1]["startDateTime"], &sent[1]["endDateTime"]);
    assert_eq!((start, end), (&json!("2026-05-31T23:55:00Z"), &json!("2027-06-01T00:00:00Z")));
}

#[tokio::test]
async fn a_certificate_is_known_in_every_form_of_its_thumbprint() {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let certificate = certificate();
    let hex: String = certificate.sha1().iter().map(|byte| format!("{byte:02X}")).collect();
    let forms = [
        hex.clone(),
        hex.to_lowercase(),
        STANDARD.encode(certificate.sha1()),
        STANDARD.encode(&hex),
    ];
    for form in forms {
        let key = json!({"keyId": "k-1", "customKeyIdentifier": form});
        let graph = Graph::start(vec![Answer::json(200, &application(&[key]))]).await;
        let directory = directory(&graph);
        let found = upload_certificate(&directory, APP, &certificate, "name", now()).await.unwrap();
        assert_eq!(found, ("k-1".to_owned(), false), "{form}");
    }
}

#[tokio::test]
async fn throttling_and_outages_are_waited_for() {
    let graph = Graph::start(vec![
        Answer::refusal(429, "TooManyRequests", "Too many requests.").header("retry-after", "0.01"),
        Answer::text(429, "Too Many Requests").header("retry-after", "0"),
        Answer::text(503, "<html>busy</html>"),
        Answer::json(200, &application(&[])),
        Answer::refusal(429, "TooManyRequests", "Too many requests."),
        Answer::text(204, ""),
    ])
    .await;
    upload(&graph).await.unwrap();
    assert_eq!(graph.requests().len(), 6);
    // More than patience allows is an error that says so.
    graph.then(vec![
        Answer::refusal(429, "TooManyRequests", "Too many requests.").header("retry-after", "3600"),
    ]);
    let error = upload(&graph).await.unwrap_err();
    assert!(error.to_string().contains("TooManyRequests"), "{error}");
    assert!(error.fix().unwrap().contains("wait a minute"));
}

#[tokio::test]
async fn what_was_just_created_may_be_unknown_for_a_while() {
    let missing =
        || Answer::refusal(404, "Request_ResourceNotFound", "Resource 'object' does not exist.");
    let graph = Graph::start(vec![
        Answer::json(200, &application(&[])),
        missing(),
        missing(),
        Answer::refusal(
            400,
            "Request_BadRequest",
            "The appId 'x' of the service principal does not reference a valid application object.",
        ),
        Answer::text(204, ""),
    ])
    .await;
    upload(&graph).await.unwrap();
    assert_eq!(graph.requests().len(), 5);
    // Reading what should be there is not waited for.
    graph.then(vec![missing()]);
    let error = upload(&graph).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert!(error.to_string().contains("there is no registration with client id"), "{error}");
    assert_eq!(graph.requests().len(), 1);
}

#[tokio::test]
async fn refusals_are_told_whole_with_their_fix() {
    for (status, code, kind, fix) in [
        (403, "Authorization_RequestDenied", ErrorKind::Auth, "Application Administrator"),
        (401, "InvalidAuthenticationToken", ErrorKind::Auth, "sign in again"),
        (400, "CredentialInvalidLifetimeAsPerAppPolicy", ErrorKind::Failed, "--credential-days"),
        (
            400,
            "CredentialTypeNotAllowedAsPerAppPolicy",
            ErrorKind::Failed,
            "--credential certificate",
        ),
        (400, "KeyCredentialsInvalidEndDate", ErrorKind::Failed, "have ended"),
    ] {
        let graph = Graph::start(vec![
            Answer::json(200, &application(&[])),
            Answer::refusal(status, code, "What Graph says about it."),
        ])
        .await;
        let error = upload(&graph).await.unwrap_err();
        let text = error.to_string();
        for part in ["PATCH http", code, "What Graph says about it.", "request id r-1"] {
            assert!(text.contains(part), "{text}");
        }
        assert_eq!(error.kind(), kind, "{code}");
        assert!(error.fix().unwrap().contains(fix), "{code}: {:?}", error.fix());
        assert_eq!(graph.requests().len(), 2, "{code} was tried again");
        assert!(!format!("{error:?}").contains("graph-token"));
    }
}

#[tokio::test]
async fn answers_that_are_not_graphs_are_named() {
    for (answer, told) in [
        (Answer::text(200, "<html>sign in</html>"), "is not JSON"),
        (Answer::text(404, "<html>not here</html>"), "no Graph error in it"),
        (Answer::json(200, &json!({"id": 7})), "cannot be read"),
    ] {
        let graph = Graph::start(vec![answer]).await;
        let error = upload(&graph).await.unwrap_err().to_string();
        assert!(error.contains(told), "{error}");
    }
}

fn plan(graph: &Graph) -> Plan {
    Plan {
        tenant_id: "22222222-2222-4222-8222-222222222222".to_owned(),
        cloud: graph.cloud.clone(),
        ca_certificate: None,
        prefix: "Skep".to_owned(),
        components: vec![Component::Zeebe],
        base_urls: Default::default(),
        credential: CredentialKind::Secret,
        credential_days: 30,
        adopt: Default::default(),
        consent: false,
        keystore_password: None,
    }
}

async fn set_up(graph: &Graph, folder: &std::path::Path) -> Result<(), Error> {
    let setup = Setup::new(plan(graph), directory(graph), folder, now())?;
    setup.run().await.map(|_| ())
}

#[tokio::test]
async fn lists_are_read_over_all_their_pages_and_never_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let graph = Graph::start(Vec::new()).await;
    let tagged = json!({
        "id": "object", "appId": APP, "displayName": "Skep Zeebe client",
        "tags": ["skep", "skep:zeebe"], "identifierUris": [format!("api://{APP}")],
        "api": {"requestedAccessTokenVersion": 2}, "appRoles": [{"id": "r", "value": "zeebe.client"}],
    });
    let next = format!("{}/v1.0/applications?$skiptoken=2", graph.cloud.graph);
    let secret = json!({"keyId": "k-1", "secretText": "the~secret"});
    graph.then(vec![
        Answer::json(200, &json!({"value": [], "@odata.nextLink": next})),
        Answer::list(std::slice::from_ref(&tagged)),
        Answer::list(&[json!({"id": "principal"})]),
        Answer::json(200, &secret),
    ]);
    set_up(&graph, folder.path()).await.unwrap();
    let lines: Vec<_> = graph.requests().into_iter().map(|request| request.line).collect();
    assert_eq!(lines[1], "GET /v1.0/applications?$skiptoken=2");
    assert_eq!(lines[3], "POST /v1.0/applications/object/addPassword");
    let variables = std::fs::read_to_string(folder.path().join("zeebe.env")).unwrap();
    assert!(variables.contains("\nZEEBE_CLIENT_SECRET=the~secret\n"), "{variables}");

    let foreign = "http://127.0.0.1:9/v1.0/applications";
    graph.then(vec![Answer::json(200, &json!({"value": [], "@odata.nextLink": foreign}))]);
    let error = set_up(&graph, folder.path()).await.unwrap_err().to_string();
    assert!(error.contains("continues at another address"), "{error}");
    // Without end, for a directory that repeats itself.
    let page = || Answer::json(200, &json!({"value": [], "@odata.nextLink": next.clone()}));
    graph.then((0..100).map(|_| page()).collect());
    let error = set_up(&graph, folder.path()).await.unwrap_err().to_string();
    assert!(error.contains("more than 100 pages"), "{error}");
}

#[tokio::test]
async fn what_is_wrong_with_the_folder_is_told_before_any_call() {
    let folder = tempfile::tempdir().unwrap();
    let graph = Graph::start(Vec::new()).await;
    let audit = |folder| Audit::new(directory(&graph), folder, 30, now()).unwrap_err();
    assert!(audit(folder.path()).to_string().contains("there is no set-up in"));
    let record = folder.path().join("entra.json");
    std::fs::write(&record, "{\"tenantId\": 7}").unwrap();
    let error = audit(folder.path());
    assert!(error.to_string().contains("entra.json is damaged"), "{error}");
    assert!(error.fix().unwrap().contains("skep entra setup"));
    let other = json!({
        "tenantId": "33333333-3333-4333-8333-333333333333",
        "cloud": {"authority": "https://a", "graph": "https://g"}, "prefix": "Skep", "components": {},
    });
    std::fs::write(&record, other.to_string()).unwrap();
    let error = set_up(&graph, folder.path()).await.unwrap_err();
    assert!(error.to_string().contains("holds the set-up of tenant 33333333"), "{error}");
    assert!(graph.requests().is_empty());
}
