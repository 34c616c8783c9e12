//! Calls of functions.

use std::sync::Arc;

use super::{Evaluator, Frame, Outcome, Scope, Stop, too_much};
use crate::ast::{Arguments, Call, Expr, FunctionDefinition};
use crate::builtin::{Refusal, Resolved};
use crate::function::{Captured, Function, Kind};
use crate::value::Val;

impl<'a> Evaluator<'a> {
    pub(super) fn closure(
        &mut self,
        definition: &Arc<FunctionDefinition>,
        scope: Option<&Scope<'_, 'a>>,
    ) -> Outcome<'a> {
        let mut captured = scope.map(Scope::capture).unwrap_or_default();
        // Decoded variables may belong to this evaluation alone; stored ones are there wherever
        // the function is called.
        for name in &definition.free {
            if let Some(value) = self.variables.value(name) {
                captured.push(Captured::Binding(name.clone(), value.clone()));
            }
        }
        self.charge_items(captured.len())?;
        Function::new(definition.clone(), captured).map(Val::Function).map_err(too_much)
    }

    pub(super) fn call(&mut self, call: &Call, scope: Option<&Scope<'_, 'a>>) -> Outcome<'a> {
        if let Some(path) = &call.path {
            return self.qualified_call(call, path, scope);
        }
        // A function of the expression or the variables comes before a built-in one.
        if let Some(function) = self.function(call, scope)? {
            let outcome = self
                .arguments_for(&function, &call.arguments, scope)
                .and_then(|arguments| self.invoke(&function, &arguments));
            return self.or_refused(call, outcome);
        }
        match &call.builtin {
            Some(resolved) => self.call_builtin(call, resolved, scope),
            None => {
                let message = no_function(call);
                self.warn("NO_FUNCTION_FOUND", message);
                Ok(Val::Null)
            }
        }
    }

    fn function(
        &mut self,
        call: &Call,
        scope: Option<&Scope<'_, 'a>>,
    ) -> Outcome<'a, Option<Function<'a>>> {
        let takes = |function: &Function<'a>| takes(function, &call.arguments);
        if let Some(scope) = scope {
            let mut cost = 0;
            let function = scope.function(&call.name, takes, &mut cost);
            self.spend(cost)?;
            if function.is_some() {
                return Ok(function);
            }
        }
        Ok(match self.variables.value(&call.name) {
            Some(Val::Function(function)) if takes(function) => Some(function.clone()),
            _ => None,
        })
    }

    fn call_builtin(
        &mut self,
        call: &Call,
        resolved: &Resolved,
        scope: Option<&Scope<'_, 'a>>,
    ) -> Outcome<'a> {
        const FEW: usize = 4;
        let n_parameters = resolved.builtin.parameters.len();
        if resolved.builtin.varargs {
            let outcome = self.varargs(call, resolved, scope);
            return self.finish_builtin(call, resolved, outcome);
        }
        // Few arguments stay on the stack.
        let mut few: [Val<'a>; FEW] = [Val::Null, Val::Null, Val::Null, Val::Null];
        let mut many = Vec::new();
        let slots = if n_parameters <= FEW {
            &mut few[..n_parameters]
        } else {
            many.resize(n_parameters, Val::Null);
            &mut many[..]
        };
        let mut outcome = Ok(());
        for (index, slot) in slots.iter_mut().enumerate() {
            let Some(expr) = resolved.argument(index, &call.arguments) else { continue };
            match self.eval(expr, scope) {
                Ok(value) => *slot = value,
                Err(stop) => {
                    outcome = Err(stop);
                    break;
                }
            }
        }
        let outcome = match outcome {
            Ok(()) => (resolved.builtin.run)(self, slots),
            Err(stop) => Err(Refusal::Stop(stop)),
        };
        let outcome = match outcome {
            Err(Refusal::Arguments) => Err(Refusal::Because(illegal_arguments(slots))),
            other => other,
        };
        self.finish_builtin(call, resolved, outcome)
    }

    /// The last parameter takes what is left as a list.
    fn varargs(
        &mut self,
        call: &Call,
        resolved: &Resolved,
        scope: Option<&Scope<'_, 'a>>,
    ) -> Result<Val<'a>, Refusal> {
        let n_fixed = resolved.builtin.parameters.len() - 1;
        let mut slots = vec![Val::Null; n_fixed + 1];
        match &call.arguments {
            Arguments::Named(_) => {
                for (index, slot) in slots.iter_mut().enumerate() {
                    if let Some(expr) = resolved.argument(index, &call.arguments) {
                        *slot = self.eval(expr, scope)?;
                    }
                }
            }
            Arguments::Positional(exprs) => {
                let (fixed, rest) = exprs.split_at(n_fixed.min(exprs.len()));
                for (slot, expr) in slots.iter_mut().zip(fixed) {
                    *slot = self.eval(expr, scope)?;
                }
                let mut values = Vec::with_capacity(rest.len());
                for expr in rest {
                    values.push(self.eval(expr, scope)?);
                }
                slots[n_fixed] = match values.as_slice() {
                    [list @ Val::List(_)] if n_fixed == 0 => list.clone(),
                    _ => self.list(values)?,
                };
            }
        }
        (resolved.builtin.run)(self, &mut slots).map_err(|refusal| match refusal {
            Refusal::Arguments => Refusal::Because(illegal_arguments(&slots)),
            other => other,
        })
    }

    fn finish_builtin(
        &mut self,
        call: &Call,
        resolved: &Resolved,
        outcome: Result<Val<'a>, Refusal>,
    ) -> Outcome<'a> {
        match outcome {
            Ok(value) => Ok(value),
            Err(Refusal::Stop(stop)) => self.or_refused(call, Err(stop)),
            Err(Refusal::Because(reason)) if resolved.builtin.name == "assert" => {
                self.warn("ASSERT_FAILURE", reason.clone());
                Err(Stop::Failure(format!("assertion failed: {reason}").into()))
            }
            Err(Refusal::Because(reason)) => self.or_refused(call, Err(Stop::Error(reason.into()))),
            Err(Refusal::Arguments) => {
                self.or_refused(call, Err(Stop::Error("illegal arguments".into())))
            }
        }
    }

    /// An error inside a call is null outside of it.
    fn or_refused(&mut self, call: &Call, outcome: Outcome<'a>) -> Outcome<'a> {
        match outcome {
            Err(Stop::Error(reason)) => {
                let message = format!("function '{}' failed: {reason}", call.name);
                self.warn("FUNCTION_INVOCATION_FAILURE", message);
                Ok(Val::Null)
            }
            other => other,
        }
    }

    fn qualified_call(
        &mut self,
        call: &Call,
        path: &Expr,
        scope: Option<&Scope<'_, 'a>>,
    ) -> Outcome<'a> {
        let Val::Context(context) = self.eval(path, scope)? else {
            let message =
                format!("function '{}' is called on a value that is no context", call.name);
            return Err(self.error("INVALID_TYPE", message));
        };
        match self.entry(&context, &call.name)? {
            Some(Val::Function(function)) if takes(&function, &call.arguments) => {
                let arguments = self.arguments_for(&function, &call.arguments, scope)?;
                self.invoke(&function, &arguments)
            }
            _ => {
                let message = no_function(call);
                Err(self.error("NO_FUNCTION_FOUND", message))
            }
        }
    }

    fn arguments_for(
        &mut self,
        function: &Function<'a>,
        arguments: &Arguments,
        scope: Option<&Scope<'_, 'a>>,
    ) -> Outcome<'a, Vec<Val<'a>>> {
        match arguments {
            Arguments::Positional(exprs) => {
                exprs.iter().map(|expr| self.eval(expr, scope)).collect()
            }
            // What is not given is null.
            Arguments::Named(exprs) => function
                .parameter_names()
                .iter()
                .map(|parameter| match exprs.iter().find(|(name, _)| name == parameter) {
                    Some((_, expr)) => self.eval(expr, scope),
                    None => Ok(Val::Null),
                })
                .collect(),
        }
    }

    /// Evaluates the body of a function with its arguments.
    pub(crate) fn invoke(&mut self, function: &Function<'a>, arguments: &[Val<'a>]) -> Outcome<'a> {
        match function.kind() {
            Kind::Feel { definition, captured } => {
                let outer = Scope::root(Frame::Captured(captured));
                let bindings = Frame::Bindings(&definition.parameters, arguments);
                self.eval(&definition.body, Some(&Scope::within(Some(&outer), bindings)))
            }
            Kind::Native(native) => self.call_native(&native.captured, &*native.body, arguments),
        }
    }
}

fn takes(function: &Function<'_>, arguments: &Arguments) -> bool {
    let parameters = function.parameter_names();
    match arguments {
        Arguments::Positional(exprs) => exprs.len() == parameters.len(),
        Arguments::Named(exprs) => exprs.iter().all(|(name, _)| parameters.contains(name)),
    }
}

fn no_function(call: &Call) -> String {
    match &call.arguments {
        Arguments::Positional(exprs) => {
            format!("there is no function '{}' with {} parameters", call.name, exprs.len())
        }
        Arguments::Named(exprs) => {
            let names: Vec<_> = exprs.iter().map(|(name, _)| &**name).collect();
            format!("there is no function '{}' with parameters {}", call.name, names.join(", "))
        }
    }
}

fn illegal_arguments(values: &[Val<'_>]) -> String {
    let values: Vec<_> = values.iter().map(|value| format!("'{}'", value.to_message())).collect();
    format!("illegal arguments: {}", values.join(", "))
}
