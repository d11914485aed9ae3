//! Tasks whose time has come (`docs/OPERATIONS.md` 1.4 and 2.5): channels that end on a day that their owner chose.
//!
//! A task that cannot be read stops nobody else's, and a task whose channel was made anew since is not obeyed. What was carried out is
//! kept among the generations.

use crate::archive::{ActError, Hands};
use crate::journal::{Act, Journal, Record, Step, Target};
use crate::stop::{Stop, held};
use pinfold_core::json::{self, Value};
use pinfold_datadir::disk::{Kind, Listed, read_if_there};
use pinfold_datadir::id::ItemId;
use pinfold_datadir::moves::at;
use serde::Serialize;
use std::path::PathBuf;

/// A day in ms.
const DAY: i64 = 86_400_000;

/// What became of a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Fate {
    /// The channel was moved to cold storage.
    Archived(ItemId),
    /// There is nothing live of the channel any more.
    Gone(ItemId),
    /// Its time has not come.
    NotDue,
    /// It cannot be read. It stays where it is.
    Unreadable,
    /// Its command is unknown. It stays where it is.
    Unknown(String),
    /// The channel says another time, or was made anew since. The task stays where it is, and the channel too.
    Disputed(ItemId),
    /// It could not be carried out, and stays where it is.
    Failed(ItemId, String),
    /// It could not be looked at, or could not be moved away.
    Troubled(String),
}

impl Fate {
    /// What became of it, for people.
    pub fn words(&self) -> String {
        match self {
            Self::Archived(id) => format!("{id} was moved to cold storage"),
            Self::Gone(id) => format!("nothing of {id} is live any more"),
            Self::NotDue => "its time has not come".into(),
            Self::Unreadable => "it cannot be read, and stays".into(),
            Self::Unknown(command) => format!("its command {command} is unknown, and it stays"),
            Self::Disputed(id) => {
                format!("{id} says another time, or was made anew since; the task and the channel stay")
            }
            Self::Failed(id, why) => format!("{id} could not be moved, and the task stays: {why}"),
            Self::Troubled(why) => format!("it could not be looked at, or not moved away: {why}"),
        }
    }

    /// Whether somebody should look at it.
    pub fn is_odd(&self) -> bool {
        !matches!(self, Self::Archived(_) | Self::Gone(_) | Self::NotDue)
    }
}

/// What became of tasks.
#[derive(Debug, Default, Serialize)]
pub struct Expired {
    /// Of each.
    pub fates: Vec<(PathBuf, Fate)>,
    /// Whether somebody ended it between two of them.
    pub ended: bool,
    /// What stopped it between two of them.
    pub stop: Option<Stop>,
    /// How many it did not come to.
    pub not_reached: usize,
}

