//! Deleting only what was meant: the plan as a plain object, and carrying it out.

use pinfold_core::document::{Kind, Shape, Tables};
use pinfold_core::error::{Code, Error};
use pinfold_core::ids::{ChannelId, PinId};
use pinfold_recovery::delete::{Row, Warnings, content_of};
use pinfold_recovery::{Action, DeletePlan, Holder, Pick, View, What};
use serde::Serialize;
use wasm_bindgen::JsValue;
use web_sys::AbortSignal;

use super::Awaited;
use super::living::Living;
use super::report::lossy;
use super::selected::{bad, picks};
use crate::error::to_js;
use crate::plain::js;
use crate::promise::Answer;

/// What was selected, what shall be done, and where it was selected: as JavaScript says it.
type Selection<'s> = (&'s str, &'s str, &'s str);

/// What the person agreed to.
pub(super) struct Agreed<'a> {
    /// The digest of the plan that is to be carried out.
    pub(super) planned: &'a str,
    /// The digest of the plan they were shown.
    pub(super) consent: Option<&'a str>,
    /// The same digest, if they were asked once more.
    pub(super) again: Option<&'a str>,
    /// The actions whose warning of more than one document is switched off this time.
    pub(super) off: &'a [String],
    /// Those of which that is kept.
    pub(super) kept: Warnings,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RowReport {
    document: String,
    id: String,
    kind: &'static str,
    channel: Option<String>,
    via: Option<String>,
    stays: Vec<String>,
    loses_pin: bool,
    owned: bool,
    destroyed: bool,
    dangling: Vec<String>,
    loses_key: bool,
    others: bool,
    title: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PlanReport {
    digest: String,
    action: &'static str,
    documents: usize,
    rows: Vec<RowReport>,
    unexpandable: Vec<String>,
    needs_consent: bool,
    always_asks: bool,
    asks_twice: bool,
}

#[derive(Serialize)]
struct DeleteResult {
    refused: Option<&'static str>,
    digest: String,
    documents: usize,
}

/// The documents of the account as a plan takes them: the account's own drive first.
fn holders(living: &Living, action: Action) -> Vec<(Holder<'_>, &ChannelId)> {
    let mut holders: Vec<(Holder<'_>, &ChannelId)> = Vec::new();
    for drive in living.drives() {
        let (root, team) = (drive.root(), drive.whose().team());
        let shape = if team.is_some() { Shape::Team } else { Shape::Account };
        let links = team.and_then(|team| team.links.as_ref());
        let channel = root.channel();
        holders.push((
            Holder { channel: channel.as_str(), shape, content: Some(root.document()), links },
            channel,
        ));
        for folder in drive.folders() {
            let Some(opens) = &folder.declared.opens else { continue };
            let channel = opens.channel.as_str();
            // The same folder may be declared more than once.
            if holders.iter().any(|(holder, _)| holder.channel == channel) {
                continue;
            }
            let content = content_of(&folder.outcome, action);
            let holder = Holder { channel, shape: Shape::Folder, content, links: opens.links.as_ref() };
            holders.push((holder, &opens.channel));
        }
    }
    holders
}

fn plan(
    living: &Living,
    holders: &[(Holder<'_>, &ChannelId)],
    selection: Selection<'_>,
) -> Result<DeletePlan, Error> {
    let (json, action, view) = selection;
    let action: Action = action.parse().map_err(|_| bad("action"))?;
    let view: View = view.parse().map_err(|_| bad("view"))?;
    let absent = || Error::new(Code::EditAbsent, "the account has no such document, as far as it was read");
    let number = |channel: Option<&str>| match channel {
        None => Ok(0),
        Some(channel) => holders.iter().position(|(holder, _)| holder.channel == channel).ok_or_else(absent),
    };
    let picked = picks(json)?.into_iter().map(|picked| {
        let holder = number(picked.document.as_deref())?;
        Ok(Pick { holder, branch: picked.branch, names: picked.names, entry: picked.entry })
    });
    let picked = picked.collect::<Result<Vec<Pick>, Error>>()?;
    let documents: Vec<Holder<'_>> = holders.iter().map(|(holder, _)| *holder).collect();
    DeletePlan::of(&documents, living.own_key().as_deref(), &picked, action, view)
}

/// The plan, as a plain object.
pub(super) fn planned(living: &Living, selection: Selection<'_>, kept: &Warnings, titles: bool) -> Answer {
    let action = selection.1.parse().map_err(|_| to_js(&bad("action")))?;
    let holders = holders(living, action);
    let plan = plan(living, &holders, selection).map_err(|error| to_js(&error))?;
    let channel = |number: &usize| holders.get(*number).map(|(holder, _)| holder.channel.to_owned());
    let title = |row: &Row| {
        let (holder, _) = holders.get(row.holder)?;
        let entry = Tables::under(holder.content?, holder.shape).entry(row.kind, row.id)?;
        entry.given_name().or(entry.title()).map(lossy)
    };
    let row = |row: &Row| RowReport {
        document: channel(&row.holder).unwrap_or_default(),
        id: row.id.key(),
        kind: match row.kind {
            Kind::File => What::File,
            Kind::SharedFolder => What::SharedFolder,
            Kind::Link => What::Link,
        }
        .as_str(),
        channel: row.channel.clone(),
        via: row.via.clone(),
        stays: row.stays.iter().filter_map(channel).collect(),
        loses_pin: row.loses_pin,
        owned: row.owned,
        destroyed: row.destroyed,
        dangling: row.dangling.iter().filter_map(channel).collect(),
        loses_key: row.loses_key,
        others: row.others,
        title: titles.then(|| title(row)).flatten(),
    };
    let mut silent = Warnings::default();
    silent.switch_off(plan.action());
    Ok(js(&PlanReport {
        digest: plan.digest().to_owned(),
        action: plan.action().as_str(),
        documents: plan.documents(),
        rows: plan.rows().iter().map(row).collect(),
        unexpandable: plan.unexpandable().iter().cloned().collect(),
        needs_consent: plan.needs_consent(kept),
        always_asks: plan.needs_consent(&silent),
        asks_twice: plan.rows().iter().any(|row| row.destroyed),
    }))
}

/// Plans anew, and writes if that is what was agreed to.
pub(super) async fn carried_out(
    living: &Living,
    selection: Selection<'_>,
    agreed: &Agreed<'_>,
    signal: &Option<AbortSignal>,
) -> Awaited<JsValue> {
    let action = selection.1.parse().map_err(|_| to_js(&bad("action")))?;
    let holders = holders(living, action);
    let plan = plan(living, &holders, selection).map_err(|error| to_js(&error))?;
    let mut warnings = agreed.kept.clone();
    for action in agreed.off {
        warnings.switch_off(action.parse().map_err(|_| to_js(&bad("withoutWarning")))?);
    }
    let result = |refused| {
        js(&DeleteResult { refused, digest: plan.digest().to_owned(), documents: plan.documents() })
    };
    let stale = |digest: Option<&str>| digest.is_some_and(|digest| digest != plan.digest());
    if stale(Some(agreed.planned)) || stale(agreed.consent) || stale(agreed.again) {
        return Ok(result(Some(pinfold_recovery::delete::Refused::StaleConsent.as_str())));
    }
    let first = agreed.consent.map(|_| plan.consent());
    let consent = match (&first, agreed.again) {
        (Some(first), Some(_)) => plan.consent_again(first).ok(),
        _ => first,
    };
    match plan.edits(consent.as_ref(), &warnings) {
        Err(refused) => Ok(result(Some(refused.as_str()))),
        Ok(steps) => {
            // The server first: an entry that leads nowhere is found by the next plan.
            for id in plan.destroys() {
                let id = id.parse::<PinId>().map_err(|error| to_js(&error))?;
                living.destroy(&id, signal).await?;
            }
            for (holder, edits) in steps {
                let Some((_, channel)) = holders.get(*holder) else { continue };
                living.write(channel, edits.clone(), signal).await?;
            }
            Ok(result(None))
        }
    }
}
