//! `skep entra show`

use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::Value;
use skep_entra::{Audit, Findings, Level, Record};

use super::{
    rotate::nothing_set_up,
    tenant::{SignInArgs, Tenant},
};
use crate::{cli::progress, failure::Failure, output::Output};

/// Flags of `skep entra show`.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct ShowArgs {
    /// Folder of the set-up.
    #[arg(long, value_name = "DIR", default_value = "entra")]
    out: PathBuf,
    /// Credentials that end within so many days need doing.
    #[arg(long, value_name = "N", default_value = "30")]
    days: u32,
    #[command(flatten)]
    sign_in: SignInArgs,
}

/// Runs the command.
///
/// # Errors
/// Nobody can sign in, Graph refuses or is away; and when something needs doing.
pub(super) async fn run(args: ShowArgs, output: Output) -> Result<(), Failure> {
    let record = Record::load(&args.out)?.ok_or_else(|| nothing_set_up(&args.out))?;
    let tenant = Tenant::recorded(&record)?;
    let directory = args.sign_in.directory(&tenant, false).await?;
    let audit = Audit::new(directory, &args.out, args.days, Timestamp::now())?;
    let findings = progress::while_waiting("waiting for Microsoft Graph", audit.run()).await?;
    output.print(text(&findings), &findings.to_json())?;
    let n_problems = findings.findings.iter().filter(|f| f.level == Level::Problem).count();
    match n_problems {
        0 => Ok(()),
        1 => Err(Failure::new("1 thing needs doing in the tenant")),
        n => Err(Failure::new(format!("{n} things need doing in the tenant"))),
    }
}

fn text(findings: &Findings) -> String {
    let mut text =
        format!("{:13} {:36} {:11} {:20} DAYS\n", "COMPONENT", "CLIENT ID", "CREDENTIAL", "ENDS");
    for component in &findings.components {
        let cell = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        let (name, id) = (cell(&component["component"]), cell(&component["clientId"]));
        let credentials = component["credentials"].as_array().cloned().unwrap_or_default();
        if credentials.is_empty() {
            text.push_str(&format!("{name:13} {id:36} {:11} {:20} -\n", "-", "-"));
        }
        for credential in credentials {
            let days =
                credential["daysLeft"].as_i64().map_or_else(|| "-".to_owned(), |d| d.to_string());
            let (kind, ends) = (cell(&credential["kind"]), cell(&credential["ends"]));
            text.push_str(&format!("{name:13} {id:36} {kind:11} {ends:20} {days}\n"));
        }
    }
    text.push('\n');
    for finding in &findings.findings {
        let level = match finding.level {
            Level::Problem => "problem",
            Level::Note => "note",
        };
        let (component, code) = (finding.component, finding.code);
        text.push_str(&format!("{level}: {component}: {code}: {}\n", finding.text));
        if !finding.fix.is_empty() {
            text.push_str(&format!("  fix: {}\n", finding.fix));
        }
    }
    if findings.findings.is_empty() {
        text.push_str("everything is as it should be\n");
    }
    text.trim_end().to_owned()
}
