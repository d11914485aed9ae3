//! What people and clients do to an account, one act at a time, in the patches that the real client writes (as far as they
//! are known): adding, moving, throwing away, emptying, removing, renaming, changing passwords, erasing keys on the
//! server's word; two writers at once; and what nobody should write.

use pinfold_core::document::Shape;
use pinfold_core::error::Error;
use pinfold_core::json::{Object, Text, Value};
use pinfold_recovery::LogLine;

use super::edits::{
    add, beside_the_drive, change_password, clean, empty_trash, erase_on_the_servers_word, holder, pick,
    relocate, remove, rename, rename_or_remove_names, take_back, throw, touch,
};
use super::logs::{Log, Pen};
use super::places;
use crate::entropy::Seeded;

/// An account to which things happen.
pub(super) struct Story {
    pub(super) user_hash: String,
    pub(super) logs: Vec<Log>,
    pub(super) entropy: Seeded,
    pen: Pen,
    /// Earlier states, to which somebody may go back.
    earlier: Vec<(usize, Value)>,
}

impl Story {
    pub(super) fn new(user_hash: String, logs: Vec<Log>, entropy: Seeded) -> Self {
        let pen = Pen { time: 1_710_000_000_000, author: 0xa000 };
        Self { user_hash, logs, entropy, pen, earlier: Vec::new() }
    }

    fn below(&mut self, bound: usize) -> usize {
        self.entropy.below(bound)
    }

    /// One act, somewhere, after some time.
    pub(super) fn act(&mut self) -> Result<(), Error> {
        let pause = [300, 2_000, 9_000, 20_000, 86_400_000];
        let pause = pause.get(self.below(pause.len())).copied().unwrap_or(0);
        self.pen.time += pause;
        match self.below(20) {
            0 => self.pen.author = self.pen.author.wrapping_add(0x10),
            // The server's clock was set back.
            1 => self.pen.time -= 3_600_000,
            _ => {}
        }
        let at = if self.below(2) == 0 { 0 } else { self.below(self.logs.len()) };
        if self.below(10) == 0 {
            let Some(log) = self.logs.get(at) else { return Ok(()) };
            self.earlier.push((at, log.document.clone()));
        }
        match self.below(24) {
            0..=4 => self.edit(at, add),
            5 => self.edit(at, touch),
            6 => self.edit(at, rename),
            7..=8 => self.edit(at, relocate),
            9..=10 => self.edit(at, throw),
            11 => self.edit(at, take_back),
            12 => self.edit(at, empty_trash),
            13 => self.edit(at, remove),
            14 => self.move_to_another(at),
            15 => self.edit(at, erase_on_the_servers_word),
            16 => self.edit(at, change_password),
            17 => self.edit(at, clean),
            18 => self.edit(at, |document, _, entropy| beside_the_drive(document, entropy)),
            19 => self.edit(at, rename_or_remove_names),
            20 => self.two_at_once(at),
            21 => self.nobody_writes_this(at),
            22 => self.go_back(at),
            _ => {
                self.disturb(at);
                Ok(())
            }
        }
    }

    fn edit(&mut self, at: usize, act: fn(&mut Object, Shape, &mut Seeded)) -> Result<(), Error> {
        let Some(log) = self.logs.get_mut(at) else { return Ok(()) };
        if let Some(document) = log.document.as_object_mut() {
            act(document, log.shape, &mut self.entropy);
        }
        log.write(self.pen, &mut self.entropy)
    }

    /// The same number leaves one document and appears in another, by one session.
    fn move_to_another(&mut self, from: usize) -> Result<(), Error> {
        let to = self.below(self.logs.len());
        if from == to {
            return Ok(());
        }
        let Some(log) = self.logs.get_mut(from) else { return Ok(()) };
        let shape = log.shape;
        let mut moved = None;
        if let Some(document) = log.document.as_object_mut() {
            let holder = holder(document, shape);
            if let Some((names, number)) = pick(holder, &mut self.entropy) {
                let key = number.to_string();
                if let Some(data) = places::part(holder, "filesData").remove(&key) {
                    places::take(places::part(holder, "root"), &names);
                    moved = Some((key, number, data));
                }
            }
        }
        let Some((key, number, data)) = moved else { return Ok(()) };
        if let Some(other) = self.logs.get_mut(to) {
            let shape = other.shape;
            if let Some(document) = other.document.as_object_mut() {
                let holder = holder(document, shape);
                places::part(holder, "filesData").insert(key.as_str(), data);
                places::part(holder, "root").insert(format!("m{key}"), number as f64);
            }
            other.write(self.pen, &mut self.entropy)?;
        }
        let pen = self.pen;
        let Some(log) = self.logs.get_mut(from) else { return Ok(()) };
        log.write(pen, &mut self.entropy)
    }

