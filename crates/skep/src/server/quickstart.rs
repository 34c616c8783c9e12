//! `skep quickstart`: the main job from nothing, each step shown with its time.

use std::{
    collections::HashMap,
    net::{Ipv4Addr, TcpListener},
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use skep_auth::{
    TokenSource,
    jose::Jws,
    settings::{ClientSettings, Explicit},
};
use skep_client::{Client, Job, JobFailure, Worker};
use tokio::sync::mpsc;

use super::{
    args::{QuickstartArgs, SampleApp},
    config::Config,
    env,
    info::ServerInfo,
    running::{Mode, Running},
    start,
};
use crate::{failure::Failure, output};

const MODEL_NAME: &str = "order-process.bpmn";
const MODEL: &[u8] = include_bytes!("../../assets/order-process.bpmn");
const PROCESS_ID: &str = "order_process";
const JOB_TYPES: [&str; 2] = ["payment-service", "shipping-service"];
/// Longer than this, and something is wrong.
const LIMIT: Duration = Duration::from_secs(30);

/// Runs the main job, then stays up unless told otherwise.
pub(crate) async fn quickstart(args: QuickstartArgs) -> Result<(), Failure> {
    let mut steps = Steps::new()?;
    let started = Instant::now();
    let config = configuration(args.once)?;
    let running = Running::start(&config, &args.data.data_dir, Mode::Development).await?;
    let result = main_job(&mut steps, running.info(), &args.data.data_dir, started).await;
    if result.is_ok() && !args.once {
        let mut stop = start::StopSignals::listen()?;
        what_now(running.info())?;
        stop.requested().await;
    }
    running.shutdown().await;
    result
}

/// The default ports where they are free; any others do as well here.
fn configuration(any_port: bool) -> Result<Config, Failure> {
    let mut config = Config::load(None, |name| std::env::var(name).ok())?;
    let ports = [
        &mut config.zeebe.gateway.network.port,
        &mut config.server.port,
        &mut config.skep.idp.port,
    ];
    for port in ports {
        if any_port || TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_err() {
            *port = 0;
        }
    }
    Ok(config)
}

async fn main_job(
    steps: &mut Steps,
    info: &ServerInfo,
    data_dir: &Path,
    started: Instant,
) -> Result<(), Failure> {
    let Some(idp) = &info.idp else {
        return Err(Failure::new("the server started without its identity provider"));
    };
    steps.done(
        "server",
        started,
        &format!("gateway {} (gRPC), {} (REST)", info.grpc, info.http),
    )?;
    steps.note(&format!("identity provider {} as Microsoft Entra ID", idp.origin))?;

    let secret = connect(steps, data_dir, SampleApp::Secret, "client secret").await?;
    let certificate =
        connect(steps, data_dir, SampleApp::Certificate, "client assertion, PKCS#12").await?;
    for (client, credential) in [(&secret, "secret"), (&certificate, "certificate")] {
        run_order(steps, client, credential).await?;
    }
    steps.finished(started)
}

/// Gets a token as the client would, and shows the gateway accepting it.
async fn connect(
    steps: &mut Steps,
    data_dir: &Path,
    app: SampleApp,
    credential: &str,
) -> Result<Client, Failure> {
    let failed = |what: &str| {
        let what = format!("{what} ({credential})");
        move |error: Box<dyn std::error::Error + Send + Sync>| Failure::new(what).caused_by(error)
    };
    // Exactly what a client sees whose shell evaluated `skep env`, and nothing else.
    let variables: HashMap<_, _> = env::variables(data_dir, app)?.into_iter().collect();
    let lookup = |name: &str| variables.get(name).cloned();
    let settings = ClientSettings::resolve(&Explicit::default(), lookup)
        .map_err(|e| failed("the printed settings do not fit together")(e.into()))?;
    let source = TokenSource::from_settings(&settings)
        .map_err(|e| failed("the credentials cannot be used")(e.into()))?;

    let asked = Instant::now();
    let header = source
        .authorization()
        .await
        .map_err(|e| failed("no token")(e.into()))?
        .ok_or_else(|| Failure::new("authentication is off, though it was configured"))?;
    steps.done(
        &format!("client → identity provider: token by {credential}"),
        asked,
        &claims(&header),
    )?;

    let client = Client::builder(&settings.gateway.uri())
        .and_then(|builder| builder.token_source(source).build())
        .map_err(|e| failed("the client cannot be built")(e.into()))?;
    let called = Instant::now();
    let topology = client.topology().await.map_err(|e| failed("the gateway refused")(e.into()))?;
    steps.done(
        "client → gateway: bearer token checked (signature, issuer, audience)",
        called,
        &format!("{} partition(s)", topology.partitions_count),
    )?;
    Ok(client)
}

/// The claims that decide, never the token.
fn claims(header: &str) -> String {
    let token = header.strip_prefix("Bearer ").unwrap_or(header);
    // Only shown: it is the gateway that checks the signature.
    let Ok(jws) = Jws::parse(token) else { return "an opaque token".to_owned() };
    let text = |name: &str| jws.claims.text(name).unwrap_or("-").to_owned();
    format!("iss={}\n      aud={} azp={}", text("iss"), text("aud"), text("azp"))
}

/// Deploys, creates and works one order.
async fn run_order(steps: &mut Steps, client: &Client, credential: &str) -> Result<(), Failure> {
    let failed =
        |what: &'static str| move |error: skep_client::Error| Failure::new(what).caused_by(error);
    let at = Instant::now();
    let deployed = client
        .deploy()
        .resource(MODEL_NAME, MODEL)
        .send()
        .await
        .map_err(failed("the order process was not deployed"))?;
    steps.done(
        &format!("deploy {MODEL_NAME} (by {credential})"),
        at,
        &format!("deployment {}", deployed.key),
    )?;

    let (reports, mut worked) = mpsc::unbounded_channel();
    let workers = JOB_TYPES.map(|job_type| work(client, job_type, reports.clone()));
    let at = Instant::now();
    let order = json!({ "orderId": "A-42", "total": 120 });
    let result = client
        .create_process_instance(PROCESS_ID)
        .variables(&order)
        .with_result(LIMIT)
        .send()
        .await
        .map_err(failed("the process instance did not complete"))?;
    let took = at.elapsed();
    while let Ok((job_type, key)) = worked.try_recv() {
        steps.note(&format!("gateway → worker: job {key} of type {job_type}, completed"))?;
    }
    for worker in workers {
        worker.stop().await;
    }
    steps.done_in(
        &format!("create {PROCESS_ID} v{} and run it to its end", result.version),
        took,
        &format!("instance {}, variables {}", result.process_instance_key, result.variables),
    )
}

/// A worker that answers like a real service would.
fn work(
    client: &Client,
    job_type: &'static str,
    reports: mpsc::UnboundedSender<(&'static str, i64)>,
) -> Worker {
    let reports = Arc::new(reports);
    client.worker(job_type).name("quickstart").start(move |job: Job| {
        let reports = Arc::clone(&reports);
        async move {
            // Nobody listens any more once the instance has completed.
            let _ = reports.send((job_type, job.key()));
            let done: Value = match job_type {
                "payment-service" => json!({ "paid": true }),
                _ => json!({ "shipped": true }),
            };
            Ok::<_, JobFailure>(done)
        }
    })
}

fn what_now(info: &ServerInfo) -> Result<(), Failure> {
    let idp = info.idp.as_ref().map_or("", |idp| idp.origin.as_str());
    output::line(format!(
        "
The server stays up: gRPC {grpc}, REST http://localhost:{http}/v2/topology, identity provider {idp}
In another shell:

  eval \"$(skep env)\"                        sign in as the sample client with a secret
  eval \"$(skep env --app certificate)\"      or with a certificate
  skep status
  skep create {PROCESS_ID} --variables '{{\"orderId\": \"B-7\", \"total\": 10}}'

Ctrl-C stops it.",
        grpc = info.grpc,
        http = info.http.port(),
    ))
}

/// Numbered lines with the time that each step took.
struct Steps {
    n: u32,
}

impl Steps {
    fn new() -> Result<Self, Failure> {
        output::line("Skep quickstart: sign in as with Entra, run a process as with Zeebe\n")?;
        Ok(Self { n: 0 })
    }

    fn done(&mut self, what: &str, since: Instant, result: &str) -> Result<(), Failure> {
        self.done_in(what, since.elapsed(), result)
    }

    fn done_in(&mut self, what: &str, took: Duration, result: &str) -> Result<(), Failure> {
        self.n += 1;
        let ms = took.as_secs_f64() * 1e3;
        output::line(format!("{:>2}. {what:<68} {ms:>8.1} ms", self.n))?;
        self.note(result)
    }

    fn note(&self, text: &str) -> Result<(), Failure> {
        output::line(format!("      {text}"))
    }

    fn finished(&self, since: Instant) -> Result<(), Failure> {
        let ms = since.elapsed().as_secs_f64() * 1e3;
        output::line(format!("\nEvery step worked, {ms:.0} ms in all."))
    }
}
