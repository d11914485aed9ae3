//! The command that makes an account.

use std::path::PathBuf;
use std::process::ExitCode;

use pinfold_testkit::account::{Login, Plan, Variety, build_with};

/// What may stand between the command and the directory.
pub(crate) const OPTIONS: &str = "[--seed N] [--documents N] [--folders N] [--per-folder N] [--closed N] [--teams N] \
                                  [--letters N] [--user NAME] [--password TEXT] [--legacy] [--plain]";

/// An account to make, and where.
pub(crate) struct Making {
    plan: Plan,
    variety: Variety,
    directory: PathBuf,
}

impl Making {
    /// `None` for an unknown option or an invalid number.
    pub(crate) fn parse(arguments: &[String]) -> Option<Self> {
        let mut plan = Plan { seed: 1, documents: 40, folders: 7, per_folder: 15 };
        let mut variety = Variety { mixed: true, teams: 2, letters: 40, ..Variety::default() };
        let (mut username, mut password, mut legacy) = ("dora".to_owned(), "password-dora".to_owned(), false);
        let (directory, options) = arguments.split_last().filter(|(last, _)| !last.starts_with("--"))?;
        let mut options = options.iter();
        while let Some(option) = options.next() {
            match option.as_str() {
                "--legacy" => legacy = true,
                "--plain" => variety.mixed = false,
                "--user" => username.clone_from(options.next()?),
                "--password" => password.clone_from(options.next()?),
                "--seed" => plan.seed = options.next()?.parse().ok()?,
                _ => {
                    let number = options.next()?.parse().ok()?;
                    match option.as_str() {
                        "--documents" => plan.documents = number,
                        "--folders" => plan.folders = number,
                        "--per-folder" => plan.per_folder = number,
                        "--closed" => variety.closed = number,
                        "--teams" => variety.teams = number,
                        "--letters" => variety.letters = number,
                        _ => return None,
                    }
                }
            }
        }
        variety.login =
            if legacy { Login::Legacy { username, password } } else { Login::Block { username, password } };
        Some(Self { plan, variety, directory: directory.into() })
    }

    pub(crate) fn run(&self) -> ExitCode {
        let written =
            build_with(self.plan, &self.variety).map_err(|error| error.to_string()).and_then(|built| {
                built.write(&self.directory).map(|()| built).map_err(|error| error.to_string())
            });
        match written {
            Ok(built) => {
                let messages: usize = built.server.channels.values().map(|c| c.messages.len()).sum();
                let (channels, pins) = (built.server.channels.len(), built.pin_list().len());
                println!(
                    "{channels} channels, {messages} messages, {pins} pins in {}",
                    self.directory.display()
                );
                ExitCode::SUCCESS
            }
            Err(error) => {
                eprintln!("{}: {error}", self.directory.display());
                ExitCode::FAILURE
            }
        }
    }
}
