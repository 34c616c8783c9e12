//! Every number that this provider can answer with, provoked: status, `error`, codes, ids, and a
//! text that names cause and fix.
//!
//! Source: MicrosoftDocs/entra-docs: docs/identity-platform/reference-error-codes.md

use std::{collections::BTreeMap, time::Duration};

use reqwest::header;
use serde_json::json;
use skep_auth::jose::{Algorithm, Header};
use skep_idp::{App, AppRole, Faults, FederatedCredential, MemberType, NewApp, NewSecret};
use uuid::Uuid;

use crate::{
    browser::{Browser, SPA, Seen, VERIFIER, WEB, redeem, s256, user},
    fixture::{Idp, JWT_BEARER, Reply, TENANT, TestKey, reply, test_key},
};

/// What the caller meets.
enum Answer {
    /// The body of the token endpoint, or of another one for programs.
    Body(Reply),
    /// A redirect back to the application.
    Back(BTreeMap<String, String>),
    /// A page: there is no application to answer.
    Page(Seen),
}

use Answer::{Back, Body, Page};

/// AADSTS number, status (303 for a redirect), `error`.
const TABLE: [(u32, u16, &str); 60] = [
    // Client and tenant.
    (700_016, 400, "unauthorized_client"),
    (700_038, 400, "unauthorized_client"),
    (7_000_112, 400, "unauthorized_client"),
    (7_000_229, 401, "invalid_client"),
    (90002, 400, "invalid_request"),
    (900_023, 400, "invalid_request"),
    (50194, 400, "invalid_request"),
    (9_001_023, 400, "invalid_request"),
    (7_000_216, 401, "invalid_client"),
    (7_000_218, 401, "invalid_client"),
    (700_025, 401, "invalid_client"),
    (50049, 400, "invalid_instance"),
    // Secret.
    (7_000_215, 401, "invalid_client"),
    (7_000_222, 401, "invalid_client"),
    // Request, scope and resource.
    (90014, 400, "invalid_request"),
    (900_144, 400, "invalid_request"),
    (1_002_012, 400, "invalid_scope"),
    (70011, 400, "invalid_scope"),
    (700_022, 400, "invalid_scope"),
    (901_002, 400, "invalid_request"),
    (500_011, 400, "invalid_resource"),
    (65001, 400, "invalid_grant"),
    (501_051, 400, "invalid_grant"),
    (90009, 400, "invalid_request"),
    (70003, 400, "unsupported_grant_type"),
    (900_561, 405, "invalid_request"),
    (9_002_313, 400, "invalid_request"),
    (9_002_326, 400, "invalid_request"),
    (9_002_327, 400, "invalid_request"),
    (90023, 413, "invalid_request"),
    (90033, 503, "temporarily_unavailable"),
    // Certificate and other assertions.
    (700_027, 401, "invalid_client"),
    (5_002_723, 401, "invalid_client"),
    (5_002_738, 401, "invalid_client"),
    (50027, 400, "invalid_request"),
    (700_021, 401, "invalid_client"),
    (700_023, 401, "invalid_client"),
    (700_024, 401, "invalid_client"),
    (50048, 401, "invalid_client"),
    (50012, 401, "invalid_client"),
    (70021, 400, "invalid_request"),
    (700_211, 401, "invalid_client"),
    (700_212, 401, "invalid_client"),
    (700_213, 401, "invalid_client"),
    (7_002_138, 401, "invalid_client"),
    (90061, 400, "invalid_request"),
    // Sign-in.
    (50011, 400, ""),
    (900_971, 400, ""),
    (500_113, 400, ""),
    (50105, 303, "interaction_required"),
    (700_054, 303, "unsupported_response_type"),
    (70005, 303, "unsupported_response_type"),
    (50058, 303, "login_required"),
    (50147, 303, "invalid_request"),
    (501_491, 303, "invalid_request"),
    (9_002_325, 303, "invalid_request"),
    // Codes and devices.
    (500_112, 401, "invalid_client"),
    (54005, 400, "invalid_grant"),
    (501_481, 400, "invalid_grant"),
    (70016, 400, "authorization_pending"),
];

