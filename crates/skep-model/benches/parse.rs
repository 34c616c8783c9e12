//! How long reading a model takes at deployment.

use std::fmt::Write as _;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use skep_model::parse_bpmn;

const ORDER: &[u8] = include_bytes!("../../skep/assets/order-process.bpmn");

/// A process of `n` service tasks in a row with a mapping each, so of twice as many elements
/// with the sequence flows.
fn row_of_tasks(n: usize) -> String {
    let mut xml = String::from(
        "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" \
         xmlns:zeebe=\"http://camunda.org/schema/zeebe/1.0\"><process id=\"row\" \
         isExecutable=\"true\"><startEvent id=\"task_0\"/>",
    );
    for at in 1..=n {
        let _ = write!(
            xml,
            "<serviceTask id=\"task_{at}\"><extensionElements><zeebe:taskDefinition \
             type=\"work\"/><zeebe:ioMapping><zeebe:input source=\"=order.total * 2\" \
             target=\"total\"/></zeebe:ioMapping></extensionElements></serviceTask>\
             <sequenceFlow id=\"flow_{at}\" sourceRef=\"task_{}\" targetRef=\"task_{at}\"/>",
            at - 1
        );
    }
    xml + "</process></definitions>"
}

fn parse(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse_bpmn");
    let row = row_of_tasks(2_500);
    for (name, xml) in [("order process", ORDER), ("5000 elements", row.as_bytes())] {
        group.throughput(Throughput::Bytes(xml.len() as u64));
        group.bench_function(name, |bencher| bencher.iter(|| parse_bpmn(xml)));
    }
    group.finish();
}

criterion_group!(benches, parse);
criterion_main!(benches);
