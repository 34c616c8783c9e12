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
    /// The number: 7000215 for `AADSTS7000215`.
    pub code: u32,
    /// What it is about.
    pub topic: Topic,
    /// What usually causes it.
    pub cause: &'static str,
    /// What to do about it.
    pub fix: &'static str,
}

/// What an error is about: the sections of troubleshooting.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Topic {
    /// Client id, tenant, registration.
    Client,
    /// Client secret.
    Secret,
    /// Scope, permissions, consent.
    Scope,
    /// Certificate and client assertion, federated tokens among them.
    Certificate,
    /// Audience, issuer and version of an issued token: no AADSTS number has it for a topic of
    /// its own, because Entra issues such a token and the gateway refuses it.
    Audience,
    /// Signing in as a user: web apps, not service clients.
    SignIn,
    /// Entra itself: busy, throttling, or asked in a way it does not answer.
    Service,
}

impl Topic {
    /// Its entry in the troubleshooting list of the guide "Configure OAuth with Microsoft
    /// Entra", with the number it has there.
    #[must_use]
    pub fn guide_entry(self) -> Option<&'static str> {
        match self {
            Self::Client => Some("1. Invalid client"),
            Self::Secret => Some("2. Invalid client secret"),
            Self::Scope => Some("3. Invalid scope"),
            Self::Certificate => Some("4. Certificate validation failed"),
            Self::Audience => Some("5. Token audience validation failed"),
            Self::SignIn | Self::Service => None,
        }
    }
}

/// What the number `code` of an Entra error means; `None` for numbers that are not known here.
#[must_use]
pub fn explain(code: u32) -> Option<Explanation> {
    all().find(|explanation| explanation.code == code)
}

/// Every number that is known, by topic.
pub fn all() -> impl Iterator<Item = Explanation> {
    let tables = [CLIENT, SECRET, SCOPE, CERTIFICATE, FEDERATION, SIGN_IN, SERVICE];
    tables.into_iter().flat_map(|(topic, rows)| {
        rows.iter().flat_map(move |(codes, cause, fix)| {
            codes.iter().map(move |code| Explanation { code: *code, topic, cause, fix })
        })
    })
}

/// True for the number of an assertion that is dated wrongly.
pub(crate) fn is_about_time(code: u32) -> bool {
    code == 700_024
}

