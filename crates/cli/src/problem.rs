//! What went wrong, where, and what to do next, in words or as JSON; and the exit code that says it
//! to scripts.

use std::fmt;
use std::process::ExitCode;

use serde_json::{Value, json};
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::calls::as_commands;
use crate::output::Format;

/// What a script sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// A service said no, or a check found something.
    Refused = 1,
    /// The command was not understood; clap's own code.
    Usage = 2,
    /// A service or the log cannot be reached.
    Unreachable = 3,
    /// Something failed that should not.
    Failed = 4,
    /// It is recorded, and what comes of it is not known yet.
    NotYet = 5,
}

/// A failure, in words for an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// What went wrong.
    pub what: String,
    /// Where: a service and its call, a file, a flag.
    pub place: String,
    /// What to do next.
    pub next: String,
    /// The exit code.
    pub exit: Exit,
    /// What a service said beside it.
    pub said: Box<Said>,
}

/// What a service says of a refusal beside its sentence.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    /// The reason code; empty where no service gave one.
    pub reason: String,
    /// The fields of the request that it is about, each with what is wrong with it.
    pub fields: Vec<(String, String)>,
}

impl Problem {
    /// The command line cannot be carried out.
    pub fn usage(what: impl Into<String>, place: &str, next: &str) -> Self {
        Self {
            what: what.into(),
            place: place.into(),
            next: next.into(),
            exit: Exit::Usage,
            said: Box::default(),
        }
    }

    /// Something failed that should not.
    pub fn failed(what: impl Into<String>, place: &str, next: &str) -> Self {
        Self {
            what: what.into(),
            place: place.into(),
            next: next.into(),
            exit: Exit::Failed,
            said: Box::default(),
        }
    }

    /// An error with all that caused it.
    pub fn caused(error: &anyhow::Error, place: &str, next: &str) -> Self {
        Self::failed(format!("{error:#}"), place, next)
    }

    /// A service's answer.
    pub fn status(status: &Status, service: &str, address: &str, call: &str) -> Self {
        let mut place = format!("{service} at {address}, {call}");
        if is_unreachable(status) {
            return Self {
                what: format!("{service} cannot be reached: {}", root_cause(status)),
                place,
                next: format!(
                    "start the services with `backorder up`, or name where {service} is with \
                     --host or BACKORDER_GRPC_{}_PORT",
                    service.replace('-', "_").to_uppercase()
                ),
                exit: Exit::Unreachable,
                said: Box::default(),
            };
        }
        let details = status.get_error_details();
        let mut said = Said::default();
        if let Some(refusal) = details.error_info() {
            said.reason.clone_from(&refusal.reason);
            place.push_str(&format!(", reason {}", refusal.reason));
        }
        if let Some(request) = details.bad_request() {
            for violation in &request.field_violations {
                place.push_str(&format!(", field {}", violation.field));
                let wrong = (violation.field.clone(), violation.description.clone());
                said.fields.push(wrong);
            }
        }
        // Services end their message with what to do next, and say that alone as help; it may
        // have semicolons of its own.
        let help = details.help().and_then(|help| help.links.first());
        let help = help.and_then(|link| {
            let what = status.message().strip_suffix(&link.description)?;
            Some((what.strip_suffix("; ")?, link.description.as_str()))
        });
        let (what, next) = match help.or_else(|| status.message().rsplit_once("; ")) {
            Some((what, next)) => (what.to_owned(), as_commands(next)),
            None => (
                status.message().to_owned(),
                advice(status.code()).to_owned(),
            ),
        };
        Self {
            what,
            place,
            next,
            exit: exit(status.code()),
            said: Box::new(said),
        }
    }

    /// Says it on standard error, as answers are written.
    pub fn tell(&self, format: Format) -> ExitCode {
        match format {
            Format::Table => eprintln!("{self}"),
            Format::Json => eprintln!("{:#}", self.as_json()),
        }
        ExitCode::from(self.code())
    }

    fn as_json(&self) -> Value {
        let fields = self.said.fields.iter();
        let details = fields.map(|(field, wrong)| json!({ "field": field, "problem": wrong }));
        let details: Vec<Value> = details.collect();
        json!({
            "error": {
                "reason": self.reason(),
                "message": self.what,
                "where": self.place,
                "next": self.next,
                "details": details,
                "exit_code": self.code(),
            }
        })
    }

    /// The service's reason code, or a word for what kind of failure it is.
    fn reason(&self) -> &str {
        if !self.said.reason.is_empty() {
            return &self.said.reason;
        }
        match self.exit {
            Exit::Refused => "REFUSED",
            Exit::Usage => "USAGE",
            Exit::Unreachable => "UNREACHABLE",
            Exit::Failed => "FAILED",
            Exit::NotYet => "NOT_DECIDED_YET",
        }
    }

    const fn code(&self) -> u8 {
        match self.exit {
            Exit::Refused => 1,
            Exit::Usage => 2,
            Exit::Unreachable => 3,
            Exit::Failed => 4,
            Exit::NotYet => 5,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.what)?;
        if !self.place.is_empty() {
            write!(f, "\n  where: {}", self.place)?;
        }
        if !self.next.is_empty() {
            write!(f, "\n  next:  {}", self.next)?;
        }
        Ok(())
    }
}

