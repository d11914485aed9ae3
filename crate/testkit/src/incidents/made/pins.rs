//! What clients tell the server of their lists of pins.

use pinfold_core::encoding::encode_base64;
use pinfold_core::json::Value;

use super::things::Thing;
use super::world::World;

impl Thing {
    /// The key under which a team's list of pins is kept.
    pub(super) fn pin_key(&self) -> String {
        encode_base64(self.channel.get(..32).unwrap_or_default().as_bytes())
    }
}

impl World {
    /// The user's client pins.
    pub(super) fn pin(&mut self, ids: &[String]) {
        let line = self.line("PIN", ids);
        self.pins.push(line);
    }

    /// The user's client lets go.
    pub(super) fn unpin(&mut self, things: &[&Thing]) {
        let ids: Vec<String> = things.iter().map(|thing| thing.channel.clone()).collect();
        let line = self.line("UNPIN", &ids);
        self.pins.push(line);
    }

    /// A client sets the list of pins of a team as a whole.
    pub(super) fn set_pins_of(&mut self, team: &Thing, ids: &[String]) {
        let line = self.line("RESET", ids);
        self.team_pins.entry(team.pin_key()).or_default().push(line);
    }

    fn line(&self, command: &str, ids: &[String]) -> Value {
        let ids: Vec<Value> = ids.iter().map(|id| id.as_str().into()).collect();
        vec![Value::from(command), ids.into(), Value::from((self.now + 50) as f64)].into()
    }
}
