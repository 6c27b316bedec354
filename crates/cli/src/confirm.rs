//! Asks before something is done that cannot be undone. Must not know what.

use std::io::{BufRead, IsTerminal, Write};

use crate::problem::Problem;

/// What is asked, and what is said when nobody says yes.
pub(crate) struct Question<'a> {
    /// Shown to whoever is at the terminal, who is to type `yes`.
    pub asked: String,
    /// What it was that nobody could be asked: `whether to commit`.
    pub whether: &'a str,
    /// What was not done then: `not committed`.
    pub not_done: &'a str,
    /// What on the command line led to the question.
    pub place: &'a str,
}

impl Question<'_> {
    /// Asks whoever is at the terminal; a script says `--yes`.
    pub fn confirm(&self, yes: bool) -> Result<(), Problem> {
        if yes {
            return Ok(());
        }
        let next = "look at the preview, and give --yes";
        let stdin = std::io::stdin();
        if !stdin.is_terminal() {
            let what = format!("nobody is there to be asked {}", self.whether);
            return Err(Problem::usage(what, self.place, next));
        }
        eprint!("{}", self.asked);
        let _unseen = std::io::stderr().flush();
        let mut answer = String::new();
        let read = stdin.lock().read_line(&mut answer);
        if read.is_ok() && answer.trim() == "yes" {
            return Ok(());
        }
        Err(Problem::usage(self.not_done, self.place, next))
    }
}
