//! `skep entra rotate`

use std::{path::PathBuf, time::Duration};

use jiff::Timestamp;
use serde_json::{Value, json};
use skep_entra::{Component, Record, Rotated, Rotation};

use super::tenant::{SignInArgs, Tenant};
use crate::{
    cli::duration,
    failure::Failure,
    output::{Output, note},
};

/// Flags of `skep entra rotate`.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct RotateArgs {
    /// Whose credential to replace; may be repeated. [default: every component that has one]
    #[arg(long = "component", value_name = "COMPONENT", value_delimiter = ',')]
    components: Vec<Component>,
    /// Folder of the set-up.
    #[arg(long, value_name = "DIR", default_value = "entra")]
    out: PathBuf,
    /// For how many days the new credential is valid.
    #[arg(long, value_name = "N", default_value = "180", value_parser = clap::value_parser!(u32).range(1..=730))]
    credential_days: u32,
    /// Leave the old credential until the next run, so that clients can be restarted meanwhile.
    #[arg(long)]
    keep_old: bool,
    /// How long to wait for the new credential to work.
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = duration::parse)]
    wait: Duration,
    #[command(flatten)]
    sign_in: SignInArgs,
}

/// Runs the command.
///
/// # Errors
/// Nobody can sign in, Graph refuses or is away, or the new credential does not work in time.
pub(super) async fn run(args: RotateArgs, output: Output) -> Result<(), Failure> {
    let record = Record::load(&args.out)?.ok_or_else(|| nothing_set_up(&args.out))?;
    let tenant = Tenant::recorded(&record)?;
    let directory = args.sign_in.directory(&tenant, false).await?;
    let components = match args.components.as_slice() {
        [] => record
            .components
            .iter()
            .filter(|(_, recorded)| recorded.credential.is_some())
            .map(|(component, _)| *component)
            .collect(),
        chosen => chosen.to_vec(),
    };
    let mut rotated = Vec::new();
    for component in components {
        let http = tenant.http.clone();
        let rotation =
            Rotation::new(component, directory.clone(), http, &args.out, Timestamp::now())?
                .valid_for_days(args.credential_days)
                .waiting_at_most(args.wait)
                .keeping_the_old_one(args.keep_old);
        rotated.push(rotation.run(|text| note(format!("{component}: {text}"))).await?);
    }
    let text: Vec<String> = rotated.iter().map(text_of).collect();
    let document: Vec<Value> = rotated.iter().map(json_of).collect();
    output.print(text.join("\n"), &json!({ "rotated": document }))
}

/// There is no record in the folder.
pub(super) fn nothing_set_up(out: &std::path::Path) -> Failure {
    Failure::usage(format!("there is no set-up in {}", out.display()))
        .fix("name its folder with --out, or run `skep entra setup` first")
}

fn text_of(rotated: &Rotated) -> String {
    let Rotated { component, new_key_id, removed_key_id, is_resumed, file } = rotated;
    let how = if *is_resumed { "finished the rotation that was begun" } else { "rotated" };
    let old = match removed_key_id {
        Some(old) => format!("{old} is removed"),
        None => "the old one still works: restart the clients, then run this again".to_owned(),
    };
    format!("{component}: {how}: {new_key_id} is in {}; {old}", file.display())
}

fn json_of(rotated: &Rotated) -> Value {
    json!({
        "component": rotated.component,
        "newKeyId": rotated.new_key_id,
        "removedKeyId": rotated.removed_key_id,
        "resumed": rotated.is_resumed,
        "file": rotated.file,
    })
}
