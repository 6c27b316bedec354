//! `rule`: who comes first.

use std::path::PathBuf;

use api::allocator::v1::{
    GetRankingRuleRequest, GetRankingRuleResponse, SetRankingRuleRequest, SetRankingRuleResponse,
};
use clap::{Args, Subcommand};
use domain::decider::Room;

use super::at::At;
use crate::output::{many, recorded};
use crate::problem::Problem;
use crate::rule_file;
use crate::session::Session;

/// Show or set the ranking rule
#[derive(Debug, Subcommand)]
#[command(before_help = "\
Examples:
  backorder rule show
  backorder rule show > rule.toml
  backorder rule set rule.toml")]
pub(crate) enum Rule {
    Show(Show),
    Set(Set),
}

/// Print the ranking rule in force, as a file that can be set again
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder rule show
  backorder rule show > rule.toml
  backorder rule show --at 1200 -o json           as it was at revision 1200")]
pub(crate) struct Show {
    #[command(flatten)]
    at: At,
}

/// Set a ranking rule, which re-ranks every open line
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder rule set rule.toml
  backorder rule set rule.toml --id spring-sale

docs/rule.toml is a file to begin with. What is reserved already stays
reserved; who comes first for all else follows from the new rule at once.")]
pub(crate) struct Set {
    /// The rule, as a TOML file
    file: PathBuf,
    /// Id of this definition, for retries [default: a new one]
    #[arg(long, default_value = "", hide_default_value = true)]
    id: String,
}

impl Rule {
    pub async fn run(self, session: &Session) -> Result<(), Problem> {
        match self {
            Self::Show(show) => show.run(session).await,
            Self::Set(set) => set.run(session).await,
        }
    }
}

impl Show {
    async fn run(self, session: &Session) -> Result<(), Problem> {
        let doors = &session.doors;
        let request = GetRankingRuleRequest {
            at_least_revision: 0,
            at_revision: self.at.revision(session).await?,
        };
        let mut client = doors.allocator()?;
        let call = client.get_ranking_rule(request);
        let found = doors.ask(Room::Allocator, "GetRankingRule", call).await?;
        session.out.show(&found, shown);
        Ok(())
    }
}

impl Set {
    async fn run(self, session: &Session) -> Result<(), Problem> {
        let doors = &session.doors;
        let request = SetRankingRuleRequest {
            definition_id: self.id,
            rule: Some(rule_file::read(&self.file)?),
            at_least_revision: 0,
        };
        let mut client = doors.allocator()?;
        let call = client.set_ranking_rule(request);
        let set = doors.ask(Room::Allocator, "SetRankingRule", call).await?;
        session.out.show(&set, told);
        Ok(())
    }
}

fn told(set: &SetRankingRuleResponse) -> String {
    let stands = if set.unchanged {
        "stands already; nothing new".to_owned()
    } else {
        recorded(set.revision, set.repeated)
    };
    format!("ranking rule {} {stands}", set.version)
}

fn shown(found: &GetRankingRuleResponse) -> String {
    let which = match found.version {
        0 => "the built-in one".to_owned(),
        version => format!("version {version}"),
    };
    let rule = found.rule.as_ref().map(rule_file::write);
    format!(
        "# The ranking rule in force: {which}. But by a clerk's word, nobody waits behind an\n\
         # order that was placed more than {} after theirs.\n{}",
        many(found.largest_boost_days, "day"),
        rule.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_that_was_never_recorded_is_not_told_to_have_been() {
        let says = |version, repeated, unchanged| {
            told(&SetRankingRuleResponse {
                version,
                revision: 57,
                repeated,
                unchanged,
                ..SetRankingRuleResponse::default()
            })
        };
        assert_eq!(
            says(2, false, false),
            "ranking rule 2 recorded at revision 57"
        );
        assert_eq!(
            says(2, true, false),
            "ranking rule 2 recorded before, at revision 57; nothing new"
        );
        assert_eq!(
            says(0, true, true),
            "ranking rule 0 stands already; nothing new"
        );
    }
}
