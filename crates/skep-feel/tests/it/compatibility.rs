//! The page that tells users which functions there are.

use std::collections::BTreeSet;

use skep_feel::builtins;

#[test]
fn every_function_has_its_row() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/compatibility/feel.md");
    let page = std::fs::read_to_string(path).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('('));
    let listed: BTreeSet<_> = rows.map(|(name, _)| name).collect();
    let known: BTreeSet<_> = builtins().map(|signature| signature.name).collect();
    assert_eq!(listed, known);
}
