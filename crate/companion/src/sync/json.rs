//! One JSON object per line. The fields are described in docs/cli.md and only ever added to.

use super::Args;
use super::printable::printable;
use super::report::{MailboxReport, MessageReport, Output, Summary, TeamReport};
use super::retained;
use pinfold_client::Event;
use pinfold_core::drive::account::Account;
use pinfold_core::drive::complete::Drive;
use pinfold_core::error::{Code, Error};
use pinfold_core::guard::plan::Plan;
use pinfold_core::ids::PinId;
use pinfold_core::pin_run::{Receipt, Watch};
use pinfold_core::pins::rules::Skipped;
use pinfold_core::pins::set::Form;
use pinfold_core::session::effect::{FolderEvent, FolderState};
use serde_json::{Map, Value, json};
use std::io::{Write, stdout};

/// Prints lines for machines.
pub(super) struct JsonLines {
    titles: bool,
}

impl JsonLines {
    pub(super) fn new(titles: bool) -> Self {
        Self { titles }
    }

    fn line(&self, kind: &str, mut fields: Value) {
        let mut line = Map::new();
        line.insert("type".into(), kind.into());
        if let Some(fields) = fields.as_object_mut() {
            line.append(fields);
        }
        let mut output = stdout().lock();
        // Whoever reads may have gone: the work goes on, and its end shows in the exit code.
        let _ = writeln!(output, "{}", Value::Object(line)).and_then(|()| output.flush());
    }

    fn folder(&self, folder: &FolderEvent) -> Value {
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
        let code = match state {
            FolderState::Unavailable(code) => Some(code.as_str()),
            _ => None,
        };
        let mut fields = json!({
            "team": team,
            "id": id,
            "channel": channel,
            "state": state.as_str(),
            "code": code,
            "documents": documents,
            "readOnly": read_only,
            "passwordProtected": password_protected,
            "owned": owned,
            "doubt": doubt.map(Code::as_str),
        });
        if let Some(fields) = fields.as_object_mut().filter(|_| self.titles) {
            fields.insert("title".into(), title.as_deref().map(|title| printable(title, 200)).into());
        }
        fields
    }
}

impl Output for JsonLines {
    fn event(&mut self, event: &Event) {
        match event {
            Event::Progress { phase, done, total } => {
                self.line("progress", json!({ "phase": phase.as_str(), "done": done, "total": total }));
            }
            Event::Folder { at, folder } => {
                let mut fields = self.folder(folder);
                if let Some(fields) = fields.as_object_mut() {
                    fields.insert("at".into(), at.0.into());
                }
                self.line("folder", fields);
            }
            Event::Pins { watch, ours } => self.line("pins", pins(watch, ours)),
            // Only a session that stays has these.
            Event::Changed { .. } | Event::Followed { .. } => {}
            Event::Evidence(item) => {
                let channel = item.channel.as_ref().map(|channel| channel.to_string_lossy());
                self.line(
                    "evidence",
                    json!({ "code": item.code.as_str(), "channel": channel, "at": item.at.0 }),
                );
            }
            Event::Storage(error) => self.line("storage", json!({ "code": error.code().as_str() })),
            Event::Ignored { messages } => self.line("ignored", json!({ "messages": messages })),
            // For programs that may be closed at any moment; this one ends by itself.
            Event::Safe(_) => {}
            Event::Net { open, retry_at: _ } => {
                self.line("net", json!({ "state": if *open { "open" } else { "closed" } }));
            }
        }
    }

    fn pause(&mut self) {}

    fn signed_in(&mut self, args: &Args, account: &Account) {
        let key = account.ed_public().map(|key| key.as_str());
        self.line("account", json!({ "origin": args.origin, "user": args.user, "edPublic": key }));
    }

    fn drive(&mut self, _drive: &Drive) {}

    fn plan(&mut self, _plan: &Plan) {}

    fn receipt(&mut self, _receipt: &Receipt, _plan: &Plan) {}

    fn team(&mut self, report: &TeamReport) {
        let fields = self.team_fields(report);
        self.line("team", fields);
    }

    fn message(&mut self, mailbox: &str, message: &MessageReport) {
        let MessageReport { position, hash, time, kind, dismissed, superseded, unreadable } = message;
        self.line(
            "message",
            json!({
                "mailbox": mailbox,
                "position": position,
                "hash": hash,
                "time": time,
                "kind": kind,
                "dismissed": dismissed,
                "superseded": superseded,
                "unreadable": unreadable.map(|code| code.as_str()),
            }),
        );
    }

    fn mailbox(&mut self, _mailbox: &MailboxReport) {}

