//! The scenarios, and the run that all of them meet.

use crate::advice;
use crate::earlier::{Earlier, no_folder, were_here};
use crate::other::{Meanwhile, meanwhile};
use crate::row::Row;
use crate::stage::{Disk, PATIENCE, Stage};
use pinfold_client::Client;
use pinfold_core::drive::complete::Drive;
use pinfold_core::error::{Code, Error, Retry};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tokio::sync::Notify;

/// How often a host tries again where the error says that this can help.
const ATTEMPTS: usize = 4;

/// One way to lose pins.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    /// What is done to the data directory.
    pub(crate) damage: fn(&Disk),
    /// How the server misbehaves, given the folder's channel.
    pub(crate) rules: fn(&str) -> Value,
    /// What another device does meanwhile.
    pub(crate) other: Meanwhile,
    /// Which devices were here before.
    pub(crate) earlier: Earlier,
    /// The codes that the user is told, in order.
    pub(crate) told: &'static [Code],
    /// The codes instead, where logs were kept that make a difference.
    pub(crate) told_with_logs: Option<&'static [Code]>,
    /// Whether the client kept logs of channels from an earlier session.
    pub(crate) kept: bool,
}

/// A folder's own requests: a PIN that names it is about something else.
pub(crate) fn folder(channel: &str, commands: &[&str], action: &Value) -> Value {
    commands
        .iter()
        .map(|command| json!({"on": {"channel": channel, "command": command}, "do": action}))
        .collect()
}

const ALL: &[&str] = &["JOIN", "IS_NEW_CHANNEL", "GET_HISTORY"];

