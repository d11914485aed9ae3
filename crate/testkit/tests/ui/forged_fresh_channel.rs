//! Nor can drawn keys be sent to a channel that has a name already.
use pinfold_core::drive::declared::Opens;
use pinfold_core::href::FreshChannel;

fn forge(fresh: FreshChannel, folder: &Opens) -> FreshChannel {
    FreshChannel { channel: folder.channel.clone(), ..fresh }
}

fn main() {}
