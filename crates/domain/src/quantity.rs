//! Quantities as people say them: `1.5` m of an item that is counted in steps of 0.01 m. Inside,
//! every quantity is a whole number of its item's steps, so that no unit is ever lost to rounding.
//! Must not know which item, or what is counted.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::exact::Exact;

/// The most places of a step after the point.
pub const MAX_STEP_PLACES: usize = 6;
/// The largest step, in its smallest place.
const MAX_STEP: u64 = 1_000_000_000;
/// The longest name of a unit, in characters.
pub const MAX_UNIT_CHARS: usize = 16;
/// The longest quantity that is read, in characters.
const MAX_QUANTITY_CHARS: usize = 32;

/// By how much the quantity of an item goes up: a positive decimal, such as `0.01`; 1 if nothing
/// is said.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// In units of the last place; not a multiple of 10, unless there are no places.
    digits: u64,
    places: u8,
}

/// Why a text is no step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no step: write a decimal above 0, as in 0.01, with at most {MAX_STEP_PLACES} places")]
pub struct StepError;

impl Step {
    /// Reads one.
    ///
    /// # Errors
    /// [`StepError`].
    pub fn new(text: &str) -> Result<Self, StepError> {
        let (digits, places) = decimal(text).ok_or(StepError)?;
        let digits = u64::try_from(digits).map_err(|_| StepError)?;
        if digits == 0 || digits > MAX_STEP || places > MAX_STEP_PLACES {
            return Err(StepError);
        }
        let places = u8::try_from(places).map_err(|_| StepError)?;
        Ok(Self { digits, places })
    }

    /// So many steps as a decimal: 150 steps of 0.01 are `1.5`.
    fn decimal(self, steps: i128) -> String {
        let digits = steps.times(i128::from(self.digits));
        let sign = if digits < 0 { "-" } else { "" };
        let places = usize::from(self.places);
        let width = places.plus(1);
        let text = format!("{:0width$}", digits.unsigned_abs());
        let (whole, after) = text.split_at(text.len().minus(places));
        let after = after.trim_end_matches('0');
        if after.is_empty() {
            format!("{sign}{whole}")
        } else {
            format!("{sign}{whole}.{after}")
        }
    }
}

impl Default for Step {
    fn default() -> Self {
        Self {
            digits: 1,
            places: 0,
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.decimal(1))
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Step {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Step {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::new(&text).map_err(serde::de::Error::custom)
    }
}

/// Digits and how many of them stand after the point, without the zeros at the end of these.
fn decimal(text: &str) -> Option<(u128, usize)> {
    if text.len() > MAX_QUANTITY_CHARS {
        return None;
    }
    let (whole, after) = text.split_once('.').unwrap_or((text, ""));
    let are_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && after.is_empty()) || !are_digits(whole) || !are_digits(after) {
        return None;
    }
    let after = after.trim_end_matches('0');
    let digits = format!("0{whole}{after}").parse().ok()?;
    Some((digits, after.len()))
}

/// What an item is counted in.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measure {
    /// What a person calls the unit, such as `m`; empty, if nothing is said.
    pub unit: String,
    /// By how much quantities go up.
    pub step: Step,
}

/// Why a text is no quantity of an item.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// It is not digits with at most one point.
    #[error("`{0}` is no quantity: write digits with at most one point, as in 1.5")]
    Malformed(String),
    /// It is between two quantities of the item.
    #[error("{said} is not a whole number of steps of {step}: {below} and {above} are")]
    BetweenSteps {
        /// What was said.
        said: String,
        /// The item's step, with its unit.
        step: String,
        /// The next one below; `0` where that is nothing.
        below: String,
        /// The next one above.
        above: String,
    },
    /// It is more than can be counted.
    #[error("{0} is too much")]
    TooMuch(String),
}

impl Measure {
    /// Whole numbers, of nothing that is named.
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }

    /// Reads a quantity in the unit: how many steps it is. `2.0` is 2.
    ///
    /// # Errors
    /// [`QuantityError`]. Nothing is rounded.
    pub fn read(&self, text: &str) -> Result<u64, QuantityError> {
        let (digits, places) = decimal(text)
            .ok_or_else(|| QuantityError::Malformed(text.chars().take(32).collect()))?;
        let too_much = || QuantityError::TooMuch(text.to_owned());
        // Both in the smaller of the two last places.
        let own = usize::from(self.step.places);
        let (said, step) = (
            scaled(digits, own.minus_or_zero(places)).ok_or_else(too_much)?,
            scaled(self.step.digits.into(), places.minus_or_zero(own)).ok_or_else(too_much)?,
        );
        let steps = said.checked_div(step).unwrap_or_default();
        let steps = u64::try_from(steps).map_err(|_| too_much())?;
        if said.checked_rem(step) == Some(0) {
            return Ok(steps);
        }
        Err(QuantityError::BetweenSteps {
            said: text.to_owned(),
            step: self.with_unit(self.step.to_string()),
            below: self.number(steps),
            above: self.number(steps.plus(1)),
        })
    }

    /// What a step costs where one unit costs so much, in minor units, if that is a whole number of
    /// them. Nothing is rounded.
    pub fn price_of_step(&self, minor: i64) -> Option<i64> {
        let scale = 10_i128.checked_pow(u32::from(self.step.places))?;
        let price = i128::from(minor).checked_mul(self.step.digits.into())?;
        let whole = price.checked_rem(scale) == Some(0);
        let of_step = price.checked_div(scale).filter(|_| whole)?;
        i64::try_from(of_step).ok()
    }

    /// The same to the nearest minor unit, as the price of a unit that only a sum is told of.
    pub fn nearest_price_of_step(&self, minor: i64) -> Option<i64> {
        let scale = 10_i128.checked_pow(u32::from(self.step.places))?;
        let price = i128::from(minor).checked_mul(self.step.digits.into())?;
        let half = scale.checked_div(2)?;
        i64::try_from(price.checked_add(half)?.checked_div(scale)?).ok()
    }

    /// So many steps in the unit, without its name: `1.5`.
    pub fn number(&self, steps: impl Into<i128>) -> String {
        self.step.decimal(steps.into())
    }

    /// So many steps in the unit: `1.5 m`.
    pub fn show(&self, steps: impl Into<i128>) -> String {
        self.with_unit(self.number(steps))
    }

    fn with_unit(&self, number: String) -> String {
        if self.unit.is_empty() {
            number
        } else {
            format!("{number} {}", self.unit)
        }
    }
}