pub(crate) fn all() -> Vec<Scenario> {
    let nothing: fn(&Disk) = |_| {};
    let honest: fn(&str) -> Value = |_| json!([]);
    let plain = Scenario {
        name: "",
        what: "",
        damage: nothing,
        rules: honest,
        other: Meanwhile::Nothing,
        earlier: Earlier::Nobody,
        told: &[],
        told_with_logs: None,
        kept: false,
    };
    vec![
        Scenario {
            name: "L1",
            what: "the server cannot read a folder's log and so says it is new",
            rules: |channel| folder(channel, &["IS_NEW_CHANNEL", "GET_HISTORY"], &json!({"kind": "new"})),
            told: &[Code::FolderMissing],
            ..plain
        },
        Scenario {
            name: "L2",
            what: "a folder's log is missing, without a reason",
            damage: |disk| std::fs::remove_file(disk.log()).unwrap(),
            told: &[Code::FolderMissing],
            ..plain
        },
        Scenario {
            name: "L3",
            what: "a folder's owner restricted it by an allow list",
            rules: |channel| folder(channel, ALL, &json!({"kind": "restrict"})),
            told: &[Code::FolderRestricted],
            ..plain
        },
        Scenario {
            name: "L4",
            what: "every message of a folder arrives, none can be decrypted",
            damage: |disk| disk.damage(|lines| lines.iter_mut().for_each(|line| *line = garbled(line))),
            told: &[Code::FolderUnreadable],
            ..plain
        },
        Scenario {
            name: "L5",
            what: "one line of a folder's log is damaged (torn write)",
            damage: |disk| disk.damage(|lines| tear(&mut lines[1])),
            told: &[Code::FolderUnreadable],
            // The kept log has the line as it was.
            told_with_logs: Some(&[]),
            ..plain
        },
        Scenario {
            name: "L6",
            what: "stale view, a folder's history comes after patience has ended",
            rules: |channel| once(channel, "GET_HISTORY", &json!({"kind": "delay", "ms": 2 * PATIENCE})),
            told: &[Code::FolderTimeout],
            ..plain
        },
        Scenario {
            name: "L7",
            what: "stale view, a folder's history comes late",
            rules: |channel| once(channel, "GET_HISTORY", &json!({"kind": "delay", "ms": PATIENCE / 2})),
            ..plain
        },
        Scenario {
            name: "L8",
            what: "stale view, a folder's history never comes",
            rules: |channel| folder(channel, &["GET_HISTORY"], &json!({"kind": "silence"})),
            told: &[Code::FolderTimeout],
            ..plain
        },
        Scenario {
            name: "L9",
            what: "stale view, nobody listens to events, histories come late",
            rules: |_| json!([{"on": {"command": "GET_HISTORY"}, "skip": 1, "do": {"kind": "delay", "ms": PATIENCE / 2}}]),
            ..plain
        },
        Scenario {
            name: "L10",
            what: "another device adds and pins a document while this one starts",
            rules: |channel| once(channel, "GET_HISTORY", &json!({"kind": "hold"})),
            other: Meanwhile::Adds,
            ..plain
        },
        Scenario {
            name: "L10a",
            what: "another device pins a document before anybody can read of it",
            rules: |channel| once(channel, "GET_HISTORY", &json!({"kind": "hold"})),
            other: Meanwhile::Pins,
            ..plain
        },
        Scenario {
            name: "L10b",
            what: "out of file handles for a moment: \"new\" once, then all is right",
            rules: |channel| once(channel, "IS_NEW_CHANNEL", &json!({"kind": "new"})),
            told: &[Code::FolderMissing],
            ..plain
        },
        Scenario {
            name: "L11",
            what: "the server never answers for a folder",
            rules: |channel| folder(channel, ALL, &json!({"kind": "silence"})),
            told: &[Code::FolderTimeout],
            ..plain
        },
        Scenario {
            name: "L11b",
            what: "the server never answers whether a folder is new",
            rules: |channel| folder(channel, &["IS_NEW_CHANNEL"], &json!({"kind": "silence"})),
            told: &[Code::FolderTimeout],
            ..plain
        },
        Scenario {
            name: "L12",
            what: "the connection dies at the first authenticated call",
            rules: |_| json!([{"on": {"command": "COOKIE"}, "times": 1, "do": {"kind": "cut"}}]),
            told: &[Code::NetClosed],
            ..plain
        },
        // What today's client does beyond these, by the numbers of the list of behaviours.
        Scenario {
            name: "B1",
            what: "a folder was deleted, the server says, for any reason",
            rules: |channel| {
                folder(
                    channel,
                    &["IS_NEW_CHANNEL", "GET_HISTORY"],
                    &json!({"kind": "new", "reason": "ARCHIVE_OWNED"}),
                )
            },
            told: &[Code::FolderDeleted],
            ..plain
        },
        Scenario {
            name: "B3",
            what: "the last line of the pin log is torn",
            damage: |disk| disk.tear_pin_log(),
            ..plain
        },
        Scenario {
            name: "B4",
            what: "the hash of the list cannot be had, once",
            rules: |_| json!([{"on": {"command": "GET_HASH"}, "times": 1, "do": {"kind": "error", "error": "EIO"}}]),
            told: &[Code::RpcRefused],
            ..plain
        },
        Scenario {
            name: "B5",
            what: "a letter comes again: the log reads A, B, A",
            damage: |disk| disk.damage_log(&disk.mailbox(), |lines| lines.push(lines[0].clone())),
            ..plain
        },
        Scenario {
            name: "B6",
            what: "a message of a folder bears a false signature",
            damage: |disk| disk.damage(|lines| forge(&mut lines[1])),
            told: &[Code::FolderUnreadable],
            ..plain
        },
        Scenario {
            name: "B7",
            what: "what was sent is lost with its connection",
            rules: |_| json!([{"on": {"command": "PIN"}, "times": 1, "do": {"kind": "cut"}}]),
            told: &[Code::PinsUnconfirmed],
            ..plain
        },
        // What a device that has never been here knows from those that were.
        Scenario {
            name: "D1",
            what: "a new device; a folder is missing, a client unpinned what it held",
            rules: |channel| folder(channel, &["IS_NEW_CHANNEL", "GET_HISTORY"], &json!({"kind": "new"})),
            earlier: Earlier::One,
            told: &[Code::FolderMissing],
            ..plain
        },
        Scenario {
            name: "D2",
            what: "a new device reads no folder; two others wrote at once what each knew",
            earlier: Earlier::Two,
            told: &[Code::FolderMissing, Code::FolderMissing, Code::FolderMissing],
            ..plain
        },
    ]
}

fn once(channel: &str, command: &str, action: &Value) -> Value {
    json!([{"on": {"channel": channel, "command": command}, "times": 1, "do": action}])
}

/// The line with a signature, which stands in front of the ciphertext, that nobody made.
fn forge(line: &mut String) {
    let mut fields: Vec<Value> = serde_json::from_str(line).unwrap();
    let message = fields[4].as_str().unwrap();
    let other = if message.starts_with('A') { "B" } else { "A" };
    fields[4] = json!(format!("{other}{}", &message[1..]));
    *line = json!(fields).to_string();
}

/// What is left of a line whose writing was interrupted.
fn tear(line: &mut String) {
    line.truncate(line.len() / 2);
}

