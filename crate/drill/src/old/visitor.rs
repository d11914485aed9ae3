//! The client of May 2019, which is the explorer's mutant, on a real socket.
//!
//! The network decides what comes when: what a folder's history is late for is the list of pins. So that a seed plays the same
//! again, lateness is no time here but an order: a late history is handed over when the list was sent, and every other one before.

use super::line::Line;
use crate::failed::{Done, Failed};
use crate::town::Person;
use pinfold_core::ports::UnixMillis;
use pinfold_core::session::effect::Input;
use pinfold_core::wire::frame::{self, ServerFrame};
use pinfold_core::wire::keeper::{self, KeeperText};
use pinfold_server::Running;
use pinfold_testkit::entropy::Seeded;
use pinfold_testkit::world::client::{Client as _, Deed, Ended};
use pinfold_testkit::world::unguarded::{Policy, Unguarded};
use std::collections::BTreeSet;

/// What a frame is about, as far as the order goes.
enum About {
    /// A history: of which channel, and whether it ended.
    History(String, bool),
    /// The answer to a call.
    Answer,
    Other,
}

struct Visitor<'v> {
    client: Unguarded,
    line: Line,
    late: &'v BTreeSet<String>,
    /// Channels whose history came to its end.
    ended: BTreeSet<String>,
    /// What waits until the list was sent, and what waits for histories.
    late_frames: Vec<String>,
    answers: Vec<String>,
}

/// One visit: the client loads, pins what it knows, and makes anew what it does not find. `late`: the channels whose histories come
/// too late for its list.
///
/// # Errors
/// When the client cannot go on, which no schedule of this kind does to it.
pub async fn visit(server: &Running, person: &Person, late: &BTreeSet<String>, seed: u64) -> Done<()> {
    let mut client = Unguarded::new(Policy::Race, &person.built, &[])?.of_2019(Seeded::new(seed));
    client.start(UnixMillis(0));
    let line = Line::connect(server).await?;
    let (ended, late_frames, answers) = (BTreeSet::new(), Vec::new(), Vec::new());
    let mut visitor = Visitor { client, line, late, ended, late_frames, answers };
    visitor.go().await?;
    visitor.line.close().await;
    Ok(())
}

impl Visitor<'_> {
    async fn go(&mut self) -> Done<()> {
        self.carry_out().await?;
        while !self.is_over()? {
            let text = self.line.next().await?;
            match about(&text)? {
                About::Answer if !self.has_the_others() => self.answers.push(text),
                About::History(channel, _) if self.is_late(&channel) => self.late_frames.push(text),
                about => self.hand_over(&text, &about).await?,
            }
            while self.has_the_others() && !self.answers.is_empty() {
                let answer = self.answers.remove(0);
                self.hand_over(&answer, &About::Answer).await?;
            }
            if self.client.ended().is_some() {
                for text in std::mem::take(&mut self.late_frames) {
                    let about = about(&text)?;
                    self.hand_over(&text, &about).await?;
                }
            }
        }
        Ok(())
    }

    async fn hand_over(&mut self, text: &str, about: &About) -> Done<()> {
        self.client.handle(UnixMillis(0), Input::Frame(text));
        if let About::History(channel, true) = about {
            self.ended.insert(channel.clone());
        }
        self.carry_out().await
    }

    async fn carry_out(&mut self) -> Done<()> {
        while let Some(deed) = self.client.poll() {
            if let Deed::Send(frame) = deed {
                self.line.send(frame).await?;
            }
        }
        Ok(())
    }

    fn is_late(&self, channel: &str) -> bool {
        self.late.contains(channel) && self.client.ended().is_none()
    }

    /// Whether every folder that is not late has come.
    fn has_the_others(&self) -> bool {
        self.client.told().keys().all(|channel| self.ended.contains(channel) || self.is_late(channel))
    }

    fn is_over(&self) -> Done<bool> {
        match self.client.ended() {
            Some(Ended::Failed(code)) => Err(Failed::from(format!("the client of 2019: {code}"))),
            Some(_) => {
                let all = self.client.told().keys().all(|channel| self.ended.contains(channel));
                Ok(all && self.line.is_settled())
            }
            None => Ok(false),
        }
    }
}

fn about(text: &str) -> Done<About> {
    let ServerFrame::Message { text, .. } = frame::decode(text)? else { return Ok(About::Other) };
    Ok(match keeper::read(&text) {
        KeeperText::History { channel, .. } => About::History(channel.into_owned(), false),
        KeeperText::End { channel, .. } => About::History(channel.into_owned(), true),
        KeeperText::Answer { .. } => About::Answer,
        _ => About::Other,
    })
}
