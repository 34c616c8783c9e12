use proptest::prelude::*;

use super::*;
use crate::{
    BpmnElementType, BpmnEventType, CompleteJob, Document, ElementCommand, ElementInstanceKey,
    ElementValue, ErrorType, IncidentEvent, IncidentValue, JobKey, PartitionId,
    ProcessDefinitionKey, ProcessInstanceIntent, ProcessInstanceKey, RejectionKind, TenantId,
    VariableEntry, VariableIntent, VariableValue,
};

fn key(counter: u64) -> i64 {
    PartitionId(1).key(counter)
}

fn record(position: u64, source_position: u64, key: i64, body: Body) -> Record {
    Record { position, source_position, key, body }
}

fn batch() -> Batch {
    let value = ElementValue {
        instance: InstanceSlot(0),
        element: ElementSlot(0),
        flow_scope_key: ElementInstanceKey(key(2)),
    };
    let incident = IncidentValue {
        instance: InstanceSlot(0),
        element: ElementSlot(0),
        element_instance_key: ElementInstanceKey(key(7)),
        variable_scope_key: ElementInstanceKey(key(7)),
        job_key: None,
        error_type: ErrorType::ExtractValueError,
        message: "cannot add 'secret' to '1'".into(),
    };
    Batch {
        timestamp: Timestamp(1_700_000_000_000),
        next_key: key(20),
        instances: vec![Arc::new(ProcessInstanceRef {
            process_instance_key: ProcessInstanceKey(key(2)),
            process_definition_key: ProcessDefinitionKey(key(1)),
            bpmn_process_id: "order_process".into(),
            version: 3,
            tenant_id: TenantId::default(),
            called_by: None,
        })],
        elements: vec![ElementRef {
            element_id: "charge_card".into(),
            element_type: BpmnElementType::ServiceTask,
            event_type: BpmnEventType::Unspecified,
        }],
        records: vec![
            record(
                41,
                0,
                -1,
                Body::Command(Command::CompleteJob(CompleteJob {
                    job_key: JobKey(key(8)),
                    variables: Document::from_json(r#"{"card":"secret"}"#).unwrap(),
                    result: None,
                })),
            ),
            record(
                42,
                41,
                key(11),
                Body::Event(Event::Variable(
                    VariableIntent::Created,
                    VariableValue {
                        instance: InstanceSlot(0),
                        scope_key: ElementInstanceKey(key(2)),
                        entry: VariableEntry::new(
                            "card",
                            &[0xa6, b's', b'e', b'c', b'r', b'e', b't'],
                        ),
                    },
                )),
            ),
            record(
                43,
                41,
                key(7),
                Body::Command(Command::Element(ElementCommand::Complete, value)),
            ),
            record(
                44,
                43,
                key(7),
                Body::Event(Event::ProcessInstance(
                    ProcessInstanceIntent::ElementCompleting,
                    value,
                )),
            ),
            record(
                45,
                43,
                key(12),
                Body::Event(Event::Incident(IncidentEvent::Created(Box::new(incident)))),
            ),
            record(
                46,
                43,
                key(7),
                Body::Rejection(Rejection::new(RejectionKind::InvalidState, "it is not active")),
            ),
        ],
    }
}

#[test]
fn a_batch_comes_back_as_it_was() {
    let batch = batch();
    let bytes = batch.encode(Vec::new());
    assert_eq!(Batch::decode(&bytes).unwrap(), batch);
    assert_eq!((batch.first_position(), batch.last_position()), (41, 46));
}

#[test]
fn a_damaged_batch_is_refused() {
    let bytes = batch().encode(Vec::new());
    for end in 0..bytes.len() {
        assert!(Batch::decode(&bytes[..end]).is_err(), "cut at {end}");
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert!(matches!(Batch::decode(&longer), Err(DecodeError::Trailing(1))));
    let mut newer = bytes;
    newer[0] = FORMAT + 1;
    assert!(matches!(Batch::decode(&newer), Err(DecodeError::Format(found)) if found > FORMAT));
}

#[test]
fn a_printed_record_shows_names_and_never_values() {
    let batch = batch();
    let lines: Vec<String> =
        batch.records.iter().map(|record| batch.line(record).to_string()).collect();
    let expected = [
        "C 41 JOB:COMPLETE job=2251799813685256 variables=card",
        "E 42 <- 41 VARIABLE:CREATED key=2251799813685259 card scope=2251799813685250 process_instance=2251799813685250 \"order_process\" v3",
        "C 43 <- 41 PROCESS_INSTANCE:COMPLETE_ELEMENT key=2251799813685255 \"charge_card\" SERVICE_TASK scope=2251799813685250 process_instance=2251799813685250 \"order_process\" v3",
        "E 44 <- 43 PROCESS_INSTANCE:ELEMENT_COMPLETING key=2251799813685255 \"charge_card\" SERVICE_TASK scope=2251799813685250 process_instance=2251799813685250 \"order_process\" v3",
        "E 45 <- 43 INCIDENT:CREATED key=2251799813685260 EXTRACT_VALUE_ERROR \"charge_card\" SERVICE_TASK element_instance=2251799813685255 variable_scope=2251799813685255 process_instance=2251799813685250 \"order_process\" v3",
        "R 46 <- 43 PROCESS_INSTANCE:COMPLETE_ELEMENT key=2251799813685255 INVALID_STATE",
    ];
    assert_eq!(lines, expected);
    assert!(!lines.concat().contains("secret"));
    assert!(!format!("{batch:?}").contains("secret"), "no value in debug output either");
}

#[test]
fn slots_that_a_batch_does_not_have_are_not_there() {
    let batch = batch();
    assert!(batch.instance(InstanceSlot(1)).is_none());
    assert!(batch.element(ElementSlot(u32::MAX)).is_none());
}

proptest! {
    #[test]
    fn any_bytes_are_decoded_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut bytes = bytes;
        bytes.insert(0, FORMAT);
        if let Ok(batch) = Batch::decode(&bytes) {
            for record in &batch.records {
                let _ = batch.line(record).to_string();
            }
        }
    }
}
