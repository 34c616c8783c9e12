//! The models of `tests/bpmn`, which other crates' tests rely on.

use std::path::{Path, PathBuf};

use skep_model::parse_bpmn;

pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The BPMN files of a folder, in order of their names.
pub(crate) fn models(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "bpmn"))
        .collect();
    paths.sort();
    let name = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
    paths.iter().map(|path| (name(path), std::fs::read(path).unwrap())).collect()
}

#[test]
fn valid_models_are_accepted() {
    let models = models(&repository().join("tests/bpmn"));
    assert!(models.len() > 40, "only {} models found", models.len());
    for (name, xml) in models {
        if let Err(problems) = parse_bpmn(&xml) {
            panic!("{name} is refused:\n{problems}");
        }
    }
}

#[test]
fn bundled_models_are_accepted() {
    let order = repository().join("crates/skep/assets/order-process.bpmn");
    let one_task = repository().join("crates/skep-client/assets/one-task.bpmn");
    assert_eq!(&*parse_bpmn(&std::fs::read(order).unwrap()).unwrap()[0].id, "order_process");
    assert_eq!(&*parse_bpmn(&std::fs::read(one_task).unwrap()).unwrap()[0].id, "one_task");
}
#[test]
fn invalid_models_are_refused() {
    let folder = repository().join("tests/bpmn/invalid");
    let mut texts = String::new();
    for (name, xml) in models(&folder) {
        let problems = parse_bpmn(&xml).expect_err(&name);
        texts += &format!("## {name}\n{problems}\n\n");
    }
    insta::assert_snapshot!(texts);
}
