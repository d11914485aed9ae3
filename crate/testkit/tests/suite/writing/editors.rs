//! Many edit the same documents while the connection is cut: every acknowledged edit is in the final document exactly
//! once, and everybody has the same document.

use std::time::Duration;

use pinfold_core::drive::edit::Edit;
use pinfold_core::error::Code;
use pinfold_core::json::canonical;
use pinfold_core::session::effect::Ticket;
use pinfold_core::session::writing::Target;
use pinfold_testkit::entropy::Seeded;
use pinfold_testkit::harness::{Harness, InOrder, Shuffled};
use pinfold_testkit::peer::Peer;
use pinfold_testkit::server::Whim;

use super::{account_document, entry, folder, insert, loaded, put, shown, title};

/// An edit under way, the entry it is about and what must be so once it is acknowledged.
struct UnderWay {
    ticket: Ticket,
    in_folder: bool,
    id: u64,
    does: Does,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Does {
    Put,
    Rename,
    Remove,
}

struct Play {
    random: Seeded,
    harness: Harness,
    /// Two others in the account document, two in the folder.
    peers: Vec<Peer>,
    under_way: Vec<UnderWay>,
    next_id: u64,
}

impl Play {
    fn new(seed: u64) -> Self {
        let harness = loaded();
        let (account, folder) = (harness.built.user_hash().to_owned(), harness.built.folders[0].hash.clone());
        let peers = [&account, &account, &folder, &folder];
        let peers =
            peers.iter().enumerate().map(|(at, hash)| Peer::new(hash, None, seed * 10 + at as u64).unwrap());
        let mut peers: Vec<Peer> = peers.collect();
        peers.iter_mut().for_each(|peer| peer.read(&harness.built.server, usize::MAX).unwrap());
        Self { random: Seeded::new(seed), harness, peers, under_way: Vec::new(), next_id: 1 }
    }

    fn edit(&mut self) {
        let in_folder = self.random.below(3) == 0;
        // Entries of ours, so that no other client decides whether the edit applies.
        let earlier: Vec<u64> = self
            .under_way
            .iter()
            .filter(|e| e.in_folder == in_folder && e.does == Does::Put)
            .map(|e| e.id)
            .collect();
        let (does, id) = match self.random.below(3) {
            1 if !earlier.is_empty() => (Does::Rename, earlier[self.random.below(earlier.len())]),
            2 if !earlier.is_empty() && !in_folder => {
                (Does::Remove, earlier[self.random.below(earlier.len())])
            }
            _ => {
                self.next_id += 1;
                (Does::Put, self.next_id)
            }
        };
        let edit = match does {
            Does::Put => put(id),
            Does::Rename => Edit::Rename { entry: entry(id), title: format!("renamed {id}").as_str().into() },
            Does::Remove => Edit::Remove { entry: entry(id) },
        };
        let target = if in_folder { folder(&self.harness) } else { Target::Account };
        // After a cut the folder may have to be read again first.
        if let Ok(ticket) = self.harness.session.edit(self.harness.now, target, vec![edit]) {
            self.under_way.push(UnderWay { ticket, in_folder, id, does });
        }
    }

    fn peer_moves(&mut self, at: usize) {
        let (random, peer) = (&mut self.random, &mut self.peers[at]);
        match random.below(3) {
            0 => {
                self.next_id += 1;
                peer.want(insert, self.next_id + 10_000);
            }
            1 => peer.read(&self.harness.built.server, 1 + random.below(3)).unwrap(),
            _ => {}
        }
        if let Some(frame) = peer.write(&mut self.harness.built.server).unwrap() {
            let channel = peer.channel().to_owned();
            self.harness.relay(&channel, frame);
        }
    }

    fn step(&mut self, faults: bool) {
        match self.random.below(if faults { 14 } else { 11 }) {
            0 | 1 => self.edit(),
            2..5 => {
                let at = self.random.below(self.peers.len());
                self.peer_moves(at);
            }
            5..11 => self.deliver(),
            11 => self.harness.cut(),
            12 => {
                let whims = [Whim::Forget, Whim::CutBefore, Whim::CutAfter, Whim::Silence];
                self.harness.built.server.whims.push_back(Some(whims[self.random.below(whims.len())]));
            }
            _ => self.harness.built.server.whims.push_back(None),
        }
    }

