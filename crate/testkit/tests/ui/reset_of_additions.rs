//! Additions may only be added.
use pinfold_core::pins::set::Additions;
use pinfold_core::rpc::command::Command;

fn command(additions: Additions) -> Command {
    Command::Reset(additions)
}

fn main() {}
