//! The pages of the guide: their commands run as they stand there, and their tables are whole.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use skep_auth::aadsts;

use crate::server::Server;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn source() -> PathBuf {
    root().join("docs/guide/src")
}

/// A fenced block of a page.
struct Block {
    page: PathBuf,
    line: usize,
    kind: String,
    text: String,
}

fn pages() -> Vec<PathBuf> {
    let mut pages = Vec::new();
    let mut folders = vec![source()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                assert_eq!(path.extension().unwrap(), "md", "{}", path.display());
                pages.push(path);
            }
        }
    }
    pages.sort();
    pages
}

fn blocks(page: &Path) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    for (i, line) in fs::read_to_string(page).unwrap().lines().enumerate() {
        match line.strip_prefix("```") {
            Some(_) if open => open = false,
            Some(kind) => {
                open = true;
                blocks.push(Block {
                    page: page.to_owned(),
                    line: i + 1,
                    kind: kind.to_owned(),
                    text: String::new(),
                });
            }
            None if open => {
                let block = blocks.last_mut().unwrap();
                block.text.push_str(line);
                block.text.push('\n');
            }
            None => {}
        }
    }
    assert!(!open, "{}: a block is not closed", page.display());
    blocks
}

/// `text` with its placeholders filled in: whole words, and neither `$WORD` nor `WORD=`.
fn filled(text: &str, values: &BTreeMap<&str, String>) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut result = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(is_word) {
        let (before, from) = rest.split_at(start);
        result.push_str(before);
        let end = from.find(|c| !is_word(c)).unwrap_or(from.len());
        let (word, after) = from.split_at(end);
        let is_name = before.ends_with('$') || after.starts_with('=');
        match values.get(word).filter(|_| !is_name) {
            Some(value) => result.push_str(value),
            None => result.push_str(word),
        }
        rest = after;
    }
    result + rest
}

#[test]
fn placeholders_are_whole_words() {
    let values = [("CLIENT_ID", "x".to_owned())].into();
    let text = "export ZEEBE_CLIENT_ID='CLIENT_ID' \"$CLIENT_ID\" CLIENT_ID=1 CLIENT_ID/.default";
    assert_eq!(
        filled(text, &values),
        "export ZEEBE_CLIENT_ID='x' \"$CLIENT_ID\" CLIENT_ID=1 x/.default"
    );
}

#[test]
fn the_commands_of_the_guide_work() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path(), &["--dev", "--idp-port", "0"]);
    let by_secret = server.environment("secret");
    let by_certificate = server.environment("certificate");
    let gateway = &by_secret["ZEEBE_ADDRESS"];
    let values: BTreeMap<&str, String> = [
        ("DATA_DIR", dir.path().to_str().unwrap()),
        ("TENANT_ID", &by_secret["SKEP_IDP_TENANT"]),
        ("GATEWAY_ADDRESS", gateway),
        ("CLIENT_ID", &by_secret["ZEEBE_CLIENT_ID"]),
        ("CLIENT_SECRET", &by_secret["ZEEBE_CLIENT_SECRET"]),
        ("CERTIFICATE_CLIENT_ID", &by_certificate["ZEEBE_CLIENT_ID"]),
        ("KEYSTORE_PATH", &by_certificate["ZEEBE_CLIENT_ASSERTION_KEYSTORE_PATH"]),
        ("KEYSTORE_PASSWORD", &by_certificate["ZEEBE_CLIENT_ASSERTION_KEYSTORE_PASSWORD"]),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .into();
    let binary = Path::new(env!("CARGO_BIN_EXE_skep")).parent().unwrap().to_owned();
    let mut path = binary.into_os_string();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap());

    let mut n_run = 0;
    for page in pages() {
        // What one block of a page writes, the next may read.
        let folder = tempfile::tempdir().unwrap();
        for block in blocks(&page).iter().filter(|block| block.kind == "sh run") {
            let script = filled(&block.text, &values)
                .replace("https://login.microsoftonline.com", &by_secret["SKEP_IDP_ORIGIN"]);
            let mut shell = Command::new("sh");
            shell.args(["-e", "-c", &script]).current_dir(folder.path()).env_clear();
            shell.env("PATH", &path).env("SSL_CERT_FILE", &by_secret["SSL_CERT_FILE"]);
            let output = shell.output().unwrap();
            assert!(
                output.status.success(),
                "{}:{}: {}\n{script}\n{}{}",
                block.page.display(),
                block.line,
                output.status,
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            );
            n_run += 1;
        }
    }
    assert!(n_run >= 17, "only {n_run} blocks were run");
}

#[test]
fn every_block_says_whether_it_is_run() {
    for page in pages() {
        for Block { page, line, kind, .. } in blocks(&page) {
            let is_known = ["sh run", "sh show", "yaml", "json", "text"].contains(&kind.as_str());
            assert!(is_known, "{}:{line}: {kind:?}", page.display());
        }
    }
}

#[test]
fn every_page_is_in_the_summary_and_every_link_leads_somewhere() {
    let mut linked = BTreeSet::new();
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for (at, opening) in text.match_indices("](") {
            let link = text[at + opening.len()..].split(')').next().unwrap();
            if link.starts_with("https://") {
                continue;
            }
            let target = page.parent().unwrap().join(link);
            assert!(target.is_file(), "{}: {link} leads nowhere", page.display());
            if page.ends_with("SUMMARY.md") {
                linked.insert(target.canonicalize().unwrap());
            }
        }
    }
    for page in pages().iter().filter(|page| !page.ends_with("SUMMARY.md")) {
        assert!(linked.contains(&page.canonicalize().unwrap()), "{}", page.display());
    }
}

#[test]
fn the_troubleshooting_page_has_every_number_and_every_code() {
    let page = fs::read_to_string(source().join("entra/troubleshooting.md")).unwrap();
    for aadsts::Explanation { code, cause, fix, .. } in aadsts::all() {
        let row = format!("| AADSTS{code} | {cause} | {fix} |");
        assert!(page.contains(&row), "the page lacks the row: {row}");
    }
    let mut n_codes = 0;
    let mut folders =
        vec![root().join("crates/skep-auth/src"), root().join("crates/skep/src/cli/doctor")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            for (at, _) in text.match_indices("\"SKEP-") {
                let code = text[at + 1..].split('"').next().unwrap();
                let is_code = code.bytes().all(|b| b.is_ascii_uppercase() || b == b'-');
                if is_code && !code.ends_with('-') {
                    let row = format!("| `{code}` | ");
                    assert!(page.contains(&row), "{code} of {} is not explained", path.display());
                    n_codes += 1;
                }
            }
        }
    }
    assert!(n_codes > 40, "only {n_codes} codes were found");
}
