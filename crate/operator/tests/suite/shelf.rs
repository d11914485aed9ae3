//! An object store in memory, which fails, forgets and lies where a test says so.

use pinfold_datadir::shelf::Shelf;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io::{self, Read};

#[derive(Default)]
pub struct TrialShelf {
    pub objects: RefCell<BTreeMap<String, Vec<u8>>>,
    /// How many writes are still answered; `None`: all.
    pub left: Cell<Option<u32>>,
    /// Whether the write that is not answered is carried out all the same.
    pub answer_lost: Cell<bool>,
    pub writes: Cell<u32>,
    /// Whether it writes over what it has, as a store does that does not know the condition.
    pub overwrites: Cell<bool>,
    /// Whether what it hands out has one byte changed, from the second object on: the probe is whole.
    pub spoils: Cell<bool>,
}

impl TrialShelf {
    fn write(&self, does: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        match self.left.get() {
            Some(0) => {
                if self.answer_lost.replace(false) {
                    does()?;
                }
                return Err(io::Error::other("no answer"));
            }
            Some(n) => self.left.set(Some(n - 1)),
            None => {}
        }
        self.writes.set(self.writes.get() + 1);
        does()
    }
}

impl Shelf for TrialShelf {
    fn address(&self) -> &str {
        "trial://shelf"
    }

    fn put(&self, name: &str, bytes: Vec<u8>) -> io::Result<()> {
        self.write(|| {
            let mut objects = self.objects.borrow_mut();
            if objects.contains_key(name) && !self.overwrites.get() {
                return Err(io::ErrorKind::AlreadyExists.into());
            }
            objects.insert(name.into(), bytes);
            Ok(())
        })
    }

    fn size(&self, name: &str) -> io::Result<Option<u64>> {
        Ok(self.objects.borrow().get(name).map(|bytes| bytes.len() as u64))
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn Read + '_>> {
        let mut bytes = self.objects.borrow().get(name).cloned().ok_or(io::ErrorKind::NotFound)?;
        if self.spoils.get() && name.ends_with("log.ndjson") {
            bytes[0] ^= 1;
        }
        Ok(Box::new(io::Cursor::new(bytes)))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.write(|| {
            self.objects.borrow_mut().remove(name);
            Ok(())
        })
    }
}