    fn deliver(&mut self) {
        let mut schedule = Shuffled(Seeded::new(self.random.next_u64()));
        if !self.harness.pending().is_empty() {
            self.harness.go_on(&mut schedule);
        } else if self.random.below(8) == 0 {
            let later =
                self.harness.session.deadline().unwrap_or(pinfold_core::UnixMillis(0)).max(self.harness.now);
            self.harness.pass(later);
        }
    }

    /// Everybody hears of everything and writes what they still want, until nothing happens any more.
    fn come_to_rest(&mut self) {
        self.harness.built.server.whims.clear();
        for _ in 0..2000 {
            self.harness.pass(self.harness.now + Duration::from_secs(60));
            let stored: usize = self.harness.built.server.channels.values().map(|c| c.messages.len()).sum();
            for at in 0..self.peers.len() {
                self.peers[at].read(&self.harness.built.server, usize::MAX).unwrap();
                if let Some(frame) = self.peers[at].write(&mut self.harness.built.server).unwrap() {
                    let channel = self.peers[at].channel().to_owned();
                    self.harness.relay(&channel, frame);
                }
            }
            self.harness.drain();
            let now: usize = self.harness.built.server.channels.values().map(|c| c.messages.len()).sum();
            if now == stored {
                return;
            }
        }
        panic!("it does not come to rest");
    }

    fn check(&mut self) {
        let account = account_document(&mut self.harness);
        // Reads the folder anew if a cut made the session forget it.
        self.harness.load(&mut InOrder).unwrap();
        let folder = pinfold_testkit::device::Device::new(&self.harness.built.folders[0].hash, 1).unwrap();
        let folder = folder.read(&self.harness.built.server).unwrap();
        for (peer, ours) in self.peers.iter().zip([&account, &account, &folder, &folder]) {
            assert_eq!(canonical(&peer.document().unwrap()), canonical(ours), "everybody has the same");
        }
        for id in 10_000..=self.next_id + 10_000 {
            let ours = title(&account, id).is_some() || title(&folder, id).is_some();
            let wanted = self.peers.iter().any(|peer| peer.wants(id));
            assert_eq!(ours, wanted, "entry {id} of another client");
        }
        let mut acknowledged = 0;
        for UnderWay { ticket, in_folder, id, does } in std::mem::take(&mut self.under_way) {
            let document = if in_folder { &folder } else { &account };
            let ended = self.harness.ended(ticket).unwrap_or_else(|| panic!("{does:?} of {id} never ended"));
            if let Err(error) = ended {
                let codes = [
                    Code::EditUnconfirmed,
                    Code::EditAbsent,
                    Code::NetClosed,
                    Code::NetTimeout,
                    Code::DriveIncomplete,
                ];
                assert!(codes.contains(&error.code()), "{does:?} of {id}: {error}");
                continue;
            }
            acknowledged += 1;
            match does {
                Does::Put => {
                    let (root, trash) = shown(document, id);
                    assert_eq!(root + trash, 1, "{id} is shown once");
                }
                Does::Rename => assert_eq!(title(document, id), Some(format!("renamed {id}"))),
                Does::Remove => assert_eq!(shown(document, id), (0, 1), "{id} is in the trash once"),
            }
        }
        assert!(acknowledged > 0 || self.next_id < 4);
    }
}

fn play(seeds: std::ops::Range<u64>, faults: bool, test: &str) {
    let chosen = std::env::var("PINFOLD_SEED").ok().and_then(|seed| seed.parse().ok());
    let seeds = chosen.map_or(seeds, |seed: u64| seed..seed + 1);
    for seed in seeds {
        let result = std::panic::catch_unwind(|| {
            let mut play = Play::new(seed);
            for _ in 0..150 {
                play.step(faults);
            }
            play.come_to_rest();
            play.check();
        });
        if let Err(panic) = result {
            let command = "cargo test -p pinfold-testkit --test suite";
            eprintln!("replay: PINFOLD_SEED={seed} {command} writing::editors::{test}");
            std::panic::resume_unwind(panic);
        }
    }
}

#[test]
fn many_editors_and_every_edit_once() {
    play(0..60, false, "many_editors");
}

#[test]
fn many_editors_and_a_bad_connection() {
    play(0..120, true, "bad_connection");
}
