//! Nothing secret is logged, shown or written in the clear.

use std::{
    fs, io,
    sync::{Arc, Mutex},
};

use tracing_subscriber::fmt::MakeWriter;

use crate::fixture::Idp;

/// Keeps what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test(flavor = "current_thread")]
async fn logs_debug_texts_and_files_hold_no_secret() {
    let log = Log::default();
    // While there is one subscriber only, a call site that another test's thread meets first is
    // switched off for all threads; a second one makes tracing ask each time.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .finish();
    // Current-thread runtime: the server's tasks run, and log, on this thread.
    let guard = tracing::subscriber::set_default(subscriber);
    let idp = Idp::start().await;
    let credentials = idp.provider.ensure_dev_apps().unwrap();
    let (app, secret) = idp.secret_app();
    let (by_certificate, key) = idp.certificate_app();
    let assertion = key.assertion(&idp.assertion_claims(&by_certificate));
    let token = idp.by_secret(&app, secret.expose()).await.token().to_owned();
    idp.by_assertion(&by_certificate, &assertion).await.token();
    let near_miss = format!("{}x", secret.expose());
    idp.by_secret(&app, &near_miss).await.expect_refusal(401, "invalid_client", 7_000_215);
    let tampered = format!("{}AAAA", &assertion[..assertion.len() - 4]);
    idp.by_assertion(&by_certificate, &tampered).await;
    let shown = format!("{:?} {:?} {credentials:?}", idp.provider, idp.running);
    let listed = format!("{:?}", idp.provider.registry().list());
    drop(guard);

    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(
        logged.contains("AADSTS") || logged.contains("7000215"),
        "refusals are logged: {logged}"
    );
    let signature = |jwt: &str| jwt.rsplit('.').next().unwrap()[..40].to_owned();
    let secrets = [
        secret.expose().to_owned(),
        credentials.secret_app.client_secret.expose().to_owned(),
        credentials.certificate_app.keystore_password.expose().to_owned(),
        credentials.user.password.expose().to_owned(),
        signature(&token),
        signature(&assertion),
        "PRIVATE KEY".to_owned(),
    ];
    for secret in &secrets {
        for text in [&logged, &shown, &listed] {
            assert!(!text.contains(secret.as_str()), "{}…", &secret[..4]);
        }
    }
    for file in fs::read_dir(idp.dir.path()).unwrap() {
        let path = file.unwrap().path();
        if path.ends_with("dev-credentials.json") {
            continue;
        }
        let content = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
        for secret in &secrets[..4] {
            assert!(!content.contains(secret.as_str()), "{}", path.display());
        }
    }
}
