#![no_main]

#[path = "../bodies/auth.rs"]
mod bodies;

libfuzzer_sys::fuzz_target!(|data: &[u8]| bodies::jwks(data));
