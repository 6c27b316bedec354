//! `notices`: what customers were told.

use api::notifier::v1::{ListNoticesRequest, NoticeKind, NoticeState};
use clap::Args;
use domain::decider::Room;

use crate::output::{minute, word};
use crate::problem::Problem;
use crate::session::{Paging, Session};

/// List the letters to customers: pending, sent and failed
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder notices
  backorder notices --order o1
  backorder notices --state failed -o json")]
pub(crate) struct Notices {
    /// Only about this order
    #[arg(long, default_value = "", hide_default_value = true)]
    order: String,
    /// Only of this kind: backordered, promise-moved, filled, shipped, cancelled, taken-back
    #[arg(long, value_parser = kind)]
    kind: Option<NoticeKind>,
    /// Only in this state: pending, sent, failed
    #[arg(long, value_parser = state)]
    state: Option<NoticeState>,
    #[command(flatten)]
    paging: Paging,
}

fn kind(text: &str) -> Result<NoticeKind, String> {
    let name = format!(
        "NOTICE_KIND_{}",
        text.to_uppercase().replace(['-', ' '], "_")
    );
    NoticeKind::from_str_name(&name)
        .filter(|kind| *kind != NoticeKind::Unspecified)
        .ok_or_else(|| {
            "it is one of: backordered, promise-moved, filled, shipped, cancelled, taken-back"
                .into()
        })
}

fn state(text: &str) -> Result<NoticeState, String> {
    NoticeState::from_str_name(&format!("NOTICE_STATE_{}", text.to_uppercase()))
        .filter(|state| *state != NoticeState::Unspecified)
        .ok_or_else(|| "it is one of: pending, sent, failed".into())
}

impl Notices {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        let (doors, client) = (&session.doors, session.doors.notifier()?);
        let kind = self.kind.unwrap_or_default().into();
        let state = self.state.unwrap_or_default().into();
        let order = &self.order;
        let page = |page_size, page_token| {
            let (order_id, at_least_revision) = (order.clone(), 0);
            let request = ListNoticesRequest {
                order_id,
                kind,
                state,
                page_size,
                page_token,
                at_least_revision,
            };
            let mut client = client.clone();
            async move {
                let call = client.list_notices(request);
                let page = doors.ask(Room::Notifier, "ListNotices", call).await?;
                Ok((page.notices, page.next_page_token, page.revision))
            }
        };
        let listing = self.paging.gather(page).await?;
        let columns = [
            "order", "kind", "state", "to", "tries", "tried", "again", "error",
        ];
        session.out.list("notices", &listing, &columns, |notice| {
            vec![
                notice.order_id.clone(),
                word(notice.kind().as_str_name(), "NOTICE_KIND_"),
                word(notice.state().as_str_name(), "NOTICE_STATE_"),
                notice.to.clone(),
                notice.attempts.to_string(),
                minute(notice.tried_at.as_ref()),
                minute(notice.retry_at.as_ref()),
                notice.last_error.clone(),
            ]
        });
        Ok(())
    }
}
