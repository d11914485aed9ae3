//! What is told: for people by cause, for machines one object per line.

use std::io::{IsTerminal, Write, stdout};

use pinfold_recovery::{Beginning, Cause, Intent, Investigation, KeyAt, Loss, Reason, Said, Told};
use serde_json::json;

use super::{Args, is_unwanted};
use crate::past::date;
use crate::sync::printable::printable;

/// A loss, and what speaks for an accident.
type Found = (Loss, Vec<Reason>);

pub(super) fn losses(args: &Args, investigation: &Investigation, losses: &[Found]) {
    let mut out = stdout().lock();
    // Whoever reads may have gone.
    let _ = if args.json {
        in_json(&mut out, args, investigation, losses)
    } else {
        in_words(&mut out, args, investigation, losses)
    };
}

/// Why the server has put it away, in the word that was left. Whoever archived it may have written anything.
fn reason_of(investigation: &Investigation, channel: &str) -> Option<String> {
    Some(printable(investigation.said(channel)?.reason()?, 64))
}

fn title(investigation: &Investigation, loss: &Loss) -> Option<String> {
    crate::past::title(investigation.presence_at(loss.place)?)
}

fn in_json(
    out: &mut impl Write,
    args: &Args,
    investigation: &Investigation,
    losses: &[Found],
) -> std::io::Result<()> {
    for (loss, reasons) in losses {
        let at = loss.at;
        let line = json!({
            "type": "loss",
            "channel": printable(&loss.channel, 60),
            "kind": loss.what.as_str(),
            "cause": loss.cause.as_str(),
            "intent": loss.cause.intent().as_str(),
            "reasons": reasons.iter().map(|reason| reason.as_str()).collect::<Vec<_>>(),
            "keyAt": loss.key_at.as_str(),
            "server": investigation.said(&loss.channel).map(Said::as_str),
            "serverReason": reason_of(investigation, &loss.channel),
            "in": investigation.holder_of(loss.place).map(|holder| printable(holder, 60)),
            "line": at.map(|at| at.line),
            "time": loss.since,
            "author": at.and_then(|at| at.author).map(|author| author.to_string()),
            "title": args.titles.then(|| title(investigation, loss)).flatten(),
        });
        writeln!(out, "{line}")?;
    }
    for document in investigation.missing() {
        let channel = document.channel.as_str();
        let line = json!({
            "type": "missing",
            "channel": channel,
            "whose": document.whose.as_str(),
            "server": investigation.said(channel).map(Said::as_str),
            "serverReason": reason_of(investigation, channel),
        });
        writeln!(out, "{line}")?;
    }
    for channel in investigation.missing_calendars() {
        let server = investigation.said(channel).map(Said::as_str);
        let line = json!({"type": "missing", "channel": printable(channel, 60), "whose": "calendar", "server": server});
        writeln!(out, "{line}")?;
    }
    let unread: usize = documents(investigation).map(|told| told.unread).sum();
    let result = json!({
        "type": "result",
        "documents": documents(investigation).count(),
        "lost": losses.len(),
        "unwanted": losses.iter().filter(|(loss, _)| is_unwanted(loss)).count(),
        "unreadLines": unread,
        "broken": documents(investigation).filter(|told| told.holes > 0).count(),
        "shortened": documents(investigation).filter(|told| told.begins == Beginning::Trimmed).count(),
        "notRead": investigation.unread_documents(),
        "missing": investigation.missing().len() + investigation.missing_calendars().len(),
    });
    writeln!(out, "{result}")
}

fn documents(investigation: &Investigation) -> impl Iterator<Item = &Told> {
    investigation.documents().iter().filter_map(|document| document.live.as_ref())
}

