use pinfold_recovery::{Copy, Investigation, LogLine, Loss};

/// `log`: what a server stored of a channel, as in its file; nothing where there is no such copy.
fn lost(user_hash: &str, log: impl Fn(&str, Copy) -> Vec<u8>) -> Result<Vec<Loss>, pinfold_core::Error> {
    let mut investigation = Investigation::of_account(user_hash)?;
    while let Some(mut reading) = investigation.next_reading() {
        for stored in LogLine::all(&log(reading.channel.as_str(), reading.copy())) {
            reading.line(stored.line());
        }
        investigation.done(reading);
    }
    Ok(investigation.losses())
}
