//! `Session::history`: every stored line of a channel, in pages; only what is new the second time; and whatever a server
//! does, never a part for the whole.

use std::time::Duration;

use pinfold_core::encoding::decode_base64;
use pinfold_core::error::{Code, Error};
use pinfold_core::ids::ChannelId;
use pinfold_core::json::Value;
use pinfold_core::session::effect::{HistoryEnd, HistoryPage, Input, Outcome, Position, Ticket};
use pinfold_core::session::history::{AT_ONCE, Of};
use pinfold_recovery::{Beginning, Copy, Investigation, Line};
use pinfold_testkit::account::{Built, Plan, Variety, build, build_with};
use pinfold_testkit::harness::{Harness, InOrder};
use pinfold_testkit::server::{Channel, KEEPER, Stored, UID};

const PLAN: Plan = Plan { seed: 6, documents: 3, folders: 2, per_folder: 2 };

/// Another device of the user's changes the account document so many times.
fn write(built: &mut Built, times: usize) {
    let mut device = built.device().unwrap();
    for round in 0..times {
        let change = |document: &mut Value| {
            document.as_object_mut().unwrap().insert("note", format!("{round}").as_str());
        };
        device.edit(&mut built.server, change).unwrap();
    }
}

/// A session that has read the drive.
fn signed_in(built: Built) -> Harness {
    let mut harness = Harness::new(built);
    harness.resume(&mut InOrder).unwrap();
    harness.load(&mut InOrder).unwrap();
    harness
}

fn ask(harness: &mut Harness, of: &Of, after: Option<Position>) -> Ticket {
    harness.session.history(harness.now, of, after).unwrap()
}

/// Reads a history to its end: its pages, and how it ended.
fn read(
    harness: &mut Harness,
    of: &Of,
    after: Option<Position>,
) -> (Vec<HistoryPage>, Result<HistoryEnd, Error>) {
    let ticket = ask(harness, of, after);
    let ended = harness.run(ticket, &mut InOrder);
    (pages(harness, ticket), ended.map(end))
}

fn end(outcome: Outcome) -> HistoryEnd {
    let Outcome::History(end) = outcome else { panic!("{outcome:?}") };
    end
}

fn pages(harness: &mut Harness, of: Ticket) -> Vec<HistoryPage> {
    let (mine, others) =
        std::mem::take(&mut harness.history).into_iter().partition(|(ticket, _)| *ticket == of);
    harness.history = others;
    mine.into_iter().map(|(_, page): (Ticket, HistoryPage)| page).collect()
}

fn texts(pages: &[HistoryPage]) -> Vec<&str> {
    pages.iter().flat_map(|page| &page.lines).map(|line| line.text.as_str()).collect()
}

fn channel(id: &str) -> Of {
    Of::Channel(ChannelId::parse(id).unwrap())
}

/// A channel that no drive names, with these lines.
fn foreign(built: &mut Built, lines: impl IntoIterator<Item = String>) -> Of {
    let id = "ab".repeat(16);
    let stored = |(at, message)| Stored { message, time: at as u64 };
    let messages = lines.into_iter().enumerate().map(stored).collect();
    built.server.channels.insert(id.clone(), Channel { messages, ..Channel::default() });
    channel(&id)
}

/// Reads everything that the account ever named, over the session.
fn investigate(harness: &mut Harness) -> Investigation {
    let mut investigation = Investigation::of_secrets(harness.session.drive_secrets().unwrap()).unwrap();
    while let Some(mut reading) = investigation.next_reading() {
        if reading.copy() == Copy::Live
            && let (pages, Ok(_)) = read(harness, &Of::Channel(reading.channel.clone()), None)
        {
            for line in pages.iter().flat_map(|page| &page.lines) {
                let author = line.author.as_deref();
                reading.line(Line { message: &line.text, time: line.time.map(|time| time.0), author });
            }
        }
        investigation.done(reading);
    }
    investigation
}

