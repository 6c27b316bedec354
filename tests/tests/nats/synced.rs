//! Whether the server syncs each write is found out at its monitoring port.

use std::net::TcpListener;

use chassis::config::Nats;
use local_nats::{LocalNats, Options};

#[tokio::test]
async fn a_server_that_does_not_sync_each_write_is_told_apart() {
    for sync_always in [true, false] {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let options = Options {
            sync_always,
            further: format!("http: \"127.0.0.1:{port}\""),
            ..Options::default()
        };
        let nats = LocalNats::start(options).await.unwrap();
        let mut settings = Nats {
            url: nats.url(),
            ..Nats::default()
        };
        assert_eq!(chassis::syncs_each_write(&settings).await.unwrap(), None);
        settings.monitor_url = Some(format!("http://127.0.0.1:{port}"));
        let told = chassis::syncs_each_write(&settings).await.unwrap();
        assert_eq!(told, Some(sync_always));
        // Copies on other servers stand for the disk.
        settings.replicas = 3;
        assert_eq!(chassis::syncs_each_write(&settings).await.unwrap(), None);
        settings.replicas = 1;
        nats.stop().await.unwrap();
        let error = chassis::syncs_each_write(&settings).await.unwrap_err();
        assert!(
            format!("{error:#}").contains("nats.monitor_url"),
            "{error:#}"
        );
    }
}
