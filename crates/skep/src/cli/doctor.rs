//! `skep doctor`: the way from settings to an answered call, step by step.

mod claims;
mod credential;
mod gateway;
mod problem;
mod provider;
mod report;

use std::path::PathBuf;

use skep_auth::{
    ClientSettings, TokenSource, Trust, Validator,
    settings::{Authentication, Origin, Setting},
};
use skep_client::Builder;

use self::{
    problem::Problem,
    provider::Provider,
    report::{Found, Report, Step, Stop},
};
use super::{auth, connection::ConnectionArgs, curl};
use crate::{
    failure::Failure,
    output::{Output, line},
    server,
};

const EXAMPLES: &str = "\
Examples:
  skep doctor                            every step from settings to an answered call
  skep doctor --json                     the same for programs
  skep doctor --server-config skep.yaml  check the token as a server with this file would
  skep doctor --curl                     the quick connection test, for curl and zbctl

The first step that fails is explained with cause and fix; steps that need it are skipped. No
token and no secret is printed. Exit codes: 0 everything works, 2 a setting or a file is wrong,
3 cannot connect, 4 not authenticated or not authorised, 1 the call failed otherwise.";

/// Flags of `skep doctor`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DoctorArgs {
    /// Print one JSON document, as --output json.
    #[arg(long, conflicts_with = "curl")]
    json: bool,
    /// Print the quick connection test with your values; secrets stay in their variables.
    #[arg(long)]
    curl: bool,
    /// Configuration file of the server: check the token against the issuers, audiences, roles
    /// and clients in it.
    #[arg(long, value_name = "FILE")]
    server_config: Option<PathBuf>,

    #[command(flatten)]
    connection: ConnectionArgs,
}

/// Runs the command.
///
/// # Errors
/// The first step that fails.
pub(crate) async fn run(args: DoctorArgs, output: Output) -> Result<(), Failure> {
    if args.curl {
        return line(curl::connection_test(&args.connection.settings()?)?);
    }
    let validator = args.server_config.as_deref().map(server::token_validator).transpose()?;
    let output = if args.json { Output::Json } else { output };
    let mut report = Report::new(output);
    let settings = report.run(Step::Settings, async { settings(&args.connection) }).await?;
    if let Some((settings, trust, provider)) = settings {
        let checkup = Checkup { args: &args, settings, trust, provider, validator };
        Box::pin(checkup.run(&mut report)).await?;
    }
    report.finish()
}

/// What all steps after the first need.
struct Checkup<'a> {
    args: &'a DoctorArgs,
    settings: ClientSettings,
    trust: Trust,
    provider: Option<Provider>,
    validator: Option<Validator>,
}

