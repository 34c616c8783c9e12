//! `skep evaluate`

use serde_json::{Value, json};
use skep_client::protocol::{EvaluateDecisionResponse, EvaluatedDecision};

use super::{connection::ConnectionArgs, variables};
use crate::{failure::Failure, output::Output};

const EXAMPLES: &str = "\
Examples:
  skep evaluate dish --variables '{\"season\": \"winter\"}'
  skep evaluate 2251799813685253 --variables @guests.json --output json";

/// Flags of `skep evaluate`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct EvaluateArgs {
    /// Decision id from the DMN file, or the key of a decision.
    #[arg(value_name = "DECISION_ID|KEY")]
    decision: String,
    /// JSON object; `@FILE` reads a file, `-` reads stdin.
    #[arg(long, value_name = "JSON|@FILE|-")]
    variables: Option<String>,
    /// Tenant; needed only where the cluster has more than one.
    #[arg(long, value_name = "ID")]
    tenant: Option<String>,
    #[command(flatten)]
    connection: ConnectionArgs,
}

/// Runs the command.
///
/// # Errors
/// When the variables are no object, when the gateway refuses, and when the decision has no
/// result.
pub(crate) async fn run(args: EvaluateArgs, output: Output) -> Result<(), Failure> {
    let variables = variables::read(args.variables.as_deref())?;
    let client = args.connection.connect()?;
    // An id of the DMN file never starts with a digit, so the two cannot be confused.
    let mut evaluate = match args.decision.parse::<i64>() {
        Ok(key) => client.evaluate_decision_by_key(key),
        Err(_) => client.evaluate_decision(args.decision),
    };
    evaluate = evaluate.variables(variables);
    if let Some(tenant) = args.tenant {
        evaluate = evaluate.tenant_id(tenant);
    }
    let answer = evaluate.send().await?;
    if !answer.failed_decision_id.is_empty() {
        return Err(Failure::new(format!(
            "decision {} has no result: {}",
            answer.failed_decision_id, answer.failure_message
        )));
    }
    let result = value(&answer.decision_output)?;
    output.print(format!("{result:#}"), &answer_json(&answer, &result)?)
}

fn answer_json(answer: &EvaluateDecisionResponse, result: &Value) -> Result<Value, Failure> {
    let evaluated: Result<Vec<_>, _> = answer.evaluated_decisions.iter().map(evaluated).collect();
    Ok(json!({
        "decisionKey": answer.decision_key.to_string(),
        "decisionId": answer.decision_id,
        "decisionName": answer.decision_name,
        "decisionVersion": answer.decision_version,
        "decisionEvaluationKey": answer.decision_evaluation_key.to_string(),
        "tenantId": answer.tenant_id,
        "decisionOutput": result,
        "evaluatedDecisions": evaluated?,
    }))
}

fn evaluated(decision: &EvaluatedDecision) -> Result<Value, Failure> {
    let rules: Vec<_> = decision.matched_rules.iter().map(|rule| rule.rule_index).collect();
    Ok(json!({
        "decisionId": decision.decision_id,
        "decisionType": decision.decision_type,
        "decisionOutput": value(&decision.decision_output)?,
        "matchedRules": rules,
    }))
}

fn value(json: &str) -> Result<Value, Failure> {
    serde_json::from_str(json).map_err(|e| {
        Failure::new("the gateway answered with a result that is not JSON").caused_by(e)
    })
}
