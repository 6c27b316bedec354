//! `completions`: for shells.

use clap::Args;
use clap_complete::Shell;

/// Print completions for a shell
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  backorder completions bash \\
    > ~/.local/share/bash-completion/completions/backorder
  backorder completions zsh > ~/.zfunc/_backorder
  backorder completions fish > ~/.config/fish/completions/backorder.fish")]
pub(crate) struct Completions {
    /// Which
    shell: Shell,
}

impl Completions {
    /// `tree` is the command line that is completed.
    pub fn run(self, mut tree: clap::Command) {
        clap_complete::generate(self.shell, &mut tree, "backorder", &mut std::io::stdout());
    }
}
