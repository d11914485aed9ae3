//! Somebody with a client of this project: asks what became of their drive, judges copies with their own keys, puts back, looks for
//! the tag, and takes a restoring back.

mod deleting;

pub use deleting::Shown;

use crate::failed::Done;
use crate::town::Person;
use pinfold_client::{Client, Of as Channel, Options, Policy, Target};
use pinfold_core::crypto::hash::sha256;
use pinfold_core::document::EntryId;
use pinfold_core::drive::complete::{Drive, Folder, FolderOutcome};
use pinfold_core::drive::declared::opened_by;
use pinfold_core::drive::edit::Edit;
use pinfold_core::encoding::encode_hex;
use pinfold_core::error::Code;
use pinfold_core::exchange::{Decision, Right};
use pinfold_core::href::HrefCipher;
use pinfold_core::ids::{ChannelId, IdSet};
use pinfold_core::json::Text;
use pinfold_recovery::{
    Act, Affected, Copy, Investigation, Line, LogLine, Loss, NoticeFile, Of, Question, Reading, Said, Side,
    Signs, Verdict, Wanted, What, judge, merge_plan,
};
use pinfold_server::Running;
use std::fs;
use std::path::{Path, PathBuf};

/// A session of a person.
pub struct Holder {
    client: Client,
    drive: Drive,
}

/// What a holder of keys says about two copies.
#[derive(Debug, Clone)]
pub struct Judged {
    /// What they are to each other.
    pub verdict: Verdict,
    /// What the operator is to do; nothing, where both have to be kept as they are.
    pub decision: Option<Decision>,
}

impl Holder {
    /// Signs in with name and password, or goes on as who stayed signed in, and loads the drive. `device`: where the client keeps its ledger and its vault.
    ///
    /// # Errors
    /// Those of the client.
    pub async fn open(server: &Running, person: &Person, device: Option<PathBuf>) -> Done<Self> {
        let policy = Policy { in_drive: device.is_some(), ..Policy::default() };
        let options = Options { policy, store: device, ..Options::default() };
        let client = match person.built.credentials(&server.origin()) {
            Some(credentials) => Client::open(credentials, options).await?,
            None => {
                let mut signed_in = person.built.signed_in()?;
                signed_in.socket_url = format!("ws://{}/cryptpad_websocket", server.addr);
                Client::resume(signed_in, options).await?
            }
        };
        let drive = client.load_drive().await?;
        Ok(Self { client, drive })
    }

    /// Pins what the drive holds: all of it, where all of it was loaded. Answers whether it was.
    ///
    /// # Errors
    /// Those of the client.
    pub async fn pin(&self) -> Done<bool> {
        match &self.drive {
            Drive::Complete(drive) => self.client.sync_pins(&drive.pin_set()).await?,
            partial @ Drive::Partial(_) => self.client.add_pins(&partial.additions()).await?,
        };
        Ok(matches!(self.drive, Drive::Complete(_)))
    }

    /// Loads what can be loaded of the teams.
    ///
    /// # Errors
    /// Those of the client. A team that cannot be loaded is none.
    pub async fn load_teams(&self) -> Done<()> {
        for team in self.client.teams().await? {
            drop(self.client.load_team(&team.id).await);
        }
        Ok(())
    }

    /// Reads the histories of everything that the account ever named. `tag`: whose entries are followed.
    ///
    /// # Errors
    /// Those of the client.
    pub async fn investigate(&self, tag: Option<&str>) -> Done<Investigation> {
        let begun = Investigation::of_secrets(&self.client.drive_secrets().await?)?;
        let mut investigation = match tag {
            Some(tag) => begun.watch(tag),
            None => begun,
        };
        while let Some(mut reading) = investigation.next_reading() {
            if reading.copy() == Copy::Live {
                self.read(&mut investigation, &mut reading).await?;
            }
            investigation.done(reading);
        }
        Ok(investigation)
    }

