//! Entra's error numbers, in words: what causes them and what to do.
//!
//! For messages only: Microsoft reserves the right to change the numbers, so nothing
//! branches on them (apart from one more try after the clocks were found to differ).
//!
//! Source: MicrosoftDocs/entra-docs: docs/identity-platform/reference-error-codes.md;
//! AzureAD/microsoft-identity-web: src/Microsoft.Identity.Web.TokenAcquisition/Constants.cs

/// What an AADSTS number means.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Explanation {
    /// What usually causes it.
    pub cause: &'static str,
    /// What to do about it.
    pub fix: &'static str,
}

/// What the number `code` of an Entra error means; `None` for numbers that say nothing about
/// a client's settings.
#[must_use]
pub fn explain(code: u32) -> Option<Explanation> {
    let (cause, fix) = client(code)
        .or_else(|| secret(code))
        .or_else(|| certificate(code))
        .or_else(|| federation(code))
        .or_else(|| scope(code))
        .or_else(|| service(code))?;
    Some(Explanation { cause, fix })
}

/// True for the number of an assertion that is dated wrongly.
pub(crate) fn is_about_time(code: u32) -> bool {
    code == 700_024
}

type Words = (&'static str, &'static str);

fn client(code: u32) -> Option<Words> {
    Some(match code {
        700_016 | 700_011 | 70_001 => (
            "the client id is not registered in this tenant",
            "check client id and tenant id; the application (client) id is wanted, not the object id",
        ),
        700_038 => ("the client id is no application id", "check the client id"),
        7_000_112 => {
            ("the application is disabled", "enable it under Enterprise applications > Properties")
        }
        7_000_229 => (
            "the registration has no service principal in this tenant",
            "create the enterprise application (az ad sp create --id CLIENT_ID)",
        ),
        90_002 => (
            "there is no such tenant",
            "check the tenant id in the token URL, and the cloud (public, US, China)",
        ),
        900_023 => (
            "the tenant in the token URL is neither a GUID nor a domain name",
            "use https://login.microsoftonline.com/TENANT_ID/oauth2/v2.0/token",
        ),
        50_194 | 9_001_023 => (
            "the token URL names no single tenant (common, organizations or consumers)",
            "put the tenant id into the token URL",
        ),
        50_020 | 50_034 | 90_072 => ("the account is not in this tenant", "invite the account"),
        50_049 => ("the host of the token URL is no Entra host", "check the token URL"),
        700_025 => (
            "the registration is a public client, which may not send a credential",
            "register the client on the Web platform, or send no credential",
        ),
        9_002_326 => (
            "the request had an Origin header, as from a browser",
            "request the token from a server",
        ),
        _ => return None,
    })
}

fn secret(code: u32) -> Option<Words> {
    Some(match code {
        7_000_215 => (
            "the client secret is wrong",
            "use the secret's value, not its id; if it is lost, create a new one",
        ),
        7_000_222 => (
            "every secret of the client has expired",
            "create a new secret and put its value into the settings",
        ),
        7_000_216 | 7_000_218 => {
            ("the request had neither secret nor assertion", "set a client secret or a certificate")
        }
        7_000_232 => ("a managed identity was used with a secret", "use it without a secret"),
        70_002 | 50_012 => (
            "the credential is wrong",
            "check the secret's value, or that the certificate is uploaded to this registration",
        ),
        _ => return None,
    })
}

fn certificate(code: u32) -> Option<Words> {
    Some(match code {
        700_027 | 7_000_274 => (
            "the certificate that signed the assertion is not the registration's, or has expired",
            "upload the certificate to this registration in this tenant, and compare thumbprints",
        ),
        1_000_502 => (
            "the certificate is outside its validity",
            "create a new certificate and upload it before the old one ends",
        ),
        7_000_214 | 7_000_277 => {
            ("the certificate is revoked", "create a new certificate and upload it")
        }
        5_002_723 => ("the assertion names no certificate", "send x5t or x5t#S256 in its header"),
        5_002_738 => ("the assertion's algorithm is not supported", "sign with RS256 or PS256"),
        50_027 => ("the assertion is no valid JWT", "sign it anew for each request"),
        700_021 | 50_048 => {
            ("issuer or subject of the assertion is not the client id", "set both to the client id")
        }
        700_023 => (
            "the assertion's audience is not this token endpoint, or the scope names no resource",
            "use the token URL as the assertion's audience, with the tenant id in it",
        ),
        700_024 => (
            "the assertion is expired or not yet valid: the clocks differ",
            "set this machine's clock (NTP)",
        ),
        700_030 => (
            "the certificate's subject is not authorised for this registration",
            "check the trusted subject name and issuer, and send the chain (x5c)",
        ),
        392_200 | 392_204 | 50_171 | 500_181 => (
            "mutual TLS to the token endpoint failed",
            "check the TLS client certificate, or use the ordinary token URL",
        ),
        _ => return None,
    })
}

