use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::{Value, json};
use skep_auth::{
    ClientCredentials, ClientSettings, Clock, Credential, FetchPolicy, Secret, TokenEndpoint,
    TokenSource, settings::Explicit,
};

use crate::provider::{Answer, Provider, Signer};

const NOW_S: i64 = 1_800_000_000;

struct Rig {
    provider: Provider,
    clock: Clock,
    folder: tempfile::TempDir,
}

impl Rig {
    async fn new() -> Self {
        let (provider, folder) = (Provider::start().await, tempfile::tempdir().unwrap());
        let tokens = ["one", "two", "three"].map(|token| Answer::token(token, 3600));
        provider.script(|script| script.answers = tokens.into());
        Self { provider, clock: Clock::manual(NOW_S), folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("credentials")
    }

    /// What a new process would have.
    fn source(&self, client_id: &str) -> TokenSource {
        self.source_at(client_id, self.path())
    }

    fn source_at(&self, client_id: &str, path: PathBuf) -> TokenSource {
        let credentials = ClientCredentials {
            endpoint: TokenEndpoint::Url(self.provider.token_url()),
            client_id: client_id.into(),
            credential: Credential::Secret(Secret::new("s3cret")),
            audience: Some("api".into()),
            scope: None,
            resource: None,
            policy: FetchPolicy::default(),
        };
        let http = reqwest::Client::new();
        let source = TokenSource::with_clock(credentials, http, self.clock.clone()).unwrap();
        source.with_file_cache(path)
    }

    fn document(&self) -> Value {
        serde_json::from_slice(&fs::read(self.path()).unwrap()).unwrap()
    }
}

async fn header(source: &TokenSource) -> String {
    source.authorization().await.unwrap().unwrap().to_string()
}

#[tokio::test]
async fn a_token_outlives_its_process() {
    let rig = Rig::new().await;
    assert_eq!(header(&rig.source("app")).await, "Bearer one");
    assert_eq!(header(&rig.source("app")).await, "Bearer one");
    assert_eq!(rig.provider.n_token_requests(), 1);
    // Another client has a token of its own.
    assert_eq!(header(&rig.source("other")).await, "Bearer two");
    assert_eq!(rig.document().as_object().unwrap().len(), 2);

    rig.clock.advance(Duration::from_secs(3600 - 59));
    assert_eq!(header(&rig.source("app")).await, "Bearer three", "too little time left");
    rig.clock.advance(Duration::from_secs(60));
    header(&rig.source("third")).await;
    assert_eq!(rig.document().as_object().unwrap().len(), 2, "what ended is gone");
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_can_read_the_file_and_no_secret_is_in_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let rig = Rig::new().await;
    header(&rig.source("app")).await;
    for path in [rig.path(), rig.path().with_added_extension("lock")] {
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let text = fs::read_to_string(rig.path()).unwrap();
    assert!(!text.contains("s3cret"), "{text}");
    let n_files = fs::read_dir(rig.folder.path()).unwrap().count();
    assert_eq!(n_files, 2, "no temporary file stays");
}

#[tokio::test]
async fn a_refused_token_is_not_read_back() {
    let rig = Rig::new().await;
    let source = rig.source("app");
    let one = header(&source).await;
    source.invalidate(&one);
    assert_eq!(header(&source).await, "Bearer two");
    assert_eq!(header(&rig.source("app")).await, "Bearer two");
}

#[tokio::test]
async fn a_renewal_takes_what_another_process_has_fetched() {
    let rig = Rig::new().await;
    let (first, second) = (rig.source("app"), rig.source("app"));
    assert_eq!(
        (header(&first).await, header(&second).await),
        ("Bearer one".into(), "Bearer one".into())
    );
    rig.clock.advance(Duration::from_secs(3600 - 4));
    assert_eq!(header(&first).await, "Bearer two");
    assert_eq!(header(&second).await, "Bearer two");
    assert_eq!(rig.provider.n_token_requests(), 2);
}

#[tokio::test]
async fn a_file_that_cannot_be_used_is_no_failure() {
    let rig = Rig::new().await;
    for content in ["", "{", "[]", "a: b: c", "\u{0}", r#"{"skep:x": 7}"#] {
        fs::write(rig.path(), content).unwrap();
        header(&rig.source("app")).await;
    }
    let nowhere = rig.folder.path().join("credentials/below/a/file");
    header(&rig.source_at("app", nowhere)).await;
}

#[tokio::test]
async fn tokens_of_other_clients_are_used_and_kept() {
    let signer = Signer::new("k");
    let token = |aud: &str| signer.token(&json!({"azp": "app", "aud": aud}));
    let java = |token: &str| {
        format!(
            "app:\n  auth:\n    credentials:\n      accessToken: {token}\n      expiry: \
             \"2027-01-15T09:00:00.000Z\"\n      tokenType: Bearer\nother: 1\n"
        )
    };
    let go = |token: &str| {
        format!(
            "api:\n  auth:\n    credentials:\n      accesstoken: {token}\n      expiry: \
             2027-01-15T10:00:00+01:00\n      tokentype: Bearer\n      refreshtoken: \"\"\n"
        )
    };
    for content in [java(&token("api")), go(&token("api"))] {
        let rig = Rig::new().await;
        fs::write(rig.path(), &content).unwrap();
        assert_eq!(header(&rig.source("app")).await, format!("Bearer {}", token("api")));
        assert_eq!(rig.provider.n_token_requests(), 0);
        assert_eq!(fs::read_to_string(rig.path()).unwrap(), content, "nothing to write");
    }
    // The same client, but another API: the name of the entry does not tell.
    let rig = Rig::new().await;
    fs::write(rig.path(), java(&token("another API"))).unwrap();
    assert_eq!(header(&rig.source("app")).await, "Bearer one");
    let document = rig.document();
    assert_eq!(document["other"], json!(1));
    assert_eq!(document["app"]["auth"]["credentials"]["tokenType"], "Bearer");

    let rig = Rig::new().await;
    let node = json!({"access_token": token("api"), "expiry": NOW_S + 600, "token_type": "Bearer"});
    let name = rig.folder.path().join("oauth-token-app-ZEEBE.json");
    fs::write(name, node.to_string()).unwrap();
    assert_eq!(header(&rig.source("app")).await, format!("Bearer {}", token("api")));
}

#[test]
fn the_file_is_off_unless_asked_for() {
    let cache = |variables: &[(&str, &str)]| {
        let lookup = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        ClientSettings::resolve(&Explicit::default(), lookup).unwrap().token_cache
    };
    assert_eq!(cache(&[]), None);
    let file = ("ZEEBE_CLIENT_CONFIG_PATH", "/tmp/cache");
    assert_eq!(cache(&[file]).as_deref(), Some(Path::new("/tmp/cache")));
    let folder = ("CAMUNDA_TOKEN_CACHE_DIR", "/tmp/dir");
    assert_eq!(cache(&[folder]).as_deref(), Some(Path::new("/tmp/dir/credentials")));
    assert_eq!(cache(&[file, ("CAMUNDA_TOKEN_DISK_CACHE_DISABLE", "true")]), None);
}
