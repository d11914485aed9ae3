//! RESET does not take a list, wherever it comes from.
use pinfold_core::json::Text;
use pinfold_core::rpc::command::Command;

fn command(ids: Vec<Text>) -> Command {
    Command::Reset(ids)
}

fn main() {}
