//! A plan of a deletion, for people and for machines.

use std::io::{Write, stdout};

use pinfold_core::document::{Kind, Tables};
use pinfold_core::json::Text;
use pinfold_recovery::delete::{Refused, Row, Warnings};
use pinfold_recovery::{DeletePlan, Holder, What};
use serde_json::{Value, json};

use crate::sync::printable::printable;

/// What is printed at the end.
pub(super) struct Told {
    rows: Vec<(Value, String)>,
    unexpandable: Vec<String>,
    digest: String,
    documents: usize,
    asks: bool,
    always: bool,
    twice: bool,
    /// `None`: nothing was to be carried out.
    ended: Option<Option<Refused>>,
}

impl Told {
    pub(super) fn of(plan: &DeletePlan, holders: &[Holder<'_>], warnings: &Warnings, titles: bool) -> Self {
        let mut silent = Warnings::default();
        silent.switch_off(plan.action());
        Self {
            rows: plan.rows().iter().map(|row| told(row, holders, titles)).collect(),
            unexpandable: plan.unexpandable().iter().map(|id| printable(id, 60)).collect(),
            digest: plan.digest().to_owned(),
            documents: plan.documents(),
            asks: plan.needs_consent(warnings),
            always: plan.needs_consent(&silent),
            twice: plan.rows().iter().any(|row| row.destroyed),
            ended: None,
        }
    }

    pub(super) fn ended(&mut self, refused: Option<Refused>) {
        self.ended = Some(refused);
    }

    pub(super) fn print(&self, as_json: bool) {
        let mut out = stdout().lock();
        // Whoever reads may have gone.
        drop(if as_json { self.in_json(&mut out) } else { self.in_words(&mut out) });
    }

    fn in_json(&self, out: &mut impl Write) -> std::io::Result<()> {
        for (row, _) in &self.rows {
            writeln!(out, "{row}")?;
        }
        for folder in &self.unexpandable {
            writeln!(out, "{}", json!({"type": "unexpandable", "channel": folder}))?;
        }
        let result = json!({
            "type": "result",
            "digest": self.digest,
            "documents": self.documents,
            "needsConsent": self.asks,
            "alwaysAsks": self.always,
            "asksTwice": self.twice,
            "done": self.ended == Some(None),
            "refused": self.ended.flatten().map(Refused::as_str),
        });
        writeln!(out, "{result}")
    }

    fn in_words(&self, out: &mut impl Write) -> std::io::Result<()> {
        for (_, row) in &self.rows {
            writeln!(out, "{row}")?;
        }
        for folder in &self.unexpandable {
            writeln!(out, "{folder}: a shared folder that goes, and nobody knows what is in it")?;
        }
        let (s, documents) = (if self.documents == 1 { "" } else { "s" }, self.documents);
        match self.ended {
            Some(None) => writeln!(out, "{documents} document{s}: done."),
            Some(Some(refused)) => {
                writeln!(out, "{documents} document{s}. Nothing was changed: {}", words(refused))
            }
            None => {
                writeln!(out, "{documents} document{s}. The plan is {}", self.digest)?;
                if self.asks {
                    writeln!(out, "It has to be agreed to: --run with this digest carries it out.")?;
                }
                if self.twice {
                    writeln!(out, "Something is destroyed for everybody: --again with the digest as well.")?;
                }
                Ok(())
            }
        }
    }
}

fn words(refused: Refused) -> &'static str {
    match refused {
        Refused::NeedsConsent => "the plan has to be shown first, and --run needs its digest.",
        Refused::StaleConsent => "the digest is of another plan; something changed since.",
        Refused::NeedsSecondConsent => "what is destroyed is asked for once more: --again.",
        Refused::CannotExpand => "it is not known what would be destroyed with a folder.",
    }
}

fn told(row: &Row, holders: &[Holder<'_>], titles: bool) -> (Value, String) {
    let channel = |number: &usize| holders.get(*number).map(|holder| holder.channel.to_owned());
    let kind = match row.kind {
        Kind::File => What::File,
        Kind::SharedFolder => What::SharedFolder,
        Kind::Link => What::Link,
    };
    let title = titles.then(|| title(row, holders)).flatten();
    let stays: Vec<String> = row.stays.iter().filter_map(channel).collect();
    let dangling: Vec<String> = row.dangling.iter().filter_map(channel).collect();
    let id = row.channel.as_ref().map(|id| printable(id, 60));
    let mut line = json!({
        "type": "row",
        "document": channel(&row.holder),
        "id": row.id.key(),
        "kind": kind.as_str(),
        "channel": id,
        "via": row.via,
        "stays": stays,
        "losesPin": row.loses_pin,
        "owned": row.owned,
        "destroyed": row.destroyed,
        "dangling": dangling,
        "losesKey": row.loses_key,
        "others": row.others,
    });
    if let (Some(title), Some(line)) = (&title, line.as_object_mut()) {
        line.insert("title".into(), title.as_str().into());
    }
    let mut said = vec![format!("{}  {}", id.as_deref().unwrap_or("-"), kind.as_str())];
    said.extend(title.map(|title| format!("\"{title}\"")));
    said.extend(row.via.as_ref().map(|via| format!("goes with the folder {via}")));
    let mut note = |is: bool, words: &str| said.extend(is.then(|| words.to_owned()));
    note(row.destroyed, "is destroyed for everybody");
    note(row.loses_pin, "the account pins it no longer");
    note(row.loses_key, "its key goes; the vault keeps it");
    note(row.others && !row.destroyed, "others lose it there as well");
    note(!dangling.is_empty(), "entries elsewhere then lead nowhere");
    let all = said.join(", ");
    let stays = if stays.is_empty() { String::new() } else { format!("; stays in {}", stays.join(" ")) };
    (line, all + &stays)
}

fn title(row: &Row, holders: &[Holder<'_>]) -> Option<String> {
    let holder = holders.get(row.holder)?;
    let entry = Tables::under(holder.content?, holder.shape).entry(row.kind, row.id)?;
    let title = entry.given_name().or(entry.title()).map(Text::to_string_lossy)?;
    Some(printable(&title, 60))
}
