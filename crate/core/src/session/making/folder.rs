//! A shared folder from nothing.

use super::NewChannel;
use crate::document::new::new_folder;
use crate::drive::edit::{Edit, EntryId, Put};
use crate::error::Error;
use crate::guard::guarded::anonymous;
use crate::href::FreshChannel;
use crate::ids::ChannelId;
use crate::json::Text;
use crate::ports::UnixMillis;
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
    channel: ChannelId,
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
    /// the end. A folder that is given up before the server was asked to create it is not created. One that was created
    /// and not entered is known to nobody and holds nothing but its title; nobody pins it.
    pub fn create_folder(
        &mut self,
        now: UnixMillis,
        title: &Text,
        within: Vec<Text>,
        password: Option<&str>,
    ) -> Result<Ticket, Error> {
        self.check_ready()?;
        self.parts.place(&Target::Account)?;
        let owner = self.parts.who.ed_public().cloned();
        let owner = owner.ok_or_else(anonymous)?;
        let mut entropy = &mut *self.parts.entropy;
        let fresh = FreshChannel::draw("drive", password, &mut entropy)?;
        let id = EntryId::draw(&mut entropy)?;
        let put = Put::shared_folder(id, fresh.link().expose(), password, title, now)?;
        let put = put.owned_by([owner.as_str()]).within(within);
        let channel = fresh.channel().clone();
        let new = NewChannel { fresh, first: new_folder(title), owner: owner.as_str().to_owned() };
        let ticket = self.parts.out.ticket();
        self.begin(now, ticket, MakingFolder { ticket, channel, put, step: Step::Create(Box::new(new)) });
        Ok(ticket)
    }
}

impl Operation for MakingFolder {
    fn advance(self: Box<Self>, parts: &mut Parts, now: UnixMillis) -> Progress {
        let Self { ticket, channel, put, step } = *self;
        let step = match step {
            Step::Create(new) => match new.create(parts, now) {
                Ok(true) => {
                    new.write_first(parts, now, ticket);
                    Step::Write
                }
                Ok(false) => Step::Create(new),
                Err(error) => return Progress::failed(end(ticket, &channel, parts, now, &error)),
            },
            step => step,
        };
        Progress::Goes(Box::new(Self { ticket, channel, put, step }))
    }

    fn writes(&self) -> bool {
        true
    }

    fn hear(mut self: Box<Self>, parts: &mut Parts, now: UnixMillis, news: News) -> Progress {
        let News::Written(result) = news else { return Progress::Goes(self) };
        let entered = match (result, &self.step) {
            (Err(error), _) => Err(error),
            (Ok(()), Step::Create(_)) => return Progress::Goes(self),
            (Ok(()), Step::Write) => parts.place(&Target::Account).map(|place| {
                let change = Shaped::beside_links(Edit::Put(self.put.clone()), place.shape());
                let home = place.channel().clone();
                parts.queue(now, home, Author::Operation(self.ticket), vec![Box::new(change)]);
                self.step = Step::Enter;
            }),
            (Ok(()), Step::Enter) => return Progress::Over(Ok(Outcome::Created(self.put.id))),
        };
        match entered {
            Ok(()) => Progress::Goes(self),
            Err(error) => Progress::failed(self.give_up(parts, now, &error)),
        }
    }

    fn deadline(&self) -> Option<UnixMillis> {
        None
    }

    fn late(self: Box<Self>, _: &mut Parts, _: UnixMillis) -> Progress {
        Progress::Goes(self)
    }

    fn lost(self: Box<Self>, parts: &mut Parts, now: UnixMillis, error: &Error) -> Progress {
        Progress::failed(self.give_up(parts, now, error))
    }

    fn give_up(self: Box<Self>, parts: &mut Parts, now: UnixMillis, error: &Error) -> Error {
        end(self.ticket, &self.channel, parts, now, error)
    }
}

/// What it left waiting is not written any more, and the channel is left: without a reader nothing asks the server to
/// create it. If the entry is on its way all the same, the folder is read like any other that appears.
fn end(ticket: Ticket, channel: &ChannelId, parts: &mut Parts, now: UnixMillis, error: &Error) -> Error {
    parts.cancel_writes(now, &Author::Operation(ticket), error);
    parts.leave(channel);
    // What is in flight there is answered to nobody.
    parts.write(now);
    error.clone()
}
