//! Plans, kept keys, tombstones and evidence as plain objects.

use js_sys::{Array, Object};
use pinfold_core::error::Error;
use pinfold_core::guard::evidence::{Evidence, Item};
use pinfold_core::guard::plan::{Doubt, Plan, Removal, Retained, Why};
use pinfold_core::guard::policy::{Policy, Wait, refused};
use pinfold_core::guard::vault::Vault;
use pinfold_core::json::Text;
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue};

use crate::plain::js;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RemovalReport {
    id: String,
    cause: &'static str,
    advice: &'static str,
    folder: String,
    last_seen: u64,
    own: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RetainedReport {
    id: String,
    why: &'static str,
    folder: String,
    last_seen: u64,
    until: Option<u64>,
    own: bool,
}

#[derive(Serialize)]
struct DoubtReport {
    channel: String,
    code: &'static str,
    held: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PlanReport {
    added: Vec<String>,
    removed: Vec<RemovalReport>,
    retained: Vec<RetainedReport>,
    due: Vec<RemovalReport>,
    doubts: Vec<DoubtReport>,
    unknown_list: bool,
    needs_consent: bool,
    digest: String,
}

fn text(text: &Text) -> String {
    text.to_string_lossy().into_owned()
}

fn removal(removal: &Removal) -> RemovalReport {
    let Removal { id, cause, folder, last_seen, own } = removal;
    RemovalReport {
        id: text(id),
        cause: cause.as_str(),
        advice: cause.advice(),
        folder: text(folder),
        last_seen: last_seen.0,
        own: *own,
    }
}

fn retained(retained: &Retained) -> RetainedReport {
    let Retained { id, why, folder, last_seen, own } = retained;
    let until = match why {
        Why::Waiting(_, until) => Some(*until),
        _ => None,
    };
    RetainedReport {
        id: text(id),
        why: why.as_str(),
        folder: text(folder),
        last_seen: last_seen.0,
        until: until.map(|until| until.0),
        own: *own,
    }
}

pub(crate) fn plan(plan: &Plan) -> JsValue {
    let doubt = |doubt: &Doubt| DoubtReport {
        channel: text(&doubt.channel),
        code: doubt.code.as_str(),
        held: doubt.held,
    };
    js(&PlanReport {
        added: plan.added.iter().map(ToString::to_string).collect(),
        removed: plan.removed.iter().map(removal).collect(),
        retained: plan.retained.iter().map(retained).collect(),
        due: plan.due.iter().map(removal).collect(),
        doubts: plan.doubts.iter().map(doubt).collect(),
        unknown_list: plan.unknown.is_some(),
        needs_consent: plan.asks || plan.unknown.is_some(),
        digest: plan.digest(),
    })
}

#[derive(Serialize)]
pub(crate) struct EvidenceReport {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    at: u64,
    code: &'static str,
    channel: Option<String>,
    times: u64,
    facts: Vec<(String, String)>,
}

impl EvidenceReport {
    pub(crate) fn of(item: &Item, kind: Option<&'static str>) -> Self {
        let Item { at, code, channel, facts, times } = item;
        Self {
            kind,
            at: at.0,
            code: code.as_str(),
            channel: channel.as_ref().map(text),
            times: *times,
            facts: facts.iter().map(|(name, fact)| (text(name), text(fact))).collect(),
        }
    }
}

/// The channel of a key, and its id where that is named.
pub(crate) fn named(key: &str) -> (Text, Option<&str>) {
    match key.split_once(' ') {
        Some((channel, id)) => (channel.into(), Some(id)),
        None => (key.into(), None),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct KeyReport {
    channel: String,
    id: String,
    title: Option<String>,
    shared_folder: bool,
    folder: String,
    at: u64,
    opens: &'static str,
    decision: &'static str,
}

#[derive(Serialize)]
struct TombstoneReport {
    channel: String,
    reason: String,
    by: String,
    at: u64,
}

#[derive(Serialize)]
struct GuardReport {
    vault: Vec<KeyReport>,
    tombstones: Vec<TombstoneReport>,
    evidence: Vec<EvidenceReport>,
}

pub(crate) fn report(vault: &Vault, evidence: &Evidence) -> JsValue {
    let keys = vault.keys().map(|(channel, key)| KeyReport {
        channel: text(channel),
        id: key.id(),
        title: key.title(),
        shared_folder: key.shared_folder,
        folder: text(&key.folder),
        at: key.at.0,
        opens: key.worth().as_str(),
        decision: key.decision.as_str(),
    });
    let tombstones = vault.tombstones().map(|(channel, stone)| TombstoneReport {
        channel: text(channel),
        reason: text(&stone.reason),
        by: text(&stone.by),
        at: stone.at.0,
    });
    js(&GuardReport {
        vault: keys.collect(),
        tombstones: tombstones.collect(),
        evidence: evidence.items().iter().map(|item| EvidenceReport::of(item, None)).collect(),
    })
}

/// The fields that are there; the others keep their defaults.
///
/// # Errors
/// `misuse/bad-argument` for what is no sensible policy, also in a part: nothing is taken for something else.
pub(crate) fn policy(value: &JsValue) -> Result<Policy, Error> {
    let mut policy = Policy::default();
    if value.is_undefined() {
        return Ok(policy);
    }
    let fields = value.is_object().then(|| Object::entries(value.unchecked_ref()));
    for field in fields.ok_or_else(|| refused("policy"))?.iter() {
        let pair: Array = field.unchecked_into();
        let (name, value) = (pair.get(0).as_string().unwrap_or_default(), pair.get(1));
        if value.is_undefined() {
            continue;
        }
        let number = || value.as_f64().ok_or_else(|| refused(&name));
        let flag = || value.as_bool().ok_or_else(|| refused(&name));
        match name.as_str() {
            "waitDays" => policy.wait = Wait::of_days(number()?)?,
            "limit" => policy.limit = Policy::limit_of(number()?)?,
            "hold" => policy.hold = flag()?,
            "giveUpUnknown" => policy.give_up_unknown = flag()?,
            "inDrive" => policy.in_drive = flag()?,
            _ => return Err(refused(&name)),
        }
    }
    Ok(policy)
}
