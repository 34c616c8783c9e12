//! Names that begin as what is typed ends.

/// The commands of a session.
const COMMANDS: [&str; 6] = [":context", ":functions", ":help", ":quit", ":set", ":unset"];

/// Where the name at the end of `typed` begins, and what it may become: a command, a variable,
/// or a built-in function, whose name may have spaces.
pub(super) fn candidates<'v>(
    typed: &str,
    variables: impl Iterator<Item = &'v str>,
) -> (usize, Vec<String>) {
    if typed.starts_with(':') && !typed.contains(char::is_whitespace) {
        let commands = COMMANDS.iter().filter(|command| command.starts_with(typed));
        return (0, commands.map(|command| (*command).to_owned()).collect());
    }
    let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == ' ';
    let start = typed.char_indices().rev().take_while(|(_, c)| is_name(*c)).last();
    let start = start.map_or(typed.len(), |(at, _)| at);
    // The longest run of words that some function begins with.
    for (at, _) in typed[start..].char_indices() {
        let at = start + at;
        let begins_word = at == start || typed[..at].ends_with(' ');
        let part = &typed[at..];
        if !begins_word || part.starts_with(' ') || !part.contains(' ') {
            continue;
        }
        let found = functions(part);
        if !found.is_empty() {
            return (at, found);
        }
    }
    let at = typed
        .rfind(|c: char| !is_name(c) || c == ' ')
        .map_or(0, |at| at + typed[at..].chars().next().map_or(0, char::len_utf8));
    let word = &typed[at..];
    if word.is_empty() {
        return (at, Vec::new());
    }
    let mut found: Vec<_> =
        variables.filter(|name| name.starts_with(word)).map(str::to_owned).collect();
    found.extend(functions(word));
    (at, found)
}

fn functions(part: &str) -> Vec<String> {
    let mut names: Vec<_> = skep_feel::builtins()
        .filter(|signature| signature.name.starts_with(part))
        .map(|signature| format!("{}(", signature.name))
        .collect();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::candidates;

    #[test]
    fn names_are_completed() {
        for (typed, at, expected) in [
            (":he", 0, vec![":help"]),
            ("tot", 0, vec!["total"]),
            ("1 + tot", 4, vec!["total"]),
            ("substring b", 0, vec!["substring before("]),
            ("1 + years a", 4, vec!["years and months duration("]),
            ("[is d", 1, vec!["is defined("]),
            ("x in mod", 5, vec!["mode(", "modulo("]),
            ("ä.fla", 3, vec!["flatten("]),
            ("nothing", 0, vec![]),
            ("1 + ", 4, vec![]),
            ("", 0, vec![]),
        ] {
            let (start, found) = candidates(typed, ["total", "name"].into_iter());
            assert_eq!((start, found), (at, expected.iter().map(|it| (*it).to_owned()).collect()));
        }
    }
}
