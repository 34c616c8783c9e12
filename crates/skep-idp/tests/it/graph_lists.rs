//! Lists of the directory's API: pages, order, filters, and the keys of what is in them.

use serde_json::{Value, json};
use skep_idp::NewApp;

use crate::{
    fixture::TENANT,
    graph::{Directory, done, expect},
};

#[tokio::test]
async fn long_lists_come_in_pages() {
    let directory = Directory::full().await;
    let registry = directory.idp.provider.registry();
    for n in 0..105 {
        registry.add_group(format!("group {n:03}")).unwrap();
    }
    let first = directory.get("/v1.0/groups?$count=true").await.body;
    assert_eq!(first["value"].as_array().unwrap().len(), 100);
    assert_eq!(first["@odata.count"], 105);

    let origin = directory.idp.running.endpoints().origin.clone();
    let mut path =
        "/v1.0/groups?$top=50&$orderby=displayName%20desc&$select=displayName".to_owned();
    let mut names = Vec::new();
    loop {
        let page = directory.get(&path).await.body;
        names.extend(page["value"].as_array().unwrap().iter().map(Value::to_string));
        let Some(next) = page["@odata.nextLink"].as_str() else { break };
        path = next.strip_prefix(&origin).expect(next).to_owned();
    }
    let mut sorted = names.clone();
    sorted.sort_by(|a, b| b.cmp(a));
    sorted.dedup();
    assert_eq!((names.len(), &names), (105, &sorted));
    for bad in ["$top=0", "$top=5000", "$skiptoken=%27", "$expand=members"] {
        let refused = directory.get(&format!("/v1.0/groups?{bad}")).await;
        assert_eq!(refused.status, 400, "{bad}: {}", refused.body);
    }
}

#[tokio::test]
async fn consents_are_found_by_both_ends() {
    let directory = Directory::full().await;
    let registry = directory.idp.provider.registry();
    let (client, api) = (
        registry.add_app(NewApp::named("client")).unwrap(),
        registry.add_app(NewApp::named("api")).unwrap(),
    );
    let body = json!({
        "clientId": client.principal_id(), "consentType": "AllPrincipals",
        "resourceId": api.principal_id(), "scope": "access_as_user",
    });
    let grant = directory.post("/v1.0/oauth2PermissionGrants", body).await.body;
    let path = format!("/v1.0/oauth2PermissionGrants/{}", grant["id"].as_str().unwrap());
    let (client_id, api_id) = (client.principal_id().unwrap(), api.principal_id().unwrap());
    for (filter, n) in [
        (format!("clientId eq '{client_id}' and resourceId eq '{api_id}'"), 1),
        (format!("clientId eq '{api_id}' and consentType eq 'AllPrincipals'"), 0),
        (format!("resourceId in ('{client_id}','{api_id}') and principalId eq null"), 1),
    ] {
        let query = filter.replace(' ', "%20");
        let list = directory.get(&format!("/v1.0/oauth2PermissionGrants?$filter={query}")).await;
        assert_eq!(list.body["value"].as_array().unwrap().len(), n, "{filter}: {}", list.body);
    }
    let of_client = format!("/v1.0/servicePrincipals/{client_id}/oauth2PermissionGrants");
    assert_eq!(directory.get(&of_client).await.body["value"][0]["id"], grant["id"]);
    assert_eq!(directory.get(&path).await.body["scope"], "access_as_user");
    let refused = directory.patch(&path, json!({"scope": "nothing"})).await;
    expect(&refused, 400, "Request_BadRequest");

    let unknown = directory.get("/v1.0/applications?$filter=nothing%20eq%20'x'").await;
    expect(&unknown, 400, "Request_UnsupportedQuery");
    // What an application that is gone was allowed goes with it.
    registry.remove_app(api.app_id).unwrap();
    expect(&directory.get(&path).await, 404, "Request_ResourceNotFound");
}

#[tokio::test]
async fn the_tenant_and_every_property_of_an_application_are_read_back() {
    let directory = Directory::full().await;
    let tenant = directory.get(&format!("/v1.0/organization/{TENANT}")).await.body;
    assert_eq!(tenant["verifiedDomains"][0]["name"], "skep.test");
    let other = format!("/v1.0/organization/{}", uuid::Uuid::new_v4());
    expect(&directory.get(&other).await, 404, "Request_ResourceNotFound");

    let body = json!({
        "displayName": "x", "signInAudience": "AzureADMyOrg", "description": "d", "notes": "n",
        "tags": ["skep"], "web": {"homePageUrl": "https://x.example/", "redirectUris": []},
        "isFallbackPublicClient": true,
    });
    let created = directory.post("/v1.0/applications", body.clone()).await.body;
    for name in ["description", "notes", "tags", "isFallbackPublicClient"] {
        assert_eq!(created[name], body[name], "{name}");
    }
    assert_eq!(created["web"]["homePageUrl"], "https://x.example/");
    let path = format!("/v1.0/applications(appId='{}')", created["appId"].as_str().unwrap());
    done(
        &directory
            .patch(&path, json!({"description": null, "isFallbackPublicClient": false}))
            .await,
    );
    let changed = directory.get(&path).await.body;
    assert_eq!((&changed["description"], &changed["notes"]), (&Value::Null, &json!("n")));
    assert_eq!(changed["isFallbackPublicClient"], false);

    let body = json!({
        "appId": created["appId"], "appRoleAssignmentRequired": true,
        "tags": ["WindowsAzureActiveDirectoryIntegratedApp"],
    });
    let principal = directory.post("/v1.0/servicePrincipals", body.clone()).await;
    assert_eq!(principal.status, 201, "{}", principal.body);
    assert_eq!(principal.body["tags"], body["tags"]);
    assert_eq!(principal.body["appRoleAssignmentRequired"], true);
    let body = json!({"appId": created["appId"], "nothing": 1});
    expect(&directory.post("/v1.0/servicePrincipals", body).await, 400, "Request_BadRequest");
}