/// The line with another ciphertext of the same length.
fn garbled(line: &str) -> String {
    let mut fields: Vec<Value> = serde_json::from_str(line).unwrap();
    let message = fields[4].as_str().unwrap().replace('A', "B").replace('e', "A");
    fields[4] = json!(message);
    json!(fields).to_string()
}

/// The loss scenarios again, each met by a client that kept logs and whose view is stale because of them.
pub(crate) fn with_kept_logs() -> impl Iterator<Item = Scenario> {
    let losses = all().into_iter().filter(|scenario| scenario.name.starts_with('L'));
    losses.map(|scenario| Scenario { kept: true, ..scenario })
}

impl Scenario {
    pub(crate) fn told(&self) -> &'static [Code] {
        self.told_with_logs.filter(|_| self.kept).unwrap_or(self.told)
    }

    pub(crate) async fn run(&self) -> Row {
        let (mut disk, mut since) = (Disk::make(), None);
        if self.kept {
            let (after, added) = disk.after_a_session().await;
            (disk, since) = (after, Some(added));
        }
        (self.damage)(&disk);
        let channel = disk.folder();
        let stage = disk.serve().await;
        let pinned = were_here(&stage, self.earlier).await;
        let rules = match self.earlier {
            Earlier::Two => no_folder(&stage),
            Earlier::Nobody | Earlier::One => (self.rules)(&channel),
        };
        stage.misbehave(&rules).await;
        let before = (pinned, stage.pin_log().len(), stage.channels());
        let mut needed: BTreeSet<String> = stage.built.pins.iter().cloned().chain(since).collect();

        let mut told = Vec::new();
        let ended = Notify::new();
        let whole = async {
            let letters = host(&stage, &mut told).await;
            ended.notify_one();
            letters
        };
        let (letters, added) = tokio::join!(whole, meanwhile(&stage, self.other, &ended));
        needed.extend(added.iter().cloned());

        let after = stage.pinned();
        let lost = needed.iter().filter(|id| before.0.contains(*id) || added.contains(id));
        let lost = lost.filter(|id| !after.contains(*id)).count();
        let mut blocked = Vec::new();
        let unpinned = stage.new.iter().filter(|id| !after.contains(*id)).count();
        if unpinned > 0 {
            blocked.push(format!("{unpinned} new pins"));
        }
        if letters != stage.letters() {
            blocked.push(format!("{} letters", stage.letters() - letters));
        }
        if stage.channels() != before.2 {
            blocked.push("a channel was created".to_owned());
        }
        let sent = stage.pin_log().into_iter().skip(before.1).map(|(c, ids)| (c, ids.len())).collect();
        Row { name: self.name, kept: self.kept, what: self.what, sent, lost, blocked, told }
    }
}

/// What any host does: sign in, read the mailbox, load, pin; again where the error says that this can help. Returns
/// how many letters came.
async fn host(stage: &Stage, told: &mut Vec<(Code, String)>) -> usize {
    let mut letters = 0;
    for _ in 0..ATTEMPTS {
        match attempt(stage, told, &mut letters).await {
            Ok(()) => break,
            Err(error) => {
                told.push((error.code(), advice::on_error(&error).join(" ")));
                if !matches!(error.code().retry(), Retry::Now | Retry::Later) {
                    break;
                }
            }
        }
    }
    letters
}

async fn attempt(stage: &Stage, told: &mut Vec<(Code, String)>, letters: &mut usize) -> Result<(), Error> {
    let client = stage.open().await?;
    // Beside each other: a letter that concerns a folder comes once the folder is settled.
    let (mail, pins) = tokio::join!(backlog(&client), load_and_pin(&client, told));
    *letters = (*letters).max(mail?);
    pins?;
    client.close().await;
    Ok(())
}

pub(crate) async fn load_and_pin(client: &Client, told: &mut Vec<(Code, String)>) -> Result<(), Error> {
    let drive = client.load_drive().await?;
    if let Drive::Partial(partial) = &drive {
        told.extend(partial.missing().map(|(_, why)| (why.code(), advice::on_folder(why))));
    }
    match &drive {
        Drive::Complete(drive) => client.sync_pins(&drive.pin_set()).await?,
        Drive::Partial(_) => client.add_pins(&drive.additions()).await?,
    };
    Ok(())
}

async fn backlog(client: &Client) -> Result<usize, Error> {
    let mut mailbox = client.mailbox("notifications", true).await?;
    let mut letters = 0;
    while let Some(next) = mailbox.next_of_backlog().await {
        next?;
        letters += 1;
    }
    Ok(letters)
}