#[test]
fn every_line_of_the_drive_comes_and_the_second_time_only_what_is_new() {
    let mut built = build(PLAN).unwrap();
    write(&mut built, 3);
    let home = built.drive_channel.clone();
    let count = built.server.channels[&home].messages.len();
    let author = "0123456789abcdef0123456789abcdef".to_owned();
    built.server.channels.get_mut(&home).unwrap().authors.insert(1, author.clone());
    let mut harness = signed_in(built);
    let (pages, ended) = read(&mut harness, &Of::Account, None);
    let ended = ended.unwrap();
    let stored = harness.built.server.channels[&home].messages.clone();
    assert_eq!(texts(&pages), stored.iter().map(|stored| stored.message.as_str()).collect::<Vec<_>>());
    let line = &pages[0].lines[1];
    assert_eq!((line.time.map(|time| time.0), line.author.as_ref()), (Some(stored[1].time), Some(&author)));
    assert_eq!((pages[0].from, pages[0].anew, ended.lines), (0, true, count as u64));
    assert_eq!(ended.bytes, stored.iter().map(|stored| stored.message.len() as u64).sum::<u64>());
    assert_eq!((ended.shortened, ended.cut_off), (Some(false), false));
    let position = ended.position.unwrap();
    assert_eq!(position.line, count as u64);
    // Nothing is new.
    let (pages, ended) = read(&mut harness, &Of::Account, Some(position.clone()));
    let ended = ended.unwrap();
    assert_eq!((pages.len(), ended.lines, ended.cut_off), (0, 0, false));
    assert_eq!((ended.position.as_ref(), ended.shortened), (Some(&position), None));
    // Two lines are.
    write(&mut harness.built, 2);
    let (pages, ended) = read(&mut harness, &Of::Account, Some(position));
    let stored = &harness.built.server.channels[&home].messages;
    let fresh: Vec<&str> = stored[count..].iter().map(|stored| stored.message.as_str()).collect();
    assert_eq!((texts(&pages), fresh.len()), (fresh, 2));
    assert_eq!((pages[0].from, pages[0].anew), (count as u64, false));
    assert_eq!(ended.unwrap().position.unwrap().line, count as u64 + 2);
}

#[test]
fn folders_teams_and_channels_that_no_drive_names_have_a_history_too() {
    let variety = Variety { mixed: true, teams: 2, ..Variety::default() };
    let built = build_with(Plan { folders: 8, ..PLAN }, &variety).unwrap();
    let teams: Vec<(String, String)> =
        built.teams.iter().map(|team| (team.id.clone(), team.channel.clone())).collect();
    let mut harness = signed_in(built);
    for (id, channel) in teams {
        let (pages, ended) = read(&mut harness, &Of::Team(id), None);
        assert!(!ended.unwrap().cut_off);
        assert_eq!(texts(&pages).len(), harness.built.server.channels[&channel].messages.len());
    }
    let error = harness.session.history(harness.now, &Of::Team("none".into()), None).unwrap_err();
    assert_eq!(error.code().as_str().split('/').next(), Some("team"));
    let investigation = investigate(&mut harness);
    let read: Vec<_> =
        investigation.documents().iter().filter_map(|document| document.live.as_ref()).collect();
    assert!(read.len() > 8, "{}", read.len());
    assert!(read.iter().all(|told| told.is_unbroken() && told.begins == Beginning::Whole));
}

#[test]
fn a_long_history_waits_for_no_more_than_a_page() {
    let mut built = build(PLAN).unwrap();
    let of = foreign(&mut built, (0..3000).map(|at| format!("{at:04}{}", "x".repeat(1500))));
    let mut harness = signed_in(built);
    let (pages, ended) = read(&mut harness, &of, None);
    assert_eq!((texts(&pages).len(), ended.unwrap().lines), (3000, 3000));
    let mut next = 0;
    for page in &pages {
        assert_eq!((page.from, page.anew), (next, next == 0));
        assert!(page.lines.len() <= 512 && page.lines[0].text.starts_with(&format!("{next:04}")));
        next += page.lines.len() as u64;
        assert_eq!(page.bytes, next * 1504);
    }
    assert!(pages.len() > 5);
    assert_eq!(harness.session.waiting_bytes(), 0);
}

#[test]
fn a_history_that_was_shortened_says_so() {
    let mut built = build(PLAN).unwrap();
    let of = foreign(&mut built, ["cp|abcdefgh|first", "second"].map(str::to_owned));
    let mut harness = signed_in(built);
    assert_eq!(read(&mut harness, &of, None).1.unwrap().shortened, Some(true));
}

#[test]
fn what_is_not_there_or_closed_ends_with_its_reason() {
    let variety = Variety { mixed: true, closed: 5, ..Variety::default() };
    let mut harness = signed_in(build_with(PLAN, &variety).unwrap());
    let id = "cd".repeat(16);
    assert_eq!(read(&mut harness, &channel(&id), None).1.unwrap_err().code(), Code::FolderMissing);
    for (word, code) in [("INACTIVE", Code::FolderArchived), ("ARCHIVE_OWNED", Code::FolderDeleted)] {
        let gone = Channel { placeholder: Some(word.into()), ..Channel::default() };
        harness.built.server.channels.insert(id.clone(), gone);
        let error = read(&mut harness, &channel(&id), None).1.unwrap_err();
        assert_eq!(error.code(), code);
        assert!(error.detail().iter().any(|(name, value)| *name == "reason" && value == word));
    }
    let messages = vec![Stored { message: "one".into(), time: 1 }];
    let ours = harness.built.ed_public.clone();
    for (allowed, ended) in [("nobody", Some(Code::FolderRestricted)), (ours.as_str(), None)] {
        let log =
            Channel { messages: messages.clone(), allowed: Some(vec![allowed.into()]), ..Channel::default() };
        harness.built.server.channels.insert(id.clone(), log);
        // A connection that nobody has signed on yet: it is made known under the account's key.
        harness.cut();
        harness.pass(harness.now + Duration::from_secs(5));
        let (pages, result) = read(&mut harness, &channel(&id), None);
        assert_eq!(result.as_ref().err().map(Error::code), ended, "{result:?}");
        assert_eq!(pages.len(), usize::from(ended.is_none()));
    }
}

