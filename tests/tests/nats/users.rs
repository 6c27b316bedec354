//! The users of `deploy/nats`, with keys made for the test.

use std::path::{Path, PathBuf};

use domain::decider::Room;
use local_nats::{LocalNats, Options};
use nkeys::KeyPair;
use tempfile::TempDir;

pub fn deployed(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../deploy/nats")
        .join(file)
}

/// A folder with a seed file for each user and the `keys.conf` that `keys.sh` would write.
pub fn keys() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut public = String::new();
    for name in Room::ALL.map(Room::token).into_iter().chain(["operator"]) {
        let pair = KeyPair::new_user();
        std::fs::write(
            folder.path().join(format!("{name}.seed")),
            pair.seed().unwrap(),
        )
        .unwrap();
        let variable = name.to_uppercase().replace('-', "_");
        public += &format!("NKEY_{variable} = {}\n", pair.public_key());
    }
    std::fs::write(folder.path().join("keys.conf"), public).unwrap();
    folder
}

/// A server with the users that are deployed.
pub async fn server(keys: &TempDir) -> LocalNats {
    let users = std::fs::read_to_string(deployed("users.conf")).unwrap();
    server_of(keys, &users).await
}

pub async fn server_of(keys: &TempDir, users: &str) -> LocalNats {
    let public = std::fs::read_to_string(keys.path().join("keys.conf")).unwrap();
    let include = "include \"keys.conf\"";
    assert!(users.contains(include));
    let further = users.replace(include, &public);
    LocalNats::start(Options {
        further,
        ..Options::default()
    })
    .await
    .unwrap()
}

/// A user's key.
pub fn key(keys: &TempDir, user: &str) -> KeyPair {
    let seed = std::fs::read_to_string(keys.path().join(format!("{user}.seed"))).unwrap();
    KeyPair::from_seed(&seed).unwrap()
}
