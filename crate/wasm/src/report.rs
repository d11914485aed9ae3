//! What is shown: plain objects made from the engine's values.

use crate::guard::EvidenceReport;
use crate::plain::js;
use pinfold_core::compact::SortedMap;
use pinfold_core::drive::account::{Account, MailboxEntry};
use pinfold_core::drive::complete::{Drive, FolderOutcome};
use pinfold_core::error::Code;
use pinfold_core::ids::PinId;
use pinfold_core::json::Value;
use pinfold_core::mailbox::message::Subject;
use pinfold_core::pin_run::{Receipt, Watch};
use pinfold_core::pins::rules::Skipped;
use pinfold_core::pins::set::Form;
use pinfold_core::ports::UnixMillis;
use pinfold_core::session::effect::{Event, FolderEvent, FolderState, MailboxState, Phase, TeamEntry};
use serde::Serialize;
use wasm_bindgen::JsValue;

/// When each entry was declared and when it settled.
#[derive(Debug, Default, Clone)]
pub(crate) struct Timeline(SortedMap<String, (UnixMillis, Option<UnixMillis>)>);

impl Timeline {
    pub(crate) fn note(&mut self, at: UnixMillis, folder: &FolderEvent) {
        let settled = matches!(folder.state, FolderState::Loaded | FolderState::Unavailable(_));
        let declared = self.0.get(&folder.id).map_or(at, |(declared, _)| *declared);
        self.0.insert(folder.id.clone(), (declared, settled.then_some(at)));
    }

    fn of(&self, id: &str) -> Times {
        let (declared, settled) = self.0.get(id).copied().unwrap_or_default();
        Times { declared: declared.0, settled: settled.map(|at| at.0) }
    }
}

#[derive(Serialize)]
struct Times {
    declared: u64,
    settled: Option<u64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FolderReport<'a> {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    team: Option<&'a str>,
    id: &'a str,
    channel: Option<&'a str>,
    title: Option<&'a str>,
    state: &'static str,
    code: Option<&'static str>,
    documents: Option<usize>,
    read_only: bool,
    password_protected: bool,
    owned: bool,
    doubt: Option<&'static str>,
    ms: Times,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AccountReport<'a> {
    display_name: Option<&'a str>,
    ed_public: Option<&'a str>,
    drive_channel: &'a str,
    block_id: Option<&'a str>,
    mailboxes: Vec<&'a str>,
    teams: Vec<TeamReport<'a>>,
}

#[derive(Serialize)]
struct TeamReport<'a> {
    id: &'a str,
    name: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReceiptReport<'a> {
    confirmed: bool,
    complete: bool,
    count: usize,
    digest: &'a str,
    added: usize,
    reset: bool,
    server_hash: &'a str,
    form: Option<&'static str>,
    surplus_retained: bool,
    retained: usize,
    refused: Vec<RefusedReport>,
    read_back: bool,
}

#[derive(Serialize)]
struct ProgressReport {
    #[serde(rename = "type")]
    kind: &'static str,
    phase: &'static str,
    done: usize,
    total: Option<usize>,
}

#[derive(Serialize)]
struct PinsReport<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    step: &'static str,
    count: Option<usize>,
    ours: &'a str,
    server: Option<&'a str>,
    form: Option<&'static str>,
    refused: Vec<RefusedReport>,
}

#[derive(Serialize)]
struct ChangedReport<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    team: Option<&'a str>,
    complete: bool,
    pins: usize,
}

#[derive(Serialize)]
struct FollowedReport {
    #[serde(rename = "type")]
    kind: &'static str,
    pins: usize,
    code: Option<&'static str>,
    refused: Vec<String>,
}

#[derive(Serialize)]
struct SkippedReport {
    what: &'static str,
    code: &'static str,
}

#[derive(Serialize)]
struct RefusedReport {
    id: String,
    code: &'static str,
}

