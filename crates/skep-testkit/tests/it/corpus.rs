//! The corpus of the fuzzer, through the bodies of its targets.

use std::{fs, path::Path};

#[allow(unreachable_pub, reason = "a fuzzer includes the same file")]
#[path = "../../../../fuzz/bodies/engine.rs"]
mod bodies;

#[test]
fn every_input_of_the_corpus_is_survived() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    for (name, body) in bodies::TARGETS {
        let mut n_inputs = 0;
        for entry in fs::read_dir(corpus.join(name)).unwrap() {
            let bytes = fs::read(entry.unwrap().path()).unwrap();
            body(&bytes);
            // What is cut off, goes on, or has a byte changed is survived as well.
            body(&bytes[..bytes.len() / 2]);
            body(&[&bytes[..], &bytes[..]].concat());
            for at in (0..bytes.len()).step_by(bytes.len() / 50 + 1) {
                let mut changed = bytes.clone();
                changed[at] ^= 1 << (at % 8);
                body(&changed);
            }
            n_inputs += 1;
        }
        assert!(n_inputs >= 5, "the corpus of {name} is nearly empty");
    }
}
