//! `skep entra setup`

use std::{collections::BTreeMap, env, path::PathBuf};

use jiff::Timestamp;
use serde_json::json;
use skep_auth::Secret;
use skep_entra::{Component, CredentialKind, Plan, Platform, Record, SetUp, Setup};
use uuid::Uuid;

use super::{calls, tenant::TenantArgs};
use crate::{
    failure::Failure,
    output::{Output, note},
};

/// Flags of `skep entra setup`.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct SetupArgs {
    /// Print every call it would make, in order, and make none that changes anything.
    #[arg(long)]
    dry_run: bool,
    /// Folder for the files of clients and server, and for what a later run needs to know.
    #[arg(long, value_name = "DIR", default_value = "entra")]
    out: PathBuf,
    /// With what the names of the registrations begin.
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// What to register; may be repeated. [default: all of zeebe, operate, tasklist, optimize,
    /// identity, console, web-modeler, connectors]
    #[arg(long = "component", value_name = "COMPONENT", value_delimiter = ',')]
    components: Vec<Component>,
    /// Address of the web applications; each is at BASE/COMPONENT unless --url says otherwise.
    #[arg(long, value_name = "URL", default_value = "http://localhost:8080")]
    base_url: String,
    /// Address of one web application, as operate=https://operate.contoso.com; may be repeated.
    #[arg(long = "url", value_name = "COMPONENT=URL", value_parser = assignment::<String>)]
    urls: Vec<(Component, String)>,
    /// How clients and servers prove who they are.
    #[arg(long, value_enum, value_name = "KIND", default_value = "secret")]
    credential: Kind,
    /// For how many days new credentials are valid.
    #[arg(long, value_name = "N", default_value = "180", value_parser = clap::value_parser!(u32).range(1..=730))]
    credential_days: u32,
    /// Take over a registration that exists, as zeebe=CLIENT_ID; may be repeated.
    #[arg(long, value_name = "COMPONENT=CLIENT_ID", value_parser = assignment::<Uuid>)]
    adopt: Vec<(Component, Uuid)>,
    /// Leave consent and role assignments to an administrator.
    #[arg(long)]
    no_consent: bool,
    #[command(flatten)]
    tenant: TenantArgs,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
enum Kind {
    Secret,
    Certificate,
}

fn assignment<T: std::str::FromStr>(text: &str) -> Result<(Component, T), String>
where
    T::Err: std::fmt::Display,
{
    let (component, value) = text.split_once('=').ok_or("write COMPONENT=VALUE")?;
    let value = value.parse().map_err(|error| format!("{value:?}: {error}"))?;
    Ok((component.parse()?, value))
}

/// Runs the command.
///
/// # Errors
/// Nobody can sign in, Graph refuses or is away, or a file cannot be written.
pub(super) async fn run(args: SetupArgs, output: Output) -> Result<(), Failure> {
    let recorded = Record::load(&args.out)?;
    let reads = !args.dry_run || args.tenant.sign_in().is_given();
    let tenant = args.tenant.tenant(recorded.as_ref(), reads).await?;
    let directory = args.tenant.sign_in().directory(&tenant, args.dry_run).await?;
    let directory = match args.dry_run {
        true => directory,
        false => directory.observed_by(|call| {
            if call.is_write() {
                note(format!("{} …", call.purpose));
            }
        }),
    };
    let plan = Plan {
        tenant_id: tenant.id,
        cloud: tenant.cloud,
        ca_certificate: tenant.ca_certificate,
        prefix: args
            .name
            .clone()
            .or_else(|| recorded.map(|recorded| recorded.prefix))
            .unwrap_or_else(|| "Skep".to_owned()),
        components: components(&args),
        base_urls: base_urls(&args),
        credential: match args.credential {
            Kind::Secret => CredentialKind::Secret,
            Kind::Certificate => CredentialKind::Certificate,
        },
        credential_days: args.credential_days,
        adopt: args.adopt.iter().map(|(component, id)| (*component, id.to_string())).collect(),
        consent: !args.no_consent,
        keystore_password: env::var("ZEEBE_CLIENT_ASSERTION_KEYSTORE_PASSWORD")
            .ok()
            .map(Secret::new),
    };
    let setup = Setup::new(plan, directory.clone(), &args.out, Timestamp::now())?;
    let done = setup.run().await?;
    if args.dry_run {
        return calls::print(&directory.calls(), output);
    }
    report(&args, &done, output)
}

fn components(args: &SetupArgs) -> Vec<Component> {
    let is_chosen = |c: &Component| args.components.is_empty() || args.components.contains(c);
    Component::ALL.into_iter().filter(is_chosen).collect()
}

fn base_urls(args: &SetupArgs) -> BTreeMap<Component, String> {
    let base = args.base_url.trim_end_matches('/');
    let mut urls: BTreeMap<_, _> = components(args)
        .into_iter()
        .filter(|component| component.platform() != Platform::Service)
        .map(|component| (component, format!("{base}/{component}")))
        .collect();
    for (component, url) in &args.urls {
        urls.insert(*component, url.clone());
    }
    urls
}

fn report(args: &SetupArgs, done: &SetUp, output: Output) -> Result<(), Failure> {
    let mut text = String::new();
    for registered in &done.registered {
        let state = if registered.is_new { "registered" } else { "is there" };
        text.push_str(&format!(
            "{:13} {}  {} {state}\n",
            registered.component.name(),
            registered.app_id,
            registered.display_name
        ));
    }
    text.push('\n');
    for path in &done.written {
        text.push_str(&format!("wrote {}\n", path.display()));
    }
    match done.n_changes {
        0 => text.push_str("the tenant is as it should be: nothing was changed\n"),
        1 => text.push_str("1 change was made in the tenant\n"),
        n => text.push_str(&format!("{n} changes were made in the tenant\n")),
    }
    let out = args.out.display();
    text.push_str(&format!(
        "\nnext: skep start --config {out}/skep.yaml\n      \
         set -a; . {out}/zeebe.env; set +a; skep status   (new credentials work within minutes)"
    ));
    let registered = done.registered.iter().map(|registered| {
        json!({
            "component": registered.component,
            "displayName": registered.display_name,
            "clientId": registered.app_id,
            "registeredNow": registered.is_new,
        })
    });
    let document = json!({
        "components": registered.collect::<Vec<_>>(),
        "written": done.written,
        "changes": done.n_changes,
    });
    output.print(text, &document)
}
