//! Entries typed at a terminal.

use rustyline::{
    Config, Context, Editor, Helper,
    completion::Completer,
    error::ReadlineError,
    highlight::Highlighter,
    hint::Hinter,
    history::FileHistory,
    validate::{ValidationContext, ValidationResult, Validator},
};

use super::{complete, history::History, repl, scope::Scope};
use crate::{failure::Failure, output::note};

/// Entries that are kept.
const HISTORY_ENTRIES_MAX: usize = 1_000;

/// What a person typed.
pub(super) enum Entry {
    /// An expression or a command.
    Text(String),
    /// Nothing that counts: Ctrl-C.
    Dropped,
    /// That the session ends: Ctrl-D.
    End,
}

/// A terminal with line editing and a history.
pub(super) struct Terminal {
    editor: Editor<Names, FileHistory>,
    history: History,
}

impl Terminal {
    /// Opens the terminal of the process.
    ///
    /// # Errors
    /// When it cannot be used.
    pub(super) fn open(history: History) -> Result<Self, Failure> {
        let config = Config::builder()
            .max_history_size(HISTORY_ENTRIES_MAX)
            .and_then(|config| config.history_ignore_dups(true))
            .map_err(unusable)?
            .build();
        let entries = FileHistory::with_config(&config);
        let mut editor = Editor::with_history(config, entries).map_err(unusable)?;
        editor.set_helper(Some(Names(Vec::new())));
        if let Some(file) = history.file()
            // An empty file is a new one.
            && std::fs::metadata(file).is_ok_and(|data| data.len() > 0)
            && let Err(error) = editor.load_history(file)
        {
            note(format!("warning: the history cannot be read: {}: {error}", file.display()));
        }
        Ok(Self { editor, history })
    }

    /// The next entry; Tab completes the names of `scope`.
    ///
    /// # Errors
    /// When the terminal cannot be read.
    pub(super) fn read(&mut self, scope: &Scope) -> Result<Entry, Failure> {
        self.editor
            .set_helper(Some(Names(scope.iter().map(|(name, _)| name.to_owned()).collect())));
        match self.editor.readline("feel> ") {
            Ok(text) => {
                self.remember(text.trim());
                Ok(Entry::Text(text))
            }
            Err(ReadlineError::Interrupted) => Ok(Entry::Dropped),
            Err(ReadlineError::Eof) => Ok(Entry::End),
            Err(error) => Err(unusable(error)),
        }
    }

    fn remember(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let kept =
            self.editor.add_history_entry(text).and_then(|is_new| match self.history.file() {
                // Each entry at once: a session may end by a closed window.
                Some(file) if is_new => self.editor.append_history(file),
                Some(_) | None => Ok(()),
            });
        if let Err(error) = kept {
            note(format!("warning: the history is not kept: {error}"));
        }
    }
}

fn unusable(error: ReadlineError) -> Failure {
    Failure::new("cannot read from the terminal").caused_by(error)
}

/// Tells whether an entry is complete, and completes names; it knows those of the variables.
struct Names(Vec<String>);

impl Helper for Names {}
impl Highlighter for Names {}

impl Hinter for Names {
    type Hint = String;
}

impl Validator for Names {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(if repl::is_complete(context.input()) {
            ValidationResult::Valid(None)
        } else {
            ValidationResult::Incomplete
        })
    }
}

impl Completer for Names {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        position: usize,
        _context: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let before = line.get(..position).unwrap_or_default();
        Ok(complete::candidates(before, self.0.iter().map(String::as_str)))
    }
}