impl Hands<'_> {
    /// Carries out every task whose time has come.
    ///
    /// # Errors
    /// [`ActError`] when the folder of tasks or one of its days cannot be listed. Tasks that fail by themselves are in the result.
    pub fn expire(&self, journal: &mut Journal<'_>) -> Result<Expired, ActError> {
        let mut all = Expired::default();
        let tasks = self.tasks()?;
        let of = tasks.len();
        for (at, (day, name)) in tasks.into_iter().enumerate() {
            self.going.told("carrying out tasks", at, of);
            all.ended = self.going.ends();
            // A hold counts at once: before the next channel.
            all.stop = held(self).err();
            if all.ended || all.stop.is_some() {
                all.not_reached = of - at;
                break;
            }
            let path = self.paths.tasks.join(&day).join(&name);
            let done = self.task(journal, &path).and_then(|fate| {
                if matches!(fate, Fate::Archived(_) | Fate::Gone(_)) {
                    self.task_done(journal, &day, &name)?;
                }
                Ok(fate)
            });
            match done {
                Ok(fate) => all.fates.push((path, fate)),
                Err(error) if !error.ends_the_run() => {
                    all.fates.push((path, Fate::Troubled(error.to_string())));
                }
                Err(error) => {
                    (all.stop, all.not_reached) = (Some(error.into()), of - at);
                    break;
                }
            }
        }
        Ok(all)
    }

    /// Tasks of days that have begun, in order, and those in folders of the old form.
    fn tasks(&self) -> Result<Vec<(String, String)>, ActError> {
        let root = &self.paths.tasks;
        let list = |folder: &std::path::Path| -> Result<Vec<Listed>, ActError> {
            match self.disk.list(folder) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
                listed => Ok(listed.map_err(at(folder))?),
            }
        };
        let tomorrow = self.now.div_euclid(DAY).saturating_add(1).saturating_mul(DAY);
        let mut tasks = Vec::new();
        for day in list(root)?.into_iter().filter(|entry| entry.kind == Kind::Folder) {
            let Some(day) = day.name.to_str() else { continue };
            if day.parse::<i64>().is_ok_and(|day| day >= tomorrow) {
                continue;
            }
            for task in list(&root.join(day))?.into_iter().filter(|entry| entry.kind == Kind::File) {
                if let Some(name) = task.name.to_str().filter(|name| name.ends_with(".ndjson")) {
                    tasks.push((day.to_owned(), name.to_owned()));
                }
            }
        }
        tasks.sort_unstable();
        Ok(tasks)
    }

    fn task(&self, journal: &mut Journal<'_>, path: &std::path::Path) -> Result<Fate, ActError> {
        let Ok(Some(bytes)) = read_if_there(self.disk, path, 1 << 16) else { return Ok(Fate::Unreadable) };
        let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let value = std::str::from_utf8(line).ok().and_then(|line| json::parse(line).ok());
        let Some([due, command, channel, ..]) = value.as_ref().and_then(Value::as_array) else {
            return Ok(Fate::Unreadable);
        };
        let (Some(due), Some(command)) = (due.as_f64(), command.as_str()) else {
            return Ok(Fate::Unreadable);
        };
        if due > self.now as f64 {
            return Ok(Fate::NotDue);
        }
        if command != "EXPIRE" {
            return Ok(Fate::Unknown(command.into()));
        }
        let Some(Ok(id)) = channel.as_str().map(str::parse::<ItemId>) else { return Ok(Fate::Unreadable) };
        let live = self.paths.live(&id);
        if !self.is_there(&live.body)? && !self.is_there(&live.metadata)? {
            return Ok(Fate::Gone(id));
        }
        // An owner may choose another day while this looks: then it is another document than the one that was looked at.
        let seen = self.seen_now(&live)?;
        let says = self.metadata(&id)?.and_then(|metadata| metadata.expires);
        // A copy in cold storage shows that the channel was there before and was made anew.
        let made_anew = says.is_none() && self.is_any(&self.paths.archived(&id))?;
        if made_anew || says.is_some_and(|says| says > self.now) {
            return Ok(Fate::Disputed(id));
        }
        Ok(match self.archive(journal, &id, "EXPIRED", seen) {
            Ok(()) => Fate::Archived(id),
            Err(error) if error.ends_the_run() => return Err(error),
            Err(error) => Fate::Failed(id, error.to_string()),
        })
    }

    fn task_done(&self, journal: &mut Journal<'_>, day: &str, name: &str) -> Result<(), ActError> {
        let target = Target::Task(format!("{day}/{name}").into());
        let to = self.paths.archive.join("generations/tasks").join(day).join(name);
        if self.is_there(&to)? && !self.is_there(&self.paths.tasks.join(day).join(name))? {
            return Ok(());
        }
        self.note(journal, self.record(Act::Aside, &target, Step::Intent))?;
        self.finish_task(journal, day, name)
    }

    /// Finishes moving a task that was carried out.
    ///
    /// # Errors
    /// [`ActError`].
    pub fn finish_task(&self, journal: &mut Journal<'_>, day: &str, name: &str) -> Result<(), ActError> {
        let target = Target::Task(format!("{day}/{name}").into());
        let to = self.paths.archive.join("generations/tasks").join(day).join(name);
        self.set_apart(&self.paths.tasks.join(day).join(name), &to)?;
        self.note(journal, Record { ..self.record(Act::Aside, &target, Step::Done) })
    }
}

impl Hands<'_> {
    /// Moves activity files whose blob is gone to where older copies lie. Beside metadata they stay: that is the trace of a blob.
    pub fn clean_activity(&self, journal: &mut Journal<'_>) -> Vec<(ItemId, Result<(), ActError>)> {
        let mut lone = Vec::new();
        pinfold_datadir::walk::walk(self.disk, self.paths, &mut |found| {
            if let pinfold_datadir::walk::Found::Live(item) = found
                && item.activity.is_some()
                && item.body.is_none()
                && item.metadata.is_none()
            {
                lone.push(item.id);
            }
        });
        lone.into_iter().map(|id| (id.clone(), self.aside(journal, &id).map(drop))).collect()
    }
}