#[derive(Serialize)]
struct SafeReport {
    #[serde(rename = "type")]
    kind: &'static str,
    safe: bool,
}

#[derive(Serialize)]
struct NetReport {
    #[serde(rename = "type")]
    kind: &'static str,
    state: &'static str,
    #[serde(rename = "retryAt", skip_serializing_if = "Option::is_none")]
    retry_at: Option<u64>,
}

#[derive(Serialize)]
struct StorageReport<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    code: &'static str,
    message: &'a str,
}

#[derive(Serialize)]
struct MailboxReport<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    mailbox: &'a str,
    unread: usize,
    news: usize,
    quarantined: usize,
    held: Option<HeldReport<'a>>,
}

#[derive(Serialize)]
struct HeldReport<'a> {
    hash: &'a str,
    until: u64,
    channels: Vec<&'a str>,
    teams: Vec<&'a str>,
}

/// How a mailbox is, and what its next message waits for.
pub(crate) fn mailbox(name: &str, state: &MailboxState) -> JsValue {
    let held = state.held.as_ref().map(|held| {
        let (mut channels, mut teams) = (Vec::new(), Vec::new());
        for subject in &held.subjects {
            match subject {
                Subject::Channel(id) => channels.push(id.as_str()),
                Subject::Team(id) => teams.push(id.as_str()),
            }
        }
        HeldReport { hash: held.hash.as_str(), until: held.until.0, channels, teams }
    });
    let MailboxState { unread, news, quarantined, .. } = *state;
    js(&MailboxReport { kind: "mailbox", mailbox: name, unread, news, quarantined, held })
}

#[derive(Serialize)]
struct NoticeReport<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    mailbox: &'a str,
    code: &'static str,
}

/// Something was noticed of a mailbox's log.
pub(crate) fn notice(name: &str, code: Code) -> JsValue {
    js(&NoticeReport { kind: "mailbox-notice", mailbox: name, code: code.as_str() })
}

/// Everything that a mailbox's log held was delivered.
pub(crate) fn mailbox_read() -> JsValue {
    js(&ProgressReport { kind: "progress", phase: Phase::Mailbox.as_str(), done: 1, total: Some(1) })
}

#[derive(Serialize)]
struct IgnoredReport {
    #[serde(rename = "type")]
    kind: &'static str,
    messages: f64,
}

pub(crate) fn event(event: &Event, timeline: &Timeline) -> JsValue {
    match event {
        Event::Progress { phase, done, total } => {
            js(&ProgressReport { kind: "progress", phase: phase.as_str(), done: *done, total: *total })
        }
        Event::Folder { at: _, folder } => js(&folder_report(folder, timeline, Some("folder"))),
        Event::Pins { watch, ours } => js(&pins(watch, ours)),
        Event::Changed { team, complete, ids } => {
            js(&ChangedReport { kind: "changed", team: team.as_deref(), complete: *complete, pins: *ids })
        }
        Event::Followed { ids, error, refused } => js(&FollowedReport {
            kind: "followed",
            pins: *ids,
            code: error.as_ref().map(|e| e.code().as_str()),
            refused: refused.iter().map(ToString::to_string).collect(),
        }),
        Event::Evidence(item) => js(&EvidenceReport::of(item, Some("evidence"))),
        Event::Storage(error) => {
            js(&StorageReport { kind: "storage", code: error.code().as_str(), message: error.message() })
        }
        Event::Ignored { messages } => js(&IgnoredReport { kind: "ignored", messages: *messages as f64 }),
        Event::Safe(safe) => js(&SafeReport { kind: "safe", safe: *safe }),
        Event::Net { open, retry_at } => js(&NetReport {
            kind: "net",
            state: if *open { "open" } else { "closed" },
            retry_at: retry_at.map(|at| at.0),
        }),
    }
}

