//! What parsing and evaluation cost: `cargo bench -p skep-feel`.
//!
//! Budgets: a condition 150 ns, a parse 2 µs.
#![expect(clippy::expect_used, reason = "a bench that cannot run panics")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use skep_feel::{Environment, Expression, Value, Variables};

/// Variables in order of name, as an engine keeps them.
struct Stored(Vec<(String, Vec<u8>)>);

impl Stored {
    fn json(text: &str) -> Self {
        let context = Value::from_json(text).expect("JSON");
        let mut entries: Vec<_> = context
            .entries()
            .expect("an object")
            .map(|(name, value)| {
                let mut bytes = Vec::new();
                value.write_msgpack(&mut bytes);
                (name.to_string(), bytes)
            })
            .collect();
        entries.sort();
        Self(entries)
    }
}

impl Variables for Stored {
    fn variable(&self, name: &str) -> Option<&[u8]> {
        let at = self.0.binary_search_by(|(known, _)| known.as_str().cmp(name)).ok()?;
        Some(&self.0[at].1)
    }
}

fn variables() -> Stored {
    let numbers: Vec<_> = (1..=100).map(|n| n.to_string()).collect();
    let more: Vec<_> = (0..50).map(|n| format!(r#""other{n}": {n}"#)).collect();
    Stored::json(&format!(
        r#"{{"x": 150, "ratio": 0.75, "status": "open", "amount": 99.5,
            "order": {{"id": "o-1", "customer": {{"name": "n", "tier": "gold"}},
                "items": [{{"price": 5, "qty": 2}}, {{"price": 7.5, "qty": 1}}, {{"price": 9, "qty": 3}}]}},
            "numbers": [{}], {}}}"#,
        numbers.join(","),
        more.join(",")
    ))
}

const EXPRESSIONS: [(&str, &str); 12] = [
    ("number", "x > 100"),
    ("double", "ratio < 0.8"),
    ("condition", "x > 100 and status = \"open\""),
    ("path", "order.customer.tier"),
    ("path condition", "order.customer.tier = \"gold\""),
    ("arithmetic", "amount * 1.21 + 5"),
    ("in list", "status in [\"closed\", \"open\"]"),
    ("context", "{a: x, b: status, c: {d: amount}}"),
    ("sum of products", "sum(for i in order.items return i.price * i.qty)"),
    ("filter", "order.items[price > 6].qty"),
    ("every of 100", "every n in numbers satisfies n > 0"),
    ("text", "\"order \" + string(x) + \" is \" + upper case(status)"),
];

fn parse(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse");
    for (name, text) in EXPRESSIONS {
        group.bench_function(name, |bencher| {
            bencher.iter(|| Expression::parse(black_box(text)).expect("it parses"));
        });
    }
    group.finish();
}

fn evaluate(criterion: &mut Criterion) {
    let environment = Environment::new(jiff::Timestamp::UNIX_EPOCH, jiff::tz::TimeZone::UTC);
    let variables = variables();
    let mut group = criterion.benchmark_group("evaluate");
    // What the bench itself adds to an expression of two variables.
    group.bench_function("two look-ups alone", |bencher| {
        bencher
            .iter(|| (variables.variable(black_box("x")), variables.variable(black_box("status"))));
    });
    for (name, text) in EXPRESSIONS {
        let expression = Expression::parse(text).expect("it parses");
        let evaluation = expression.evaluate(&variables, &environment).expect("it evaluates");
        assert!(evaluation.warnings.is_empty(), "{text}: {}", evaluation.warnings[0]);
        group.bench_function(name, |bencher| {
            bencher.iter(|| black_box(&expression).evaluate(black_box(&variables), &environment));
        });
    }
    group.finish();
}

fn msgpack(criterion: &mut Criterion) {
    let environment = Environment::new(jiff::Timestamp::UNIX_EPOCH, jiff::tz::TimeZone::UTC);
    let variables = variables();
    let mut group = criterion.benchmark_group("to msgpack");
    for (name, text) in [("copy", "numbers"), ("context", "{a: x, b: status, c: {d: amount}}")] {
        let expression = Expression::parse(text).expect("it parses");
        let mut out = Vec::with_capacity(1_024);
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                out.clear();
                black_box(&expression).evaluate_msgpack(&variables, &environment, &mut out)
            });
        });
    }
    group.finish();
}

criterion_group!(benches, parse, evaluate, msgpack);
criterion_main!(benches);
