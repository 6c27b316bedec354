//! What every door reads and writes alike: keys, times and the size of a page, the same way and
//! with the same reasons in each service.
//!
//! Must not know any room, nor what a field is for: a caller names the field that it reads.

use domain::ids::{KeyError, Timestamp};
use tonic::Status;
use uuid::Uuid;

use crate::{invalid, trace};

/// Entries on a page if the caller does not say.
pub const DEFAULT_PAGE: usize = 50;
/// The most entries on a page: who asks for more gets as many, and where it goes on.
pub const MAX_PAGE: usize = 500;

/// The first millisecond that the wire's times have: the year 1 begins, in UTC.
const FIRST_MS: i64 = -62_135_596_800_000;

/// What checks a text of some kind of key, such as `Sku::new`.
pub type NewKey<T> = fn(&str) -> Result<T, KeyError>;

/// A key that comes from outside.
///
/// # Errors
/// `KEY_MALFORMED` of the field: it is empty, longer than
/// [`MAX_KEY_BYTES`](domain::ids::MAX_KEY_BYTES), or has characters that are not seen.
pub fn key<T>(field: &str, text: &str, new: NewKey<T>) -> Result<T, Status> {
    trace::asked(field, text);
    new(text).map_err(|problem| {
        invalid(
            field,
            "KEY_MALFORMED",
            problem,
            "give 1 to 128 bytes of UTF-8 without control or unseen characters",
        )
    })
}

/// The caller's key, or a new one that nobody else has.
///
/// # Errors
/// As [`key`], where one is given.
pub fn key_or_new<T>(field: &str, text: &str, new: NewKey<T>) -> Result<T, Status> {
    if text.is_empty() {
        key(field, &Uuid::now_v7().to_string(), new)
    } else {
        key(field, text, new)
    }
}

/// A key that need not be given: empty is none.
///
/// # Errors
/// As [`key`], where one is given.
pub fn optional<T>(field: &str, text: &str, new: NewKey<T>) -> Result<Option<T>, Status> {
    if text.is_empty() {
        Ok(None)
    } else {
        key(field, text, new).map(Some)
    }
}

/// Keys of one field, as they stand.
///
/// # Errors
/// As [`key`], of the first that is none.
pub fn keys<T>(field: &str, texts: &[String], new: NewKey<T>) -> Result<Vec<T>, Status> {
    texts.iter().map(|text| key(field, text, new)).collect()
}

/// A text that need not be given: empty is none.
pub fn some(text: String) -> Option<String> {
    if text.is_empty() { None } else { Some(text) }
}

/// That a field which must be there is not: `FIELD_MISSING`.
pub fn missing(field: &str, remedy: &str) -> Status {
    invalid(field, "FIELD_MISSING", "is missing", remedy)
}

/// A time that need not be given, in whole milliseconds as [`whole_ms`] reads them.
///
/// # Errors
/// `TIME_MALFORMED` of the field, with what is wrong.
pub fn time(
    field: &str,
    asked: Option<prost_types::Timestamp>,
) -> Result<Option<Timestamp>, Status> {
    asked.map(whole_ms).transpose().map_err(|problem| {
        invalid(
            field,
            "TIME_MALFORMED",
            problem,
            "give a time between the years 1 and 9999",
        )
    })
}

/// The only reader of times: in whole milliseconds; what is finer is left off, downwards.
///
/// # Errors
/// What is wrong, to come after the field's name: the nanoseconds are not those of a second
/// (0 to 999,999,999, before 1970 too), or the time is before the year 1 or after
/// [`Timestamp::MAX`].
pub fn whole_ms(time: prost_types::Timestamp) -> Result<Timestamp, String> {
    let fraction_ms = match time.nanos {
        nanos @ 0..=999_999_999 => i64::from(nanos / 1_000_000),
        nanos => return Err(format!("has {nanos} nanoseconds, not 0 to 999999999")),
    };
    let ms = time.seconds.checked_mul(1_000);
    match ms.and_then(|ms| ms.checked_add(fraction_ms)) {
        Some(ms) if (FIRST_MS..=Timestamp::MAX.as_ms()).contains(&ms) => Ok(Timestamp::from_ms(ms)),
        Some(_) | None => Err("is out of range".to_owned()),
    }
}