    fn two_at_once(&mut self, at: usize) -> Result<(), Error> {
        let Some(log) = self.logs.get_mut(at) else { return Ok(()) };
        let mut wanted = || {
            let mut document = log.document.clone();
            if let Some(document) = document.as_object_mut() {
                let acts: [fn(&mut Object, Shape, &mut Seeded); 4] = [add, remove, relocate, rename];
                if let Some(act) = acts.get(self.entropy.below(4)) {
                    act(document, log.shape, &mut self.entropy);
                }
            }
            Text::from(pinfold_core::json::canonical(&document))
        };
        let (one, other) = (wanted(), wanted());
        log.write_both([&one, &other], self.pen, &mut self.entropy)
    }

    /// Whoever has the key may write any JSON. What it was comes back, as other clients would see to.
    fn nobody_writes_this(&mut self, at: usize) -> Result<(), Error> {
        let choice = self.below(12);
        let Some(log) = self.logs.get_mut(at) else { return Ok(()) };
        let text = log.text();
        let odd = match choice {
            0 => text.replacen('{', "{\"drive\":{},\"filesData\":7,", 1),
            1 => text.replacen(
                "\"filesData\":{",
                "\"filesData\":{\"5\":{\"title\":\"a\"},\"5\":{\"title\":\"b\"},",
                1,
            ),
            2 => text.replacen(
                "\"root\":{",
                "\"root\":{\"odd\":{\"metadata\":true,\"x\":5,\"color\":\"red\"},",
                1,
            ),
            3 => text.replacen("\"root\":{", "\"root\":{ \"a\\u0062\" : 5 ,\n", 1),
            4 => text.replacen("\"root\":{", "\"root\":[],\"other\":{", 1),
            5 => text.replacen(
                "\"filesData\":{",
                "\"filesData\":{\"\\ud800\":{\"x\":1},\"05\":[],\"6\":null,",
                1,
            ),
            6 => text.replacen(
                "\"trash\":{",
                "\"trash\":{\"t\":[{\"element\":{\"in\":{\"k\":5}}},7,{\"element\":5}],",
                1,
            ),
            7 => "{}".to_owned(),
            8 => "[1]".to_owned(),
            9 => text.replacen("\"sharedFolders\":{", "\"sharedFolders\":[{", 1).replacen(
                "},\"static\"",
                "}],\"static\"",
                1,
            ),
            10 => format!(" {text}\t"),
            _ => text.replacen(
                "\"root\":{",
                &format!("\"root\":{{\"deep\":{}5{},", "{\"d\":".repeat(70), "}".repeat(70)),
                1,
            ),
        };
        let back = Text::from(text);
        let odd = Text::from(odd);
        if Value::parse_text(&odd).is_ok() {
            log.write_text(&odd, self.pen, &mut self.entropy)?;
        }
        if self.entropy.below(4) == 0 && log.document.as_object().is_some() {
            return Ok(());
        }
        self.pen.time += 500;
        log.write_text(&back, self.pen, &mut self.entropy)
    }

    /// Somebody puts a whole earlier state in the place of the present one.
    fn go_back(&mut self, at: usize) -> Result<(), Error> {
        let earlier: Vec<&Value> =
            self.earlier.iter().filter(|(of, _)| *of == at).map(|(_, value)| value).collect();
        let chosen = earlier.get(self.entropy.below(earlier.len())).map(|value| (*value).clone());
        let (Some(document), Some(log)) = (chosen, self.logs.get_mut(at)) else { return Ok(()) };
        log.document = document;
        log.write(self.pen, &mut self.entropy)
    }

    /// Lines that say nothing: one that came twice, one that nobody can open, one without a time or an author.
    fn disturb(&mut self, at: usize) {
        let choice = self.below(4);
        let Some(log) = self.logs.get_mut(at) else { return };
        let last = log.lines.last().cloned();
        match (choice, last) {
            (0, Some(last)) => log.lines.push(last),
            (1, _) => {
                let message = "not a message".to_owned();
                log.lines.push(LogLine { message, time: Some(self.pen.time), author: None });
            }
            (2, Some(_)) => _ = log.lines.last_mut().map(|line| line.time = None),
            (_, Some(_)) => _ = log.lines.last_mut().map(|line| line.author = Some("nobody".into())),
            (_, None) => {}
        }
    }

    /// Logs lose lines: an owner shortens them, a server gives half a range.
    pub(super) fn damage(&mut self) {
        for at in 0..self.logs.len() {
            let (choice, cut) = (self.below(8), self.entropy.next_u64());
            let Some(log) = self.logs.get_mut(at) else { continue };
            let count = log.lines.len().max(1);
            let cut = usize::try_from(cut % count as u64).unwrap_or(0);
            match choice {
                0 => {
                    let checkpoint = log.lines.iter().position(|line| line.message.starts_with("cp|"));
                    log.is_damaged = checkpoint.is_some();
                    log.lines.drain(..checkpoint.unwrap_or(0));
                }
                1 => {
                    log.lines.drain(..cut);
                    log.is_damaged = true;
                }
                2 => {
                    log.lines.remove(cut);
                    log.is_damaged = true;
                }
                _ => {}
            }
        }
        self.logs.retain(|log| !log.lines.is_empty());
    }
}
