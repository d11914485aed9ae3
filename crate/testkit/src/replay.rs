//! Runs for those who watch: the line that shows one again, and what happened in it as JSON.

use pinfold_core::error::Error;
use pinfold_core::json::{Object, Value};
use pinfold_core::ports::{UnixMillis, since, whole_millis};

use crate::trial::{Kind, Report, run};
use crate::world::invariants::Violation;
use crate::world::{OTHER, Outcome, Step};

/// A run of this seed and, for a mutant, the product in its place, as the page that replays them reads it.
///
/// # Errors
/// As [`run`].
pub fn side_by_side(kind: Kind, seed: u64) -> Result<Value, Error> {
    let mut runs = vec![run(kind, seed, true)?.to_json()];
    if matches!(kind, Kind::Mutant(_)) {
        runs.push(run(Kind::InPlaceOfMutant, seed, true)?.to_json());
    }
    let mut object = Object::new();
    object.insert("v", 1.0);
    object.insert("runs", runs);
    Ok(Value::Object(object))
}

impl Report {
    /// The line that shows this run again.
    pub fn replay(&self) -> String {
        format!("cargo run -p pinfold-companion -- explore --client {} --seed {}", self.kind, self.seed)
    }

    fn to_json(&self) -> Value {
        let mut object = Object::new();
        object.insert("client", self.kind.to_string());
        object.insert("seed", self.seed as f64);
        object.insert("drive", self.drive.as_str());
        let folders = self.folders.iter().map(|folder| {
            let mut object = Object::new();
            object.insert("channel", folder.channel.as_str());
            object.insert("documents", texts(&folder.documents));
            Value::Object(object)
        });
        object.insert("folders", folders.collect::<Vec<Value>>());
        let violation = self.outcome.as_ref().err().map(Violation::to_string);
        object.insert("violation", violation.map_or(Value::Null, |violation| violation.as_str().into()));
        let ended = match &self.outcome {
            Ok(Outcome::Ended(clients)) => {
                clients.iter().map(|ended| format!("{ended:?}").to_lowercase()).collect()
            }
            Ok(Outcome::Covered) | Err(_) => Vec::new(),
        };
        object.insert("ended", texts(&ended));
        let began = self.steps.first().map(|step| step.at).unwrap_or_default();
        object.insert("steps", self.steps.iter().map(|step| step_json(step, began)).collect::<Vec<Value>>());
        Value::Object(object)
    }
}

fn step_json(step: &Step, began: UnixMillis) -> Value {
    let mut object = Object::new();
    object.insert("at", whole_millis(since(began, step.at)) as f64);
    object.insert("by", if step.key.0 == OTHER { "other device" } else { "server" });
    object.insert("what", named(&step.key.1));
    object
        .insert("fault", step.fault.map_or(Value::Null, |fault| format!("{fault:?}").to_lowercase().into()));
    let told = step.told.iter().flatten().map(|(channel, state)| (channel.as_str(), state.as_str().into()));
    let mut folders = Object::new();
    told.for_each(|(channel, state): (&str, Value)| drop(folders.insert(channel, state)));
    object.insert("told", folders);
    object.insert("sent", step.sent.iter().map(|sent| named(sent).into()).collect::<Vec<Value>>());
    object.insert("pinned", step.pinned as f64);
    object.insert("lost", texts(&step.lost));
    Value::Object(object)
}

/// A message that is written into a channel is no question to anybody, and has no name of its own.
fn named(about: &str) -> &str {
    if about.is_empty() { "WRITE" } else { about }
}

fn texts(texts: &[String]) -> Vec<Value> {
    texts.iter().map(|text| text.as_str().into()).collect()
}
