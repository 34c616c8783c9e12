use skep_journal::{DataDirLock, LockError};

#[test]
fn a_second_holder_is_refused_and_told_who_has_it() {
    let dir = tempfile::tempdir().unwrap();
    let data_dir = dir.path().join("data");
    let lock = DataDirLock::acquire(&data_dir).unwrap();
    let error = DataDirLock::acquire(&data_dir).unwrap_err();
    let own = std::process::id();
    assert!(matches!(error, LockError::Held { pid: Some(pid), .. } if pid == own), "{error}");
    let text = error.to_string();
    assert!(text.contains(&data_dir.display().to_string()), "{text}");
    assert!(text.contains(&format!("pid {own}")), "{text}");

    drop(lock);
    DataDirLock::acquire(&data_dir).unwrap();
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, b"").unwrap();
    let error = DataDirLock::acquire(&file.join("data")).unwrap_err();
    assert!(matches!(error, LockError::Io { .. }), "{error}");
    assert!(error.to_string().contains("file/data"), "{error}");
}
