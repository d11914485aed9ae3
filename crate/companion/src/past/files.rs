//! The account in a data directory: its log-in block, the lines of its documents, its pin log.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind};
use std::path::Path;

use pinfold_core::account::login::derive_login;
use pinfold_core::error::{Code, Error};
use pinfold_core::pins::trail::Trail;
use pinfold_core::secret::{Password, SecretText};
use pinfold_datadir::id::KeyName;
use pinfold_datadir::paths::Paths;
use pinfold_datadir::pin_log::{Change, Command, PinLog};
use pinfold_datadir::store_id::StoreId;
use pinfold_recovery::{Copy, Investigation, Line, LogLine, Need, Reading, Said};

use super::{Hears, Wanted, asked, with_drive};

/// Later than every date: no line of a pin log is taken for one from the future.
pub(crate) const NEVER: i64 = i64::MAX;

/// An account of a data directory.
pub(crate) struct Account {
    pub(crate) paths: Paths,
    /// Its log-in block.
    pub(crate) block_name: KeyName,
    /// The key of its pin log.
    pub(crate) ed_public: Option<String>,
    user_hash: SecretText,
}

/// Finds an account by its name and password.
///
/// # Errors
/// `login/refused` where there is no such block, `misuse/bad-argument` for a directory that cannot be read,
/// and what opening the block says.
pub(crate) fn account(
    data: &Path,
    user: &str,
    password: &Password,
    login_salt: &str,
) -> Result<Account, Error> {
    let example = Paths::example(data);
    let paths = if example.pins.is_dir() { example } else { Paths::below(data) };
    let keys = derive_login(user, password.expose(), login_salt)?;
    let block_name = key_of(keys.block.id.as_str())?;
    let block = paths.block(&block_name);
    let block = std::fs::read(&block).map_err(|error| match error.kind() {
        ErrorKind::NotFound if paths.blocks.is_dir() => {
            Error::new(Code::LoginRefused, "no account of this name and password is in the data directory")
        }
        _ => unreadable(&block, &error),
    })?;
    let block = keys.block.open(&block)?;
    Ok(Account { paths, block_name, ed_public: block.ed_public, user_hash: block.user_hash })
}

/// Reads everything that the account ever named, and follows a tag if one is given.
///
/// # Errors
/// As [`account`], and what opening the account's documents says.
pub(crate) fn investigate(
    data: &Path,
    user: &str,
    password: &Password,
    login_salt: &str,
    wanted: Wanted<'_>,
    heard: &mut dyn Hears,
) -> Result<Investigation, Error> {
    histories(&account(data, user, password, login_salt)?, wanted, heard)
}

/// The histories of an account that was found.
///
/// # Errors
/// As [`investigate`].
pub(crate) fn histories(
    account: &Account,
    wanted: Wanted<'_>,
    heard: &mut dyn Hears,
) -> Result<Investigation, Error> {
    let begun = Investigation::of_account(account.user_hash.expose())?;
    let mut investigation = asked(begun, wanted);
    while let Some(mut reading) = investigation.next_reading() {
        read(&account.paths, &mut reading, heard)?;
        investigation.done(reading);
    }
    with_drive(&investigation)?;
    look_after(&account.paths, &mut investigation, wanted.need);
    if let Some(key) = &account.ed_public {
        let_go(&account.paths.pin_log(&key_of(key)?), &mut investigation)?;
    }
    // Whoever invited wrote these keys.
    for key in investigation.team_keys().iter().filter_map(|key| key.parse().ok()) {
        // It is evidence for one thing alone: a log that cannot be read gives none.
        let _ = set_as_a_whole(&account.paths.pin_log(&key), &mut investigation);
    }
    Ok(investigation)
}

/// Whether each calendar and each lost document is there: nothing of it is read.
fn look_after(paths: &Paths, investigation: &mut Investigation, need: Need) {
    for asked in investigation.questions(need) {
        let Some(id) = StoreId::channel_or_blob(&asked.channel) else { continue };
        let files = paths.live(&id);
        let said = match std::fs::read_to_string(&files.placeholder) {
            _ if files.body.is_file() => Said::Live,
            Ok(reason) => Said::Archived(reason.chars().take(64).collect()),
            Err(_) if paths.archived(&id).body.is_file() => Said::Archived(String::new()),
            Err(_) => Said::Missing,
        };
        investigation.take_answer(&asked, Some(said));
    }
}

