//! The directory's API, with tokens of this provider.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::Method;
use serde_json::{Value, json};
use skep_auth::Secret;
use skep_idp::{App, NewUser, User};

use crate::{
    browser::{Browser, PASSWORD, app, redeem, user},
    fixture::{Idp, Reply, TENANT, TestKey, reply, test_key},
};

const GRAPH: &str = "00000003-0000-0000-c000-000000000000";

/// A provider with a caller's token for the API.
pub(crate) struct Directory {
    pub(crate) idp: Idp,
    token: String,
}

impl Directory {
    /// As an application with these roles.
    pub(crate) async fn with_roles(roles: &[&str]) -> Self {
        let idp = Idp::start().await;
        let (app, secret) = idp.secret_app();
        for role in roles {
            let graph = GRAPH.parse().unwrap();
            idp.provider.registry().assign_role(app.app_id, graph, role).unwrap();
        }
        let token = token_for(&idp, &app, &secret, "https://graph.microsoft.com/.default").await;
        Self { idp, token }
    }

    pub(crate) async fn full() -> Self {
        Self::with_roles(&[
            "Application.ReadWrite.All",
            "AppRoleAssignment.ReadWrite.All",
            "DelegatedPermissionGrant.ReadWrite.All",
            "User.ReadWrite.All",
            "Group.ReadWrite.All",
        ])
        .await
    }

    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Reply {
        call(&self.idp, &self.token, method, path, body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.call(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.call(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Reply {
        self.call(Method::PATCH, path, Some(body)).await
    }
}

pub(crate) async fn token_for(idp: &Idp, app: &App, secret: &Secret, scope: &str) -> String {
    let reply = idp
        .post(&[
            ("grant_type", "client_credentials"),
            ("client_id", &app.app_id.to_string()),
            ("client_secret", secret.expose()),
            ("scope", scope),
        ])
        .await;
    reply.token().to_owned()
}

pub(crate) async fn call(
    idp: &Idp,
    token: &str,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> Reply {
    let mut request = idp.http.request(method, idp.url(path)).bearer_auth(token);
    if let Some(body) = body {
        request = request.json(&body);
    }
    let response = request.send().await.unwrap();
    if response.status() == 204 {
        let (status, headers) = (response.status(), response.headers().clone());
        return Reply { status, headers, body: Value::Null };
    }
    reply(response).await
}

#[track_caller]
pub(crate) fn expect(reply: &Reply, status: u16, code: &str) {
    assert_eq!(reply.status.as_u16(), status, "{}", reply.body);
    assert_eq!(reply.body["error"]["code"], code, "{}", reply.body);
    let inner = &reply.body["error"]["innerError"];
    for id in ["request-id", "client-request-id"] {
        uuid::Uuid::parse_str(inner[id].as_str().unwrap()).unwrap();
    }
    assert!(reply.body["error"]["message"].as_str().unwrap().len() > 10);
}

#[track_caller]
pub(crate) fn done(reply: &Reply) {
    assert_eq!(reply.status, 204, "{}", reply.body);
}

#[tokio::test]
async fn an_application_is_set_up_step_by_step_and_then_gets_a_token() {
    let directory = Directory::full().await;
    let idp = &directory.idp;
    let created =
        directory.post("/v1.0/applications", json!({"displayName": "Zeebe client"})).await;
    assert_eq!(created.status, 201, "{}", created.body);
    let (id, app_id) = (
        created.body["id"].as_str().unwrap().to_owned(),
        created.body["appId"].as_str().unwrap().to_owned(),
    );
    assert_eq!(created.body["api"]["requestedAccessTokenVersion"], Value::Null);
    let app_path = format!("/v1.0/applications/{id}");

    let principal = directory.post("/v1.0/servicePrincipals", json!({"appId": app_id})).await;
    assert_eq!(principal.status, 201, "{}", principal.body);
    let principal_id = principal.body["id"].as_str().unwrap();
    let again = directory.post("/v1.0/servicePrincipals", json!({"appId": app_id})).await;
    expect(&again, 409, "Request_MultipleObjectsWithSameKeyValue");

    let role = uuid::Uuid::new_v4();
    let patch = json!({
        "identifierUris": [format!("api://{app_id}")],
        "api": {
            "requestedAccessTokenVersion": 2,
            "oauth2PermissionScopes": [{
                "id": uuid::Uuid::new_v4(), "value": "access", "type": "User", "isEnabled": true,
                "adminConsentDisplayName": "Access", "adminConsentDescription": "Access",
                "userConsentDisplayName": "Access", "userConsentDescription": "Access",
            }],
        },
        "appRoles": [{
            "id": role, "value": "Process.Start", "displayName": "Start", "description": "Start",
            "allowedMemberTypes": ["Application", "User"], "isEnabled": true,
        }],
        "web": {
            "redirectUris": ["https://operate.example/callback"],
            "logoutUrl": "https://operate.example/logout",
            "implicitGrantSettings": {"enableIdTokenIssuance": true},
        },
        "spa": {"redirectUris": ["https://console.example"]},
        "publicClient": {"redirectUris": ["http://localhost"]},
        "requiredResourceAccess": [{
            "resourceAppId": GRAPH,
            "resourceAccess": [{"id": "e1fe6dd8-ba31-4d61-89e7-88639da4683d", "type": "Scope"}],
        }],
        "groupMembershipClaims": "SecurityGroup",
        "isFallbackPublicClient": null,
    });
    done(&directory.patch(&app_path, patch.clone()).await);
    let shown = directory.get(&app_path).await.body;
    assert_eq!(shown["api"]["requestedAccessTokenVersion"], 2);
    assert_eq!(shown["web"]["redirectUris"], patch["web"]["redirectUris"]);
    assert_eq!(shown["requiredResourceAccess"], patch["requiredResourceAccess"]);
    assert_eq!(shown["groupMembershipClaims"], "SecurityGroup");
    assert_eq!(shown["appRoles"][0]["value"], "Process.Start");

    let secret = directory
        .post(
            &format!("{app_path}/addPassword"),
            json!({"passwordCredential": {"displayName": "skep"}}),
        )
        .await;
    assert_eq!(secret.status, 200, "{}", secret.body);
    let text = secret.body["secretText"].as_str().unwrap().to_owned();
    assert_eq!(secret.body["hint"], json!(text[..3]));
    let listed =
        directory.get(&format!("{app_path}?$select=passwordCredentials,keyCredentials")).await.body;
    assert_eq!(listed.as_object().unwrap().len(), 2);
    assert_eq!(listed["passwordCredentials"][0]["secretText"], Value::Null);

    let assigned = directory
        .post(
            &format!("/v1.0/servicePrincipals/{principal_id}/appRoleAssignedTo"),
            json!({"principalId": principal_id, "resourceId": principal_id, "appRoleId": role}),
        )
        .await;
    assert_eq!(assigned.status, 201, "{}", assigned.body);
    let app = idp.provider.registry().app(app_id.parse().unwrap()).unwrap();
    let reply = idp.by_secret(&app, &text).await;
    let (_, claims) = idp.verify(reply.token()).await;
    assert_eq!((&claims["ver"], &claims["roles"]), (&json!("2.0"), &json!(["Process.Start"])));

    let key_id = &secret.body["keyId"];
    let removed =
        directory.post(&format!("{app_path}/removePassword"), json!({"keyId": key_id})).await;
    done(&removed);
    idp.by_secret(&app, &text).await.expect_refusal(401, "invalid_client", 7_000_215);
    done(&directory.call(Method::DELETE, &app_path, None).await);
    expect(&directory.get(&app_path).await, 404, "Request_ResourceNotFound");
}

#[tokio::test]
async fn certificates_are_a_list_that_is_replaced() {
    let directory = Directory::full().await;
    let idp = &directory.idp;
    let app = idp.provider.registry().add_app(skep_idp::NewApp::named("x")).unwrap();
    let path = format!("/v1.0/applications(appId='{}')", app.app_id);
    let entry = |key: &TestKey| {
        json!({
            "type": "AsymmetricX509Cert", "usage": "Verify", "displayName": "one",
            "key": STANDARD.encode(key.certificate.der()),
        })
    };
    let second = TestKey::generate(None);
    done(&directory.patch(&path, json!({"keyCredentials": [entry(test_key())]})).await);
    let known = directory.get(&path).await.body["keyCredentials"][0].clone();
    assert_eq!(known["key"], Value::Null);
    let app = idp.provider.registry().app(app.app_id).unwrap();
    let assertion = test_key().assertion(&idp.assertion_claims(&app));
    idp.by_assertion(&app, &assertion).await.token();

    // Both stay when the known one is sent again, by its key id.
    done(&directory.patch(&path, json!({"keyCredentials": [known, entry(&second)]})).await);
    idp.by_assertion(&app, &assertion).await.token();
    idp.by_assertion(&app, &second.assertion(&idp.assertion_claims(&app))).await.token();
    done(&directory.patch(&path, json!({"keyCredentials": [entry(&second)]})).await);
    idp.by_assertion(&app, &assertion).await.expect_refusal(401, "invalid_client", 700_027);

    let mut late = entry(&second);
    late["endDateTime"] = json!("2099-01-01T00:00:00Z");
    let refused = directory.patch(&path, json!({"keyCredentials": [late]})).await;
    expect(&refused, 400, "KeyCredentialsInvalidEndDate");
    let refused = directory.patch(&path, json!({"keyCredentials": [{"type": "X"}]})).await;
    expect(&refused, 400, "Request_BadRequest");
}

#[tokio::test]
async fn what_breaks_a_rule_is_refused_by_name_and_changes_nothing() {
    let directory = Directory::full().await;
    let created = directory.post("/v1.0/applications", json!({"displayName": "x"})).await;
    let path = format!("/v1.0/applications/{}", created.body["id"].as_str().unwrap());
    let role = json!({
        "id": uuid::Uuid::new_v4(), "value": "A", "displayName": "A",
        "allowedMemberTypes": ["User"], "isEnabled": true,
    });
    done(&directory.patch(&path, json!({"appRoles": [role]})).await);
    let before = directory.get(&path).await.body;
    for (patch, code, named) in [
        // The guide's retired spelling, and one more that the portal refuses.
        (
            json!({"accessTokenAcceptedVersion": 2}),
            "Request_BadRequest",
            "accessTokenAcceptedVersion",
        ),
        (
            json!({"requestedAccessTokenVersion": 2}),
            "Request_BadRequest",
            "requestedAccessTokenVersion",
        ),
        (json!({"api": {"requestedAccessTokenVersion": 3}}), "Request_BadRequest", "version"),
        (
            json!({"identifierUris": ["api://example.com/x"]}),
            "HostNameNotOnVerifiedDomain",
            "api://",
        ),
        (json!({"appRoles": []}), "CannotDeleteOrUpdateEnabledEntitlement", "Disable"),
        (json!({"signInAudience": "AzureADMultipleOrgs"}), "Request_BadRequest", "AzureADMyOrg"),
        (json!({"web": {"redirectUris": ["http://evil.example/"]}}), "Request_BadRequest", "https"),
        (json!({"displayName": ""}), "Request_BadRequest", "display name"),
        (json!({"groupMembershipClaims": "Some"}), "Request_BadRequest", "SecurityGroup"),
    ] {
        let refused = directory.patch(&path, patch.clone()).await;
        expect(&refused, 400, code);
        let message = refused.body["error"]["message"].as_str().unwrap();
        assert!(message.contains(named), "{patch}: {message}");
    }
    assert_eq!(directory.get(&path).await.body, before);
    let mut disabled = before["appRoles"].clone();
    disabled[0]["isEnabled"] = json!(false);
    done(&directory.patch(&path, json!({"appRoles": disabled})).await);
    done(&directory.patch(&path, json!({"appRoles": []})).await);
    let bad = directory.post("/v1.0/applications", json!({"displayName": "y", "spa": 1})).await;
    expect(&bad, 400, "Request_BadRequest");
    let n = directory.get("/v1.0/applications").await.body["value"].as_array().unwrap().len();
    assert_eq!(n, 2, "the caller's own and x");
}

#[tokio::test]
async fn lists_are_filtered_and_keys_have_two_forms() {
    let directory = Directory::full().await;
    let created = directory.post("/v1.0/applications", json!({"displayName": "Zeebe"})).await;
    let app_id = created.body["appId"].as_str().unwrap();
    for (filter, n) in [
        (format!("appId eq '{app_id}'"), 1),
        ("displayName eq 'zeebe'".to_owned(), 1),
        ("startswith(displayName,'Zee')".to_owned(), 1),
        ("displayName eq 'other'".to_owned(), 0),
    ] {
        let path = format!("/v1.0/applications?$filter={}", filter.replace(' ', "%20"));
        let list = directory.get(&path).await.body;
        assert_eq!(list["value"].as_array().unwrap().len(), n, "{filter}: {list}");
        assert!(list["@odata.context"].as_str().unwrap().ends_with("$metadata#applications"));
    }
    let bad = directory.get("/v1.0/applications?$filter=displayName%20gt%20'x'").await;
    expect(&bad, 400, "Request_UnsupportedQuery");
    let by_app_id = directory.get(&format!("/v1.0/applications(appId='{app_id}')")).await;
    assert_eq!(by_app_id.body["id"], created.body["id"]);
    let graph = directory.get(&format!("/v1.0/servicePrincipals(appId='{GRAPH}')")).await.body;
    assert_eq!(graph["displayName"], "Microsoft Graph");
    let scopes = graph["oauth2PermissionScopes"].as_array().unwrap();
    assert!(scopes.iter().any(|s| s["id"] == "e1fe6dd8-ba31-4d61-89e7-88639da4683d"));
    expect(&directory.get("/v1.0/nothing").await, 400, "BadRequest");
}

#[tokio::test]
async fn consent_for_all_users_is_granted_changed_and_revoked() {
    let directory = Directory::full().await;
    let idp = &directory.idp;
    let client = app(idp);
    let graph = directory.get(&format!("/v1.0/servicePrincipals(appId='{GRAPH}')")).await.body;
    let grant = json!({
        "clientId": client.principal_id(), "consentType": "AllPrincipals", "principalId": null,
        "resourceId": graph["id"], "scope": "openid profile",
    });
    let created = directory.post("/v1.0/oauth2PermissionGrants", grant.clone()).await;
    assert_eq!(created.status, 201, "{}", created.body);
    let again = directory.post("/v1.0/oauth2PermissionGrants", grant.clone()).await;
    expect(&again, 409, "Request_MultipleObjectsWithSameKeyValue");

    user(idp);
    let id = client.app_id.to_string();
    let sign_in = async |scope: &str| {
        let mut browser = Browser::new(idp);
        let query = [
            ("client_id", id.as_str()),
            ("redirect_uri", crate::browser::WEB),
            ("response_type", "code"),
            ("scope", scope),
        ];
        let page = browser.authorize(&query).await;
        browser.submit(&page, &[("username", "ada@skep.test"), ("password", PASSWORD)]).await
    };
    assert!(sign_in("openid profile").await.location.is_some(), "nobody is asked");
    sign_in("openid email").await.expect_page(200, "asks for your permission");
    let path = format!("/v1.0/oauth2PermissionGrants/{}", created.body["id"].as_str().unwrap());
    done(&directory.patch(&path, json!({"scope": "openid profile email"})).await);
    assert!(sign_in("openid email").await.location.is_some());
    done(&directory.call(Method::DELETE, &path, None).await);
    sign_in("openid").await.expect_page(200, "asks for your permission");

    let mut unknown = grant;
    unknown["scope"] = json!("Mail.Send");
    let refused = directory.post("/v1.0/oauth2PermissionGrants", unknown).await;
    expect(&refused, 400, "Request_BadRequest");
}

#[tokio::test]
async fn assignments_are_listed_from_both_sides_and_revoked() {
    let directory = Directory::full().await;
    let graph = directory.get(&format!("/v1.0/servicePrincipals(appId='{GRAPH}')")).await.body;
    let graph_path = format!("/v1.0/servicePrincipals/{}", graph["id"].as_str().unwrap());
    let to = directory.get(&format!("{graph_path}/appRoleAssignedTo")).await.body;
    let assigned = to["value"].as_array().unwrap();
    assert_eq!(assigned.len(), 5, "the caller's own roles");
    let principal = assigned[0]["principalId"].as_str().unwrap();
    let of = directory
        .get(&format!("/v1.0/servicePrincipals/{principal}/appRoleAssignments"))
        .await
        .body;
    assert_eq!(of["value"], to["value"]);

    let twice = json!({
        "principalId": principal, "resourceId": graph["id"], "appRoleId": assigned[0]["appRoleId"],
    });
    let refused = directory.post(&format!("{graph_path}/appRoleAssignedTo"), twice).await;
    expect(&refused, 400, "Request_BadRequest");
    let unknown = json!({
        "principalId": principal, "resourceId": graph["id"], "appRoleId": uuid::Uuid::new_v4(),
    });
    let refused = directory.post(&format!("{graph_path}/appRoleAssignedTo"), unknown).await;
    expect(&refused, 400, "Request_BadRequest");

    let id = assigned[0]["id"].as_str().unwrap();
    let path = format!("{graph_path}/appRoleAssignedTo/{id}");
    done(&directory.call(Method::DELETE, &path, None).await);
    let to = directory.get(&format!("{graph_path}/appRoleAssignedTo")).await.body;
    assert_eq!(to["value"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn users_and_groups_are_created_joined_and_removed() {
    let directory = Directory::full().await;
    let idp = &directory.idp;
    let created = directory
        .post(
            "/v1.0/users",
            json!({
                "accountEnabled": true, "displayName": "Ada", "mailNickname": "ada",
                "userPrincipalName": "ada@skep.test",
                "passwordProfile": {"password": PASSWORD, "forceChangePasswordNextSignIn": false},
            }),
        )
        .await;
    assert_eq!(created.status, 201, "{}", created.body);
    assert!(!created.body.to_string().contains(PASSWORD));
    let user = created.body["id"].as_str().unwrap();
    let by_name = directory.get("/v1.0/users/ADA@skep.test").await.body;
    assert_eq!(by_name["id"], created.body["id"]);
    done(&directory.patch("/v1.0/users/ada@skep.test", json!({"surname": "Lovelace"})).await);
    assert_eq!(directory.get(&format!("/v1.0/users/{user}")).await.body["surname"], "Lovelace");

    let body = json!({
        "displayName": "ops", "mailEnabled": false, "mailNickname": "ops", "securityEnabled": true,
    });
    let group = directory.post("/v1.0/groups", body).await;
    assert_eq!(group.status, 201, "{}", group.body);
    let group = group.body["id"].as_str().unwrap();
    let reference = json!({"@odata.id": idp.url(&format!("/v1.0/directoryObjects/{user}"))});
    let members = format!("/v1.0/groups/{group}/members");
    done(&directory.post(&format!("{members}/$ref"), reference).await);
    assert_eq!(directory.get(&members).await.body["value"][0]["id"], json!(user));
    let objects = directory
        .post(&format!("/v1.0/users/{user}/getMemberObjects"), json!({"securityEnabledOnly": true}))
        .await
        .body;
    assert_eq!(objects["value"], json!([group]));
    let of = directory.get(&format!("/v1.0/users/{user}/memberOf")).await.body;
    assert_eq!(of["value"][0]["@odata.type"], "#microsoft.graph.group");
    done(&directory.call(Method::DELETE, &format!("{members}/{user}/$ref"), None).await);
    assert_eq!(directory.get(&members).await.body["value"], json!([]));
    done(&directory.call(Method::DELETE, &format!("/v1.0/groups/{group}"), None).await);
    done(&directory.call(Method::DELETE, &format!("/v1.0/users/{user}"), None).await);
    expect(&directory.get(&format!("/v1.0/users/{user}")).await, 404, "Request_ResourceNotFound");
}

#[tokio::test]
async fn callers_need_a_token_for_this_api_and_the_permission() {
    let directory = Directory::with_roles(&[]).await;
    let idp = &directory.idp;
    expect(&directory.get("/v1.0/applications").await, 403, "Authorization_RequestDenied");
    let (app, secret) = idp.secret_app();
    let own = token_for(idp, &app, &secret, &format!("{}/.default", app.app_id)).await;
    let refused = call(idp, &own, Method::GET, "/v1.0/applications", None).await;
    expect(&refused, 401, "InvalidAuthenticationToken");
    assert!(refused.headers["www-authenticate"].to_str().unwrap().starts_with("Bearer"));
    let missing = reply(idp.http.get(idp.url("/v1.0/users")).send().await.unwrap()).await;
    expect(&missing, 401, "InvalidAuthenticationToken");
    let tampered = format!("{}AAAA", &directory.token[..directory.token.len() - 4]);
    let refused = call(idp, &tampered, Method::GET, "/v1.0/users", None).await;
    expect(&refused, 401, "InvalidAuthenticationToken");
    idp.clock.advance(std::time::Duration::from_secs(2 * 3600));
    expect(&directory.get("/v1.0/users").await, 401, "InvalidAuthenticationToken");
}

/// A token for the API in a user's name, by the built-in command-line client.
async fn user_token(idp: &Idp, user: &User, scope: &str) -> Result<String, String> {
    let client = "14d82eec-204b-4c2f-b7e8-296a70dab67e";
    let redirect = "http://localhost:55555";
    let mut browser = Browser::new(idp);
    let query = [
        ("client_id", client),
        ("redirect_uri", redirect),
        ("response_type", "code"),
        ("scope", scope),
    ];
    let page = browser.authorize(&query).await;
    let back = browser.sign_in(&page, user).await.parameters(redirect);
    let Some(code) = back.get("code") else { return Err(back["error_description"].clone()) };
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", client),
        ("code", code),
        ("redirect_uri", redirect),
    ];
    Ok(redeem(idp, None, &form).await.token().to_owned())
}

#[tokio::test]
async fn users_see_themselves_and_administrators_the_directory() {
    let idp = Idp::start().await;
    let ada = user(&idp);
    let token = user_token(&idp, &ada, "openid profile email User.Read").await.unwrap();
    let me = call(&idp, &token, Method::GET, "/v1.0/me", None).await.body;
    assert_eq!(me["userPrincipalName"], "ada@skep.test");
    let denied = call(&idp, &token, Method::GET, "/v1.0/users", None).await;
    expect(&denied, 403, "Authorization_RequestDenied");
    let info = call(&idp, &token, Method::GET, "/oidc/userinfo", None).await.body;
    assert_eq!((&info["name"], &info["email"]), (&json!("Ada Lovelace"), &json!("ada@skep.test")));
    let (_, claims) = idp.verify(&token).await;
    assert_eq!(info["sub"], claims["sub"]);

    let admin_scope = "Application.ReadWrite.All";
    let refused = user_token(&idp, &ada, admin_scope).await.unwrap_err();
    assert!(refused.starts_with("AADSTS90094: "), "{refused}");
    let admin = idp
        .provider
        .registry()
        .add_user(NewUser {
            is_admin: true,
            ..NewUser::named("root@skep.test", Secret::new(PASSWORD))
        })
        .unwrap();
    let token = user_token(&idp, &admin, admin_scope).await.unwrap();
    let created = call(
        &idp,
        &token,
        Method::POST,
        "/v1.0/applications",
        Some(json!({"displayName": "by an administrator"})),
    )
    .await;
    assert_eq!(created.status, 201, "{}", created.body);
    let tenant = call(&idp, &token, Method::GET, "/v1.0/organization", None).await.body;
    assert_eq!(tenant["value"][0]["id"], TENANT);
    let anonymous = reply(idp.http.get(idp.url("/oidc/userinfo")).send().await.unwrap()).await;
    expect(&anonymous, 401, "InvalidAuthenticationToken");
}
