use crate::environment::Environment;
use crate::expression::Expression;

/// feel-scala finds a function with variable arguments only for one of them at least.
#[test]
fn variable_arguments_cannot_be_none() {
    let environment = Environment::new(jiff::Timestamp::UNIX_EPOCH, jiff::tz::TimeZone::UTC);
    for name in ["all", "any", "and", "or", "mode", "min", "concatenate", "union", "context merge"]
    {
        let call = Expression::parse(&format!("{name}()")).unwrap();
        let evaluation = call.evaluate(&(), &environment).unwrap();
        assert_eq!(evaluation.value.to_text(), "null", "{name}");
        assert_eq!(evaluation.warnings[0].kind, "NO_FUNCTION_FOUND", "{name}");
    }
}