impl Checkup<'_> {
    async fn run(&self, report: &mut Report) -> Result<(), Failure> {
        let settings = &self.settings;
        report.run(Step::Credential, async { credential::check(settings) }).await?;
        self.provider(report).await?;

        let source = self.token_source();
        let token = provider::token(source.clone());
        let header = report.run(Step::Token, token).await?;
        let claims = claims::check(header.as_deref(), settings, self.validator.as_ref());
        let claims = report.run(Step::Claims, claims).await?.flatten();

        let addresses = report.run(Step::GatewayDns, gateway::resolve(settings)).await?;
        let addresses = addresses.unwrap_or_default();
        let stream = report.run(Step::GatewayTcp, gateway::connect(settings, &addresses)).await?;
        let handshake = async {
            match stream {
                Some(stream) => gateway::handshake(settings, stream, &self.trust).await,
                None => Err(Stop::NotApplicable("there is no connection".to_owned())),
            }
        };
        report.run(Step::GatewayTls, handshake).await?;

        let mut denied = None;
        let client = self.client(source);
        let call = async {
            let client = client.as_ref().map_err(Problem::clone)?;
            gateway::call(client, claims.as_ref(), &mut denied).await
        };
        report.run(Step::GatewayCall, call).await?;
        let permission = async {
            let client = client.as_ref().map_err(Problem::clone)?;
            gateway::permission(client, denied).await
        };
        report.run(Step::Permission, permission).await?;
        Ok(())
    }

    async fn provider(&self, report: &mut Report) -> Result<(), Failure> {
        let Some(provider) = &self.provider else {
            let none = || Stop::NotApplicable("no identity provider is asked".to_owned());
            for step in [
                Step::ProviderDns,
                Step::ProviderTcp,
                Step::ProviderTls,
                Step::Discovery,
                Step::Clock,
            ] {
                report.run::<()>(step, async { Err(none()) }).await?;
            }
            return Ok(());
        };
        let addresses = report.run(Step::ProviderDns, provider.resolve()).await?;
        let addresses = addresses.unwrap_or_default();
        let stream = report.run(Step::ProviderTcp, provider.connect(&addresses)).await?;
        report.run(Step::ProviderTls, provider.handshake(stream, &self.trust)).await?;
        let mut clock_ahead_s = None;
        let discovery = async {
            let http = self.trust.http_client()?;
            provider.discover(&self.settings, &http, &mut clock_ahead_s).await
        };
        report.run(Step::Discovery, discovery).await?;
        report.run(Step::Clock, async { provider::clock(clock_ahead_s) }).await?;
        Ok(())
    }

    /// A source that asks once, and the provider rather than a file.
    fn token_source(&self) -> Result<TokenSource, skep_auth::AuthError> {
        let mut settings = self.settings.clone();
        settings.token_cache = None;
        match &mut settings.authentication {
            Authentication::OAuth { credentials, .. } => credentials.policy.attempts_max = 1,
            Authentication::ManagedIdentity(identity) => identity.policy.attempts_max = 1,
            Authentication::None | Authentication::Basic { .. } | Authentication::Bearer(_) => {}
        }
        TokenSource::from_settings(&settings)
    }

    fn client(
        &self,
        source: Result<TokenSource, skep_auth::AuthError>,
    ) -> Result<skep_client::Client, Problem> {
        let mut builder = Builder::from_settings(&self.settings)?.token_source(source?);
        if let Some(timeout) = self.args.connection.request_timeout {
            builder = builder.request_timeout(timeout);
        }
        Ok(builder.build()?)
    }
}

/// The settings, whom they trust, and the provider that they name.
fn settings(
    connection: &ConnectionArgs,
) -> Result<Found<(ClientSettings, Trust, Option<Provider>)>, Stop> {
    let settings = connection.resolve().map_err(|error| {
        let problem = Problem::from(error);
        let fix = problem.fix.clone().unwrap_or_default();
        let hint = "`skep auth explain` shows which flags and variables are read";
        problem.fix(if fix.is_empty() { hint.to_owned() } else { format!("{fix}; {hint}") })
    })?;
    let trust = settings.trust()?;
    let provider = Provider::of(&settings)?;
    let shown = [
        Setting::GrpcAddress,
        Setting::ClientId,
        Setting::ClientSecret,
        Setting::KeystorePath,
        Setting::PemCertificate,
        Setting::FederatedTokenFile,
        Setting::TokenUrl,
        Setting::DiscoveryUrl,
        Setting::IssuerUrl,
        Setting::EntraTenant,
        Setting::Audience,
        Setting::Scope,
        Setting::CaCertificate,
    ];
    let mut notes = Vec::new();
    for explanation in settings.explanations.iter().filter(|e| shown.contains(&e.setting)) {
        let (label, origin) = (explanation.setting.label(), &explanation.origin);
        let mut note = format!("{label}: {} ({origin})", explanation.value);
        for (origin, _) in &explanation.shadowed {
            note.push_str(&format!(", hides {origin}"));
        }
        notes.push(note);
    }
    let (method, warnings) = (auth::method(&settings.authentication), settings.notes.clone());
    let found = Found::new((settings, trust, provider), method).notes(notes).warnings(warnings);
    Ok(found)
}

/// Where the value of `setting` comes from.
fn source_of(settings: &ClientSettings, setting: Setting) -> String {
    let found = settings.explanations.iter().find(|explanation| explanation.setting == setting);
    found.map_or(Origin::Default, |found| found.origin.clone()).to_string()
}
