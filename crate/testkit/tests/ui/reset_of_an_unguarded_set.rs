//! A complete set does not replace the server's list without the guard.
use pinfold_core::pins::set::CompletePinSet;
use pinfold_core::rpc::command::Command;

fn command(set: CompletePinSet) -> Command {
    Command::Reset(set)
}

fn main() {}
