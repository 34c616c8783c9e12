//! Compiles the protocol with a compiler written in Rust, so that building needs no `protoc`.

use std::error::Error;

/// Messages whose derived `Debug` would show variables or whole files; `src/redacted.rs` writes
/// theirs.
const REDACTED: [&str; 18] = [
    "ActivatedJob",
    "BroadcastSignalRequest",
    "CompleteJobRequest",
    "CreateProcessInstanceRequest",
    "CreateProcessInstanceWithResultResponse",
    "EvaluateDecisionRequest",
    "EvaluateDecisionResponse",
    "EvaluatedDecision",
    "EvaluatedDecisionInput",
    "EvaluatedDecisionOutput",
    "FailJobRequest",
    "JobResultActivateElement",
    "ModifyProcessInstanceRequest.VariableInstruction",
    "ProcessRequestObject",
    "PublishMessageRequest",
    "Resource",
    "SetVariablesRequest",
    "ThrowErrorRequest",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=proto/gateway.proto");
    let descriptors = protox::compile(["gateway.proto"], ["proto"])?;
    tonic_prost_build::configure()
        .bytes(".")
        .skip_debug(REDACTED.map(|message| format!(".gateway_protocol.{message}")))
        .compile_fds(descriptors)?;
    Ok(())
}
