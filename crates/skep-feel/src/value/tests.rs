use super::*;

#[test]
fn a_value_stays_small() {
    assert!(size_of::<Val<'static>>() <= 32, "{}", size_of::<Val<'static>>());
}