fn federation(code: u32) -> Option<Words> {
    Some(match code {
        700_211 => (
            "no federated credential has the token's issuer",
            "set the issuer of the federated credential to the token's iss, character by character",
        ),
        700_212 => (
            "no federated credential has the token's audience",
            "use api://AzureADTokenExchange in both places",
        ),
        700_213 | 7_002_138 | 70_021 => (
            "no federated credential has the token's subject (case matters)",
            "set the subject of the federated credential to the token's sub",
        ),
        90_061 => (
            "Entra cannot read the metadata of the token's issuer",
            "publish the issuer's discovery document and keys on the internet",
        ),
        700_229 => ("the federated token is a user's", "use a token of a workload"),
        _ => return None,
    })
}

fn scope(code: u32) -> Option<Words> {
    Some(match code {
        1_002_012 => {
            ("the scope does not end in /.default", "set the scope to API_APPLICATION_ID/.default")
        }
        70_011 | 28_002 | 28_003 => {
            ("the scope is malformed or unknown", "set the scope to API_APPLICATION_ID/.default")
        }
        700_022 => ("the scope names several APIs", "name one API in the scope"),
        90_014 | 900_144 => (
            "the request lacks a field, often the scope",
            "set the scope to API_APPLICATION_ID/.default",
        ),
        901_002 => (
            "v2.0 endpoints do not take a resource",
            "unset the resource and set the scope to API_APPLICATION_ID/.default",
        ),
        500_011 => (
            "the API of the scope is not known in this tenant",
            "check the API's application id or App ID URI, and create its service principal",
        ),
        650_057 | 650_056 | 65_005 => (
            "the API is not among the permissions of the registration",
            "add it under API permissions and grant admin consent",
        ),
        65_001 | 90_094 | 90_095 => {
            ("nobody has consented to the permissions", "grant admin consent under API permissions")
        }
        501_051 => (
            "the API requires an assignment, and the client has no app role",
            "assign an app role of the API to the client, or switch the requirement off",
        ),
        90_009 => (
            "an application that asks for a token for itself must use its GUID",
            "use the application (client) id in the scope, not its URI",
        ),
        53_000 | 53_003 | 530_032 => (
            "a conditional access policy blocks the client",
            "exclude the workload from the policy, or call from an allowed place",
        ),
        _ => return None,
    })
}

fn service(code: u32) -> Option<Words> {
    Some(match code {
        90_055 | 90_024 | 90_033 | 90_006 | 50_033 | 50_196 => (
            "Entra is busy or throttles this client",
            "try again later, and share one token among the calls of a process",
        ),
        70_003 => ("the grant is not supported", "use client_credentials at this token URL"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_can_get_wrong_is_explained() {
        for code in [
            7_000_215, 7_000_222, 700_016, 700_027, 7_000_274, 700_024, 1_000_502, 7_000_214,
            7_000_277, 70_011, 65_001, 90_009, 1_002_012, 500_011, 901_002, 90_002, 700_038,
            7_000_229, 900_023, 7_000_216, 90_014, 900_144, 501_051, 5_002_723, 700_021, 700_023,
            700_211, 700_212, 700_213, 7_002_138, 90_061,
        ] {
            let found = explain(code).unwrap_or_else(|| panic!("AADSTS{code} is not explained"));
            assert!(!found.cause.ends_with('.') && !found.fix.ends_with('.'), "{code}");
        }
        assert_eq!(explain(1), None);
    }
}
