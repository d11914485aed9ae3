//! Reading once more: with the lines that are new, everything is told as if all of it had been read at once.

use crate::restoring::{Drive, TAG, folder};
use crate::support::{ACCOUNT, FOLDER, Log, OTHER_FOLDER, author, channel, investigate_as};
use pinfold_core::ids::ChannelId;
use pinfold_recovery::{Investigation, Loss, Said, Signs, Wanted};
use proptest::prelude::*;

/// Two folders and the drive, with what was restored in them marked.
fn story(seed: u64) -> [Log; 3] {
    let (mut drive, mut inner, mut other) = (Log::new(ACCOUNT), Log::new(FOLDER), Log::new(OTHER_FOLDER));
    let mut now = Drive { root: vec![1, 2], ..Drive::default() };
    drive.write(&now.text(), 1, 'a');
    inner.write(&folder(&[11, 12, 13]), 2, 'a');
    other.write(&folder(&[21, 22]), 3, 'b');
    now.folders.push((8, FOLDER));
    drive.write(&now.text(), 4, 'a');
    let mut state = seed;
    for step in 5..30 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(step);
        match (state >> 33) % 6 {
            0 => now.root.push(30 + step),
            1 => now.trash.extend(now.root.pop()),
            2 if now.folders.len() == 1 => now.folders.push((9, OTHER_FOLDER)),
            3 => drop(now.root.pop()),
            4 => inner.write(&folder(&[11, step + 40]), step, if step % 2 == 0 { 'a' } else { 'c' }),
            _ => now.trash.clear(),
        }
        drive.write(&now.text(), step, 'a');
    }
    let logs = [&drive, &inner, &other];
    let read = investigate_as(Investigation::of_account(ACCOUNT).unwrap(), &logs, &[]);
    let losses: Vec<Loss> = read.losses();
    let plan =
        read.restore_plan(&Wanted { losses: &losses, marked: &[], tag: TAG.into(), make_folders: false });
    let edits: Vec<_> = plan.steps.iter().filter(|step| step.document == 0).map(|step| &step.edits).collect();
    edits.into_iter().for_each(|edits| _ = drive.edit(edits, 40, 'd'));
    [drive, inner, other]
}

fn begun() -> Investigation {
    Investigation::of_account(ACCOUNT).unwrap().watch(TAG).remember()
}

fn first(log: &Log, lines: usize) -> Log {
    let mut part = Log::new(if log.channel == channel(ACCOUNT) { ACCOUNT } else { FOLDER });
    part.channel.clone_from(&log.channel);
    part.lines = log.lines.iter().take(lines).cloned().collect();
    part
}

/// Everything that is told.
fn told(read: &Investigation) -> String {
    let documents = read.documents().iter().map(|document| {
        let told = document.live.as_ref().map(|told| {
            let events = told.diary.iter().flat_map(|diary| diary.events());
            let events: Vec<_> = events.map(|(at, event)| (at, event.presence, event.did)).collect();
            let counts = (told.begins, told.first, told.last, told.lines, told.unread, told.holes);
            (format!("{:?}", told.timeline.presences()), counts, told.sessions.clone(), events)
        });
        (document.channel.as_str().to_owned(), told)
    });
    let mut documents: Vec<_> = documents.collect();
    documents[1..].sort_by(|(a, _), (b, _)| a.cmp(b));
    let mut losses: Vec<String> = read
        .accidents(&Signs::default())
        .into_iter()
        .map(|(loss, reasons)| {
            format!("{} {:?} {:?} {:?} {reasons:?}", loss.channel, loss.cause, loss.key_at, loss.at)
        })
        .collect();
    losses.sort();
    let undo = read.undo_plan();
    let mut undo: Vec<_> = undo
        .steps
        .iter()
        .map(|(at, edits)| format!("{:?} {edits:?}", read.documents()[*at].channel))
        .collect();
    undo.sort();
    format!("{documents:?} {losses:?} {undo:?} {:?}", read.tagged(TAG).len())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_is_read_in_parts_is_told_as_if_it_was_read_at_once(seed: u64, cuts in prop::collection::vec(1usize..200, 3), size in 1usize..7) {
        let logs = story(seed);
        let logs: Vec<&Log> = logs.iter().collect();
        let whole = investigate_as(begun(), &logs, &[]);
        let parts: Vec<Log> = logs.iter().zip(&cuts).map(|(log, cut)| first(log, 1 + cut % log.lines.len())).collect();
        let mut read = investigate_as(begun(), &parts.iter().collect::<Vec<_>>(), &[]);
        let known = read.again();
        for channel in &known {
            let log = logs.iter().find(|log| log.channel == channel.as_str()).unwrap();
            let from = read.document_of(&log.channel).unwrap().live.as_ref().unwrap().lines;
            for page in log.lines[from..].chunks(size) {
                read.more(channel, page.iter().map(pinfold_recovery::LogLine::line));
            }
        }
        // What the new lines named first.
        let read = investigate_as(read, &logs, &[]);
        prop_assert_eq!(told(&read), told(&whole));
    }
}

