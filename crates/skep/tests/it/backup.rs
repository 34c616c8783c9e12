//! `skep backup` while a server works, and a server on what `skep restore` makes of it.

use std::path::Path;

use skep_client::Client;
use tokio::runtime::Runtime;

use crate::{
    run::{has, skep},
    server::Server,
};

const MODEL: &str = include_str!("../../../skep-client/assets/one-task.bpmn");

fn connect(server: &Server) -> Client {
    Client::builder(&format!("http://{}", server.grpc)).unwrap().build().unwrap()
}

fn path(dir: &Path) -> &str {
    dir.to_str().unwrap()
}

#[test]
fn a_server_goes_on_from_a_backup() {
    let dir = tempfile::tempdir().unwrap();
    let (data, backup) = (dir.path().join("data"), dir.path().join("backup"));
    let restored = dir.path().join("restored");
    let runtime = Runtime::new().unwrap();
    let server = Server::start(&data, &["--insecure-no-auth"]);
    let (before, after) = runtime.block_on(async {
        let client = connect(&server);
        client.deploy().resource("one-task.bpmn", MODEL).send().await.unwrap();
        let before = client.create_process_instance("one_task").send().await.unwrap();
        // A search has the history catch up, so that the backup's knows the instance.
        assert_eq!(found(&server), [before.process_instance_key]);
        let ran = skep(&["backup", path(&backup), "--data-dir", path(&data), "-o", "json"]);
        assert_eq!(ran.json()["partitions"][0]["partitionId"], 1);
        assert_eq!(ran.json()["history"], "COPIED");
        let after = client.create_process_instance("one_task").send().await.unwrap();
        (before.process_instance_key, after.process_instance_key)
    });
    let again = skep(&["backup", path(&backup), "--data-dir", path(&data)]);
    has(again.fails(2), &["is not empty", "fix:"]);
    let ran = skep(&["restore", path(&backup), "--data-dir", path(&data)]);
    has(ran.fails(2), &["is not empty", "nothing was changed"]);

    let ran = skep(&["restore", path(&backup), "--data-dir", path(&restored)]);
    has(ran.ok(), &["restored to", "partition 1: up to position", "with the history"]);
    let server = Server::start(&restored, &["--insecure-no-auth"]);
    runtime.block_on(async {
        let client = connect(&server);
        client.cancel_process_instance(before).await.unwrap();
        let error = client.cancel_process_instance(after).await.unwrap_err().to_string();
        assert!(error.contains("no such process was found"), "{error}");
    });
    assert_eq!(found(&server), [before], "the history is as old as the rest");
    drop(server);

    // Cut before the instance, which the history of the backup knows.
    let earlier = dir.path().join("earlier");
    let arguments = ["restore", path(&backup), "--data-dir", path(&earlier), "--to-position", "4"];
    has(skep(&arguments).ok(), &["without the history of the backup", "makes it anew"]);
    let server = Server::start(&earlier, &["--insecure-no-auth"]);
    assert_eq!(found(&server), [0_i64; 0]);
}

/// Keys of the process instances that a server finds.
fn found(server: &Server) -> Vec<i64> {
    let address = format!("http://{}", server.http);
    let search = ["search", "process-instances", "--rest-address", &address, "-o", "json"];
    let answer = skep(&search).json();
    let key = |item: &serde_json::Value| item["processInstanceKey"].as_str().unwrap().parse();
    answer["items"].as_array().unwrap().iter().map(|item| key(item).unwrap()).collect()
}

#[test]
fn what_is_no_backup_is_told_as_such() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("new");
    let ran = skep(&["restore", path(dir.path()), "--data-dir", path(&target)]);
    has(ran.fails(2), &["holds no data of a broker", "skep backup"]);
    let ran = skep(&["restore", "x", "--to-time", "yesterday"]);
    assert_eq!(ran.code, 2);
}
