//! The place where a story is played: one data directory, one calendar, one town, and a server when somebody needs one.

use crate::calendar::{Calendar, day};
use crate::disk::StoryDisk;
use crate::failed::Done;
use crate::figures::{Figures, Played, Playing, Story};
use crate::safeguard::Safeguard;
use crate::script::Script;
use crate::town::Town;
use crate::truth::{self, Truth};
use pinfold_datadir::paths::Paths;
use pinfold_server::{Clock, DataOption, Options, Running, Server};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// How full the disk is when a story begins, of a hundred: it was "20 % left".
const FULL: u64 = 80;

/// Where files of a story lie: in memory where the machine has such a folder, unless somebody says otherwise. Nobody cuts the power of a drill.
pub(crate) fn place() -> PathBuf {
    let memory = Path::new("/dev/shm");
    match std::env::var_os("TMPDIR") {
        None if memory.is_dir() => memory.to_owned(),
        _ => std::env::temp_dir(),
    }
}

/// A story under way.
pub struct Stage {
    /// What time it is.
    pub calendar: Calendar,
    /// The disk, with the story's times.
    pub disk: StoryDisk,
    /// Where everything lies.
    pub paths: Paths,
    /// Everybody.
    pub town: Town,
    /// Who comes when.
    pub script: Script,
    /// The safeguard that is missing, where one is.
    pub without: Option<Safeguard>,
    /// Documents that were put into folders in the story, by folder.
    pub added: BTreeMap<usize, Vec<String>>,
    /// What was counted.
    pub played: Played,
    capacity: u64,
    began: Instant,
    heard: Box<dyn FnMut(&str) + Send>,
    directory: tempfile::TempDir,
}

impl Stage {
    /// Writes a town's store and counts for the first time. `heard` is told each row.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn set(town: Town, playing: Playing, heard: impl FnMut(&str) + Send + 'static) -> Done<Self> {
        let began = Instant::now();
        let mut town = town;
        let (size, script) = (town.size, Script::of(&town));
        let directory = tempfile::Builder::new().prefix("pinfold-drill-").tempdir_in(place())?;
        let paths = Paths::below(directory.path());
        let calendar = Calendar::beginning(day(2018, 6, 1) + town.shift);
        town.write(&paths, &calendar)?;
        let played = Played {
            story: Story::June2019,
            playing,
            seed: size.seed,
            accounts: size.accounts,
            steps: Vec::new(),
            counts: Vec::new(),
            faults: Vec::new(),
        };
        let mut stage = Self {
            disk: StoryDisk::new(calendar.clone()),
            calendar,
            paths,
            town,
            script,
            without: None,
            added: BTreeMap::new(),
            played,
            capacity: 0,
            began,
            heard: Box::new(heard),
            directory,
        };
        stage.capacity = stage.look()?.live * 100 / FULL;
        stage.step("everything is there, and pinned")?;
        Ok(stage)
    }

    /// What is true now.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn look(&self) -> Done<Truth> {
        truth::look(&self.disk, &self.paths, &self.town, &self.added)
    }

    /// Entries that returned to a drive and were there at some stored message without a tag that begins so.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn untagged(&self, tag: &str) -> Done<usize> {
        truth::untagged(&self.disk, &self.paths, &self.town, tag)
    }

    /// Counts after a step.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn step(&mut self, what: &str) -> Done<Truth> {
        let truth = self.look()?;
        let minutes = self.began.elapsed().as_secs_f64() / 60.0;
        let figures = Figures::of(self.calendar.now(), what, &truth, self.capacity, minutes);
        (self.heard)(&figures.row());
        self.played.steps.push(figures);
        self.began = Instant::now();
        Ok(truth)
    }

    /// Counts in passing, for who wants to see every day.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn pass(&mut self) -> Done<()> {
        let truth = self.look()?;
        let figures = Figures::of(self.calendar.now(), "", &truth, self.capacity, 0.0);
        self.played.steps.push(Figures { unreadable: Vec::new(), ..figures });
        Ok(())
    }

    /// Notes a further count.
    pub fn count(&mut self, of: &str, count: usize) {
        (self.heard)(&format!("            {count} {of}"));
        self.played.counts.push((of.to_owned(), count as u64));
    }

    /// Notes what is not as it must be.
    pub fn must(&mut self, holds: bool, otherwise: impl FnOnce() -> String) {
        if !holds {
            let fault = otherwise();
            (self.heard)(&format!("✗ {fault}"));
            self.played.faults.push(fault);
        }
    }

    /// Starts the server of the data directory. It remembers what it read, so there is a new one whenever something was moved.
    ///
    /// # Errors
    /// Those of starting a server.
    pub async fn serve(&self) -> Done<Running> {
        let calendar = self.calendar.clone();
        let options = Options {
            data: DataOption::Directory { path: self.directory.path().to_owned(), fresh: false },
            clock: Clock::new(move || u64::try_from(calendar.now()).unwrap_or(0)),
            ..Options::default()
        };
        Ok(Server::start(options).await?)
    }
}
