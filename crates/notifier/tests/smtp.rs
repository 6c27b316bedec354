//! Letters to a real SMTP server process that takes them, is busy, says no, is away, or dies.

#![cfg(test)]

#[allow(dead_code, reason = "each test file uses some of it")]
mod office;
#[allow(dead_code, reason = "each test file uses some of it")]
mod shop;

use api::notifier::v1::NoticeState;
use domain::event::{Event, NotifierEvent};
use domain::notifier::MAX_ATTEMPTS;
use office::Office;
use shop::{Shop, placed, waits};

const UNTIL: &str = "2026-12-01T10:00:00Z";

/// A shop whose only order waits, its letter on the way to this address.
async fn shop(state: &tempfile::TempDir, url: &str, email: &str) -> Shop {
    let shop = Shop::open(state.path(), Some(url)).await;
    shop.hear(placed("o1", email, 3)).await;
    shop.hear(waits("o1", 3, UNTIL)).await;
    shop
}

/// How the only notice stands: its state, how often it was tried, what the server said.
async fn notice(shop: &Shop) -> (NoticeState, u32, String) {
    let [notice] = shop.notices("o1").await.try_into().unwrap();
    (notice.state(), notice.attempts, notice.last_error)
}

#[tokio::test]
async fn a_letter_reaches_the_server_whole_and_once() {
    let state = tempfile::tempdir().unwrap();
    let office = Office::open(&state.path().join("mail"), "open");
    let mut shop = shop(&state, &office.url(), "ann@example.com").await;
    shop.rest().await;
    assert_eq!(notice(&shop).await, (NoticeState::Sent, 1, String::new()));
    let mail = office.mail();
    assert_eq!(mail.len(), 1);
    let lines: Vec<&str> = mail[0].lines().collect();
    for line in [
        "X-Rcpt: ann@example.com",
        "To: ann@example.com",
        "From: Backorder <orders@backorder.example>",
        "Subject: Your order o1: an item will follow later",
        "  3 x BOLT: expected on 2026-12-01",
    ] {
        assert!(lines.contains(&line), "no line {line:?} in\n{}", mail[0]);
    }
    shop.stop().await;
}

#[tokio::test]
async fn a_busy_server_gets_the_letter_later() {
    let state = tempfile::tempdir().unwrap();
    let office = Office::open(&state.path().join("mail"), "open");
    let mut shop = shop(&state, &office.url(), "busy-2@example.com").await;
    let next = shop.rest().await.unwrap();
    assert_eq!(next.ms_since(shop.clock.now()), 60_000);
    let (state_now, attempts, said) = notice(&shop).await;
    assert_eq!((state_now, attempts), (NoticeState::Pending, 1));
    assert!(said.contains("451") && said.contains("busy"), "{said}");
    shop.play_on().await;
    let (state_now, attempts, _) = notice(&shop).await;
    assert_eq!((state_now, attempts), (NoticeState::Sent, 3));
    assert_eq!(office.mail().len(), 1);
    shop.stop().await;
}

#[tokio::test]
async fn a_final_no_about_the_letter_is_given_up_at_once() {
    for email in ["nobody@example.com", "spam@example.com"] {
        let state = tempfile::tempdir().unwrap();
        let office = Office::open(&state.path().join("mail"), "open");
        let mut shop = shop(&state, &office.url(), email).await;
        assert_eq!(shop.rest().await, None);
        let (state_now, attempts, said) = notice(&shop).await;
        assert_eq!((state_now, attempts), (NoticeState::Failed, 1), "{said}");
        assert!(said.contains("55"), "{said}");
        assert_eq!(office.mail().len(), 0);
        shop.stop().await;
    }
}

#[tokio::test]
async fn a_server_that_takes_no_mail_at_all_has_not_judged_the_letter() {
    let state = tempfile::tempdir().unwrap();
    let folder = state.path().join("mail");
    let closed = Office::open(&folder, "closed");
    let mut shop = shop(&state, &closed.url(), "ann@example.com").await;
    let next = shop.rest().await.unwrap();
    let (state_now, attempts, said) = notice(&shop).await;
    assert_eq!((state_now, attempts), (NoticeState::Pending, 1), "{said}");
    let port = closed.port;
    drop(closed);
    let office = Office::open_at(port, &folder, "open");
    shop.clock.advance_to(next);
    shop.rest().await;
    assert_eq!(notice(&shop).await.0, NoticeState::Sent);
    assert_eq!(office.mail().len(), 1);
    shop.stop().await;
}

