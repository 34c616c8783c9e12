//! Consent by an administrator at `/adminconsent`.

use serde_json::json;
use skep_auth::Secret;
use skep_idp::{NewUser, PermissionKind, RequiredAccess, RequiredPermission};

use crate::{
    browser::{Browser, PASSWORD, WEB, app, user},
    fixture::{Idp, TENANT},
};

const GRAPH: &str = "00000003-0000-0000-c000-000000000000";

#[tokio::test]
async fn an_administrator_consents_for_everybody() {
    let idp = Idp::start().await;
    let (ada, app) = (user(&idp), app(&idp));
    let registry = idp.provider.registry();
    let root =
        NewUser { is_admin: true, ..NewUser::named("root@skep.test", Secret::new(PASSWORD)) };
    let root = registry.add_user(root).unwrap();
    let permission = |id: &str, kind| RequiredPermission { id: id.parse().unwrap(), kind };
    registry
        .update_app(app.app_id, |app| {
            app.required_resource_access.push(RequiredAccess {
                resource_app_id: GRAPH.parse().unwrap(),
                resource_access: vec![
                    permission("37f7f235-527c-4136-accd-4a02d197296e", PermissionKind::Scope),
                    permission("bc024368-1153-4739-b217-4326f2e966d0", PermissionKind::Scope),
                    permission("98830695-27a2-44f7-8c18-0c3ebc9698f6", PermissionKind::Role),
                ],
            });
        })
        .unwrap();
    let id = app.app_id.to_string();
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("client_id", id.as_str()), ("redirect_uri", WEB), ("state", "s")])
        .finish();
    let address = format!("/{TENANT}/adminconsent?{query}");

    // It is for administrators only.
    let mut browser = Browser::new(&idp);
    let page = browser.get(&address).await;
    let refused = browser.sign_in(&page, &ada).await.parameters(WEB);
    assert_eq!((refused["error"].as_str(), refused["state"].as_str()), ("access_denied", "s"));

    let mut browser = Browser::new(&idp);
    let page = browser.get(&address).await;
    let fields = [("username", root.user_principal_name.as_str()), ("password", PASSWORD)];
    let consent = browser.submit(&page, &fields).await;
    for text in ["Read the members of all groups", "GroupMember.Read.All", "Microsoft Graph"] {
        consent.expect_page(200, text);
    }
    let back = browser.submit(&consent, &[("decision", "accept")]).await.parameters(WEB);
    assert_eq!(back["admin_consent"], "True");
    assert_eq!((back["tenant"].as_str(), back["state"].as_str()), (TENANT, "s"));

    // A user is not asked any more, and the application has its role.
    let mut browser = Browser::new(&idp);
    let query = [
        ("client_id", id.as_str()),
        ("redirect_uri", WEB),
        ("response_type", "code"),
        ("scope", "openid GroupMember.Read.All"),
    ];
    let page = browser.authorize(&query).await;
    let fields = [("username", ada.user_principal_name.as_str()), ("password", PASSWORD)];
    assert!(browser.submit(&page, &fields).await.parameters(WEB).contains_key("code"));
    let (_, secret) = registry.add_secret(app.app_id, Default::default()).unwrap();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", id.as_str()),
        ("client_secret", secret.expose()),
        ("scope", "https://graph.microsoft.com/.default"),
    ];
    let (_, claims) = idp.verify(idp.post(&form).await.token()).await;
    assert_eq!(claims["roles"], json!(["GroupMember.Read.All"]));

    let unknown =
        format!("/{TENANT}/adminconsent?client_id={id}&redirect_uri=https://evil.example");
    browser.get(&unknown).await.expect_page(400, "AADSTS50011");
}
