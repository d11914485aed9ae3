//! Two copies of one channel, the archived and the live one: judged, and of two folders made one.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Promise;
use pinfold_core::channel::StoredLine;
use pinfold_core::drive::complete::Drive;
use pinfold_core::error::{Code, Error};
use pinfold_core::exchange::Right;
use pinfold_core::json::Text;
use pinfold_core::session::effect::{Answer, HistoryPage, Question};
use pinfold_recovery::{Conflict, Copy, Line, LogLine, MergeAct, NoticeFile, Verdict, nobody_else};
use serde::Serialize;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::AbortSignal;

use super::changing::tag_or_default;
use super::diagnosing::one;
use super::living::Living;
use super::report::lossy;
use super::{Awaited, Inner, RawRecovery};
use crate::engine::Taker;
use crate::error::to_js;
use crate::plain::js;

/// The longest file that is read, in bytes: both are held in the memory of the module.
const LONGEST: usize = 64 << 20;
/// So many lines are read at a time: as many as a page of a history has.
const AT_ONCE: usize = 512;

#[wasm_bindgen(typescript_custom_section)]
const VERDICTS: &'static str = Verdict::TYPESCRIPT;

#[wasm_bindgen(typescript_custom_section)]
const SHAPES: &'static str = r#"
/** What an archived and a live copy of one channel are to each other, and what follows from it. */
export interface CopiesJudged {
  channel: string;
  verdict: CopiesVerdict;
  /** What the operator is to do; null where both copies have to be kept as they are. */
  right: "archived-wins" | null;
  /** The title that is all that somebody wrote into the live copy, if titles were asked for: it is set aside with that copy. */
  title: string | null;
  /** The text of the file for the operator's `settle`, if a decision was asked for and there is something to be moved. */
  decision: string | null;
}

export interface MergeResult {
  channel: string;
  verdict: CopiesVerdict;
  /** Without `#`. `undo` takes it. */
  tag: string;
  /** How many entries came in. They have the tag. */
  broughtIn: number;
  /** How many ids were pinned first. */
  pinned: number;
  /** Channels that people gave two names: that of the archived copy stays. Where an entry leads to none, its number in the folder. */
  namedTwice: string[];
  /** Nothing was written: it is what would be done. */
  dry: boolean;
}
"#;

#[derive(Serialize)]
struct Judged {
    channel: String,
    verdict: &'static str,
    /// What the operator is to do; null: nothing.
    right: Option<&'static str>,
    title: Option<String>,
    /// The text of the decision for the operator, if it was asked for.
    decision: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Merged {
    channel: String,
    verdict: &'static str,
    tag: String,
    brought_in: usize,
    pinned: usize,
    named_twice: Vec<String>,
    dry: bool,
}

#[wasm_bindgen]
impl RawRecovery {
    /// What two copies are worth. `archived` and `live` are the files that an operator exported; without `live` the lines are read that the
    /// server has. With `decide` the text of the decision is made, which needs the exported file: nobody else may have the channel open then.
    ///
    /// # Errors
    /// `edit/absent` where the account has no key of the channel, `edit/in-use`, `misuse/bad-argument`, `net/*`, `peer/*`, or the signal's
    /// reason.
    #[wasm_bindgen(unchecked_return_type = "Promise<CopiesJudged>")]
    pub fn judge(
        &self,
        channel: String,
        archived: Vec<u8>,
        live: Option<Vec<u8>>,
        decide: bool,
        titles: bool,
        signal: Option<AbortSignal>,
    ) -> Promise {
        self.alone(async move |inner| {
            let mut conflict = inner.conflict_of(&channel, &archived, &signal).await?;
            match &live {
                Some(live) => inner.read_file(&mut conflict, Copy::Live, live, &signal).await?,
                None => conflict = inner.with_live_log(conflict, &signal).await?,
            }
            let decision = match live.as_ref().filter(|_| decide).map(|live| conflict.decision(live)) {
                // The operator will take the live copy away from whoever has it open.
                Some(Some(text)) => inner.nobody_else(&conflict, &signal).await.map(|()| Some(text))?,
                _ => None,
            };
            let title = conflict.title().filter(|_| titles).map(lossy);
            let verdict = conflict.verdict();
            let right = verdict.right().map(Right::as_str);
            Ok(js(&Judged { channel, verdict: verdict.as_str(), right, title, decision }))
        })
    }