/// A history that was asked for, and the number that the server has to answer under. What it answers is the test's choice.
fn asked(harness: &mut Harness, of: &Of, after: Option<Position>) -> (Ticket, u64) {
    let ticket = ask(harness, of, after);
    assert!(harness.ended(ticket).is_none());
    let sent = harness.sent.len();
    // What the server in memory answers to earlier questions comes too late for anybody.
    while harness.sent.len() <= sent && !harness.pending().is_empty() {
        harness.deliver_one();
    }
    let request = harness.sent.last().unwrap();
    assert!(request.contains("GET_HISTORY_RANGE"), "{request}");
    let number = request.rsplit_once("txid\\\":").unwrap().1;
    (ticket, number.split('}').next().unwrap().parse().unwrap())
}

fn say(harness: &mut Harness, text: &str) {
    let text = pinfold_core::json::stringify(&Value::from(text));
    harness.interject(&format!("[0,\"{KEEPER}\",\"MSG\",\"{UID}\",{text}]"));
}

fn line(harness: &mut Harness, txid: u64, message: &str) {
    let message = pinfold_core::json::stringify(&Value::from(message));
    say(harness, &format!("[\"HISTORY_RANGE\",{txid},[0,null,\"MSG\",\"ab\",{message},1]]"));
}

fn finish(harness: &mut Harness, txid: u64) {
    say(harness, &format!("[\"HISTORY_RANGE_END\",{txid},\"ab\"]"));
}

#[test]
fn half_a_history_is_never_a_whole_one() {
    let mut built = build(PLAN).unwrap();
    write(&mut built, 4);
    let home = built.drive_channel.clone();
    let mut harness = signed_in(built);
    let stored: Vec<String> =
        harness.built.server.channels[&home].messages.iter().map(|stored| stored.message.clone()).collect();
    // The server ends before the newest line that the session knows.
    let (ticket, txid) = asked(&mut harness, &Of::Account, None);
    stored[..3].iter().for_each(|message| line(&mut harness, txid, message));
    finish(&mut harness, txid);
    let ended = end(harness.ended(ticket).unwrap().unwrap());
    assert!(ended.cut_off && ended.lines == 3);
    // From there on, the rest makes it whole; without the last line it is not.
    let (ticket, txid) = asked(&mut harness, &Of::Account, ended.position.clone());
    stored[2..stored.len() - 1].iter().for_each(|message| line(&mut harness, txid, message));
    finish(&mut harness, txid);
    assert!(end(harness.ended(ticket).unwrap().unwrap()).cut_off);
    let (ticket, txid) = asked(&mut harness, &Of::Account, ended.position);
    stored[2..].iter().for_each(|message| line(&mut harness, txid, message));
    finish(&mut harness, txid);
    let ended = end(harness.ended(ticket).unwrap().unwrap());
    assert!(!ended.cut_off);
    assert_eq!(ended.position.unwrap().line, stored.len() as u64);
    // It sends nothing more.
    let (ticket, txid) = asked(&mut harness, &Of::Account, None);
    line(&mut harness, txid, &stored[0]);
    harness.session.handle(harness.now + Duration::from_secs(31), Input::Tick);
    assert_eq!(harness.ended(ticket).unwrap().unwrap_err().code(), Code::NetTimeout);
    // It cannot read its log, or refuses.
    let (ticket, txid) = asked(&mut harness, &Of::Account, None);
    line(&mut harness, txid, &stored[0]);
    say(&mut harness, &format!("[\"HISTORY_RANGE_ERROR\",{txid},\"/secret/path\"]"));
    let error = harness.ended(ticket).unwrap().unwrap_err();
    assert_eq!(error.code(), Code::FolderUnreadable);
    assert!(!error.to_string().contains("secret"));
}