/// A time as the wire has it: seconds since 1970, and the nanoseconds that come on top.
pub fn stamp(at: Timestamp) -> prost_types::Timestamp {
    let ms = at.as_ms();
    let nanos = ms.rem_euclid(1_000).saturating_mul(1_000_000);
    prost_types::Timestamp {
        seconds: ms.div_euclid(1_000),
        nanos: i32::try_from(nanos).unwrap_or_default(),
    }
}

/// Where a page begins, by the token that the page before was answered with; none: at the first.
///
/// # Errors
/// `PAGE_TOKEN_MALFORMED`: no page was answered with it.
pub fn page_token<T>(
    token: &str,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, Status> {
    if token.is_empty() {
        return Ok(None);
    }
    read(token).map(Some).ok_or_else(|| {
        invalid(
            "page_token",
            "PAGE_TOKEN_MALFORMED",
            "is not a token that a page was answered with",
            "start again without a page token",
        )
    })
}

/// How many entries a page has: [`DEFAULT_PAGE`] for 0, and [`MAX_PAGE`] for all above it, as
/// <https://google.aip.dev/158> asks for.
///
/// # Errors
/// `PAGE_SIZE_OUT_OF_RANGE`: it is negative.
pub fn page_size(asked: i32) -> Result<usize, Status> {
    match usize::try_from(asked) {
        Ok(0) => Ok(DEFAULT_PAGE),
        Ok(size) => Ok(size.min(MAX_PAGE)),
        Err(_) => Err(invalid(
            "page_size",
            "PAGE_SIZE_OUT_OF_RANGE",
            "is negative",
            "give 1 to 500, or 0 for 50",
        )),
    }
}

#[cfg(test)]
mod tests {
    use domain::ids::{MAX_KEY_BYTES, OrderId, Sku};
    use tonic::Code;
    use tonic_types::StatusExt;

    use super::*;

    fn wire(seconds: i64, nanos: i32) -> prost_types::Timestamp {
        prost_types::Timestamp { seconds, nanos }
    }

    /// Reason, field and message of what was refused while it was read.
    fn told<T: std::fmt::Debug>(result: Result<T, Status>) -> (String, String, String) {
        let status = result.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        let details = status.get_error_details();
        (
            details.error_info().unwrap().reason.clone(),
            details.bad_request().unwrap().field_violations[0]
                .field
                .clone(),
            status.message().to_owned(),
        )
    }

    #[test]
    fn a_malformed_key_is_refused_by_its_field() {
        let remedy = format!(
            "give 1 to {MAX_KEY_BYTES} bytes of UTF-8 without control or unseen characters"
        );
        let long = "x".repeat(MAX_KEY_BYTES + 1);
        for (text, problem) in [
            ("", "is empty"),
            (&long, "is 129 bytes long, 128 is the most"),
            ("a\u{7}", "has the control character U+0007"),
        ] {
            let (reason, field, message) = told(key("lines.sku", text, Sku::new));
            assert_eq!(
                (reason.as_str(), field.as_str()),
                ("KEY_MALFORMED", "lines.sku")
            );
            assert_eq!(message, format!("lines.sku {problem}; {remedy}"));
        }
        assert_eq!(key("sku", "螺栓 >", Sku::new).unwrap().as_str(), "螺栓 >");
    }

    #[test]
    fn a_missing_id_is_made_anew_or_stays_absent() {
        let new = || key_or_new("order_id", "", OrderId::new).unwrap();
        assert_ne!(new(), new());
        assert_eq!(
            key_or_new("order_id", "o1", OrderId::new).unwrap(),
            "o1".into()
        );
        assert_eq!(
            told(key_or_new("order_id", "\n", OrderId::new)).0,
            "KEY_MALFORMED"
        );
        assert_eq!(optional("sku", "", Sku::new).unwrap(), None);
        assert_eq!(
            optional("sku", "BOLT", Sku::new).unwrap(),
            Some("BOLT".into())
        );
        assert_eq!(told(optional("sku", "\n", Sku::new)).0, "KEY_MALFORMED");
    }

    #[test]
    fn one_malformed_key_refuses_the_request() {
        let texts = |texts: [&str; 2]| texts.map(str::to_owned);
        assert_eq!(
            keys("skus", &texts(["NUT", "BOLT"]), Sku::new).unwrap(),
            [Sku::from("NUT"), Sku::from("BOLT")]
        );
        assert_eq!(told(keys("skus", &texts(["NUT", ""]), Sku::new)).1, "skus");
    }

    #[test]
    fn a_missing_field_is_named_with_what_to_do() {
        assert_eq!(some(String::new()), None);
        assert_eq!(some(" ".into()), Some(" ".into()));
        let (reason, field, message) = told::<()>(Err(missing("ship_to", "say where it goes")));
        assert_eq!(
            (reason.as_str(), field.as_str()),
            ("FIELD_MISSING", "ship_to")
        );
        assert_eq!(message, "ship_to is missing; say where it goes");
    }

    #[test]
    fn a_time_is_read_in_whole_milliseconds_downwards() {
        for (seconds, nanos, ms) in [
            (0, 0, 0),
            (1_291_191_960, 123_999_999, 1_291_191_960_123),
            (-1, 999_999_999, -1),
            (-1, 0, -1_000),
        ] {
            assert_eq!(whole_ms(wire(seconds, nanos)), Ok(Timestamp::from_ms(ms)));
        }
        assert_eq!(time("placed_at", None).unwrap(), None);
        let read = time("placed_at", Some(wire(5, 0))).unwrap();
        assert_eq!(read, Some(Timestamp::from_ms(5_000)));
    }

    #[test]
    fn nanoseconds_out_of_range_are_refused() {
        for nanos in [-1, i32::MIN, 1_000_000_000, i32::MAX] {
            let (reason, field, message) = told(time("ship_by", Some(wire(0, nanos))));
            assert_eq!(
                (reason.as_str(), field.as_str()),
                ("TIME_MALFORMED", "ship_by")
            );
            let problem = format!("ship_by has {nanos} nanoseconds, not 0 to 999999999; ");
            assert!(message.starts_with(&problem), "{message}");
        }
    }

    #[test]
    fn a_time_of_no_year_from_1_to_9999_is_refused() {
        let year_1 = FIRST_MS / 1_000;
        assert_eq!(
            whole_ms(wire(year_1, 0)).unwrap().to_string(),
            "0001-01-01T00:00:00Z"
        );
        let last = Timestamp::MAX.as_ms() / 1_000;
        assert_eq!(whole_ms(wire(last, 999_999_999)), Ok(Timestamp::MAX));
        for (seconds, nanos) in [
            (year_1 - 1, 999_999_999),
            (last + 1, 0),
            (300_000_000_000, 0),
            (i64::MAX, 999_999_999),
            (i64::MIN, 0),
        ] {
            let (reason, _, message) = told(time("to_at", Some(wire(seconds, nanos))));
            assert_eq!(reason, "TIME_MALFORMED");
            assert_eq!(
                message,
                "to_at is out of range; give a time between the years 1 and 9999"
            );
        }
    }

    #[test]
    fn a_time_that_is_written_is_read_again_as_it_was() {
        assert_eq!(stamp(Timestamp::from_ms(-1)), wire(-1, 999_000_000));
        for ms in [FIRST_MS, -1_001, -1, 0, 1, 1_291_191_960_123, i64::MAX] {
            let at = Timestamp::from_ms(ms);
            assert_eq!(whole_ms(stamp(at)), Ok(at));
        }
    }

    #[test]
    fn a_token_that_no_page_was_answered_with_is_refused() {
        let read = |text: &str| Sku::new(text).ok();
        assert_eq!(page_token("", read).unwrap(), None);
        assert_eq!(page_token("BOLT", read).unwrap(), Some("BOLT".into()));
        let (reason, field, message) = told(page_token("\n", read));
        assert_eq!(
            (reason.as_str(), field.as_str()),
            ("PAGE_TOKEN_MALFORMED", "page_token")
        );
        let problem = "page_token is not a token that a page was answered with";
        assert_eq!(
            message,
            format!("{problem}; start again without a page token")
        );
    }

    #[test]
    fn a_page_size_is_capped_and_a_negative_one_is_refused() {
        for (asked, size) in [(0, 50), (1, 1), (500, 500), (501, 500), (i32::MAX, 500)] {
            assert_eq!(page_size(asked).unwrap(), size, "{asked}");
        }
        for asked in [-1, i32::MIN] {
            let (reason, field, message) = told(page_size(asked));
            assert_eq!(
                (reason.as_str(), field.as_str()),
                ("PAGE_SIZE_OUT_OF_RANGE", "page_size")
            );
            let remedy = format!("give 1 to {MAX_PAGE}, or 0 for {DEFAULT_PAGE}");
            assert_eq!(message, format!("page_size is negative; {remedy}"));
        }
    }
}