/// A folder that the new lines name is unknown until it is read, and not missing.
#[test]
fn what_nobody_read_yet_is_unknown() {
    let [drive, inner, other] = story(2);
    let at = drive.lines.len();
    let begins = (1..at).find(|lines| {
        let read = investigate_as(begun(), &[&first(&drive, *lines)], &[]);
        read.document_of(&channel(FOLDER)).is_some()
    });
    let mut read = investigate_as(begun(), &[&first(&drive, begins.unwrap() - 1)], &[]);
    let of_drive = ChannelId::parse(&channel(ACCOUNT)).unwrap();
    assert_eq!(read.again(), std::slice::from_ref(&of_drive));
    read.more(
        &of_drive,
        drive.lines[begins.unwrap() - 1..begins.unwrap()].iter().map(pinfold_recovery::LogLine::line),
    );
    assert_eq!((read.unread_documents(), read.missing().len()), (1, 0));
    let read = investigate_as(read, &[&drive, &inner, &other], &[]);
    assert_eq!(read.unread_documents(), 0);
    assert!(read.document_of(&channel(FOLDER)).unwrap().live.is_some());
}

/// What the server no longer hands out is told as by a first reading; a log that begins anew is read from its start, and what was
/// known stays until that is over.
#[test]
fn a_log_that_is_gone_or_begins_anew_is_told_as_at_first() {
    let [drive, inner, other] = story(7);
    let folder_channel = ChannelId::parse(&channel(FOLDER)).unwrap();
    let mut read = investigate_as(begun(), &[&drive, &inner, &other], &[]);
    read.no_more(&folder_channel, Some(Said::Missing));
    assert_eq!(told(&read), told(&investigate_as(begun(), &[&drive, &other], &[])));
    assert_eq!(read.missing().len(), 1);
    // It is wanted again, as at first.
    assert!(!read.again().contains(&folder_channel));
    let mut read = investigate_as(read, &[&drive, &inner, &other], &[]);
    let mut anew = Log::new(FOLDER);
    anew.write(&folder(&[77]), 90, 'e');
    let mut reading = read.from_the_start(&folder_channel).unwrap();
    let before = told(&read);
    anew.lines.iter().for_each(|stored| _ = reading.line(stored.line()));
    assert_eq!(told(&read), before);
    read.done(reading);
    assert_eq!(told(&read), told(&investigate_as(begun(), &[&drive, &anew, &other], &[])));
    assert!(
        read.documents()[0]
            .live
            .as_ref()
            .unwrap()
            .sessions
            .iter()
            .any(|session| session.author.to_string() == author('d'))
    );
}

/// A reading that ended too early left a hole. Later lines do not fill it.
#[test]
fn a_hole_stays_when_more_is_read() {
    let mut log = Log::new(ACCOUNT);
    let mut now = Drive { root: vec![1], ..Drive::default() };
    for step in 1..6 {
        now.root.push(10 + step);
        log.write(&now.text(), step, 'a');
    }
    let mut read = begun();
    let known = log.lines.len() - 1;
    let mut reading = read.next_reading().unwrap();
    log.lines[..known].iter().for_each(|stored| _ = reading.line(stored.line()));
    reading.cut_off();
    read.done(reading);
    let holes = |read: &Investigation| read.documents()[0].live.as_ref().unwrap().holes;
    assert_eq!(holes(&read), 1);
    let of_drive = ChannelId::parse(&channel(ACCOUNT)).unwrap();
    read.more(&of_drive, log.lines[known..].iter().map(pinfold_recovery::LogLine::line));
    assert_eq!(holes(&read), 1);
}