/// Whatever else it sends is told line by line, and what follows from it by those who open the lines.
#[test]
fn lines_that_are_repeated_or_out_of_order_or_foreign_are_told_as_what_they_are() {
    let mut built = build(PLAN).unwrap();
    write(&mut built, 6);
    let home = built.drive_channel.clone();
    let harness = signed_in(built);
    let stored: Vec<String> =
        harness.built.server.channels[&home].messages.iter().map(|stored| stored.message.clone()).collect();
    let told = |lines: &[String]| {
        let mut investigation = Investigation::of_account(harness.built.user_hash()).unwrap();
        let mut reading = investigation.next_reading().unwrap();
        for message in lines {
            reading.line(Line { message, time: None, author: None });
        }
        investigation.done(reading);
        let told = investigation.documents()[0].live.as_ref().unwrap();
        (told.begins, told.holes > 0, told.unread)
    };
    let mut twice = stored.clone();
    twice.extend_from_slice(&stored);
    assert_eq!(told(&twice), (Beginning::Whole, false, 0));
    let gap = [&stored[..2], &stored[3..]].concat();
    assert!(told(&gap).1, "a line is missing");
    assert_eq!(told(&stored[1..]).0, Beginning::Trimmed, "the first line is missing");
    let mut unsigned = stored.clone();
    unsigned.insert(2, "no signature".into());
    assert_eq!(told(&unsigned).2, 1);
    let mut backwards = stored;
    backwards.reverse();
    let _ = told(&backwards);
}

#[test]
fn after_a_lost_connection_it_goes_on_where_it_was() {
    let mut built = build(PLAN).unwrap();
    let of = foreign(&mut built, (0..1200).map(|at| format!("line {at}")));
    let mut harness = signed_in(built);
    let (ticket, txid) = asked(&mut harness, &of, None);
    (0..600).for_each(|at| line(&mut harness, txid, &format!("line {at}")));
    harness.cut();
    assert_eq!(harness.ended(ticket).unwrap().unwrap_err().code(), Code::NetClosed);
    let error = harness.session.history(harness.now, &of, None).unwrap_err();
    assert_eq!(error.code(), Code::NetClosed);
    let before = pages(&mut harness, ticket);
    assert_eq!(texts(&before).len(), 512);
    harness.pass(harness.now + Duration::from_secs(5));
    let message = pinfold_core::ids::MessageHash::of("line 511").unwrap();
    let (pages, ended) = read(&mut harness, &of, Some(Position { line: 512, message }));
    assert_eq!((pages[0].from, pages[0].anew, texts(&pages)[0]), (512, false, "line 512"));
    assert_eq!((ended.as_ref().unwrap().lines, ended.unwrap().position.unwrap().line), (688, 1200));
}

#[test]
fn a_position_that_the_server_forgot_begins_anew() {
    let mut built = build(PLAN).unwrap();
    let of = foreign(&mut built, (0..5).map(|at| format!("line {at}")));
    let mut harness = signed_in(built);
    let message = pinfold_core::ids::MessageHash::of("forgotten").unwrap();
    let (pages, ended) = read(&mut harness, &of, Some(Position { line: 70, message }));
    assert_eq!((pages[0].from, pages[0].anew, texts(&pages).len()), (0, true, 5));
    let ended = ended.unwrap();
    assert_eq!((ended.position.unwrap().line, ended.shortened), (5, Some(false)));
}

#[test]
fn several_run_beside_each_other_and_each_can_be_given_up() {
    let mut built = build(PLAN).unwrap();
    let of = foreign(&mut built, (0..3).map(|at| format!("line {at}")));
    let mut harness = signed_in(built);
    let tickets: Vec<Ticket> = (0..AT_ONCE).map(|_| ask(&mut harness, &of, None)).collect();
    let error = harness.session.history(harness.now, &of, None).unwrap_err();
    assert_eq!(error.code(), Code::MisuseBusy);
    harness.session.cancel(harness.now, tickets[0]);
    assert_eq!(harness.ended(tickets[0]).unwrap().unwrap_err().code(), Code::NetClosed);
    harness.drain();
    for ticket in &tickets[1..] {
        assert_eq!(end(harness.ended(*ticket).unwrap().unwrap()).lines, 3);
    }
    assert!(pages(&mut harness, tickets[0]).is_empty());
    harness.session.close();
    assert_eq!(harness.session.history(harness.now, &of, None).unwrap_err().code(), Code::MisuseClosed);
}

/// A key of the account is no text of an error, and `Debug` shows none either.
#[test]
fn what_is_shown_of_it_names_no_key() {
    let harness = signed_in(build(PLAN).unwrap());
    let shown = format!("{:?}", harness.session.drive_secrets());
    let hash = harness.built.user_hash();
    let seed = hash.split('/').nth(4).unwrap();
    assert!(!shown.contains(seed) && decode_base64(seed).is_none_or(|_| !shown.contains(&seed[..8])));
}