/// Words of which a text that tells what to do has one.
const FIXES: [&str; 32] = [
    "Accept",
    "Add",
    "Ask",
    "Assign",
    "Check",
    "Compare",
    "Correct",
    "Create",
    "Enable",
    "Go back",
    "Grant",
    "Make",
    "Present",
    "Publish",
    "Register",
    "Renew",
    "Send",
    "Sign",
    "Start",
    "Try",
    "Upload",
    "Use",
    "Write",
    "ask for",
    "must",
    "needs",
    "names no key: it needs",
    "sign with",
    "use ",
    "Present the",
    "Make a new",
    "is not urn:",
];

#[tokio::test]
async fn every_number_is_answered_as_the_real_service_does() {
    let mut without_fix = Vec::new();
    for (code, status, error) in TABLE {
        let answer = World::new().await.provoke(code).await;
        let text = match answer {
            Body(reply) => {
                reply.expect_refusal(status, error, code);
                assert_eq!(reply.headers["cache-control"], "no-store, no-cache");
                assert_eq!(
                    reply.headers["x-ms-request-id"],
                    *reply.body["trace_id"].as_str().unwrap()
                );
                reply.description().to_owned()
            }
            Back(parameters) => {
                assert_eq!(status, 303);
                assert_eq!(parameters["error"], error, "{code}: {parameters:?}");
                assert_eq!(parameters["state"], "s", "{code}");
                parameters["error_description"].clone()
            }
            Page(seen) => {
                assert_eq!(error, "", "{code}");
                assert_eq!(seen.status.as_u16(), status, "{code}: {seen:?}");
                assert_eq!(seen.location, None, "{code}");
                seen.between("<p class=\"error\">", "</p>")
            }
        };
        assert!(text.starts_with(&format!("AADSTS{code}: ")), "{code}: {text}");
        for part in [" Trace ID: ", " Correlation ID: ", " Timestamp: "] {
            assert!(text.contains(part), "{code}: {text}");
        }
        let said = text.split(" Trace ID: ").next().unwrap();
        if !FIXES.iter().any(|word| said.contains(word)) {
            without_fix.push(said.to_owned());
        }
    }
    assert_eq!(without_fix, [""; 0]);
}

/// A provider, an application of every platform with every kind of credential, and a user.
struct World {
    idp: Idp,
    app: App,
    secret: String,
}

impl World {
    async fn new() -> Self {
        let idp = Idp::start().await;
        let app = crate::browser::app(&idp);
        let registry = idp.provider.registry();
        let (_, secret) = registry.add_secret(app.app_id, NewSecret::default()).unwrap();
        registry.add_certificate(app.app_id, test_key().certificate.der()).unwrap();
        Self { app, secret: secret.expose().to_owned(), idp }
    }

    fn id(&self) -> String {
        self.app.app_id.to_string()
    }

    /// A correct client credentials request, but for these changes; empty takes a parameter out.
    async fn ask(&self, changes: &[(&str, &str)]) -> Answer {
        self.ask_at(&format!("/{TENANT}/oauth2/v2.0/token"), changes).await
    }

    async fn ask_at(&self, path: &str, changes: &[(&str, &str)]) -> Answer {
        let (id, scope) = (self.id(), format!("{}/.default", self.id()));
        let mut form = BTreeMap::from([
            ("grant_type", "client_credentials"),
            ("client_id", &id),
            ("client_secret", &self.secret),
            ("scope", &scope),
        ]);
        form.extend(changes.iter().copied());
        let form: Vec<_> = form.into_iter().collect();
        Body(self.idp.post_to(path, &form).await)
    }

    async fn ask_as(&self, app: &App, secret: &str) -> Answer {
        let (id, scope) = (app.app_id.to_string(), format!("{}/.default", app.app_id));
        self.ask(&[("client_id", &id), ("client_secret", secret), ("scope", &scope)]).await
    }

    async fn present(&self, assertion: &str) -> Answer {
        Body(self.idp.by_assertion(&self.app, assertion).await)
    }

    /// An assertion that is correct but for this claim.
    fn assertion(&self, name: &str, value: serde_json::Value) -> String {
        let mut claims = self.idp.assertion_claims(&self.app);
        claims.insert(name.to_owned(), value);
        test_key().assertion(&claims)
    }