/// Numbers that mean the same, the cause, the fix.
type Row = (&'static [u32], &'static str, &'static str);
type Table = (Topic, &'static [Row]);

const CLIENT: Table = (
    Topic::Client,
    &[
        (
            &[700_016, 700_011, 70_001],
            "the client id is not registered in this tenant",
            "check client id and tenant id; the application (client) id is wanted, not the object id",
        ),
        (
            &[700_038],
            "the client id is no application id",
            "check the client id: the application (client) id of the registration's overview",
        ),
        (
            &[7_000_112],
            "the application is disabled",
            "enable it under Enterprise applications > Properties",
        ),
        (
            &[7_000_229],
            "the registration has no service principal in this tenant",
            "create the enterprise application (az ad sp create --id CLIENT_ID, or skep entra setup)",
        ),
        (
            &[90_002],
            "there is no such tenant",
            "check the tenant id in the token URL, and the cloud (public, US, China)",
        ),
        (
            &[900_023],
            "the tenant in the token URL is neither a GUID nor a domain name",
            "use https://login.microsoftonline.com/TENANT_ID/oauth2/v2.0/token",
        ),
        (
            &[50_194, 9_001_023],
            "the token URL names no single tenant (common, organizations or consumers)",
            "put the tenant id into the token URL",
        ),
        (&[50_049], "the host of the token URL is no Entra host", "check the token URL"),
        (
            &[700_025],
            "the registration is a public client, which may not send a credential",
            "register the client on the Web platform, or send no credential",
        ),
        (
            &[9_002_326],
            "the request had an Origin header, as from a browser, and the redirect URI is not of the single-page kind",
            "request the token from a server, or register the redirect URI on the single-page platform",
        ),
    ],
);

const SECRET: Table = (
    Topic::Secret,
    &[
        (
            &[7_000_215],
            "the client secret is wrong",
            "use the secret's value, not its id; if it is lost, create a new one",
        ),
        (
            &[7_000_222],
            "every secret of the client has expired",
            "create a new secret and put its value into the settings",
        ),
        (
            &[7_000_216, 7_000_218],
            "the request had neither secret nor assertion",
            "set a client secret or a certificate",
        ),
        (&[7_000_232], "a managed identity was used with a secret", "use it without a secret"),
        (
            &[70_002, 50_012],
            "the credential is wrong",
            "check the secret's value, or that the certificate is uploaded to this registration",
        ),
    ],
);

const SCOPE: Table = (
    Topic::Scope,
    &[
        (
            &[1_002_012],
            "the scope does not end in /.default",
            "set the scope to API_APPLICATION_ID/.default",
        ),
        (
            &[70_011, 28_002, 28_003],
            "the scope is malformed or unknown",
            "set the scope to API_APPLICATION_ID/.default",
        ),
        (&[700_022], "the scope names several APIs", "name one API in the scope"),
        (
            &[90_014, 900_144],
            "the request lacks a field, often the scope",
            "set the scope to API_APPLICATION_ID/.default",
        ),
        (
            &[901_002],
            "v2.0 endpoints do not take a resource",
            "unset the resource and set the scope to API_APPLICATION_ID/.default",
        ),
        (
            &[500_011],
            "the API of the scope is not known in this tenant",
            "check the API's application id or App ID URI, and create its service principal",
        ),
        (
            &[650_057, 650_056, 65_005],
            "the API is not among the permissions of the registration",
            "add it under API permissions and grant admin consent",
        ),
        (
            &[65_001, 90_094, 90_095],
            "nobody has consented to the permissions",
            "grant admin consent under API permissions",
        ),
        (
            &[501_051],
            "the API requires an assignment, and the client has no app role",
            "assign an app role of the API to the client, or switch the requirement off",
        ),
        (
            &[90_009],
            "an application that asks for a token for itself must use its GUID",
            "use the application (client) id in the scope, not its URI",
        ),
        (
            &[53_000, 53_003, 530_032],
            "a conditional access policy blocks the client",
            "exclude the workload from the policy, or call from an allowed place",
        ),
    ],
);

const CERTIFICATE: Table = (
    Topic::Certificate,
    &[
        (
            &[700_027, 7_000_274],
            "the certificate that signed the assertion is not the registration's, or has expired",
            "upload the certificate to this registration in this tenant, and compare thumbprints (skep cert show)",
        ),
        (
            &[1_000_502],
            "the certificate is outside its validity",
            "create a new certificate and upload it before the old one ends",
        ),
        (
            &[7_000_214, 7_000_277],
            "the certificate is revoked",
            "create a new certificate and upload it",
        ),
        (&[5_002_723], "the assertion names no certificate", "send x5t or x5t#S256 in its header"),
        (&[5_002_738], "the assertion's algorithm is not supported", "sign with RS256 or PS256"),
        (&[50_027], "the assertion is no valid JWT", "sign it anew for each request"),
        (
            &[700_021, 50_048],
            "issuer or subject of the assertion is not the client id",
            "set both to the client id",
        ),
        (
            &[700_023],
            "the assertion's audience is not this token endpoint, or the scope names no resource",
            "use the token URL as the assertion's audience, with the tenant id in it",
        ),
        (
            &[700_024],
            "the assertion is expired or not yet valid: the clocks differ",
            "set this machine's clock (NTP)",
        ),
        (
            &[700_030],
            "the certificate's subject is not authorised for this registration",
            "check the trusted subject name and issuer, and send the chain (x5c)",
        ),
        (
            &[392_200, 392_204, 50_171, 500_181],
            "mutual TLS to the token endpoint failed",
            "check the TLS client certificate, or use the ordinary token URL",
        ),
    ],
);

const FEDERATION: Table = (
    Topic::Certificate,
    &[
        (
            &[700_211],
            "no federated credential has the token's issuer",
            "set the issuer of the federated credential to the token's iss, character by character",
        ),
        (
            &[700_212],
            "no federated credential has the token's audience",
            "use api://AzureADTokenExchange in both places",
        ),
        (
            &[700_213, 7_002_138, 70_021],
            "no federated credential has the token's subject (case matters)",
            "set the subject of the federated credential to the token's sub",
        ),
        (
            &[90_061],
            "Entra cannot read the metadata of the token's issuer",
            "publish the issuer's discovery document and keys on the internet",
        ),
        (&[700_229], "the federated token is a user's", "use a token of a workload"),
    ],
);

const SIGN_IN: Table = (
    Topic::SignIn,
    &[
        (
            &[50_011],
            "the redirect URI of the request is not registered",
            "register exactly that URI, path and case included, on the right platform",
        ),
        (
            &[500_112],
            "the redirect URI of the token request differs from that of the sign-in",
            "send the same redirect URI twice; behind a proxy derive it from the public address",
        ),
        (
            &[900_971, 500_113],
            "the registration has no redirect URI",
            "register the app's redirect URI",
        ),
        (
            &[54_005],
            "the authorization code was used already",
            "start the sign-in anew; a code is good for one use",
        ),
        (
            &[70_000, 70_008],
            "the code or refresh token is invalid, expired or revoked",
            "start the sign-in anew",
        ),
        (
            &[700_005],
            "the code was redeemed at another tenant than it was issued by",
            "use one tenant id in both addresses",
        ),
        (&[700_082], "the refresh token was not used for 90 days", "sign in again"),
        (
            &[700_084],
            "the refresh token of a single-page app is older than 24 hours",
            "sign in again with a top-level redirect",
        ),
        (&[70_043], "the tenant's sign-in frequency policy ended the session", "sign in again"),
        (&[50_173], "the grants were revoked, for example by a new password", "sign in again"),
        (
            &[501_481, 50_148],
            "the PKCE verifier does not belong to the challenge",
            "send the verifier of the same sign-in",
        ),
        (
            &[50_147, 501_491],
            "the PKCE challenge has an impossible size",
            "send the base64url of the SHA-256 of a verifier of 43 to 128 characters",
        ),
        (
            &[9_002_313],
            "the request is malformed, or the code or refresh token is garbage",
            "send the parameters form-encoded and the code as it came",
        ),
        (
            &[9_002_325],
            "a single-page app redeemed a code without PKCE",
            "send a code verifier, or register the redirect URI on the Web platform",
        ),
        (
            &[9_002_327],
            "the code of a single-page app was redeemed outside a browser",
            "redeem it in the browser, or register the redirect URI on the Web platform",
        ),
        (
            &[90_023],
            "the request does not fit the platform of the redirect URI",
            "check platform (Web or single-page), PKCE and Origin",
        ),
        (
            &[700_054, 70_005],
            "the registration may not get id tokens from the sign-in page",
            "ask for a code alone, or allow id tokens under Authentication",
        ),
        (
            &[50_058],
            "nobody is signed in, and the request forbids asking",
            "sign in with a page (without prompt=none)",
        ),
        (
            &[50_105],
            "the user is not assigned to the application",
            "assign the user or a group, or switch the requirement off",
        ),
        (
            &[50_020, 50_034, 16_003, 90_072],
            "the account is not in this tenant",
            "invite the account",
        ),
        (&[50_126], "user name or password is wrong", "check both"),
        (
            &[50_053],
            "the account is locked after too many attempts",
            "wait, or have an administrator unlock it",
        ),
        (&[50_055], "the password has expired", "set a new password"),
        (&[50_057], "the account is disabled", "have an administrator enable it"),
        (
            &[50_074, 50_076, 50_079],
            "the user must confirm with a second factor",
            "sign in with a page, and pass the claims of the answer on",
        ),
        (&[65_004], "the user declined the consent", "consent, or have an administrator grant it"),
        (
            &[70_016],
            "the device sign-in is not finished yet",
            "enter the code at the address shown",
        ),
        (&[70_018], "the device code is wrong", "start the device sign-in anew"),
        (&[70_019, 70_020], "the device code has expired", "start the device sign-in anew"),
        (
            &[50_013, 500_131, 500_133],
            "the user's token that was handed in is invalid, for another audience, or expired",
            "hand in a fresh token for this application",
        ),
    ],
);

const SERVICE: Table = (
    Topic::Service,
    &[
        (
            &[90_055, 90_024, 90_033, 90_006, 50_033, 50_196],
            "Entra is busy or throttles this client",
            "try again later, and share one token among the calls of a process",
        ),
        (&[70_003], "the grant is not supported", "use client_credentials at this token URL"),
        (
            &[900_561],
            "the endpoint was asked with the wrong HTTP method",
            "send a POST to the token URL",
        ),
    ],
);

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_number_is_explained_once_and_in_one_style() {
        let mut seen = BTreeSet::new();
        for found in all() {
            let Explanation { code, cause, fix, .. } = found;
            assert!(seen.insert(code), "AADSTS{code} is explained twice");
            assert!(!cause.ends_with('.') && !fix.ends_with('.'), "{code}");
            assert!(cause.len() > 10 && fix.len() >= 8, "{code}");
            assert_eq!(explain(code), Some(found));
        }
        assert_eq!(explain(1), None);
    }

    #[test]
    fn what_the_guide_lists_has_its_entry() {
        for (code, entry) in [
            (700_016, "1. Invalid client"),
            (90_002, "1. Invalid client"),
            (7_000_215, "2. Invalid client secret"),
            (7_000_222, "2. Invalid client secret"),
            (1_002_012, "3. Invalid scope"),
            (500_011, "3. Invalid scope"),
            (700_027, "4. Certificate validation failed"),
            (700_024, "4. Certificate validation failed"),
        ] {
            assert_eq!(explain(code).and_then(|found| found.topic.guide_entry()), Some(entry));
        }
        assert!(Topic::Audience.guide_entry().is_some_and(|entry| entry.starts_with("5.")));
    }
}
