//! The main job from one command.

use crate::server::{printed, skep};

#[test]
fn the_main_job_runs_twice_in_one_directory() {
    let dir = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let output =
            skep(&["quickstart", "--once", "--data-dir"]).arg(dir.path()).output().unwrap();
        let text = printed(&output);
        for expected in [
            "token by client secret",
            "token by client assertion",
            "job ",
            "payment-service",
            "shipping-service",
            "\"shipped\":true",
            "Every step worked",
        ] {
            assert!(text.contains(expected), "{expected} is missing in:\n{text}");
        }
    }
}
