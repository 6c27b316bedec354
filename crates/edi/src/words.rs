//! What a message says, in words: one line for what it is, one for each line of it.

use std::fmt::{self, Display, Formatter};

use crate::said::{
    DispatchAdvice, Document, LineAnswer, LineRef, OrderAnswer, Others, Part, Purpose, Receipt,
    StockAdvice, Verdict, When,
};

impl Display for Document {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer(answer) => answer.fmt(f),
            Self::Dispatch(advice) => advice.fmt(f),
            Self::Stock(advice) => advice.fmt(f),
            Self::Receipt(receipt) => receipt.fmt(f),
        }
    }
}

impl Display for Purpose {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Original => "",
            Self::Cancels => ", cancels what was said",
            Self::Replaces => ", replaces what was said",
        })
    }
}

impl Display for When {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::On(day) => write!(f, "on {day}"),
            Self::AsKnown => f.write_str("when it is known to"),
            Self::Unknown => f.write_str("some day"),
        }
    }
}

impl Display for Part {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.quantity {
            Some(units) => write!(f, "{units} {}", self.when),
            None => write!(f, "the rest {}", self.when),
        }
    }
}

impl Display for LineRef {
    /// Its number, and the articles that name it: `1 (BOLT, 4012345678901)`.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let ids: Vec<&str> = self.ids.iter().map(|it| it.id.as_str()).collect();
        match (self.number.as_str(), ids.is_empty()) {
            (number, true) => write!(f, "line {number}"),
            ("", false) => write!(f, "line of {}", ids.join(", ")),
            (number, false) => write!(f, "line {number} ({})", ids.join(", ")),
        }
    }
}

impl Display for LineAnswer {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.line)?;
        if let Some(ordered) = self.ordered {
            write!(f, ", {ordered} ordered")?;
        }
        match &self.parts {
            None => f.write_str(": as it was")?,
            Some(parts) if parts.is_empty() => f.write_str(": nothing comes")?,
            Some(parts) => {
                let parts: Vec<String> = parts.iter().map(ToString::to_string).collect();
                write!(f, ": {}", parts.join(", "))?;
            }
        }
        if !self.refused.is_none() {
            write!(f, "; {} refused", self.refused)?;
        }
        for what in &self.approve {
            write!(f, "; approve {what}")?;
        }
        Ok(())
    }
}

impl Display for OrderAnswer {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "answer to order {}", self.order)?;
        if !self.number.is_empty() {
            write!(f, ", their number {}", self.number)?;
        }
        write!(f, "{}", self.purpose)?;
        for line in &self.lines {
            write!(f, "\n{line}")?;
        }
        match self.others {
            Others::Unsaid => Ok(()),
            Others::Come(when) => write!(f, "\nall other lines: come {when}"),
            Others::Refused => f.write_str("\nall other lines: nothing comes"),
        }
    }
}

impl Display for DispatchAdvice {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "dispatch {}{}", self.number, self.purpose)?;
        if let Some(left) = self.left {
            write!(f, ", left on {left}")?;
        }
        for order in &self.orders {
            write!(f, "\norder {}, arrives on {}:", order.order, order.arrives)?;
            for (place, line) in order.lines.iter().enumerate() {
                let comma = if place == 0 { "" } else { "," };
                write!(f, "{comma} {} of {}", line.quantity, line.line)?;
            }
        }
        Ok(())
    }
}

impl Display for StockAdvice {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "stock report {}, which promises nothing", self.number)?;
        for item in &self.items {
            write!(f, "\n{}:", item.line)?;
            for (code, units) in &item.quantities {
                write!(f, " {units} (code {code})")?;
            }
        }
        Ok(())
    }
}

impl Display for Verdict {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Accepted => "accepted",
            Self::WithErrors => "accepted with errors",
            Self::Partly => "partly accepted",
            Self::Rejected => "rejected",
        })
    }
}

impl Display for Receipt {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "our {} was {}", self.control, self.verdict)?;
        codes(f, &self.codes)?;
        for of in &self.transactions {
            write!(f, "\n{} {} was {}", of.kind, of.control, of.verdict)?;
            codes(f, &of.codes)?;
        }
        Ok(())
    }
}

fn codes(f: &mut Formatter<'_>, codes: &[String]) -> fmt::Result {
    if codes.is_empty() {
        return Ok(());
    }
    write!(f, " (codes {})", codes.join(", "))
}
