//! A line on stderr for whoever waits.

use std::{future::Future, io::IsTerminal as _, pin::pin, time::Duration};

use tokio::time::{Instant, sleep_until};

use crate::output::note;

/// What takes longer is announced.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often it is said again where nobody watches a terminal.
const REPEAT: Duration = Duration::from_secs(30);

/// Awaits `work`, and says `what` is going on when it takes longer than a second.
pub(crate) async fn while_waiting<T>(what: &str, work: impl Future<Output = T>) -> T {
    let began = Instant::now();
    let mut work = pin!(work);
    let mut next = began + PATIENCE;
    let repeat = if std::io::stderr().is_terminal() { REPEAT / 6 } else { REPEAT };
    loop {
        tokio::select! {
            result = &mut work => return result,
            () = sleep_until(next) => {
                note(format!("{what} … {} s", began.elapsed().as_secs()));
                next += repeat;
            }
        }
    }
}