    /// A token of some issuer, presented to an application with this credential.
    async fn federated(&self, credential: Option<FederatedCredential>) -> Answer {
        if let Some(new) = credential {
            let registry = self.idp.provider.registry();
            registry.add_federated_credential(self.app.app_id, new).unwrap();
        }
        let claims = json!({
            "iss": "https://127.0.0.1:1", "sub": "Repo", "aud": "api://AzureADTokenExchange",
            "exp": self.idp.clock.now_s() + 300,
        });
        let token = test_key().sign(Algorithm::Rs256, &Header::jwt(), claims.as_object().unwrap());
        self.present(&token).await
    }

    /// What a browser meets at the authorize endpoint, with these changes.
    async fn authorize(&self, changes: &[(&str, &str)]) -> Answer {
        let seen = self.visit(&mut Browser::new(&self.idp), changes).await;
        let redirect = changes.iter().find(|(name, _)| *name == "redirect_uri");
        match seen.location {
            Some(_) => Back(seen.parameters(redirect.map_or(WEB, |(_, uri)| uri))),
            None => Page(seen),
        }
    }

    async fn visit(&self, browser: &mut Browser, changes: &[(&str, &str)]) -> Seen {
        let id = self.id();
        let mut query = BTreeMap::from([
            ("client_id", id.as_str()),
            ("redirect_uri", WEB),
            ("response_type", "code"),
            ("scope", "openid offline_access"),
            ("state", "s"),
        ]);
        query.extend(changes.iter().copied());
        query.retain(|_, value| !value.is_empty());
        let query: Vec<_> = query.into_iter().collect();
        browser.authorize(&query).await
    }

