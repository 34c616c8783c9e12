//! End events that do more than end their path.

use skep_model::TextOrFeel;
use skep_record::{Document, ErrorType, ProcessInstanceIntent};

use crate::{
    Ctx,
    ctx::At,
    element::{error, lifecycle, scope},
    expression::{self, Scope},
    failure::Failure,
};

/// Throws a BPMN error; the end event stays activated until the error interrupts it.
///
/// Source: camunda/zeebe: engine/processing/bpmn/event/EndEventProcessor.java
pub(super) fn activate_error(ctx: &mut Ctx<'_>, at: &At, code: &TextOrFeel) -> Result<(), Failure> {
    let scope = Scope { process_instance_key: at.process_instance_key, key: at.key };
    let code = match code.as_static_text() {
        Some(code) => std::sync::Arc::clone(code),
        None => error_code(ctx, scope, code)?,
    };
    match error::find_catch(ctx, at, at.flow_scope_key, error::Thrown::Error, &code) {
        Ok(catch) => {
            ctx.emit_element(at, ProcessInstanceIntent::ElementActivated);
            error::throw(ctx, &catch, Document::empty());
            Ok(())
        }
        Err(seen) => Err(Failure::new(
            ErrorType::UnhandledErrorEvent,
            format!(
                "Expected to throw an error event with the code '{code}', but it was not caught.{}",
                if seen.is_empty() {
                    " No error events are available in the scope.".to_owned()
                } else {
                    format!(" Available error events are [{}]", seen.join(", "))
                }
            ),
        )),
    }
}

/// A code in a file is text even when it looks like a number.
fn error_code(
    ctx: &mut Ctx<'_>,
    scope: Scope,
    code: &TextOrFeel,
) -> Result<std::sync::Arc<str>, Failure> {
    match code {
        TextOrFeel::Static(skep_model::StaticValue::Number(_, text)) => {
            Ok(std::sync::Arc::clone(text))
        }
        TextOrFeel::Static(skep_model::StaticValue::Text(_)) | TextOrFeel::Feel(_) => {
            expression::string(ctx, scope, code)
        }
    }
}

/// Ends everything else in the scope, which then completes.
pub(super) fn finish_terminate(ctx: &mut Ctx<'_>, at: &At) {
    ctx.emit_element(at, ProcessInstanceIntent::ElementCompleted);
    let has_siblings = ctx.flow_scope(at).is_some_and(|scope| scope.n_active_children > 0);
    match ctx.at(at.process_instance_key, at.flow_scope_key) {
        Some(scope) if has_siblings => scope::start_terminating_children(ctx, &scope),
        Some(_) | None => lifecycle::take_outgoing(ctx, at),
    }
}
