//! The built-in functions: a test for each of them, and what all of them have in common.

mod boolean;
mod context;
mod conversion;
mod list;
mod number;
mod range;
mod string;
mod temporal;
mod zeebe;

use skep_feel::{Expression, Signature, builtins};

use crate::rig::{environment, evaluate};

/// One value of each kind.
const VALUES: [&str; 14] = [
    "null",
    "true",
    "-1.5",
    "\"a\"",
    "[]",
    "[1, null]",
    "{a: 1}",
    "@\"2024-02-29\"",
    "@\"10:00:00Z\"",
    "@\"2024-02-29T10:00:00@Europe/Berlin\"",
    "@\"-PT1H\"",
    "@\"P1Y\"",
    "function(a, b) a",
    "99999999999999999999",
];

fn call(name: &str, arguments: &[String]) -> String {
    format!("{name}({})", arguments.join(", "))
}

/// The kind of the only warning of a call that gives null.
fn warning_of_null(text: &str) -> &'static str {
    let evaluation = evaluate(text, "{}");
    assert_eq!(evaluation.value.to_json(), "null", "{text}");
    assert_eq!(evaluation.warnings.len(), 1, "{text}");
    evaluation.warnings[0].kind
}

/// Whether another signature of the function takes this many arguments.
fn takes(name: &str, n_arguments: usize) -> bool {
    builtins().filter(|signature| signature.name == name).any(|signature| {
        let n_parameters = signature.parameters.len();
        n_parameters == n_arguments || signature.varargs && n_parameters < n_arguments
    })
}

#[test]
fn a_call_needs_the_number_of_arguments_of_a_signature() {
    for Signature { name, .. } in builtins() {
        for n_arguments in 0..8 {
            let text = call(name, &vec!["1".to_owned(); n_arguments]);
            if !takes(name, n_arguments) {
                assert_eq!(warning_of_null(&text), "NO_FUNCTION_FOUND", "{text}");
            }
        }
    }
}

#[test]
fn a_call_by_names_needs_names_of_a_signature() {
    for Signature { name, .. } in builtins() {
        let text = format!("{name}(no such parameter: 1)");
        assert_eq!(warning_of_null(&text), "NO_FUNCTION_FOUND", "{text}");
    }
}

#[test]
fn the_order_of_named_arguments_does_not_count() {
    for signature @ Signature { name, parameters, .. } in builtins() {
        // What is different each time, and what fails, has tests of its own.
        if parameters.is_empty() || name == "assert" {
            continue;
        }
        for value in VALUES {
            let value = if value.starts_with("function") { "1" } else { value };
            let mut named: Vec<_> =
                parameters.iter().map(|parameter| format!("{parameter}: {value}")).collect();
            let forward = evaluate(&call(name, &named), "{}");
            named.reverse();
            let backward = evaluate(&call(name, &named), "{}");
            assert_eq!(forward.value, backward.value, "{signature} of {value}");
            assert_eq!(forward.warnings, backward.warnings, "{signature} of {value}");
        }
    }
}

/// Whatever a function is given, it answers: with a value, or with null and a warning that names
/// it. Only `assert` may fail.
#[test]
fn no_argument_is_too_strange() {
    for Signature { name, parameters, .. } in builtins() {
        for at in 0..parameters.len() {
            for usual in ["1", "\"a\"", "[1, 2]", "{a: 1}", "null"] {
                for value in VALUES {
                    let mut arguments = vec![usual.to_owned(); parameters.len()];
                    value.clone_into(&mut arguments[at]);
                    let text = call(name, &arguments);
                    let expression = Expression::parse(&text).unwrap();
                    match expression.evaluate(&(), &environment()) {
                        Err(error) => assert_eq!(name, "assert", "{text}: {error}"),
                        Ok(evaluation) => {
                            for warning in evaluation.warnings {
                                let names_it = warning.message.contains(name);
                                assert!(names_it, "{text}: {warning}");
                            }
                        }
                    }
                }
            }
        }
    }
}
