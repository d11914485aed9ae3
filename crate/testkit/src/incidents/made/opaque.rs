//! Documents that are neither drives nor folders, of which the archive holds one copy and clients see another.

use pinfold_core::chainpad::Mode;
use pinfold_core::document::Shape;
use pinfold_core::error::Error;
use pinfold_core::json::{Object, Text, Value, canonical};

use super::Story;
use super::things::{Thing, channel};
use super::world::{DRIVE, Session, World};
use crate::histories::logs::{Log, Pen};

pub(super) const STORIES: &[(&str, Story)] = &[
    ("a document made anew", made_anew),
    ("a document made anew, and given a title", made_anew_and_titled),
    ("a document made anew, and written in", written_in),
    ("a document made anew, and written in for a time", written_in_for_a_time),
    ("a document put back by hand", put_back_by_hand),
    ("a document copied to the archive", copied),
];

const APPS: [&str; 6] = ["code", "slide", "pad", "kanban", "form", "whiteboard"];

/// What the editor of an application begins with, and the same with something in it; but for the description.
fn bodies(app: &str, world: &mut World) -> Result<[String; 2], Error> {
    let text = |content: &str| format!(r#""authormarks":{{}},"content":"{content}","highlightMode":"gfm""#);
    let board = |item: &str| {
        format!(
            r#""content":{{"list":[11,12,13],"data":{{"11":{{"id":11,"title":"À faire","item":[1,2]}},"12":{{"id":12,"title":"Commencé","item":[]}},"13":{{"id":13,"title":"Fait","item":[]}}}},"items":{{"1":{{"id":1,"title":"{item}"}},"2":{{"id":2,"title":"Carte 2"}}}}}}"#
        )
    };
    let (answers, key) = (channel(&mut world.entropy)?, channel(&mut world.entropy)?);
    let form = |question: &str| {
        format!(
            r#""answers":{{"anonymous":true,"channel":"{answers}","publicKey":"{key}","validateKey":"{key}","version":2}},"form":{{"1":{{"type":"md"}},"2":{{"type":"radio","opts":{{"values":["Option 1","Option 2"]}}}}{question}}},"order":["1","2"],"version":1"#
        )
    };
    let drawing = |objects: &str| format!(r#""content":{{"objects":[{objects}],"version":"4.6.0"}}"#);
    let page = |inner: &str| {
        format!(
            r#"["BODY",{{"class":"cke","contenteditable":"true","spellcheck":"false"}},[["P",{{}},[{inner}]]]"#
        )
    };
    Ok(match app {
        "kanban" => [board("Carte 1"), board("Acheter du pain")],
        "form" => [form(""), form(r#","3":{"type":"input"}"#)],
        "whiteboard" => [drawing(""), drawing(r#"{"type":"path"}"#)],
        "pad" => [page(""), page(r#""written""#)],
        _ => [text(""), text("written")],
    })
}

/// The whole document, with the description that a client writes; a title that a person typed, or none.
fn whole(app: &str, body: &str, title: &str, world: &mut World) -> Result<Text, Error> {
    let chat = channel(&mut world.entropy)?;
    let more = match app {
        "slide" => r##""backColor":"#FFF","color":"#000","##,
        "whiteboard" => r#""palette":["red"],"#,
        "pad" => r#""comments":{"authors":{},"data":{}},"#,
        _ => "",
    };
    let default = "Document - mardi 3 mai 2022";
    let metadata = format!(
        r#"{{"metadata":{{{more}"chat2":"{chat}","cursor":"{chat}00","defaultTitle":"{default}","title":"{title}","type":"{app}","users":{{}}}}"#
    );
    let text = if app == "pad" {
        format!("{body},{metadata}}}]")
    } else {
        format!("{{{body},{}}}", metadata.trim_start_matches('{'))
    };
    let document = Value::parse(&text).unwrap_or(Value::Null);
    Ok(canonical(&document).into())
}

/// A document with content: its application, its entry in the drive, and its log.
fn document(world: &mut World) -> Result<(&'static str, Thing, Log), Error> {
    let user = world.user()?;
    let app = APPS.get(world.below(APPS.len())).copied().unwrap_or("code");
    let title = world.title("Opaque");
    let password = (world.below(5) == 0).then_some("secret 5");
    let thing = Thing::of(app, title, password, &mut world.entropy)?;
    world.put(DRIVE, user, &thing, None)?;
    let mut log = empty(&thing)?;
    let [start, written] = bodies(app, world)?;
    for (body, title) in [(&start, ""), (&written, ""), (&written, "A title")] {
        let text = whole(app, body, title, world)?;
        write(world, &mut log, &text, user)?;
    }
    world.is_kept(&thing, "untouched");
    Ok((app, thing, log))
}

fn empty(thing: &Thing) -> Result<Log, Error> {
    Ok(Log::in_mode(&thing.channel, Shape::Folder, thing.secrets()?.message_keys()?, Mode::Pad))
}

fn write(world: &mut World, log: &mut Log, text: &Text, by: Session) -> Result<(), Error> {
    world.seconds_pass(20);
    let pen = Pen { time: world.now, author: by };
    let mut entropy = world.entropy.clone();
    log.write_text(text, pen, &mut entropy)?;
    world.entropy = entropy;
    Ok(())
}

/// Archived without a reason; an old client makes it anew as its editor begins. The second copy, and a session.
fn anew(world: &mut World) -> Result<(&'static str, Thing, Log, Session), Error> {
    let (app, thing, log) = document(world)?;
    world.days_pass();
    world.archived.insert(log.channel.clone(), (log, None));
    world.days_pass();
    let mut second = empty(&thing)?;
    let user = world.user()?;
    let [start, _] = bodies(app, world)?;
    if app == "form" {
        // Its editor writes in two steps.
        let answers = Value::parse(&format!("{{{start}}}")).unwrap_or(Value::Null);
        let mut first = Object::new();
        for field in ["answers", "version"] {
            first.insert(field, answers.get(field).cloned().unwrap_or(Value::Null));
        }
        let text = canonical(&first.into()).into();
        write(world, &mut second, &text, user)?;
    }
    let text = whole(app, &start, "", world)?;
    write(world, &mut second, &text, user)?;
    Ok((app, thing, second, user))
}

fn made_anew(world: &mut World) -> Result<(), Error> {
    let (_, thing, second, _) = anew(world)?;
    world.opaque.push(second);
    world.conflicts(&thing, "placeholder");
    Ok(())
}

fn made_anew_and_titled(world: &mut World) -> Result<(), Error> {
    let (app, thing, mut second, user) = anew(world)?;
    let [start, _] = bodies(app, world)?;
    let text = whole(app, &start, "Mine", world)?;
    // The keys of a form's answers are random, and stay what they are.
    if app != "form" {
        write(world, &mut second, &text, user)?;
    }
    world.opaque.push(second);
    world.conflicts(&thing, if app == "form" { "placeholder" } else { "placeholder-titled" });
    Ok(())
}

fn written_in(world: &mut World) -> Result<(), Error> {
    let (app, thing, mut second, user) = anew(world)?;
    let [_, written] = bodies(app, world)?;
    let text = whole(app, &written.replace("written", "other words").replace("pain", "lait"), "", world)?;
    let text = if matches!(app, "form" | "whiteboard") {
        whole(app, &written.replace("input", "text").replace("path", "line"), "", world)?
    } else {
        text
    };
    write(world, &mut second, &text, user)?;
    world.opaque.push(second);
    world.conflicts(&thing, "keep-both");
    Ok(())
}

/// It is as it began, and was not in between: the log says what was written, and is kept.
fn written_in_for_a_time(world: &mut World) -> Result<(), Error> {
    let (app, thing, mut second, user) = anew(world)?;
    let [start, written] = bodies(app, world)?;
    for body in [&written, &start] {
        let text = whole(app, body, "", world)?;
        write(world, &mut second, &text, user)?;
    }
    world.opaque.push(second);
    world.conflicts(&thing, "keep-both");
    Ok(())
}

/// Somebody had a copy of the text: both say the same, but for what clients write by themselves.
fn put_back_by_hand(world: &mut World) -> Result<(), Error> {
    let (app, thing, mut second, user) = anew(world)?;
    let [_, written] = bodies(app, world)?;
    let text = whole(app, &written, "A title", world)?;
    write(world, &mut second, &text, user)?;
    world.opaque.push(second);
    world.conflicts(&thing, "equal");
    Ok(())
}

/// The archive holds an earlier state of what is live, as after a trim or a torn copy.
fn copied(world: &mut World) -> Result<(), Error> {
    let (app, thing, mut log) = document(world)?;
    let mut earlier = log.stored();
    if world.chance() {
        earlier.lines.pop();
    }
    world.archived.insert(log.channel.clone(), (earlier, None));
    let user = world.user()?;
    let [start, _] = bodies(app, world)?;
    let text = whole(app, &start, "Later", world)?;
    write(world, &mut log, &text, user)?;
    world.opaque.push(log);
    world.conflicts(&thing, "same-chain");
    Ok(())
}