fn key_of(key: &str) -> Result<KeyName, Error> {
    key.parse().map_err(|_| Error::new(Code::BlockMalformed, "the account names a malformed key"))
}

fn read(paths: &Paths, reading: &mut Reading, heard: &mut dyn Hears) -> Result<(), Error> {
    let Some(id) = StoreId::channel(reading.channel.as_str()) else { return Ok(()) };
    let files = match reading.copy() {
        Copy::Live => paths.live(&id),
        Copy::Archived => paths.archived(&id),
    };
    let told = |line: Line<'_>| {
        let (moment, _) = reading.line(line);
        heard.line(reading, moment);
    };
    each_line(&files.body, &mut { told }).map(drop)
}

/// Hands over every stored line of a log, the first one first. `false` where there is no such file.
///
/// # Errors
/// `misuse/bad-argument` for a file that cannot be read.
pub(crate) fn each_line(path: &Path, told: &mut dyn FnMut(Line<'_>)) -> Result<bool, Error> {
    let Some(mut log) = open(path)? else { return Ok(false) };
    let mut line = Vec::new();
    loop {
        line.clear();
        log.read_until(b'\n', &mut line).map_err(|error| unreadable(path, &error))?;
        // The server drops a last line without its end.
        if line.pop() != Some(b'\n') {
            return Ok(true);
        }
        if let Some(read) = LogLine::read(&line) {
            told(read.line());
        }
    }
}

/// When a list of pins was set as a whole, and what was on it.
fn set_as_a_whole(path: &Path, investigation: &mut Investigation) -> Result<(), Error> {
    let Some(log) = open(path)? else { return Ok(()) };
    let mut lists = Lists::default();
    let heard = |change: Change| lists.hear(&change, investigation);
    PinLog::read(log, NEVER, heard).map(drop).map_err(|error| unreadable(path, &error))
}

/// What a list of pins names, change by change.
#[derive(Default)]
struct Lists(HashSet<String>);

impl Lists {
    fn hear(&mut self, change: &Change, investigation: &mut Investigation) {
        self.0.extend(change.added.iter().map(ToString::to_string));
        change.removed.iter().for_each(|id| _ = self.0.remove(&id.to_string()));
        let time = change.time.and_then(|time| u64::try_from(time).ok());
        if let (Command::Reset, Some(time)) = (change.command, time) {
            investigation.listed(self.0.iter().map(String::as_str), time);
        }
    }
}

/// What the account's own clients let go of, as its pin log tells; and what its list lost when it was replaced, and something of it came
/// back.
fn let_go(path: &Path, investigation: &mut Investigation) -> Result<(), Error> {
    let Some(log) = open(path)? else { return Ok(()) };
    let mut trail = Trail::default();
    let mut lists = Lists::default();
    let heard = |change: Change| {
        lists.hear(&change, investigation);
        let time = change.time.and_then(|time| u64::try_from(time).ok());
        // What a client unpins is a removal on record.
        let lost = if change.command == Command::Reset { &*change.removed } else { &[] };
        trail.hear((change.line, change.time), &change.added, lost);
        if let (Command::Unpin, Some(time)) = (change.command, time) {
            let ids: Vec<String> = change.removed.iter().map(ToString::to_string).collect();
            investigation.unpinned(ids.iter().map(String::as_str), time);
        }
    };
    PinLog::read(log, NEVER, heard).map(drop).map_err(|error| unreadable(path, &error))?;
    let back: HashSet<usize> = trail.regrown().map(|gap| gap.place).collect();
    let gaps = trail.removals().iter().filter(|removal| back.contains(&removal.place));
    investigation.pins_regrew(gaps.flat_map(|removal| &removal.ids).map(ToString::to_string));
    Ok(())
}

fn open(path: &Path) -> Result<Option<BufReader<File>>, Error> {
    match File::open(path) {
        Ok(file) => Ok(Some(BufReader::new(file))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(path, &error)),
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Error {
    let refused = Error::new(Code::MisuseBadArgument, "the data directory cannot be read");
    refused.with("path", path.display()).with("reason", error)
}
