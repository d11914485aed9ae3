//! Histories over the connection of a session, in pages: no log is ever held whole.

use futures_util::{StreamExt, stream};
use pinfold_client::{Client, Of};
use pinfold_core::error::{Code, Error};
use pinfold_recovery::{Copy, Inquiry, Investigation, Line, Need, Reading, Said};

use super::{Hears, Wanted, asked, with_drive};

/// How many questions wait for an answer at a time: half of what a session allows.
const AT_ONCE: usize = 8;
/// So often a history is asked for again without a new line, before its connection counts as lost for good.
const TRIES: usize = 3;

/// Reads everything that the account ever named and the server still has. Of the archive nothing is known.
///
/// # Errors
/// `drive/unreadable` for the account's own drive, `net/*`, `peer/*`. What else cannot be read is noted: nothing is claimed of it.
pub(crate) async fn over(
    client: &Client,
    wanted: Wanted<'_>,
    heard: &mut dyn Hears,
) -> Result<Investigation, Error> {
    let begun = Investigation::of_secrets(&client.drive_secrets().await?)?;
    let mut investigation = asked(begun, wanted);
    while let Some(mut reading) = investigation.next_reading() {
        if reading.copy() == Copy::Live {
            read(client, &mut investigation, &mut reading, heard).await?;
        }
        investigation.done(reading);
    }
    with_drive(&investigation)?;
    ask(client, &mut investigation, wanted.need, heard).await;
    Ok(investigation)
}

/// Nothing of a calendar or a lost document is read here. Whether it is there the server says without showing it to anybody
/// (PROTOCOL.md 11.1). A server that has stopped answering is asked no further: what was read counts without that.
async fn ask(client: &Client, investigation: &mut Investigation, need: Need, heard: &mut dyn Hears) {
    let questions = investigation.questions(need);
    for asked in &questions {
        investigation.answered(asked, None);
    }
    if ask_each(client, investigation, &questions, heard).await {
        let further = investigation.further_questions(need);
        ask_each(client, investigation, &further, heard).await;
    }
}

/// Answers whether the server still does.
async fn ask_each(
    client: &Client,
    investigation: &mut Investigation,
    questions: &[Inquiry],
    heard: &mut dyn Hears,
) -> bool {
    let asking =
        questions.iter().map(|asked| async move { (asked, client.question(asked.question.clone()).await) });
    let mut answers = stream::iter(asking).buffer_unordered(AT_ONCE);
    let (mut silent, mut answered) = (0, 0);
    while let Some((asked, answer)) = answers.next().await {
        let is_silent = answer.as_ref().is_err_and(|error| error.code().as_str().starts_with("net/"));
        silent = if is_silent { silent + 1 } else { 0 };
        investigation.answered(asked, answer.ok().as_ref());
        answered += 1;
        heard.answered(answered, questions.len());
        if silent == AT_ONCE {
            return false;
        }
    }
    true
}

async fn read(
    client: &Client,
    investigation: &mut Investigation,
    reading: &mut Reading,
    heard: &mut dyn Hears,
) -> Result<(), Error> {
    let of = Of::Channel(reading.channel.clone());
    let (mut position, mut tries) = (None, 0);
    let ended = loop {
        let before = reading.progress().0;
        let after = position.clone();
        let ended = client
            .history(&of, after, |page| {
                // The server began anew: what came before does not count, and what comes now is not all that is known.
                if page.anew && reading.progress().0 > 0 {
                    reading.cut_off();
                }
                for line in &page.lines {
                    let time = line.time.map(|time| time.0);
                    let line = Line { message: &line.text, time, author: line.author.as_deref() };
                    let (moment, _) = reading.line(line);
                    heard.line(reading, moment);
                }
                position = page.end().or(position.take());
            })
            .await;
        tries = if reading.progress().0 > before { 0 } else { tries + 1 };
        match ended {
            Err(error) if error.code().as_str().starts_with("net/") && tries < TRIES => {
                // It ends once there is a connection again. What it says of the drive is no news here.
                let _ = client.load_drive().await;
            }
            ended => break ended,
        }
    };
    let channel = reading.channel.as_str();
    let error = match ended {
        Ok(end) => {
            investigation.server_says(channel, Said::Live);
            if end.cut_off {
                reading.cut_off();
            }
            return Ok(());
        }
        Err(error) => error,
    };
    match error.code() {
        Code::FolderMissing => investigation.server_says(channel, Said::Missing),
        Code::FolderDeleted | Code::FolderArchived => {
            let reason = error.detail().iter().find(|(name, _)| *name == "reason");
            let reason = reason.map(|(_, reason)| reason.to_string()).unwrap_or_default();
            investigation.server_says(channel, Said::Archived(reason));
        }
        Code::FolderPasswordChanged => {
            investigation.server_says(channel, Said::Archived("PASSWORD_CHANGE".into()));
        }
        Code::FolderRestricted | Code::FolderUnreadable => investigation.could_not_read(channel),
        _ => return Err(error),
    }
    if reading.progress().0 > 0 {
        reading.cut_off();
    }
    Ok(())
}