    fn end(&mut self, summary: &Summary) {
        let Summary { verdict, drive, receipt: pins, plan, teams, mailbox, error: failure } = summary;
        self.line(
            "result",
            json!({
                "exitCode": verdict.code(),
                "outcome": verdict.as_str(),
                "complete": matches!(drive, Some(Drive::Complete(_))),
                "confirmed": pins.as_ref().is_some_and(Receipt::confirmed),
                "documents": drive.as_ref().map(Drive::documents),
                "folders": drive.as_ref().map(|drive| self.folders(drive)),
                "skipped": drive.as_ref().map(|drive| drive.skipped().len()),
                "leftOut": drive.as_ref().map(left_out),
                "pins": pins.as_ref().map(receipt),
                "plan": plan.as_ref().map(retained::fields),
                "teams": teams.iter().map(|team| self.team_fields(team)).collect::<Vec<_>>(),
                "mailbox": mailbox.as_ref().map(mail),
                "error": failure.as_ref().map(error),
            }),
        );
    }
}

impl JsonLines {
    fn team_fields(&self, report: &TeamReport) -> Value {
        let TeamReport { team, read, receipt: pins, plan, error: failure } = report;
        let mut fields = json!({
            "id": team.id,
            "complete": read.map(|(complete, _)| complete),
            "ids": read.map(|(_, ids)| ids),
            "viewOnly": report.view_only(),
            "confirmed": pins.as_ref().is_some_and(Receipt::confirmed),
            "pins": pins.as_ref().map(receipt),
            "plan": plan.as_ref().map(retained::fields),
            "error": failure.as_ref().map(error),
        });
        if let Some(fields) = fields.as_object_mut().filter(|_| self.titles) {
            fields.insert("name".into(), team.name.as_deref().map(|name| printable(name, 200)).into());
        }
        fields
    }

    fn folders(&self, drive: &Drive) -> Value {
        FolderEvent::settled(drive).map(|folder| self.folder(&folder)).collect()
    }
}

fn left_out(drive: &Drive) -> Value {
    let item = |item: Skipped| json!({ "what": item.category.as_str(), "code": item.code.as_str() });
    drive.skipped().into_iter().map(item).collect()
}

fn pins(watch: &Watch, ours: &str) -> Value {
    let mut fields = match watch {
        Watch::Compared { server, agrees, on_disk: _ } => {
            json!({ "ours": ours, "server": server, "form": agrees.map(Form::as_str) })
        }
        Watch::Pinned { ids } | Watch::Unpinned { ids } | Watch::Replaced { ids } => json!({ "ids": ids }),
        Watch::Refused { ids, code } => json!({ "refused": texts(ids), "code": code.as_str() }),
        Watch::OverLimit => json!({ "code": Code::PinsOverLimit.as_str() }),
        Watch::NotKept => json!({}),
    };
    if let Some(fields) = fields.as_object_mut() {
        fields.insert("step".into(), watch.step().as_str().into());
    }
    fields
}

fn receipt(receipt: &Receipt) -> Value {
    let Receipt {
        complete: _,
        count,
        digest,
        server,
        form: agreed,
        sent,
        reset,
        retained,
        refused,
        read_back,
    } = receipt;
    let refused =
        refused.iter().map(|refused| json!({ "id": refused.id.as_str(), "code": refused.code.as_str() }));
    json!({
        "count": count,
        "digest": digest,
        "serverHash": server,
        "form": agreed.map(Form::as_str),
        "added": sent,
        "reset": reset,
        "retained": retained,
        "surplusRetained": agreed.is_none(),
        "refused": refused.collect::<Vec<_>>(),
        "readBack": read_back,
    })
}

fn texts(ids: &[PinId]) -> Value {
    ids.iter().map(|id| Value::from(id.as_str())).collect()
}

fn mail(mailbox: &MailboxReport) -> Value {
    json!({
        "name": mailbox.name,
        "messages": mailbox.messages.len(),
        "dismissed": mailbox.dismissed(),
        "unreadable": mailbox.unreadable(),
        "timesAscend": mailbox.times_ascend(),
        "error": mailbox.error.as_ref().map(error),
    })
}

fn error(error: &Error) -> Value {
    let code = error.code();
    let detail: Map<String, Value> =
        error.detail().iter().map(|(key, value)| ((*key).to_owned(), Value::from(value.as_str()))).collect();
    json!({
        "code": code.as_str(),
        "message": error.message(),
        "blame": code.blame().as_str(),
        "retry": code.retry().as_str(),
        "detail": detail,
    })
}
