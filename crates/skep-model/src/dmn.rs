//! DMN files to decisions, and their evaluation.
//!
//! Reading goes in passes, so that every problem is found at once: which decisions and business
//! knowledge models there are and require each other ([`requirement`]), and what each does
//! ([`logic`], [`table`]). Every expression is compiled then, so that an evaluation
//! ([`mod@evaluate`]) only runs them.
//!
//! What is accepted and how it behaves is what Camunda 8 does with its DMN engine.
//!
//! Source: camunda/dmn-scala: src/main/scala/org/camunda/dmn; camunda/zeebe: zeebe/dmn

mod evaluate;
mod logic;
mod model;
mod read;
mod requirement;
mod result;
mod table;
mod type_ref;

pub use model::{Decision, DecisionRequirements, DecisionType};
pub use read::parse_dmn;
pub use requirement::REQUIREMENT_DEPTH_MAX;
pub use result::{
    DecisionEvaluation, DecisionFailure, EVALUATED_DECISIONS_MAX, EvaluatedDecision,
    EvaluatedInput, EvaluatedOutput, MatchedRule,
};