fn in_words(
    out: &mut impl Write,
    args: &Args,
    investigation: &Investigation,
    losses: &[Found],
) -> std::io::Result<()> {
    let titles = args.titles || stdout().is_terminal();
    let (unwanted, wanted): (Vec<&Found>, Vec<&Found>) =
        losses.iter().partition(|(loss, _)| is_unwanted(loss));
    writeln!(
        out,
        "{} documents of the account were read: its drive, its teams, its shared folders.",
        documents(investigation).count()
    )?;
    for (head, list) in [("Lost, and not wanted:", unwanted), ("Removed deliberately:", wanted)] {
        if list.is_empty() {
            continue;
        }
        writeln!(out, "\n{head}")?;
        for (loss, reasons) in list {
            let when = loss.since.map_or_else(|| "-".into(), date);
            let title = if titles { title(investigation, loss) } else { None };
            let title = title.map(|title| format!("  {}", printable(&title, 60))).unwrap_or_default();
            writeln!(out, "  {when:20}  {:12}  {}{title}", loss.what.as_str(), printable(&loss.channel, 60))?;
            let said = investigation.said(&loss.channel).map_or("", server);
            writeln!(out, "      {}; {}{said}", cause(loss.cause), key(loss.key_at))?;
            if loss.cause.intent() == Intent::Deliberate && !reasons.is_empty() {
                let words: Vec<&str> = reasons.iter().map(|reason| self::reason(*reason)).collect();
                writeln!(out, "      perhaps by accident: {}", words.join("; "))?;
            }
        }
    }
    let unread: usize = documents(investigation).map(|told| told.unread).sum();
    if unread > 0 {
        writeln!(out, "\n{unread} lines do not open. What they did is not known.")?;
    }
    if investigation.unread_documents() > 0 {
        let count = investigation.unread_documents();
        writeln!(out, "\n{count} documents could not be read. What happened in them is not known.")?;
    }
    for document in investigation.missing() {
        writeln!(
            out,
            "\nThe server does not have {}, a {} that the account names. What is in it is not known.",
            document.channel.as_str(),
            document.whose.as_str()
        )?;
    }
    for channel in investigation.missing_calendars() {
        writeln!(
            out,
            "\nThe server does not have {}, a calendar that the account names.",
            printable(channel, 60)
        )?;
    }
    let is_whole = investigation.is_whole() && investigation.missing_calendars().is_empty();
    if losses.is_empty() && is_whole {
        writeln!(out, "Nothing is lost.")?;
    } else if losses.is_empty() {
        writeln!(out, "Nothing else is known to be lost.")?;
    }
    for told in documents(investigation).filter(|told| told.holes > 0) {
        writeln!(
            out,
            "\nOne log has a hole: {} of its {} lines hang on a line that is not there. What they did is not known.",
            told.holes, told.lines
        )?;
    }
    for told in documents(investigation).filter(|told| told.begins == Beginning::Trimmed) {
        let since = told.first.time.map_or_else(|| "its first line".into(), date);
        writeln!(
            out,
            "\nOne log was shortened by its owner. Nothing can be told of the time before {since}."
        )?;
    }
    Ok(())
}

fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::UserTrash => "you removed it, through the trash",
        Cause::UserRemoved => "you removed it",
        Cause::UserBurst => "removed together with others within seconds",
        Cause::UserAfterLoss => "you removed the folder after it had been emptied or was missing",
        Cause::OtherMember => "another member, or another device of yours, removed it",
        Cause::OtherMemberTrash => "another member put it into the trash",
        Cause::OtherMemberBurst => {
            "another member, or another device of yours, removed it together with others within seconds"
        }
        Cause::ClientOnServerWord => "your client erased it, because the server said it was gone",
        Cause::RemovedOrErased => {
            "somebody removed it, or a client erased it because the server said it was gone: that cannot be told"
        }
        Cause::PasswordChange => "its password was changed: ask the owner for the new one",
        Cause::FolderMadeAnew => "its folder was made anew, empty",
        Cause::FolderLost => "its folder's key is gone",
        Cause::Unknown => "no history tells who took it: one of your devices noticed then that it was gone",
    }
}

fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Burst => "something else was removed within seconds",
        Reason::NoTrash => "it was not in the trash before",
        Reason::Elsewhere => "another device or member did it",
        Reason::KeyErased => "a client erased its key",
        Reason::AfterLoss => "it had been emptied or was missing before",
        Reason::AfterNotice => "you had just been told that something was gone",
        Reason::WithFolder => "it went with a whole folder",
        Reason::FolderGone => "its folder is gone",
        Reason::PinsRegrew => "the list of pins lost it together with others that came back",
    }
}

fn server(said: &Said) -> &'static str {
    match said {
        Said::Live => "",
        Said::Missing => "; the server has no live copy of it: its operator may",
        Said::Archived(_) => "; the server has put it away: ask the operator",
    }
}

fn key(key: KeyAt) -> &'static str {
    match key {
        KeyAt::Present => "its key is still in the drive",
        KeyAt::HistoryDrive => "its key is in the history of the drive",
        KeyAt::HistoryFolder => "its key is in the history of the folder",
        KeyAt::HistoryTeam => "its key is in the history of the team",
        KeyAt::Archive => "its key is in the archived copy of the folder: ask the operator",
        KeyAt::Vault => "its key is in the vault, where your devices keep what left",
        KeyAt::ViaFolder => "its key is in the folder, once the folder's key is back",
    }
}
