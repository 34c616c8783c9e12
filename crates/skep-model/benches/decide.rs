//! How long decisions take to read and to evaluate.

use std::fmt::Write as _;

use criterion::{Criterion, criterion_group, criterion_main};
use skep_feel::{Environment, Val};
use skep_model::parse_dmn;

/// A table of `n` rules over a country, an amount and a flag; without an index if the country is
/// a number.
fn table(n: usize, hit_policy: &str, is_number: bool) -> String {
    let mut xml = format!(
        "<definitions xmlns=\"https://www.omg.org/spec/DMN/20191111/MODEL/\" id=\"drg\" \
         name=\"DRG\" namespace=\"urn:bench\"><decision id=\"fee\" name=\"Fee\"><variable \
         name=\"fee\" typeRef=\"number\"/><decisionTable hitPolicy=\"{hit_policy}\">"
    );
    for expression in ["order.country", "order.total", "express"] {
        let _ = write!(
            xml,
            "<input><inputExpression><text>{expression}</text></inputExpression></input>"
        );
    }
    xml += "<output name=\"fee\"/>";
    for at in 0..n {
        let (from, fee) = (at % 5 * 100, at);
        let country =
            if is_number { (at / 5).to_string() } else { format!("\"country {}\"", at / 5) };
        let _ = write!(
            xml,
            "<rule id=\"rule_{at}\"><inputEntry><text>{country}</text></inputEntry>\
             <inputEntry><text>[{from}..{})</text></inputEntry><inputEntry><text>-</text>\
             </inputEntry><outputEntry><text>{fee}</text></outputEntry></rule>",
            from + 100
        );
    }
    xml + "</decisionTable></decision></definitions>"
}

/// `{"country": …, "total": 250, …}` and a flag as they are stored, among other variables.
fn variables(country: usize) -> Vec<(&'static str, Vec<u8>)> {
    let order = format!(
        r#"{{"id": "A-1", "customer": {{"tier": "gold"}}, "total": 250, "country": "country {country}"}}"#
    );
    [("name", "\"Ada\""), ("express", "true"), ("order", &order), ("count", "3")]
        .into_iter()
        .filter_map(|(name, json)| {
            let mut bytes = Vec::new();
            Val::from_json(json)?.write_msgpack(&mut bytes);
            Some((name, bytes))
        })
        .collect()
}

fn decide(criterion: &mut Criterion) {
    let environment = Environment::new(jiff::Timestamp::UNIX_EPOCH, jiff::tz::TimeZone::UTC);
    let mut group = criterion.benchmark_group("decide");
    for (name, n, hit_policy, country) in [
        ("5 rules, unique", 5, "UNIQUE", 0),
        ("100 rules, unique", 100, "UNIQUE", 10),
        ("100 rules, first", 100, "FIRST", 10),
        ("100 rules, none matches", 100, "UNIQUE", 99),
        ("10000 rules, unique", 10_000, "UNIQUE", 1_000),
    ] {
        let Ok(requirements) = parse_dmn(table(n, hit_policy, false).as_bytes()) else { continue };
        let variables = variables(country);
        group.bench_function(name, |bencher| {
            bencher.iter(|| requirements.evaluate("fee", &variables, &environment));
        });
    }
    if let Ok(requirements) = parse_dmn(table(100, "UNIQUE", true).as_bytes()) {
        let variables = variables(10);
        group.bench_function("100 rules, unique, no index", |bencher| {
            bencher.iter(|| requirements.evaluate("fee", &variables, &environment));
        });
    }
    group.finish();

    let mut group = criterion.benchmark_group("parse_dmn");
    for n in [100, 10_000] {
        let xml = table(n, "UNIQUE", false);
        group.bench_function(format!("{n} rules"), |bencher| {
            bencher.iter(|| parse_dmn(xml.as_bytes()));
        });
    }
    group.finish();
}

criterion_group!(benches, decide);
criterion_main!(benches);
