//! What operators do to the logs of a made incident, and what clients make anew then.

use pinfold_core::document::Shape;
use pinfold_core::error::{Code, Error};
use pinfold_core::json::{Object, Value};

use super::super::dates;
use super::world::{At, Session, World};

impl World {
    /// The operator archives a live copy.
    pub(super) fn archive(&mut self, at: At, reason: Option<&str>) -> Result<(), Error> {
        self.archive_untold(at, reason)?;
        let channel = self.log(at)?.channel.clone();
        let mut event = self.event("archived by the operator", channel);
        event.insert("reason", reason.map_or(Value::Null, Value::from));
        self.truth.events.push(event);
        Ok(())
    }

    /// The same, and nobody says so.
    pub(super) fn archive_untold(&mut self, at: At, reason: Option<&str>) -> Result<(), Error> {
        let log = self.log(at)?.stored();
        self.archived.insert(log.channel.clone(), (log, reason.map(str::to_owned)));
        self.gone.push(at);
        Ok(())
    }

    fn event(&self, what: &str, channel: String) -> Object {
        let mut event = Object::new();
        event.insert("t", dates::spell(self.now));
        event.insert("event", what);
        event.insert("channel", channel);
        event
    }

    /// The archive holds a copy of what is live.
    pub(super) fn copy_to_archive(&mut self, at: At) -> Result<(), Error> {
        let log = self.log(at)?.stored();
        self.archived.insert(log.channel.clone(), (log, None));
        Ok(())
    }

    /// The owner keeps the lines from the first checkpoint on.
    pub(super) fn shorten(&mut self, at: At) -> Result<(), Error> {
        self.copy_to_archive(at)?;
        self.truth.is_trimmed = true;
        let log = self.log(at)?;
        let checkpoint = log.lines.iter().position(|line| line.message.starts_with("cp|"));
        log.lines.drain(..checkpoint.unwrap_or(0));
        Ok(())
    }

    /// The operator puts it back.
    pub(super) fn restore(&mut self, at: At) -> Result<(), Error> {
        let channel = self.log(at)?.channel.clone();
        self.restore_untold(at)?;
        let mut event = self.event("put back by the operator", channel);
        event.insert("result", "restored");
        self.truth.events.push(event);
        Ok(())
    }

    /// The same, and nobody says so.
    pub(super) fn restore_untold(&mut self, at: At) -> Result<(), Error> {
        let channel = self.log(at)?.channel.clone();
        self.archived.remove(&channel);
        self.gone.retain(|gone| *gone != at);
        Ok(())
    }

    /// A client makes a channel anew that the operator took away; the number of the live copy.
    pub(super) fn made_anew(&mut self, at: At, by: Session) -> Result<At, Error> {
        let thing = self.of.get(at).cloned().flatten();
        let thing = thing.ok_or_else(|| Error::new(Code::Internal, "the drive is not made anew"))?;
        let cipher = thing.cipher()?;
        let anew = self.open(Shape::Folder, &thing, cipher)?;
        self.fill_anew(anew, by, false)?;
        Ok(anew)
    }
}
