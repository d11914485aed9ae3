//! A shared folder from nothing.

use super::NewChannel;
use crate::document::new::new_folder;
use crate::drive::edit::{Edit, EntryId, Put, Shape};
use crate::error::Error;
use crate::guard::guarded::anonymous;
use crate::href::FreshChannel;
use crate::json::Text;
use crate::ports::Millis;
use crate::session::Session;
use crate::session::effect::{Outcome, Ticket};
use crate::session::news::News;
use crate::session::operation::{Operation, Progress};
use crate::session::parts::Parts;
use crate::session::writing::{Author, Shaped, Target};

/// See the module.
#[derive(Debug)]
struct MakingFolder {
    ticket: Ticket,
    /// The entry that leads to it.
    put: Put,
    step: Step,
}

#[derive(Debug)]
enum Step {
    /// The channel is being created.
    Create(Box<NewChannel>),
    /// Its first document is on its way.
    Write,
    /// The entry in the drive is on its way.
    Enter,
}

impl Session {
    /// Creates a shared folder that the account owns and puts it into the drive, below `root` or in folders of the
    /// tree. Ends with [`Outcome::Created`]. It is pinned with the next set that is computed.
    ///
    /// # Errors
    /// `misuse/*`, `crypto/read-only`, `drive/incomplete`, `drive/anonymous`, `host/no-entropy` at once; `edit/*`, `net/*`, `peer/*` at
    /// the end. A folder that was created and not entered is known to nobody and holds nothing.
    pub fn create_folder(
        &mut self,
        now: Millis,
        title: &Text,
        within: Vec<Text>,
        password: Option<&str>,
    ) -> Result<Ticket, Error> {
        self.check_ready()?;
        self.parts.place(&Target::Account)?;
        let owner = self.parts.account.as_ref().and_then(|account| account.ed_public()).cloned();
        let owner = owner.ok_or_else(anonymous)?;
        let mut entropy = &mut *self.parts.entropy;
        let fresh = FreshChannel::draw("drive", password, &mut entropy)?;
        let id = EntryId::draw(&mut entropy)?;
        let put = Put::shared_folder(id, fresh.link().expose(), password, title, now)?;
        let put = put.owned_by([owner.as_str()]).within(within);
        let channel = NewChannel { fresh, first: new_folder(title), owner: owner.as_str().to_owned() };
        let ticket = self.parts.out.ticket();
        self.begin(now, ticket, MakingFolder { ticket, put, step: Step::Create(Box::new(channel)) });
        Ok(ticket)
    }
}

impl Operation for MakingFolder {
    fn advance(mut self: Box<Self>, parts: &mut Parts, now: Millis) -> Progress {
        self.step = match self.step {
            Step::Create(channel) => match channel.create(parts, now) {
                Ok(true) => {
                    channel.write_first(parts, now, self.ticket);
                    Step::Write
                }
                Ok(false) => Step::Create(channel),
                Err(error) => return Progress::failed(error),
            },
            step => step,
        };
        Progress::Goes(self)
    }

    fn hear(mut self: Box<Self>, parts: &mut Parts, now: Millis, news: News) -> Progress {
        let News::Written(result) = news else { return Progress::Goes(self) };
        if let Err(error) = result {
            return Progress::failed(error);
        }
        match self.step {
            Step::Create(_) => Progress::Goes(self),
            Step::Write => match parts.place(&Target::Account) {
                Ok(place) => {
                    let change = Shaped(Edit::Put(self.put.clone()), Shape::Account, None);
                    parts.queue(now, place.channel, Author::Operation(self.ticket), vec![Box::new(change)]);
                    self.step = Step::Enter;
                    Progress::Goes(self)
                }
                Err(error) => Progress::failed(error),
            },
            Step::Enter => Progress::Over(Ok(Outcome::Created(self.put.id))),
        }
    }

    fn deadline(&self) -> Option<Millis> {
        None
    }

    fn late(self: Box<Self>, _: &mut Parts, _: Millis) -> Progress {
        Progress::Goes(self)
    }

    fn lost(self: Box<Self>, parts: &mut Parts, now: Millis, error: &Error) -> Progress {
        Progress::failed(self.give_up(parts, now, error))
    }

    /// What it left waiting is not written any more; a folder without an entry is known to nobody.
    fn give_up(self: Box<Self>, parts: &mut Parts, now: Millis, error: &Error) -> Error {
        parts.cancel_writes(now, &Author::Operation(self.ticket), error);
        error.clone()
    }
}