/// A service that answers names its reason; silence is the connection's.
fn is_unreachable(status: &Status) -> bool {
    let silent = status.get_error_details().error_info().is_none();
    silent && matches!(status.code(), Code::Unavailable | Code::DeadlineExceeded)
}

fn root_cause(status: &Status) -> String {
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(status);
    let mut words = status.message().to_owned();
    while let Some(error) = cause {
        words = error.to_string();
        cause = error.source();
    }
    words
}

const fn exit(code: Code) -> Exit {
    match code {
        Code::InvalidArgument
        | Code::NotFound
        | Code::AlreadyExists
        | Code::FailedPrecondition
        | Code::ResourceExhausted
        | Code::OutOfRange
        | Code::Aborted => Exit::Refused,
        Code::Unavailable | Code::DeadlineExceeded => Exit::Unreachable,
        Code::Ok
        | Code::Cancelled
        | Code::Unknown
        | Code::PermissionDenied
        | Code::Unimplemented
        | Code::Internal
        | Code::DataLoss
        | Code::Unauthenticated => Exit::Failed,
    }
}

const fn advice(code: Code) -> &'static str {
    match code {
        Code::Unimplemented => "the service there is another one, or an older version",
        Code::Unavailable | Code::DeadlineExceeded => "try again; if it lasts, `backorder check`",
        Code::Ok
        | Code::Cancelled
        | Code::Unknown
        | Code::InvalidArgument
        | Code::NotFound
        | Code::AlreadyExists
        | Code::PermissionDenied
        | Code::ResourceExhausted
        | Code::FailedPrecondition
        | Code::Aborted
        | Code::OutOfRange
        | Code::Internal
        | Code::DataLoss
        | Code::Unauthenticated => "`backorder check` looks at every part of the system",
    }
}

#[cfg(test)]
mod tests {
    use tonic_types::{ErrorDetails, FieldViolation};

    use super::*;

    #[test]
    fn a_refusal_says_what_where_and_what_next() {
        let mut details = ErrorDetails::with_error_info(
            "UNKNOWN_ORDER",
            "backorder",
            std::collections::HashMap::new(),
        );
        details.set_bad_request(vec![FieldViolation::new(
            "order_id",
            "no order o9 is known",
        )]);
        let status = Status::with_error_details(
            Code::NotFound,
            "no order o9 is known; check the number",
            details,
        );
        let problem = Problem::status(&status, "orders", "http://127.0.0.1:7441", "GetOrder");
        assert_eq!(
            problem.to_string(),
            "error: no order o9 is known\n  where: orders at http://127.0.0.1:7441, GetOrder, \
             reason UNKNOWN_ORDER, field order_id\n  next:  check the number"
        );
        assert_eq!(problem.exit, Exit::Refused);
        let expected = json!({
            "error": {
                "reason": "UNKNOWN_ORDER",
                "message": "no order o9 is known",
                "where": "orders at http://127.0.0.1:7441, GetOrder, reason UNKNOWN_ORDER, field \
                          order_id",
                "next": "check the number",
                "details": [{ "field": "order_id", "problem": "no order o9 is known" }],
                "exit_code": 1,
            }
        });
        assert_eq!(problem.as_json(), expected);
        assert_eq!(Problem::usage("what", "where", "next").reason(), "USAGE");
    }

    #[test]
    fn what_to_do_next_may_have_a_semicolon_of_its_own() {
        let next = "check the number; the timeline of a closed order is with orders";
        let mut details = ErrorDetails::new();
        details.add_help_link(next, "");
        let message = format!("no order o9 is known; {next}");
        let status = Status::with_error_details(Code::NotFound, message, details);
        let problem = Problem::status(&status, "allocator", "http://x:1", "GetPromise");
        assert_eq!(problem.what, "no order o9 is known");
        assert_eq!(problem.next, next);
    }

    #[test]
    fn what_to_do_next_names_commands_and_where_it_happened_names_the_call() {
        let next = "read the order's line numbers with GetOrder";
        let mut details = ErrorDetails::new();
        details.add_help_link(next, "");
        let message = format!("order o1 has no line 9; {next}");
        let status = Status::with_error_details(Code::NotFound, message, details);
        let problem = Problem::status(&status, "allocator", "http://x:1", "GetPromise");
        assert_eq!(
            problem.next,
            "read the order's line numbers with `backorder order show`"
        );
        assert_eq!(problem.place, "allocator at http://x:1, GetPromise");
    }

    #[test]
    fn an_unreachable_service_is_named_with_what_to_do() {
        let status = Status::unavailable("tcp connect error");
        let problem = Problem::status(&status, "supplier-gateway", "http://x:1", "ListSuppliers");
        assert_eq!(problem.exit, Exit::Unreachable);
        assert!(
            problem
                .next
                .contains("BACKORDER_GRPC_SUPPLIER_GATEWAY_PORT")
        );
    }
}