#[tokio::test]
async fn a_server_that_is_down_gets_the_letter_when_it_is_up() {
    let state = tempfile::tempdir().unwrap();
    let folder = state.path().join("mail");
    let office = Office::open(&folder, "open");
    let (port, url) = (office.port, office.url());
    drop(office);
    let mut shop = shop(&state, &url, "ann@example.com").await;
    for attempts in 1..=3 {
        let next = shop.rest().await.unwrap();
        assert_eq!(notice(&shop).await.1, attempts);
        shop.clock.advance_to(next);
    }
    shop.rest().await;
    let office = Office::open_at(port, &folder, "open");
    shop.play_on().await;
    assert_eq!(notice(&shop).await.0, NoticeState::Sent);
    assert_eq!(office.mail().len(), 1);
    shop.stop().await;
}

#[tokio::test]
async fn a_server_that_stays_down_is_given_up_in_the_end() {
    let state = tempfile::tempdir().unwrap();
    let office = Office::open(&state.path().join("mail"), "open");
    let url = office.url();
    drop(office);
    let mut shop = shop(&state, &url, "ann@example.com").await;
    shop.play_on().await;
    let (state_now, attempts, said) = notice(&shop).await;
    assert_eq!(
        (state_now, attempts),
        (NoticeState::Failed, MAX_ATTEMPTS),
        "{said}"
    );
    let recorded = shop.recorded().await;
    assert!(
        recorded
            .iter()
            .all(|event| matches!(event, Event::Notifier(NotifierEvent::NotificationFailed(_))))
    );
    assert_eq!(recorded.len(), usize::try_from(MAX_ATTEMPTS).unwrap());
    shop.stop().await;
}

#[tokio::test]
async fn a_wrong_smtp_password_does_not_use_up_an_attempt() {
    for (password, state_wanted) in [
        ("secret", NoticeState::Sent),
        ("wrong", NoticeState::Pending),
    ] {
        let state = tempfile::tempdir().unwrap();
        let office = Office::open(&state.path().join("mail"), "auth");
        let url = format!("smtp://shop:{password}@127.0.0.1:{}?tls=none", office.port);
        let mut shop = shop(&state, &url, "ann@example.com").await;
        shop.rest().await;
        let (state_now, _, said) = notice(&shop).await;
        assert_eq!(state_now, state_wanted, "{said}");
        assert_eq!(said.contains("535"), password == "wrong", "{said}");
        assert!(!said.contains(password), "{said}");
        shop.stop().await;
    }
}

#[tokio::test]
async fn neither_a_password_nor_an_encrypted_letter_leaves_in_the_clear() {
    // One that offers no encryption, and one that offers it and then does not keep its word.
    for (mode, who) in [("auth", "shop:secret@"), ("breaks-tls", "")] {
        let state = tempfile::tempdir().unwrap();
        let office = Office::open(&state.path().join("mail"), mode);
        let url = format!("smtp://{who}127.0.0.1:{}", office.port);
        let mut shop = shop(&state, &url, "ann@example.com").await;
        shop.rest().await;
        let (state_now, attempts, said) = notice(&shop).await;
        assert_eq!(
            (state_now, attempts),
            (NoticeState::Pending, 1),
            "{mode}: {said}"
        );
        assert!(office.mail().is_empty(), "{mode}");
        assert!(!office.heard("AUTH"), "{mode}");
        assert!(!office.heard("MAIL"), "{mode}");
        shop.stop().await;
    }
}

#[tokio::test]
async fn a_resent_letter_has_the_same_message_id() {
    let state = tempfile::tempdir().unwrap();
    let office = Office::open(&state.path().join("mail"), "open");
    let mut shop = shop(&state, &office.url(), "drop@example.com").await;
    shop.play_on().await;
    assert_eq!(notice(&shop).await.0, NoticeState::Sent);
    let mail = office.mail();
    assert_eq!(mail.len(), 2);
    let id = |mail: &str| {
        let id = mail.lines().find(|line| line.starts_with("Message-ID: "));
        id.unwrap().to_owned()
    };
    assert_eq!(id(&mail[0]), id(&mail[1]));
    shop.stop().await;
}

#[tokio::test]
async fn a_letter_whose_record_cannot_be_written_is_sent_once() {
    let state = tempfile::tempdir().unwrap();
    let office = Office::open(&state.path().join("mail"), "open");
    let mut shop = Shop::open(state.path(), Some(&office.url())).await;
    shop.silence(true);
    shop.hear(placed("o1", "ann@example.com", 3)).await;
    shop.hear(waits("o1", 3, UNTIL)).await;
    shop.until_refused().await;
    // Another that falls due meanwhile is not sent at all.
    shop.hear(placed("o2", "ben@example.com", 3)).await;
    shop.hear(waits("o2", 3, UNTIL)).await;
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    assert_eq!(office.mail().len(), 1);
    assert_eq!(shop.recorded().await.len(), 0);

    shop.silence(false);
    shop.until_well().await;
    shop.rest().await;
    assert_eq!(office.mail().len(), 2);
    assert_eq!(notice(&shop).await, (NoticeState::Sent, 1, String::new()));
    assert_eq!(shop.recorded().await.len(), 2);
    shop.stop().await;
}
