use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use serde_json::json;
use skep_auth::{
    AssertionOptions, CertificateFile, ClientCredentials, Credential, FetchPolicy, KeystoreAccess,
    Secret, TokenEndpoint, TokenSource, TrustedIssuer, ValidationConfig, Validator,
};

use crate::{
    certificates::{Encoding, Identity, pkcs12, write},
    provider::{Answer, Provider, Signer},
};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_log_tells_the_exchange_without_secret_assertion_or_token() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter("skep_auth=trace")
        .with_writer(move || writer.clone())
        .finish();
    // Tasks of this runtime run on this thread.
    let guard = tracing::subscriber::set_default(subscriber);

    let provider = Provider::start().await;
    let dir = tempfile::tempdir().unwrap();
    let store = pkcs12(&[("c", Identity::rsa("c").entry(1))], "st0repw", Encoding::Modern);
    let access = KeystoreAccess { password: Secret::new("st0repw"), ..KeystoreAccess::default() };
    let file = CertificateFile::Pkcs12 { path: write(dir.path(), "s.p12", store), access };
    let certificate = Credential::Certificate { file, assertion: AssertionOptions::default() };
    let secret = Credential::Secret(Secret::new("s3cret"));
    // A provider that repeats the secret must not get it into the log either.
    for (credential, description) in [(secret, "no s3cret"), (certificate, "no certificate")] {
        let credentials = ClientCredentials {
            endpoint: TokenEndpoint::Url(provider.token_url()),
            client_id: "app".into(),
            credential,
            audience: Some("api".into()),
            scope: None,
            resource: None,
            policy: FetchPolicy::default(),
        };
        let refusal = json!({"error": "invalid_client", "error_description": description});
        let answers = [Answer::token("t0ken", 3600), Answer::json(401, &refusal)];
        provider.script(|script| script.answers = answers.into());
        let source = TokenSource::client_credentials(credentials, reqwest::Client::new()).unwrap();
        let header = source.authorization().await.unwrap().unwrap();
        source.invalidate(&header);
        source.authorization().await.unwrap_err();
    }

    let signer = Signer::new("k");
    provider.script(|script| script.keys = vec![signer.jwk()]);
    let config = ValidationConfig {
        issuers: vec![TrustedIssuer::new(&provider.origin)],
        audiences: vec!["api".into()],
        ..ValidationConfig::default()
    };
    let validator = Validator::new(config, reqwest::Client::new());
    validator.warm_up().await;
    let bearer = signer.token(&json!({"iss": provider.origin, "aud": "other", "exp": 1.0e11}));
    validator.validate(&bearer).await.unwrap_err();
    drop(guard);

    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    for told in ["requesting a token", "got a token", "invalid_client", "signing keys changed"] {
        assert!(text.contains(told), "{told} in {text}");
    }
    let assertions = provider.script(|script| {
        let sent = script.token_requests.iter().filter_map(|r| r.field("client_assertion"));
        sent.map(str::to_owned).collect::<Vec<_>>()
    });
    assert_eq!(assertions.len(), 2);
    let hidden = ["s3cret", "st0repw", "t0ken", bearer.as_str()];
    for hidden in hidden.into_iter().chain(assertions.iter().map(String::as_str)) {
        assert!(!text.contains(hidden), "{hidden} in {text}");
    }
}
