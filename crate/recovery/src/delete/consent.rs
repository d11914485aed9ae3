//! What has to be consented to, and consent to exactly one plan.

use std::collections::BTreeSet;

use pinfold_core::crypto::hash::sha256;
use pinfold_core::document::{Branch, EntryId, Kind};
use pinfold_core::drive::edit::{Edit, TakeOut};
use pinfold_core::encoding::encode_hex;
use pinfold_core::json::{Text, Value, canonical};
use pinfold_core::names::names;

use super::{Action, DeletePlan, Holder, Row};

/// That a person was shown a plan and agreed to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    digest: String,
    twice: bool,
}

names! {
    /// Why a plan is not carried out. Nothing is changed then.
    #[derive(Hash)]
    Refused as DeleteRefused, "Why a deletion is not carried out. Nothing is changed then.":
    /// The person has to be shown the plan first.
    NeedsConsent = "needs-consent",
    /// The consent is to another plan: something changed since.
    StaleConsent = "stale-consent",
    /// What is destroyed for everybody is asked for once more.
    NeedsSecondConsent = "needs-second-consent",
    /// A shared folder would be destroyed, and it is not known what is in it.
    CannotExpand = "cannot-expand",
}

/// Which warnings a person has switched off. By default none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Warnings {
    off: BTreeSet<Action>,
}

impl Warnings {
    /// Switches the warning of more than one document off, for one kind of action. `false` for destroying: that
    /// warning stays on. Two more warnings always stay: a key would be lost, and a selection cannot be expanded.
    pub fn switch_off(&mut self, action: Action) -> bool {
        let may = action != Action::Destroy;
        if may {
            self.off.insert(action);
        }
        may
    }

    /// Switches it on again.
    pub fn switch_on(&mut self, action: Action) {
        self.off.remove(&action);
    }

    /// Whether it is off.
    pub fn is_off(&self, action: Action) -> bool {
        self.off.contains(&action)
    }
}

impl DeletePlan {
    /// Whether the person has to be asked.
    pub fn needs_consent(&self, warnings: &Warnings) -> bool {
        let always = |row: &Row| row.destroyed || row.loses_key;
        self.rows.iter().any(always)
            || !self.unexpandable.is_empty()
            || self.documents() > 1 && !warnings.is_off(self.action)
    }

    /// The person was shown this plan and agrees.
    pub fn consent(&self) -> Consent {
        Consent { digest: self.digest.clone(), twice: false }
    }

    /// The person was asked once more, after a consent to this same plan.
    ///
    /// # Errors
    /// [`Refused::StaleConsent`].
    pub fn consent_again(&self, first: &Consent) -> Result<Consent, Refused> {
        if first.digest != self.digest {
            return Err(Refused::StaleConsent);
        }
        Ok(Consent { digest: self.digest.clone(), twice: true })
    }

    /// What is written, document by document, by their numbers. What the server has to destroy goes first
    /// ([`Self::destroys`]).
    ///
    /// # Errors
    /// Why not: [`Refused`].
    pub fn edits(
        &self,
        consent: Option<&Consent>,
        warnings: &Warnings,
    ) -> Result<&[(usize, Vec<Edit>)], Refused> {
        if consent.is_some_and(|consent| consent.digest != self.digest) {
            return Err(Refused::StaleConsent);
        }
        if self.action == Action::Destroy && !self.unexpandable.is_empty() {
            return Err(Refused::CannotExpand);
        }
        if self.needs_consent(warnings) && consent.is_none() {
            return Err(Refused::NeedsConsent);
        }
        if self.rows.iter().any(|row| row.destroyed) && !consent.is_some_and(|consent| consent.twice) {
            return Err(Refused::NeedsSecondConsent);
        }
        Ok(&self.steps)
    }
}

/// Of everything that is said and done, as JSON. Only the hash of it leaves. Documents are named by their channels: after
/// another reading the same number may be another folder.
pub(super) fn digest(
    documents: &[Holder<'_>],
    action: Action,
    rows: &[Row],
    unexpandable: &BTreeSet<String>,
    edits: &[(usize, Vec<Edit>)],
) -> String {
    let mut all = vec![Value::from("pinfold delete 1"), action.as_str().into()];
    all.extend(rows.iter().map(|row| said(documents, row)));
    all.push(unexpandable.iter().map(|folder| Value::from(folder.as_str())).collect::<Vec<_>>().into());
    for (holder, edits) in edits {
        let outs = edits.iter().filter_map(|edit| match edit {
            Edit::TakeOut(take_out) => Some(take_out),
            _ => None,
        });
        all.extend(outs.map(|take_out| done(documents, *holder, take_out)));
    }
    encode_hex(&sha256(canonical(&Value::from(all)).as_bytes()))
}

fn name(documents: &[Holder<'_>], number: usize) -> Value {
    documents.get(number).map_or(Value::Null, |document| document.channel.into())
}

fn said(documents: &[Holder<'_>], row: &Row) -> Value {
    let text = |text: Option<&str>| text.map_or(Value::Null, Value::from);
    let names = |numbers: &BTreeSet<usize>| -> Value {
        numbers.iter().map(|number| name(documents, *number)).collect::<Vec<_>>().into()
    };
    let kind = match row.kind {
        Kind::File => "file",
        Kind::SharedFolder => "folder",
        Kind::Link => "link",
    };
    let fields = [
        name(documents, row.holder),
        Value::from(row.id.key().as_str()),
        kind.into(),
        text(row.channel.as_deref()),
        text(row.via.as_deref()),
        names(&row.stays),
        names(&row.dangling),
    ];
    let flags = [row.loses_pin, row.owned, row.destroyed, row.loses_key, row.others].map(Value::from);
    fields.into_iter().chain(flags).collect::<Vec<_>>().into()
}

fn done(documents: &[Holder<'_>], holder: usize, take_out: &TakeOut) -> Value {
    let names = |names: &[Text]| Value::from(names.iter().cloned().map(Value::from).collect::<Vec<_>>());
    let place = |(branch, path, entry): &(Branch, Vec<Text>, EntryId)| {
        let branch = match branch {
            Branch::Root => "r",
            Branch::Template => "t",
            Branch::Trash => "x",
        };
        Value::from(vec![branch.into(), names(path), entry.key().as_str().into()])
    };
    let places: Vec<Value> = take_out.places.iter().map(place).collect();
    let folders: Vec<Value> = take_out.folders.iter().map(|folder| names(folder)).collect();
    vec![name(documents, holder), places.into(), folders.into(), take_out.trash.into()].into()
}
