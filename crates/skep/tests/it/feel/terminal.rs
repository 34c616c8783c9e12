//! A session on a pseudo-terminal.

use std::{
    fs::File,
    io::{Read as _, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Child, Stdio},
    sync::mpsc::{self, Receiver},
    time::{Duration, Instant},
};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::run::command;

/// How long one answer may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// `skep feel` on a terminal of its own.
struct Session {
    child: Child,
    keys: File,
    screen: Receiver<Vec<u8>>,
    seen: String,
}

impl Session {
    fn start(home: &Path) -> Self {
        let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&controller).unwrap();
        unlockpt(&controller).unwrap();
        let name = ptsname(&controller, Vec::new()).unwrap();
        let terminal = File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
        let stdio = || Stdio::from(terminal.try_clone().unwrap());
        let mut command = command(&["feel"]);
        command.env("HOME", home).env("TERM", "xterm");
        let child = command.stdin(stdio()).stdout(stdio()).stderr(stdio()).spawn().unwrap();
        drop((terminal, command));
        let keys = File::from(controller);
        let mut output = keys.try_clone().unwrap();
        let (send, screen) = mpsc::channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            // The terminal is gone when its last user is.
            while let Ok(len @ 1..) = output.read(&mut bytes) {
                if send.send(bytes[..len].to_vec()).is_err() {
                    return;
                }
            }
        });
        let mut session = Self { child, keys, screen, seen: String::new() };
        session.sees("feel> ");
        session
    }

    fn types(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits for `text` and forgets what came up to its end.
    #[track_caller]
    fn sees(&mut self, text: &str) {
        let start = Instant::now();
        loop {
            if let Some(at) = self.seen.find(text) {
                self.seen.drain(..at + text.len());
                return;
            }
            let left = PATIENCE.saturating_sub(start.elapsed());
            match self.screen.recv_timeout(left) {
                Ok(bytes) => self.seen.push_str(&String::from_utf8_lossy(&bytes)),
                Err(_) => panic!("no {text:?} but {:?}", self.seen),
            }
        }
    }

    /// Types an entry and waits for its answer and the next prompt.
    #[track_caller]
    fn asks(&mut self, entry: &str, answer: &str) {
        self.types(&format!("{entry}\r"));
        self.sees(&format!("\n{answer}"));
        self.sees("feel> ");
    }

    #[track_caller]
    fn ends(mut self, keys: &str) {
        self.types(keys);
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}");
    }
}

#[test]
fn a_person_has_a_session_with_history() {
    let home = tempfile::tempdir().unwrap();
    let mut session = Session::start(home.path());
    session.asks("1 + 2", "3");
    session.asks(":set total = 100", "total = 100");
    session.asks("total * 1.5", "150.0");
    // Errors are shown with their place, and the session goes on.
    session.asks("total * * 2", "error: the expression cannot be read");
    session.types("total +\r");
    session.types("11\r");
    session.sees("\n111");
    session.sees("feel> ");
    // Ctrl-C drops what is typed.
    session.types("9999\u{3}");
    session.sees("feel> ");
    // Tab completes.
    session.asks("[string le\t\"four\")]", "[4]");
    session.asks(":help", "Type a FEEL expression");
    session.ends("\u{4}");

    let file = home.path().join(".local/share/skep/feel-history");
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "{mode:o}");
    let kept = std::fs::read_to_string(&file).unwrap();
    assert!(kept.contains("total * 1.5\n") && !kept.contains("9999"), "{kept}");

    // A second session finds what the first one typed, the newest first.
    let mut session = Session::start(home.path());
    session.types("\u{1b}[A\u{1b}[A");
    session.sees("[string length(\"four\")]");
    session.types("\r");
    session.sees("\n[4]");
    session.sees("feel> ");
    session.ends(":quit\r");
}

#[test]
fn no_history_is_kept_where_none_is_wanted() {
    let home = tempfile::tempdir().unwrap();
    // A file where the folder should be.
    std::fs::write(home.path().join(".local"), "").unwrap();
    let mut session = Session::start(home.path());
    session.asks("1 + 2", "3");
    session.ends("\u{4}");
}
