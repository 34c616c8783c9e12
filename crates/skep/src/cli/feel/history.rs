//! Where what was typed is kept.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

use crate::output::note;

/// The file with what was typed in earlier sessions; none where it cannot be kept.
///
/// Expressions may hold what only their author should see, so the file is for its owner alone.
pub(super) struct History(Option<PathBuf>);

impl History {
    /// The file that the environment names, made where it is missing.
    pub(super) fn of_user() -> Self {
        let Some(path) = Self::path(|name| env::var_os(name).map(PathBuf::from)) else {
            return Self(None);
        };
        match Self::prepare(&path) {
            Ok(()) => Self(Some(path)),
            Err(error) => {
                note(format!("warning: no history is kept: {}: {error}", path.display()));
                Self(None)
            }
        }
    }

    fn path(variable: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
        if let Some(path) = variable("SKEP_FEEL_HISTORY") {
            return (!path.as_os_str().is_empty()).then_some(path);
        }
        // As the XDG specification has it, a path that is not absolute does not count.
        let data = variable("XDG_DATA_HOME").filter(|path| path.is_absolute());
        let home = || variable("HOME").filter(|path| path.is_absolute());
        let data = data.or_else(|| home().map(|home| home.join(".local/share")))?;
        Some(data.join("skep/feel-history"))
    }

    #[cfg(unix)]
    fn prepare(path: &Path) -> io::Result<()> {
        use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        let file = fs::OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
        file.set_permissions(fs::Permissions::from_mode(0o600))
    }

    #[cfg(not(unix))]
    fn prepare(path: &Path) -> io::Result<()> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder)?;
        }
        fs::OpenOptions::new().append(true).create(true).open(path).map(|_| ())
    }

    /// The file, if there is one.
    pub(super) fn file(&self) -> Option<&Path> {
        self.0.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_says_where() {
        let path = |given: &[(&str, &str)]| {
            let find = |name: &str| given.iter().find(|(known, _)| *known == name);
            History::path(|name| find(name).map(|(_, value)| PathBuf::from(value)))
        };
        let home = ("HOME", "/home/ada");
        let default = PathBuf::from("/home/ada/.local/share/skep/feel-history");
        assert_eq!(path(&[home]), Some(default.clone()));
        assert_eq!(path(&[home, ("XDG_DATA_HOME", "relative")]), Some(default));
        assert_eq!(path(&[home, ("XDG_DATA_HOME", "/d")]), Some("/d/skep/feel-history".into()));
        assert_eq!(path(&[home, ("SKEP_FEEL_HISTORY", "h")]), Some("h".into()));
        assert_eq!(path(&[home, ("SKEP_FEEL_HISTORY", "")]), None);
        assert_eq!(path(&[]), None);
    }
}
