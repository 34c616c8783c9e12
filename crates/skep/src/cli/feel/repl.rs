//! A session: entries are read, evaluated and printed, one after the other.

use std::io::Read as _;

use skep_feel::Expression;

use super::{
    evaluate,
    history::History,
    input::{Entry, Terminal},
    scope::Scope,
    shown,
};
use crate::{
    failure::Failure,
    output::{line, note},
};

/// More than any collection of expressions has, so a mistaken file is refused before it is read.
const INPUT_BYTES_MAX: u64 = 64 << 20;

const HELP: &str = "\
Type a FEEL expression to see its value; Enter continues one that is not complete, an empty
line ends it anyway.
  :set NAME = EXPR      sets a variable to the value of an expression
  :unset NAME           forgets a variable
  :context              shows the variables
  :context FILE         replaces them with the JSON object in a file
  :functions [TEXT]     lists the built-in functions, or those whose name contains TEXT
  :help                 shows this text
  :quit                 ends the session, as Ctrl-D does; Ctrl-C drops what is typed
Up and down walk through what was typed before, Ctrl-R searches it, Tab completes names.";

/// Whether the session goes on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Next {
    Read,
    Quit,
}

/// A session with a person: errors are shown and it goes on.
///
/// # Errors
/// When the terminal cannot be read, or stdout cannot be written.
pub(super) fn on_terminal(mut scope: Scope) -> Result<(), Failure> {
    let mut terminal = Terminal::open(History::of_user())?;
    note("FEEL: type an expression, :help for help, Ctrl-D to leave");
    loop {
        match terminal.read(&scope)? {
            Entry::Text(text) => match run(&text, &mut scope) {
                Ok(Next::Read) => (),
                Ok(Next::Quit) => return Ok(()),
                Err(failure) => {
                    // The session has no exit code of its own to give for one entry.
                    let _ = failure.report();
                }
            },
            Entry::Dropped => (),
            Entry::End => return Ok(()),
        }
    }
}

/// A session with a file or another program: it ends at the first entry that fails.
///
/// # Errors
/// The failure of that entry, and when stdin cannot be read.
pub(super) fn from_stdin(mut scope: Scope) -> Result<(), Failure> {
    let mut text = String::new();
    std::io::stdin()
        .lock()
        .take(INPUT_BYTES_MAX)
        .read_to_string(&mut text)
        .map_err(|e| Failure::usage("cannot read the expressions from stdin").caused_by(e))?;
    let mut entry = String::new();
    let mut first_line = 1;
    for (at, text) in text.lines().enumerate() {
        if entry.is_empty() {
            first_line = at + 1;
        } else {
            entry.push('\n');
        }
        entry.push_str(text);
        if !is_complete(&entry) {
            continue;
        }
        let entry = std::mem::take(&mut entry);
        if run_line(&entry, first_line, &mut scope)? == Next::Quit {
            return Ok(());
        }
    }
    run_line(&entry, first_line, &mut scope).map(|_| ())
}

fn run_line(entry: &str, first_line: usize, scope: &mut Scope) -> Result<Next, Failure> {
    run(entry, scope).inspect_err(|_| note(format!("line {first_line} of stdin:")))
}

/// Whether `entry` is all that will be typed: it cannot go on, or an empty line ended it.
pub(super) fn is_complete(entry: &str) -> bool {
    if entry.ends_with('\n') || entry.trim().is_empty() {
        return true;
    }
    let expression = match entry.trim_start().strip_prefix(':') {
        Some(command) => match command.split_once('=') {
            Some((set, expression)) if set.starts_with("set") => expression,
            Some(_) | None => return true,
        },
        None => entry,
    };
    let expression = expression.trim_start().strip_prefix('=').unwrap_or(expression);
    !Expression::parse(expression).is_err_and(|error| error.is_incomplete)
}

fn run(entry: &str, scope: &mut Scope) -> Result<Next, Failure> {
    let entry = entry.trim();
    if entry.is_empty() {
        return Ok(Next::Read);
    }
    let Some(command) = entry.strip_prefix(':') else {
        let value = evaluate(entry, scope)?;
        line(shown(&value))?;
        return Ok(Next::Read);
    };
    let (name, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
    let rest = rest.trim();
    match (name, rest) {
        ("help" | "h" | "?", "") => line(HELP)?,
        ("quit" | "q" | "exit", "") => return Ok(Next::Quit),
        ("set", _) => set(rest, scope)?,
        ("unset", name) if !name.is_empty() => {
            if !scope.unset(name) {
                return Err(Failure::usage(format!("there is no variable {name}")));
            }
        }
        ("context", "") => show(scope)?,
        ("context", file) => *scope = Scope::read(":context", Some(&format!("@{file}")))?,
        ("functions", part) => functions(part)?,
        _ => {
            return Err(Failure::usage(format!("there is no command :{command}"))
                .fix(":help lists the commands"));
        }
    }
    Ok(Next::Read)
}

fn set(assignment: &str, scope: &mut Scope) -> Result<(), Failure> {
    let Some((name, expression)) = assignment.split_once('=') else {
        return Err(Failure::usage("a variable is set to an expression")
            .fix("write it as :set total = 100 + 42"));
    };
    let value = evaluate(expression.trim(), scope)?;
    let text = shown(&value);
    scope.set(name.trim(), value)?;
    line(format!("{} = {text}", name.trim()))
}

fn show(scope: &Scope) -> Result<(), Failure> {
    let lines: Vec<_> =
        scope.iter().map(|(name, value)| format!("{name} = {}", shown(value))).collect();
    if lines.is_empty() { line("there are no variables") } else { line(lines.join("\n")) }
}

fn functions(part: &str) -> Result<(), Failure> {
    let signatures = skep_feel::builtins().filter(|signature| signature.name.contains(part));
    let lines: Vec<_> = signatures.map(|signature| signature.to_string()).collect();
    if lines.is_empty() {
        return Err(Failure::usage(format!("no built-in function has {part:?} in its name")));
    }
    line(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::is_complete;

    #[test]
    fn an_entry_goes_on_while_its_end_is_missing() {
        for text in [
            "1 +",
            "[1, 2",
            "{a: 1,",
            "\"abc",
            "`a b",
            "1 /* and",
            "if a then b",
            "= 1 +",
            ":set x = [1,",
        ] {
            assert!(!is_complete(text), "{text}");
            assert!(is_complete(&format!("{text}\n")), "{text} and an empty line");
        }
        for text in [
            "",
            " ",
            "1",
            "1 + 2",
            "1 + * 2",
            ")",
            ":help",
            ":context a.json",
            ":set x",
            ":set x = 1",
        ] {
            assert!(is_complete(text), "{text}");
        }
    }
}