    /// A code of a user who has signed in for `redirect_uri`.
    async fn code(&self, redirect_uri: &str) -> String {
        let ada = user(&self.idp);
        let mut browser = Browser::new(&self.idp);
        let challenge = s256(VERIFIER);
        let changes = [
            ("redirect_uri", redirect_uri),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        let page = self.visit(&mut browser, &changes).await;
        let back = browser.sign_in(&page, &ada).await.parameters(redirect_uri);
        back["code"].clone()
    }

    async fn redeem(&self, code: &str, changes: &[(&str, &str)]) -> Reply {
        let id = self.id();
        let mut form = BTreeMap::from([
            ("grant_type", "authorization_code"),
            ("client_id", id.as_str()),
            ("client_secret", &self.secret),
            ("code", code),
            ("redirect_uri", WEB),
            ("code_verifier", VERIFIER),
        ]);
        form.extend(changes.iter().copied());
        let form: Vec<_> = form.into_iter().collect();
        redeem(&self.idp, None, &form).await
    }

    async fn provoke(&self, code: u32) -> Answer {
        match code {
            0..=79_999 | 90_000..=99_999 => self.provoke_short(code).await,
            900_000..=999_999 | 9_000_000.. => self.provoke_request(code).await,
            _ => self.provoke_long(code).await,
        }
    }

    async fn provoke_short(&self, code: u32) -> Answer {
        let id = self.id();
        let registry = self.idp.provider.registry().clone();
        match code {
            50011 => self.authorize(&[("redirect_uri", "https://evil.example/")]).await,
            50012 => {
                self.ask(&[
                    ("client_secret", ""),
                    ("client_assertion", "x"),
                    ("client_assertion_type", "x"),
                ])
                .await
            }
            50027 => self.present("not a token").await,
            50048 => self.present(&self.assertion("sub", json!(Uuid::new_v4()))).await,
            50049 => {
                let url = "https%3A%2F%2Fother.example%2Fcommon%2Foauth2%2Fauthorize";
                let path = format!("/common/discovery/instance?authorization_endpoint={url}");
                Body(self.idp.get(&path).await)
            }
            50058 => self.authorize(&[("prompt", "none")]).await,
            50105 => {
                let ada = user(&self.idp);
                let mut browser = Browser::new(&self.idp);
                let page = self.visit(&mut browser, &[]).await;
                browser.sign_in(&page, &ada).await.parameters(WEB);
                let require = |app: &mut App| {
                    let principal = app.service_principal.as_mut().unwrap();
                    principal.app_role_assignment_required = true;
                };
                registry.update_app(self.app.app_id, require).unwrap();
                self.visit(&mut browser, &[]).await.expect_page(400, "AADSTS50105");
                let back = self.visit(&mut browser, &[("prompt", "none")]).await;
                Back(back.parameters(WEB))
            }
            50147 => {
                let changes = [("code_challenge", VERIFIER), ("code_challenge_method", "S1")];
                self.authorize(&changes).await
            }
            50194 => self.ask_at("/common/oauth2/v2.0/token", &[]).await,
            54005 => {
                let code = self.code(WEB).await;
                self.redeem(&code, &[]).await.token();
                Body(self.redeem(&code, &[]).await)
            }
            65001 => {
                let code = self.code(WEB).await;
                let scope = format!("api://{id}/access_as_user");
                Body(self.redeem(&code, &[("scope", &scope)]).await)
            }
            70003 => self.ask(&[("grant_type", "magic")]).await,
            70005 => self.authorize(&[("response_type", "token")]).await,
            70011 => self.ask(&[("scope", &format!("{id}/.default {id}/read"))]).await,
            70016 => {
                registry
                    .update_app(self.app.app_id, |app| app.is_fallback_public_client = true)
                    .unwrap();
                let path = format!("/{TENANT}/oauth2/v2.0/devicecode");
                let begun =
                    self.idp.post_to(&path, &[("client_id", &id), ("scope", "openid")]).await;
                let code = begun.body["device_code"].as_str().unwrap();
                let form =
                    [("grant_type", "device_code"), ("client_id", &id), ("device_code", code)];
                Body(self.idp.post(&form).await)
            }
            70021 => self.federated(None).await,
            90002 => self.ask_at(&format!("/{}/oauth2/v2.0/token", Uuid::new_v4()), &[]).await,
            90009 => {
                let path = format!("/{TENANT}/oauth2/token");
                self.ask_at(&path, &[("resource", &format!("api://{id}"))]).await
            }
            90014 => self.ask(&[("scope", "")]).await,
            90023 => self.ask(&[("x", &"x".repeat(100_000))]).await,
            90033 => {
                self.idp.provider.inject(Faults { fail_next: 1, ..Faults::default() });
                self.ask(&[]).await
            }
            90061 => {
                let new = FederatedCredential::new("away", "https://127.0.0.1:1", "Repo");
                self.federated(Some(new)).await
            }
            other => panic!("nothing provokes {other}"),
        }
    }

    async fn provoke_request(&self, code: u32) -> Answer {
        match code {
            900_023 => self.ask_at("/authorize/oauth2/v2.0/token", &[]).await,
            900_144 => self.ask(&[("grant_type", "")]).await,
            900_561 => Body(self.idp.get(&format!("/{TENANT}/oauth2/v2.0/token")).await),
            900_971 => self.authorize(&[("redirect_uri", "")]).await,
            901_002 => self.ask(&[("resource", &self.id())]).await,
            9_001_023 => self.ask_at("/consumers/oauth2/v2.0/token", &[]).await,
            9_002_313 => {
                self.ask(&[("client_assertion", "x"), ("client_assertion_type", JWT_BEARER)]).await
            }
            9_002_325 => self.authorize(&[("redirect_uri", SPA)]).await,
            9_002_326 => {
                let request = self.idp.http.post(self.idp.token_endpoint());
                let request = request.header(header::ORIGIN, "https://evil.example");
                let form = [("grant_type", "client_credentials"), ("client_id", &self.id())];
                Body(reply(request.form(&form).send().await.unwrap()).await)
            }
            9_002_327 => {
                let code = self.code(SPA).await;
                let changes = [("client_secret", ""), ("redirect_uri", SPA)];
                Body(self.redeem(&code, &changes).await)
            }
            other => panic!("nothing provokes {other}"),
        }
    }

    async fn provoke_long(&self, code: u32) -> Answer {
        let id = self.id();
        let registry = self.idp.provider.registry().clone();
        let now = self.idp.clock.now_s();
        let issuer = "https://127.0.0.1:1";
        match code {
            500_011 => self.ask(&[("scope", "api://nowhere/.default")]).await,
            500_112 => {
                let code = self.code(WEB).await;
                Body(self.redeem(&code, &[("redirect_uri", SPA)]).await)
            }
            500_113 => {
                let (app, _) = self.idp.secret_app();
                self.authorize(&[("client_id", &app.app_id.to_string()), ("redirect_uri", "")])
                    .await
            }
            501_051 => {
                let role = AppRole {
                    id: Uuid::new_v4(),
                    value: "R".into(),
                    display_name: "R".into(),
                    description: String::new(),
                    allowed_member_types: vec![MemberType::Application],
                    enabled: true,
                };
                let require = |app: &mut App| {
                    app.app_roles.push(role);
                    let principal = app.service_principal.as_mut().unwrap();
                    principal.app_role_assignment_required = true;
                };
                registry.update_app(self.app.app_id, require).unwrap();
                self.ask(&[]).await
            }
            501_481 => {
                let code = self.code(WEB).await;
                Body(self.redeem(&code, &[("code_verifier", &VERIFIER.replace('d', "e"))]).await)
            }
            501_491 => self.authorize(&[("code_challenge", "short")]).await,
            700_016 => self.ask(&[("client_id", &Uuid::new_v4().to_string())]).await,
            700_021 => self.present(&self.assertion("iss", json!(Uuid::new_v4()))).await,
            700_022 => {
                let other = self.idp.secret_app().0.app_id;
                self.ask(&[("scope", &format!("{id}/.default {other}/.default"))]).await
            }
            700_023 => self.present(&self.assertion("aud", json!("https://other.example/"))).await,
            700_024 => self.present(&self.assertion("exp", json!(now - 3600))).await,
            700_025 => {
                let mut new = NewApp::named("public");
                new.redirect_uris.spa.push("https://x.example/".to_owned());
                self.ask_as(&registry.add_app(new).unwrap(), "x").await
            }
            700_027 => {
                let claims = self.idp.assertion_claims(&self.app);
                self.present(&TestKey::generate(None).assertion(&claims)).await
            }
            700_038 => self.ask(&[("client_id", &Uuid::nil().to_string())]).await,
            700_054 => self.authorize(&[("response_type", "id_token")]).await,
            700_211 => {
                let new = FederatedCredential::new("other", "https://other.example", "Repo");
                self.federated(Some(new)).await
            }
            700_212 => {
                let audiences = vec!["api://other".to_owned()];
                let new = FederatedCredential::new("audience", issuer, "Repo");
                self.federated(Some(FederatedCredential { audiences, ..new })).await
            }
            700_213 => self.federated(Some(FederatedCredential::new("subject", issuer, "x"))).await,
            7_002_138 => {
                self.federated(Some(FederatedCredential::new("case", issuer, "REPO"))).await
            }
            5_002_723 | 5_002_738 => {
                let claims = self.idp.assertion_claims(&self.app);
                if code == 5_002_723 {
                    let unnamed = test_key().sign(Algorithm::Ps256, &Header::jwt(), &claims);
                    return self.present(&unnamed).await;
                }
                let header = Header { kid: Some("x".into()), ..Header::jwt() };
                self.present(&test_key().sign(Algorithm::Rs512, &header, &claims)).await
            }
            1_002_012 => self.ask(&[("scope", "User.Read")]).await,
            7_000_112 => {
                registry.update_app(self.app.app_id, |app| app.enabled = false).unwrap();
                self.ask(&[]).await
            }
            7_000_215 => self.ask(&[("client_secret", "x")]).await,
            7_000_216 => self.ask(&[("client_secret", "")]).await,
            7_000_218 => {
                let code = self.code(WEB).await;
                Body(self.redeem(&code, &[("client_secret", "")]).await)
            }
            7_000_222 => {
                self.idp.clock.advance(Duration::from_secs(731 * 86_400));
                self.ask(&[]).await
            }
            7_000_229 => {
                let new = NewApp { with_service_principal: false, ..NewApp::named("half") };
                let app = registry.add_app(new).unwrap();
                let (_, secret) = registry.add_secret(app.app_id, NewSecret::default()).unwrap();
                self.ask_as(&app, secret.expose()).await
            }
            other => panic!("nothing provokes {other}"),
        }
    }
}
