//! Who may do what on a server of our own: this process everything; whoever else is on this machine
//! what deploy/nats lets an operator read, without a password. So no other process deletes the log
//! or writes on it, and every command that looks at it works as it is.

use std::path::{Path, PathBuf};

use local_nats::{LocalNats, Options};
use nkeys::KeyPair;

/// The users of a cell, of whom one is the operator.
const DEPLOYED: &str = include_str!("../../../deploy/nats/users.conf");
/// What the deployed operator may write. Who needs no key may not.
const RECORDS: &str = "\"bo.main.quarantine\"";
const OPERATOR: &str = "nkey: $NKEY_OPERATOR";
/// The cell that the file is written for.
const CELL: &str = "main";
const SEED: &str = "services.seed";

/// The key of a server's owner, in a file for this user alone.
struct Services {
    key: KeyPair,
}

/// Starts a server of our own. With it comes the file of the key that may do everything there.
pub(crate) async fn start(options: Options, cell: &str) -> anyhow::Result<(LocalNats, PathBuf)> {
    let services = Services::new();
    let further = services.configuration(cell);
    let nats = LocalNats::start(Options { further, ..options }).await?;
    let seed = services.keep(nats.dir())?;
    Ok((nats, seed))
}

impl Services {
    fn new() -> Self {
        let key = KeyPair::new_user();
        Self { key }
    }

    /// Lines of the server's configuration.
    fn configuration(&self, cell: &str) -> String {
        let key = self.key.public_key();
        let permissions = operators(DEPLOYED, cell);
        // Nobody knows a password that is needed by none.
        let unused = KeyPair::new_user().public_key();
        format!(
            "authorization {{\n  users = [\n    {{ nkey: {key} }}\n    {{ user: operator, \
             password: {unused}, permissions: {{{permissions}}} }}\n  ]\n}}\n\
             no_auth_user: operator\n"
        )
    }

    /// Puts the secret part into the folder, in the place of one of an earlier start. What this
    /// process makes is for its user alone.
    fn keep(&self, dir: &Path) -> anyhow::Result<PathBuf> {
        let path = dir.join(SEED);
        std::fs::write(&path, self.key.seed()?)?;
        Ok(path)
    }
}

/// What stands between the braces of the operator's permissions, for this cell.
fn operators(users: &str, cell: &str) -> String {
    let (_, after) = users.split_once(OPERATOR).unwrap_or_default();
    let (_, after) = after.split_once("permissions: {").unwrap_or_default();
    let mut open = 1_usize;
    let end = after.find(|letter| {
        match letter {
            '{' => open = open.saturating_add(1),
            '}' => open = open.saturating_sub(1),
            _ => {}
        }
        open == 0
    });
    let permissions = after.get(..end.unwrap_or_default()).unwrap_or_default();
    permissions
        .replace(RECORDS, "")
        .replace(&format!(".{CELL}."), &format!(".{cell}."))
        .replace(&format!("BO_{CELL}"), &format!("BO_{cell}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operator_has_the_rights_of_the_deployed_one_in_this_cell() {
        let rights = operators(DEPLOYED, "north");
        assert!(rights.contains("$JS.API.STREAM.INFO.BO_north"), "{rights}");
        assert!(rights.contains("bo.north.>"), "{rights}");
        assert!(!rights.contains("main"), "{rights}");
        assert!(!rights.contains("STREAM.DELETE"), "{rights}");
        assert!(DEPLOYED.contains(RECORDS));
        assert!(!rights.contains("quarantine"), "{rights}");
        assert_eq!(rights.matches('{').count(), rights.matches('}').count());
    }
}