    /// Writes what the live copy of a folder had into the archived one, once the operator has put that back: pins first, then one message
    /// with the tag. `archived` and `live` are the exported files. With `dry` nothing is written.
    ///
    /// # Errors
    /// As `judge`; `edit/unfit` while the archived copy is not back, `edit/in-use`, `drive/incomplete`, `pins/*`, `edit/*`. The same call
    /// again goes on.
    #[wasm_bindgen(unchecked_return_type = "Promise<MergeResult>")]
    pub fn merge(
        &self,
        channel: String,
        archived: Vec<u8>,
        live: Vec<u8>,
        tag: Option<String>,
        dry: bool,
        signal: Option<AbortSignal>,
    ) -> Promise {
        self.alone(async move |inner| {
            let mut conflict = inner.conflict_of(&channel, &archived, &signal).await?;
            inner.read_file(&mut conflict, Copy::Live, &live, &signal).await?;
            conflict.can_merge().map_err(|error| to_js(&error))?;
            let tag: Text = tag_or_default(tag.as_deref(), &NoticeFile::default());
            // Written into the live copy, it would be lost when that is set aside.
            let conflict = Rc::new(conflict);
            if !inner.is_back(&conflict, &signal).await? {
                return Err(to_js(&conflict.not_back()));
            }
            // What was read before that may be the other copy.
            let living = Living::read(&inner.engine, signal.as_ref()).await?;
            let drives: Vec<&Drive> = living.drives().collect();
            let plan = conflict.merge_plan(&drives, &tag).map_err(|error| to_js(&error))?;
            for act in if dry { Vec::new() } else { plan.acts() } {
                match act {
                    MergeAct::Alone => inner.nobody_else(&conflict, &signal).await?,
                    MergeAct::Pin(ids) => living.pin(&conflict.channel, ids, &signal).await?,
                    MergeAct::Write(edits) => {
                        living.write(&conflict.channel, edits.to_vec(), &signal).await?;
                    }
                }
            }
            Ok(js(&Merged {
                channel,
                verdict: conflict.verdict().as_str(),
                tag: lossy(&tag),
                brought_in: plan.brought_in,
                pinned: plan.pins.len(),
                named_twice: plan.named_twice,
                dry,
            }))
        })
    }
}

impl Inner {
    /// The conflict of a channel, as one of the drives names it, with the archived copy read.
    async fn conflict_of(
        &self,
        channel: &str,
        archived: &[u8],
        signal: &Option<AbortSignal>,
    ) -> Awaited<Conflict> {
        let living = Living::read(&self.engine, signal.as_ref()).await?;
        let drives: Vec<&Drive> = living.drives().collect();
        let mut conflict = Conflict::of(&drives, channel).map_err(|error| to_js(&error))?;
        self.read_file(&mut conflict, Copy::Archived, archived, signal).await?;
        Ok(conflict)
    }

    /// Reads a copy from the file that an operator exported, some lines at a time: the page stays alive, and a signal is heard.
    async fn read_file(
        &self,
        conflict: &mut Conflict,
        copy: Copy,
        file: &[u8],
        signal: &Option<AbortSignal>,
    ) -> Awaited<()> {
        if file.len() > LONGEST {
            let long = Error::new(Code::MisuseBadArgument, "a copy is longer than 64 MiB");
            return Err(to_js(&long.with("bytes", file.len())));
        }
        let mut lines = LogLine::all(file);
        loop {
            self.engine.turn(signal).await?;
            if !conflict.lines(copy, &mut lines, AT_ONCE) {
                return Ok(());
            }
        }
    }

    /// With the live copy as the server has it. Where the server begins anew, so does the copy.
    async fn with_live_log(&self, conflict: Conflict, signal: &Option<AbortSignal>) -> Awaited<Conflict> {
        let channel = conflict.channel.clone();
        let reading = Rc::new(RefCell::new(conflict));
        let taking = Rc::clone(&reading);
        let taker: Taker = Box::new(move |page: HistoryPage| {
            let mut conflict = taking.borrow_mut();
            if page.anew {
                conflict.anew(Copy::Live);
            }
            let side = conflict.side(Copy::Live);
            let time = |line: &StoredLine| line.time.map(|time| time.0);
            page.lines.iter().for_each(|line| {
                side.line(Line { message: &line.text, time: time(line), author: line.author.as_deref() });
            });
        });
        whole(self.engine.history(signal.clone(), channel, None, taker).await?.cut_off)?;
        Rc::try_unwrap(reading).map(RefCell::into_inner).map_err(|_| to_js(&unfitting()))
    }

    /// Whether the operator has put the archived copy back.
    async fn is_back(&self, conflict: &Rc<Conflict>, signal: &Option<AbortSignal>) -> Awaited<bool> {
        let found = Rc::new(RefCell::new(false));
        let (taking, looking) = (Rc::clone(&found), Rc::clone(conflict));
        let taker: Taker = Box::new(move |page: HistoryPage| {
            *taking.borrow_mut() |= looking.is_back(page.lines.iter().map(|line| &*line.text));
        });
        let channel = conflict.channel.clone();
        whole(self.engine.history(signal.clone(), channel, None, taker).await?.cut_off)?;
        Ok(*found.borrow())
    }

    /// Makes sure that no other client has the channel open.
    async fn nobody_else(&self, conflict: &Conflict, signal: &Option<AbortSignal>) -> Awaited<()> {
        let question = Question::Members(conflict.channel.clone());
        let checked = match one(&self.engine, question, signal.clone()).await? {
            Answer::Members(others) => nobody_else(others),
            _ => Err(unfitting()),
        };
        checked.map_err(|error| to_js(&error))
    }
}

/// The server had more than it sent: nothing is said of a part.
fn whole(cut_off: bool) -> Awaited<()> {
    match cut_off {
        false => Ok(()),
        true => Err(to_js(&Error::new(Code::PeerMalformed, "the server left out the end of a history"))),
    }
}

fn unfitting() -> Error {
    Error::new(Code::Internal, "an operation ended as another one")
}
