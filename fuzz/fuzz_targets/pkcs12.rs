#![no_main]

#[path = "../bodies/auth.rs"]
mod bodies;

libfuzzer_sys::fuzz_target!(|data: &[u8]| bodies::pkcs12(data));
