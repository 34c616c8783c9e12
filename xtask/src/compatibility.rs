//! The tests that the compatibility tables name: each of them exists.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::run::{Error, root};

/// What is wrong with the tables of `docs/compatibility.md` and of the pages beside it.
pub(crate) fn findings() -> Result<Vec<String>, Error> {
    let root = root();
    let docs = root.join("docs");
    let mut pages = vec![docs.join("compatibility.md")];
    let folder = docs.join("compatibility");
    let entries = fs::read_dir(&folder)
        .map_err(|error| format!("cannot read {}: {error}", folder.display()))?;
    for entry in entries {
        pages.push(entry.map_err(|error| error.to_string())?.path());
    }
    pages.sort();
    let mut findings = Vec::new();
    for page in pages {
        let text = fs::read_to_string(&page)
            .map_err(|error| format!("cannot read {}: {error}", page.display()))?;
        // The pages of one area name functions, so that a row cannot outlive its test unseen.
        let names_functions = page.parent() == Some(folder.as_path());
        let shown = page.strip_prefix(&root).unwrap_or(&page).display();
        for (line, cells) in rows(&text) {
            for finding in wrong_with(&root, &cells, names_functions) {
                findings.push(format!("{shown}:{line}: {finding}"));
            }
        }
    }
    Ok(findings)
}

/// The rows of all tables whose last column is called `test`, with their lines.
fn rows(text: &str) -> Vec<(usize, Vec<String>)> {
    let mut found = Vec::new();
    let mut in_table = false;
    for (at, line) in text.lines().enumerate() {
        let Some(inside) =
            line.strip_prefix('|').and_then(|line| line.trim_end().strip_suffix('|'))
        else {
            in_table = false;
            continue;
        };
        let cells = cells(inside);
        if in_table {
            if !cells.iter().all(|cell| cell.chars().all(|c| matches!(c, '-' | ':'))) {
                found.push((at + 1, cells));
            }
        } else {
            in_table = cells.last().is_some_and(|cell| cell == "test");
        }
    }
    found
}

/// The cells of a row; `\|` does not part them.
fn cells(inside: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut before = ' ';
    for c in inside.chars() {
        if c == '|' && before != '\\' {
            cells.push(String::new());
        } else if let Some(cell) = cells.last_mut() {
            cell.push(c);
        }
        before = c;
    }
    cells.iter().map(|cell| cell.trim().to_owned()).collect()
}

fn wrong_with(root: &Path, cells: &[String], names_functions: bool) -> Vec<String> {
    let [.., status, tests] = cells else { return vec!["a row needs two cells".to_owned()] };
    let mut wrong = Vec::new();
    let mut n_found = 0;
    for segment in tests.split(';') {
        let Some((krate, references)) = segment.trim().split_once(": ") else { continue };
        for name in references.split('`').skip(1).step_by(2) {
            n_found += 1;
            if !exists(root, krate, references, name) {
                wrong.push(format!("there is no test {krate}: {name}"));
            } else if names_functions && !name.contains("::") {
                wrong.push(format!("{krate}: {name} is a file: name a function of it"));
            }
        }
    }
    let by_command = tests.contains("`cargo ");
    if n_found == 0 && status.starts_with("yes") && !by_command {
        wrong.push("what works needs a test that shows it".to_owned());
    }
    wrong
}

fn exists(root: &Path, krate: &str, references: &str, name: &str) -> bool {
    if krate == "interop" {
        let folders = ["node", "python", "java"];
        return folders.iter().any(|it| root.join("tests/interop").join(it).join(name).is_file());
    }
    let krate = root.join("crates").join(krate);
    if references.starts_with("unit tests of ") {
        return source(&krate.join("src"), name).is_some_and(|text| text.contains("#[test]"));
    }
    let path: Vec<_> = name.split("::").collect();
    (1..=path.len()).rev().any(|n| {
        let (module, rest) = path.split_at(n);
        let module = krate.join("tests/it").join(module.join("/"));
        let files = [module.with_extension("rs"), module.join("mod.rs")];
        let mut texts = files.iter().filter_map(|file| fs::read_to_string(file).ok());
        texts.any(|text| match rest {
            [] => true,
            [name] => has_test(&text, name) || text.contains(&format!("mod {name} {{")),
            _ => false,
        })
    })
}

/// The text of the source file of a module called `name`.
fn source(folder: &Path, name: &str) -> Option<String> {
    let mut folders: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).ok()?.flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_stem().is_some_and(|stem| stem == name) {
                return fs::read_to_string(path).ok();
            }
        }
    }
    None
}

/// Whether `text` has a function `name` that is a test.
fn has_test(text: &str, name: &str) -> bool {
    let mut is_test = false;
    for line in text.lines().map(str::trim_start) {
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            is_test = true;
        } else if let Some(at) = line.find("fn ").filter(|at| matches!(*at, 0 | 4 | 6 | 10)) {
            let found = line[at + 3..].split(['(', '<']).next() == Some(name);
            if found && is_test {
                return true;
            }
            is_test = false;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_those_of_tables_with_tests() {
        let text = "| a | | test |\n|---|---|---|\n| `x \\| y` | yes | skep: `run` |\n\n\
                    | a | b |\n|---|---|\n| c | d |\n";
        assert_eq!(rows(text), [(3, vec!["`x \\| y`".into(), "yes".into(), "skep: `run`".into()])]);
    }

    #[test]
    fn tests_are_told_from_other_functions() {
        let text = "#[test]\n#[cfg(unix)]\nfn one() {}\n\nfn two() {}\n#[tokio::test]\nasync fn \
                    three() {}\n    #[test]\n    fn four(x in any()) {}\n";
        let found: Vec<_> =
            ["one", "two", "three", "four", "five"].map(|name| has_test(text, name)).into();
        assert_eq!(found, [true, false, true, true, false]);
    }

    #[test]
    fn a_row_without_its_test_is_found() {
        let row = |status: &str, tests: &str, functions: bool| {
            wrong_with(&root(), &["it".into(), status.into(), tests.into()], functions)
        };
        assert!(row("yes", "skep-feel: `control`", false).is_empty());
        let function = "skep-feel: `control::if_takes_else_unless_true`, `builtin::list::sort`";
        assert!(row("yes", function, true).is_empty());
        assert!(row("no", "–", true).is_empty());
        assert!(row("yes", "`cargo bench -p skep-feel`", true).is_empty());
        for (tests, functions) in [
            ("–", false),
            ("skep-feel: `no_such_file`", false),
            ("skep-feel: `control::no_such_test`", false),
            ("skep-none: `control`", false),
            ("skep-feel: `control`", true),
            ("interop: `nothing.mjs`", false),
            ("skep-auth: unit tests of `nothing`", false),
        ] {
            assert_eq!(row("yes", tests, functions).len(), 1, "{tests}");
        }
    }
}
