//! A request that never reached its call: too big, not to be read, or for a call that is not here.
//! The gRPC library says so without a reason; here it gets one, with what to do.

use tonic::codegen::http::Response;
use tonic::{Code, Status};

use crate::status::machinery;

/// The answer, with a reason where the library gave none. Every no of ours has one.
pub(crate) fn with_reason<B: Default>(answer: Response<B>) -> Response<B> {
    let Some(status) = Status::from_header_map(answer.headers()) else {
        return answer;
    };
    if !status.details().is_empty() {
        return answer;
    }
    let reason = match status.code() {
        Code::OutOfRange => "REQUEST_OUT_OF_RANGE",
        Code::Internal | Code::ResourceExhausted => "REQUEST_MALFORMED",
        Code::Unimplemented => "CALL_UNKNOWN",
        Code::Ok
        | Code::Cancelled
        | Code::Unknown
        | Code::InvalidArgument
        | Code::DeadlineExceeded
        | Code::NotFound
        | Code::AlreadyExists
        | Code::PermissionDenied
        | Code::FailedPrecondition
        | Code::Aborted
        | Code::Unavailable
        | Code::DataLoss
        | Code::Unauthenticated => return answer,
    };
    let said = match status.message() {
        "" => "this service has no such call",
        said => said,
    };
    machinery(reason, &said).into_http()
}

#[cfg(test)]
mod tests {
    use tonic_types::StatusExt;

    use super::*;

    fn told(status: Status) -> Status {
        let answer = with_reason(status.into_http::<()>());
        Status::from_header_map(answer.headers()).unwrap()
    }

    #[test]
    fn what_the_library_refuses_gets_a_reason_and_what_we_refuse_keeps_its_own() {
        for (status, reason) in [
            (Status::out_of_range("too large"), "REQUEST_OUT_OF_RANGE"),
            (Status::internal("no protobuf"), "REQUEST_MALFORMED"),
            (Status::unimplemented(""), "CALL_UNKNOWN"),
            (machinery("INVARIANT_BROKEN", &"x"), "INVARIANT_BROKEN"),
        ] {
            let details = told(status).get_error_details();
            assert_eq!(details.error_info().unwrap().reason, reason);
        }
        assert_eq!(told(Status::cancelled("gone")).code(), Code::Cancelled);
        let well = with_reason(Response::new(()));
        assert!(Status::from_header_map(well.headers()).is_none());
    }
}
