//! The notifier's gRPC door. It must not know how a letter is written or sent.

use api::notifier::v1 as wire;
use api::notifier::v1::notifier_service_server::{NotifierService, NotifierServiceServer};
use chassis::wire::{optional, page_size, page_token, stamp};
use chassis::{Host, invalid};
use domain::event::NoticeKind;
use domain::ids::{NoticeId, OrderId, Position, Revision};
use domain::notifier::{Notice, NoticeCursor, NoticeFilter, NoticePage, NoticeState, Notifier};
use tonic::service::Routes;
use tonic::{Request, Response, Status};

/// The service's routes.
pub fn routes(host: Host<Notifier>) -> Routes {
    Routes::new(NotifierServiceServer::new(Door { host }))
}

struct Door {
    host: Host<Notifier>,
}

#[tonic::async_trait]
impl NotifierService for Door {
    async fn list_notices(
        &self,
        request: Request<wire::ListNoticesRequest>,
    ) -> Result<Response<wire::ListNoticesResponse>, Status> {
        let request = request.into_inner();
        let filter = filter(&request)?;
        let after = cursor(&request.page_token)?;
        let size = page_size(request.page_size)?;
        let at_least = Revision(request.at_least_revision);
        self.host.query(at_least, |_room| ()).await?;
        let (page, revision) = self
            .host
            .read_at(|room, revision| (room.list(&filter, after.as_ref(), size), revision));
        let NoticePage { notices, next } = page;
        Ok(Response::new(wire::ListNoticesResponse {
            notices: notices.into_iter().map(notice).collect(),
            next_page_token: next.map(|next| token(&next)).unwrap_or_default(),
            revision: revision.0,
        }))
    }
}

fn filter(request: &wire::ListNoticesRequest) -> Result<NoticeFilter, Status> {
    Ok(NoticeFilter {
        order: optional("order_id", &request.order_id, OrderId::new)?,
        state: state_asked(request.state)?,
        kind: kind_asked(request.kind)?,
    })
}

fn kind_asked(asked: i32) -> Result<Option<NoticeKind>, Status> {
    let unknown = |_| {
        let problem = format!("is {asked}, which is not a kind of notice");
        invalid(
            "kind",
            "KIND_OUT_OF_RANGE",
            problem,
            "use a value of the enum NoticeKind",
        )
    };
    Ok(match wire::NoticeKind::try_from(asked).map_err(unknown)? {
        wire::NoticeKind::Unspecified => None,
        wire::NoticeKind::Backordered => Some(NoticeKind::Backordered),
        wire::NoticeKind::PromiseMoved => Some(NoticeKind::PromiseMoved),
        wire::NoticeKind::Filled => Some(NoticeKind::Filled),
        wire::NoticeKind::Shipped => Some(NoticeKind::Shipped),
        wire::NoticeKind::Cancelled => Some(NoticeKind::Cancelled),
        wire::NoticeKind::TakenBack => Some(NoticeKind::TakenBack),
    })
}

fn state_asked(asked: i32) -> Result<Option<NoticeState>, Status> {
    let unknown = |_| {
        let problem = format!("is {asked}, which is not a state of a notice");
        invalid(
            "state",
            "STATE_OUT_OF_RANGE",
            problem,
            "use a value of the enum NoticeState",
        )
    };
    Ok(match wire::NoticeState::try_from(asked).map_err(unknown)? {
        wire::NoticeState::Unspecified => None,
        wire::NoticeState::Pending => Some(NoticeState::Pending),
        wire::NoticeState::Sent => Some(NoticeState::Sent),
        wire::NoticeState::Failed => Some(NoticeState::Failed),
    })
}

/// A cursor as a token: `<revision>.<index>/<notice>`.
fn token(cursor: &NoticeCursor) -> String {
    format!("{}/{}", cursor.cause, cursor.notice)
}

fn cursor(token: &str) -> Result<Option<NoticeCursor>, Status> {
    page_token(token, |token| {
        let (position, notice) = token.split_once('/')?;
        let (revision, index) = position.split_once('.')?;
        let cause = Position {
            revision: Revision(revision.parse().ok()?),
            index: index.parse().ok()?,
        };
        Some(NoticeCursor {
            cause,
            notice: NoticeId::from(notice),
        })
    })
}

fn notice(notice: Notice) -> wire::Notice {
    let tried_again = notice.next_at.filter(|_| notice.attempts > 0);
    wire::Notice {
        notice_id: notice.notice.to_string(),
        kind: kind(notice.kind).into(),
        order_id: notice.order.to_string(),
        to: notice.to,
        state: state(notice.state).into(),
        attempts: notice.attempts,
        last_error: notice.error.unwrap_or_default(),
        tried_at: notice.tried_at.map(stamp),
        retry_at: tried_again.map(stamp),
    }
}

const fn kind(kind: NoticeKind) -> wire::NoticeKind {
    match kind {
        NoticeKind::Backordered => wire::NoticeKind::Backordered,
        NoticeKind::PromiseMoved => wire::NoticeKind::PromiseMoved,
        NoticeKind::Filled => wire::NoticeKind::Filled,
        NoticeKind::Shipped => wire::NoticeKind::Shipped,
        NoticeKind::Cancelled => wire::NoticeKind::Cancelled,
        NoticeKind::TakenBack => wire::NoticeKind::TakenBack,
    }
}

const fn state(state: NoticeState) -> wire::NoticeState {
    match state {
        NoticeState::Pending => wire::NoticeState::Pending,
        NoticeState::Sent => wire::NoticeState::Sent,
        NoticeState::Failed => wire::NoticeState::Failed,
    }
}