fn pins<'a>(watch: &'a Watch, ours: &'a str) -> PinsReport<'a> {
    let mut report = PinsReport {
        kind: "pins",
        step: watch.step().as_str(),
        count: None,
        ours,
        server: None,
        form: None,
        refused: Vec::new(),
    };
    match watch {
        Watch::Compared { server, agrees, on_disk: _ } => {
            (report.server, report.form) = (Some(server.as_str()), agrees.map(Form::as_str));
        }
        Watch::Pinned { ids } | Watch::Unpinned { ids } | Watch::Replaced { ids } => {
            report.count = Some(*ids)
        }
        Watch::Refused { ids, code } => {
            report.count = Some(ids.len());
            report.refused = ids.iter().map(|id| refusal(id, *code)).collect();
        }
        Watch::OverLimit | Watch::NotKept => {}
    }
    report
}

fn folder_report<'a>(
    folder: &'a FolderEvent,
    timeline: &Timeline,
    kind: Option<&'static str>,
) -> FolderReport<'a> {
    let FolderEvent {
        team,
        id,
        channel,
        title,
        state,
        documents,
        read_only,
        password_protected,
        owned,
        doubt,
    } = folder;
    FolderReport {
        kind,
        team: team.as_deref(),
        id,
        channel: channel.as_deref(),
        title: title.as_deref(),
        state: state.as_str(),
        code: match state {
            FolderState::Unavailable(code) => Some(code.as_str()),
            _ => None,
        },
        documents: *documents,
        read_only: *read_only,
        password_protected: *password_protected,
        owned: *owned,
        doubt: doubt.map(Code::as_str),
        ms: timeline.of(id),
    }
}

pub(crate) fn folders(drive: &Drive, timeline: &Timeline) -> JsValue {
    let events: Vec<FolderEvent> = FolderEvent::settled(drive).collect();
    let reports: Vec<FolderReport<'_>> =
        events.iter().map(|event| folder_report(event, timeline, None)).collect();
    js(&reports)
}

pub(crate) fn skipped(items: &[Skipped]) -> JsValue {
    let items =
        items.iter().map(|item| SkippedReport { what: item.category.as_str(), code: item.code.as_str() });
    js(&items.collect::<Vec<_>>())
}

pub(crate) fn document<'a>(drive: &'a Drive, folder: Option<&str>) -> Option<&'a Value> {
    match folder {
        None => Some(drive.root().document()),
        Some(id) => match &drive.folders().iter().find(|folder| folder.declared.id == id)?.outcome {
            FolderOutcome::Loaded(document) => Some(document.document()),
            FolderOutcome::Unavailable(_) => None,
        },
    }
}

pub(crate) fn account(account: &Account, mailboxes: &[MailboxEntry], teams: &[TeamEntry]) -> JsValue {
    js(&AccountReport {
        display_name: account.display_name(),
        ed_public: account.ed_public().map(|key| key.as_str()),
        drive_channel: account.drive_channel().as_str(),
        block_id: account.block_id().map(|id| id.as_str()),
        mailboxes: mailboxes.iter().map(|entry| entry.name.as_str()).collect(),
        teams: teams.iter().map(|team| TeamReport { id: &team.id, name: team.name.as_deref() }).collect(),
    })
}

pub(crate) fn receipt(receipt: &Receipt) -> JsValue {
    js(&ReceiptReport {
        confirmed: receipt.confirmed(),
        complete: receipt.complete,
        count: receipt.count,
        digest: &receipt.digest,
        added: receipt.sent,
        reset: receipt.reset,
        server_hash: &receipt.server,
        form: receipt.form.map(Form::as_str),
        retained: receipt.retained,
        surplus_retained: receipt.form.is_none(),
        refused: receipt.refused.iter().map(|refused| refusal(&refused.id, refused.code)).collect(),
        read_back: receipt.read_back,
    })
}

fn refusal(id: &PinId, code: Code) -> RefusedReport {
    RefusedReport { id: id.to_string(), code: code.as_str() }
}