fn scaled(digits: u128, places: usize) -> Option<u128> {
    let power = u32::try_from(places).ok()?;
    digits.checked_mul(10_u128.checked_pow(power)?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn measure(unit: &str, step: &str) -> Measure {
        Measure {
            unit: unit.to_owned(),
            step: Step::new(step).unwrap(),
        }
    }

    #[test]
    fn a_quantity_is_a_whole_number_of_steps_and_nothing_is_rounded() {
        for (step, said, steps) in [
            ("0.01", "1.5", 150),
            ("0.01", "1.50000", 150),
            ("0.25", "1.5", 6),
            ("0.5", ".5", 1),
            ("1", "2.0", 2),
            ("1", "2", 2),
            ("10", "30", 3),
            ("0.000001", "1", 1_000_000),
        ] {
            assert_eq!(measure("m", step).read(said), Ok(steps), "{said} by {step}");
        }
    }

    #[test]
    fn what_is_between_two_steps_is_told_with_both() {
        let said = |unit, step, text| measure(unit, step).read(text).unwrap_err().to_string();
        assert_eq!(
            said("m", "0.01", "1.505"),
            "1.505 is not a whole number of steps of 0.01 m: 1.5 and 1.51 are"
        );
        assert_eq!(
            said("", "1", "1.5"),
            "1.5 is not a whole number of steps of 1: 1 and 2 are"
        );
        assert_eq!(
            said("kg", "0.25", "0.1"),
            "0.1 is not a whole number of steps of 0.25 kg: 0 and 0.25 are"
        );
        for text in ["", ".", "-1", "+1", "1,5", "1e3", "one", &"9".repeat(40)] {
            let read = Measure::default().read(text);
            assert!(
                matches!(read, Err(QuantityError::Malformed(_))),
                "{text}: {read:?}"
            );
        }
        let much = "99999999999999999999999999";
        let read = measure("m", "0.000001").read(much);
        assert_eq!(read, Err(QuantityError::TooMuch(much.to_owned())));
    }

    #[test]
    fn a_step_is_a_decimal_above_nothing_and_is_written_in_one_way() {
        for (text, written) in [("0.010", "0.01"), ("1.0", "1"), ("10", "10"), (".5", "0.5")] {
            assert_eq!(Step::new(text).unwrap().to_string(), written);
        }
        for text in ["0", "0.00", "-1", "", "0.0000001", "1000000001", "1/3"] {
            assert_eq!(Step::new(text), Err(StepError), "{text}");
        }
    }

    #[test]
    fn a_step_costs_its_part_of_a_unit_or_is_told_apart() {
        let metres = measure("m", "0.01");
        assert_eq!(metres.price_of_step(400), Some(4));
        assert_eq!(metres.price_of_step(399), None);
        assert_eq!(metres.nearest_price_of_step(399), Some(4));
        assert_eq!(measure("", "10").price_of_step(399), Some(3_990));
        assert_eq!(Measure::default().price_of_step(399), Some(399));
    }

    #[test]
    fn a_quantity_is_shown_in_its_unit() {
        let metres = measure("m", "0.01");
        assert_eq!(metres.show(150), "1.5 m");
        assert_eq!(metres.show(-5), "-0.05 m");
        assert_eq!(metres.show(0), "0 m");
        assert_eq!(Measure::default().show(3), "3");
        assert!(Measure::default().is_plain() && !metres.is_plain());
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_again(
            digits in 1_u64..10_000, places in 0_u32..=6, steps in 0_u64..10_000_000_000
        ) {
            let step = Step { digits, places: u8::try_from(places).unwrap() };
            let step = Step::new(&step.to_string()).unwrap();
            let measure = Measure { unit: String::new(), step };
            prop_assert_eq!(measure.read(&measure.number(steps)), Ok(steps));
        }
    }
}
