use http_body_util::BodyExt as _;
use skep_record::{PartitionId, Rejection};

use super::*;

fn rejected(kind: RejectionKind) -> SubmitError {
    SubmitError::Rejected {
        intent: "COMPLETE",
        rejection: Rejection::new(kind, "no such job was found"),
    }
}

#[test]
fn every_failure_has_the_statuses_that_clients_expect() {
    let cases = [
        (rejected(RejectionKind::InvalidArgument), Code::InvalidArgument, 400, "INVALID_ARGUMENT"),
        (rejected(RejectionKind::NotFound), Code::NotFound, 404, "NOT_FOUND"),
        (rejected(RejectionKind::AlreadyExists), Code::AlreadyExists, 409, "ALREADY_EXISTS"),
        (rejected(RejectionKind::InvalidState), Code::FailedPrecondition, 409, "INVALID_STATE"),
        (rejected(RejectionKind::ProcessingError), Code::Internal, 500, "INTERNAL"),
        (rejected(RejectionKind::ExceededBatchRecordSize), Code::Unknown, 500, "UNKNOWN"),
        (
            SubmitError::ResourceExhausted("full".to_owned()),
            Code::ResourceExhausted,
            503,
            "RESOURCE_EXHAUSTED",
        ),
        (
            SubmitError::NoResult {
                process_instance_key: skep_record::ProcessInstanceKey(7),
                reason: "was terminated",
            },
            Code::DeadlineExceeded,
            504,
            "DEADLINE_EXCEEDED",
        ),
        (SubmitError::UnknownPartition(9), Code::Unavailable, 503, "UNAVAILABLE"),
        (
            SubmitError::Unavailable { partition_id: PartitionId(1), reason: "fsync".to_owned() },
            Code::Unavailable,
            503,
            "UNAVAILABLE",
        ),
    ];
    for (error, code, status, title) in cases {
        let problem = Problem::from(error);
        assert_eq!(problem.kind().mapping().0, code);
        assert_eq!(problem.kind().mapping().1.as_u16(), status);
        assert_eq!(problem.kind().mapping().2, title);
    }
}

#[test]
fn a_rejection_reads_the_same_on_both_sides() {
    let text = "Command 'COMPLETE' rejected with code 'NOT_FOUND': no such job was found";
    let problem = Problem::from(rejected(RejectionKind::NotFound));
    assert_eq!(problem.detail(), text);
    let status = problem.into_status();
    assert_eq!(status.message(), text);
    let details = rpc::Status::decode(status.details()).unwrap();
    assert_eq!((details.code, details.message.as_str()), (5, text));
}

#[tokio::test]
async fn a_problem_document_names_the_path() {
    let problem = Problem::invalid_argument("No type provided");
    let response = problem.into_response_for("/v2/jobs/activation");
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(
        std::str::from_utf8(&body).unwrap(),
        r#"{"type":"about:blank","title":"INVALID_ARGUMENT","status":400,"detail":"No type provided","instance":"/v2/jobs/activation"}"#
    );
}

#[test]
fn a_refused_token_carries_its_reason() {
    let problem = Problem::from(&TokenError::Missing);
    assert_eq!(problem.reason(), Some("SKEP-AUTH-MISSING"));
    let response = problem.clone().into_response_for("/v2/topology");
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(response.headers()[header::WWW_AUTHENTICATE], "Bearer");
    let status = problem.into_status();
    assert_eq!(status.code(), Code::Unauthenticated);
    let details = rpc::Status::decode(status.details()).unwrap();
    assert_eq!(details.error_info().unwrap().reason, "SKEP-AUTH-MISSING");
}
