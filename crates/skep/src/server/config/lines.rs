//! In which line of a YAML file a key stands.
//!
//! The parser does not tell. Good enough for messages: mappings in block style are followed, and
//! what is written in one line with others counts as that line.

use std::collections::BTreeMap;

/// The first line of each path of keys, from 1; `spelling` says what a key is called.
pub(super) fn of_keys(yaml: &str, spelling: impl Fn(&str) -> String) -> BTreeMap<String, usize> {
    let mut lines = BTreeMap::new();
    // The keys that the current line is inside of, each with its indentation.
    let mut inside: Vec<(usize, String)> = Vec::new();
    for (number, line) in (1..).zip(yaml.lines()) {
        let content = line.trim_start();
        if content.is_empty() || content.starts_with(['#', '-', '%']) {
            continue;
        }
        let indentation = line.len() - content.len();
        inside.retain(|(outer, _)| *outer < indentation);
        let Some((key, rest)) = content.split_once(':') else { continue };
        let path = add(&mut lines, &inside, key, number, &spelling);
        in_braces(rest, &path, number, &mut lines, &spelling);
        inside.push((indentation, unquoted(key).to_owned()));
    }
    lines
}

fn add(
    lines: &mut BTreeMap<String, usize>,
    inside: &[(usize, String)],
    key: &str,
    number: usize,
    spelling: &impl Fn(&str) -> String,
) -> String {
    let outer = inside.iter().map(|(_, key)| key.as_str());
    let path: Vec<_> = outer.chain([unquoted(key)]).map(spelling).collect();
    let path = path.join(".");
    lines.entry(path.clone()).or_insert(number);
    path
}

/// Keys of mappings in braces that begin and end in this line.
fn in_braces(
    rest: &str,
    path: &str,
    number: usize,
    lines: &mut BTreeMap<String, usize>,
    spelling: &impl Fn(&str) -> String,
) {
    let mut path: Vec<String> = vec![path.to_owned()];
    let mut word = String::new();
    for letter in rest.chars() {
        match letter {
            '{' => word.clear(),
            ':' => {
                let full = format!("{}.{}", path.join("."), spelling(unquoted(&word)));
                lines.entry(full).or_insert(number);
                path.push(spelling(unquoted(&word)));
                word.clear();
            }
            ',' | '}' => {
                // A value ends, or a mapping; the latter is the end of its key's value too.
                if path.len() > 1 {
                    path.pop();
                }
                word.clear();
            }
            letter => word.push(letter),
        }
    }
}

fn unquoted(key: &str) -> &str {
    key.trim().trim_matches(['"', '\''])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_in_their_lines() {
        let yaml = "# comment\n\nzeebe:\n  broker:\n    cluster: {partitions-count: 3}\n\n  gateway:\n    network:\n      port: 1\nserver: {port: 2}\n'skep':\n  security: {a: {b: 1}, c: 2}\n";
        let lines = of_keys(yaml, |key| key.replace("partitions-count", "partitionsCount"));
        for (path, line) in [
            ("zeebe", 3),
            ("zeebe.broker", 4),
            ("zeebe.broker.cluster", 5),
            ("zeebe.broker.cluster.partitionsCount", 5),
            ("zeebe.gateway.network.port", 9),
            ("server.port", 10),
            ("skep.security.a.b", 12),
            ("skep.security.c", 12),
        ] {
            assert_eq!(lines.get(path), Some(&line), "{path} in {lines:?}");
        }
    }

    #[test]
    fn whatever_it_is_nothing_breaks() {
        for odd in
            ["", ":", "{", "a: {{{", "a: }}}}", "- a: 1\n- b", "a: |\n  text: more\n", "\t: x"]
        {
            of_keys(odd, str::to_owned);
        }
    }
}