    async fn read(&self, investigation: &mut Investigation, reading: &mut Reading) -> Done<()> {
        let of = Channel::Channel(reading.channel.clone());
        let ended = self
            .client
            .history(&of, None, |page| {
                for line in &page.lines {
                    let time = line.time.map(|time| time.0);
                    reading.line(Line { message: &line.text, time, author: line.author.as_deref() });
                }
            })
            .await;
        let channel = reading.channel.as_str();
        match ended {
            Ok(_) => investigation.server_says(channel, Said::Live),
            Err(error) if error.code() == Code::FolderMissing => {
                investigation.server_says(channel, Said::Missing);
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// What became of the shared folders in a time.
    ///
    /// # Errors
    /// Those of the client.
    pub async fn affected(&self, (from, to): (i64, i64)) -> Done<(Investigation, Vec<Affected>)> {
        let time = |ms| u64::try_from(ms).unwrap_or(0);
        let question = Question { from: time(from), to: time(to), folders_only: true, ..Question::default() };
        let investigation = self.investigate(None).await?;
        let found = investigation.affected(&question);
        Ok((investigation, found))
    }

    /// Judges the two copies of a folder that an operator handed out. `None`: the account never had its key.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn judge(investigation: &Investigation, export: &Path, id: &str) -> Done<Option<Judged>> {
        let Some(copies) = Copies::read(investigation, export, id)? else { return Ok(None) };
        let verdict = judge(&copies.archived, &copies.live);
        let right = match verdict {
            Verdict::Placeholder
            | Verdict::PlaceholderTitled
            | Verdict::Within
            | Verdict::Equal
            | Verdict::Merge => Some(Right::ArchivedWins),
            Verdict::SameChain | Verdict::MergeNeedsEditor | Verdict::KeepBoth | Verdict::Unknown => None,
        };
        let decision = right.map(|right| Decision { id: id.into(), right, live: Some(copies.digest) });
        Ok(Some(Judged { verdict, decision }))
    }

    /// After the operator settled it: writes what the live copy had into the archived one. Answers how many entries that were.
    ///
    /// # Errors
    /// Those of the client.
    pub async fn merge(&self, export: &Path, id: &str, tag: &Text) -> Done<usize> {
        let investigation = self.investigate(None).await?;
        let copies = Copies::read(&investigation, export, id)?.ok_or("no key of this folder")?;
        let links = copies.links.as_ref();
        let channel = ChannelId::parse(id).ok_or("no id")?;
        let mut read = self.drive.folders().iter().filter_map(|folder| match &folder.outcome {
            FolderOutcome::Loaded(document) => Some(document),
            FolderOutcome::Unavailable(_) => None,
        });
        let document =
            read.find(|document| document.channel() == &channel).ok_or("the folder was not read")?;
        let donor = copies.live.document().ok_or("the live copy holds no folder")?;
        let plan = merge_plan(document.document(), donor, links, tag);
        self.add(&plan.pins).await?;
        self.write(&channel, plan.edits).await?;
        Ok(plan.brought_in)
    }

    /// Puts back what an operator's notice names, and marks all of it: in one step, or first the one and then the other. Answers how much was put back, and how much was not.
    ///
    /// # Errors
    /// Those of the client.
    pub async fn restore(&mut self, notice: &NoticeFile, in_one_step: bool) -> Done<(usize, usize)> {
        let Some(tag) = notice.tag() else { return Ok((0, 0)) };
        let investigation = self.investigate(None).await?;
        let marked: Vec<String> = notice.restored().map(str::to_owned).collect();
        let is_named = |loss: &Loss| marked.contains(&loss.channel);
        let losses: Vec<Loss> = investigation.losses().into_iter().filter(is_named).collect();
        self.bring_back(&investigation, &losses, &marked, &tag, in_one_step).await
    }

    /// Puts back everything of which it is doubtful that somebody meant it to go, and marks it with a tag in the same message; and marks what an
    /// operator's notice names. Answers what was put back, and how much was not.
    ///
    /// # Errors
    /// Those of the client.
    pub async fn restore_accidents(&mut self, notice: &NoticeFile, tag: &Text) -> Done<(Vec<String>, usize)> {
        let investigation = self.investigate(None).await?;
        let marked: Vec<String> = notice.restored().map(str::to_owned).collect();
        let doubtful = investigation.accidents(&Signs::default()).into_iter();
        let losses: Vec<Loss> =
            doubtful.filter(|(_, reasons)| !reasons.is_empty()).map(|(loss, _)| loss).collect();
        let (_, left) = self.bring_back(&investigation, &losses, &marked, tag, true).await?;
        Ok((losses.into_iter().map(|loss| loss.channel).collect(), left))
    }

    async fn bring_back(
        &mut self,
        investigation: &Investigation,
        losses: &[Loss],
        marked: &[String],
        tag: &Text,
        in_one_step: bool,
    ) -> Done<(usize, usize)> {
        let wanted = Wanted { losses, marked, tag: tag.clone(), make_folders: true };
        let plan = investigation.restore_plan(&wanted);
        for act in plan.acts() {
            let channel = |at: usize| {
                investigation
                    .documents()
                    .get(at)
                    .map(|document| document.channel.clone())
                    .ok_or("no document")
            };
            match act {
                Act::Read => self.reload().await?,
                Act::Pin(_, ids) => self.add(ids).await?,
                Act::Write(document, edits) => {
                    let channel = channel(document)?;
                    if !in_one_step {
                        self.write(&channel, edits.iter().filter_map(untagged).collect()).await?;
                    }
                    self.write(&channel, edits.to_vec()).await?;
                }
            }
        }
        Ok((losses.len() - plan.left.len(), plan.left.len()))
    }

    /// How many folders and documents a search for a tag finds.
    ///
    /// # Errors
    /// Those of the client.
    pub async fn search(&self, tag: &str) -> Done<usize> {
        Ok(self.investigate(None).await?.tagged(tag).len())
    }

    /// Takes back what was put back with a tag. Answers how many documents were written to, and how many entries stay.
    ///
    /// # Errors
    /// Those of the client.
    pub async fn undo(&mut self, tag: &str) -> Done<(usize, usize)> {
        let investigation = self.investigate(Some(tag)).await?;
        let plan = investigation.undo_plan();
        for (at, edits) in &plan.steps {
            let document = investigation.documents().get(*at).ok_or("no document")?;
            self.write(&document.channel, edits.clone()).await?;
        }
        self.reload().await?;
        Ok((plan.steps.len(), plan.left.len()))
    }

    /// Reads the drive again.
    ///
    /// # Errors
    /// Those of the client.
    pub async fn reload(&mut self) -> Done<()> {
        self.drive = self.client.load_drive().await?;
        Ok(())
    }

    async fn add(&self, ids: &IdSet) -> Done<()> {
        let receipt = self.client.add_pins(&self.drive.additions().with(ids.clone())).await?;
        match receipt.refused.first() {
            Some(refused) => Err(format!("not pinned: {}", refused.code).into()),
            None => Ok(()),
        }
    }

    async fn write(&self, channel: &ChannelId, edits: Vec<Edit>) -> Done<()> {
        let of =
            |folder: &&Folder| folder.declared.opens.as_ref().is_some_and(|opens| opens.channel == *channel);
        let target = if self.drive.root().channel() == channel {
            Target::Account
        } else {
            let folder = self.drive.folders().iter().find(of).ok_or("not in the drive")?;
            Target::Folder(EntryId::parse(&folder.declared.id).ok_or("an entry without a number")?)
        };
        Ok(self.client.edit(target, edits).await?)
    }

    /// Ends the session.
    pub async fn close(self) {
        self.client.close().await;
    }
}

/// An edit that puts something back, without its tag.
fn untagged(edit: &Edit) -> Option<Edit> {
    match edit {
        Edit::Restore(restore) => Some(Edit::Put(restore.put.clone())),
        _ => None,
    }
}

/// The two copies of a folder that an operator handed out, read with the account's keys.
struct Copies {
    archived: Side,
    live: Side,
    links: Option<HrefCipher>,
    /// The SHA-256 of the live log, by which the operator knows that it is still that one.
    digest: String,
}

impl Copies {
    fn read(investigation: &Investigation, export: &Path, id: &str) -> Done<Option<Self>> {
        // Every key that the account ever held: of a folder that was removed, history has it.
        let documents = investigation.documents().iter();
        let presences = documents.flat_map(|document| {
            let told = document.told(Copy::Live).into_iter();
            told.flat_map(|told| told.timeline.presences()).map(move |presence| (document, presence))
        });
        let mut keys = presences.filter(|(_, presence)| presence.what == What::SharedFolder);
        let opens = keys.find_map(|(document, presence)| {
            opened_by(presence.entry(), document.links.as_ref()).filter(|opens| opens.channel.as_str() == id)
        });
        let Some(opens) = opens else { return Ok(None) };
        let side = |name: &str| -> Done<(Side, Vec<u8>)> {
            let mut side = Side::new(Of::Folder(opens.links.clone()), opens.keys.clone());
            let bytes = fs::read(export.join(id).join(name))?;
            for line in bytes.split_inclusive(|byte| *byte == b'\n') {
                if let Some(read) = line.strip_suffix(b"\n").and_then(LogLine::read) {
                    side.line(read.line());
                }
            }
            Ok((side, bytes))
        };
        let (archived, _) = side("archived.body")?;
        let (live, bytes) = side("live.body")?;
        Ok(Some(Self { archived, live, links: opens.links.clone(), digest: encode_hex(&sha256(&bytes)) }))
    }
}
