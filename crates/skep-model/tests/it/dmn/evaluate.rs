//! Results of decisions, fixture by fixture.

use skep_model::{DecisionType, parse_dmn};

use super::{Decoded, Given, definitions, environment, evaluate, fixture, literal, outcome};

/// Checks one decision of a fixture on many variables.
fn check(name: &str, decision: &str, cases: &[(&str, &str)]) {
    let requirements = fixture(name);
    for (variables, expected) in cases {
        let result = outcome(evaluate(&requirements, decision, variables));
        assert_eq!(result, *expected, "{decision} of {name} on {variables}");
    }
}

#[test]
fn hit_policies_of_one_result() {
    check(
        "unique",
        "shipment",
        &[
            (r#"{"weight": 4.9}"#, r#""letter""#),
            (r#"{"weight": 5}"#, r#""parcel""#),
            (r#"{"weight": 31}"#, r#""pallet""#),
            (r#"{"weight": null}"#, "null"),
            (r#"{"weight": "heavy"}"#, "null"),
            ("{}", "null"),
        ],
    );
    check(
        "unique_violated",
        "tier",
        &[
            (r#"{"customer": {"points": 50}}"#, r#""silver""#),
            (
                r#"{"customer": {"points": 500}}"#,
                "! tier: Expected to evaluate decision 'tier', but multiple values aren't allowed \
                 for UNIQUE hit policy. found: 'List(Map(tier -> \"silver\"), Map(tier -> \
                 \"gold\"), Map(tier -> \"gold\"))'",
            ),
        ],
    );
    check(
        "first",
        "tier",
        &[
            (r#"{"customer": {"points": 5000}}"#, r#""platinum""#),
            (r#"{"customer": {"points": 500}}"#, r#""gold""#),
            (r#"{"customer": {"points": 1}}"#, "null"),
        ],
    );
    check(
        "any",
        "tier",
        &[
            (r#"{"customer": {"points": 50}}"#, r#""silver""#),
            (
                r#"{"customer": {"points": 500}}"#,
                "! tier: Expected to evaluate decision 'tier', but different values aren't \
                 allowed for ANY hit policy. found: 'List(Map(tier -> \"silver\"), Map(tier -> \
                 \"gold\"))'",
            ),
        ],
    );
    check(
        "priority",
        "tier",
        &[
            (r#"{"customer": {"points": 50}}"#, r#""silver""#),
            (r#"{"customer": {"points": 500}}"#, r#""gold""#),
            (r#"{"customer": {"points": 5000}}"#, r#""platinum""#),
        ],
    );
}

#[test]
fn hit_policies_of_several_results() {
    let points = r#"{"customer": {"points": 5000}}"#;
    check("rule_order", "tiers", &[(points, r#"["silver","gold","gold","platinum"]"#)]);
    check("output_order", "tiers", &[(points, r#"["platinum","gold","gold","silver"]"#)]);
    check(
        "collect",
        "tiers",
        &[
            (points, r#"["silver","gold","gold","platinum"]"#),
            (r#"{"customer": {"points": 11}}"#, r#"["silver"]"#),
            ("{}", "null"),
        ],
    );
    // Places are compared as text, so the eleventh value comes before the third; what is no
    // allowed value comes last.
    check(
        "eleven_priorities",
        "grade",
        &[(r#"{"points": 1}"#, r#"["k","c"]"#), (r#"{"points": 60}"#, r#"["b","k","c",1]"#)],
    );
}

#[test]
fn aggregators() {
    let all = r#"{"fragile": true, "weight": 25}"#;
    let one = r#"{"fragile": false, "weight": 1}"#;
    check("collect_sum", "fee", &[(all, "18.75"), (one, "2.25")]);
    check("collect_min", "fee", &[(all, "2.25")]);
    check("collect_max", "fee", &[(all, "12")]);
    check("collect_count", "fee", &[(all, "3"), (one, "1")]);
    check(
        "collect_no_number",
        "fee",
        &[
            (r#"{"weight": 1}"#, "4"),
            (
                r#"{"weight": 9}"#,
                "! fee: Expected to evaluate decision 'fee', but expected number but found \
                 '\"much\"'",
            ),
        ],
    );
}

#[test]
fn several_outputs_are_a_context() {
    let order = |country: &str, price: i32| {
        format!(
            r#"{{"order": {{"country": "{country}", "lines": [{{"price": {price}, "quantity": 2}}]}}}}"#
        )
    };
    check(
        "two_outputs",
        "delivery",
        &[
            (&order("NL", 10), r#"{"days":2,"vehicle":"bike"}"#),
            (&order("BE", 10), r#"{"days":3,"vehicle":"van"}"#),
            (&order("FR", 100), r#"{"days":9,"vehicle":null}"#),
            // One default entry is a bare value, however many outputs there are.
            (&order("FR", 10), r#""truck""#),
        ],
    );
    check(
        "two_outputs_collected",
        "deliveries",
        &[(&order("NL", 100), r#"[{"days":1,"vehicle":"van"}]"#), (&order("FR", 1), "null")],
    );
    check(
        "two_outputs_by_priority",
        "delivery",
        &[(
            r#"{"country": "NL"}"#,
            r#"[{"vehicle":"bike","days":1},{"vehicle":"bike","days":3},{"vehicle":"van","days":2}]"#,
        )],
    );
}

#[test]
fn default_outputs() {
    check(
        "defaults",
        "answer",
        &[(r#"{"key": "a"}"#, r#""A""#), (r#"{"key": "b"}"#, r#""nothing""#)],
    );
    check("defaults", "answers", &[(r#"{"key": "b"}"#, r#"{"first":"B","second":0}"#)]);
    // Also for an aggregator that counts.
    check("defaults", "counted", &[(r#"{"key": "a"}"#, "1"), (r#"{"key": "b"}"#, "-1")]);
}

#[test]
fn input_entries_are_unary_tests() {
    let requirements = fixture("inputs");
    for (variables, expected) in [
        ("{value: 2, limits: []}", r#"["one or two"]"#),
        ("{value: 13, limits: [7, 13]}", r#"["odd and above ten","a limit"]"#),
        ("{value: \"all of skep\", limits: []}", r#"["about hives"]"#),
        ("{value: true, limits: []}", r#"["true"]"#),
        ("{value: date(\"2026-01-01\"), limits: []}", r#"["new year"]"#),
        ("{value: null, limits: []}", r#"["null"]"#),
        ("{value: 1000, limits: []}", r#"["a lot"]"#),
        ("{value: [1], limits: []}", "null"),
    ] {
        let variables = Decoded::from(Given::feel(variables));
        let result = requirements.evaluate("match", &variables, &environment());
        assert_eq!(outcome(result), expected);
    }
    check("no_inputs", "constant", &[("{}", r#""always""#)]);
}

#[test]
fn literal_expressions() {
    let items = r#"{"items": [{"price": 1.5}, {"price": 2}], "rate": 0.1, "name": "Ada"}"#;
    check("literal", "total", &[(items, "3.85"), ("{}", "null")]);
    check("literal", "greeting", &[(items, r#""Hello Ada""#), ("{}", "null")]);
    let requirements = fixture("literal");
    let failure = evaluate(&requirements, "guarded", r#"{"age": 17}"#).unwrap_err();
    assert!(failure.message.starts_with("Expected to evaluate decision 'guarded', but "));
    assert!(failure.message.contains("too young"), "{failure}");
    assert_eq!(&*failure.failed_decision_id, "guarded");
    assert_eq!(failure.evaluated_decisions.len(), 1);
    assert_eq!(failure.evaluated_decisions[0].output.to_json(), "null");
}

#[test]
fn result_types_are_checked() {
    let requirements = fixture("result_types");
    let values = [
        ("string", "\"text\""),
        ("number", "1.5"),
        ("boolean", "true"),
        ("date", "date(\"2026-01-01\")"),
        ("time", "time(\"10:00:00Z\")"),
        ("dateTime", "date and time(\"2026-01-01T10:00:00\")"),
        ("dayTimeDuration", "duration(\"P1D\")"),
        ("yearMonthDuration", "duration(\"P1Y\")"),
        ("feel_string", "\"text\""),
    ];
    for (wanted, _) in values {
        for (name, value) in values {
            let variables = Decoded::from(Given::feel(&format!("{{value: {value}}}")));
            let decision = format!("as_{wanted}");
            let result = requirements.evaluate(&decision, &variables, &environment());
            let fits = name.trim_start_matches("feel_") == wanted.trim_start_matches("feel_");
            match result {
                Ok(_) => assert!(fits, "{name} as {wanted}"),
                Err(failure) => {
                    assert!(!fits, "{name} as {wanted}");
                    let start = format!(
                        "Expected to evaluate decision '{decision}', but expected '{}' but found '",
                        wanted.trim_start_matches("feel_")
                    );
                    assert!(failure.message.starts_with(&start), "{failure}");
                    // The decision itself had a result.
                    assert_ne!(failure.evaluated_decisions[0].output.to_json(), "null");
                }
            }
        }
        check("result_types", &format!("as_{wanted}"), &[("{}", "null")]);
    }
    check("result_types", "as_tPerson", &[(r#"{"value": 1}"#, "1")]);
}

#[test]
fn contexts() {
    let variables = r#"{"items": [{"price": 100}], "base": 1000}"#;
    let requirements = fixture("context");
    let invoice = evaluate(&requirements, "invoice", variables).unwrap().output;
    let entries: Vec<_> = invoice.entries().unwrap().map(|(name, _)| name.to_string()).collect();
    assert_eq!(entries, ["net", "tax", "with fee", "total"]);
    assert_eq!(invoice.entry("total").unwrap().to_json(), "1125.00");
    assert_eq!(invoice.entry("with fee").unwrap().to_text(), "function(fee)");
    // An argument of the wrong type makes the call null.
    check("context", "invoice_total", &[(variables, r#"{"total":1125.00,"wrong":null}"#)]);
}

#[test]
fn lists_and_relations() {
    check(
        "list",
        "numbers",
        &[(r#"{"a": 1}"#, r#"[1,2,["inner"]]"#), ("{}", r#"[null,null,["inner"]]"#)],
    );
    check(
        "relation",
        "people",
        &[(r#"{"age": 40}"#, r#"[{"name":"Ada","age":40},{"name":"Bo","age":41}]"#)],
    );
}

#[test]
fn invocations() {
    check(
        "invocation",
        "discount_rate",
        &[
            (r#"{"order": {"total": 200, "tier": "gold"}, "factor": 0.5}"#, "0.10"),
            (r#"{"order": {"total": 200, "tier": "none"}, "factor": 2}"#, "0.2"),
            (r#"{"order": {"total": 20, "tier": "gold"}, "factor": 2}"#, "0"),
            (
                r#"{"order": {"total": "much", "tier": "gold"}}"#,
                "! discount_rate: Expected to evaluate decision 'discount_rate', but expected \
                 'number' but found '\"much\"'",
            ),
        ],
    );
    // A parameter that is not bound may be a variable.
    let model = |bound: &str| {
        definitions(&format!(
            "<decision id=\"d\" name=\"d\">{}<invocation><literalExpression><text>f</text>\
             </literalExpression>{bound}</invocation></decision><businessKnowledgeModel id=\"k\" \
             name=\"f\"><encapsulatedLogic><formalParameter name=\"x\" typeRef=\"number\"/>\
             <literalExpression><text>x + 1</text></literalExpression></encapsulatedLogic>\
             </businessKnowledgeModel>",
            super::knows("k")
        ))
    };
    let requirements = parse_dmn(model("").as_bytes()).unwrap();
    for (variables, expected) in [
        (r#"{"x": 1}"#, "2"),
        (
            r#"{"x": "1"}"#,
            "! d: Expected to evaluate decision 'd', but expected 'number' but found '\"1\"'",
        ),
        ("{}", "! d: Expected to evaluate decision 'd', but no parameter found with name 'x'"),
    ] {
        assert_eq!(outcome(evaluate(&requirements, "d", variables)), expected);
    }
}

#[test]
fn business_knowledge_models_are_functions() {
    let variables = r#"{"lines": [{"price": 200}, {"price": 10}], "tier": "gold", "factor": 1}"#;
    check("knowledge", "prices", &[(variables, "[160.0,10]")]);
    check("knowledge", "refused", &[(variables, "[null,null,0.2]")]);
    check("knowledge", "empty", &[("{}", "null")]);
}

#[test]
fn required_decisions_come_first() {
    check(
        "requirements",
        "menu",
        &[
            (
                r#"{"temperature": 30, "weekend": true}"#,
                r#"{"food":"salad","drink":"water","season":null}"#,
            ),
            (
                r#"{"temperature": 3, "weekend": true}"#,
                r#"{"food":"stew","drink":"wine","season":null}"#,
            ),
            // A result hides a variable, and only from those that require it.
            (
                r#"{"temperature": -3, "season": "any", "dish": "soup", "seen": "seen"}"#,
                r#"{"food":"roast","drink":"seen","season":"any"}"#,
            ),
        ],
    );
    check("requirements", "season", &[(r#"{"temperature": 20}"#, r#""spring""#)]);
}

#[test]
fn names_are_seen_where_they_are_required() {
    check("scopes", "outer", &[(r#"{"y": "but y"}"#, r#""inner result, no inner, but y""#)]);
    // A function keeps what its definition saw.
    check("scopes", "user", &[("{}", r#""from maker: inner result, ""#)]);
}

#[test]
fn unknown_decisions() {
    let requirements = fixture("literal");
    let failure = evaluate(&requirements, "Total", "{}").unwrap_err();
    assert_eq!(
        failure.message,
        "Expected to evaluate decision 'Total', but no decision found with id 'Total'"
    );
    assert_eq!(&*failure.failed_decision_id, "Total");
    assert!(failure.evaluated_decisions.is_empty());
}

#[test]
fn every_version_of_dmn_is_read() {
    for name in ["dmn_1_1", "dmn_1_2", "dmn_1_4", "dmn_1_5"] {
        check(name, "answer", &[(r#"{"question": "life"}"#, "42"), ("{}", "0")]);
    }
}

#[test]
fn what_a_file_says_about_itself() {
    let requirements = fixture("version_tag");
    assert_eq!(&**requirements.id(), "version_tag");
    assert_eq!(&**requirements.name(), "Version tag");
    assert_eq!(&**requirements.namespace(), "urn:skep:dmn");
    let tags: Vec<_> = requirements
        .decisions()
        .iter()
        .map(|decision| (&*decision.id, &*decision.name, decision.version_tag.as_deref()))
        .collect();
    assert_eq!(tags, [("tagged", "Tagged", Some("v2.1")), ("untagged", "Untagged", None)]);
    let tagged = requirements.decision("tagged").unwrap();
    assert_eq!(tagged.decision_type(), DecisionType::LiteralExpression);
    assert_eq!(tagged.decision_type().to_string(), "LITERAL_EXPRESSION");
    assert!(requirements.decision("Tagged").is_none());
    assert_eq!(
        format!("{requirements:?}"),
        "DecisionRequirements { id: \"version_tag\", decisions: [Decision { id: \"tagged\", type: \
         LiteralExpression, .. }, Decision { id: \"untagged\", type: LiteralExpression, .. }], .. }"
    );
}

/// Rules behind the match of a FIRST table cannot change its result, but a failure of theirs
/// fails the decision, as in Camunda 8.
#[test]
fn a_first_table_fails_where_a_later_rule_does() {
    let rule = |test: &str, out: i32| {
        format!(
            "<rule><inputEntry><text>{test}</text></inputEntry><outputEntry><text>{out}</text>\
             </outputEntry></rule>"
        )
    };
    let table = |rules: &str| {
        definitions(&format!(
            "<decision id=\"d\" name=\"d\"><decisionTable hitPolicy=\"FIRST\"><input>\
             <inputExpression><text>x</text></inputExpression></input><output/>{rules}\
             </decisionTable></decision>"
        ))
    };
    let fails = rule("assert(?, false)", 2);
    let rules = [rule("1", 1), fails, rule("1", 3)].concat();
    let requirements = parse_dmn(table(&rules).as_bytes()).unwrap();
    assert!(evaluate(&requirements, "d", r#"{"x": 1}"#).is_err());
    let rules = [rule("1", 1), rule("1", 3)].concat();
    let requirements = parse_dmn(table(&rules).as_bytes()).unwrap();
    assert_eq!(outcome(evaluate(&requirements, "d", r#"{"x": 1}"#)), "1");
}

/// Extra entries of a rule mean nothing, and columns without an entry are not tested.
#[test]
fn entries_and_columns_need_not_be_as_many() {
    let model = definitions(
        "<decision id=\"d\" name=\"d\"><decisionTable><input><inputExpression><text>x</text>\
         </inputExpression></input><input><inputExpression><text>y</text></inputExpression></input>\
         <output/><rule><inputEntry><text>1</text></inputEntry><outputEntry><text>\"few\"</text>\
         </outputEntry></rule><rule><inputEntry><text>2</text></inputEntry><inputEntry><text>2\
         </text></inputEntry><inputEntry><text>3</text></inputEntry><outputEntry><text>\"many\"\
         </text></outputEntry><outputEntry><text>\"no\"</text></outputEntry></rule>\
         </decisionTable></decision>",
    );
    let requirements = parse_dmn(model.as_bytes()).unwrap();
    assert_eq!(outcome(evaluate(&requirements, "d", r#"{"x": 1}"#)), r#""few""#);
    assert_eq!(outcome(evaluate(&requirements, "d", r#"{"x": 2, "y": 2}"#)), r#""many""#);
}

#[test]
fn outputs_of_one_name_are_one() {
    let model = definitions(
        "<decision id=\"d\" name=\"d\"><decisionTable><output name=\"a\"/><output name=\"a\"/><rule>\
         <outputEntry><text>1</text></outputEntry><outputEntry><text>2</text></outputEntry></rule>\
         </decisionTable></decision>",
    );
    let requirements = parse_dmn(model.as_bytes()).unwrap();
    assert_eq!(outcome(evaluate(&requirements, "d", "{}")), "2");
}

#[test]
fn evaluation_is_repeatable_and_can_be_shared() {
    let model = definitions(&literal("d", "", "[now(), uuid() = uuid(), random number()]"));
    let requirements = parse_dmn(model.as_bytes()).unwrap();
    let results: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let requirements = requirements.clone();
                scope.spawn(move || outcome(evaluate(&requirements, "d", "{}")))
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(results.iter().all(|result| *result == results[0]));
    assert!(results[0].starts_with("[\"1970-01-01T00:00:00"), "{}", results[0]);
}
