use std::collections::BTreeSet;

use skep_auth::{TokenError, TokenFault};

fn every_error() -> Vec<TokenError> {
    let text = || "x".to_owned();
    vec![
        TokenError::Missing,
        TokenError::Scheme { received: text() },
        TokenError::TooLarge { bytes: 2, max: 1 },
        TokenError::Malformed { reason: text() },
        TokenError::Algorithm { expected: text(), received: text() },
        TokenError::Type { received: text() },
        TokenError::Critical,
        TokenError::Claim { claim: "exp", expected: "a number" },
        TokenError::Issuer { expected: vec![text()], received: text() },
        TokenError::Tenant { issuer: text(), received: text() },
        TokenError::UnknownKey { issuer: text(), kid: text() },
        TokenError::Signature { issuer: text() },
        TokenError::Expired { by_s: 1, leeway_s: 60 },
        TokenError::NotYetValid { by_s: 1, leeway_s: 60 },
        TokenError::Audience { expected: vec![text()], received: vec![] },
        TokenError::NoPrincipal,
        TokenError::Client { received: text() },
        TokenError::Role { expected: vec![text()], received: vec![] },
        TokenError::Jwks { issuer: text(), url: text(), reason: text() },
    ]
}

#[test]
fn every_error_has_a_code_of_its_own_and_a_fix() {
    let mut codes = BTreeSet::new();
    for error in every_error() {
        let code = error.code();
        assert!(code.starts_with("SKEP-AUTH-") && codes.insert(code), "{code}");
        assert!(!error.fix().is_empty() && !error.fix().ends_with('.'), "{code}");
        let message = error.public_message();
        assert_eq!(message, format!("{code}: {}", &message[code.len() + 2..]));
        assert!(message.contains("; fix: ") && message.is_ascii(), "{message}");
    }
}

#[test]
fn the_fault_decides_the_status() {
    for error in every_error() {
        let expected = match error.code() {
            "SKEP-AUTH-CLIENT" | "SKEP-AUTH-ROLE" => TokenFault::Forbidden,
            "SKEP-AUTH-JWKS" => TokenFault::Unavailable,
            _ => TokenFault::Unauthenticated,
        };
        assert_eq!(error.fault(), expected, "{}", error.code());
    }
}
