//! Which losses somebody asks for.

use std::collections::{HashMap, HashSet};

use pinfold_core::error::{Code, Error};

use crate::loss::{Cause, Intent, Loss};
use crate::notice::NoticeFile;

/// What is asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Choice<'c> {
    /// By their channels.
    pub channels: &'c [String],
    /// What an operator's notice says was brought back.
    pub notice: Option<&'c NoticeFile>,
    /// Everything that is lost by accident, or perhaps so. What somebody else did or may have done, the person decides, by its
    /// channel.
    pub accidents: bool,
}

impl Choice<'_> {
    /// The losses that are asked for, in their order. Each is looked at once.
    ///
    /// # Errors
    /// `misuse/bad-argument` for a channel under which nothing is lost.
    pub fn of(self, losses: impl IntoIterator<Item = Loss>) -> Result<Vec<Loss>, Error> {
        let mut named: HashMap<&str, bool> = self.channels.iter().map(|id| (id.as_str(), false)).collect();
        let restored: HashSet<&str> = self.notice.iter().flat_map(|notice| notice.restored()).collect();
        let mut chosen = Vec::new();
        for loss in losses {
            let channel = loss.channel.as_str();
            let is_named = named.get_mut(channel).map(|found| *found = true).is_some();
            let is_accident = matches!(loss.cause.intent(), Intent::Accident | Intent::Doubtful)
                && !matches!(loss.cause, Cause::RemovedOrErased | Cause::Unknown);
            if is_named || restored.contains(channel) || self.accidents && is_accident {
                chosen.push(loss);
            }
        }
        match self.channels.iter().find(|id| named.get(id.as_str()) == Some(&false)) {
            None => Ok(chosen),
            Some(unknown) => {
                let refused = Error::new(Code::MisuseBadArgument, "nothing is lost under this id");
                Err(refused.with("id", unknown))
            }
        }
    }
}
